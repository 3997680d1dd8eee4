import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adviceFor } from '../../src/cases/thefts/makers.ts';
import { minimumRecord } from '../../src/cases/thefts/minimum.ts';
import { parseCargo, parseReport } from '../../src/cases/thefts/report.ts';
import { day } from './desk.ts';

const TERMS = { today: day('2026-10-31'), callingCode: '41' };
const GOOD = {
  imeis: ['490154203237518', '49015420323752'],
  kind: 'robbed',
  country: 'ch',
  day: '2026-10-30',
  contact: { msisdn: '079 123 45 67', language: 'fr' },
};

const fieldsOf = (input: unknown, parse: typeof parseReport | typeof parseCargo = parseReport): readonly string[] => {
  const parsed = parse(input, TERMS);
  return parsed.ok ? [] : parsed.fault.map(({ code, field = '' }) => `${code} ${field}`).sort();
};

test('a report is read as people write it', () => {
  const parsed = parseReport({ ...GOOD, owner: { name: 'Ünal 李' }, killSwitch: 'on' }, TERMS);
  assert.deepEqual(parsed, {
    ok: true,
    value: {
      imeis: ['49015420323751', '49015420323752'],
      kind: 'robbed',
      country: 'CH',
      day: '2026-10-30',
      contact: { msisdn: '41791234567', language: 'fr' },
      owner: { name: 'Ünal 李' },
      killSwitch: 'on',
      mode: 'block',
    },
  });
  const twice = parseReport({ ...GOOD, imeis: ['490154203237518', '49015420323751'] }, TERMS);
  assert.deepEqual(twice.ok && twice.value.imeis, ['49015420323751'], 'one IMEI is told once');
});

test('all faults are told at once, each with its field', () => {
  assert.deepEqual(
    fieldsOf({
      imeis: ['490154203237517', 'x'],
      kind: 'gone',
      country: 'zz',
      day: '2026-11-01',
      owner: {},
      mode: 'boom',
      secret: true,
      contact: { msisdn: '1' },
    }),
    [
      'CASE_REPORT country',
      'CASE_REPORT day',
      'CASE_REPORT imeis.0',
      'CASE_REPORT imeis.1',
      'CASE_REPORT kind',
      'CASE_REPORT mode',
      'CASE_REPORT owner.name',
      'CASE_REPORT secret',
    ],
  );
  assert.deepEqual(
    fieldsOf({}),
    ['contact', 'country', 'day', 'imeis', 'kind'].map((field) => `CASE_REPORT ${field}`),
  );
  for (const input of [undefined, null, 7, 'x', []]) assert.deepEqual(fieldsOf(input), ['CASE_REPORT ']);
});

test('each value has its bounds', () => {
  const rows: readonly [object, string][] = [
    [{ imeis: [] }, 'imeis'],
    [{ imeis: Array.from({ length: 9 }, () => '490154203237518') }, 'imeis'],
    [{ day: '2026-02-30' }, 'day'],
    [{ country: 'CHE' }, 'country'],
    [{ contact: {} }, 'contact'],
    [{ contact: { msisdn: '12' } }, 'contact.msisdn'],
    [{ contact: { email: 'nobody' } }, 'contact.email'],
    [{ contact: { email: 'a@b', language: 'xx' } }, 'contact.language'],
    [{ make: 'two\nlines' }, 'make'],
    [{ make: ' blank' }, 'make'],
    [{ place: 'x'.repeat(129) }, 'place'],
    [{ killSwitch: 'broken' }, 'killSwitch'],
  ];
  for (const [part, field] of rows) assert.deepEqual(fieldsOf({ ...GOOD, ...part }), [`CASE_REPORT ${field}`], field);
});

test('a fault never repeats the number of a person', () => {
  const parsed = parseReport({ ...GOOD, contact: { msisdn: '+41791234567890123' } }, TERMS);
  assert.ok(!parsed.ok && !JSON.stringify(parsed.fault).includes('791234567'));
});

test('a cargo has a row a device, and no device twice', () => {
  const { imeis: _, ...shared } = GOOD;
  const cargo = {
    ...shared,
    invoice: 'CMR-1',
    devices: [{ imeis: ['490154203237518'], model: 'M1' }, { imeis: ['49015420323752', '490154203237518'] }],
  };
  assert.deepEqual(fieldsOf(cargo, parseCargo), ['CASE_REPORT devices.1.imeis']);
  const parsed = parseCargo({ ...cargo, devices: cargo.devices.slice(0, 1) }, TERMS);
  assert.deepEqual(parsed.ok && parsed.value.devices, [{ imeis: ['49015420323751'], model: 'M1' }]);
  assert.deepEqual(fieldsOf({ ...cargo, devices: [] }, parseCargo), ['CASE_REPORT devices']);
});

test('the minimum record has what other countries are given, and no person', () => {
  const parsed = parseReport({ ...GOOD, make: 'Acme', owner: { name: 'Ann Owner' }, invoice: 'INV-1' }, TERMS);
  assert.ok(parsed.ok);
  assert.deepEqual(minimumRecord(parsed.value), {
    imeis: ['49015420323751', '49015420323752'],
    characteristics: { make: 'Acme', tacs: ['49015420'] },
    country: 'CH',
    date: '2026-10-30',
  });
});

test('each maker’s service is known by its brands, in whatever company; others have general advice', () => {
  assert.equal(adviceFor('APPLE Inc').service, 'Find My (Lost Mode, Activation Lock)');
  assert.equal(adviceFor('Samsung Electronics').url, 'https://smartthingsfind.samsung.com');
  assert.equal(adviceFor('Snapplefone').url, undefined);
  for (const make of [undefined, '', 'Unknown']) assert.ok(adviceFor(make).steps.length > 3);
});
