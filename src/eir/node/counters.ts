import type { Count } from '../checker.ts';

/** How often something was counted since it was last told. */
export type Counted = readonly [name: string, label: string, times: number];

/** Labels of one counter; those above are counted together. */
const MOST_LABELS = 256;

/** Counters of names and labels, to be taken off from time to time. */
export class Counters {
  readonly #counts = new Map<string, Map<string, number>>();

  readonly count: Count = (name, label = '') => {
    let labels = this.#counts.get(name);
    if (labels === undefined) {
      labels = new Map();
      this.#counts.set(name, labels);
    }
    const known = labels.get(label);
    if (known !== undefined) labels.set(label, known + 1);
    else if (labels.size < MOST_LABELS) labels.set(label, 1);
    else labels.set('others', (labels.get('others') ?? 0) + 1);
  };

  /** What was counted since the last time. */
  take(): readonly Counted[] {
    const all = [...this.#counts].flatMap(([name, labels]) =>
      [...labels].flatMap(([label, times]): Counted[] => (times === 0 ? [] : [[name, label, times]])),
    );
    for (const labels of this.#counts.values()) for (const label of labels.keys()) labels.set(label, 0);
    return all;
  }
}
