/** How many identifiers have a count from `from` to `to`, both included. */
export type Bin = { readonly from: number; readonly to: number; readonly identifiers: number };

/**
 * Gathers counts of 1 and more into bins 1, 2, 3–4, 5–8, 9–16 …, without a gap up to the largest: a heavy tail shows as
 * a straight line where both scales are logarithmic. Counts below 1 have no bin.
 */
export function powersOfTwo(counts: ReadonlyMap<number, number>): readonly Bin[] {
  const largest = Math.max(0, ...counts.keys());
  const bins: Bin[] = [];
  for (let [from, to] = [1, 1]; from <= largest; [from, to] = [to + 1, to * 2]) {
    let identifiers = 0;
    for (const [count, many] of counts) if (count >= from && count <= to) identifiers += many;
    bins.push({ from, to, identifiers });
  }
  return bins;
}
