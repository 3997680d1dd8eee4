import type { ListOptions } from '../../country/country.ts';
import { type Analytics, literal } from '../../stores/analytics.ts';
import { OPEN_DAY } from '../../stores/schema.ts';
import { delta, type Key, type Part, REASONS, state } from '../log.ts';
import type { List } from '../target.ts';
import { held, numbers } from './held.ts';
import type { ControlList } from './office.ts';

// The files for operators are of what runs and offices say together, each as it stood at a run: so that the delta of two
// runs makes the one list the other, whatever offices did between them. Only identifiers that offices hold are looked at
// twice; all others are as the change log has them.

/** Under what the lists of both are united. */
export type UnionOptions = Pick<ListOptions, 'exceptionsOnlyBlocked'>;

const KEY = 'imei, imsi, msisdn';
const CONTENT = ['block_date', 'reasons', 'amnesty'] as const;
const ROW = `${KEY}, seq, ${CONTENT.join(', ')}`;

/** The list of offices that is one with a list of runs. */
const officeOf = (list: List): ControlList | undefined => (list === 'notifications' ? undefined : list);

/** Lists that an identifier leaves when it is blocked, by whomever. */
const LEFT: readonly List[] = ['tracked', 'permitted', 'notifications'];

/**
 * The identifiers whose rows of a list offices had a say in up to the last of these runs; of notifications, which go for
 * several causes, only those that offices block at one of them.
 */
function touched({ list, operator }: Key, runs: readonly number[]): string {
  const own = officeOf(list);
  if (own === undefined) return `(SELECT imei FROM ${held({ list: 'blocked', operator: '', runs })})`;
  const blocked = LEFT.includes(list) ? ` OR list = 'blocked'` : '';
  return `(SELECT imei FROM office_change WHERE run <= ${Math.max(...runs)}
    AND ((list = '${own}' AND operator = ${literal(operator)})${blocked}))`;
}

/** The change log's list as it stands after each of these runs, for a part that is small: in no order, quick to plan. */
const few = ({ list, operator, where = 'true' }: Part, runs: readonly number[]): string =>
  `(SELECT at, ${KEY}, last AS seq, now.1 AS block_date, now.2 AS reasons, now.3 AS amnesty FROM (
    SELECT at, ${KEY}, max(seq) AS last, argMax((block_date, toString(reasons), amnesty, op), seq) AS now
    FROM change ARRAY JOIN ${numbers(runs)} AS at
    WHERE list = '${list}' AND operator = ${literal(operator)} AND run <= at AND ${where}
    GROUP BY at, ${KEY}
  ) WHERE now.4 != 'remove')`;

/** Of some identifiers, those blocked at a run, by runs or offices: `at, imei`. */
const blockedAmong = (identifiers: string, runs: readonly number[]): string =>
  `(SELECT at, imei FROM ${few({ list: 'blocked', operator: '', where: `imei IN ${identifiers}` }, runs)}
    UNION ALL SELECT at, imei FROM ${held({ list: 'blocked', operator: '', runs })})`;

/** What offices say of a list at these runs, as rows of the change log; the number is 0. */
function said({ list, operator, where = 'true' }: Part, runs: readonly number[], only: string): string {
  const own = officeOf(list);
  if (own === undefined) return '';
  const date = list === 'blocked' ? 'since' : `toDate('${OPEN_DAY}')`;
  const reasons = list === 'blocked' || list === 'tracked' ? 'reasons' : "''";
  return ` UNION ALL SELECT at, ${KEY}, toUInt64(0), ${date}, ${reasons}, false FROM ${held({ list: own, operator, runs })}
    WHERE ${where}${only}`;
}

const REASONS_OF_BOTH = "arrayStringConcat(arraySort(arrayFilter(one -> one != '', groupUniqArrayArray(all))), '|')";

/**
 * The rows of both for some identifiers, at each of these runs (`at`). The number is that of the change log; 0 where that
 * has no row.
 */
