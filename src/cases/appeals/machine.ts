import type { Machine } from '../../states/machine.ts';

/** Where an appeal or complaint stands. */
export type AppealState = 'opened' | 'in_review' | 'evidence_asked' | 'upheld' | 'overturned' | 'withdrawn' | 'expired';

/** What happens to it. */
export type AppealEvent =
  | 'open'
  | 'take'
  | 'ask'
  | 'add'
  | 'answer'
  | 'uphold'
  | 'overturn'
  | 'withdraw'
  | 'expire'
  | 'remind';

/**
 * Who acts on it. `examiner` and `decider` are two persons of the authority; `inserter` is the organisation whose entry the
 * appeal is against.
 */
export const APPEAL_PARTIES = ['appellant', 'examiner', 'decider', 'inserter', 'clock'] as const;
export type AppealParty = (typeof APPEAL_PARTIES)[number];

const OPEN: readonly AppealState[] = ['opened', 'in_review', 'evidence_asked'];

/** An appeal against a decision, or a complaint about how it came about (ITU-T Q.5051 §7.5; the states are ours). */
export const APPEAL: Machine<AppealState, AppealEvent, AppealParty> = {
  subject: 'appeal',
  states: {
    opened: 'somebody objects; nobody has looked at it yet',
    in_review: 'an examiner has it',
    evidence_asked: 'whoever objects has to send evidence; the authority’s own limit waits',
    upheld: 'the decision stands',
    overturned: 'the decision falls, or the complaint was justified',
    withdrawn: 'whoever objected took it back',
    expired: 'the evidence that was asked for did not come in time; the decision stands',
  },
  begins: [{ event: 'open', to: 'opened', who: ['appellant'], needs: 'grounds' }],
  moves: [
    { event: 'take', from: ['opened'], to: 'in_review', who: ['examiner'] },
    { event: 'ask', from: ['in_review'], to: 'evidence_asked', who: ['examiner'], needs: 'what is asked for' },
    { event: 'add', from: ['evidence_asked', 'in_review'], to: 'in_review', who: ['appellant'], needs: 'evidence' },
    { event: 'add', from: ['opened'], to: 'opened', who: ['appellant'], needs: 'evidence' },
    { event: 'answer', from: ['opened'], to: 'opened', who: ['inserter'], needs: 'a statement' },
    { event: 'answer', from: ['in_review'], to: 'in_review', who: ['inserter'], needs: 'a statement' },
    { event: 'uphold', from: ['in_review'], to: 'upheld', who: ['decider'], needs: 'reasons, and another examiner' },
    {
      event: 'overturn',
      from: ['in_review'],
      to: 'overturned',
      who: ['decider'],
      needs: 'reasons, and another examiner',
    },
    { event: 'withdraw', from: OPEN, to: 'withdrawn', who: ['appellant'] },
    { event: 'expire', from: ['evidence_asked'], to: 'expired', who: ['clock'] },
    { event: 'remind', from: ['opened'], to: 'opened', who: ['clock'], finding: 'not decided in time' },
    { event: 'remind', from: ['in_review'], to: 'in_review', who: ['clock'], finding: 'not decided in time' },
  ],
};
