import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { parseCountry } from '../../src/country/country.ts';
import { exampleCountry } from '../../src/country/example.ts';
import { LIST_KINDS, smallestAllowed } from '../../src/country/limits.ts';
import type { Catalogue } from '../../src/country/parameter.ts';
import { editDistance, nearest, snake } from '../../src/country/spelling.ts';
import { BASE, edited, parsed } from './base.ts';
import { CATALOGUE } from './catalogue.ts';

const MINIMAL = `name: X
mccs: ['999']
calling_codes: ['999']
time_zone: UTC
operators: [{ id: a, name: A, plmns: [{ mcc: '999', mnc: '01' }] }]
`;

const REST = { sizeVariationAbsolute: -1, sizeVariationPercent: 0.75 };
const STRICT = { sizeVariationAbsolute: 1000, sizeVariationPercent: 0.95 };

test('what a file leaves out has its default', () => {
  const { text, hash, ...policy } = parsed(MINIMAL);
  assert.equal(text, MINIMAL);
  assert.equal(hash, createHash('sha256').update(MINIMAL).digest('hex'));
  assert.deepEqual(policy, {
    name: 'X',
    mccs: ['999'],
    callingCodes: ['999'],
    timeZone: 'UTC',
    operators: [{ id: 'a', name: 'A', plmns: [{ mcc: '999', mnc: '01' }] }],
    import: {
      nullImei: 0.05,
      nullImsi: 0.05,
      nullMsisdn: 0.05,
      nullRat: 0.05,
      nullAny: 0.05,
      uncleanImei: 0.05,
      uncleanImsi: 0.05,
      uncleanAny: 0.05,
      foreignImsi: 0.1,
      foreignMsisdn: 0.1,
      foreignAny: 0.1,
      nonHomeImsi: 0.2,
      leadingZeroSuspect: 0.5,
      historicFall: { imei: 0.9, imsi: 0.9, msisdn: 0.9 },
      quarantined: 0.05,
      lists: {
        ...Object.fromEntries(LIST_KINDS.map((kind) => [kind, REST])),
        tac: { sizeVariationAbsolute: 100, sizeVariationPercent: 0 },
        pairing: STRICT,
        subscribers: STRICT,
      },
    },
    exemptDeviceTypes: [],
    retentionMonths: 6,
    retention: { contact: 365, identity: 1095, proof: 1825, trace: 180, account: 730, rotateKeys: 365 },
    access: {
      readQuota: { perDay: 200, alarmAt: 0.8 },
      signIn: {
        failures: 5,
        addressFailures: 50,
        delaySeconds: 15,
        delayMaxMinutes: 60,
        passwordMin: 12,
        passwordCost: 15,
        invitationHours: 72,
      },
      sessions: { staffIdleMinutes: 30, staffHours: 12, citizenIdleMinutes: 15, citizenHours: 2, machineMinutes: 10 },
      codes: { minutes: 10, tries: 5, perAddress: 5, perSource: 50 },
      approvalDays: 7,
    },
    appeals: {
      answerDays: 30,
      evidenceDays: 14,
      stopsClock: [],
      openPerContact: 20,
      overturn: { windowDays: 90, minimum: 20, limit: 0.3 },
      calendar: { restDays: [], holidays: [], suspensions: [] },
    },
    devices: {
      activeDays: 90,
      disputeDays: 30,
      pairs: { perDevice: 5, imsisPerImei: 10, repairs: 4, repairDays: 365 },
      associations: { devicesPerPerson: 10, personsPerDevice: 1 },
    },
    theft: {
      confirmDays: 7,
      draftDays: 30,
      traceDays: 14,
      pastUseDays: 180,
      reportsPerContact: 3,
      openPerContact: 10,
      reportsPerAccount: 200,
      cargoDevices: 5000,
      closeDays: 90,
      bringTo: 'the nearest police station',
      units: [],
    },
    lists: {
      lookbackDays: 180,
      exceptionsOnlyBlocked: false,
      checkDigit: false,
      malformed: true,
      barredInExceptions: false,
      notifyImsiChange: false,
      permitted: false,
    },
    conditions: [],
  });
});

test('sections without content read as if they were left out', () => {
  const empty = `${MINIMAL}import:\nlists:\nexempt_device_types:\nconditions:\n`;
  const { text: _, hash: __, ...policy } = parsed(empty);
  const { text: ___, hash: ____, ...minimal } = parsed(MINIMAL);
  assert.deepEqual(policy, minimal);
});

test('a condition has its defaults, and its dimensions have theirs', () => {
  const [stolen, cloned] = parsed().conditions;
  assert.deepEqual(stolen, {
    label: 'stolen',
    reason: 'Reported stolen',
    code: '0011',
    effect: 'blocked',
    graceDays: 0,
    sticky: false,
    amnestyEligible: false,
    noticeExempt: 'Act, section 12',
    maxMatchingRatio: 0.1,
    dimensions: [{ is: 'stolen', not: false, parameters: {} }],
  });
  assert.deepEqual(cloned, {
    label: 'Cloned',
    reason: 'Many devices',
    effect: 'tracked',
    graceDays: 30,
    sticky: false,
    amnestyEligible: false,
    maxMatchingRatio: 0.1,
    dimensions: [
      { is: 'subscription_threshold', not: false, parameters: { threshold: 10, period_days: 120, key: 'imsi' } },
      { is: 'tac_not_allocated', not: true, parameters: { ignore_delays: false, delays: { '00': 32, '01': 7 } } },
    ],
  });
});

