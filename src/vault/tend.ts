import type { Registry } from '../stores/registry.ts';
import type { Keys } from './keyfile.ts';
import { type Place, reseal } from './reseal.ts';
import { applyRetention, type Deletion, type RetentionDesk } from './retention.ts';
import type { KeyName } from './ring.ts';
import { keysDue, rotateKeys } from './rotate.ts';
import type { DataClass, Vault } from './vault.ts';

/** What a vault is tended with. */
export type Tending = {
  readonly registry: Pick<Registry, 'transaction'>;
  readonly keys: Keys;
  readonly vault: Vault;
  readonly policy: { readonly retention: RetentionDesk['policy']['retention'] & { readonly rotateKeys: number } };
  readonly now: Date;
  /** Rows a transaction. */
  readonly batch: number;
};

/** What was done to a vault. */
export type Tended = Deletion & {
  /** Classes that have a new key. */
  readonly rotated: readonly DataClass[];
  /** Rows sealed anew. */
  readonly resealed: number;
};

/**
 * The daily work on personal data, in small transactions, each of which stands by itself: deletes what was kept for long
 * enough, makes new keys where they are due, seals anew what is under older ones, and destroys keys that nothing is under.
 * Keys that the environment gives are left as they are.
 */
export async function tendVault(tending: Tending): Promise<Tended> {
  const { registry, keys, policy, now } = tending;
  const rotated = keys.fixed ? [] : keysDue({ keys, now }, policy.retention.rotateKeys);
  if (rotated.length > 0) await registry.transaction((query) => rotateKeys({ query, keys, now }, rotated));
  const resealed = await resealAll(tending);
  return { rotated, resealed, ...(await retireAll(tending)) };
}

async function resealAll({ registry, keys, vault, batch: limit }: Tending): Promise<number> {
  let [rows, from]: [number, Place | undefined] = [0, { column: 0 }];
  while (from !== undefined) {
    const place: Place = from;
    const step = await registry.transaction((query) => reseal({ query, keys, vault }, { limit, from: place }));
    rows += step.rows;
    from = step.next;
  }
  return rows;
}

async function retireAll({ registry, keys, policy, now, batch: limit }: Tending): Promise<Deletion> {
  const rules: Deletion['rules'][number][] = [];
  const gone: KeyName[] = [];
  for (let more = true; more; ) {
    const wish = { dryRun: false, limit, keys: keys.fixed ? undefined : keys };
    const run = await registry.transaction((query) => applyRetention({ query, policy, now }, wish));
    rules.push(...run.rules);
    gone.push(...run.keys);
    more = run.more;
  }
  return { rules, keys: gone };
}
