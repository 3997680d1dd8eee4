import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Desk } from '../../src/access/desk.ts';
import type { ModelFacts } from '../../src/devices/checks.ts';
import { imeisOf } from '../../src/devices/device.ts';
import { addIdentifier, deviceOf, enterDevice } from '../../src/devices/enter.ts';
import { factsOf, timelineOf } from '../../src/devices/fact.ts';
import { claimants, findDevice, loadDevice } from '../../src/devices/find.ts';
import { findingsOf } from '../../src/devices/finding.ts';
import { readIdentifier } from '../../src/devices/identifier.ts';
import { Refused } from '../../src/faults/fault.ts';
import type { Mac } from '../../src/identifiers/mac.ts';
import type { Serial } from '../../src/identifiers/serial.ts';
import type { Tac } from '../../src/identifiers/tac.ts';
import { freshRegistry } from '../office.ts';
import { daysAgo, eid, imei, NETWORK, office } from './desk.ts';

const { act, cross } = office(await freshRegistry());
const IMPORTER = { source: 'consignment:1', roles: ['importer'] } as const;
const models = new Map<Tac, ModelFacts>([
  ['35000001' as Tac, { manufacturer: 'Acme', model: 'One', slots: 2 }],
  ['35000002' as Tac, { manufacturer: 'ACME ', model: 'one', slots: 2 }],
  ['35000003' as Tac, { manufacturer: 'Acme', model: 'Two', slots: 2 }],
]);

const code = (expected: string) => (error: unknown) => {
  assert.ok(error instanceof Refused, String(error));
  return error.faults.some((fault) => fault.code === expected);
};

test('a device is known by each of its identifiers, and all its IMEIs are told together', async () => {
  const serial = { kind: 'serial', serial: 'R58N30' as Serial, maker: 'Acme', model: 'One' } as const;
  const identifiers = [
    { kind: 'imei', imei: imei(2), slot: 2 },
    { kind: 'imei', imei: imei(1), slot: 1 },
    { kind: 'eid', eid: eid(1) },
    { kind: 'mac', mac: 'ACDE48000001' as Mac },
    serial,
  ] as const;
  const model = { maker: 'Acme', model: 'One' };
  const told = { ...IMPORTER, identifiers, model, event: 'declare', at: daysAgo(10) } as const;
  const entered = await act((desk) => enterDevice(desk, told));
  assert.deepEqual([entered.created, entered.device.stage, entered.findings], [true, 'declared', []]);
  assert.deepEqual(imeisOf(entered.device), [imei(1), imei(2)]);
  assert.deepEqual(entered.device.model, model);
  for (const one of identifiers) assert.equal((await act((desk) => findDevice(desk, one)))?.id, entered.device.id);
  const again = await act((desk) => enterDevice(desk, told));
  assert.deepEqual([again.created, again.step?.repeated, again.device], [false, true, entered.device]);
  assert.equal((await act((desk) => timelineOf(desk, entered.device))).length, 8, 'nothing was recorded twice');
});

test('a device that nobody told of is entered by its IMEI, once, also by two at the same time', async () => {
  const meet = (desk: Desk) => deviceOf(desk, imei(10));
  const [device, other] = await cross(meet, meet, { actor: NETWORK });
  assert.deepEqual(other, { status: 'fulfilled', value: device });
  assert.equal(device.stage, undefined);
  assert.equal((await act((desk) => claimants(desk, [{ kind: 'imei', imei: imei(10) }]))).length, 1);
});

test('what is declared twice at the same time is one device', async () => {
  const identifiers = [
    { kind: 'imei', imei: imei(20), slot: 1 },
    { kind: 'imei', imei: imei(21), slot: 2 },
  ] as const;
  const declare = (desk: Desk) => enterDevice(desk, { ...IMPORTER, identifiers, event: 'declare', at: daysAgo(5) });
  const [first, other] = await cross(declare, declare);
  assert.ok(first.created && other.status === 'fulfilled' && !other.value.created);
  assert.deepEqual(other.value.device, first.device);
});

test('an identifier that two devices claim stays with both, and is a finding of the second', async () => {
  const first = await act((desk) =>
    enterDevice(desk, {
      ...IMPORTER,
      identifiers: [
        { kind: 'imei', imei: imei(30) },
        { kind: 'imei', imei: imei(31) },
      ],
      at: daysAgo(9),
    }),
  );
  const second = await act((desk) =>
    enterDevice(desk, {
      ...IMPORTER,
      identifiers: [
        { kind: 'imei', imei: imei(31) },
        { kind: 'imei', imei: imei(32) },
      ],
      at: daysAgo(8),
    }),
  );
  assert.ok(second.created);
  assert.deepEqual(
    second.findings.map(({ kind, evidence }) => [kind, evidence['imei']]),
    [['imei_claimed', imei(31)]],
  );
  assert.deepEqual(imeisOf(second.device), [imei(31), imei(32)]);
  const both = await act((desk) => claimants(desk, [{ kind: 'imei', imei: imei(31) }]));
  assert.deepEqual(both.map(({ id }) => id).sort(), [first.device.id, second.device.id].sort());
  assert.equal((await act((desk) => findDevice(desk, { kind: 'imei', imei: imei(31) })))?.id, first.device.id);
  assert.equal((await act((desk) => findingsOf(desk, first.device))).length, 1, 'the first is named in it');
});

