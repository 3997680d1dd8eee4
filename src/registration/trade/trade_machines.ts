import type { Role } from '../../access/actor.ts';
import type { Machine } from '../../states/machine.ts';

/** Where an application for a type approval stands, and the certificate that comes of it. */
export type ApprovalState = 'applied' | 'under_test' | 'granted' | 'refused' | 'suspended' | 'revoked' | 'expired';

/** What happens to it. */
export type ApprovalEvent =
  | 'apply'
  | 'take'
  | 'recognise'
  | 'grant'
  | 'refuse'
  | 'suspend'
  | 'resume'
  | 'revoke'
  | 'expire'
  | 'renew';

/** Type approval (ITU-T Q.5050 §9.5 asks to link models to certificates; the states are inferred). */
export const TYPE_APPROVAL: Machine<ApprovalState, ApprovalEvent, Role> = {
  subject: 'type approval',
  states: {
    applied: 'a maker or importer asked for it',
    under_test: 'a laboratory has the samples',
    granted: 'a certificate was given; it counts from its first to its last day',
    refused: 'no certificate was given',
    suspended: 'the certificate does not count for now',
    revoked: 'the certificate no longer counts',
    expired: 'its last day has passed',
  },
  begins: [{ event: 'apply', to: 'applied', who: ['maker', 'importer', 'lab'] }],
  moves: [
    { event: 'take', from: ['applied'], to: 'under_test', who: ['lab'] },
    {
      event: 'recognise',
      from: ['applied'],
      to: 'granted',
      who: ['analyst', 'approver'],
      needs: 'a certificate of a body with which there is mutual recognition',
    },
    {
      event: 'grant',
      from: ['under_test'],
      to: 'granted',
      who: ['analyst', 'approver'],
      needs: 'the report of a laboratory',
    },
    {
      event: 'refuse',
      from: ['applied', 'under_test'],
      to: 'refused',
      who: ['analyst', 'approver'],
      needs: 'a reason',
    },
    { event: 'suspend', from: ['granted'], to: 'suspended', who: ['analyst', 'approver'], needs: 'a reason' },
    { event: 'resume', from: ['suspended'], to: 'granted', who: ['approver'] },
    {
      event: 'revoke',
      from: ['granted', 'suspended'],
      to: 'revoked',
      who: ['approver'],
      needs: 'a reason, and the approval of a second person',
    },
    { event: 'expire', from: ['granted', 'suspended'], to: 'expired', who: ['system'] },
    { event: 'renew', from: ['granted', 'expired'], to: 'granted', who: ['analyst', 'approver'] },
  ],
};

/** Where a consignment stands. */
export type ConsignmentState = 'declared' | 'checked' | 'approved' | 'held' | 'released' | 'refused' | 'withdrawn';

/** What happens to it. */
export type ConsignmentEvent = 'declare' | 'accept' | 'approve' | 'hold' | 'release' | 'refuse' | 'withdraw';

/**
 * A consignment from its declaration to its release (ITU-T Q.5050 §8.4; inferred). Two offices have to agree before its
 * devices may be used: the regulator approves what is declared, customs release what arrives.
 */
export const CONSIGNMENT: Machine<ConsignmentState, ConsignmentEvent, Role> = {
  subject: 'consignment',
  states: {
    declared: 'told before it arrives; no identifiers yet',
    checked: 'identifiers were handed in, checked and accepted',
    approved: 'the regulator agreed to what is declared',
    held: 'customs hold it, with a reason',
    released: 'customs let it into the country',
    refused: 'it does not come into the country',
    withdrawn: 'the importer took it back before it was released',
  },
  begins: [{ event: 'declare', to: 'declared', who: ['importer', 'maker'] }],
  moves: [
    { event: 'accept', from: ['declared', 'checked'], to: 'checked', who: ['importer', 'maker'] },
    { event: 'approve', from: ['checked'], to: 'approved', who: ['analyst', 'approver'] },
    { event: 'hold', from: ['declared', 'checked', 'approved'], to: 'held', who: ['customs'], needs: 'a reason' },
    { event: 'release', from: ['approved'], to: 'released', who: ['customs'], needs: 'nothing to be paid any more' },
    {
      event: 'release',
      from: ['held'],
      to: 'released',
      who: ['customs'],
      needs: 'a reason, the approval of the regulator, and nothing to be paid any more',
    },
    { event: 'approve', from: ['held'], to: 'held', who: ['analyst', 'approver'] },
    {
      event: 'refuse',
      from: ['declared', 'checked', 'approved', 'held'],
      to: 'refused',
      who: ['customs', 'analyst', 'approver'],
      needs: 'a reason',
    },
    { event: 'withdraw', from: ['declared', 'checked', 'approved'], to: 'withdrawn', who: ['importer', 'maker'] },
  ],
};

/** Where stock stands that passes from one organisation to another. */
export type HandOverState = 'offered' | 'taken' | 'declined' | 'recalled';

/** What happens to it. */
export type HandOverEvent = 'offer' | 'take' | 'decline' | 'recall';

/** Stock on its way from importer to distributor to dealer (inferred). It is the giver's until the receiver has counted it. */
export const HAND_OVER: Machine<HandOverState, HandOverEvent, Role> = {
  subject: 'hand-over',
  states: {
    offered: 'on its way; still the giver’s',
    taken: 'the receiver counted it and has it',
    declined: 'the receiver did not take it',
    recalled: 'the giver took it back on its way',
  },
  begins: [{ event: 'offer', to: 'offered', who: ['importer', 'maker', 'dealer'] }],
  moves: [
    {
      event: 'take',
      from: ['offered'],
      to: 'taken',
      who: ['importer', 'maker', 'dealer'],
      needs: 'the receiver’s own count',
    },
    { event: 'decline', from: ['offered'], to: 'declined', who: ['importer', 'maker', 'dealer'], needs: 'a reason' },
    { event: 'recall', from: ['offered'], to: 'recalled', who: ['importer', 'maker', 'dealer'] },
  ],
};

/** Where a demand of a fee or duty stands. */
export type ChargeState = 'due' | 'paid' | 'waived' | 'refunded' | 'cancelled';

/** What happens to it. */
export type ChargeEvent = 'demand' | 'pay' | 'waive' | 'refund' | 'cancel';

/** What is to be paid (inferred). That something is due says nothing about the device: fiscal state and identity stay apart. */
export const CHARGE: Machine<ChargeState, ChargeEvent, Role> = {
  subject: 'charge',
  states: {
    due: 'to be paid; paying late is possible',
    paid: 'the payment arrived',
    waived: 'nothing needs to be paid, by a legal basis',
    refunded: 'the payment was given back',
    cancelled: 'what it was for does not take place',
  },
  begins: [{ event: 'demand', to: 'due', who: ['system', 'customs', 'importer', 'maker', 'citizen', 'dealer', 'lab'] }],
  moves: [
    { event: 'pay', from: ['due'], to: 'paid', who: ['system', 'customs'], needs: 'the reference of the payment' },
    { event: 'waive', from: ['due'], to: 'waived', who: ['approver'], needs: 'a legal basis' },
    { event: 'refund', from: ['paid'], to: 'refunded', who: ['approver'], needs: 'a reason' },
    {
      event: 'cancel',
      from: ['due'],
      to: 'cancelled',
      who: ['system', 'importer', 'maker', 'citizen', 'customs', 'analyst', 'approver'],
    },
  ],
};
