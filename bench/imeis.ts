import { dice } from '../test/fuzz/mutate.ts';

/** Models in the lists. */
const TACS = 30_000;
const SERIALS = 1_000_000;

/** How many identifiers each TAC has: few have many, most have few, none more than there are serial numbers. */
function sizes(rows: number): Uint32Array {
  const found = new Uint32Array(TACS);
  let left = rows;
  for (let factor = rows / Math.log(TACS); left > 0; factor *= 1.5) {
    for (let rank = 0; rank < TACS && left > 0; rank += 1) {
      const wanted = Math.min(SERIALS * 0.9, Math.ceil(factor / (rank + 10)));
      const more = Math.min(left, Math.max(0, wanted - (found[rank] ?? 0)));
      found[rank] = (found[rank] ?? 0) + more;
      left -= more;
    }
  }
  return found;
}

/**
 * Gives as many IMEIs as are asked for, the same each time: TACs of very different size, in each of them serial numbers
 * drawn at random. In order, or TAC after TAC in no order.
 */
export function eachImei(rows: number, order: 'any' | 'sorted', take: (imei: number) => void): void {
  const roll = dice(7);
  const chosen = new Set<number>();
  while (chosen.size < TACS) chosen.add(1_000_000 + roll(98_000_000));
  const counts = sizes(rows);
  const plan = [...chosen].map((tac, rank) => ({ tac, count: counts[rank] ?? 0 })); // in no order
  if (order === 'sorted') plan.sort((a, b) => a.tac - b.tac);
  const sums = new Float64Array(SERIALS + 1);
  for (const { tac, count } of plan) {
    // Gaps of a random process, scaled to the room there is: each set of serial numbers is as likely as any other.
    const gap = dice(tac);
    let sum = 0;
    for (let at = 0; at <= count; at += 1) {
      sum -= Math.log((gap(2 ** 32 - 1) + 1) / 2 ** 32);
      sums[at] = sum;
    }
    const scale = (SERIALS - count) / sum;
    for (let at = 0; at < count; at += 1) take(tac * SERIALS + at + Math.floor((sums[at] ?? 0) * scale));
  }
}

/** The classes identifiers have, by turns. */
export const CLASSES = [
  [4, ''],
  [1, 'duplicate'],
  [1, 'local'],
  [9, 'stolen'],
  [2, 'local'],
] as const;
