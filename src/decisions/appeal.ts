import { addDays, type Day, daysBetween } from '../calendar/day.ts';
import type { Country } from '../country/country.ts';
import { OPEN_DAY } from '../stores/schema.ts';
import type { Deadline, Explanation, Verdict } from './explanation.ts';

type Known = Pick<Explanation, 'verdicts'>;
type Told = Pick<Explanation, 'appeal' | 'appealTo'>;

/** How whoever holds the device can object, to whom, by when, and with what: as the country file says, otherwise ours. */
export function appealOf({ verdicts }: Known, { country, named }: { country: Country; named: string }): Told {
  const against = verdicts.filter(({ standing, matches }) => standing !== undefined || matches);
  if (against.length === 0) return { appeal: 'There is nothing to object to.' };
  const { appeal } = country;
  const until = appeal?.days === undefined ? [] : deadlines(against, appeal.days);
  const whom = appeal === undefined ? `the authority of ${country.name} that keeps these lists` : appeal.to;
  const how = [appeal?.contact, appeal?.url].filter((one) => one !== undefined).join(', ');
  const text = [
    `Whoever holds the device may object to ${whom}${how === '' ? '' : ` (${how})`}: ${withWhat(against, named)}.`,
    ...(appeal?.days === undefined ? [] : [byWhen(appeal.days, until)]),
    'The figures above are what the decision rests on; each can be checked.',
  ].join(' ');
  return { appeal: text, ...(appeal === undefined ? {} : { appealTo: { ...appeal, until } }) };
}

function withWhat(against: readonly Verdict[], named: string): string {
  const reasons = against.map(({ reason, code }) => (code === undefined ? reason : `${reason} (${code})`)).join('; ');
  const runs = [...new Set(against.flatMap(({ standing }) => (standing === undefined ? [] : [standing.recorded.run])))];
  const run = runs.length === 0 ? '' : `, the ${runs.length === 1 ? 'run' : 'runs'} ${runs.join(', ')}`;
  return `with the identifier ${named}, the reason (${reasons})${run}, and proof of purchase, import or registration`;
}

/** The last days, for the blocks that have a day: an amnesty may not have set one yet. */
const deadlines = (against: readonly Verdict[], days: number): readonly Deadline[] =>
  against.flatMap(({ label, standing }) => {
    if (standing?.blockDate === undefined) return [];
    const block = standing.blockDate as Day; // the store keeps days only
    return [{ label, until: addDays(block, Math.min(days, daysBetween(block, OPEN_DAY as Day))) }];
  });

function byWhen(days: number, until: readonly Deadline[]): string {
  const term = `${days} ${days === 1 ? 'day' : 'days'} after the day of the block`;
  const last = until.map((one) => `${one.until} (${one.label})`).join(', ');
  return last === '' ? `The last day to do so is ${term}.` : `The last day to do so is ${term}: ${last}.`;
}
