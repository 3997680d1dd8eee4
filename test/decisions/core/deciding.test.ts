import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Day } from '../../../src/calendar/day.ts';
import { EIR_DEFAULTS } from '../../../src/country/eir.ts';
import { decidersOf } from '../../../src/decisions/core/deciding.ts';
import { noFacts } from '../../../src/decisions/core/facts.ts';
import type { Rules } from '../../../src/decisions/core/rules.ts';
import { QUESTION } from './case.ts';

const mode = { mode: 'permissive', onlyPermitted: false, shadow: false, percentage: 100 } as const;
const RULES: Rules = {
  ...EIR_DEFAULTS,
  country: '0'.repeat(64),
  day: '2026-10-31' as Day,
  timeZone: 'Europe/Zurich',
  mccs: ['999'],
  kinds: { stolen: [], barred: [] },
  pairsBy: 'imsi',
  modes: [
    { ...mode, from: '2026-11-01' as Day, unlisted: 'unknown' },
    { ...mode, from: '2026-11-02' as Day, operator: 'alfa', unlisted: 'tracked' },
  ],
};

test('a mode begins at midnight of the country, for its operator, and a clock that jumps is followed', () => {
  const deciders = decidersOf(RULES);
  const [alfa, bravo, other] = [
    { operator: 'alfa', peer: 'a' },
    { operator: 'bravo', peer: 'b' },
    { operator: 'bravo', peer: 'c' },
  ];
  const told = (peer: typeof alfa, time: string) =>
    deciders(peer, Date.parse(time)).decide(QUESTION, noFacts())?.status;
  // Winter time: the day begins at 23:00 UTC.
  assert.equal(told(alfa, '2026-10-31T22:59:59.999Z'), 'permitted');
  assert.equal(told(alfa, '2026-10-31T23:00:00Z'), 'unknown');
  assert.equal(told(bravo, '2026-11-01T23:00:00Z'), 'unknown');
  assert.equal(told(alfa, '2026-11-01T23:00:00Z'), 'tracked');
  assert.equal(told(alfa, '2026-10-30T12:00:00Z'), 'permitted', 'the clock was put back');
  assert.equal(told(alfa, '2026-11-05T12:00:00Z'), 'tracked');
  const at = Date.parse('2026-11-05T12:00:30Z');
  assert.equal(deciders(bravo, at), deciders(other, at), 'equal terms share one decider');
  assert.notEqual(deciders(bravo, at), deciders(alfa, at));
});