test('every bound is inclusive', () => {
  const bounds: readonly [string, string, readonly string[]][] = [
    ['retention_months: 6', 'retention_months', ['1', '120']],
    ['null_imei: 0.05', 'null_imei', ['0', '1']],
    ['threshold: 10', 'threshold', ['1', '10000', '2.5']],
    ['period_days: 120', 'period_days', ['1', '3660']],
    ['{ null_imei: 0.05 }', 'lists', ['{ tac: { size_variation_absolute: -1, size_variation_percent: 1.0 } }']],
  ];
  for (const [find, key, values] of bounds) {
    for (const value of values) {
      const put = key === 'lists' ? `{ lists: ${value} }` : `${key}: ${value}`;
      assert.notEqual(parsed(edited(find, put)).hash, parsed().hash);
    }
  }
});

test('days are taken with quotes and without, with dashes and without', () => {
  for (const day of ['2027-01-31', "'2027-01-31'", '20270131', "'20270131'"]) {
    assert.equal(parsed(edited('2026-12-31', day)).amnesty?.ends, '2027-01-31');
  }
});

test('a byte order mark and Windows line ends change nothing but the hash', () => {
  const { text: _, hash, ...policy } = parsed(`\uFEFF${BASE.replaceAll('\n', '\r\n')}`);
  const { text: __, hash: plain, ...due } = parsed();
  assert.deepEqual(policy, due);
  assert.notEqual(hash, plain);
});

test('a default inside a group holds until another of the group is given', () => {
  const catalogue: Catalogue = [
    {
      name: 'stolen',
      clause: 'ours',
      about: 'x',
      parameters: {
        days: { kind: 'integer', min: 1, max: 9, default: 3, about: 'd' },
        months: { kind: 'integer', min: 1, max: 9, about: 'm' },
      },
      exactlyOne: [['days', 'months']],
    },
  ];
  const parametersOf = (use: string) => {
    const text = `${MINIMAL}conditions: [{ label: a, reason: a, effect: tracked, dimensions: [${use}] }]\n`;
    const result = parseCountry(text, 'country.yaml', catalogue);
    return result.ok ? result.value.conditions[0]?.dimensions[0]?.parameters : result.fault;
  };
  assert.deepEqual(parametersOf('{ is: stolen }'), { days: 3 });
  assert.deepEqual(parametersOf('{ is: stolen, months: 2 }'), { months: 2 });
});

test('the example is valid, uses every section and every dimension, and shows the true defaults', () => {
  const text = exampleCountry(CATALOGUE);
  const country = parsed(text);
  const used = new Set(country.conditions.flatMap(({ dimensions }) => dimensions.map(({ is }) => is)));
  assert.deepEqual([...used].sort(), CATALOGUE.map(({ name }) => name).sort());
  assert.deepEqual(country.import, parsed(MINIMAL).import);
  assert.deepEqual(country.lists, parsed(MINIMAL).lists);
  assert.ok(country.amnesty !== undefined && country.exemptDeviceTypes.length > 0);
  for (const key of Object.keys(country.lists)) assert.match(text, new RegExp(`^  ${snake(key)}: `, 'm'));
  for (const key of Object.keys(country.import)) assert.match(text, new RegExp(`^  ${snake(key)}:`, 'm'));
  for (const kind of LIST_KINDS) assert.ok(text.includes(kind));
  assert.ok(text.includes('exactly one of period_days, period_months'));
});

test('the example is valid under any catalogue', () => {
  const smaller = CATALOGUE.filter(({ name }) => ['stolen', 'subscription_threshold'].includes(name));
  const clamped = CATALOGUE.map((spec) =>
    spec.name === 'user_daily_average'
      ? {
          ...spec,
          parameters: { ...spec.parameters, threshold: { kind: 'integer', min: 7, max: 9, about: '\n' } as const },
        }
      : spec,
  );
  for (const catalogue of [[], smaller, clamped]) {
    const result = parseCountry(exampleCountry(catalogue), 'example.yaml', catalogue);
    assert.ok(result.ok, JSON.stringify(result));
  }
});

test('the smallest allowed size of a list', () => {
  assert.equal(smallestAllowed(REST, 0), 0);
  assert.equal(smallestAllowed(REST, 1), 1);
  assert.equal(smallestAllowed(REST, 1000), 750);
  assert.equal(smallestAllowed(REST, 1001), 751);
  assert.equal(smallestAllowed(STRICT, 100), 95);
  assert.equal(smallestAllowed(STRICT, 100_000), 99_000);
  assert.equal(smallestAllowed({ sizeVariationAbsolute: 100, sizeVariationPercent: 0 }, 50), 1);
});

test('spelling', () => {
  assert.equal(snake('exceptionsOnlyBlocked'), 'exceptions_only_blocked');
  assert.equal(editDistance('', 'abc'), 3);
  assert.equal(editDistance('imei', 'imie'), 1);
  assert.equal(editDistance('kitten', 'sitting'), 3);
  assert.equal(nearest('Lookback-Days', ['lists', 'lookback_days']), 'lookback_days');
  assert.equal(nearest('zzz', ['lists', 'name']), undefined);
  assert.equal(nearest('x'.repeat(1e6), ['x']), undefined);
});

test('an appeal says to whom, and how; the days may be left out', () => {
  assert.equal(parsed().appeal, undefined);
  const full = `appeal: { to: Board, contact: '+999 1', url: 'https://authority.example/a?b=c', days: 30 }\nretention_months: 6`;
  assert.deepEqual(parsed(edited('retention_months: 6', full)).appeal, {
    to: 'Board',
    contact: '+999 1',
    url: 'https://authority.example/a?b=c',
    days: 30,
  });
  for (const how of ["contact: '+999 1'", "url: 'http://a.example'"]) {
    const { appeal } = parsed(edited('retention_months: 6', `appeal: { to: Board, ${how} }`));
    assert.deepEqual(Object.keys(appeal ?? {}), ['to', how.split(':')[0]]);
  }
});
