import type { Day } from '../calendar/day.ts';
import type { Policy } from '../country/country.ts';
import { literal } from '../stores/analytics.ts';
import { OPEN_DAY, validOn } from '../stores/schema.ts';
import { homeOf, idsOf } from './home.ts';
import { admitted } from './pairs.ts';
import { seenWithin } from './window.ts';

/** The lists, in the order of the change log's own column (ITU-T Q.5055 names the first three). */
export const LISTS = ['blocked', 'tracked', 'permitted', 'exceptions', 'notifications'] as const;

/** A device control list. The first three are common to all operators, the others are one operator's own. */
export type List = (typeof LISTS)[number];

/** Is there one such list for each operator? */
export const isOwn = (list: List): boolean => list === 'exceptions' || list === 'notifications';

/** Under what the lists are made. */
export type Terms = {
  readonly policy: Pick<Policy, 'operators' | 'lists' | 'conditions'>;
  readonly day: Day;
  /** Engine expression of the keyed hash that the golden list holds, of an expression of the IMEI key. */
  readonly golden: (imei: string) => string;
  /** Table or query, per shard, with the columns of `standing`; by default the official one. */
  readonly standing?: string;
  /** Query, per shard, of the blocked `imei`; by default derived again. */
  readonly blocked?: string;
  /** Query, per shard, of the `imei` that offices block beside; by default none. */
  readonly held?: string;
  /** Table or query, per shard, of the pairs that admit, as `imei, imsi, msisdn`; by default derived again. */
  readonly pairs?: string;
  /** Table or query, per shard, with the columns of {@link due}; by default derived again. */
  readonly due?: string;
  /** Engine predicate on `imei`: notifications of these identifiers only; by default of all. */
  readonly scope?: string;
};

const pairsOf = ({ pairs, day, policy }: Terms): string => pairs ?? admitted(day, policy.lists.barredInExceptions);

/**
 * Engine queries, per shard, of what each list should be on a day. Columns of all: `operator, imei, imsi, msisdn,
 * block_date, reasons, amnesty`, one row a key, absent parts 0 or ''.
 */
export function targets(terms: Terms): Readonly<Record<List, string>> {
  return {
    blocked: blocked(terms),
    tracked: tracked(terms),
    permitted: permitted(terms),
    exceptions: exceptions(terms),
    notifications: notifications(terms),
  };
}

const row = (columns: Readonly<Record<string, string>>): string =>
  Object.entries({
    operator: "''",
    imei: 'imei',
    imsi: 'toUInt64(0)',
    msisdn: 'toUInt64(0)',
    block_date: `toDate('${OPEN_DAY}')`,
    reasons: "''",
    amnesty: 'false',
    ...columns,
  })
    .map(([name, expression]) => `${expression} AS ${name}`)
    .join(', ');

const open = `s.closed = 0 AND s.ended = toDate('${OPEN_DAY}')`;

/** Protected until and with the day of expiry, and only while the entry is valid. */
const notGolden = ({ golden, day }: Terms): string =>
  `${golden('s.imei')} NOT IN (SELECT hash FROM golden WHERE ${validOn(day)} AND expires >= toDate('${day}'))`;

/** Distinct reasons, sorted, joined by '|'; a condition that the policy no longer names stands under its label. */
function reasons({ policy }: Terms): string {
  const texts = (pick: (one: Policy['conditions'][number]) => string): string =>
    `CAST([${policy.conditions.map((one) => literal(pick(one))).join(', ')}], 'Array(String)')`;
  const label = 'toString(s.condition)';
  const [from, to] = [texts(({ label }) => label), texts(({ reason }) => reason)];
  const reason = policy.conditions.length === 0 ? label : `transform(${label}, ${from}, ${to}, ${label})`;
  return `arrayStringConcat(arraySort(groupUniqArray(${reason})), '|')`;
}

const standings = (terms: Terms): string => `${terms.standing ?? 'standing'} AS s`;

const isBlocked = (day: Day): string => `s.effect = 'blocked' AND s.block_date <= toDate('${day}')`;

/** Blocked from the first block date of any of its standings on. */
function blocked(terms: Terms): string {
  const columns = { imei: 's.imei', block_date: 'min(s.block_date)', reasons: reasons(terms) };
  return `(SELECT ${row(columns)} FROM ${standings(terms)}
  WHERE ${open} AND ${isBlocked(terms.day)} AND ${notGolden(terms)}
  GROUP BY s.imei SETTINGS optimize_aggregation_in_order = 1)`;
}

