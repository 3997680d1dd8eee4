import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Day } from '../../../src/calendar/day.ts';
import { EIR_DEFAULTS } from '../../../src/country/eir.ts';
import { parseRules, RULES_VERSION, writeRules } from '../../../src/decisions/core/document.ts';
import type { Rules } from '../../../src/decisions/core/rules.ts';

const day = (text: string): Day => text as Day;
const mode = {
  mode: 'permissive',
  unlisted: 'permitted',
  onlyPermitted: false,
  shadow: false,
  percentage: 12.5,
} as const;
const asking = { ttlSeconds: 60, timeoutMs: 200, fallback: 'unknown' } as const;

const RULES: Rules = {
  ...EIR_DEFAULTS,
  country: 'ab'.repeat(32),
  day: day('2026-10-31'),
  timeZone: 'Europe/Zurich',
  mccs: ['999'],
  override: 'tracked',
  modes: [
    { ...mode, from: day('2026-01-01') },
    { ...mode, from: day('2026-02-01'), operator: 'alfa', mode: 'hybrid', asking, regions: ['north'] },
  ],
  regions: [{ id: 'north', peers: ['*.north.example'] }],
  roamers: { stayDays: 90, homes: [{ home: '228', stayDays: 30 }] },
  imsiRanges: [{ from: '99901', to: '9990299', status: 'blocked' }],
  imeiRanges: [
    { from: '35000000000000', to: '35000000000099', list: 'blocked', reason: 'R' },
    { from: '35000000000010', to: '35000000000019', list: 'permitted', reason: 'P', svnFrom: 3 },
  ],
  tacs: [{ tac: '35000000', list: 'tracked', reason: 'A|B', svnFrom: 1, svnTo: 2 }],
  kinds: { stolen: ['Stolen'], barred: [] },
  golden: [{ hash: '0123456789abcdef'.repeat(2), expires: '2027-12-31' as Day }],
  pairsBy: 'imsi_or_msisdn',
};

test('a rules document is read as it was written', () => {
  const text = writeRules(RULES);
  assert.ok(text.startsWith(`{"version":${RULES_VERSION},`));
  assert.deepEqual(parseRules(text), { ok: true, value: RULES });
  const { override: _, ...open } = RULES;
  assert.deepEqual(parseRules(writeRules(open)), { ok: true, value: open });
});

/** The fields at fault in a document with these changes. */
function fieldsOf(changes: object): readonly (string | undefined)[] {
  const result = parseRules(JSON.stringify({ ...JSON.parse(writeRules(RULES)), ...changes }));
  if (result.ok) return [];
  for (const fault of result.fault) {
    assert.equal(fault.code, 'RULES_FORM');
    assert.ok(fault.message !== '' && fault.remedy !== '');
    assert.doesNotMatch(fault.message, /\d{6}/, 'no identifiers in messages');
  }
  return result.fault.map(({ field }) => field);
}

test('everything at fault is told at once, by its place', () => {
  assert.deepEqual(fieldsOf({}), []);
  assert.deepEqual(fieldsOf({ version: 2, day: '2026-13-01', timeZone: 'Mars', mccs: ['99'], extra: 1 }), [
    'extra',
    'version',
    'day',
    'timeZone',
    'mccs[0]',
  ]);
  assert.deepEqual(fieldsOf({ override: 'white', listsMissing: null, pairsBy: undefined }), [
    'override',
    'listsMissing',
    'pairsBy',
  ]);
  assert.deepEqual(fieldsOf({ withoutImei: [], roamers: { stayDays: -1, homes: 7 }, tacs: {} }), [
    'withoutImei',
    'roamers.stayDays',
    'roamers.homes',
    'tacs',
  ]);
  assert.deepEqual(fieldsOf({ modes: [{ ...mode, from: '2026-01-01', percentage: 101, colour: 1 }] }), [
    'modes[0].colour',
    'modes[0].percentage',
  ]);
  assert.deepEqual(fieldsOf({ imsiRanges: [{ from: '9', to: '99901', status: 'permitted' }] }), ['imsiRanges[0].from']);
  assert.deepEqual(fieldsOf({ kinds: { stolen: ['a\nb'], barred: [''] } }), ['kinds.stolen[0]', 'kinds.barred[0]']);
});

test('what contradicts itself is told', () => {
  const range = { from: '35000000000000', to: '35000000000099', list: 'blocked', reason: 'R' };
  assert.deepEqual(fieldsOf({ imeiRanges: [range, { ...range, from: '35000000000050', to: '35000000000200' }] }), [
    'imeiRanges[1]',
  ]);
  assert.deepEqual(fieldsOf({ imeiRanges: [range, range] }), ['imeiRanges[1]']);
  assert.deepEqual(fieldsOf({ imeiRanges: [{ ...range, to: '34000000000000' }] }), ['imeiRanges[0]']);
  assert.deepEqual(fieldsOf({ tacs: [{ tac: '35000000', list: 'tracked', reason: 'A', svnFrom: 9, svnTo: 2 }] }), [
    'tacs[0]',
  ]);
  assert.deepEqual(fieldsOf({ imsiRanges: [{ from: '99902', to: '99901', status: 'blocked' }] }), ['imsiRanges[0]']);
  assert.deepEqual(fieldsOf({ modes: [RULES.modes[0], RULES.modes[0]] }), ['modes[1]']);
  assert.deepEqual(fieldsOf({ modes: [{ ...RULES.modes[0], asking }] }), ['modes[0]']);
  assert.deepEqual(fieldsOf({ modes: [{ ...RULES.modes[0], mode: 'hybrid' }] }), ['modes[0]']);
  assert.deepEqual(fieldsOf({ regions: [] }), ['modes[1]']);
  assert.deepEqual(fieldsOf({ regions: [...RULES.regions, ...RULES.regions] }), ['regions[1]']);
  assert.deepEqual(fieldsOf({ roamers: { stayDays: 1, homes: [...RULES.roamers.homes, ...RULES.roamers.homes] } }), [
    'roamers.homes[1]',
  ]);
});

test('no text makes it throw, and what it takes it can write again', () => {
  const whole = writeRules(RULES);
  const cut = fc.nat({ max: whole.length }).map((at) => whole.slice(0, at));
  const swapped = fc
    .tuple(fc.constantFrom(...Object.keys(RULES)), fc.jsonValue())
    .map(([key, value]) => JSON.stringify({ ...JSON.parse(whole), [key]: value }));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), cut, swapped), (text) => {
      const result = parseRules(text);
      if (result.ok) assert.deepEqual(parseRules(writeRules(result.value)), result);
      else assert.ok(result.fault.length > 0);
    }),
    { numRuns: 500 },
  );
});
