import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { HEAVY } from '../../src/access/actions/heavy.ts';
import {
  ACTION_NAMES,
  ACTIONS,
  type ActionName,
  demand,
  may,
  reaches,
  reachOf,
  roleFault,
} from '../../src/access/actions.ts';
import { type Actor, type Organisation, ROLES, type Role, SYSTEM } from '../../src/access/actor.ts';
import { describeAccess } from '../../src/access/describe.ts';
import { refusedBy } from './desk.ts';

const organisation = (kind: Organisation['kind'], more: Partial<Organisation> = {}): Organisation => ({
  id: `the ${kind}`,
  kind,
  name: kind,
  ...more,
});
const acting = (roles: readonly Role[], of?: Organisation): Actor => ({ id: 'me', roles, organisation: of });

test('the auditor reads everything and changes nothing', () => {
  const auditor = acting(['auditor'], organisation('regulator'));
  for (const name of ACTION_NAMES) {
    const { effect, own = [] } = ACTIONS[name];
    assert.equal(may(auditor, name), effect !== 'write', name);
    assert.ok(!own.includes('auditor'), name);
    if (effect === 'read') assert.equal(reachOf(auditor, name), 'all', name);
  }
});

test('each role is limited to its own only where it may at all, and personal data are only read', () => {
  for (const name of ACTION_NAMES) {
    const { roles, own = [], personal, effect, about, heavy } = ACTIONS[name];
    assert.deepEqual(
      own.filter((role) => !roles.includes(role)),
      [],
      name,
    );
    assert.equal(new Set(roles).size, roles.length, name);
    if (personal === true) assert.equal(effect, 'read', name);
    if (heavy !== undefined) assert.equal(effect, 'write', name);
    assert.ok(about.length > 5 && !about.endsWith('.'), name);
  }
});

test('people and traders reach no personal data but their own', () => {
  const limited: readonly Role[] = ['citizen', 'operator', 'importer', 'maker', 'dealer', 'police'];
  for (const name of ACTION_NAMES.filter((one) => ACTIONS[one].personal === true))
    for (const role of ACTIONS[name].roles)
      if (limited.includes(role)) assert.ok(ACTIONS[name].own?.includes(role), `${name}: ${role}`);
});

test('heavy acts are done by approvers, and proposed and approved by the regulator', () => {
  for (const name of ACTION_NAMES.filter((one) => ACTIONS[one].heavy !== undefined))
    assert.deepEqual(ACTIONS[name].roles, ['approver'], name);
  for (const [kind, { proposers, approvers }] of Object.entries(HEAVY)) {
    for (const role of proposers) assert.ok(may(acting([role]), 'proposal.open'), kind);
    for (const role of approvers) assert.ok(may(acting([role]), 'proposal.approve'), kind);
  }
});

test('an act is refused to whom no role allows it, and the refusal says whose it is', () => {
  assert.throws(() => demand(acting(['dealer']), 'theft.confirm'), refusedBy('ACCESS_ROLE'));
  assert.match(roleFault('theft.confirm').remedy, /police/);
  demand(acting(['police']), 'theft.confirm');
});

test('what is open to anybody needs no role, and changes nothing', () => {
  const open = ACTION_NAMES.filter((name) => ACTIONS[name].open === true);
  assert.ok(open.includes('check.public'));
  for (const name of open) {
    assert.notEqual(ACTIONS[name].effect, 'write', name);
    assert.ok(may(acting([]), name));
  }
  assert.equal(ACTION_NAMES.filter((name) => may(acting([]), name)).length, open.length);
});

test('citizens reach what they brought in, offices what is theirs, police what their unit has', () => {
  const citizen = acting(['citizen']);
  assert.ok(reaches(citizen, 'theft.read', { person: 'me' }));
  assert.ok(!reaches(citizen, 'theft.read', { person: 'another' }));
  const operator = acting(['operator'], organisation('operator', { operator: 'alfa' }));
  assert.ok(reaches(operator, 'theft.read', { organisation: 'the operator', person: 'another' }));
  assert.ok(!reaches(operator, 'theft.read', { organisation: 'another' }));
  assert.ok(!reaches(operator, 'theft.read', {}));
  const north = acting(['police'], organisation('police', { unit: 'north' }));
  assert.ok(reaches(north, 'theft.confirm', { unit: 'north', organisation: 'another' }));
  assert.ok(reaches(north, 'theft.confirm', { unit: 'south', organisation: 'the police' }));
  assert.ok(!reaches(north, 'theft.confirm', { unit: 'south' }));
});

test('the national police, the regulator and the register reach everything; who may not, nothing', () => {
  const anything = { person: 'x', organisation: 'y', unit: 'z' };
  assert.ok(reaches(acting(['police'], organisation('police')), 'theft.confirm', anything));
  assert.ok(reaches(acting(['analyst'], organisation('regulator')), 'theft.read', anything));
  assert.equal(reachOf(SYSTEM, 'pair.move'), 'all');
  assert.ok(!reaches(acting(['customs'], organisation('customs')), 'theft.confirm', { organisation: 'the customs' }));
  assert.ok(!reaches(acting(['police']), 'theft.confirm', { unit: 'north' }), 'police of no organisation');
});

test('a wider role goes before a narrower one', () => {
  const both = acting(['operator', 'analyst'], organisation('regulator'));
  assert.equal(reachOf(both, 'theft.read'), 'all');
  assert.notEqual(reachOf(both, 'pair.make'), 'all');
});

test('docs/access.md is what describeAccess() writes', () => {
  const page = readFileSync(path.join(import.meta.dirname, '../../docs/access.md'), 'utf8');
  assert.equal(page, describeAccess(), 'write it again: node --import tsx scripts/actions.ts');
});

test('every role can do something, and the page shows each action once', () => {
  for (const role of ROLES)
    assert.ok(
      ACTION_NAMES.some((name: ActionName) => ACTIONS[name].roles.includes(role)),
      role,
    );
  const page = describeAccess();
  for (const name of ACTION_NAMES) assert.equal(page.split(`\`${name}\``).length, 2, name);
});
