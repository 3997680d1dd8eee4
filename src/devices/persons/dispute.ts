import type { Machine } from '../../states/machine.ts';

/** Who acts on a dispute. */
export const DISPUTANTS = ['person', 'office', 'clock'] as const;
export type Disputant = (typeof DISPUTANTS)[number];

/** Where a dispute stands. */
export type DisputeState = 'open' | 'in_review' | 'overdue' | 'upheld' | 'rejected' | 'withdrawn';

/** What happens to a dispute. */
export type DisputeEvent = 'dispute' | 'take' | 'fall_due' | 'uphold' | 'reject' | 'withdraw';

const UNDECIDED: readonly DisputeState[] = ['open', 'in_review', 'overdue'];

/**
 * «This is not mine»: anybody may say so of a device in his name, or of a pair of his number. While it is undecided,
 * nothing is decided against the couple, also when the authority lets its time run out; upheld, the couple never was. (Ours,
 * after what people complained of where none could say so.)
 */
export const DISPUTE: Machine<DisputeState, DisputeEvent, Disputant> = {
  subject: 'dispute',
  states: {
    open: 'somebody says that it is not his',
    in_review: 'an office looks into it',
    overdue: 'the time to decide is over, and nobody has; nothing happens to the couple meanwhile',
    upheld: 'it was not his; the couple is no more',
    rejected: 'it is his',
    withdrawn: 'who said so has taken it back',
  },
  begins: [{ event: 'dispute', to: 'open', who: ['person', 'office'] }],
  moves: [
    { event: 'take', from: ['open'], to: 'in_review', who: ['office'] },
    { event: 'fall_due', from: ['open', 'in_review'], to: 'overdue', who: ['clock'] },
    { event: 'uphold', from: UNDECIDED, to: 'upheld', who: ['office'], needs: 'a reason' },
    { event: 'reject', from: UNDECIDED, to: 'rejected', who: ['office'], needs: 'a reason that the person is told' },
    { event: 'withdraw', from: UNDECIDED, to: 'withdrawn', who: ['person'] },
  ],
};
