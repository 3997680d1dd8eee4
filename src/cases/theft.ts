import type { Machine } from '../states/machine.ts';

/** Who acts on a case of theft or loss; `reporter` is whoever of the others brought it in. */
export const PARTIES = [
  'reporter',
  'owner',
  'operator',
  'police',
  'dealer',
  'court',
  'regulator',
  'network',
  'clock',
] as const;
export type Party = (typeof PARTIES)[number];

/** Where a case stands. */
export type TheftState =
  | 'draft'
  | 'submitted'
  | 'claimed'
  | 'police_pending'
  | 'active'
  | 'traced'
  | 'located'
  | 'recovered_by_police'
  | 'returned'
  | 'recovered_by_owner'
  | 'rejected'
  | 'expired'
  | 'lifted'
  | 'closed';

/** What happens in a case. */
export type TheftEvent =
  | 'begin'
  | 'report'
  | 'submit'
  | 'prove'
  | 'join'
  | 'confirm'
  | 'reject'
  | 'expire'
  | 'observe'
  | 'locate'
  | 'seize'
  | 'hand_back'
  | 'recover'
  | 'withdraw'
  | 'lift'
  | 'overturn'
  | 'close';

/** What the networks do with the device while a case is in a state. */
export type Hold = 'none' | 'provisional' | 'by mode';

/**
 * What each state does to all identifiers of the device. `by mode` is the owner's choice: blocked, or tracked so that whoever
 * has it is told where to bring it; `provisional` is the same, and ends by itself unless the police confirm.
 */
export const HOLDS: Readonly<Record<TheftState, Hold>> = {
  draft: 'none',
  submitted: 'none',
  claimed: 'none',
  police_pending: 'provisional',
  active: 'by mode',
  traced: 'by mode',
  located: 'by mode',
  recovered_by_police: 'by mode',
  returned: 'none',
  recovered_by_owner: 'none',
  rejected: 'none',
  expired: 'none',
  lifted: 'none',
  closed: 'none',
};

const PROOF = 'a code to a number that was seen with it before the event, or an invoice';
const UNDECIDED: readonly TheftState[] = ['submitted', 'claimed', 'police_pending'];
const HELD: readonly TheftState[] = ['police_pending', 'active', 'traced', 'located'];
const ENDED: readonly TheftState[] = ['returned', 'recovered_by_owner', 'rejected', 'expired', 'lifted'];

/**
 * A case of theft or loss (ITU-T Q.5051 §7.2, §7.5, §8.4; the states are inferred). Nobody's word alone blocks: a citizen
 * proves use or ownership first, and then for as long as the police may take to confirm. A device has one open case: a
 * second report stands beside it as a claim, with its evidence, and nobody wins by being first. Only who brought a block
 * about takes it away, or a court with two approvers, or the decision of an appeal.
 */
export const THEFT: Machine<TheftState, TheftEvent, Party> = {
  subject: 'case',
  states: {
    draft: 'the owner is still writing it',
    submitted: 'told, not proved',
    claimed: 'proved while another case of the device is open: a claim that the police weigh',
    police_pending: 'proved; blocked until the police confirm or the time for it is over',
    active: 'confirmed; the device is blocked or tracked',
    traced: 'the device was seen since, and a police unit has the task',
    located: 'the police know where it is',
    recovered_by_police: 'the police have it',
    returned: 'its owner has it back from the police',
    recovered_by_owner: 'its owner has found it',
    rejected: 'the report was not true, or not proved',
    expired: 'the police did not confirm in time; the owner was told',
    lifted: 'a court, or the decision of an appeal, ended it',
    closed: 'nothing more is to be done',
  },
  begins: [
    { event: 'begin', to: 'draft', who: ['owner'] },
    { event: 'report', to: 'active', who: ['police'], needs: 'the number of the complaint' },
    { event: 'report', to: 'police_pending', who: ['operator'], needs: 'the subscriber’s identity, checked' },
    { event: 'report', to: 'police_pending', who: ['dealer'], needs: 'an invoice or the papers of the consignment' },
    { event: 'join', to: 'claimed', who: ['police', 'operator', 'dealer'], needs: 'what the report would need' },
  ],
  moves: [
    { event: 'submit', from: ['draft'], to: 'submitted', who: ['reporter'] },
    { event: 'prove', from: ['submitted'], to: 'police_pending', who: ['reporter'], needs: PROOF },
    { event: 'join', from: ['submitted'], to: 'claimed', who: ['reporter'], needs: PROOF },
    {
      event: 'confirm',
      from: UNDECIDED,
      to: 'active',
      who: ['police'],
      needs: 'the number of the complaint; no other open case of the device',
    },
    {
      event: 'reject',
      from: UNDECIDED,
      to: 'rejected',
      who: ['police', 'operator', 'regulator'],
      needs: 'a reason',
    },
    { event: 'expire', from: ['draft', ...UNDECIDED], to: 'expired', who: ['clock'] },
    { event: 'observe', from: ['active', 'traced'], to: 'traced', who: ['network'] },
    { event: 'observe', from: ['located'], to: 'located', who: ['network'] },
    { event: 'locate', from: ['active', 'traced'], to: 'located', who: ['police'] },
    {
      event: 'seize',
      from: ['active', 'traced', 'located'],
      to: 'recovered_by_police',
      who: ['police'],
      needs: 'a receipt of custody',
    },
    {
      event: 'hand_back',
      from: ['recovered_by_police'],
      to: 'returned',
      who: ['police'],
      needs: 'a receipt of the owner',
    },
    {
      event: 'recover',
      from: HELD,
      to: 'recovered_by_owner',
      who: ['reporter'],
      needs: 'the proof that the report had',
    },
    { event: 'withdraw', from: ['draft', 'submitted', 'claimed'], to: 'closed', who: ['reporter'] },
    {
      event: 'lift',
      from: [...HELD, 'recovered_by_police'],
      to: 'lifted',
      who: ['court'],
      needs: 'an order, and two approvers',
    },
    {
      event: 'overturn',
      from: [...HELD, 'recovered_by_police'],
      to: 'lifted',
      who: ['regulator'],
      needs: 'an appeal that two persons examined and decided',
    },
    { event: 'close', from: ENDED, to: 'closed', who: ['clock', 'regulator'] },
  ],
};
