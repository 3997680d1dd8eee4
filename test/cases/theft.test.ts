import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { HOLDS, PARTIES, THEFT, type TheftState } from '../../src/cases/theft.ts';
import { describeStates } from '../../src/serve/states.ts';
import { begin } from '../../src/states/machine.ts';
import { reachable, walks } from '../states/walk.ts';

const states = Object.keys(THEFT.states) as TheftState[];

test('every state of a case can be reached, and from each it can be closed', () => {
  assert.deepEqual(
    [
      ...reachable(
        THEFT,
        THEFT.begins.map(({ to }) => to),
      ),
    ].sort(),
    [...states].sort(),
  );
  for (const state of states) assert.ok(reachable(THEFT, [state]).has('closed'), state);
});

test('a citizen’s word alone holds nothing: a hold begins with a proof, or with the police', () => {
  for (const { from, to, needs } of THEFT.moves.flatMap((move) => move.from.map((from) => ({ ...move, from }))))
    if (HOLDS[from] === 'none' && HOLDS[to] !== 'none') assert.ok(needs !== undefined, `${from} to ${to}`);
  for (const { to, needs } of THEFT.begins) if (HOLDS[to] !== 'none') assert.ok(needs !== undefined, to);
  const alone = begin(THEFT, { event: 'begin', roles: ['owner', 'reporter'] });
  assert.equal(alone.ok && HOLDS[alone.value.to], 'none');
});

test('a confirmed hold is ended by who brought the case in, by handing the device back, by a court or an appeal', () => {
  const endings = THEFT.moves.filter(
    ({ from, to }) => HOLDS[to] === 'none' && from.some((state) => HOLDS[state] === 'by mode'),
  );
  assert.deepEqual(
    endings.map(({ event, who }) => `${event}: ${who.join(', ')}`),
    ['hand_back: police', 'recover: reporter', 'lift: court', 'overturn: regulator'],
  );
  for (const { needs } of endings) assert.ok(needs !== undefined);
});

test('a claim holds nothing, and only the police make a case of it', () => {
  assert.equal(HOLDS.claimed, 'none');
  const ways = THEFT.moves.filter(({ from, to }) => from.includes('claimed') && HOLDS[to] !== 'none');
  assert.deepEqual(
    ways.map(({ event, who }) => `${event}: ${who.join(', ')}`),
    ['confirm: police'],
  );
});

test('a provisional hold ends by itself', () => {
  const expiring = THEFT.moves.filter(({ event }) => event === 'expire').flatMap(({ from }) => from);
  for (const state of states) if (HOLDS[state] === 'provisional') assert.ok(expiring.includes(state), state);
});

test('whatever is tried, neither time nor a network ends a confirmed hold, and a closed case stays closed', () => {
  fc.assert(
    fc.property(walks(THEFT, PARTIES), (steps) => {
      for (const { from, to, role } of steps) {
        assert.notEqual(from, 'closed');
        if (from === undefined || HOLDS[from] !== 'by mode' || HOLDS[to] !== 'none') continue;
        assert.ok(['reporter', 'police', 'court', 'regulator'].includes(role), `${role}: ${from} to ${to}`);
      }
    }),
  );
});

test('docs/states.md is what describeStates() writes', () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../docs/states.md'), 'utf8');
  assert.equal(page, describeStates(), 'write it again: node --import tsx scripts/states.ts');
});
