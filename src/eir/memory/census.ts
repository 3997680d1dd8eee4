import { LISTS } from '../../decisions/core/entry.ts';
import type { ClassLine } from './build.ts';

/** How many identifiers lists hold. */
export type Census = {
  /** On any list. */
  readonly listed: number;
  readonly blocked: number;
  /** Blocked, tracked, or both: an identifier that moves from one to the other stays in this number. */
  readonly suspect: number;
  readonly permitted: number;
};

/** The numbers of a {@link Census}, and the bits that count for each. */
const COUNTED: readonly (readonly [keyof Census, number])[] = [
  ['listed', LISTS.blocked | LISTS.tracked | LISTS.permitted],
  ['blocked', LISTS.blocked],
  ['suspect', LISTS.blocked | LISTS.tracked],
  ['permitted', LISTS.permitted],
];

/** Counts identifiers as they come. */
export class Counting {
  readonly #counts = { listed: 0, blocked: 0, suspect: 0, permitted: 0 };

  /** Adds identifiers that lists say this of; a negative number takes them away. */
  add(bits: number, identifiers: number): void {
    for (const [name, its] of COUNTED) if ((bits & its) !== 0) this.#counts[name] += identifiers;
  }

  get census(): Census {
    return { ...this.#counts };
  }
}

/** Counts what a file of the lists holds, by its classes. */
export function counted(classes: readonly ClassLine[]): Counting {
  const counting = new Counting();
  for (const [bits, , rows] of classes) counting.add(bits, rows);
  return counting;
}
