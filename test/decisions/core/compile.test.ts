import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Day } from '../../../src/calendar/day.ts';
import { type Country, parseCountry } from '../../../src/country/country.ts';
import { exampleCountry } from '../../../src/country/example.ts';
import { kindsOf, rulesOf } from '../../../src/decisions/core/compile.ts';
import { decide } from '../../../src/decisions/core/decide.ts';
import { parseRules, writeRules } from '../../../src/decisions/core/document.ts';
import { noFacts } from '../../../src/decisions/core/facts.ts';
import { matcherOf } from '../../../src/decisions/core/matcher.ts';
import { termsOf } from '../../../src/decisions/core/terms.ts';
import { DIMENSIONS } from '../../../src/detection/catalogue.ts';
import { QUESTION } from './case.ts';

const TODAY = '2026-11-01' as Day;

function countryOf(text: string): Country {
  const result = parseCountry(text, 'country.yaml', DIMENSIONS);
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

const BASE = `name: X
mccs: ['999']
calling_codes: ['999']
time_zone: UTC
operators: [{ id: alfa, name: Alfa, plmns: [{ mcc: '999', mnc: '01' }] }]
`;

test('the example’s rules go to a node and come back', () => {
  const country = countryOf(exampleCountry(DIMENSIONS));
  const rules = rulesOf(country, TODAY, { barredTacs: ['35000001'] });
  assert.deepEqual(parseRules(writeRules(rules)), { ok: true, value: rules });
  assert.deepEqual([rules.country, rules.day, rules.pairsBy], [country.hash, TODAY, 'imsi_or_msisdn']);
  assert.deepEqual(rules.kinds, {
    stolen: ['Reported stolen or lost', 'stolen', 'lost'],
    barred: ['Barred by the regulator', 'Model barred by the regulator'],
  });
  assert.ok(rules.imeiRanges.length > 0 && !JSON.stringify(rules).includes('noticeExempt'));
});

test('reasons have their kind by what their conditions look at, not by what they deny', () => {
  const use = (is: string, not = false) => ({ is, not, parameters: {} });
  const kinds = kindsOf([
    { reason: 'A', dimensions: [use('malformed_imei'), use('stolen')] },
    { reason: 'B', dimensions: [use('stolen', true), use('not_registered')] },
    { reason: 'C', dimensions: [use('barred_imei')] },
    { reason: 'A', dimensions: [use('barred_tac')] },
  ]);
  assert.deepEqual(kinds, { stolen: ['A', 'stolen', 'lost'], barred: ['C', 'A'] });
});

const condition = (label: string, lines: readonly string[], dimensions = '[{ is: barred_tac }]'): string =>
  `  - label: ${label}\n    reason: ${label}\n${lines.map((line) => `    ${line}\n`).join('')}    dimensions: ${dimensions}\n`;
const AT_ONCE = ['effect: blocked', 'grace_days: 0', 'notice_exempt: Act'];

test('barred models become rules only where the lists would block them on the day they are found', () => {
  const tacsOf = (conditions: string, more = '', refused: readonly string[] = []) => {
    const country = countryOf(`${BASE}${more}conditions:\n${conditions}`);
    return rulesOf(country, TODAY, { barredTacs: ['35000002', '35000001', '35000002'], refused }).tacs;
  };
  const both = (list: string, reason: string) => ['35000001', '35000002'].map((tac) => ({ tac, list, reason }));
  assert.deepEqual(tacsOf(condition('now', AT_ONCE)), both('blocked', 'now'));
  assert.deepEqual(tacsOf(condition('later', ['effect: blocked', 'grace_days: 1'])), []);
  assert.deepEqual(tacsOf(condition('spared', [...AT_ONCE, 'amnesty_eligible: true'])), []);
  assert.deepEqual(tacsOf(condition('told', ['effect: informative'])), []);
  assert.deepEqual(tacsOf(condition('watched', ['effect: tracked'])), both('tracked', 'watched'));
  assert.deepEqual(tacsOf(condition('some', AT_ONCE, '[{ is: barred_tac }, { is: not_registered }]')), []);
  assert.deepEqual(tacsOf(condition('others', AT_ONCE, '[{ is: barred_tac, not: true }]')), []);
  assert.deepEqual(
    tacsOf(condition('b', AT_ONCE) + condition('a', AT_ONCE) + condition('w', ['effect: tracked'])),
    both('blocked', 'a|b'),
  );
  assert.deepEqual(tacsOf(condition('now', AT_ONCE), '', ['now']), []);
  const own =
    "eir: { tacs: [{ tac: '35000001', list: permitted, reason: Ours }, { tac: '35000002', svn_to: 3, list: tracked, reason: Old }] }\n";
  assert.deepEqual(tacsOf(condition('now', AT_ONCE), own), [
    { tac: '35000001', list: 'permitted', reason: 'Ours' },
    { tac: '35000002', svnTo: 3, list: 'tracked', reason: 'Old' },
    { tac: '35000002', list: 'blocked', reason: 'now' },
  ]);
});

test('a country file decides, from its text to the answer', () => {
  const country = countryOf(`${BASE}lists: { permitted: true }
eir:
  modes:
    - { from: 2026-01-01, mode: synchronization }
  roamers: { stay_days: 30 }
  imsi_ranges: [{ from: '9990199', to: '9990199', status: permitted }]
  imei_ranges: [{ from: '49015420000000', to: '49015420999999', list: tracked, reason: Range }]
conditions:
${condition('now', AT_ONCE)}`);
  const rules = rulesOf(country, TODAY, { barredTacs: ['35209900'] });
  const [{ fill }, terms] = [matcherOf(rules), termsOf(rules, { operator: 'alfa', peer: 'mme' }, TODAY)];
  const told = (imei: number, imsi: number, stayDays = -1) => {
    const facts = { ...noFacts(), stayDays };
    const question = { ...QUESTION, imei, imsi };
    fill(question, facts);
    const answer = decide(question, facts, terms);
    return `${answer?.step} ${answer?.status} ${answer?.reason}`;
  };
  assert.equal(told(49015420323751, 999_010_000_000_001), 'tracked tracked Range');
  assert.equal(told(49015420323751, 999_019_900_000_001), 'screen permitted ');
  assert.equal(told(35209900176148, 999_010_000_000_001), 'barred blocked now');
  assert.equal(told(35209900176148, 228_010_000_000_001, 3), 'barred blocked now');
  assert.equal(told(86000000000000, 228_010_000_000_001, 29), 'roamer permitted ');
  assert.equal(told(86000000000000, 228_010_000_000_001, 30), 'default blocked ');
  assert.equal(told(86000000000000, 999_010_000_000_001), 'default blocked ');
  assert.equal(told(86000000000000, 0), 'default blocked ');
});
