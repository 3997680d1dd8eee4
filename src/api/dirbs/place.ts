import type { Day } from '../../calendar/day.ts';
import { today } from '../../calendar/day.ts';
import type { Policy } from '../../country/country.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import { normaliseObserved } from '../../identifiers/imei.ts';
import { type Analytics, literal, type Row, type Shard } from '../../stores/analytics.ts';
import { observedKey, shardOf } from '../../stores/schema.ts';
import type { House } from '../house.ts';

/** Under what DIRBS clients are answered. */
export type Ground = { readonly analytics: Analytics; readonly policy: Policy; readonly date: Day };

/** An identifier as the stores know it. */
export type Known = {
  /** As DIRBS normalises it (dirbs.md §2.3): 14 digits, or the text in upper case. */
  readonly norm: string;
  /** Its key, as digits of an engine's number. */
  readonly key: string;
};

const AWAY: Fault = {
  code: 'API_BUSY',
  message: 'What networks report cannot be read now.',
  remedy: 'Ask again later.',
};

/** @throws Refused API_BUSY where the analytics store is not open here */
export function groundOf({ analytics, policy, clock }: House): Ground {
  if (analytics === undefined) throw new Refused([AWAY]);
  return { analytics: analytics.analytics, policy, date: today(policy.timeZone, clock()) };
}

/** Longer texts are no identifier for DIRBS. */
const LONGEST = 16;

const formFault = (field: string): Fault => ({
  code: 'API_FORM',
  message: `${field} is empty, or longer than ${LONGEST} characters.`,
  remedy: 'Give the IMEI in 14 to 16 digits.',
  field,
});

/** Normalises an identifier. @throws Refused API_FORM */
export function normOf(text: string, field: string): string {
  const observed = normaliseObserved(text);
  if ([...text].length > LONGEST || observed.kind === 'empty') throw new Refused([formFault(field)]);
  return observed.kind === 'imei' ? observed.imei : observed.text;
}

/** Identifiers by the shard that holds them, as the engine works them out. */
export async function placesOf(
  { analytics }: Ground,
  norms: readonly string[],
): Promise<readonly { readonly shard: Shard; readonly known: readonly Known[] }[]> {
  const texts = [...new Set(norms)].map(literal).join(', ');
  const rows = await analytics.home.query<{ norm: string; id: string; at: string }>(
    `SELECT norm, toString(id) AS id, ${shardOf(analytics.shards.length, 'id')} AS at FROM (
      SELECT norm, ${observedKey('norm')} AS id FROM (SELECT arrayJoin([${texts}]) AS norm))`,
  );
  return analytics.shards.flatMap((shard) => {
    const known = rows.filter(({ at }) => Number(at) === shard.number).map(({ norm, id }) => ({ norm, key: id }));
    return known.length === 0 ? [] : [{ shard, known }];
  });
}

/** Engine predicate: one of these identifiers. */
export const among = (known: readonly Known[]): string =>
  `imei IN (${known.map(({ key }) => `toUInt64('${key}')`).join(', ')})`;

export const textIn = (row: Row | undefined, name: string): string => String(row?.[name] ?? '');

/** A day of the engine as DIRBS tells it; null for none. */
export const dayIn = (row: Row | undefined, name: string): string | null => {
  const day = textIn(row, name);
  return day === '' || day === '1970-01-01' ? null : day;
};
