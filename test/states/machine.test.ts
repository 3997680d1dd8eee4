import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawMachine } from '../../src/states/draw.ts';
import { advance, begin, eventsFrom, type Machine } from '../../src/states/machine.ts';

type State = 'shut' | 'open' | 'gone';
const door: Machine<State, 'build' | 'turn' | 'break', 'keeper' | 'thief'> = {
  subject: 'door',
  states: { shut: 'nobody comes through', open: 'whoever will', gone: 'there is none | any more' },
  begins: [{ event: 'build', to: 'shut', who: ['keeper'] }],
  moves: [
    { event: 'turn', from: ['shut'], to: 'open', who: ['keeper'], needs: 'a key' },
    { event: 'turn', from: ['open'], to: 'shut', who: ['keeper', 'thief'] },
    { event: 'break', from: ['shut', 'open'], to: 'gone', who: ['thief'], finding: 'it was broken' },
  ],
};

test('an event leads from a state to the next, and tells what it needs and what is strange', () => {
  assert.deepEqual(begin(door, { event: 'build', roles: ['keeper'] }), {
    ok: true,
    value: { to: 'shut', needs: undefined, finding: undefined },
  });
  assert.deepEqual(advance(door, 'shut', { event: 'turn', roles: ['keeper'] }), {
    ok: true,
    value: { to: 'open', needs: 'a key', finding: undefined },
  });
  assert.deepEqual(advance(door, 'open', { event: 'break', roles: ['keeper', 'thief'] }), {
    ok: true,
    value: { to: 'gone', needs: undefined, finding: 'it was broken' },
  });
});

test('what cannot happen is refused with what can, and who may not is told who may', () => {
  const refusal = (state: State, event: 'build' | 'turn' | 'break', role: 'keeper' | 'thief') => {
    const step = advance(door, state, { event, roles: [role] });
    assert.ok(!step.ok);
    return [step.fault.code, step.fault.message, step.fault.remedy];
  };
  assert.deepEqual(refusal('open', 'build', 'keeper'), [
    'STATE_MOVE',
    'A door that is «open» cannot go on by «build».',
    'What can happen to it now: turn, break.',
  ]);
  assert.deepEqual(refusal('gone', 'turn', 'keeper').at(-1), 'Nothing more can happen to it.');
  assert.deepEqual(refusal('shut', 'turn', 'thief'), [
    'STATE_ROLE',
    '«turn» of a door is not for who asked.',
    'It is for: keeper.',
  ]);
  const begun = begin(door, { event: 'turn', roles: ['keeper'] });
  assert.equal(begun.ok ? '' : begun.fault.message, 'No door begins by «turn».');
  const stranger = begin(door, { event: 'build', roles: ['thief'] });
  assert.equal(stranger.ok ? '' : stranger.fault.code, 'STATE_ROLE');
});

test('events are told for a state, and for those who ask', () => {
  assert.deepEqual(eventsFrom(door, 'shut'), ['turn', 'break']);
  assert.deepEqual(eventsFrom(door, 'shut', ['keeper']), ['turn']);
  assert.deepEqual(eventsFrom(door, 'gone'), []);
});

test('the picture has an arrow for each way, and the tables all that the machine says', () => {
  const page = drawMachine('A door', door);
  for (const line of [
    '## A door',
    '  [*] --> shut: build',
    '  shut --> open: turn',
    '  open --> gone: break',
    '  gone --> [*]',
    '| gone | there is none \\| any more |',
    '| build | (begins) | shut | keeper |  |',
    '| break | shut, open | gone | thief | finding: it was broken |',
  ])
    assert.ok(page.split('\n').includes(line), line);
});
