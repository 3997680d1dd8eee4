import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  areOneModel,
  type Claim,
  checkAgainst,
  checkDevice,
  FINDING_KINDS,
  type ModelFacts,
} from '../../src/devices/checks.ts';
import type { DeviceIdentifier } from '../../src/devices/identifier.ts';
import type { Serial } from '../../src/identifiers/serial.ts';
import type { Tac } from '../../src/identifiers/tac.ts';
import { eid, imei } from './desk.ts';

const TACS = { one: '35000001' as Tac, alias: '35000002' as Tac, two: '35000003' as Tac, single: '35000004' as Tac };
const MODELS = new Map<Tac, ModelFacts>([
  [TACS.one, { manufacturer: 'Acme', model: 'One', slots: 2 }],
  [TACS.alias, { manufacturer: ' ACME', model: 'one', slots: 2, euiccs: 1 }],
  [TACS.two, { manufacturer: 'Acme', model: 'Two', imeiQuantity: 2, slots: 1, euiccs: 2 }],
  [TACS.single, { manufacturer: 'Acme', model: 'Mini', slots: 1 }],
  ['35000005' as Tac, { manufacturer: '', model: 'One', slots: 1 }],
]);

const own = (serial: number, tac: string = TACS.one, slot?: number): DeviceIdentifier => ({
  kind: 'imei',
  imei: imei(serial, tac),
  slot,
});
const chip = (serial: number): DeviceIdentifier => ({ kind: 'eid', eid: eid(serial) });
const serial = (text: string, model = 'One'): DeviceIdentifier => ({
  kind: 'serial',
  serial: text as Serial,
  maker: 'Acme',
  model,
});
const claim = (id: string, ...identifiers: readonly DeviceIdentifier[]): Claim => ({ id, identifiers });
const kinds = (claimed: Claim, whole = true): readonly string[] =>
  checkDevice(claimed, MODELS, { whole }).map(({ kind }) => kind);
const against = (mine: Claim, ...others: readonly Claim[]): readonly string[] =>
  checkAgainst(mine, others, MODELS).map(({ kind }) => kind);

test('as many IMEIs as the model has slots are nothing strange', () => {
  assert.deepEqual(kinds(claim('a', own(1), own(2))), []);
  assert.deepEqual(kinds(claim('a', own(1), own(2, TACS.alias))), [], 'two TACs of one model');
  assert.deepEqual(kinds(claim('a', own(1, '35999999'), own(2, '35999998'))), [], 'of models that nobody knows');
});

test('more IMEIs than slots are strange, chips counted where the list does not tell how many IMEIs', () => {
  assert.deepEqual(kinds(claim('a', own(1), own(2), own(3))), ['too_many_imeis']);
  assert.deepEqual(kinds(claim('a', own(1), own(2), own(3, TACS.alias))), []);
  assert.deepEqual(kinds(claim('a', own(1, TACS.two), own(2, TACS.two), own(3, TACS.two))), ['too_many_imeis']);
  const [found] = checkDevice(claim('a', own(1, TACS.single), own(2, TACS.single)), MODELS, { whole: true });
  assert.deepEqual(found?.evidence, {
    imeis: [imei(1, TACS.single), imei(2, TACS.single)],
    declared: 2,
    least: 1,
    most: 1,
  });
});

test('fewer IMEIs than slots are strange only of a device that was declared whole', () => {
  assert.deepEqual(kinds(claim('a', own(1))), ['too_few_imeis']);
  assert.deepEqual(kinds(claim('a', own(1)), false), []);
});

test('IMEIs of two models in one device are strange', () => {
  assert.deepEqual(kinds(claim('a', own(1), own(2, TACS.two))), ['two_models']);
  assert.deepEqual(kinds(claim('a', own(1), own(2, '35000005'))), [], 'a TAC without both names says nothing');
});

