import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCountry } from '../../src/country/country.ts';
import { exampleCountry } from '../../src/country/example.ts';
import { noticesOf } from '../../src/country/notices.ts';
import { DIMENSIONS } from '../../src/detection/catalogue.ts';
import { isQuiet } from '../../src/notices/clock.ts';
import { countryOf } from './ground.ts';

const faultsOf = (notices: string): readonly string[] => {
  const { text } = countryOf();
  const parsed = parseCountry(text.replace(/^notices: .*$/m, `notices: { ${notices} }`), 'country.yaml', []);
  return parsed.ok ? [] : parsed.fault.map(({ field, code }) => `${code} ${field}`);
};

test('a country file without the section, and an empty one, have the same rules, which the example shows', () => {
  const empty = noticesOf(countryOf());
  assert.deepEqual(noticesOf({}), empty);
  const example = parseCountry(exampleCountry(DIMENSIONS), 'example.yaml', DIMENSIONS);
  assert.ok(example.ok);
  const { ladder, quiet, language, attempts, receiptHours } = noticesOf(example.value);
  assert.deepEqual(
    { ladder, quiet, language, attempts, receiptHours },
    {
      ladder: empty.ladder,
      quiet: empty.quiet,
      language: empty.language,
      attempts: empty.attempts,
      receiptHours: empty.receiptHours,
    },
  );
});

test('rules of notices that cannot be kept are refused', () => {
  assert.deepEqual(faultsOf('ladder: { days_before: [25, 50] }'), ['COUNTRY_VALUE notices.ladder.days_before[1]']);
  assert.deepEqual(faultsOf('ladder: { days_before: [25, 25] }'), ['COUNTRY_VALUE notices.ladder.days_before[1]']);
  assert.deepEqual(faultsOf('ladder: { days_before: [25, 0] }'), ['COUNTRY_VALUE notices.ladder.days_before[1]']);
  assert.deepEqual(faultsOf('ladder: { first_hours: 11 }'), ['COUNTRY_VALUE notices.quiet'], 'eleven hours are quiet');
  assert.deepEqual(faultsOf("ladder: { first_hours: 1 }, quiet: { from: '22:00', until: '22:00' }"), []);
  assert.deepEqual(faultsOf("quiet: { from: '24:00' }"), ['COUNTRY_VALUE notices.quiet.from']);
  assert.deepEqual(faultsOf('language: de'), ['COUNTRY_VALUE notices.language']);
  assert.deepEqual(faultsOf('check: { preset: utopia }'), ['COUNTRY_VALUE notices.check.preset']);
  assert.deepEqual(faultsOf('check: { number: 8484 }'), ['COUNTRY_MNC notices.check.number']);
  for (const sender of ['12', 'Twelve chars', "'1234567890123456'", 'ÄÖ'])
    assert.deepEqual(faultsOf(`sms: { sender: ${sender} }`).length, 1, sender);
});

test('quiet hours go over midnight, in the country’s time, and equal times mean none', () => {
  const quiet = { from: '21:00', until: '08:00' };
  const at = (time: string, hours = quiet): boolean =>
    isQuiet(new Date(`2026-09-07T${time}:00Z`), hours, 'Europe/Zurich');
  assert.deepEqual(
    ['18:59', '19:00', '23:30', '05:59', '06:00'].map((time) => at(time)),
    [false, true, true, true, false],
  );
  assert.equal(at('12:00', { from: '12:00', until: '16:00' }), true);
  assert.equal(at('14:00', { from: '12:00', until: '16:00' }), false);
  assert.equal(at('22:00', { from: '00:00', until: '00:00' }), false);
});
