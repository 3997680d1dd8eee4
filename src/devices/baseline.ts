import type { Desk } from '../access/desk.ts';
import { Refused } from '../faults/fault.ts';
import type { Imei } from '../identifiers/imei.ts';
import type { Imsi } from '../identifiers/imsi.ts';
import type { Msisdn } from '../identifiers/msisdn.ts';
import { begin } from '../states/machine.ts';
import { type DeviceId, type Origin, sourceOf } from './device.ts';
import { checkTime } from './fact.ts';
import { happen } from './happen.ts';
import { type Actor, actsAs, LIFECYCLE, type Stage } from './lifecycle.ts';
import { holdAllSubscribers, recount } from './pairs/moving.ts';
import { demandOperator } from './pairs/pairing.ts';

/** An IMEI that was in use, and when it was last seen up to the day of the baseline. */
export type InUse = { readonly imei: Imei; readonly at: Date };

/** A user whom a device in use is paired to. */
export type User = InUse & { readonly imsi: Imsi; readonly msisdn?: Msisdn | undefined; readonly operator: string };

/** Where a load comes from, as whom it is made, and its rows, from a file or a query of any length. */
export type Load<Row> = Origin & {
  readonly rows: AsyncIterable<Row> | Iterable<Row>;
  /** As whom; as the actor's roles say where left out. */
  readonly roles?: readonly Actor[] | undefined;
};

/** What a load of IMEIs did. */
export type Baselined = {
  /** Devices that were not known before. */
  readonly entered: number;
  /** Devices that were known, and are grandfathered now. */
  readonly known: number;
  /** Devices that were grandfathered before: nothing was done. */
  readonly repeated: number;
  /** Devices that are looked for or held: that they were seen was recorded, and they are not grandfathered. */
  readonly held: number;
};

/** Rows a statement. */
const BATCH = 10_000;

const MOVES = LIFECYCLE.moves.filter(({ event }) => event === 'baseline');

/** Stages from which the baseline brings a device into use, and those from which it does so as a finding. */
const PLAIN: readonly Stage[] = MOVES.filter(({ finding }) => finding === undefined).flatMap(({ from }) => from);
const STRANGE: readonly Stage[] = MOVES.filter(({ finding }) => finding !== undefined).flatMap(({ from }) => from);

/** Grandfathers one device. As {@link baselineAll}. */
export const baseline = (
  desk: Desk,
  { imei, at, ...origin }: Origin & InUse & Pick<Load<InUse>, 'roles'>,
): Promise<Baselined> => baselineAll(desk, { ...origin, rows: [{ imei, at }] });

/**
 * Grandfathers all that was in use when the register began (ITU-T Q.5050 §9.9): each IMEI's device begins its life as
 * active at the time at which it was seen, or goes on from where it stands. What is known of it from later stays its
 * present. A million rows are entered by statements over sets; the same rows again do nothing, so that a load that was cut
 * off is given once more.
 * @throws Refused STATE_ROLE, DEVICE_TIME
 */
export async function baselineAll(desk: Desk, { rows, roles, source, batch }: Load<InUse>): Promise<Baselined> {
  const acting = roles ?? actsAs(desk.actor.roles);
  const step = begin(LIFECYCLE, { event: 'baseline', roles: acting });
  if (!step.ok) throw new Refused([step.fault]);
  let sum: Baselined = { entered: 0, known: 0, repeated: 0, held: 0 };
  for await (const some of batches(rows)) {
    for (const { at } of some) checkTime(desk, at);
    const done = await baselineSome(desk, { rows: some, roles: acting, source, batch });
    sum = {
      entered: sum.entered + done.entered,
      known: sum.known + done.known,
      repeated: sum.repeated + done.repeated,
      held: sum.held + done.held,
    };
  }
  return sum;
}

type Some<Row> = Origin & { readonly rows: readonly Row[]; readonly roles: readonly Actor[] };

const ENTER = `WITH told AS MATERIALIZED (
    SELECT imei, max(at) AS at, gen_random_uuid() AS id FROM unnest($1::text[], $2::timestamptz[]) AS t (imei, at)
    GROUP BY imei ORDER BY imei
  ), won AS (
    INSERT INTO device_key (kind, value, device) SELECT 'imei', imei, id FROM told ON CONFLICT DO NOTHING
    RETURNING value, device
  ), fresh AS MATERIALIZED (
    SELECT t.id, t.imei, t.at FROM told t JOIN won w ON w.device = t.id
  ), entered AS (
    INSERT INTO device (id, stage, stage_at, entered) SELECT id, 'active', at, $3::timestamptz FROM fresh
  ), facts AS (
    INSERT INTO device_fact (device, kind, value, happened_from, recorded, source, batch, actor)
    SELECT id, kind, value, at, $3::timestamptz, $4::text, $5::text, $6::text
    FROM fresh, LATERAL (VALUES ('imei', imei), ('event', 'baseline')) AS f (kind, value)
  )
  SELECT imei, at FROM told WHERE imei NOT IN (SELECT imei FROM fresh)`;

