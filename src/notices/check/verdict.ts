import type { Day } from '../../calendar/day.ts';
import type { Imei } from '../../identifiers/imei.ts';
import type { Reference } from '../../identifiers/reference.ts';

/**
 * What a person who asks after a device is told first (ITU-T Q.5054 names indicative answers; these are ours): nothing
 * speaks against it, take care, leave it, no device can have it, or nothing is known.
 */
export const ASSESSMENTS = ['clear', 'caution', 'do_not_buy', 'invalid', 'unknown'] as const;
export type Assessment = (typeof ASSESSMENTS)[number];

/** What is known of the device, by classes that tell nothing of its owner. */
export const STATUSES = [
  'stolen',
  'lost',
  'blocked',
  'grace',
  'tracked',
  'duplicate',
  'not_allocated',
  'not_approved',
  'not_registered',
  'in_use',
  'type_approved',
  'registered',
] as const;

/** One of {@link STATUSES}; `grace`: it will be blocked on a day. */
export type Status = (typeof STATUSES)[number];

/** The answer to one check. */
export type Verdict = {
  readonly imei: Imei;
  readonly verdict: Assessment;
  /** What counts most first. */
  readonly statuses: readonly Status[];
  readonly make?: string | undefined;
  readonly model?: string | undefined;
  /** With `grace`: the day of the block. */
  readonly blockOn?: Day | undefined;
  /** By which the answer can be verified. */
  readonly reference: Reference;
  /** Until when it holds. */
  readonly validUntil: Date;
};

/** Who knows the answers. */
export type Check = { readonly check: (imei: Imei) => Promise<Verdict> };
