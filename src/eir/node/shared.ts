import type { Count } from '../checker.ts';
import { Counters } from './counters.ts';

/** What the main thread's own parts count, kept over all of its life. */
export class Shared {
  readonly #counters = new Counters();
  readonly all = new Map<string, Map<string, number>>();
  lost = 0;

  readonly count: Count = (name, label = '') => {
    this.#counters.count(name, label);
    for (const [counter, text, times] of this.#counters.take()) {
      const labels = this.all.get(counter) ?? new Map<string, number>();
      this.all.set(counter, labels);
      labels.set(text, (labels.get(text) ?? 0) + times);
    }
  };
}
