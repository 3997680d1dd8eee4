import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ACTORS, LIFECYCLE, type Stage } from '../../src/devices/lifecycle.ts';
import { eventsFrom } from '../../src/states/machine.ts';
import { reachable, walks } from '../states/walk.ts';

const stages = Object.keys(LIFECYCLE.states) as Stage[];
const beginnings = LIFECYCLE.begins.map(({ to }) => to);

test('every stage of a device’s life can be reached, and none is a dead end', () => {
  assert.deepEqual([...reachable(LIFECYCLE, beginnings)].sort(), [...stages].sort());
  for (const stage of stages) assert.ok(eventsFrom(LIFECYCLE, stage).length > 0, stage);
});

test('nobody can bring about two things by one event', () => {
  const seen = new Set<string>();
  for (const { from, event, who } of LIFECYCLE.moves)
    for (const stage of from)
      for (const actor of who) {
        const key = `${stage} ${event} ${actor}`;
        assert.ok(!seen.has(key), key);
        seen.add(key);
      }
});

test('what the network sees has happened: any device that is not in use, held or looked for can become active', () => {
  const without = stages.filter((stage) => !eventsFrom(LIFECYCLE, stage, ['network']).includes('activate'));
  assert.deepEqual(without.sort(), ['active', 'lost', 'recovered', 'stolen']);
});

test('a first use before release, after export or after retirement is a finding', () => {
  const strange = LIFECYCLE.moves.filter(({ event, finding }) => event === 'activate' && finding !== undefined);
  assert.deepEqual(strange.flatMap(({ from }) => from).sort(), ['declared', 'exported', 'retired']);
});

test('a stolen device comes back into use by its recovery only', () => {
  fc.assert(
    fc.property(walks(LIFECYCLE, ACTORS), (steps) => {
      for (const { from, to, event } of steps) {
        if (from === 'stolen') assert.deepEqual([to, event], ['recovered', 'recover']);
        if (from === 'recovered' && to === 'active') assert.equal(event, 'return');
      }
    }),
  );
});
