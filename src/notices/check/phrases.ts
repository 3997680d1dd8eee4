import type { Assessment, Status } from './verdict.ts';

/**
 * What a check is answered with. It has to fit 160 characters of the default alphabet, or 70 of all others, with a
 * reference and a day: short words. Places: `{until}`, `{reference}`, `{day}`, `{digits}`, `{imei}`, `{word}`.
 */
export type CheckWords = {
  readonly verdicts: Readonly<Record<Assessment, string>>;
  /** One word for two devices in one message. */
  readonly brief: Readonly<Record<Assessment | 'check' | 'length', string>>;
  readonly statuses: Readonly<Record<Status, string>>;
  /** What to do, where there is room. */
  readonly advice: Readonly<Record<Assessment, string>>;
  readonly reference: string;
  readonly until: string;
  /** The last digit does not suit the others. */
  readonly check: string;
  readonly length: string;
  /** How to ask: with a word before the digits, or without. */
  readonly help: string;
  readonly helpWord: string;
  readonly unavailable: string;
  readonly menu: {
    readonly root: string;
    readonly imei: string;
    readonly object: string;
    readonly end: string;
  };
};
