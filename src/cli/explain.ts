import { today } from '../calendar/day.ts';
import { explain } from '../decisions/explain.ts';
import { writeExplanation } from '../decisions/write.ts';
import { Misused } from '../faults/fault.ts';
import { COUNTRY, type Command, STORE } from './command.ts';
import { answer, countryOf, dayOf, withStore } from './context.ts';
import { READING, readerOf } from './reading.ts';

export const command: Command = {
  name: 'explain',
  usage: 'IMEI',
  about: `Says everything known of one identifier: what it is, where it was seen, which lists it is on, every condition with
its numbers, what happens next and when, and how to object. The reading is recorded.`,
  options: {
    date: { type: 'string', value: 'DAY', about: 'as of this day (default: today)' },
    reveal: { type: 'boolean', about: 'show IMSI and MSISDN in full' },
    ...READING,
    ...COUNTRY,
    ...STORE,
  },
  examples: [
    ['ceir explain 490154203237518', 'one IMEI; 14, 15 or 16 digits'],
    ['ceir explain 490154203237518 --reveal --case T-2026-17', 'with numbers, for a case'],
    ["ceir explain '*#06A' --json", 'an observed value that is no IMEI'],
  ],
  run: async (call) => {
    const [identifier, ...more] = call.args;
    if (identifier === undefined || more.length > 0) throw new Misused('ceir explain IMEI: name one identifier');
    const country = await countryOf(call);
    const date = dayOf(call) ?? today(country.timeZone);
    const wish = { country, identifier, date, numbers: call.flag('reveal'), reader: readerOf(call) };
    const explanation = await withStore(call, (store) => explain(store, wish));
    answer(call, explanation, () => writeExplanation(explanation));
    return 0;
  },
};
