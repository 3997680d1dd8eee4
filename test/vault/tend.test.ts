import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { Registry } from '../../src/stores/registry.ts';
import type { DueRule } from '../../src/vault/due.ts';
import type { Keys } from '../../src/vault/keyfile.ts';
import { type Place, reseal } from '../../src/vault/reseal.ts';
import { applyRetention, deletions } from '../../src/vault/retention.ts';
import { destroyUnused, keysDue, rotateKeys } from '../../src/vault/rotate.ts';
import { vaultOf } from '../../src/vault/seal.ts';
import type { SealedColumn } from '../../src/vault/sealed.ts';
import { tendVault } from '../../src/vault/tend.ts';
import { freshRegistry } from '../office.ts';
import { memoryKeys } from './memory.ts';

const DAY = 86_400_000;
const NOW = new Date('2026-06-01T00:00:00Z');
const later = (ms: number): Date => new Date(NOW.getTime() + ms);
const policy = { retention: { contact: 365, identity: 1095, proof: 1825, trace: 180, account: 730, rotateKeys: 365 } };

const COLUMNS: readonly SealedColumn[] = [
  { table: 'person', key: 'id', column: 'number', class: 'contact' },
  { table: 'person', key: 'id', column: 'name', class: 'identity' },
  { table: 'sighting', key: 'ctid', column: 'who', class: 'trace' },
];
const RULES: readonly DueRule[] = [
  { table: 'person', key: 'id', class: 'contact', empties: ['number'], due: 't.closed < $1' },
  { table: 'person', key: 'id', class: 'identity', empties: ['name'], due: 't.closed < $1' },
  {
    table: 'sighting',
    key: 'code',
    class: 'trace',
    due: 'EXISTS (SELECT 1 FROM person AS p WHERE p.id = t.person AND p.closed < $1)',
  },
];

/** A register with people and sightings of them, of whom those with an even number were done with at a time. */
async function populated(keys: Keys, closed: Date, people = 40): Promise<Registry> {
  const registry = await freshRegistry();
  await registry.query(`CREATE TABLE person (id bigint PRIMARY KEY, number bytea, name bytea, closed timestamptz);
    CREATE TABLE sighting (code uuid PRIMARY KEY DEFAULT gen_random_uuid(), person bigint NOT NULL, who bytea NOT NULL)`);
  const vault = vaultOf(keys);
  await registry.transaction(async (query) => {
    for (let id = 1; id <= people; id += 1) {
      const seals = [vault.seal('contact', `+999${id}`), vault.seal('identity', `N${id}`)];
      await query('INSERT INTO person VALUES ($1, $2, $3, $4)', [id, ...seals, id % 2 === 0 ? closed : null]);
      await query('INSERT INTO sighting (person, who) VALUES ($1, $2)', [id, vault.seal('trace', `W${id}`)]);
    }
  });
  return registry;
}

async function resealAll(registry: Registry, keys: Keys, limit: number): Promise<number> {
  let [rows, from]: [number, Place | undefined] = [0, { column: 0 }];
  while (from !== undefined) {
    const place: Place = from;
    const wish = { limit, from: place, columns: COLUMNS };
    const step = await registry.transaction((query) => reseal({ query, keys, vault: vaultOf(keys) }, wish));
    assert.ok(step.rows <= limit);
    rows += step.rows;
    from = step.next;
  }
  return rows;
}

test('after a rotation all is sealed anew in batches, nothing is lost, and then the old key can go', async () => {
  const keys = memoryKeys(NOW);
  const registry = await populated(keys, NOW);
  const [copy] = await registry.query<{ number: Buffer }>('SELECT number FROM person WHERE id = 7');
  await registry.transaction((query) => rotateKeys({ query, keys, now: NOW }, ['contact', 'trace']));
  const destroy = (now: Date) => registry.transaction((query) => destroyUnused({ query, keys, now }, COLUMNS));
  assert.deepEqual(await destroy(later(2 * 3_600_000)), [], 'all of it is still in use');
  assert.equal(await resealAll(registry, keys, 7), 80);
  assert.equal(await resealAll(registry, keys, 7), 0);
  assert.deepEqual(await destroy(later(3_599_000)), [], 'what is being written may still be under the old key');
  const gone = await destroy(later(3_600_000));
  assert.deepEqual(gone, [
    { class: 'contact', version: 1 },
    { class: 'trace', version: 1 },
  ]);
  const vault = vaultOf(keys);
  const rows = await registry.query<{ id: string; number: Buffer; name: Buffer; who: Buffer }>(
    'SELECT id::text, number, name, who FROM person JOIN sighting ON person = id',
  );
  assert.equal(rows.length, 40);
  for (const { id, number, name, who } of rows) {
    assert.deepEqual(
      [vault.open('contact', number), vault.open('identity', name), vault.open('trace', who)],
      [`+999${id}`, `N${id}`, `W${id}`],
    );
  }
  assert.equal(
    vault.open('contact', copy?.number ?? Buffer.alloc(0)),
    undefined,
    'a copy of the database tells nothing',
  );
});

test('no key goes while a column that nobody named holds seals under it', async () => {
  const keys = memoryKeys(NOW);
  const registry = await populated(keys, NOW, 2);
  await registry.transaction((query) => rotateKeys({ query, keys, now: NOW }, ['identity']));
  const destroy = registry.transaction((query) =>
    destroyUnused(
      { query, keys, now: later(DAY) },
      COLUMNS.filter(({ column }) => column !== 'name'),
    ),
  );
  await assert.rejects(destroy, /person\.name holds seals of identity/);
  assert.ok(keys.ring().sealing.identity.every(({ key }) => key !== undefined));
});

