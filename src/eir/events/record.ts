import type { Answer } from '../../decisions/core/question.ts';
import type { Asker } from '../checker.ts';

/** What is noted of a check beside its answer, as bits. */
export const FLAGS = {
  /** The competent unit was told. */
  alarm: 1,
  /** The node has not seen this equipment before, as far as it remembers. */
  first: 2,
  /** The equipment was last seen with another subscriber. */
  simChanged: 4,
  /** The subscriber was last seen with another equipment. */
  deviceChanged: 8,
  /** Two subscribers take turns on one equipment within minutes: a hint that there are two of it. */
  twice: 16,
  /** Admitted as a visitor. */
  visitor: 32,
  /** The equipment has no IMEI: a MAC address, an EUI-64, or something else. */
  mac: 64,
  eui: 128,
  other: 256,
} as const;

/** A table of what records point to by number; one entry after the other, never changed. */
export type Entry<T> = readonly [number: number, value: T];

/** Numbers that tables give out are below this; what comes after has number 0, which says nothing. */
export const TABLE_END = 4096;

/** What answers say, as files keep it. */
export type AnswerLine = Pick<
  Answer,
  'status' | 'step' | 'reason' | 'list' | 'level' | 'exception' | 'intended' | 'by'
>;

/** Stands in table place 0. */
export const NO_ANSWER: AnswerLine = {
  status: 'unknown',
  step: '',
  reason: '',
  list: '',
  level: 'none',
  exception: '',
  intended: 'unknown',
  by: 'local',
};

export const NO_ASKER: Asker = { protocol: 'cli', peer: '', operator: '' };

export const answerLine = ({ status, step, reason, list, level, exception, intended, by }: Answer): AnswerLine => ({
  status,
  step,
  reason,
  list,
  level,
  exception,
  intended,
  by,
});