const blockedImeis = (terms: Terms): string => terms.blocked ?? `(SELECT imei FROM ${blocked(terms)})`;

function tracked(terms: Terms): string {
  return `(SELECT ${row({ imei: 's.imei', reasons: reasons(terms) })} FROM ${standings(terms)}
  WHERE ${open} AND s.effect = 'tracked' AND s.imei NOT IN ${blockedImeis(terms)} AND ${notGolden(terms)}
  GROUP BY s.imei SETTINGS optimize_aggregation_in_order = 1)`;
}

/** Registered with final status and not blocked: what networks in restrictive mode admit (ITU-T Q Suppl.73). */
function permitted(terms: Terms): string {
  if (!terms.policy.lists.permitted) return `(SELECT ${row({ imei: 'toUInt64(0)' })} WHERE false)`;
  return `(SELECT ${row({})} FROM registration
  WHERE ${validOn(terms.day)} AND lower(status) IN ('', 'whitelist') AND imei NOT IN ${blockedImeis(terms)}
  GROUP BY imei SETTINGS optimize_aggregation_in_order = 1)`;
}

/** Pairs for the home operator of the IMSI; where it has none, as a visitor's, for every operator. */
function exceptions(terms: Terms): string {
  const { operators, lists } = terms.policy;
  const isHeld = terms.held === undefined ? '' : ` OR imei IN ${terms.held}`;
  const only = lists.exceptionsOnlyBlocked ? ` WHERE imei IN ${blockedImeis(terms)}${isHeld}` : '';
  const whose = `arrayJoin(if(home = '', ${idsOf(operators)}, [home]))`;
  return `(SELECT ${row({ operator: whose, imsi: 'imsi', msisdn: 'msisdn' })} FROM (
    SELECT imei, imsi, msisdn, ${homeOf('imsi', operators)} AS home
    FROM ${pairsOf(terms)}${only}
  ))`;
}

/**
 * Engine query, per shard: the IMEIs that will be blocked, with their first block date, reasons and whether an amnesty
 * put the block off. A block whose date is not set yet, as during the evaluation of an amnesty, is not announced.
 */
export function due(terms: Terms): string {
  const columns = `s.imei AS imei, min(s.block_date) AS due_date, ${reasons(terms)} AS due_reasons, max(s.amnesty) AS due_amnesty`;
  return `(SELECT ${columns} FROM ${standings(terms)}
  WHERE ${open} AND s.effect = 'blocked' AND s.block_date < toDate('${OPEN_DAY}') AND ${notGolden(terms)}
  GROUP BY s.imei HAVING due_date > toDate('${terms.day}') SETTINGS optimize_aggregation_in_order = 1)`;
}

/**
 * Engine predicate over `imei, imsi, msisdn`: a pair admits this subscriber. Without notice of IMSI changes the
 * MSISDN of a pair of the same IMEI, and of no other, is enough.
 */
export function isPaired(terms: Terms): string {
  const pairs = pairsOf(terms);
  const same = `(imei, imsi) IN (SELECT imei, imsi FROM ${pairs})`;
  return terms.policy.lists.notifyImsiChange
    ? same
    : `(${same} OR (imei, msisdn) IN (SELECT imei, msisdn FROM ${pairs}))`;
}

/**
 * Subscribers lately seen with an IMEI that will be blocked, for the home operator of the IMSI; where it has none, for
 * the operators that saw it. Nobody else learns IMSI and MSISDN.
 */
function notifications(terms: Terms): string {
  const { operators, lists } = terms.policy;
  const { scope = '1' } = terms;
  const coming = `(SELECT * FROM ${terms.due ?? due(terms)} WHERE ${scope})`;
  const columns = { operator: 'whose', imsi: 'imsi', msisdn: 'msisdn' };
  const decision = { block_date: 'due_date', reasons: 'due_reasons', amnesty: 'due_amnesty' };
  return `(SELECT ${row({ ...columns, ...decision })} FROM (
    SELECT DISTINCT imei, imsi, msisdn, if(home = '', seen_by, home) AS whose FROM (
      SELECT imei, imsi, msisdn, toString(operator) AS seen_by, ${homeOf('imsi', operators)} AS home FROM triplet
      WHERE ${seenWithin(terms.day, lists.lookbackDays)} AND imsi != 0 AND msisdn != 0
        AND ${scope} AND imei IN (SELECT imei FROM ${coming}) AND NOT ${isPaired(terms)}
    ) WHERE has(${idsOf(operators)}, whose)
  ) AS t INNER JOIN ${coming} AS d ON d.imei = t.imei)`;
}
