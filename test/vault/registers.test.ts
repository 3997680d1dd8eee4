import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DUE } from '../../src/vault/due.ts';
import { applyRetention } from '../../src/vault/retention.ts';
import { SEALED } from '../../src/vault/sealed.ts';
import { freshRegistry } from '../office.ts';

const NOW = new Date('2026-06-01T00:00:00Z');
const policy = { retention: { contact: 1, identity: 1, proof: 1, trace: 1, account: 1 } };

/** Columns of bytes that hold no seals: hashes, and what is no personal data. */
const NO_SEALS = [
  'access_checkpoint.hash',
  'access_head.hash',
  'access_log.hash',
  'access_log.previous',
  'identity_flow.hash',
  'invitation.hash',
  'job_part.input',
  'job_part.outcome',
  'passkey.public_key',
  'passkey_challenge.hash',
  'password.hash',
  'password.salt',
  'recovery_code.hash',
  'session.hash',
];

suite('what is sealed, and what is deleted when', async () => {
  const registry = await freshRegistry();
  const columns = await registry.query<{ place: string }>(
    `SELECT table_name || '.' || column_name AS place FROM information_schema.columns
       JOIN information_schema.tables USING (table_schema, table_name)
     WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND data_type = 'bytea' ORDER BY 1`,
  );

  test('every column of bytes is known: sealed anew with its key, or no seal', () => {
    const known = [...SEALED.map(({ table, column }) => `${table}.${column}`), ...NO_SEALS];
    const there = columns.map(({ place }) => place);
    assert.deepEqual(
      there.filter((place) => !known.includes(place)),
      [],
      'name it in src/vault/sealed.ts, or, where it holds no seals, here',
    );
    assert.deepEqual(
      known.filter((place, at) => !there.includes(place) || known.indexOf(place) !== at),
      [],
      'named, but not there, or twice',
    );
  });

  test('each sealed column can be written again, row by row', async () => {
    for (const { table, key, column } of SEALED) {
      const [unique] = await registry.query(
        `SELECT 1 FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ALL (indkey)
         WHERE indrelid = $1::regclass AND indisunique AND indnatts = 1 AND attname = $2 AND indpred IS NULL`,
        [table, key],
      );
      assert.ok(key === 'ctid' || unique !== undefined, `${table}.${key} names one row`);
      await registry.query(`UPDATE ${table} SET ${column} = ${column}`);
    }
  });

  test('nothing is deleted by two rules', () => {
    const what = DUE.flatMap(({ table, empties }) => (empties ?? ['']).map((column) => `${table}.${column}`));
    assert.deepEqual(
      what.filter((one, at) => what.indexOf(one) !== at),
      [],
    );
  });

  test('each rule of deletion can be carried out', async () => {
    const wish = { dryRun: false, limit: 1, rules: DUE };
    const run = await registry.transaction((query) => applyRetention({ query, policy, now: NOW }, wish));
    assert.deepEqual(run, { rules: [], keys: [], more: false });
  });
});
