import type { Machine } from '../../states/machine.ts';

/** Where the task of a police unit stands. */
export type TaskState = 'open' | 'accepted' | 'overdue' | 'done' | 'handed_over';

/** What happens to it; `settle` is the end of the case itself. */
export type TaskEvent = 'assign' | 'accept' | 'finish' | 'hand_over' | 'lapse' | 'settle';

/** Who acts on it: `unit` is an officer of the unit that has it, or of the national level. */
export const TASK_PARTIES = ['unit', 'network', 'clock', 'register'] as const;
export type TaskParty = (typeof TASK_PARTIES)[number];

const PENDING: readonly TaskState[] = ['open', 'accepted', 'overdue'];

/**
 * What the police have to do about a device that was seen after it was reported (ITU-T Q.5051 §8.4, inferred). A trace that
 * nobody has to act on returns no telephone: each has a unit, a time limit, and a level above that takes over.
 */
export const TASK: Machine<TaskState, TaskEvent, TaskParty> = {
  subject: 'task',
  states: {
    open: 'a unit has it, and has not signed for it',
    accepted: 'an officer has signed for it, and may open its traces',
    overdue: 'the time for it is over; the national level has a task of its own beside it',
    done: 'the unit has told what came of it, or the case has ended',
    handed_over: 'another unit has it',
  },
  begins: [{ event: 'assign', to: 'open', who: ['network', 'unit', 'register'] }],
  moves: [
    { event: 'accept', from: ['open', 'overdue'], to: 'accepted', who: ['unit'] },
    { event: 'finish', from: ['accepted'], to: 'done', who: ['unit'], needs: 'what came of it' },
    { event: 'hand_over', from: PENDING, to: 'handed_over', who: ['unit'], needs: 'the other unit, and why' },
    { event: 'lapse', from: ['open', 'accepted'], to: 'overdue', who: ['clock'] },
    { event: 'settle', from: PENDING, to: 'done', who: ['register'] },
  ],
};
