import type { Day } from '../../src/calendar/day.ts';

/** Analysis days: a 29 February, a day amid the data, and the day before a month's last, from which a month is 29 days. */
export const DATES = ['2024-02-29', '2024-03-10', '2024-03-30'] as unknown as readonly Day[];

/** Uses of every dimension under several parameters, as a country file writes them. */
export const SINGLE: readonly string[] = [
  '{ is: malformed_imei }',
  '{ is: tac_not_allocated }',
  "{ is: tac_not_allocated, lag_days: { '12': 40, '35': 0 } }",
  '{ is: test_tac }',
  '{ is: barred_tac }',
  '{ is: barred_imei }',
  '{ is: stolen }',
  '{ is: not_registered }',
  '{ is: not_associated }',
  '{ is: monitored }',
  '{ is: monitored, days: 14 }',
  '{ is: monitored, days: 91 }',
  '{ is: subscription_threshold, threshold: 3, period_days: 30 }',
  '{ is: subscription_threshold, threshold: 2, period_days: 1 }',
  '{ is: subscription_threshold, threshold: 4, period_months: 1, key: msisdn }',
  '{ is: subscription_threshold, threshold: 2, period_months: 2 }',
  '{ is: subscription_daily_average, threshold: 2, period_days: 30 }',
  '{ is: subscription_daily_average, threshold: 1.5, period_months: 1, min_seen_days: 1, key: msisdn }',
  '{ is: subscription_daily_average, threshold: 1, period_days: 60, min_seen_days: 12 }',
  '{ is: user_daily_average, threshold: 1.2, period_days: 30, min_seen_days: 3 }',
  '{ is: user_daily_average, threshold: 2, period_months: 2 }',
  '{ is: uid_mismatch }',
  '{ is: uid_mismatch, max_uids: 0, period_months: 1 }',
  '{ is: uid_mismatch, max_uids: 4, period_days: 45 }',
  '{ is: not_registered_to_uid }',
  '{ is: not_registered_to_uid, min_days: 4, period_months: 1 }',
  '{ is: time_distance }',
  '{ is: time_distance, max_kmh: 1000, min_km: 5, clock_skew_s: 0, min_days: 3, min_concurrent: 3 }',
  '{ is: time_distance, cell_holds: start, min_km: 1, max_kmh: 120, min_conflicts: 3, period_months: 1 }',
  '{ is: time_distance, clock_skew_s: 600, min_concurrent: 1000 }',
  '{ is: concurrent_devices }',
  '{ is: concurrent_devices, min_devices: 3, max_kmh: 400, clock_skew_s: 0 }',
  '{ is: concurrent_devices, cell_holds: start, clock_skew_s: 30, period_months: 1 }',
  '{ is: unexpected_technology }',
  '{ is: transient_identifier, msisdns: 1 }',
  '{ is: transient_identifier, msisdns: 0.4, period_months: 1 }',
  '{ is: serial_anomaly, min_devices: 200, min_blocks: 2 }',
  '{ is: serial_anomaly, min_devices: 201, max_dispersion: 0.5, min_blocks: 1, min_fill: 1 }',
  '{ is: serial_anomaly, min_devices: 200, max_share: 0, min_fill: 0.5, min_blocks: 3 }',
  '{ is: home_subscriber_use, lookback_days: 10 }',
  '{ is: international_roamer_use, lookback_days: 60 }',
  '{ is: other_operator_use }',
];

/** Conditions of several dimensions, inverted ones among them. */
export const COMBINED: readonly (readonly [label: string, dimensions: string])[] = [
  [
    'cloned',
    '[{ is: subscription_threshold, threshold: 4, period_days: 60 }, { is: subscription_daily_average, threshold: 2, period_days: 30, min_seen_days: 3 }]',
  ],
  [
    'unregistered_natives',
    '[{ is: not_registered }, { is: international_roamer_use, not: true }, { is: test_tac, not: true }]',
  ],
  ['innocent', '[{ is: subscription_threshold, threshold: 2, period_days: 60, not: true }, { is: stolen, not: true }]'],
  ['stolen_or_not_seen', '[{ is: stolen }, { is: barred_imei, not: true }]'],
  ['listed_twice', '[{ is: stolen }, { is: barred_imei }]'],
  [
    'same_twice',
    '[{ is: subscription_threshold, threshold: 2, period_days: 10 }, { is: subscription_threshold, threshold: 3, period_days: 60 }]',
  ],
  ['travels_unregistered', '[{ is: not_registered }, { is: time_distance }, { is: concurrent_devices, not: true }]'],
  ['no_travel', '[{ is: home_subscriber_use }, { is: time_distance, not: true }, { is: monitored }]'],
  ['made_up', '[{ is: serial_anomaly, min_devices: 200, min_blocks: 2 }, { is: not_registered }]'],
  ['sober', '[{ is: serial_anomaly, min_devices: 200, not: true }, { is: uid_mismatch, max_uids: 1 }]'],
];
