import type { Keys } from '../../src/vault/keyfile.ts';
import { freshRing, type KeyRing } from '../../src/vault/ring.ts';

/** Keys that are nowhere but in memory. */
export function memoryKeys(made = new Date('2026-01-01T00:00:00Z')): Keys {
  let ring: KeyRing = freshRing(made);
  return {
    fixed: false,
    exist: () => true,
    ring: () => ring,
    replace: (next) => {
      ring = next;
    },
  };
}
