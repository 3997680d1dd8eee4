import type { Policy } from '../country/country.ts';
import type { Ask } from '../stores/registry.ts';
import type { Vault } from '../vault/vault.ts';
import type { Actor } from './actor.ts';

/** Under what an act on the register is carried out: within one transaction, by whom, when, under which country file. */
export type Desk = {
  /** Statements of the one transaction that the whole act is. */
  readonly query: Ask;
  readonly vault: Vault;
  readonly policy: Policy;
  readonly actor: Actor;
  /** When the act is recorded. Services never ask the clock themselves. */
  readonly now: Date;
};