function merged(part: Part, runs: readonly number[], { exceptionsOnlyBlocked }: UnionOptions): string {
  const { list, where = 'true' } = part;
  const identifiers = touched(part, runs);
  const blocked = blockedAmong(identifiers, runs);
  const only = list === 'exceptions' && exceptionsOnlyBlocked ? ` AND (at, imei) IN ${blocked}` : '';
  const left = LEFT.includes(list) ? `WHERE (at, imei) NOT IN ${blocked}` : '';
  return `(SELECT at, ${KEY}, max(number) AS seq, min(day) AS block_date, ${REASONS_OF_BOTH} AS reasons,
      max(granted) AS amnesty
    FROM (
      SELECT at, ${KEY}, seq AS number, block_date AS day, splitByChar('|', reasons) AS all, amnesty AS granted
      FROM (SELECT at, ${ROW} FROM ${few({ ...part, where: `${where} AND imei IN ${identifiers}` }, runs)}${said(part, runs, only)})
      ${left}
    ) GROUP BY at, ${KEY})`;
}

/** Lists as queries, per shard, with the columns of those of log.ts. */
export type Queries = {
  /** A list as it stands after a run. */
  readonly state: (part: Part, run: number) => string;
  /** What makes the list of run `base` that of run `run`; base 0 is the empty list. */
  readonly delta: (part: Part, base: number, run: number) => string;
};

/** The lists of runs and offices as one; `offices` are those of which offices ever changed anything. */
export const united = (offices: readonly ControlList[], options: UnionOptions): Queries => {
  const isPlain = ({ list }: Key): boolean =>
    !offices.some((one) => one === list || (one === 'blocked' && LEFT.includes(list)));
  return {
    state: (part, run) => (isPlain(part) ? state(part, run) : stateOfBoth(part, run, options)),
    delta: (part, base, run) => (isPlain(part) ? delta(part, base, run) : deltaOfBoth(part, [base, run], options)),
  };
};

/** The lists of offices that were copied up to a run. */
export async function officesAt(analytics: Analytics, run: number): Promise<readonly ControlList[]> {
  const sql = `SELECT DISTINCT toString(list) AS list FROM office_change WHERE run <= ${run}`;
  return [...new Set((await analytics.gather<{ list: ControlList }>(sql)).map(({ list }) => list))];
}

function stateOfBoth(part: Part, run: number, options: UnionOptions): string {
  return `(SELECT ${ROW} FROM ${state(outside(part, [run]), run)}
    UNION ALL SELECT ${ROW} FROM ${merged(part, [run], options)})`;
}

function deltaOfBoth(part: Part, [base, run]: readonly [base: number, run: number], options: UnionOptions): string {
  const { add, update, remove } = REASONS[part.list];
  // Nobody is told any more of a block that has come; other causes stand in the change log.
  const gone = part.list === 'notifications' ? 'blacklisted' : remove[0];
  const sides = CONTENT.map(
    (column) => `anyIf(${column}, at = ${run}) AS now_${column}, anyIf(${column}, at = ${base}) AS then_${column}`,
  );
  const chosen = CONTENT.map((column) => `if(is, now_${column}, then_${column}) AS ${column}`);
  const differs = CONTENT.map((column) => `now_${column} != then_${column}`).join(' OR ');
  return `(SELECT ${ROW}, op, reason FROM ${delta(outside(part, [base, run]), base, run)}
    UNION ALL SELECT ${KEY}, number, ${chosen.join(', ')}, multiIf(NOT is, 'remove', NOT was, 'add', 'update') AS op,
      multiIf(NOT is, '${gone}', NOT was, '${add[0]}', '${update[0]}') AS reason
    FROM (SELECT ${KEY}, max(seq) AS number, max(at = ${run}) AS is, max(at = ${base}) AS was, ${sides.join(', ')}
      FROM ${merged(part, [base, run], options)} GROUP BY ${KEY})
    WHERE is != was OR ${differs})`;
}

const outside = (part: Part, runs: readonly number[]): Part => ({
  ...part,
  where: `${part.where ?? 'true'} AND imei NOT IN ${touched(part, runs)}`,
});
