import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { classify } from '../../src/decisions/classify.ts';
import { type Simulation, simulatePolicy, writeSimulation } from '../../src/policy/simulate.ts';
import { CLONED, countryOf, day, ground, STOLEN, UNALLOCATED } from '../decisions/ground.ts';

const CURRENT = countryOf([STOLEN, CLONED]);
const BLOCKING = UNALLOCATED.replace('grace_days: 30', "grace_days: 0\n    notice_exempt: 'Act, section 13'").replace(
  '0.5',
  '0.1',
);
const OTHER = countryOf([BLOCKING, CLONED.replace('threshold: 3', 'threshold: 2')]);
const DATE = day('2026-09-20');

suite('simulatePolicy()', () => {
  const { store, seen, listed, rows } = ground();
  let simulation: Simulation;

  before(async () => {
    await listed('tac', [{ tac: 35_000_000, manufacturer: 'Acme', model: 'Fone 3' }]);
    const other = { imsi: '999020000000002', operator: 'bravo' };
    await seen(
      ...['35000000000001', '35000000000002', '35000000000003', '88000000000001'].map((imei) => ({ imei })),
      { imei: '35000000000002', ...other },
      { imei: '88000000000001', ...other },
    );
    await listed('stolen', [{ imei: 35_000_000_000_003, reporting_date: '2026-09-01', status: '' }]);
    await classify(store(), { country: CURRENT, date: DATE });
    simulation = await simulatePolicy(store(), { current: CURRENT, other: OTHER, date: DATE });
  });

  test('counts each list under either policy', () => {
    assert.deepEqual(simulation.lists, [
      { list: 'blocked', current: 1, other: 1, added: 1, removed: 1 },
      { list: 'tracked', current: 0, other: 1, added: 1, removed: 0 },
    ]);
  });

  test('tells by operator, model and reason, with a sample', () => {
    const blocked = (all: Simulation['byReason']) =>
      all.filter(({ list }) => list === 'blocked').map(({ name, current, other }) => [name, current, other]);
    assert.deepEqual(blocked(simulation.byReason), [
      ['Reported stolen', 1, 0],
      ['The TAC was never allocated', 0, 1],
    ]);
    assert.deepEqual(blocked(simulation.byModel), [
      ['Acme Fone 3', 1, 0],
      ['unknown model', 0, 1],
    ]);
    assert.deepEqual(blocked(simulation.byOperator), [
      ['alfa', 1, 1],
      ['bravo', 0, 1],
    ]);
    const sample = simulation.sample.map(({ list, imei, change }) => `${list} ${imei} ${change}`).sort();
    assert.deepEqual(sample, [
      'blocked 35000000000003 removed',
      'blocked 88000000000001 added',
      'tracked 35000000000002 added',
    ]);
  });

  test('warns of what a run would refuse', () => {
    const found = simulation.warnings.map(({ code, policy, field }) => [code, policy, field]);
    assert.deepEqual(found, [['CLASSIFY_MASS_EFFECT', 'other', 'unallocated']]);
  });

  test('stores nothing', async () => {
    assert.deepEqual(await rows(`SELECT name FROM system.tables WHERE name LIKE 'staging%'`), []);
    const standing = await rows('SELECT toString(condition) AS label FROM standing');
    assert.deepEqual(standing, [{ label: 'stolen' }]);
    assert.equal((await store().registry.query('SELECT 1 FROM run')).length, 1);
  });

  test('a policy against itself differs in nothing', async () => {
    const same = await simulatePolicy(store(), { current: OTHER, other: OTHER, date: DATE });
    assert.deepEqual(
      same.lists.map(({ added, removed }) => [added, removed]),
      [
        [0, 0],
        [0, 0],
      ],
    );
    assert.deepEqual([same.sample, same.byModel], [[], []]);
  });

  test('is written within 100 columns', () => {
    const lines = writeSimulation(simulation).split('\n');
    assert.deepEqual(
      lines.filter((line) => line.length > 100),
      [],
    );
    assert.ok(lines.includes('  blocked    1        1      1        1'), writeSimulation(simulation));
  });
});
