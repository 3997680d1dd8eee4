import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { accuracyOf, precisionOf, recallOf, writeShare } from '../../src/report/accuracy.ts';
import { observedKey } from '../../src/stores/schema.ts';
import { openStore, type Store } from '../../src/stores/store.ts';
import { embeddedDatabase } from '../servers/embedded.ts';

let folder = '';
let store: Store;

before(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'ceir-accuracy-'));
  store = await openStore({ folder: path.join(folder, 'data'), registry: await embeddedDatabase() });
});
after(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Makes these the only standings: condition, identifier as observed, and whether it stands still. */
async function standing(...rows: readonly (readonly [condition: string, identifier: string, open: boolean])[]) {
  await store.analytics.everywhere('TRUNCATE TABLE standing');
  for (const [condition, identifier, open] of rows) {
    await store.analytics.home.run(`INSERT INTO standing (imei, condition, effect, since, block_date, amnesty, ended, recorded, closed, evidence)
      SELECT ${observedKey(`'${identifier}'`)}, '${condition}', 'tracked', '2026-11-01', '2149-06-06', false, '2149-06-06', 1, ${open ? 0 : 2}, '{}'`);
  }
}

function truthOf(...facts: readonly (readonly [identifier: string, fact: string])[]): string {
  const file = path.join(folder, 'truth.csv');
  writeFileSync(file, ['imei,truth,detail', ...facts.map((fact) => `${fact.join(',')},`), ''].join('\n'));
  return file;
}

const A = '35000000000001';
const B = '35000000000002';
const C = '01000000000003';

test('found and true identifiers are counted once each, and only what stands still counts', async () => {
  await standing(['stolen', A, true], ['stolen', B, true], ['stolen', C, false], ['barred_imei', C, true]);
  const truth = truthOf([A, 'stolen'], [A, 'stolen'], [C, 'stolen'], [B, 'roamer'], [C, 'barred']);
  const found = await accuracyOf(store, { truth, labels: ['stolen', 'barred_imei'] });
  assert.deepEqual(found, [
    { label: 'stolen', sought: ['stolen'], actual: 2, found: 2, hits: 1, example: A },
    { label: 'barred_imei', sought: ['barred'], actual: 1, found: 1, hits: 1, example: C },
  ]);
});

test('a condition that is after several facts finds whoever has one of them', async () => {
  await standing(['many_subscriptions', A, true], ['many_subscriptions', B, true], ['many_subscriptions', C, true]);
  const truth = truthOf([A, 'clone'], [A, 'sim_box'], [B, 'sim_box'], ['35000000000004', 'clone'], [C, 'dual_sim']);
  const [only] = await accuracyOf(store, { truth, labels: ['many_subscriptions'] });
  assert.deepEqual([only?.actual, only?.found, only?.hits, only?.example], [3, 3, 2, A]);
});

test('values that are no IMEI are compared as networks report them, and are no example', async () => {
  await standing(['malformed', '*#06#', true], ['malformed', 'ffffffffffffff', true], ['malformed', '1234', true]);
  const truth = truthOf(['*#06#', 'malformed'], ['FFFFFFFFFFFFFF', 'malformed'], ['12345', 'malformed']);
  const [only] = await accuracyOf(store, { truth, labels: ['malformed'] });
  assert.deepEqual([only?.actual, only?.found, only?.hits, only?.example], [3, 3, 2, undefined]);
});

test('where nothing is true or nothing was found, that is what is said', async () => {
  await standing(['stolen', A, true]);
  const found = await accuracyOf(store, {
    truth: truthOf([B, 'barred']),
    labels: ['stolen', 'barred_imei', 'sim_box'],
  });
  const shares = found.map((one) => [one.label, writeShare(precisionOf(one)), writeShare(recallOf(one))]);
  assert.deepEqual(shares, [
    ['stolen', '0.0 %', 'none'],
    ['barred_imei', 'none', '0.0 %'],
    ['sim_box', 'none', 'none'],
  ]);
});

test('conditions for which nothing is planted are left out, and nothing is left behind', async () => {
  assert.deepEqual(await accuracyOf(store, { truth: truthOf([A, 'stolen']), labels: ['our_own'] }), []);
  assert.deepEqual(
    await store.analytics.gather(`SELECT name FROM system.tables WHERE startsWith(name, 'staging_')`),
    [],
  );
  assert.deepEqual(await store.registry.query('SELECT number FROM run'), []);
});

test('only what is whole reads 100 %, and only nothing reads 0 %', () => {
  const texts = [0, 1e-9, 0.5, 0.99999, 1].map(writeShare);
  assert.deepEqual(texts, ['0.0 %', '0.1 %', '50.0 %', '99.9 %', '100.0 %']);
});