test('rows that somebody holds are left to the next time', async () => {
  const keys = memoryKeys(NOW);
  const registry = await populated(keys, NOW, 4);
  await registry.transaction((query) => rotateKeys({ query, keys, now: NOW }, ['contact']));
  await registry.transaction(async (query) => {
    await query('SELECT 1 FROM person WHERE id = 2 FOR UPDATE');
    assert.equal(await resealAll(registry, keys, 10), 3);
  });
  assert.equal(await resealAll(registry, keys, 10), 1);
});

test('what has been kept for long enough goes, by class, and the rest stays', async () => {
  const keys = memoryKeys(NOW);
  const registry = await populated(keys, new Date(NOW.getTime() - 366 * DAY));
  const run = (dryRun: boolean, limit = 1000) =>
    registry.transaction((query) => applyRetention({ query, policy, now: NOW }, { dryRun, limit, rules: RULES }));
  const codes = await registry.query<{ code: string }>('SELECT code FROM sighting WHERE person % 2 = 0 ORDER BY code');
  const dry = await run(true);
  assert.deepEqual(
    dry.rules.map(({ table, class: kind, how, rows }) => [table, kind, how, rows]),
    [
      ['person', 'contact', 'emptied', 20],
      ['sighting', 'trace', 'deleted', 20],
    ],
  );
  assert.deepEqual(await deletions(registry, { limit: 9 }), [], 'a dry run writes nothing');
  const done = await run(false);
  assert.deepEqual(done, dry);
  const lines = codes.map(({ code }) => `${code}\n`).join('');
  assert.equal(done.rules[1]?.sha256, createHash('sha256').update(lines).digest('hex'));
  const [left] = await registry.query(`SELECT count(number)::int AS numbers, count(name)::int AS names,
    (SELECT count(*)::int FROM sighting) AS sightings FROM person`);
  assert.deepEqual(left, { numbers: 20, names: 40, sightings: 20 });
  const [kept] = await deletions(registry, { limit: 9 });
  assert.deepEqual([kept?.rules, kept?.keys, kept?.at], [done.rules, [], NOW]);
});

test('it goes in batches, and each batch is written down', async () => {
  const keys = memoryKeys(NOW);
  const registry = await populated(keys, new Date(NOW.getTime() - 366 * DAY), 10);
  const wish = { dryRun: false, limit: 2, rules: RULES };
  const counts: number[] = [];
  for (let more = true; more; ) {
    const run = await registry.transaction((query) => applyRetention({ query, policy, now: NOW }, wish));
    counts.push(...run.rules.map(({ rows }) => rows));
    more = run.more;
  }
  assert.deepEqual(counts, [2, 2, 2, 2, 1, 1]);
  assert.equal((await deletions(registry, { limit: 9 })).length, 3);
});

test('what was deleted cannot be told otherwise later: it is in the log, and its row stays', async () => {
  const keys = memoryKeys(NOW);
  const registry = await populated(keys, new Date(NOW.getTime() - 366 * DAY), 2);
  await registry.transaction((query) =>
    applyRetention({ query, policy, now: NOW }, { dryRun: false, limit: 9, rules: RULES }),
  );
  const [entry] = await registry.query(`SELECT actor, action, subject, fields[1] =
      encode(sha256(convert_to(net(rules::text) || net(keys::text), 'UTF8')), 'hex') AS vouched
    FROM access_log JOIN deletion ON subject = 'deletion:' || id`);
  assert.deepEqual(entry, { actor: 'system', action: 'delete', subject: 'deletion:1', vouched: true });
  for (const text of ['DELETE FROM deletion', `UPDATE deletion SET rules = '[]'`, 'TRUNCATE deletion'])
    await assert.rejects(registry.query(text), /append-only/);
});

test('a key is due when it is as old as the country file says', () => {
  const keys = memoryKeys(NOW);
  assert.deepEqual(keysDue({ keys, now: later(365 * DAY - 1) }, 365), []);
  assert.equal(keysDue({ keys, now: later(365 * DAY) }, 365).length, 5);
});

test('the daily work makes new keys, and in an hour’s time destroys the old ones', async () => {
  const registry = await freshRegistry();
  const keys = memoryKeys(NOW);
  const tend = (now: Date) => tendVault({ registry, keys, vault: vaultOf(keys), policy, now, batch: 100 });
  assert.deepEqual(await tend(later(DAY)), { rotated: [], resealed: 0, rules: [], keys: [] });
  const turned = await tend(later(365 * DAY));
  assert.deepEqual([turned.rotated.length, turned.keys], [5, []]);
  const next = await tend(later(366 * DAY));
  assert.deepEqual([next.rotated, next.keys.length], [[], 5]);
  const [kept] = await deletions(registry, { limit: 1 });
  assert.equal(kept?.keys.length, 5);
  const fixed = await tendVault({
    registry,
    keys: { ...keys, fixed: true },
    vault: vaultOf(keys),
    policy,
    now: later(999 * DAY),
    batch: 9,
  });
  assert.deepEqual([fixed.rotated, fixed.keys], [[], []]);
});
