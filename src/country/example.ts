import { boundsOf } from './dimension.ts';
import type { Catalogue, DimensionSpec, ParameterSpec } from './parameter.ts';

type Wish = { readonly is: string; readonly not?: true; readonly with?: Readonly<Record<string, number | string>> };
type Sketch = {
  readonly why: string;
  readonly label: string;
  readonly lines: readonly string[];
  readonly dimensions: readonly Wish[];
};

const SKETCHES: readonly Sketch[] = [
  {
    why: 'The law exempts theft from notice, so the block may come on the day of the match.',
    label: 'stolen',
    lines: [
      'reason: Reported stolen or lost',
      "code: '0011'",
      'effect: blocked',
      'grace_days: 0',
      'sticky: false',
      "notice_exempt: 'Telecommunications Act, section 12'",
      'max_matching_ratio: 0.02',
    ],
    dimensions: [{ is: 'stolen' }],
  },
  {
    why: 'Identifiers barred by name.',
    label: 'barred',
    lines: ['reason: Barred by the regulator', "code: '0012'", 'effect: blocked', 'grace_days: 14'],
    dimensions: [{ is: 'barred_imei' }],
  },
  {
    why: 'Whole models barred by name.',
    label: 'barred_model',
    lines: ['reason: Model barred by the regulator', "code: '0013'", 'effect: blocked', 'grace_days: 30'],
    dimensions: [{ is: 'barred_tac' }],
  },
  {
    why: 'An amnesty, if one runs, spares what was matched during its evaluation until it ends.',
    label: 'malformed',
    lines: [
      'reason: The identifier is no IMEI',
      "code: '0021'",
      'effect: blocked',
      'grace_days: 60',
      'amnesty_eligible: true',
    ],
    dimensions: [{ is: 'malformed_imei' }],
  },
  {
    why: 'Test identifiers are left to the next condition.',
    label: 'tac_not_allocated',
    lines: [
      'reason: The TAC was never allocated',
      "code: '0022'",
      'effect: blocked',
      'grace_days: 60',
      'amnesty_eligible: true',
    ],
    dimensions: [{ is: 'tac_not_allocated' }, { is: 'test_tac', not: true }],
  },
  {
    why: 'Watched, not blocked.',
    label: 'test_identifier',
    lines: ['reason: Test identifier on a public network', 'effect: tracked'],
    dimensions: [{ is: 'test_tac' }],
  },
  {
    why: 'Not yet in force: informative conditions are counted and reported, and change no list.',
    label: 'not_registered',
    lines: ['reason: Not registered', "code: '0031'", 'effect: informative'],
    dimensions: [{ is: 'not_registered' }, { is: 'international_roamer_use', not: true }],
  },
  {
    why: 'Many subscriptions behind one identifier, again and again: copies. Once found, always found.',
    label: 'cloned',
    lines: [
      'reason: Used by many devices at once',
      "code: '0041'",
      'effect: blocked',
      'grace_days: 60',
      'sticky: true',
      'amnesty_eligible: true',
      'max_matching_ratio: 0.05',
    ],
    dimensions: [
      { is: 'subscription_threshold', with: { threshold: 10, period_days: 120, key: 'imsi' } },
      { is: 'subscription_daily_average', with: { threshold: 4, period_days: 30, min_seen_days: 5, key: 'imsi' } },
    ],
  },
  {
    why: 'Copies that overlap in time.',
    label: 'concurrent',
    lines: ['reason: Several devices with one identifier', 'effect: tracked'],
    dimensions: [{ is: 'concurrent_devices' }],
  },
  {
    why: 'Copies in places too far apart.',
    label: 'impossible_travel',
    lines: ['reason: Used in distant places at once', 'effect: tracked'],
    dimensions: [{ is: 'time_distance' }],
  },
  {
    why: 'More people than one device serves.',
    label: 'many_users',
    lines: ['reason: Used by many people', 'effect: tracked'],
    dimensions: [{ is: 'user_daily_average', with: { threshold: 3, period_days: 30, min_seen_days: 5 } }],
  },
  {
    why: 'The user is not the one the device is registered to.',
    label: 'other_user',
    lines: ['reason: Used by another person than registered', 'effect: informative'],
    dimensions: [{ is: 'uid_mismatch' }],
  },
  {
    why: 'Registered, but to nobody.',
    label: 'no_user',
    lines: ['reason: Not registered to its user', 'effect: informative'],
    dimensions: [{ is: 'not_registered_to_uid' }, { is: 'not_associated' }],
  },
  {
    why: 'A phone using a technology that its model does not have.',
    label: 'wrong_technology',
    lines: ['reason: The model lacks the technology in use', 'effect: tracked'],
    dimensions: [{ is: 'unexpected_technology' }],
  },
  {
    why: 'SIM boxes.',
    label: 'sim_box',
    lines: ['reason: Behaves as a SIM box', 'effect: tracked'],
    dimensions: [{ is: 'transient_identifier' }],
  },
  {
    why: 'Serial numbers that no factory would have given out so.',
    label: 'serial_numbers',
    lines: ['reason: Suspicious serial number', 'effect: informative'],
    dimensions: [{ is: 'serial_anomaly' }],
  },
  {
    why: 'Identifiers under watch, as long as subscribers of the country use them.',
    label: 'watched',
    lines: ['reason: On the monitoring list', 'effect: tracked'],
    dimensions: [{ is: 'monitored' }, { is: 'home_subscriber_use' }],
  },
  {
    why: 'Subscribers of operators of the country that deliver no data.',
    label: 'other_operator',
    lines: ['reason: Used on another operator of the country', 'effect: informative'],
    dimensions: [{ is: 'other_operator_use' }],
  },
];