test('one IMEI in two slots is strange, and is told with the slots', () => {
  const [found] = checkDevice(claim('a', own(1, TACS.one, 2), own(1, TACS.one, 1)), MODELS, { whole: false });
  assert.deepEqual(found, { kind: 'one_imei_in_two_slots', evidence: { imei: imei(1, TACS.one), slots: [1, 2] } });
  assert.deepEqual(kinds(claim('a', own(1, TACS.one, 1), own(2, TACS.one, 2))), []);
});

test('TACs are of one model when the list says so, and one TAC always is', () => {
  assert.ok(areOneModel([TACS.one, TACS.alias], MODELS));
  assert.ok(areOneModel([TACS.one, TACS.one], new Map()));
  assert.ok(!areOneModel([TACS.one, TACS.alias], new Map()), 'what nobody knows is not proved');
  assert.ok(!areOneModel([TACS.one, TACS.two], MODELS));
});

test('an IMEI that another device claims is strange', () => {
  const [found] = checkAgainst(claim('b', own(1), own(2)), [claim('a', own(1))], MODELS);
  assert.deepEqual(found, { kind: 'imei_claimed', evidence: { imei: imei(1, TACS.one), devices: ['a', 'b'] } });
  assert.deepEqual(against(claim('b', own(2)), claim('a', own(1))), []);
});

test('one IMEI with two chips is strange unless its model has two', () => {
  assert.deepEqual(against(claim('b', own(1), chip(2)), claim('a', own(1), chip(1))), [
    'imei_claimed',
    'imei_with_two_eids',
  ]);
  assert.deepEqual(against(claim('a', own(1), chip(1), chip(2))), ['imei_with_two_eids']);
  assert.deepEqual(against(claim('a', own(1, TACS.two), chip(1), chip(2))), []);
});

test('one IMEI with two serial numbers is strange, not with one that is written with and without its model', () => {
  assert.deepEqual(against(claim('a', own(1), serial('S1'), serial('S1', ''))), []);
  assert.deepEqual(against(claim('a', own(1), serial('S1'), serial('S2'))), ['imei_with_two_serials']);
  assert.deepEqual(against(claim('b', own(1), serial('S2')), claim('a', own(1), serial('S1'))), [
    'imei_claimed',
    'imei_with_two_serials',
  ]);
});

test('one chip with IMEIs of changing models is strange; of one model, or a shared TAC, it is not', () => {
  assert.deepEqual(against(claim('a', own(1), chip(1)), claim('a', own(9, TACS.two), chip(1))), ['eid_with_other_tac']);
  assert.deepEqual(against(claim('a', own(1), chip(1)), claim('b', own(9, TACS.alias), chip(1))), []);
  assert.deepEqual(against(claim('a', own(1), chip(1)), claim('b', own(9), chip(1))), []);
  assert.deepEqual(against(claim('a', own(1), chip(1)), claim('b', own(9, '35999999'), chip(1))), [
    'eid_with_other_tac',
  ]);
  assert.deepEqual(against(claim('a', own(1), chip(1)), claim('b', chip(1))), []);
});

test('the same is found with the same evidence in whatever order identifiers were told', () => {
  const identifiers = [
    own(1, TACS.one, 1),
    own(1, TACS.one, 2),
    own(2, TACS.two),
    own(3),
    chip(1),
    chip(2),
    serial('S1'),
    serial('S2'),
  ];
  const other = claim('b', own(1), own(3), chip(2), serial('S3'));
  const all = (some: readonly DeviceIdentifier[]): readonly string[] =>
    [
      ...checkDevice(claim('a', ...some), MODELS, { whole: true }),
      ...checkAgainst(claim('a', ...some), [other], MODELS),
    ]
      .map((found) => JSON.stringify(found))
      .sort();
  fc.assert(
    fc.property(fc.shuffledSubarray(identifiers, { minLength: identifiers.length }), (some) => {
      assert.deepEqual(all(some), all(identifiers));
    }),
    { numRuns: 50 },
  );
  assert.ok(Object.keys(FINDING_KINDS).length > 0 && all(identifiers).length >= 6);
});
