import type { Desk } from '../../access/desk.ts';
import { recordRead } from '../../access/log.ts';
import { addDays, monthOf, today } from '../../calendar/day.ts';
import { imeisOf } from '../../devices/device.ts';
import { findDevice } from '../../devices/find.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import { parseMsisdn } from '../../identifiers/msisdn.ts';
import { parseSerial } from '../../identifiers/serial.ts';
import type { Analytics } from '../../stores/analytics.ts';
import { shardOf } from '../../stores/schema.ts';
import { type Input, readInput } from './input.ts';
import type { Told } from './verdict.ts';

/** What a partner may hold against the register: what he has already, and is not told. */
export const ATTRIBUTES = ['make', 'model', 'serial', 'imei', 'msisdn'] as const;
export type Attribute = (typeof ATTRIBUTES)[number];

/** Whether what the partner has is what the register has (after CAMARA DeviceIdentifier, match-identifier). */
export type Match = {
  /** `unknown`: the register has nothing of the kind for this device. */
  readonly match: 'yes' | 'no' | 'unknown';
  /** As of when the register knows it. */
  readonly lastChecked: Date;
};

/** What is to be compared. */
export type MatchWish = {
  readonly imei: string;
  readonly attribute: Attribute;
  readonly value: string;
  /** What for; needed where the attribute is of a person. */
  readonly reading: { readonly purpose: string; readonly case?: string };
};

/** From where it is known. */
export type MatchSources = {
  readonly told: Pick<Told, 'make' | 'model'>;
  readonly analytics: Analytics | undefined;
};

const fold = (text: string): string => text.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
const isOf = (known: boolean, equal: boolean): Match['match'] => (known ? (equal ? 'yes' : 'no') : 'unknown');

/** Compares one attribute of a device. A number is looked for among its recent users, and that is logged. @throws Refused API_FORM, READ_PURPOSE, READ_QUOTA */
export async function matchAttribute(desk: Desk, wish: MatchWish, sources: MatchSources): Promise<Match> {
  const input = readInput(wish.imei);
  if (input === undefined) throw new Refused([formFault('/imei', 'is no IMEI')]);
  const { attribute, value } = wish;
  if (attribute === 'make' || attribute === 'model') {
    const known = sources.told[attribute];
    return { match: isOf(known !== null, fold(known ?? '') === fold(value)), lastChecked: desk.now };
  }
  if (attribute === 'msisdn') return matchNumber(desk, wish, { input, analytics: sources.analytics });
  const device = await findDevice(desk, { kind: 'imei', imei: input.imei });
  if (attribute === 'imei') {
    const other = readInput(value);
    if (other === undefined) throw new Refused([formFault('/value', 'is no IMEI')]);
    const all = device === undefined ? [] : imeisOf(device);
    return { match: isOf(all.length > 1, all.includes(other.imei)), lastChecked: desk.now };
  }
  const serial = parseSerial(value);
  if (!serial.ok) throw new Refused([formFault('/value', 'is no serial number')]);
  const serials = (device?.identifiers ?? []).flatMap((one) => (one.kind === 'serial' ? [one.serial] : []));
  return { match: isOf(serials.length > 0, serials.includes(serial.value)), lastChecked: desk.now };
}

type Place = { readonly input: Exclude<Input, undefined>; readonly analytics: Analytics | undefined };

/** Whether a number was used with the device, within the days for which the country looks back. */
async function matchNumber(desk: Desk, { value, reading }: MatchWish, { input, analytics }: Place): Promise<Match> {
  const number = parseMsisdn(value);
  if (!number.ok) throw new Refused([formFault('/value', 'is no number with its country code')]);
  const { imei, key } = input;
  await recordRead(desk, { action: 'check.partner', ...reading, subject: imei, fields: ['msisdn'] });
  if (analytics === undefined) throw new Refused([AWAY]);
  const [run] = await desk.query<{ ended: Date | null }>(
    `SELECT max(ended) AS ended FROM run WHERE verb = 'import' AND kind = 'operator' AND status = 'done'`,
  );
  const since = monthOf(addDays(today(desk.policy.timeZone, desk.now), -desk.policy.lists.lookbackDays));
  const shard = await shardFor(analytics, key);
  const [row] = await shard.query<{ users: string; found: string }>(
    `SELECT count() AS users, countIf(msisdn = ${number.value}) AS found FROM triplet WHERE imei = ${key} AND month >= ${since} AND msisdn != 0`,
  );
  const match = isOf(Number(row?.users ?? 0) > 0, Number(row?.found ?? 0) > 0);
  return { match, lastChecked: run?.ended ?? desk.now };
}

/** The shard that holds an identifier, as the engine works it out. */
export async function shardFor(
  { shards, home }: Pick<Analytics, 'shards' | 'home'>,
  key: number,
): Promise<Analytics['home']> {
  if (shards.length === 1) return home;
  const [row] = await home.query<{ at: string }>(`SELECT ${shardOf(shards.length, `toUInt64(${key})`)} AS at`);
  return shards.find(({ number }) => number === Number(row?.at)) ?? home;
}

const formFault = (field: string, what: string): Fault => ({
  code: 'API_FORM',
  message: `${field} ${what}.`,
  remedy: 'Correct it.',
  field,
});

const AWAY: Fault = {
  code: 'API_BUSY',
  message: 'What networks report cannot be read now.',
  remedy: 'Ask again later.',
};
