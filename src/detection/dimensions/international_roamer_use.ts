import { isOfCountry } from '../imsi.ts';
import { originUse } from '../origin.ts';

/** Used by visitors from abroad. */
export const internationalRoamerUse = originUse({
  name: 'international_roamer_use',
  whose: 'another country (its IMSI begins with none of the country’s MCCs)',
  words: 'of other countries',
  predicate: (context) => `NOT ${isOfCountry(context)}`,
});
