import type { ModeName } from '../../country/mode.ts';
import { CAUSES, LISTS } from './entry.ts';
import type { Answer, Equipment, Level, Status } from './question.ts';
import type { Terms } from './terms.ts';

/** What the table is asked: facts and terms of one question, without any identifier. */
export type Situation = {
  readonly terms: Terms;
  /** The equipment is on the golden list: never to be refused. */
  readonly golden: boolean;
  /** What the range of the subscriber's IMSI is told; undefined where it is in none. */
  readonly screened: Status | undefined;
  readonly equipment: Equipment;
  /** The node has no lists that it could go by. */
  readonly missing: boolean;
  /** A pair admits this very subscriber. */
  readonly paired: boolean;
  /** Bits of the entry that decides: of the IMEI, else of its range, else of its TAC; 0 where there is none. */
  readonly bits: number;
  readonly reasons: string;
  readonly level: Level;
  /** Any subscriber is paired with the IMEI. */
  readonly pairs: boolean;
  /** A visitor within the stay that the country grants. */
  readonly visiting: boolean;
  /** The centre was asked already, and did not answer. */
  readonly unanswered: boolean;
  /** Staged enforcement does not reach this equipment yet. */
  readonly outside: boolean;
};

/** What a row says: what is told, and what is recorded of why. */
export type Saying = Pick<Answer, 'status' | 'list' | 'exception' | 'by'> & { readonly entry?: true };

/** A row of the table: the first whose condition holds decides, and no later one is looked at. */
export type Row = {
  readonly step: string;
  /** Its condition, in words. */
  readonly when: string;
  /** What it says, in words. */
  readonly says: string;
  readonly holds: (situation: Situation) => boolean;
  /** `ask`: the centre has to be asked first. */
  readonly tell: (situation: Situation) => Saying | 'ask';
};

/** A row that acts on what the table has said. */
export type Afterwards = Omit<Row, 'tell'> & { readonly exception: Answer['exception'] };

const has =
  (...bits: readonly number[]) =>
  (situation: Situation): boolean =>
    bits.every((bit) => (situation.bits & bit) !== 0);

const isBlocked = has(LISTS.blocked);
const asking = (mode: ModeName): boolean => mode === 'authorization' || mode === 'hybrid';

const plain = (status: Status, list = '', exception = ''): Saying => ({ status, list, exception, by: 'local' });
const byEntry = (status: Status, list: string, exception = ''): Saying => ({
  ...plain(status, list, exception),
  entry: true,
});

/**
 * The precedence table (ITU-T Q Suppl.73 and the practice of commercial registers; the order as a whole is ours).
 *
 * - **golden** stands above all: it protects equipment that must never be refused, also when a person overrides in haste.
 * - **override** is the switch for emergencies: it must work when lists or centre are wrong, hence above what reads them.
 * - **screen** goes by the subscriber alone, whatever the equipment; commercial registers look at it second, too.
 * - **missing** stands above everything that reads lists: without the IMEI's own entry and pairs, a range or a TAC could
 *   block what the IMEI's entry or a pair admits.
 * - **pairing** beats `stolen` and `barred` here, because it does in the lists: a pair is on the exceptions list whatever
 *   the IMEI is blocked for, and pairs of barred IMEIs and TACs are left out of that list (unless the country keeps
 *   them). Which pairs admit is decided there, once; a pair that reaches this table admits.
 * - **unpermitted** stands below pairing for the same reason.
 * - **roamer** frees a visitor from being on a list, not from one he is on (ITU-T Q Suppl.73 §6.1.3).
 *
 * Emergency calls are in no row: networks do not ask for them.
 */
