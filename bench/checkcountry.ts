import { parseCountry } from '../src/country/country.ts';
import { exampleCountry } from '../src/country/example.ts';
import { DIMENSIONS } from '../src/detection/catalogue.ts';

const read = parseCountry(exampleCountry(DIMENSIONS), 'country.yaml', DIMENSIONS);
if (!read.ok) throw new Error(read.fault.map(({ message }) => message).join('\n'));

/** The country of the example. */
export const EXAMPLE_COUNTRY = read.value;