const HEAD = `# The country file: everything openceir is told about a country and its policy.
# It is checked as a whole (ceir country check FILE); every run stores its text and says what changed since the last.
# Codes of digits stand in quotes: without them YAML would read 01 as the number 1.

name: Freedonia
mccs: ['999']                 # mobile country codes
calling_codes: ['999']        # country calling codes, without +
time_zone: Europe/Zurich      # in which days begin and end

# id: 1 to 16 of a-z 0-9 _ (names files and folders). PLMNs: each of one operator only, none the beginning of another.
operators:
  - { id: alfa, name: Alfa Mobile, plmns: [{ mcc: '999', mnc: '01' }] }
  - { id: bravo, name: Bravo Telecom, plmns: [{ mcc: '999', mnc: '02' }, { mcc: '999', mnc: '03' }] }

# Shares of rows above which an operator's file is refused whole (equality passes; 1 switches a limit off).
# Bad rows below the limit are put aside and listed. Every value shown here is the default.
import:
  null_imei: 0.05             # rows without an IMEI …
  null_imsi: 0.05
  null_msisdn: 0.05
  null_rat: 0.05
  null_any: 0.05              # … and rows lacking any of the four
  unclean_imei: 0.05          # IMEIs that do not begin with 14 digits
  unclean_imsi: 0.05          # IMSIs that have not 14 or 15 digits
  unclean_any: 0.05
  foreign_imsi: 0.1           # IMSIs with none of the operator's country codes
  foreign_msisdn: 0.1         # subscriber numbers with none of the calling codes
  foreign_any: 0.1
  non_home_imsi: 0.2          # IMSIs with none of the operator's PLMNs
  leading_zero_suspect: 0.5   # of IMEIs beginning with 1: those that a lost leading zero would explain
  historic_fall:              # smallest daily average of distinct values, as a share of the operator's last 30 days
    imei: 0.9
    imsi: 0.9
    msisdn: 0.9
  quarantined: 0.05           # rows that are no rows of the format
  # How far one import may shrink a list: by so many rows (-1: no such limit), and to such a share of its size.
  # The kinds: tac, plmn, stolen, registration, pairing, golden, barred_imei, barred_tac, monitoring, subscribers,
  # association, sim_changes.
  lists:
    tac: { size_variation_absolute: 100, size_variation_percent: 0 }
    pairing: { size_variation_absolute: 1000, size_variation_percent: 0.95 }
    subscribers: { size_variation_absolute: 1000, size_variation_percent: 0.95 }
    stolen: { size_variation_absolute: -1, size_variation_percent: 0.75 }    # as all others

# Device types, as the TAC database writes them, that need no registration.
exempt_device_types: [Vehicle, Modem]

# Months of operator data that are kept.
retention_months: 6

# Days for which what people gave is kept after it has served, by class. Every value shown here is the default.
retention:
  contact: 365                # numbers and addresses at which somebody was to be reached
  identity: 1095              # names and numbers of papers
  proof: 1825                 # invoices, complaints and other evidence
  trace: 180                  # who used a device that was looked for
  account: 730                # data of closed accounts
  rotate_keys: 365            # days after which new data are sealed under a new key

# Those who work with the register. Readings: persons or cases whose data one account opens in a day.
access:
  read_quota: { per_day: 200, alarm_at: 0.8 }   # the next one is refused; the auditor is told at this share
  approval_days: 7              # in which a proposal of a heavy act must be approved and used
  sign_in:
    failures: 5                 # of an account in a row, without consequence; then it waits, doubly each time
    address_failures: 50        # the same of a network address, which many may share
    delay_seconds: 15           # the first wait
    delay_max_minutes: 60       # the longest; failures older than this are forgotten
    password_min: 12            # characters
    password_cost: 15           # work of scrypt: each step doubles time and memory
    invitation_hours: 72        # in which somebody invited must choose the means to sign in
  sessions: { staff_idle_minutes: 30, staff_hours: 12, citizen_idle_minutes: 15, citizen_hours: 2, machine_minutes: 10 }
  codes: { minutes: 10, tries: 5, per_address: 5, per_source: 50 }   # sent to citizens; the last two: an hour
  # Optional: the provider by which staff sign in (OpenID Connect; its secret stands elsewhere). provision, optional too:
  # which value of a claim gives which role in which organisation of the register; otherwise an admin links accounts.
  # Never approver or admin, which take two persons.
  oidc:
    issuer: https://id.authority.example
    client_id: openceir
    scope: openid groups        # default openid
    provision:
      claim: groups
      rules:
        - { value: ceir-analysts, role: analyst, organisation: Freedonia Communications Authority }
        - { value: ceir-auditors, role: auditor, organisation: Freedonia Communications Authority }

lists:
  lookback_days: 180              # days in which a subscriber must have been seen to be notified
  exceptions_only_blocked: false  # exceptions name only pairs whose identifier is blocked
  check_digit: false              # write IMEIs with their check digit
  malformed: true                 # list identifiers that are no IMEI, too
  barred_in_exceptions: false     # keep pairs of barred IMEIs and TACs in the exceptions
  notify_imsi_change: false       # notify the subscriber of a paired IMEI who changes the SIM but not the number
  permitted: false                # make permitted lists, for networks that admit only what is listed

# Optional. Matches up to evaluation_ends (inclusive) of conditions with amnesty_eligible are not blocked before the day ends.
amnesty: { evaluation_ends: 2026-10-31, ends: 2026-12-31 }

# Optional. How a person can object to a decision, as ceir explain tells it. At least one of contact and url; days, from
# the day of the block to the last on which to object, may be left out.
appeal:
  to: Freedonia Communications Authority, appeals office
  contact: appeals@authority.example, +999 100 200
  url: https://authority.example/appeal
  days: 30

# Appeals and complaints. Every number shown here is the default. Only days that count are counted, anew each time: a
# suspension moves limits that run already.
appeals:
  answer_days: 30               # in which the authority decides
  evidence_days: 14             # in which evidence that was asked for must come; the authority's limit waits meanwhile
  stops_clock: [cloned]         # labels of conditions whose block waits for the decision; by default none
  open_per_contact: 20          # of one person, at once
  # A rule of whose decided appeals a larger share was overturned, within so many days and of so many at least, is paused.
  overturn: { window_days: 90, minimum: 20, limit: 0.3 }
  notify: rules@authority.example   # optional: who is told of it
  calendar:
    rest_days: [saturday, sunday]   # by default none
    holidays: [2026-12-25, 2027-01-01]
    suspensions: [{ from: 2026-03-16, until: 2026-05-31, order: 'Emergency order 3, section 2' }]

# Devices: who may use and have them. Every number shown here is the default.
devices:
  active_days: 90               # a device is in use if a network saw it within so many days
  dispute_days: 30              # within which «this is not mine» is decided; until then nothing is decided against the couple
  # Subscribers admitted with a device although its IMEI is blocked: at a time, of one IMEI whichever devices claim it, and
  # how often a device's pairs may be moved to another SIM by a code in so many days.
  pairs: { per_device: 5, imsis_per_imei: 10, repairs: 4, repair_days: 365 }
  associations: { devices_per_person: 10, persons_per_device: 1 }

# Theft and loss. Every number shown here is the default.
theft:
  legal_basis: 'Telecommunications Act, section 12'   # for blocking without notice; without it no report blocks
  confirm_days: 7               # that the police have before the provisional block ends
  draft_days: 30                # after which a report that nobody proved is dropped
  trace_days: 14                # that a unit of the police has for a device that was seen
  past_use_days: 180            # before the event, in which a number must have been seen with it to speak for its owner
  reports_per_contact: 3        # a day
  open_per_contact: 10          # at once
  reports_per_account: 200      # of an office, a day; a cargo counts as one
  cargo_devices: 5000           # that one report of a stolen cargo may name
  close_days: 90                # after the end of a case
  bring_to: the nearest police station
  notify: thefts@police.example # optional: where the national level reads that it has a task
  # Units that have cases of their own; those of other stations are the national level's. bring_to, notify: optional.
  units:
    - id: north
      name: Police of the North
      stations: [Port Street, Old Market]
      bring_to: Port Street 1, Northtown
      notify: north@police.example

# Optional. How the live register (ceir eir) answers networks; ceir eir precedence shows in which order. What is blocked,
# tracked or permitted stands in the lists; here stands what follows from it, and for whom.
eir:
  # override: permitted         # told of all equipment, whatever the lists say: for emergencies
  lists_missing: permitted      # told while a node has no lists
  # A mode holds from its day until a later one of the same operator begins (without operator: for all that have none).
  #   mode           permissive (all but the blocked), or, with lists.permitted: synchronization (only the permitted, by
  #                  lists at the node), authorization (the centre is asked), hybrid (lists, then the centre)
  #   unlisted       told of equipment on no list; default permitted with permissive, blocked otherwise
  #   response_type  in place of unlisted. 1: permitted, 2: unknown, 3: unknown, also what is blocked or tracked and not
  #                  permitted besides
  #   ttl_seconds, timeout_ms, fallback   of modes that ask: for how long an answer is used again (default 3600), how long
  #                  the centre is waited for (default 500), what is told of equipment on no list without it (permitted)
  #   shadow         compute and record, but answer permitted; default false
  #   percentage     in force for this share of equipment, permitted for the rest; default 100. A growing percentage lets
  #                  nobody out again
  #   regions        in force in these regions only; default everywhere
  modes:
    - { from: 2026-01-01, mode: permissive, response_type: 1 }
    - { from: 2027-01-01, operator: bravo, mode: permissive, percentage: 10, regions: [north] }
    - { from: 2027-03-01, operator: bravo, mode: permissive, unlisted: permitted }
  regions:                      # by the names under which a network's nodes ask; * once for any text
    - { id: north, peers: ['mme01.north.example', '*.edge.north.example'] }
  without_imei: { mac: permitted, eui: permitted, other: permitted }
  # Visitors (an MCC that is not the country's) are not refused for being on no list, for so many days from the first.
  roamers:
    stay_days: 90
    homes: [{ home: '228', stay_days: 30 }, { home: '22801', stay_days: 60 }]
  # Subscribers that are told the same whatever their equipment; ends of less than 15 digits name their beginnings.
  imsi_ranges:
    - { from: '9990199', to: '9990199', status: permitted }
  # Ranges and models: the IMEI's own entry goes before its range, the inner range before the outer, the range before the
  # TAC. svn_from and svn_to: software versions. What blocks by range or TAC gives no notice and needs its legal basis.
  imei_ranges:
    - { from: '00101799000000', to: '00101799000099', list: permitted, reason: Test equipment of the regulator }
  tacs:
    - { tac: '00101798', svn_from: 0, svn_to: 12, list: tracked, reason: Software with a known fault }

# Approval, imports, visitors, fees. Every value shown up to personal_import is the default.
registration:
  # Models need a certificate of type approval; its holder is reminded so many days before it ends.
  approval: { required: true, reminder_days: [90, 30, 7] }
  # accept: of a file with bad rows, all is refused (all), or the good rows are taken (rows).
  consignments: { max_rows: 1000000, max_imeis: 5, accept: all, paid_before_release: true }
  # Devices that an account may declare in a period (month, quarter, year, ever), unless it was given another number.
  quotas: { period: year, importer: 1000000, maker: 100000000 }
  # Devices that nobody declared: days to regularise them from their first use; then none, tracked or blocked. Those first
  # used up to grandfathered_until are registered by that.
  activation: { grandfathered_until: 2026-12-31, regularise_days: 60, end: none }
  # Visitors' devices: days from the first use with a SIM of the country, whichever of their identifiers is seen.
  admission:
    days: 120
    renewals: 0
    renewal_days: 30
    period: year                # in which the days of a device and the devices of a holder are counted
    days_per_device: 120
    devices_per_holder: 2
    reminder_days: [30, 14, 7, 1]
    end: none                   # or tracked, or blocked once all notices were given
  personal_import: { period: year, devices_per_holder: 5 }
  # Optional. What was in use within window_days up to that day is registered, and paired to its users.
  baseline: { day: 2026-09-30, window_days: 90 }
  # An account that enters more than factor times its usual day, and at_least so many, raises an alarm.
  volume: { factor: 10, at_least: 1000 }
  # Who is told when something is wrong, such as a device that is used before customs released it.
  offices: { customs: [customs@port.example], regulator: [alarms@authority.example] }
  # Fees and duties, in the smallest units of the currency. Amounts for one device: per_device, and basis_points
  # (hundredths of a percent) of its value, together most_per_device at most; fixed is due once. Nothing is due of devices
  # of a value up to free_up_to, and of the exempt types. acts: type_approval, consignment, personal_import, admission,
  # renewal.
  fees:
    currency: CHF
    minor_digits: 2
    pay_days: 7
    rules:
      - { id: approval, name: Fee for a certificate, kind: fee, acts: [type_approval], from: 2026-01-01, fixed: 50000 }
      - id: duty
        name: Import duty on telephones
        kind: duty
        acts: [consignment, personal_import]
        from: 2026-01-01
        until: 2027-12-31
        per_device: 500
        basis_points: 250
        most_per_device: 10000
        free_up_to: 6000
        exempt_device_types: [Modem]

# How people are told. Every value shown up to sms is the default.
notices:
  language: en                  # of those whose language is not known: en, fr, es, ar, ru, zh, pt
  # Before a block: a first notice within first_hours, then one on each of days_before, counted from the block; and
  # minimum_days at least between the first that reached somebody and the block. proof: accepted (a channel took it) or
  # delivered (a receipt came). unreachable: somebody whom no channel reached counts as told or untold.
  ladder: { first_hours: 24, days_before: [75, 50, 25, 1], minimum_days: 7, proof: accepted, unreachable: untold }
  quiet: { from: '21:00', until: '08:00' }    # no messages to telephones but codes and alarms
  attempts: 6                   # through one contact, before the next is tried
  receipt_hours: 48             # that a receipt of delivery is waited for
  # per_second: by one process. accents: keep, or fold (á as a, so that more characters fit one part).
  sms: { sender: CEIR, per_second: 50, accents: keep }
  # What people send to check a device. Presets: cambodia, india, india_2009, kenya, pakistan, sri_lanka, tanzania, tunisia,
  # uzbekistan; number, ussd, words and bare (digits without a word) replace what it says. An answer holds for valid_hours.
  check: { preset: cambodia, number: '1205', ussd: '*1205#', words: [CHK, VERIF], bare: true, valid_hours: 24, per_hour: 30 }

# A condition matches an identifier that all of its dimensions match ("not: true" inverts one).
#   label               1 to 64 letters, digits, underscores; a new label is a new condition
#   reason              as lists and notices give it, without |
#   code                optional reason code, in quotes
#   effect              blocked, tracked (observed), informative (only reported)
#   grace_days          days from the first match to the block; default 30
#   sticky              once matched, always matched; default false
#   amnesty_eligible    spared in an amnesty; only with effect blocked; default false
#   notice_exempt       the legal basis for blocking without notice; without it grace_days is at least 1
#   max_matching_ratio  share of all identifiers above which a run refuses the condition; default 0.1
`;

