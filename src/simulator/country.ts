import { CALLING_CODE, CARRIERS, MCC } from './numbering.ts';
import type { Truth } from './register.ts';

/** Days by which the TAC database trails each reporting body, as the country file says it. */
export const LAGS: Readonly<Record<string, number>> = { '00': 32, '01': 40, '35': 20, '86': 19, '91': 20, '99': 69 };

/**
 * Which facts each condition of the country file is after. An identifier that matches the condition and has one of them
 * is found rightly. Thresholds let small clones pass on purpose, so recall below 1 is the policy's, not the engine's.
 */
export const SOUGHT: Readonly<Record<string, readonly Truth[]>> = {
  malformed: ['malformed'],
  tac_not_allocated: ['unallocated_tac'],
  test_tac: ['test_tac'],
  barred_tac: ['barred_tac'],
  barred_imei: ['barred'],
  stolen: ['stolen'],
  not_registered: ['unregistered'],
  many_subscriptions: ['clone', 'test_imei_mega', 'sim_box', 'shared_placeholder'],
  many_subscriptions_daily: ['clone', 'test_imei_mega', 'sim_box', 'shared_placeholder'],
  many_users_daily: ['clone', 'test_imei_mega', 'shared_placeholder'],
  many_owners: ['clone', 'test_imei_mega', 'shared_placeholder'],
  far_apart: ['travel_conflict'],
  concurrent: ['concurrent'],
  sim_box: ['sim_box'],
  unexpected_technology: ['wrong_technology'],
  reprogrammed: ['reprogrammed'],
  not_associated: ['not_associated'],
  other_owner: ['other_uid'],
  monitored: ['monitored'],
};

const operators = CARRIERS.map(({ id, name, plmns }) => {
  const codes = plmns.map(({ mcc, mnc }) => `{ mcc: '${mcc}', mnc: '${mnc}' }`).join(', ');
  return `  - { id: ${id}, name: ${name}, plmns: [${codes}] }`;
}).join('\n');

const lags = Object.entries(LAGS)
  .map(([body, days]) => `'${body}': ${days}`)
  .join(', ');

/** The country file: networks as simulated, and a condition for every kind of falsehood that is planted. */
export const COUNTRY_FILE = `# A synthetic country. Its mobile country code and calling code belong to no country.
name: Meridia
mccs: ['${MCC}']
calling_codes: ['${CALLING_CODE}']
time_zone: Europe/Zurich
operators:
${operators}
retention_months: 6
exempt_device_types: ['Module']
lists: { lookback_days: 60, notify_imsi_change: false, permitted: true }
theft:
  legal_basis: Meridia Communications Act, section 44 (reported theft)
  notify: national@police.example
  units:
    - { id: north, name: Police of the North, stations: [Port Street], bring_to: Port Street 1, notify: north@police.example }
    - { id: south, name: Police of the South, stations: [Hill Road], bring_to: Hill Road 9 }
conditions:
  - label: malformed
    reason: The identifier is not an IMEI
    effect: blocked
    grace_days: 30
    max_matching_ratio: 0.1
    dimensions: [{ is: malformed_imei }]

  - label: tac_not_allocated
    reason: No such model was ever allocated
    effect: blocked
    grace_days: 30
    amnesty_eligible: true
    max_matching_ratio: 0.1
    dimensions:
      - { is: tac_not_allocated, lag_days: { ${lags} } }

  - label: test_tac
    reason: The model code is reserved for tests
    effect: tracked
    grace_days: 0
    max_matching_ratio: 0.02
    dimensions: [{ is: test_tac }]

  - label: barred_tac
    reason: The model was withdrawn from the market
    effect: blocked
    grace_days: 60
    max_matching_ratio: 0.05
    dimensions: [{ is: barred_tac }]

  - label: barred_imei
    reason: The device was barred by the authority
    effect: blocked
    grace_days: 10
    max_matching_ratio: 0.05
    dimensions: [{ is: barred_imei }]

  - label: stolen
    reason: The device was reported stolen or lost
    effect: blocked
    grace_days: 0
    notice_exempt: Meridia Communications Act, section 44 (reported theft)
    max_matching_ratio: 0.1
    dimensions: [{ is: stolen }]

  - label: not_registered
    reason: The device is not registered
    effect: blocked
    grace_days: 60
    amnesty_eligible: true
    max_matching_ratio: 0.25
    dimensions:
      - { is: not_registered }
      - { is: international_roamer_use, not: true, lookback_days: 60 }

  - label: many_subscriptions
    reason: Too many subscriptions use the identifier
    effect: blocked
    grace_days: 30
    sticky: true
    max_matching_ratio: 0.1
    dimensions:
      - { is: subscription_threshold, threshold: 5, period_days: 60, key: imsi }

  - label: many_subscriptions_daily
    reason: Several subscriptions use the identifier day by day
    effect: blocked
    grace_days: 30
    max_matching_ratio: 0.1
    dimensions:
      - { is: subscription_daily_average, threshold: 2, period_days: 30, min_seen_days: 5, key: imsi }

  - label: many_users_daily
    reason: Several persons use the identifier day by day
    effect: tracked
    grace_days: 0
    max_matching_ratio: 0.1
    dimensions:
      - { is: user_daily_average, threshold: 1.8, period_days: 30, min_seen_days: 5 }

  - label: many_owners
    reason: The identifier belongs to more persons than allowed
    effect: informative
    grace_days: 0
    max_matching_ratio: 0.1
    dimensions: [{ is: uid_mismatch, max_uids: 3 }]

  - label: far_apart
    reason: The identifier was used in places too far apart
    effect: blocked
    grace_days: 30
    max_matching_ratio: 0.05
    dimensions:
      - { is: time_distance, max_kmh: 900, min_km: 20, min_conflicts: 2, min_days: 2, period_days: 30 }

  - label: concurrent
    reason: More devices than one use the identifier at once
    effect: tracked
    grace_days: 0
    max_matching_ratio: 0.1
    dimensions: [{ is: concurrent_devices, min_devices: 2, max_kmh: 900, period_days: 30 }]

  - label: sim_box
    reason: The identifier is that of a SIM box
    effect: tracked
    grace_days: 0
    max_matching_ratio: 0.02
    dimensions: [{ is: transient_identifier, period_days: 30, msisdns: 3 }]

  - label: unexpected_technology
    reason: The model cannot do what the device does
    effect: tracked
    grace_days: 0
    max_matching_ratio: 0.05
    dimensions: [{ is: unexpected_technology }]

  - label: reprogrammed
    reason: The serial number lies in a reprogrammed block
    effect: informative
    grace_days: 0
    max_matching_ratio: 0.15
    dimensions: [{ is: serial_anomaly, min_devices: 200, min_blocks: 2 }]

  - label: not_associated
    reason: The device is associated with nobody
    effect: informative
    grace_days: 0
    max_matching_ratio: 0.25
    dimensions:
      - { is: not_associated }
      - { is: international_roamer_use, not: true, lookback_days: 60 }

  - label: other_owner
    reason: The device is used by somebody it is not associated with
    effect: informative
    grace_days: 0
    max_matching_ratio: 0.25
    dimensions:
      - { is: not_registered_to_uid }
      - { is: not_associated, not: true }

  - label: monitored
    reason: The device is under observation
    effect: informative
    grace_days: 0
    max_matching_ratio: 0.05
    dimensions: [{ is: monitored, days: 0 }]
`;
