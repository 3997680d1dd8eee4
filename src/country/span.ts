/**
 * A stretch of keys, both ends inclusive, and the software versions it is about: 0 to 99 where `svnFrom` is 0 and
 * `svnTo` 99, which means all, and also a question that tells none.
 */
export type Span = { readonly from: number; readonly to: number; readonly svnFrom: number; readonly svnTo: number };

/** All software versions. */
export const ANY_SVN = { svnFrom: 0, svnTo: 99 } as const;

/** Whether a span is about certain software versions only. */
export const isOfSvn = ({ svnFrom, svnTo }: Span): boolean => svnFrom > 0 || svnTo < 99;

/**
 * The order in which spans are looked up: by their beginning, the outer before the inner, and of equal ones that of all
 * software versions before those of some.
 */
export const spanOrder = (one: Span, other: Span): number =>
  one.from - other.from || other.to - one.to || Number(isOfSvn(one)) - Number(isOfSvn(other));

/** Two spans of a list, by their places, that cannot stand beside each other. */
export type Clash = { readonly earlier: number; readonly later: number; readonly kind: 'overlap' | 'twice' };

/**
 * The clashes of a list of spans: two may lie apart or one within the other (the inner one then goes first), but not
 * overlap in part, and equal ones must be about different software versions. At most one clash a span is told.
 */
export function clashes(spans: readonly Span[]): readonly Clash[] {
  const sorted = spans.map((span, at) => ({ ...span, at })).sort((a, b) => spanOrder(a, b) || a.at - b.at);
  const found: Clash[] = [];
  const outer: (Span & { readonly at: number })[] = [];
  for (const span of sorted) {
    while ((outer.at(-1)?.to ?? Infinity) < span.from) outer.pop();
    const clash = clashOf(span, outer);
    if (clash === undefined) outer.push(span);
    else found.push(clash);
  }
  return found.sort((a, b) => a.later - b.later);
}

type Placed = Span & { readonly at: number };

function clashOf(span: Placed, outer: readonly Placed[]): Clash | undefined {
  const other = outer.findLast((one) => span.to > one.to || isTwice(one, span));
  if (other === undefined) return undefined;
  const [earlier, later] = [Math.min(other.at, span.at), Math.max(other.at, span.at)];
  return { earlier, later, kind: span.to > other.to ? 'overlap' : 'twice' };
}

const isTwice = (one: Span, other: Span): boolean =>
  one.from === other.from &&
  one.to === other.to &&
  isOfSvn(one) === isOfSvn(other) &&
  one.svnFrom <= other.svnTo &&
  other.svnFrom <= one.svnTo;
