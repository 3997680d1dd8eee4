import type { Op } from '../../lists/fold.ts';
import type { OfficeList } from '../../lists/offices/office.ts';
import type { Change } from '../../lists/record.ts';
import type { Voice } from './said.ts';

/**
 * The lists that nodes follow, in the order in which they are sent: whoever follows must learn of an exception before
 * the block that it excepts from. Those of offices are few changes, and urgent: they do not wait for those of a run.
 */
export const FEED_LISTS = [
  'exceptions',
  'office_exceptions',
  'office_permitted',
  'office_tracked',
  'office_blocked',
  'permitted',
  'tracked',
  'blocked',
] as const satisfies readonly (Voice['list'] | 'exceptions' | OfficeList)[];

/** One of {@link FEED_LISTS}. */
export type FeedList = (typeof FEED_LISTS)[number];

/** A list with a row for each subscriber; each operator has one of its own. */
export type OwnList = 'exceptions' | 'office_exceptions';
export const isOwn = (list: FeedList): list is OwnList => list === 'exceptions' || list === 'office_exceptions';

/** Who says what, of the lists of identifiers. */
export const VOICES: Readonly<Record<Exclude<FeedList, OwnList>, Voice>> = {
  permitted: { source: 'run', list: 'permitted' },
  tracked: { source: 'run', list: 'tracked' },
  blocked: { source: 'run', list: 'blocked' },
  office_permitted: { source: 'office', list: 'permitted' },
  office_tracked: { source: 'office', list: 'tracked' },
  office_blocked: { source: 'office', list: 'blocked' },
};

/** Something of each list. */
export const ofLists = <T>(make: (list: FeedList) => T): Record<FeedList, T> => ({
  exceptions: make('exceptions'),
  office_exceptions: make('office_exceptions'),
  office_permitted: make('office_permitted'),
  office_tracked: make('office_tracked'),
  office_blocked: make('office_blocked'),
  permitted: make('permitted'),
  tracked: make('tracked'),
  blocked: make('blocked'),
});

/** The last number of each list; of the node's own operator where there is one list for each. */
export type Heads = Readonly<Record<FeedList, number>>;

/** Where a follower stands. Numbers of two change logs cannot be compared: each log has an identity. */
export type Stand = Heads & {
  /** Identity of the change log; 0 while nothing is known of it. */
  readonly log: number;
  /** The version of the rules; 0 while there are none. */
  readonly rules: number;
};

/** Where everybody begins. */
export const NOWHERE: Stand = { log: 0, rules: 0, ...ofLists(() => 0) };

/** Changes that one line of the stream brings, at most. */
export const PIECE = 1000;

/** The longest line that is read: a rules document with all its ranges. */
export const LINE_LIMIT = 64 << 20;

/** A change of a list on the wire: what is done to which IMEI (-1: no IMEI), and its reasons, or IMSI and MSISDN. */
export type Row =
  | readonly [op: Op, imei: number, reasons: string]
  | readonly [op: Op, imei: number, imsi: number, msisdn: number];

/** Changes in a row, from number `from` on. */
export type ChangesLine = { readonly list: FeedList; readonly from: number; readonly changes: readonly Row[] };

/** The rules document of a version, as its text. */
export type RulesLine = { readonly rules: number; readonly document: string };

/** A sign of life, and how far the centre's lists reach. */
export type BeatLine = { readonly beat: number; readonly log: number; readonly heads: Heads };

/** A line of the stream (NDJSON). */
export type Line = ChangesLine | RulesLine | BeatLine;

/** Writes changes of a list as one line. */
export function writeChanges(list: FeedList, changes: readonly Change[]): Buffer {
  const texts = new Map<string, string>();
  const quoted = (text: string): string => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    const made = JSON.stringify(text);
    texts.set(text, made);
    return made;
  };
  const rows = changes.map(({ op, imei, imsi, msisdn, reasons }) =>
    isOwn(list) ? `["${op}",${imei},${imsi},${msisdn}]` : `["${op}",${imei},${quoted(reasons)}]`,
  );
  return Buffer.from(`{"list":"${list}","from":${changes[0]?.seq ?? 0},"changes":[${rows.join(',')}]}\n`);
}

/** Writes any other line. */
export const writeLine = (line: RulesLine | BeatLine): Buffer => Buffer.from(`${JSON.stringify(line)}\n`);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isOp = (value: unknown): boolean => value === 'add' || value === 'remove' || value === 'update';
const isIdentifier = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= -1;

function isRow(row: unknown, own: boolean): boolean {
  if (!Array.isArray(row) || row.length !== (own ? 4 : 3) || !isOp(row[0]) || !isIdentifier(row[1])) return false;
  return own ? isCount(row[2]) && isCount(row[3]) : typeof row[2] === 'string';
}

function isHeads(heads: unknown): boolean {
  if (typeof heads !== 'object' || heads === null) return false;
  const given = heads as Readonly<Record<string, unknown>>;
  return FEED_LISTS.every((list) => isCount(given[list]));
}

/** Reads a line; undefined where it is none. Nothing of a line counts unless all of it is right. */
export function readLine(text: string): Line | undefined {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof line !== 'object' || line === null) return undefined;
  const { list, from, changes, rules, document, beat, log, heads } = line as Readonly<Record<string, unknown>>;
  if (changes !== undefined) {
    const known = FEED_LISTS.find((one) => one === list);
    if (known === undefined || !isCount(from) || from === 0 || !Array.isArray(changes)) return undefined;
    return changes.every((row) => isRow(row, isOwn(known))) ? (line as ChangesLine) : undefined;
  }
  if (rules !== undefined) return isCount(rules) && typeof document === 'string' ? (line as RulesLine) : undefined;
  return isCount(beat) && isCount(log) && isHeads(heads) ? (line as BeatLine) : undefined;
}

/** Writes where a follower stands as the query of its request. */
export const standQuery = (stand: Stand): string =>
  ['log', 'rules', ...FEED_LISTS].map((name) => `${name}=${stand[name as keyof Stand]}`).join('&');

/** Reads the numbers of a file's state, which may lack some. */
export function standOf(state: Readonly<Record<string, unknown>>): Stand {
  const count = (name: string): number => (isCount(state[name]) ? state[name] : 0);
  return { log: count('log'), rules: count('rules'), ...ofLists(count) };
}

/** Whether two stands hold the same lists; the rules are beside them. */
export const sameLists = (one: Stand, other: Stand): boolean =>
  one.log === other.log && FEED_LISTS.every((list) => one[list] === other[list]);

/** How many changes lie between where one stands and how far the lists reach. */
export const behind = (stand: Heads, heads: Heads): number =>
  FEED_LISTS.reduce((sum, list) => sum + Math.max(0, heads[list] - stand[list]), 0);
