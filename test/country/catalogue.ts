import type { Catalogue, ParameterSpec } from '../../src/country/parameter.ts';

const threshold: ParameterSpec = { kind: 'number', min: 1, max: 10_000, about: 'as many or more match' };
const window = {
  period_days: { kind: 'integer', min: 1, max: 3660, unit: 'days', about: 'window in days' },
  period_months: { kind: 'integer', min: 1, max: 120, unit: 'months', about: 'window in calendar months' },
} as const satisfies Record<string, ParameterSpec>;
const key: ParameterSpec = { kind: 'choice', of: ['imsi', 'msisdn'], default: 'imsi', about: 'what is counted' };
const minSeenDays: ParameterSpec = { kind: 'integer', min: 1, max: 366, default: 5, unit: 'days', about: 'days seen' };
const exactlyOne = [['period_days', 'period_months']];

const plain = [
  'malformed_imei',
  'test_tac',
  'barred_tac',
  'barred_imei',
  'stolen',
  'not_registered',
  'not_associated',
  'uid_mismatch',
  'not_registered_to_uid',
  'time_distance',
  'unexpected_technology',
  'home_subscriber_use',
  'international_roamer_use',
  'other_operator_use',
  'serial_anomaly',
  'concurrent_devices',
].map((name) => ({ name, clause: 'ours', about: `the identifier is ${name}`, parameters: {} }));

/** A catalogue with every dimension name that the example uses and every kind of parameter. */
export const CATALOGUE: Catalogue = [
  ...plain,
  {
    name: 'tac_not_allocated',
    clause: 'ours',
    about: 'no such TAC',
    parameters: {
      ignore_delays: { kind: 'boolean', default: false, about: 'count at once' },
      delays: {
        kind: 'numbers',
        keys: /^\d{2}$/,
        keysAbout: "two digits such as '01'",
        min: 0,
        max: 366,
        default: { '00': 32, '01': 40 },
        about: 'days by reporting body',
      },
    },
  },
  {
    name: 'monitored',
    clause: 'ours',
    about: 'on the monitoring list',
    parameters: { days: { kind: 'integer', min: 0, max: 366, default: 0, about: 'for so long' } },
  },
  {
    name: 'transient_identifier',
    clause: 'ours',
    about: 'a SIM box',
    parameters: { number: { kind: 'integer', min: 2, max: 99, about: 'numbers a day' } },
  },
  {
    name: 'subscription_threshold',
    clause: 'ITU-T Q.5052 §7.1.1',
    about: 'many subscriptions',
    parameters: { threshold, ...window, key },
    exactlyOne,
  },
  {
    name: 'subscription_daily_average',
    clause: 'ITU-T Q.5052 §7.1.2',
    about: 'many subscriptions a day',
    parameters: { threshold, ...window, min_seen_days: minSeenDays, key },
    exactlyOne,
  },
  {
    name: 'user_daily_average',
    clause: 'ITU-T Q.5052 §7.2.1',
    about: 'many users a day',
    parameters: { threshold, ...window, min_seen_days: minSeenDays },
    exactlyOne,
  },
];
