import type { Role } from '../actor.ts';
import type { HeavyName } from './heavy.ts';

/** Something that somebody can do in the register. */
export type Action = {
  /** As an infinitive without "to". */
  readonly about: string;
  /** `self` is about the actor's own sign-in and credentials, and touches nothing else. */
  readonly effect: 'read' | 'write' | 'self';
  readonly roles: readonly Role[];
  /** Anybody may, also who did not sign in. */
  readonly open?: true;
  /** Roles among them that reach only what is theirs: what they brought in, or what their organisation or unit has. */
  readonly own?: readonly Role[];
  /** Needs an approval of this kind. */
  readonly heavy?: HeavyName;
  /** Opens personal data: each time is logged with its purpose. */
  readonly personal?: true;
};

type Facts = { readonly about: string } & Pick<Action, 'own' | 'heavy' | 'personal'>;

/** The regulator's own staff. */
export const REGULATOR = ['analyst', 'approver', 'admin'] as const satisfies readonly Role[];

/** Those who trade in devices. */
export const TRADE = ['importer', 'maker', 'dealer'] as const satisfies readonly Role[];

const EVERYBODY: readonly Role[] = [
  'citizen',
  'operator',
  'police',
  'customs',
  ...TRADE,
  'lab',
  ...REGULATOR,
  'auditor',
  'system',
];

/** An act that changes the register. */
export const write = (roles: readonly Role[], facts: Facts): Action => ({ effect: 'write', roles, ...facts });

/** An act that changes nothing; the auditor may do whatever others may who read. */
export const read = (roles: readonly Role[], facts: Facts): Action => ({
  effect: 'read',
  roles: [...roles, 'auditor'],
  ...facts,
});

/** Reading that is for anybody, also without signing in. */
export const openly = (about: string): Action => ({ effect: 'read', roles: EVERYBODY, open: true, about });

/** What everybody does with the own sign-in. */
export const self = (about: string): Action => ({
  effect: 'self',
  roles: EVERYBODY.filter((role) => role !== 'system'),
  about,
});

/** What who is not signed in yet does to become so. */
export const entry = (about: string): Action => ({ ...self(about), open: true });
