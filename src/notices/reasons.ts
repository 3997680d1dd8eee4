import type { Condition } from '../country/condition.ts';

/** Why a device is, or will be, blocked, as people are told it. */
export const REASONS = [
  'malformed',
  'tac_not_allocated',
  'test_identifier',
  'barred',
  'barred_model',
  'stolen',
  'lost',
  'duplicate',
  'altered',
  'not_approved',
  'not_registered',
  'not_released',
  'admission_over',
  'other_user',
  'sim_box',
  'exported',
  'retired',
  'order',
  'other',
] as const;

/** A reason of {@link REASONS}; `other` sends people to the authority. */
export type Reason = (typeof REASONS)[number];

/** The reason that each dimension of a condition stands for. Those that only narrow a condition down stand for none. */
export const REASON_OF_DIMENSION: Readonly<Record<string, Reason>> = {
  malformed_imei: 'malformed',
  tac_not_allocated: 'tac_not_allocated',
  test_tac: 'test_identifier',
  barred_tac: 'barred_model',
  barred_imei: 'barred',
  stolen: 'stolen',
  not_registered: 'not_registered',
  not_associated: 'other_user',
  subscription_threshold: 'duplicate',
  subscription_daily_average: 'duplicate',
  user_daily_average: 'duplicate',
  uid_mismatch: 'other_user',
  not_registered_to_uid: 'other_user',
  time_distance: 'duplicate',
  concurrent_devices: 'duplicate',
  unexpected_technology: 'altered',
  transient_identifier: 'sim_box',
  serial_anomaly: 'altered',
};

/** What a condition of the country file is, in a notice: the reason of its first dimension that stands for one. */
export function reasonOf({ dimensions }: Pick<Condition, 'dimensions'>): Reason {
  const found = dimensions.filter(({ not }) => !not).map(({ is }) => REASON_OF_DIMENSION[is]);
  return found.find((reason) => reason !== undefined) ?? 'other';
}