/**
 * The text of a valid, commented country file that uses every section. Its conditions use the dimensions of the
 * catalogue that it knows by name; a reference of all dimensions with their parameters, written from the catalogue, ends it.
 */
export function exampleCountry(catalogue: Catalogue): string {
  const offered = SKETCHES.filter((sketch) => sketch.dimensions.every(({ is }) => specOf(catalogue, is) !== undefined));
  const conditions = offered.map((sketch) => conditionText(sketch, catalogue)).join('\n');
  const body = offered.length === 0 ? 'conditions: []\n' : `conditions:\n${conditions}`;
  return `${HEAD}${reference(catalogue)}${body}`;
}

const specOf = (catalogue: Catalogue, is: string): DimensionSpec | undefined =>
  catalogue.find(({ name }) => name === is);

function conditionText({ why, label, lines, dimensions }: Sketch, catalogue: Catalogue): string {
  const uses = dimensions.map((wish) => {
    const spec = specOf(catalogue, wish.is);
    const parts = [`is: ${wish.is}`, ...(wish.not ? ['not: true'] : []), ...(spec ? parametersText(spec, wish) : [])];
    return `      - { ${parts.join(', ')} }\n`;
  });
  const head = [`  # ${why}`, `  - label: ${label}`, ...lines.map((line) => `    ${line}`), '    dimensions:'];
  return `${head.join('\n')}\n${uses.join('')}`;
}

