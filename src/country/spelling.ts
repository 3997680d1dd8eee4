/** The key of a country file for a field of ours: `graceDays` → `grace_days`. */
export const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Edits (insert, delete, replace, swap of neighbours) that turn one word into the other. */
export function editDistance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_, column) => column)];
  const cell = (row: number, column: number): number => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= from.length; row++) {
    rows[row] = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const best = Math.min(
        cell(row - 1, column) + 1,
        cell(row, column - 1) + 1,
        cell(row - 1, column - 1) + Number(!same),
      );
      rows[row]?.push(swapped ? Math.min(best, cell(row - 2, column - 2) + 1) : best);
    }
  }
  return cell(from.length, to.length);
}

/** The candidate that a mistyped word most likely meant; undefined when none is near (a third of its letters off). */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (word.length > 64) return undefined;
  const lower = word.toLowerCase().replaceAll('-', '_');
  const scored = candidates.map((candidate) => ({ candidate, distance: editDistance(lower, candidate.toLowerCase()) }));
  const [best] = scored.sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= Math.max(1, Math.floor(best.candidate.length / 3))
    ? best.candidate
    : undefined;
}

/** `Did you mean …?` where something is near, otherwise the choices themselves. */
export function suggest(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  return near === undefined ? `Choose one of: ${candidates.join(', ')}.` : `Did you mean ${near}?`;
}
