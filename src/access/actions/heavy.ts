import type { Role } from '../actor.ts';

/** What a heavy act needs before it is done: who may propose it, who may approve it, and how many of them. */
export type HeavyKind = {
  readonly about: string;
  readonly proposers: readonly Role[];
  readonly approvers: readonly Role[];
  /** Persons other than the proposer, each another, who have to approve. */
  readonly needed: 1 | 2;
};

/**
 * The acts that no single person brings about, by kind (ITU-T Q.5051 §8.4 asks it for ending a block; the others are
 * ours). A proposal names one of these kinds; the act uses the approval up within its own transaction.
 */
export const HEAVY = {
  mass_effect: {
    about: 'let a condition take effect although it matches more identifiers than its limit allows',
    proposers: ['analyst', 'approver', 'admin'],
    approvers: ['approver'],
    needed: 1,
  },
  golden: {
    about: 'put an identifier on the golden list, which no condition touches, or take it off',
    proposers: ['analyst', 'approver'],
    approvers: ['approver'],
    needed: 1,
  },
  unblock_by_order: {
    about: 'end a confirmed hold by order of a court',
    proposers: ['analyst', 'approver'],
    approvers: ['approver'],
    needed: 2,
  },
  list_by_hand: {
    about: 'put identifiers on a control list, or take them off, without case or condition',
    proposers: ['analyst', 'approver'],
    approvers: ['approver'],
    needed: 1,
  },
  baseline: {
    about: 'admit everything that is in use on a day',
    proposers: ['analyst', 'approver'],
    approvers: ['approver'],
    needed: 1,
  },
  approval_revocation: {
    about: 'revoke a type approval',
    proposers: ['analyst', 'approver'],
    approvers: ['approver'],
    needed: 1,
  },
  rule_resumption: {
    about: 'let a rule decide again that was paused because too many of its decisions were overturned',
    proposers: ['analyst', 'approver'],
    approvers: ['approver'],
    needed: 1,
  },
  privileged_account: {
    about: 'make somebody an approver or admin, or give such an account new means to sign in',
    proposers: ['admin'],
    approvers: ['approver', 'admin'],
    needed: 1,
  },
} as const satisfies Readonly<Record<string, HeavyKind>>;

/** A kind of heavy act. */
export type HeavyName = keyof typeof HEAVY;