/** The wished parameters that the dimension takes, and whatever else it cannot do without. */
function parametersText(spec: DimensionSpec, wish: Wish): string[] {
  const chosen = new Map(Object.entries(wish.with ?? {}).filter(([name]) => Object.hasOwn(spec.parameters, name)));
  const groups = spec.exactlyOne ?? [];
  const open = groups.filter((group) => !group.some((name) => chosen.has(name) || hasDefault(spec.parameters[name])));
  const due = Object.keys(spec.parameters).filter(
    (name) => !hasDefault(spec.parameters[name]) && !groups.some((group) => group.includes(name)),
  );
  return [...new Set([...chosen.keys(), ...due, ...open.flatMap((group) => group.slice(0, 1))])].flatMap((name) => {
    const parameter = spec.parameters[name];
    return parameter === undefined ? [] : [`${name}: ${fitting(parameter, chosen.get(name))}`];
  });
}

const hasDefault = (parameter: ParameterSpec | undefined): boolean => parameter?.default !== undefined;

/** The wished value where it is within the parameter's bounds, otherwise the nearest that is. */
function fitting(parameter: ParameterSpec, wished: number | string | undefined): string {
  if (parameter.kind === 'choice') {
    return parameter.of.find((word) => word === wished) ?? parameter.default ?? parameter.of[0] ?? '';
  }
  if (parameter.kind === 'boolean' || parameter.kind === 'numbers') return JSON.stringify(parameter.default);
  const value = typeof wished === 'number' ? wished : (parameter.default ?? parameter.min);
  return String(Math.min(parameter.max, Math.max(parameter.min, value)));
}

function reference(catalogue: Catalogue): string {
  const entries = catalogue.flatMap((spec) => [
    `#   ${spec.name} (${oneLine(spec.clause)}): ${oneLine(spec.about)}`,
    ...Object.entries(spec.parameters).map(([name, parameter]) => `#       ${name}: ${parameterText(parameter)}`),
    ...(spec.exactlyOne ?? []).map((group) => `#       exactly one of ${group.join(', ')}`),
  ]);
  return catalogue.length === 0
    ? ''
    : `# The dimensions and their parameters, which stand beside "is":\n${entries.join('\n')}\n`;
}

function parameterText(parameter: ParameterSpec): string {
  const otherwise = parameter.default === undefined ? '' : `; default ${JSON.stringify(parameter.default)}`;
  return `${boundsOf(parameter)}${otherwise}. ${oneLine(parameter.about)}`;
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
