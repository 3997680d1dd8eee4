import type { Ask, Registry } from '../stores/registry.ts';
import { KEY_LOCK, type KeyPlace, type Keys, keysAt, keysFault } from './keyfile.ts';
import { destroyed, fingerprint, freshRing, type KeyRing } from './ring.ts';
import { vaultOf } from './seal.ts';
import { DATA_CLASSES, type DataClass, type Vault } from './vault.ts';

/**
 * The vault of a register. Its keys are made at the first opening; every later one holds them against what the register
 * knows of them. Throws Refused VAULT_KEYS when they are missing, unreadable, or another register's.
 */
export async function openVault(registry: Pick<Registry, 'transaction'>, place: KeyPlace): Promise<Vault> {
  return vaultOf(await openKeys(registry, place));
}

/** The keys of a register, for whoever signs, rotates or destroys; see {@link openVault}. */
export async function openKeys(registry: Pick<Registry, 'transaction'>, place: KeyPlace): Promise<Keys> {
  const keys = keysAt(place);
  await registry.transaction(async (query) => {
    await query('SELECT pg_advisory_xact_lock($1)', [KEY_LOCK]);
    await settle(query, keys);
  });
  return keys;
}

/** A key as the register knows it: never the key. */
type Known = { readonly class: string; readonly version: number; readonly fingerprint: string; readonly gone: boolean };

async function settle(query: Ask, keys: Keys): Promise<void> {
  const known = await query<Known>('SELECT class, version, fingerprint, destroyed IS NOT NULL AS gone FROM vault_key');
  if (!keys.exist()) {
    if (known.length > 0) throw keysFault('vault.keys', 'is missing, and data are sealed under it', PUT_BACK);
    keys.replace(freshRing(new Date()));
  }
  for (const one of known) await settleOne(query, keys, one);
  await enter(query, keys.ring());
}

const PUT_BACK = 'Put the register’s own keys in its place: without them what is sealed stays closed.';

/** What is destroyed on one side is destroyed on both, also where a crash or an old copy came between. */
async function settleOne(query: Ask, keys: Keys, one: Known): Promise<void> {
  const ring = keys.ring();
  const { class: kind, version } = one;
  const held = heldOf(ring, kind, version);
  if (held === undefined) throw keysFault('The file of keys', `lacks version ${version} of ${kind}`, PUT_BACK);
  if (held === 'destroyed') {
    const text = 'UPDATE vault_key SET destroyed = now() WHERE class = $1 AND version = $2 AND destroyed IS NULL';
    await query(text, [kind, version]);
    return;
  }
  if (fingerprint(held) !== one.fingerprint)
    throw keysFault('The file of keys', `has another version ${version} of ${kind} than this register`, PUT_BACK);
  if (one.gone && isClass(kind)) keys.replace(destroyed(ring, { class: kind, version }));
}

const isClass = (text: string): text is DataClass => DATA_CLASSES.some((kind) => kind === text);

function heldOf(ring: KeyRing, kind: string, version: number): Buffer | 'destroyed' | undefined {
  if (kind === 'pseudonym') return ring.pseudonym;
  const held = isClass(kind) ? ring.sealing[kind].find((one) => one.version === version) : undefined;
  return held === undefined ? undefined : (held.key ?? 'destroyed');
}

/** Tells the register of the keys that it does not know yet. */
export async function enter(query: Ask, ring: KeyRing): Promise<void> {
  const made = ring.signing[0]?.made ?? new Date();
  const all = DATA_CLASSES.flatMap((kind) => ring.sealing[kind].map((one) => ({ kind: String(kind), ...one })));
  for (const { kind, version, made: at, key } of [
    ...all,
    { kind: 'pseudonym', version: 1, made, key: ring.pseudonym },
  ]) {
    if (key === undefined) continue;
    const text = `INSERT INTO vault_key (class, version, fingerprint, made) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`;
    await query(text, [kind, version, fingerprint(key), at]);
  }
}
