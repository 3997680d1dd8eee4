import type { Policy } from '../../country/country.ts';
import { exempt } from '../../detection/exempt.ts';
import type { Row, Shard } from '../../stores/analytics.ts';
import { isImei, OPEN_DAY, tacOf, validOn } from '../../stores/schema.ts';
import { among, type Ground, type Known, normOf, placesOf, textIn } from './place.ts';

type Condition = { readonly condition_name: string; readonly condition_met: boolean };
type Listed = { readonly status: string | null; readonly provisional_only: boolean | null };

/** What `/imei` of DIRBS v2 tells (dirbs.md §1.7, national-systems.md §4.3). */
export type ImeiState = {
  readonly imei_norm: string;
  readonly block_date: string | null;
  readonly first_seen: string | null;
  readonly classification_state: {
    readonly blocking_conditions: readonly Condition[];
    readonly informative_conditions: readonly Condition[];
  };
  readonly realtime_checks: {
    readonly ever_observed_on_network: boolean;
    readonly invalid_imei: boolean;
    readonly is_paired: boolean;
    readonly is_exempted_device: boolean;
    readonly gsma_not_found: boolean;
    readonly in_registration_list: boolean;
  };
  readonly registration_status?: Listed;
  readonly stolen_status?: Listed;
};

/** What is asked for besides. */
export type Including = { readonly registration: boolean; readonly stolen: boolean };

/** How identifiers stand, in the order in which they were asked. @throws Refused API_FORM */
export async function statesOf(
  ground: Ground,
  { texts, field }: { readonly texts: readonly string[]; readonly field: (at: number) => string },
  including: Including,
): Promise<readonly ImeiState[]> {
  const norms = texts.map((text, at) => normOf(text, field(at)));
  const states = new Map<string, ImeiState>();
  for (const { shard, known } of await placesOf(ground, norms))
    for (const state of await shardStates(ground, { shard, known }, including)) states.set(state.imei_norm, state);
  return norms.flatMap((norm) => states.get(norm) ?? []);
}

type Place = { readonly shard: Shard; readonly known: readonly Known[] };

/** What all queries say, by identifier. */
type Found = Readonly<Record<'checks' | 'seen' | 'registration' | 'stolen' | 'paired', ReadonlyMap<string, Row>>> & {
  readonly standings: ReadonlyMap<string, readonly Row[]>;
};

async function shardStates(ground: Ground, place: Place, including: Including): Promise<readonly ImeiState[]> {
  const found = await foundOf(ground, place);
  return place.known.map((one) => stateOf(one, found, { policy: ground.policy, including }));
}

const FINAL = { registration: `('', 'whitelist')`, stolen: `('', 'blacklist')` } as const;

/** Engine query: the statuses of a list's rows, a final one before one that is provisional. */
const statuses = (list: keyof typeof FINAL, where: string): string =>
  `SELECT imei, min(word NOT IN ${FINAL[list]}) AS provisional, argMin(word, word NOT IN ${FINAL[list]}) AS status
  FROM (SELECT imei, lower(toString(status)) AS word FROM ${list} WHERE ${where}) GROUP BY imei`;

async function foundOf({ policy, date }: Ground, { shard, known }: Place): Promise<Found> {
  const own = among(known);
  const listed = `closed = 0 AND ${validOn(date)} AND ${own}`;
  const one = async (sql: string): Promise<ReadonlyMap<string, Row>> =>
    new Map((await shard.query<Row>(sql)).map((row) => [textIn(row, 'imei'), row]));
  const ids = known.map(({ key }) => `toUInt64('${key}')`).join(', ');
  const context = { country: policy as Parameters<typeof exempt>[0]['country'], date, scope: own };
  const standings = await shard.query<Row>(
    `SELECT imei, toString(condition) AS label, min(block_date) AS block FROM standing
    WHERE closed = 0 AND ended = toDate('${OPEN_DAY}') AND ${own} GROUP BY imei, label`,
  );
  const byImei = new Map<string, Row[]>();
  for (const row of standings) byImei.set(textIn(row, 'imei'), [...(byImei.get(textIn(row, 'imei')) ?? []), row]);
  return {
    standings: byImei,
    checks: await one(
      `SELECT imei, ${isImei()} AND ${tacOf()} IN (SELECT tac FROM tac WHERE closed = 0 AND ${validOn(date)}) AS allocated,
        ${exempt(context)} AS exempted FROM (SELECT arrayJoin([${ids}]) AS imei)`,
    ),
    seen: await one(
      `SELECT imei, min(since) AS first FROM (
        SELECT imei, makeDate(intDiv(month, 100), month % 100, arrayMin(bitPositionsToArray(days)) + 1) AS since FROM triplet WHERE ${own} AND days != 0
        UNION ALL SELECT imei, seen_before.first FROM seen_before WHERE ${own}) GROUP BY imei`,
    ),
    registration: await one(statuses('registration', listed)),
    stolen: await one(statuses('stolen', listed)),
    paired: await one(`SELECT imei, count() AS pairs FROM pairing WHERE ${listed} GROUP BY imei`),
  };
}

type Telling = { readonly policy: Policy; readonly including: Including };

function stateOf({ norm, key }: Known, found: Found, { policy, including }: Telling): ImeiState {
  const standings = found.standings.get(key) ?? [];
  const conditionsOf = (isBlocking: boolean): readonly Condition[] =>
    policy.conditions
      .filter(({ effect }) => (effect === 'blocked') === isBlocking)
      .map(({ label }) => ({
        condition_name: label,
        condition_met: standings.some((row) => textIn(row, 'label') === label),
      }));
  const blocks = standings.map((row) => textIn(row, 'block')).filter((day) => day < OPEN_DAY);
  const seen = found.seen.get(key);
  const registered = listedOf(found.registration.get(key));
  return {
    imei_norm: norm,
    block_date: blocks.sort()[0] ?? null,
    first_seen: seen === undefined ? null : textIn(seen, 'first'),
    classification_state: { blocking_conditions: conditionsOf(true), informative_conditions: conditionsOf(false) },
    realtime_checks: {
      ever_observed_on_network: seen !== undefined,
      invalid_imei: !/^\d{14}$/.test(norm),
      is_paired: found.paired.has(key),
      is_exempted_device: Number(found.checks.get(key)?.['exempted'] ?? 0) === 1,
      gsma_not_found: Number(found.checks.get(key)?.['allocated'] ?? 0) !== 1,
      in_registration_list: registered.provisional_only === false,
    },
    ...(including.registration ? { registration_status: registered } : {}),
    ...(including.stolen ? { stolen_status: listedOf(found.stolen.get(key)) } : {}),
  };
}

const listedOf = (row: Row | undefined): Listed =>
  row === undefined
    ? { status: null, provisional_only: null }
    : { status: textIn(row, 'status') || null, provisional_only: Number(row['provisional']) === 1 };
