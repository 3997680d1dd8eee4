import { exampleCountry } from '../country/example.ts';
import { DIMENSIONS } from '../detection/catalogue.ts';
import { Misused } from '../faults/fault.ts';
import type { Command } from './command.ts';
import { answer, readCountry } from './context.ts';

export const command: Command = {
  name: 'country',
  usage: 'check FILE | example',
  about: `check: reads a country file (- is standard input) and tells every fault at once, with line and remedy.
example: writes a complete country file, with every condition and every option explained.`,
  options: {},
  examples: [
    ['ceir country example > country.yaml', 'a file to begin from'],
    ['ceir country check country.yaml', 'is it right?'],
  ],
  run: async (call) => {
    const [act, file, ...more] = call.args;
    if (act === 'example' && file === undefined) {
      process.stdout.write(exampleCountry(DIMENSIONS));
      return 0;
    }
    if (act !== 'check' || file === undefined || more.length > 0)
      throw new Misused('ceir country check FILE, or ceir country example');
    const country = await readCountry(file);
    const { name, operators, conditions, hash } = country;
    answer(
      call,
      { name, hash, operators: operators.length, conditions: conditions.length },
      () =>
        `${file === '-' ? 'It' : file} is right: ${name}, ${operators.length} operators, ${conditions.length} conditions (SHA-256 ${hash.slice(0, 12)}…).`,
    );
    return 0;
  },
};
