/** The country that the benches run under: one operator, eight conditions as DIRBS has them, no limits in the way. */
export const COUNTRY = `name: Freedonia
mccs: ['999']
calling_codes: ['999']
time_zone: Europe/Zurich
operators:
  - { id: alfa, name: Alfa Mobile, plmns: [{ mcc: '999', mnc: '01' }] }
lists: { lookback_days: 60, permitted: false }
conditions:
  - label: duplicate_threshold
    reason: Used with many subscriptions
    effect: blocked
    grace_days: 60
    sticky: true
    max_matching_ratio: 1
    dimensions: [{ is: subscription_threshold, threshold: 10, period_days: 31 }]
  - label: duplicate_daily_average
    reason: Used with several subscriptions a day
    effect: blocked
    grace_days: 60
    max_matching_ratio: 1
    dimensions: [{ is: subscription_daily_average, threshold: 4, period_days: 30, min_seen_days: 5 }]
  - label: gsma_not_found
    reason: TAC not allocated
    effect: blocked
    grace_days: 30
    max_matching_ratio: 1
    dimensions: [{ is: tac_not_allocated }]
  - label: malformed_imei
    reason: Malformed IMEI
    effect: blocked
    grace_days: 30
    max_matching_ratio: 1
    dimensions: [{ is: malformed_imei }]
  - label: local_stolen
    reason: Reported stolen
    effect: blocked
    grace_days: 0
    notice_exempt: 'Act, section 12'
    max_matching_ratio: 1
    dimensions: [{ is: stolen }]
  - label: not_registered
    reason: Not registered
    effect: blocked
    grace_days: 60
    max_matching_ratio: 1
    dimensions: [{ is: not_registered }]
  - label: inconsistent_rat
    reason: The model lacks the technology in use
    effect: blocked
    grace_days: 30
    max_matching_ratio: 1
    dimensions: [{ is: unexpected_technology }]
  - label: test_tac
    reason: Test identifier on a public network
    effect: blocked
    grace_days: 30
    max_matching_ratio: 1
    dimensions: [{ is: test_tac }]
`;
