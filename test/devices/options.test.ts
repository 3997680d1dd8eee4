import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCountry } from '../../src/country/country.ts';
import { exampleCountry } from '../../src/country/example.ts';
import { snake } from '../../src/country/spelling.ts';
import { BASE, edited, parsed } from '../country/base.ts';
import { CATALOGUE } from '../country/catalogue.ts';

test('a country file that says nothing of devices has the defaults, and the example shows them', () => {
  const { devices } = parsed();
  assert.deepEqual(devices, {
    activeDays: 90,
    disputeDays: 30,
    pairs: { perDevice: 5, imsisPerImei: 10, repairs: 4, repairDays: 365 },
    associations: { devicesPerPerson: 10, personsPerDevice: 1 },
  });
  const text = exampleCountry(CATALOGUE);
  const section = /^devices:\n(?: {2}.*\n)+/m.exec(text)?.[0] ?? '';
  assert.deepEqual(parsed(text).devices, devices);
  for (const key of [devices, devices.pairs, devices.associations].flatMap(Object.keys))
    assert.match(section, new RegExp(`\\b${snake(key)}:`), key);
});

test('a country sets its own', () => {
  const text = `devices: { active_days: 30, pairs: { per_device: 1 } }\nretention_months: 6`;
  const { devices } = parsed(edited('retention_months: 6', text));
  assert.deepEqual([devices.activeDays, devices.pairs.perDevice, devices.pairs.repairs], [30, 1, 4]);
});

test('what is no number of days or pairs is told with its place', () => {
  const text = BASE.replace('retention_months: 6', () => 'devices: { pairs: { per_device: 0 }, active: 3 }');
  const result = parseCountry(text, 'country.yaml', CATALOGUE);
  assert.deepEqual(!result.ok && result.fault.map(({ code, field }) => [code, field]), [
    ['COUNTRY_VALUE', 'devices.pairs.per_device'],
    ['COUNTRY_KEY', 'devices.active'],
  ]);
});
