import { createHash } from 'node:crypto';
import type { Machine } from '../states/machine.ts';
import type { HeavyName } from './actions/heavy.ts';

/** Where a proposal of a heavy act stands. */
export type ProposalState = 'open' | 'approved' | 'used' | 'withdrawn' | 'declined' | 'expired';

/** What happens to it; `vote` is an approval that is not the last one needed. */
export type ProposalEvent = 'propose' | 'vote' | 'approve' | 'use' | 'withdraw' | 'decline' | 'expire';

/** Who acts on it: `second` is another person than the proposer who may approve its kind. */
export type ProposalParty = 'proposer' | 'second' | 'office' | 'clock';

/** The way of a heavy act, which no single person brings about (ours, after the two persons of ITU-T Q.5051 §8.4). */
export const PROPOSAL: Machine<ProposalState, ProposalEvent, ProposalParty> = {
  subject: 'proposal',
  states: {
    open: 'not yet approved by as many as its kind needs',
    approved: 'may be used once',
    used: 'the act was done, in the same transaction',
    withdrawn: 'its proposer took it back',
    declined: 'another person refused it',
    expired: 'it was not approved and used in time',
  },
  begins: [{ event: 'propose', to: 'open', who: ['proposer'], needs: 'a reason' }],
  moves: [
    { event: 'vote', from: ['open'], to: 'open', who: ['second'] },
    { event: 'approve', from: ['open'], to: 'approved', who: ['second'], needs: 'as many as the kind needs' },
    { event: 'use', from: ['approved'], to: 'used', who: ['office'], needs: 'the very act that was approved' },
    { event: 'withdraw', from: ['open', 'approved'], to: 'withdrawn', who: ['proposer'] },
    { event: 'decline', from: ['open', 'approved'], to: 'declined', who: ['second'], needs: 'a reason' },
    { event: 'expire', from: ['open', 'approved'], to: 'expired', who: ['clock'] },
  ],
};

/** What an act is about in particular, as JSON. Holds no personal data: ids, pseudonyms, IMEIs, labels, numbers. */
export type Payload = null | boolean | number | string | readonly Payload[] | { readonly [key: string]: Payload };

/** A proposal of a heavy act. */
export type Proposal = {
  readonly id: string;
  readonly kind: HeavyName;
  /** What it is done to, as its room names it: `theft:<uuid>`, `imei:35…`, `account:<uuid>`. */
  readonly subject: string;
  readonly payload: Payload;
  /** SHA-256 of the payload, hexadecimal: what was approved is what is done. */
  readonly hash: string;
  readonly reason: string;
  readonly state: ProposalState;
  /** Account of who proposed it. */
  readonly proposer: string;
  readonly at: Date;
  /** After it the proposal can neither be approved nor used. */
  readonly expires: Date;
  /** Accounts that approved, in order. */
  readonly approvers: readonly string[];
};

/** JSON whose keys stand in the order of their code units, so that equal payloads have equal texts. */
export function canonical(value: Payload): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`).join(',')}}`;
}

/** SHA-256, hexadecimal. */
export const hashOf = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
