import { demand } from '../../access/actions.ts';
import type { Desk } from '../../access/desk.ts';
import type { Day } from '../../calendar/day.ts';
import type { Imei } from '../../identifiers/imei.ts';
import type { Imsi } from '../../identifiers/imsi.ts';
import type { Msisdn } from '../../identifiers/msisdn.ts';
import { writeReference } from '../../identifiers/reference.ts';
import { dayOf } from '../../notices/clock.ts';
import { queueNotice } from '../../notices/queue.ts';
import type { Recipient } from '../../notices/recipient.ts';
import type { TheftState } from '../theft.ts';
import { holderOf, lockTheft, type TheftCase } from '../thefts/case.ts';
import { moveTheft } from '../thefts/move.ts';
import { tellReporter } from '../thefts/tell.ts';
import { bringTo, unitName } from '../thefts/units.ts';
import { assign } from './task.ts';

/** That a network saw an IMEI: by the events of the live register, or by operator data. Where it was is not told. */
export type Sighting = {
  readonly imei: Imei;
  readonly imsi?: Imsi | undefined;
  readonly msisdn?: Msisdn | undefined;
  /** Whose network, by the country file's id. */
  readonly operator: string;
  readonly at: Date;
};

/** What came of a sighting: nothing, since no confirmed case holds the IMEI or it was before; known already; a new trace. */
export type Observed =
  | { readonly is: 'nothing' }
  | { readonly is: 'known'; readonly theft: string }
  | { readonly is: 'trace'; readonly theft: string; readonly task: string };

/** States in which a sighting is a trace. */
const LOOKED_FOR: readonly TheftState[] = ['active', 'traced', 'located'];

/**
 * Takes a sighting. If a confirmed case holds the IMEI and it was seen since, it is a trace: who used it is sealed, the
 * police unit of the case is tasked, its reporter is told that there is a trace, and, where the owner chose recovery, whoever
 * uses it is told where to bring it. Sightings of one subscriber on one day are one trace. Whoever calls it for every event
 * of a network pays one look-up by IMEI for those that nobody looks for.
 * @throws Refused ACCESS_ROLE
 */
export async function observe(desk: Desk, sighting: Sighting): Promise<Observed> {
  demand(desk.actor, 'theft.observe');
  const [row] = await desk.query<{ theft: string; state: TheftState; held: Date | null }>(
    `SELECT t.id AS theft, t.state, t.held FROM theft_imei AS i JOIN theft AS t ON t.id = i.theft
     WHERE i.imei = $1 AND i.held`,
    [sighting.imei],
  );
  if (row === undefined || !looksFor(row, sighting)) return { is: 'nothing' };
  const trace = traceOf(desk, sighting);
  if (await isKnown(desk, row.theft, trace)) return { is: 'known', theft: row.theft };
  const theft = await lockTheft(desk, row.theft);
  if (!looksFor(theft, sighting)) return { is: 'nothing' };
  if (await isKnown(desk, theft.id, trace)) return { is: 'known', theft: theft.id };
  return take(desk, theft, { sighting, trace });
}

/** The IMEIs that are looked for, each with the moment since when. */
export async function lookedFor({ query }: Pick<Desk, 'query'>): Promise<ReadonlyMap<Imei, Date>> {
  const rows = await query<{ imei: Imei; held: Date }>(
    `SELECT i.imei, t.held FROM theft_imei AS i JOIN theft AS t ON t.id = i.theft WHERE i.held AND t.state = ANY ($1)`,
    [LOOKED_FOR],
  );
  return new Map(rows.map(({ imei, held }) => [imei, held]));
}

const looksFor = (
  { state, held }: { readonly state: TheftState; readonly held: Date | null | undefined },
  { at }: Sighting,
): boolean => LOOKED_FOR.includes(state) && held !== null && held !== undefined && at >= held;

/** Who was seen on which day, as traces are told apart. */
type Trace = { readonly day: Day; readonly subscriber: string };

function traceOf({ vault, policy }: Desk, { imsi, msisdn, at }: Sighting): Trace {
  const day = dayOf(at, policy.timeZone);
  if (imsi !== undefined) return { day, subscriber: vault.pseudonym('imsi', imsi) };
  return { day, subscriber: msisdn === undefined ? '' : vault.pseudonym('msisdn', msisdn) };
}

async function isKnown({ query }: Desk, theft: string, { day, subscriber }: Trace): Promise<boolean> {
  const found = await query('SELECT FROM theft_trace WHERE theft = $1 AND subscriber_key = $2 AND day = $3', [
    theft,
    subscriber,
    day,
  ]);
  return found.length > 0;
}

type Taken = { readonly sighting: Sighting; readonly trace: Trace };

async function take(desk: Desk, theft: TheftCase, { sighting, trace }: Taken): Promise<Observed> {
  const { imsi, msisdn, imei, operator, at } = sighting;
  const task = await assign(desk, theft, { unit: theft.unit });
  const isNew = await isNewUser(desk, theft, trace);
  const known = imsi !== undefined || msisdn !== undefined;
  const [row] = await desk.query<{ id: string }>(
    `INSERT INTO theft_trace (theft, imei, day, at, operator, subscriber_key, subscriber, task, recorded)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
    [
      ...[theft.id, imei, trace.day, at, operator, trace.subscriber],
      known ? desk.vault.seal('trace', JSON.stringify({ imsi, msisdn })) : null,
      ...[task.id, desk.now],
    ],
  );
  if (row === undefined) throw new Error('a trace was not entered');
  const moved = await moveTheft(desk, theft, { event: 'observe', evidence: { trace: row.id } });
  if (theft.state === 'active')
    await tellReporter(desk, moved, { template: 'theft_traced', values: { unit: unitName(desk, theft.unit) } });
  if (theft.mode === 'recovery' && isNew) await tellFinder(desk, theft, sighting);
  return { is: 'trace', theft: theft.id, task: task.id };
}

async function isNewUser({ query }: Desk, { id }: TheftCase, { subscriber }: Trace): Promise<boolean> {
  const found = await query('SELECT FROM theft_trace WHERE theft = $1 AND subscriber_key = $2 LIMIT 1', [
    id,
    subscriber,
  ]);
  return found.length === 0;
}

/** Tells whoever uses the device where to bring it, once; nothing of whose it is. */
async function tellFinder(desk: Desk, theft: TheftCase, { imei, imsi, msisdn, operator }: Sighting): Promise<void> {
  const ways: Recipient[] = [];
  if (msisdn !== undefined) ways.push({ channel: 'sms', msisdn });
  const isOurs = desk.policy.operators.some(({ id }) => id === operator);
  if (isOurs && (imsi !== undefined || msisdn !== undefined))
    ways.push({ channel: 'operator', operator, imsi, msisdn });
  const [first, ...others] = ways;
  if (first === undefined) return;
  await queueNotice(desk, {
    template: 'theft_finder',
    to: [first, ...others],
    values: { imei, reference: writeReference(theft.reference), place: bringTo(desk, theft.unit) },
    subject: { case: holderOf(theft), imei },
  });
}
