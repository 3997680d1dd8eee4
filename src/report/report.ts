import type { Day } from '../calendar/day.ts';
import type { Accuracy } from './accuracy.ts';
import type { Figures } from './figures.ts';

/** What a demonstration tells, on the terminal and on its page. */
export type Report = {
  /** Physical devices of the synthetic country. */
  readonly devices: number;
  /** First and last day of the operators' data. */
  readonly days: { readonly first: Day; readonly last: Day };
  readonly figures: Figures;
  readonly accuracy: readonly Accuracy[];
  /** Conditions that were not judged, and why. */
  readonly refused: readonly { readonly label: string; readonly message: string }[];
  /** What was done, in order. */
  readonly steps: readonly { readonly name: string; readonly seconds: number }[];
  readonly places: Places;
};

/** Where things are: the folder of the demonstration, and paths within it. */
export type Places = {
  readonly folder: string;
  readonly country: string;
  readonly truth: string;
  readonly data: string;
  readonly lists: string;
  readonly report: string;
};

/** Why recall is below 100 % where conditions have thresholds. */
export const ON_RECALL =
  'Conditions with a threshold let small cases pass on purpose (clones with few lines, short blocks).';