test('an IMEI that networks saw alone becomes part of the device that is declared with it', async () => {
  const bare = await act((desk) => deviceOf(desk, imei(1, '35000001')));
  const whole = await act((desk) =>
    enterDevice(desk, {
      ...IMPORTER,
      identifiers: [
        { kind: 'imei', imei: imei(1, '35000001') },
        { kind: 'imei', imei: imei(9, '35000002') },
      ],
      models,
      at: daysAgo(3),
    }),
  );
  assert.deepEqual([whole.created, whole.device.id, whole.findings], [false, bare.id, []]);
});

test('two IMEIs that networks saw apart are one device once both are declared together', async () => {
  const [one, other] = await act(async (desk) => [
    await deviceOf(desk, imei(2, '35000001')),
    await deviceOf(desk, imei(3, '35000001')),
  ]);
  const identifiers = [imei(2, '35000001'), imei(3, '35000001')].map((own) => ({ kind: 'imei', imei: own }) as const);
  const { device } = await act((desk) => enterDevice(desk, { ...IMPORTER, identifiers, models, at: daysAgo(3) }));
  assert.ok(one && other && [one.id, other.id].includes(device.id));
  assert.deepEqual(imeisOf(device), [imei(2, '35000001'), imei(3, '35000001')]);
  for (const { id } of [one, other]) assert.equal((await act((desk) => loadDevice(desk, id)))?.id, device.id);
  assert.equal((await act((desk) => deviceOf(desk, imei(3, '35000001')))).id, device.id);
});

test('nobody draws a stranger’s telephone of another model into his own', async () => {
  const stranger = await act((desk) => deviceOf(desk, imei(7, '35000003')));
  const identifiers = [imei(7, '35000001'), imei(7, '35000003')].map((one) => ({ kind: 'imei', imei: one }) as const);
  const entered = await act((desk) => enterDevice(desk, { ...IMPORTER, identifiers, models, at: daysAgo(1) }));
  assert.ok(entered.created);
  assert.deepEqual(entered.findings.map(({ kind }) => kind).sort(), ['imei_claimed', 'two_models']);
  assert.deepEqual(imeisOf((await act((desk) => loadDevice(desk, stranger.id))) ?? stranger), [imei(7, '35000003')]);
});

test('a slot that becomes known replaces the identifier without one', async () => {
  const device = await act((desk) => deviceOf(desk, imei(40)));
  const told = { identifier: { kind: 'imei', imei: imei(40), slot: 2 }, at: daysAgo(1), source: 'holder' } as const;
  const added = await act((desk) => addIdentifier(desk, device, told));
  assert.deepEqual(added.device.identifiers, [{ kind: 'imei', imei: imei(40), slot: 2 }]);
  const twice = await act((desk) =>
    addIdentifier(desk, device, { ...told, identifier: { ...told.identifier, slot: 1 } }),
  );
  assert.deepEqual(
    twice.findings.map(({ kind, evidence }) => [kind, evidence['slots']]),
    [['one_imei_in_two_slots', [1, 2]]],
  );
  assert.equal((await act((desk) => factsOf(desk, device))).length, 2);
});

test('a MAC address that was chosen at random, a serial number without maker and nothing at all are refused', async () => {
  for (const text of ['DA-A1-19-00-00-01', '01-00-5E-00-00-FB', '00-00-00-00-00-00']) {
    const read = readIdentifier({ kind: 'mac', text });
    assert.equal(!read.ok && read.fault.code, 'DEVICE_IDENTIFIER', text);
  }
  assert.equal(readIdentifier({ kind: 'serial', text: 'R58N30' }).ok, false);
  assert.deepEqual(readIdentifier({ kind: 'gtin', text: '4006381333931' }), {
    ok: true,
    value: { kind: 'gtin', gtin: '04006381333931' },
  });
  const entering = (identifiers: Parameters<typeof enterDevice>[1]['identifiers']) =>
    act((desk) => enterDevice(desk, { ...IMPORTER, identifiers, at: daysAgo(1) }));
  await assert.rejects(entering([{ kind: 'mac', mac: 'DAA119000001' as Mac }]), code('DEVICE_IDENTIFIER'));
  await assert.rejects(entering([]), code('DEVICE_IDENTIFIER'));
});

test('what lies ahead is refused', async () => {
  const identifiers = [{ kind: 'imei', imei: imei(50) }] as const;
  await assert.rejects(
    act((desk) => enterDevice(desk, { ...IMPORTER, identifiers, at: daysAgo(-1) })),
    code('DEVICE_TIME'),
  );
});
