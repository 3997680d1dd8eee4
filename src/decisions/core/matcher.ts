import { imeiSpan, imsiSpan, tacSpan } from '../../country/eir.ts';
import { ANY_SVN, type Span } from '../../country/span.ts';
import { type Entry, LISTS } from './entry.ts';
import type { Scratch } from './facts.ts';
import type { Question, Status } from './question.ts';
import { type Rules, rulingEntry } from './rules.ts';
import { type Columns, columnsOf, type Find, finder } from './spans.ts';

/** Looks up what the rules say, without allocation. */
export type Matcher = {
  /** The entry of the innermost range of IMEIs that a question is in; SVN −1: not told. */
  readonly rangeOf: (imei: number, svn: number) => Entry | undefined;
  readonly tacOf: (imei: number, svn: number) => Entry | undefined;
  /** What an IMSI, as a number, is told whatever its equipment. */
  readonly screen: (imsi: number) => Status | undefined;
  /** Days that a visitor with this IMSI is admitted for; −1: no visitor, or no IMSI. */
  readonly stayOf: (imsi: number) => number;
  /** Puts all of these into the facts of a question whose `imei` entry is known; ranges only where they can matter. */
  readonly fill: (question: Question, facts: Scratch) => void;
};

/** Ranges by columns, with the entries that their values number, for more of them than a document can hold. */
export type Ranges = { readonly columns: Columns; readonly entries: readonly Entry[] };

/** The most different values that spans may have. */
const MOST_VALUES = 65_536;

/**
 * A matcher of these rules.
 * @throws RangeError where ranges say more than 65 536 different things.
 */
export function matcherOf(rules: Rules, ranges: Ranges = rangesOf(rules)): Matcher {
  const tacs = spansWith(rules.tacs, tacSpan, (rule) => rulingEntry(rule, rules.kinds));
  const screens = spansWith(rules.imsiRanges, imsiSpan, ({ status }) => status);
  const stays = staysOf(rules);
  const [range, tac, imsi, home] = [ranges.columns, tacs.columns, screens.columns, stays.columns].map(finder) as [
    Find,
    Find,
    Find,
    Find,
  ];
  // An index of -1 would be looked for as the name of a property, slowly.
  const among = <Value>(values: readonly Value[], at: number): Value | undefined => (at < 0 ? undefined : values[at]);
  const rangeOf: Matcher['rangeOf'] = (imei, svn) => among(ranges.entries, range(imei, svn));
  const tacOf: Matcher['tacOf'] = (imei, svn) => among(tacs.values, tac(imei, svn));
  const screen: Matcher['screen'] = (key) => among(screens.values, imsi(aligned(key), -1));
  const stayOf: Matcher['stayOf'] = (key) => among(stays.values, home(aligned(key), -1)) ?? -1;
  const onLists = LISTS.blocked | LISTS.tracked | LISTS.permitted;
  return {
    rangeOf,
    tacOf,
    screen,
    stayOf,
    fill(question, facts) {
      facts.screened = screen(question.imsi);
      facts.grantedDays = stayOf(question.imsi);
      const open = question.imei >= 0 && (facts.imei === undefined || (facts.imei.bits & onLists) === 0);
      facts.range = open ? rangeOf(question.imei, question.svn) : undefined;
      facts.tac = open && facts.range === undefined ? tacOf(question.imei, question.svn) : undefined;
    },
  };
}

/** The ranges of IMEIs that the rules name. */
export function rangesOf(rules: Pick<Rules, 'imeiRanges' | 'kinds'>): Ranges {
  const { columns, values } = spansWith(rules.imeiRanges, imeiSpan, (rule) => rulingEntry(rule, rules.kinds));
  return { columns, entries: values };
}

type Valued<Value> = { readonly columns: Columns; readonly values: readonly Value[] };

/** Columns of what has a span; equal values have one number. */
function spansWith<T, Value>(
  list: readonly T[],
  spanOf: (one: T) => Span | undefined,
  meaning: (one: T) => Value,
): Valued<Value> {
  const numbers = new Map<Value, number>();
  const spans: Span[] = [];
  const values: number[] = [];
  for (const one of list) {
    const span = spanOf(one);
    if (span === undefined) continue;
    const value = meaning(one);
    const number = numbers.get(value) ?? numbers.size;
    numbers.set(value, number);
    spans.push(span);
    values.push(number);
  }
  if (numbers.size > MOST_VALUES) throw new RangeError(`Rules say ${numbers.size} different things.`);
  return { columns: columnsOf(spans, values), values: [...numbers.keys()] };
}

/**
 * Homes by the beginning of the IMSI, the longer before the shorter, the country's own before all: its MCCs are not
 * visitors', nor is an IMSI that is none.
 */
function staysOf({ mccs, roamers }: Pick<Rules, 'mccs' | 'roamers'>): Valued<number> {
  const isOwn = (home: string): boolean => mccs.some((mcc) => home.startsWith(mcc));
  const homes = [
    { home: '', stayDays: roamers.stayDays },
    ...mccs.map((home) => ({ home, stayDays: -1 })),
    ...roamers.homes.filter(({ home }) => !isOwn(home)),
  ];
  return spansWith(
    homes,
    ({ home }) => beginning(home),
    ({ stayDays }) => stayDays,
  );
}

const beginning = (digits: string): Span => ({
  from: Number(digits.padEnd(15, '0')),
  to: Number(digits.padEnd(15, '9')),
  ...ANY_SVN,
});

/**
 * An IMSI as 15 digits, those that it lacks as zeros behind; −1 for what is none. Kept as a number it has 14 or 15
 * digits; only the test networks' MCC 001 begins with zeros, so that a number of 13 digits beginning with 1 is 15 digits.
 */
function aligned(imsi: number): number {
  if (imsi >= 1e14) return imsi < 1e15 ? imsi : -1;
  if (imsi >= 1e13) return imsi * 10;
  return imsi >= 1e12 && imsi < 2e12 ? imsi : -1;
}
