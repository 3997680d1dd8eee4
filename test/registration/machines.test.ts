import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeRegistration } from '../../src/registration/describe.ts';
import { ADMISSION, PERSONAL_IMPORT, TRANSFER } from '../../src/registration/holders/holder_machines.ts';
import { CHARGE, CONSIGNMENT, HAND_OVER, TYPE_APPROVAL } from '../../src/registration/trade/trade_machines.ts';
import type { Machine } from '../../src/states/machine.ts';
import { reachable } from '../states/walk.ts';

const MACHINES: readonly Machine<string, string, string>[] = [
  TYPE_APPROVAL,
  CONSIGNMENT,
  HAND_OVER,
  CHARGE,
  ADMISSION,
  PERSONAL_IMPORT,
  TRANSFER,
];

test('every state can be reached', () => {
  for (const machine of MACHINES) {
    const found = reachable(
      machine,
      machine.begins.map(({ to }) => to),
    );
    assert.deepEqual([...found].sort(), Object.keys(machine.states).sort(), machine.subject);
  }
});

test('a device that may still be here can always be regularised', () => {
  for (const state of ['admitted', 'running', 'lapsed', 'left'] as const)
    assert.ok(reachable(ADMISSION, [state]).has('regularised'), state);
});

test('nothing of a consignment is released that the regulator has not agreed to, and customs alone release', () => {
  const releases = CONSIGNMENT.moves.filter(({ to }) => to === 'released');
  for (const { from, who, needs } of releases) {
    assert.deepEqual(who, ['customs']);
    assert.ok(from.includes('approved') || /approval of the regulator/.test(needs ?? ''), from.join());
  }
});

test('nobody is made to hold what another filed: that takes the own number', () => {
  const due = [...PERSONAL_IMPORT.begins, ...PERSONAL_IMPORT.moves].filter(({ to }) => to === 'due');
  for (const { who, needs } of due) {
    assert.deepEqual(who, ['citizen']);
    assert.match(needs ?? '', /own number/);
  }
});

test('all of them are drawn', () => {
  const page = describeRegistration();
  for (const { states } of MACHINES)
    for (const state of Object.keys(states)) assert.ok(page.includes(`| ${state} |`), state);
});
