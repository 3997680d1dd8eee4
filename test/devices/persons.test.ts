import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Desk } from '../../src/access/desk.ts';
import type { ModelFacts } from '../../src/devices/checks.ts';
import { deviceOf, enterDevice } from '../../src/devices/enter.ts';
import { happen } from '../../src/devices/happen.ts';
import { ACTORS } from '../../src/devices/lifecycle.ts';
import {
  associate,
  associationsOf,
  devicesOfPerson,
  dissociate,
  type NewAssociation,
} from '../../src/devices/persons/association.ts';
import { saw } from '../../src/devices/seen.ts';
import { Refused } from '../../src/faults/fault.ts';
import { writeImei15 } from '../../src/identifiers/imei.ts';
import type { Tac } from '../../src/identifiers/tac.ts';
import { freshRegistry } from '../office.ts';
import { daysAgo, imei, office, POLICY, VAULT } from './desk.ts';

const registry = await freshRegistry();
const { act, cross } = office(registry);
const person = (name: string): string => VAULT.pseudonym('person', name);
const refused = (code: string) => (error: unknown) =>
  error instanceof Refused && error.faults.some((fault) => fault.code === code);
let proofs = 0;
const told = (device: { readonly id: string }, who: string, more: Partial<NewAssociation> = {}): NewAssociation => {
  proofs += 1;
  return { device, person: person(who), basis: 'purchase', proof: `proof-${proofs}`, at: daysAgo(60), ...more };
};

test('a device comes into a person’s name only by a confirmation, which counts once', async () => {
  const [one, other] = await act(async (desk) => [await deviceOf(desk, imei(1)), await deviceOf(desk, imei(2))]);
  assert.ok(one && other);
  await assert.rejects(
    act((desk) => associate(desk, told(one, 'ann', { proof: '' }))),
    refused('DEVICE_PROOF'),
  );
  const made = await act((desk) => associate(desk, told(one, 'ann', { proof: 'confirmed-1' })));
  assert.deepEqual([made.person, made.basis, made.from], [person('ann'), 'purchase', daysAgo(60)]);
  const again = await act((desk) => associate(desk, told(one, 'ann')));
  assert.equal(again.id, made.id);
  await assert.rejects(
    act((desk) => associate(desk, told(other, 'ann', { proof: 'confirmed-1' }))),
    refused('DEVICE_PROOF'),
  );
});

test('the number of a paper is not taken for a pseudonym', async () => {
  const device = await act((desk) => deviceOf(desk, imei(5)));
  await assert.rejects(
    act((desk) => associate(desk, told(device, '', { person: 'P1234567' }))),
    /pseudonym/,
  );
});

test('a device is in the name of one person, until he gives it up', async () => {
  const device = await act((desk) => deviceOf(desk, imei(10)));
  const taking = (who: string) => (desk: Desk) => associate(desk, told(device, who));
  const [, other] = await cross(taking('bob'), taking('cid'));
  assert.ok(other.status === 'rejected' && refused('DEVICE_TAKEN')(other.reason));
  const [holder] = await act((desk) => associationsOf(desk, device));
  assert.ok(holder);
  const ending = { of: { device, person: holder.person }, because: 'it was sold', at: daysAgo(3) } as const;
  assert.equal(await act((desk) => dissociate(desk, ending)), true);
  assert.equal(await act((desk) => dissociate(desk, ending)), false);
  await act((desk) => associate(desk, told(device, 'dan')));
  assert.deepEqual(
    (await act((desk) => associationsOf(desk, device))).map((one) => one.person),
    [person('dan')],
  );
});

test('a person has so many devices and no more, also when they are asked for at once', async () => {
  const { devicesPerPerson } = POLICY.devices.associations;
  const devices = await act(async (desk) => {
    const all = [];
    for (let n = 0; n <= devicesPerPerson; n += 1) all.push(await deviceOf(desk, imei(100 + n)));
    return all;
  });
  const [one, last, ...others] = devices.map((device) => (desk: Desk) => associate(desk, told(device, 'eve')));
  assert.ok(one && last);
  for (const taking of others) await act(taking);
  const [, other] = await cross(one, last);
  assert.ok(other.status === 'rejected' && refused('DEVICE_LIMIT')(other.reason));
});

test('a person is shown model and last digits, never a whole IMEI, and as used only what is used', async () => {
  const identifiers = [imei(20), imei(21)].map((one) => ({ kind: 'imei', imei: one }) as const);
  const model = { maker: 'Acme', model: 'One' };
  const { device } = await act((desk) => enterDevice(desk, { identifiers, model, at: daysAgo(90), source: 'test' }));
  const old = await act((desk) => deviceOf(desk, imei(22, '35000001')));
  await act(async (desk) => {
    const life = { event: 'activate', roles: ACTORS, source: 'history', batch: 'migration' } as const;
    await happen(desk, old, { ...life, at: daysAgo(2000) });
    await associate(desk, told(old, 'fay', { at: daysAgo(2000) }));
    await associate(desk, told(device, 'fay'));
    await saw(desk, device, { at: daysAgo(2), source: 'operator:alfa' });
  });
  const models = new Map<Tac, ModelFacts>([['35000001' as Tac, { manufacturer: 'Acme', model: 'Old' }]]);
  const shown = await act((desk) =>
    devicesOfPerson(desk, { person: person('fay'), modelsOf: () => Promise.resolve(models) }),
  );
  assert.deepEqual(
    shown.map(({ model: name, endings, active, disputed }) => [name?.model, endings, active, disputed]),
    [
      ['One', [writeImei15(imei(20)).slice(-4), writeImei15(imei(21)).slice(-4)], true, false],
      ['Old', [writeImei15(imei(22, '35000001')).slice(-4)], false, false],
    ],
  );
  assert.ok(!/\d{5,}/.test(JSON.stringify(shown.map(({ endings, model: name }) => [endings, name]))));
  assert.deepEqual(await act((desk) => devicesOfPerson(desk, { person: person('nobody') })), []);
});

test('that another person was seen with it makes a device no one else’s used one', async () => {
  const device = await act((desk) => deviceOf(desk, imei(30)));
  const active = async () =>
    (await act((desk) => devicesOfPerson(desk, { person: person('gus') }))).map((one) => one.active);
  await act((desk) => associate(desk, told(device, 'gus')));
  await act((desk) => saw(desk, device, { at: daysAgo(1), source: 'operator:alfa', person: person('hal') }));
  assert.deepEqual(await active(), [false]);
  await act((desk) => saw(desk, device, { at: daysAgo(1), source: 'operator:alfa', person: person('gus') }));
  assert.deepEqual(await active(), [true]);
});

test('a device in somebody’s name is not drawn into another that is declared with its IMEI', async () => {
  const device = await act((desk) => deviceOf(desk, imei(40)));
  await act((desk) => associate(desk, told(device, 'ian')));
  const identifiers = [imei(40), imei(41)].map((one) => ({ kind: 'imei', imei: one }) as const);
  const entered = await act((desk) => enterDevice(desk, { identifiers, at: daysAgo(1), source: 'test' }));
  assert.deepEqual([entered.created, entered.findings.map(({ kind }) => kind)], [true, ['imei_claimed']]);
});
