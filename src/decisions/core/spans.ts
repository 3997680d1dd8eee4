import { ANY_SVN, isOfSvn, type Span, spanOrder } from '../../country/span.ts';

/**
 * Spans by columns, so that there may be tens of millions: `from` and `to` as keys, both inclusive; `svnFrom` −1 where all
 * software versions are meant; `value` is what a look-up gives. As `clashes` of `span.ts` lets them stand together.
 */
export type Columns = {
  readonly from: Float64Array;
  readonly to: Float64Array;
  readonly svnFrom: Int8Array;
  readonly svnTo: Int8Array;
  readonly value: Uint16Array;
};

/** The value of the innermost span that a key and a software version (−1: not told) lie in; −1 where there is none. */
export type Find = (key: number, svn: number) => number;

const NO_SVN = -1;

/** Columns of spans, in the order of the values that are given beside them. */
export function columnsOf(spans: readonly Span[], values: readonly number[]): Columns {
  const order = spans.map((_, at) => at).sort((a, b) => spanOrder(spans[a] ?? NOWHERE, spans[b] ?? NOWHERE));
  const sorted = order.map((at) => spans[at] ?? NOWHERE);
  return {
    from: Float64Array.from(sorted, ({ from }) => from),
    to: Float64Array.from(sorted, ({ to }) => to),
    svnFrom: Int8Array.from(sorted, (span) => (isOfSvn(span) ? span.svnFrom : NO_SVN)),
    svnTo: Int8Array.from(sorted, ({ svnTo }) => svnTo),
    value: Uint16Array.from(order, (at) => values[at] ?? 0),
  };
}

const NOWHERE: Span = { from: 0, to: -1, ...ANY_SVN };

/** One in so many beginnings stands in an array of its own, which stays in the processor's cache. */
const EACH = 64;

/**
 * A look-up by binary search, first among every 64th beginning, without allocation. Where spans do not overlap in part,
 * the one that begins last before a key contains it, or else one of those around it does: so each span only needs to know
 * the next one around it.
 * @throws RangeError where the columns do not stand in the order of `spanOrder`: that is a defect of who made them.
 */
export function finder(columns: Columns): Find {
  const { from, to, svnFrom, svnTo, value } = columns;
  const around = aroundOf(columns);
  const size = from.length;
  if (size === 0) return () => -1;
  const sample = Float64Array.from({ length: Math.ceil(size / EACH) }, (_, at) => from[at * EACH] ?? 0);
  const ofAll = svnFrom.every((first) => first === NO_SVN);
  return (key, svn) => {
    let at = lastUpTo(sample, key, 0, sample.length);
    if (at < 0) return -1;
    at = lastUpTo(from, key, at * EACH, Math.min(size, (at + 1) * EACH));
    for (; at >= 0; at = around[at] ?? -1) {
      if ((to[at] ?? 0) < key) continue;
      const first = ofAll ? NO_SVN : (svnFrom[at] ?? NO_SVN);
      if (first === NO_SVN || (svn >= first && svn <= (svnTo[at] ?? 0))) return value[at] ?? -1;
    }
    return -1;
  };
}

/** The last place from `low` to before `high` whose number is up to `key`; `low − 1` where there is none. */
function lastUpTo(sorted: Float64Array, key: number, low: number, high: number): number {
  let [first, end] = [low, high];
  while (first < end) {
    const middle = (first + end) >>> 1;
    if ((sorted[middle] ?? 0) <= key) first = middle + 1;
    else end = middle;
  }
  return first - 1;
}

/** For each span the place of the next one around it; −1 where there is none. */
function aroundOf({ from, to }: Columns): Int32Array {
  const around = new Int32Array(from.length);
  for (let at = 0; at < from.length; at++) {
    const [begins, before] = [from[at] ?? 0, from[at - 1] ?? -Infinity];
    if (begins < before || (begins === before && (to[at] ?? 0) > (to[at - 1] ?? 0)))
      throw new RangeError(`The span at ${at} stands out of order.`);
    let outer = at - 1;
    while (outer >= 0 && (to[outer] ?? 0) < begins) outer = around[outer] ?? -1;
    around[at] = outer;
  }
  return around;
}