/**
 * A device and those that turned out to be it. As an array, which is looked up by an index row by row: while a load runs
 * the engine knows too little of the tables to join them well.
 */
const family = (device: string): string =>
  `ARRAY(SELECT o.id FROM device o WHERE o.united_into = ${device}) || ${device}`;

const KNOWN = `SELECT k.device AS id, d.stage, max(t.at) AS at, d.stage_at AS "stageAt", bool_or(
      (SELECT count(*) FROM device_fact f WHERE f.device = ANY(${family('d.id')})
        AND f.kind = 'event' AND f.value = 'baseline' AND f.superseded IS NULL) > 0) AS before
  FROM unnest($1::text[], $2::timestamptz[]) AS t (imei, at)
  JOIN device_key k ON k.kind = 'imei' AND k.value = t.imei JOIN device d ON d.id = k.device
  GROUP BY k.device, d.stage, d.stage_at, d.id ORDER BY d.id`;

type Known = {
  readonly id: DeviceId;
  readonly stage: Stage | null;
  readonly at: Date;
  readonly stageAt: Date | null;
  readonly before: boolean;
};

async function baselineSome(desk: Desk, { rows, roles, source, batch }: Some<InUse>): Promise<Baselined> {
  const origin = [desk.now, source, batch ?? null, desk.actor.id];
  const others = await desk.query<InUse>(ENTER, [rows.map(({ imei }) => imei), rows.map(({ at }) => at), ...origin]);
  const columns = [others.map(({ imei }) => imei), others.map(({ at }) => at)];
  const distinct = new Set(rows.map(({ imei }) => imei)).size;
  const entered = distinct - others.length;
  if (others.length === 0) return { entered, known: 0, repeated: 0, held: 0 };
  await desk.query(
    `SELECT FROM device WHERE id IN (SELECT device FROM device_key WHERE kind = 'imei' AND value = ANY($1))
     ORDER BY id FOR UPDATE`,
    [columns[0]],
  );
  const known = await desk.query<Known>(KNOWN, columns);
  const left = known.filter(({ before }) => !before);
  const late = ({ at, stageAt }: Known): boolean => stageAt !== null && at < stageAt;
  const plain = left.filter((one) => one.stage === null || late(one) || PLAIN.includes(one.stage));
  const strange = left.filter((one) => !plain.includes(one) && one.stage !== null && STRANGE.includes(one.stage));
  const held = left.filter((one) => !plain.includes(one) && !strange.includes(one));
  await recordAll(desk, { rows: plain, kind: 'event', value: 'baseline', origin });
  const present = plain.filter((one) => !late(one));
  await desk.query(
    `UPDATE device d SET stage = 'active', stage_at = t.at FROM unnest($1::uuid[], $2::timestamptz[]) AS t (id, at)
     WHERE d.id = t.id`,
    [present.map(({ id }) => id), present.map(({ at }) => at)],
  );
  for (const { id, at } of strange) await happen(desk, { id }, { event: 'baseline', roles, at, source, batch });
  await recordAll(desk, { rows: held, kind: 'seen', value: '', origin });
  const done = plain.length + strange.length;
  return { entered, known: done, repeated: known.length - left.length, held: held.length };
}

type Recording = {
  readonly rows: readonly Known[];
  readonly kind: 'event' | 'seen';
  readonly value: string;
  readonly origin: readonly unknown[];
};

/** Records one fact of each device, where it is not recorded yet. */
async function recordAll({ query }: Desk, { rows, kind, value, origin }: Recording): Promise<void> {
  await query(
    `INSERT INTO device_fact (device, kind, value, happened_from, recorded, source, batch, actor)
     SELECT t.id, $3::text, $4::text, t.at, $5::timestamptz, $6::text, $7::text, $8::text FROM unnest($1::uuid[], $2::timestamptz[]) AS t (id, at)
     WHERE NOT EXISTS (SELECT FROM device_fact f WHERE f.device = t.id AND f.kind = $3 AND f.value = $4
       AND f.happened_from = t.at AND f.superseded IS NULL)`,
    [rows.map(({ id }) => id), rows.map(({ at }) => at), kind, value, ...origin],
  );
}

/** Whether a device is grandfathered: it was in use when the register began. */
export async function isGrandfathered(
  { query }: Pick<Desk, 'query'>,
  { id }: { readonly id: DeviceId },
): Promise<boolean> {
  const rows = await query(
    `SELECT FROM device_fact f JOIN device d ON d.id = f.device WHERE (d.id = $1 OR d.united_into = $1)
       AND f.kind = 'event' AND f.value = 'baseline' AND f.superseded IS NULL LIMIT 1`,
    [id],
  );
  return rows.length > 0;
}

