import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCountry } from '../../src/country/country.ts';
import { exampleCountry } from '../../src/country/example.ts';
import { BASE, parsed } from './base.ts';
import { CATALOGUE } from './catalogue.ts';

const faultsOf = (access: string): readonly (string | undefined)[] => {
  const result = parseCountry(`${BASE}access: ${access}\n`, 'country.yaml', CATALOGUE);
  return result.ok ? [] : result.fault.map(({ field }) => field);
};

test('the example shows the true defaults of signing in, and a provider besides', () => {
  const { oidc, ...shown } = parsed(exampleCountry(CATALOGUE)).access;
  assert.deepEqual(shown, parsed().access);
  assert.deepEqual([oidc?.scope, oidc?.provision?.rules.length], ['openid groups', 2]);
});

test('a provider is named whole, is asked for an identity, and makes neither approvers nor admins', () => {
  const provider = (more: string): string => `{ oidc: { issuer: 'https://id.example', client_id: ceir${more} } }`;
  assert.deepEqual(faultsOf(provider('')), []);
  assert.deepEqual(faultsOf('{ oidc: { issuer: id.example } }'), ['access.oidc.client_id', 'access.oidc.issuer']);
  assert.deepEqual(faultsOf(provider(', scope: email groups')), ['access.oidc.scope']);
  const rule = (role: string): string =>
    provider(`, provision: { claim: groups, rules: [{ value: x, role: ${role}, organisation: Authority }] }`);
  assert.deepEqual(faultsOf(rule('auditor')), []);
  for (const role of ['approver', 'admin', 'citizen', 'system'])
    assert.deepEqual(faultsOf(rule(role)), ['access.oidc.provision.rules[0].role'], role);
  assert.deepEqual(faultsOf(provider(', provision: { claim: groups }')), ['access.oidc.provision.rules']);
});

test('passwords are neither short nor cheap, and sign-ins end', () => {
  assert.deepEqual(faultsOf('{ sign_in: { password_min: 7, password_cost: 13 } }'), [
    'access.sign_in.password_min',
    'access.sign_in.password_cost',
  ]);
  assert.deepEqual(faultsOf('{ sessions: { staff_hours: 0 }, codes: { tries: 11 } }'), [
    'access.sessions.staff_hours',
    'access.codes.tries',
  ]);
});
