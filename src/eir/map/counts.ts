import type { Count } from '../checker.ts';

/** What the MAP server counts: each name with all the labels it is ever counted with. */
export const MAP_COUNTS = {
  /** Questions taken, by version of the application context. */
  map_question: ['v1', 'v2', 'v3'],
  /** Outcomes of operations; `not-asked`: version 3 asked for no equipment status. */
  map_answer: ['permitted', 'tracked', 'blocked', 'unknown', 'not-asked', 'system-failure', 'data-missing'],
  /** Components rejected, by the problem (ITU-T Q.773 §3.4.5). */
  map_reject: [
    'unrecognized-component',
    'mistyped-component',
    'badly-structured-component',
    'duplicate-invoke',
    'unrecognized-operation',
    'mistyped-parameter',
    'resource-limitation',
    'unrecognized-linked',
    'unrecognized-result',
    'unrecognized-error',
  ],
  /** Dialogues aborted, by the cause. */
  map_abort: [
    'unrecognized-message-type',
    'unrecognized-transaction',
    'badly-formatted',
    'incorrect-portion',
    'resource-limitation',
    'context-not-supported',
    'no-common-dialogue',
    'abnormal-dialogue',
    'no-component',
  ],
  /** Messages that got no answer. */
  map_drop: [
    'frame', // an IPA stream that is not ours, or a control message that is malformed or not known
    'm3ua', // an M3UA message that could not be taken
    'service', // M3UA data of another user than SCCP
    'sccp', // no connectionless SCCP message, or its lengths are wrong
    'address', // an SCCP address is wrong, or too long
    'no-return-address', // an answer could not find its way back
    'stranger', // no peer of ours, where only peers are answered
    'unequipped', // another subsystem, and the message does not want to come back
    'segmented', // a segment, and the message does not want to come back
    'management', // an SCCP management message that asks nothing of us
    'returned', // an answer of ours that came back
    'tcap', // a TCAP message without a transaction to answer
    'unidirectional',
    'transaction', // an end or abort of a transaction that is not known
    'reject', // a component of ours that was rejected
    'late', // an answer whose link has gone meanwhile
  ],
  /** Messages that were returned as undeliverable, by cause (ITU-T Q.713 §3.12). */
  map_return: ['unequipped', 'segmented'],
  /** Transactions held open that ended without a question: by the other side, or by time. */
  map_held: ['ended', 'expired'],
  /** What became of links. */
  map_link: [
    'up',
    'closed', // by the other side
    'refused', // no connection
    'oversize', // a frame above the limit
    'malformed', // a length that cannot be
    'silent', // nothing heard for too long
    'inactive', // not made active in time
    'unread', // it does not read our answers
    'error', // of the socket
    'fault', // of ours, in what it sent
    'told', // M3UA: an ERR, or a NTFY that is not about becoming active
    'destination', // M3UA: something about the availability of others
  ],
} as const;

export type MapCounts = typeof MAP_COUNTS;

/** {@link Count} that takes none but the names and labels above. */
export type MapCount = <Name extends keyof MapCounts>(name: Name, label: MapCounts[Name][number]) => void;

export const mapCount =
  (count: Count): MapCount =>
  (name, label) =>
    count(name, label);
