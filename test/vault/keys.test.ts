import assert from 'node:assert/strict';
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Refused } from '../../src/faults/fault.ts';
import { keysAt } from '../../src/vault/keyfile.ts';
import { openKeys, openVault } from '../../src/vault/open.ts';
import { freshRing, writeRing } from '../../src/vault/ring.ts';
import { destroyUnused, rotateKeys } from '../../src/vault/rotate.ts';
import { freshRegistry } from '../office.ts';

const NOW = new Date('2026-06-01T00:00:00Z');
const LATER = new Date('2026-06-01T02:00:00Z');

function folderOf(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-vault-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const refused =
  (says: RegExp, code = 'VAULT_KEYS') =>
  (error: unknown) =>
    error instanceof Refused && error.faults[0]?.code === code && says.test(error.faults[0].message);

test('keys are made at the first opening, for their owner only, and are the same at the next', async () => {
  const registry = await freshRegistry();
  const place = { folder: folderOf(), env: {} };
  const sealed = (await openVault(registry, place)).seal('contact', '+999100200');
  const file = path.join(place.folder, 'vault.keys');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(place.folder), ['vault.keys'], 'nothing is left beside it');
  const again = await openVault(registry, place);
  assert.equal(again.open('contact', sealed), '+999100200');
  const known = await registry.query('SELECT class, version FROM vault_key ORDER BY class');
  assert.deepEqual(
    known.map((row) => `${row['class']} ${row['version']}`),
    ['account 1', 'contact 1', 'identity 1', 'proof 1', 'pseudonym 1', 'trace 1'],
  );
});

test('two that open a new register at once have the same keys', async () => {
  const registry = await freshRegistry();
  const place = { folder: folderOf(), env: {} };
  const vaults = await Promise.all(Array.from({ length: 6 }, () => openVault(registry, place)));
  assert.equal(new Set(vaults.map((vault) => vault.pseudonym('imsi', '1'))).size, 1);
});

test('missing, foreign and open keys are refused instead of being made anew', async () => {
  const registry = await freshRegistry();
  const place = { folder: folderOf(), env: {} };
  const file = path.join(place.folder, 'vault.keys');
  await openVault(registry, place);
  await assert.rejects(openVault(registry, { folder: folderOf(), env: {} }), refused(/missing/));
  const own = readFileSync(file);
  writeFileSync(file, writeRing(freshRing(NOW)));
  await assert.rejects(openVault(registry, place), refused(/another version 1 of/));
  writeFileSync(file, 'x');
  await assert.rejects(openVault(registry, place), refused(/no JSON/));
  writeFileSync(file, own);
  chmodSync(file, 0o640);
  await assert.rejects(openVault(registry, place), refused(/read by others/));
  chmodSync(file, 0o600);
  await openVault(registry, place);
});

test('a ring that lacks one version, as an old copy does, is refused', async () => {
  const registry = await freshRegistry();
  const place = { folder: folderOf(), env: {} };
  const keys = await openKeys(registry, place);
  cpSync(path.join(place.folder, 'vault.keys'), path.join(place.folder, 'copy'));
  await registry.transaction((query) => rotateKeys({ query, keys, now: NOW }, ['proof']));
  cpSync(path.join(place.folder, 'copy'), path.join(place.folder, 'vault.keys'));
  await assert.rejects(openVault(registry, place), refused(/lacks version 2 of proof/));
});

test('two that rotate at once lose no key, and every open vault follows', async () => {
  const registry = await freshRegistry();
  const place = { folder: folderOf(), env: {} };
  const vault = await openVault(registry, place);
  const all = await Promise.all(Array.from({ length: 5 }, () => openKeys(registry, place)));
  await Promise.all(
    all.map((keys) => registry.transaction((query) => rotateKeys({ query, keys, now: NOW }, ['contact', 'trace']))),
  );
  assert.equal(vault.seal('contact', 'x').readUInt32BE(2), 6);
  assert.equal(vault.seal('proof', 'x').readUInt32BE(2), 1);
  const [row] = await registry.query(`SELECT count(*)::int AS count FROM vault_key WHERE class = 'trace'`);
  assert.equal(row?.['count'], 6);
});

test('a rotation that is undone leaves its key, which is entered at the next opening', async () => {
  const registry = await freshRegistry();
  const place = { folder: folderOf(), env: {} };
  const keys = await openKeys(registry, place);
  const undone = registry.transaction(async (query) => {
    await rotateKeys({ query, keys, now: NOW }, ['account']);
    throw new Error('undone');
  });
  await assert.rejects(undone, /undone/);
  const sealed = (await openVault(registry, place)).seal('account', 'x');
  assert.equal(sealed.readUInt32BE(2), 2);
  const [row] = await registry.query(`SELECT count(*)::int AS count FROM vault_key WHERE class = 'account'`);
  assert.equal(row?.['count'], 2);
});

test('a destroyed key stays destroyed when an old copy of the file comes back', async () => {
  const registry = await freshRegistry();
  const place = { folder: folderOf(), env: {} };
  const keys = await openKeys(registry, place);
  const vault = await openVault(registry, place);
  const sealed = vault.seal('contact', 'x');
  await registry.transaction((query) => rotateKeys({ query, keys, now: NOW }, ['contact']));
  const file = path.join(place.folder, 'vault.keys');
  cpSync(file, `${file}.copy`);
  const gone = await registry.transaction((query) => destroyUnused({ query, keys, now: LATER }));
  assert.deepEqual(gone, [{ class: 'contact', version: 1 }]);
  assert.equal(vault.open('contact', sealed), undefined);
  cpSync(`${file}.copy`, file);
  assert.equal((await openVault(registry, place)).open('contact', sealed), undefined);
  assert.equal(vault.open('contact', sealed), undefined);
});

test('a key that was destroyed in the file only is entered as destroyed', async () => {
  const registry = await freshRegistry();
  const place = { folder: folderOf(), env: {} };
  const keys = await openKeys(registry, place);
  await registry.transaction((query) => rotateKeys({ query, keys, now: NOW }, ['contact']));
  await registry.transaction((query) => destroyUnused({ query, keys, now: LATER }));
  await registry.query('UPDATE vault_key SET destroyed = NULL');
  await openVault(registry, place);
  const rows = await registry.query('SELECT class, version FROM vault_key WHERE destroyed IS NOT NULL');
  assert.deepEqual(rows, [{ class: 'contact', version: 1 }]);
});

test('keys can come from the environment; then they are changed there', async () => {
  const registry = await freshRegistry();
  const folder = folderOf();
  const env = { CEIR_VAULT_KEYS: writeRing(freshRing(NOW)) };
  const keys = await openKeys(registry, { folder, env });
  assert.deepEqual(readdirSync(folder), []);
  const rotation = registry.transaction((query) => rotateKeys({ query, keys, now: NOW }, ['contact']));
  await assert.rejects(rotation, refused(/CEIR_VAULT_KEYS/, 'VAULT_FIXED'));
  const sealed = (await openVault(registry, { folder, env })).seal('contact', 'x');
  assert.equal((await openVault(registry, { folder: folderOf(), env })).open('contact', sealed), 'x');
  await assert.rejects(openVault(registry, { folder, env: { CEIR_VAULT_KEYS: 'secret' } }), refused(/no JSON/));
});

test('keys that vanish while they are in use are missed at once', () => {
  const folder = folderOf();
  const keys = keysAt({ folder, env: {} });
  keys.replace(freshRing(NOW));
  keys.ring();
  rmSync(path.join(folder, 'vault.keys'));
  assert.throws(() => keys.ring(), refused(/is missing/));
});