export const PRECEDENCE: readonly Row[] = [
  {
    step: 'golden',
    when: 'the equipment is on the golden list',
    says: 'permitted',
    holds: ({ golden }) => golden,
    tell: () => plain('permitted', '', 'golden'),
  },
  {
    step: 'override',
    when: 'the country overrides all lists',
    says: 'what the override says',
    holds: ({ terms }) => terms.override !== undefined,
    tell: ({ terms }) => plain(terms.override ?? terms.unlisted, 'rules', 'override'),
  },
  {
    step: 'screen',
    when: 'the IMSI is in one of the ranges that are told the same whatever their equipment',
    says: 'what the range of IMSIs says',
    holds: ({ screened }) => screened !== undefined,
    tell: ({ screened, terms }) => plain(screened ?? terms.unlisted, 'rules'),
  },
  {
    step: 'equipment',
    when: 'the equipment has no IMEI: a MAC address, an EUI-64, or something else',
    says: 'what the country says of that kind',
    holds: ({ equipment }) => equipment !== 'imei',
    tell: ({ equipment, terms }) =>
      plain(equipment === 'imei' ? terms.unlisted : terms.withoutImei[equipment], 'rules'),
  },
  {
    step: 'authorization',
    when: 'the mode is authorization, or hybrid and the node has no lists; and the centre was not asked yet',
    says: 'asks the centre',
    holds: ({ terms, missing, unanswered }) =>
      !unanswered && (terms.mode === 'authorization' || (terms.mode === 'hybrid' && missing)),
    tell: () => 'ask',
  },
  {
    step: 'missing',
    when: 'the node has no lists',
    says: 'what the country says for that: permitted, unless it says otherwise; in a mode that asks, its fallback',
    holds: ({ missing }) => missing,
    tell: ({ terms }) => ({ ...plain(terms.asking?.fallback ?? terms.listsMissing, 'rules'), by: 'default' }),
  },
  {
    step: 'pairing',
    when: 'blocked, for whatever reason, and a pair admits this subscriber',
    says: 'permitted',
    holds: (situation) => isBlocked(situation) && situation.paired,
    tell: () => byEntry('permitted', 'blocked', 'pairing'),
  },
  {
    step: 'unpermitted',
    when: 'blocked or tracked and not permitted besides, with response type 3',
    says: 'unknown',
    holds: ({ bits, terms }) =>
      terms.onlyPermitted && (bits & (LISTS.blocked | LISTS.tracked)) !== 0 && (bits & LISTS.permitted) === 0,
    tell: ({ bits }) => byEntry('unknown', (bits & LISTS.blocked) === 0 ? 'tracked' : 'blocked'),
  },
  {
    step: 'stolen',
    when: 'blocked as stolen or lost',
    says: 'blocked',
    holds: has(LISTS.blocked, CAUSES.stolen),
    tell: () => byEntry('blocked', 'blocked'),
  },
  {
    step: 'barred',
    when: 'blocked as barred, itself or with its model',
    says: 'blocked',
    holds: has(LISTS.blocked, CAUSES.barred),
    tell: () => byEntry('blocked', 'blocked'),
  },
  {
    step: 'blocked',
    when: 'blocked for another reason',
    says: 'blocked',
    holds: isBlocked,
    tell: () => byEntry('blocked', 'blocked'),
  },
  {
    step: 'tracked',
    when: 'tracked',
    says: 'tracked',
    holds: has(LISTS.tracked),
    tell: () => byEntry('tracked', 'tracked'),
  },
  {
    step: 'permitted',
    when: 'permitted',
    says: 'permitted',
    holds: has(LISTS.permitted),
    tell: () => byEntry('permitted', 'permitted'),
  },
  {
    step: 'roamer',
    when: 'a visitor, by the home of the IMSI, within the stay that the country grants; an unknown stay is within',
    says: 'permitted',
    holds: ({ visiting }) => visiting,
    tell: () => plain('permitted', '', 'roamer'),
  },
  {
    step: 'hybrid',
    when: 'the mode is hybrid, and the centre was not asked yet',
    says: 'asks the centre',
    holds: ({ terms, unanswered }) => terms.mode === 'hybrid' && !unanswered,
    tell: () => 'ask',
  },
  {
    step: 'fallback',
    when: 'the centre was asked and did not answer in time',
    says: 'the fallback of the mode: permitted, unless the country says otherwise',
    holds: ({ terms, unanswered }) => unanswered && asking(terms.mode),
    tell: ({ terms }) => ({ ...plain(terms.asking?.fallback ?? terms.unlisted), by: 'default' }),
  },
  {
    step: 'default',
    when: 'on no list',
    says: 'what the mode says: permitted when permissive, blocked when restrictive, or as the country says',
    holds: () => true,
    tell: ({ terms }) => plain(terms.unlisted),
  },
];

/** What is done to a decision, also to one of the centre, before it is told. The decision stands in `intended`. */
export const AFTERWARDS: readonly Afterwards[] = [
  {
    step: 'shadow',
    when: 'the mode is only tried out (shadow)',
    says: 'permitted in place of everything else',
    exception: 'shadow',
    holds: ({ terms }) => terms.shadow,
  },
  {
    step: 'staged',
    when: 'enforcement in stages has not reached the equipment: its share, its region or its operator',
    says: 'permitted in place of everything else',
    exception: 'staged',
    holds: ({ outside }) => outside,
  },
];

/** Walks the table. Undefined: the centre has to be asked. */
export function walk(situation: Situation): Answer | undefined {
  for (const { step, holds, tell } of PRECEDENCE) {
    if (!holds(situation)) continue;
    const saying = tell(situation);
    if (saying === 'ask') return undefined;
    const { status, list, exception, by, entry } = saying;
    const reason = entry === true ? situation.reasons : '';
    const level: Level = entry === true ? situation.level : 'none';
    return afterwards(
      { status, step, reason, list, level, exception, intended: status, by, pairs: situation.pairs },
      situation,
    );
  }
  throw new Error('The last row of the precedence table holds always.');
}

/** What is told in place of a decision. */
export function afterwards(answer: Answer, situation: Pick<Situation, 'terms' | 'outside'>): Answer {
  if (answer.status === 'permitted') return answer;
  const row = AFTERWARDS.find(({ holds }) => holds(situation as Situation));
  return row === undefined ? answer : { ...answer, status: 'permitted', exception: row.exception };
}

/** A line of the table as it is shown. */
export type Line = { readonly step: string; readonly when: string; readonly says: string };

/** The whole table, in its order. */
export const TABLE: readonly Line[] = [...PRECEDENCE, ...AFTERWARDS].map(({ step, when, says }) => ({
  step,
  when,
  says,
}));
