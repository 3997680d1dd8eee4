import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesBetween } from '../../src/country/change.ts';
import { parseCountry } from '../../src/country/country.ts';
import { edited, parsed } from './base.ts';
import { CATALOGUE } from './catalogue.ts';

const SPOT = 'retention_months: 6';
const withSection = (text: string) => edited(SPOT, `${SPOT}\n${text}`);

const faultsOf = (text: string): readonly string[] => {
  const result = parseCountry(withSection(text), 'country.yaml', CATALOGUE);
  return result.ok ? [] : result.fault.map(({ code, field, message }) => `${code} ${field}: ${message}`);
};

test('police units have each their stations', () => {
  const { theft } = parsed(
    withSection(
      `theft: { legal_basis: 'Act, 12', units: [{ id: north, name: North, stations: [Port], bring_to: Port 1 }] }`,
    ),
  );
  assert.equal(theft.legalBasis, 'Act, 12');
  assert.deepEqual(theft.units, [{ id: 'north', name: 'North', stations: ['Port'], bringTo: 'Port 1' }]);
  assert.deepEqual(
    faultsOf(`theft: { units: [{ id: a, name: A, stations: [Port] }, { id: a, name: B, stations: [PORT] }] }`),
    [
      'COUNTRY_VALUE theft.units[1].id: the police unit a is given twice, first on line 17',
      'COUNTRY_VALUE theft.units[1].stations[0]: the police station port is given twice, first on line 17',
    ],
  );
});

test('a calendar of time limits must let some day count', () => {
  const { calendar } = parsed(
    withSection(
      'appeals: { calendar: { rest_days: [friday], holidays: [2026-12-25], suspensions: [{ from: 2026-03-16, until: 2026-03-16, order: Order 3 }] } }',
    ),
  ).appeals;
  assert.deepEqual(calendar, {
    restDays: ['friday'],
    holidays: ['2026-12-25'],
    suspensions: [{ from: '2026-03-16', until: '2026-03-16', order: 'Order 3' }],
  });
  const week = 'monday, tuesday, wednesday, thursday, friday, saturday, sunday';
  assert.match(faultsOf(`appeals: { calendar: { rest_days: [${week}] } }`).join(), /no limit would ever end/);
  assert.match(faultsOf('appeals: { calendar: { rest_days: [sunday, sunday] } }').join(), /given twice/);
  assert.match(
    faultsOf('appeals: { calendar: { suspensions: [{ from: 2026-03-16, until: 2026-03-15, order: A }] } }').join(),
    /ends on 2026-03-15, before it begins/,
  );
  assert.match(faultsOf('appeals: { notify: nobody }').join(), /is not an electronic address/);
});

test('what changed in both sections is told', () => {
  const changes = (text: string) => changesBetween(parsed(), parsed(withSection(text)));
  assert.deepEqual(changes('theft: { confirm_days: 8, units: [{ id: a, name: A, stations: [Port, Hill] }] }'), [
    'The theft option confirm_days changed from 7 to 8.',
    'The theft option units.a.name is set to A.',
    'The theft option units.a.stations is set to Port, Hill.',
  ]);
  assert.deepEqual(changes('appeals: { answer_days: 9, stops_clock: [x], calendar: { holidays: [2026-12-25] } }'), [
    'The appeals’ answer_days changed from 30 to 9.',
    'Appeals: the reason that stops the clock x was added.',
    'Appeals: the day that does not count 2026-12-25 was added.',
  ]);
});