/** What a load of users did. */
export type BaselinedPairs = {
  /** Pairs made. */
  readonly made: number;
  /** Pairs that were there already. */
  readonly repeated: number;
  /** Rows of IMEIs that the register does not know: grandfather those first. */
  readonly unknown: number;
};

/**
 * Pairs devices in use to their users, whatever the limits, since nobody who was in service is to lose it. The same rows
 * again do nothing. SIMs that were changed since then are followed. Nothing is given to be placed: once it is committed,
 * `pairsToPlace` with the batch gives it by pages, for networks that need it.
 * @throws Refused PAIR_OPERATOR, DEVICE_TIME
 */
export async function baselinePairs(
  desk: Desk,
  { rows, source, batch }: Omit<Load<User>, 'roles'>,
): Promise<BaselinedPairs> {
  await holdAllSubscribers(desk);
  let sum: BaselinedPairs = { made: 0, repeated: 0, unknown: 0 };
  for await (const some of batches(rows)) {
    for (const { at, operator } of some) {
      checkTime(desk, at);
      demandOperator(desk, operator);
    }
    const { made, unknown } = await pairSome(desk, { rows: some, source: source || sourceOf(desk.actor), batch });
    const told = new Set(some.map(({ imei, imsi }) => `${imei} ${imsi}`)).size;
    sum = {
      made: sum.made + made,
      repeated: sum.repeated + told - made - unknown,
      unknown: sum.unknown + unknown,
    };
  }
  return sum;
}

const PAIR = `WITH told AS MATERIALIZED (
    SELECT DISTINCT ON (imei, imsi_key) * FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::bytea[], $5::text[],
      $6::bytea[], $7::text[]) AS t (imei, at, imsi_key, imsi, msisdn_key, msisdn, operator) ORDER BY imei, imsi_key, at DESC
  ), known AS MATERIALIZED (
    SELECT t.*, k.device FROM told t JOIN device_key k ON k.kind = 'imei' AND k.value = t.imei
  ), fresh AS (
    SELECT DISTINCT ON (device, imsi_key) * FROM known t
    WHERE (SELECT count(*) FROM device_pair p WHERE p.device = ANY(${family('t.device')})
      AND p.ended IS NULL AND p.reason = 'baseline' AND p.imsi_key = t.imsi_key) = 0
    ORDER BY device, imsi_key, at DESC
  ), made AS (
    INSERT INTO device_pair (device, reason, imsi_key, imsi, msisdn_key, msisdn, operator, happened_from, recorded, source,
      batch, actor)
    SELECT device, 'baseline', imsi_key, imsi, msisdn_key, msisdn, operator, at, $8::timestamptz, $9::text, $10::text, $11::text FROM fresh
    RETURNING id, imsi_key, msisdn_key, operator, happened_from
  ), sims AS (
    INSERT INTO device_pair_sim (pair, imsi_key, msisdn_key, operator, happened_from, recorded)
    SELECT id, imsi_key, msisdn_key, operator, happened_from, $8::timestamptz FROM made
  )
  SELECT (SELECT count(*)::integer FROM made) AS made,
    (SELECT count(*)::integer FROM told) - (SELECT count(*)::integer FROM known) AS unknown,
    ARRAY(SELECT p.id::text FROM made p WHERE
      EXISTS (SELECT FROM device_pair_move m WHERE m.old_imsi_key = p.imsi_key AND m.happened_from >= p.happened_from)
      OR EXISTS (SELECT FROM device_pair_move m WHERE m.kind = 'port' AND m.msisdn_key = p.msisdn_key
        AND m.happened_from >= p.happened_from)) AS moved`;

async function pairSome(
  desk: Desk,
  { rows, source, batch }: Omit<Some<User>, 'roles'>,
): Promise<Pick<BaselinedPairs, 'made' | 'unknown'>> {
  const { vault } = desk;
  const [done] = await desk.query<{ made: number; unknown: number; moved: readonly string[] }>(PAIR, [
    rows.map(({ imei }) => imei),
    rows.map(({ at }) => at),
    rows.map(({ imsi }) => vault.pseudonym('imsi', imsi)),
    rows.map(({ imsi }) => vault.seal('contact', imsi)),
    rows.map(({ msisdn }) => (msisdn === undefined ? null : vault.pseudonym('msisdn', msisdn))),
    rows.map(({ msisdn }) => (msisdn === undefined ? null : vault.seal('contact', msisdn))),
    rows.map(({ operator }) => operator),
    ...[desk.now, source, batch ?? null, desk.actor.id],
  ]);
  if (done === undefined) throw new Error('a batch of pairs gave no result');
  await recount(desk, done.moved);
  return done;
}

/** Rows in lots of {@link BATCH}. */
async function* batches<Row>(rows: AsyncIterable<Row> | Iterable<Row>): AsyncGenerator<readonly Row[]> {
  let lot: Row[] = [];
  for await (const row of rows) {
    lot.push(row);
    if (lot.length < BATCH) continue;
    yield lot;
    lot = [];
  }
  if (lot.length > 0) yield lot;
}
