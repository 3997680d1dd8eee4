import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesBetween } from '../../src/country/change.ts';
import { parseCountry } from '../../src/country/country.ts';
import { registrationOf } from '../../src/country/registration.ts';
import { BASE, parsed } from '../country/base.ts';
import { CATALOGUE } from '../country/catalogue.ts';
import { country } from './office.ts';

const faults = (section: string): readonly string[] => {
  const read = parseCountry(`${BASE}registration: ${section}\n`, 'country.yaml', CATALOGUE);
  return read.ok ? [] : read.fault.map(({ code, field }) => `${code} ${field}`);
};

test('without the section, and with an empty one, every key has its default', () => {
  const without = registrationOf(parsed());
  assert.deepEqual(registrationOf(country()), without);
  assert.deepEqual(without.admission, {
    days: 120,
    renewals: 0,
    renewalDays: 30,
    period: 'year',
    daysPerDevice: 120,
    devicesPerHolder: 2,
    reminderDays: [30, 14, 7, 1],
    end: 'none',
  });
  assert.deepEqual(
    [without.consignments.accept, without.consignments.maxRows, without.activation.end],
    ['all', 1_000_000, 'none'],
  );
  assert.deepEqual([without.baseline, without.fees.rules], [undefined, []]);
});

test('what contradicts itself is refused where it stands', () => {
  const rule = 'id: duty, name: Duty, kind: duty, acts: [consignment], from: 2026-02-01';
  assert.deepEqual(faults(`{ fees: { currency: CHF, rules: [{ ${rule}, until: 2026-01-31 }] } }`), [
    'COUNTRY_VALUE registration.fees.rules[0].until',
  ]);
  assert.deepEqual(faults(`{ fees: { currency: CHF, rules: [{ ${rule} }, { ${rule} }] } }`), [
    'COUNTRY_VALUE registration.fees.rules[1].id',
  ]);
  assert.deepEqual(faults(`{ fees: { rules: [{ ${rule} }] } }`), ['COUNTRY_KEY registration.fees']);
  assert.deepEqual(faults(`{ fees: { currency: CHF, rules: [{ ${rule}, per_device: 0.5 }] } }`), [
    'COUNTRY_VALUE registration.fees.rules[0].per_device',
  ]);
  assert.deepEqual(faults('{ consignments: { accept: some } }'), ['COUNTRY_VALUE registration.consignments.accept']);
  assert.deepEqual(faults('{ offices: { customs: [nobody] } }'), ['COUNTRY_VALUE registration.offices.customs[0]']);
  assert.deepEqual(faults('{ baseline: { window_days: 30 } }'), ['COUNTRY_KEY registration.baseline.day']);
});

test('what changed is told, fees by their id', () => {
  const rule = (more: string): string =>
    `{ fees: { currency: CHF, rules: [{ id: duty, name: Duty, kind: duty, acts: [consignment], from: 2026-01-01, ${more} }] } }`;
  assert.deepEqual(changesBetween(country('{ admission: { days: 90 } }'), country()), [
    'The registration’s admission.days changed from 90 to 120.',
  ]);
  assert.deepEqual(changesBetween(country(rule('fixed: 1')), country(rule('fixed: 2'))), [
    'The registration’s fees.duty.fixed changed from 1 to 2.',
  ]);
});
