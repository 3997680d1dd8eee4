import { type DeadlineCalendar, type Suspension, WEEKDAYS, type Weekday } from '../calendar/deadline.ts';
import { NAME, noteTwice } from './operator.ts';
import { choice, day, type Form, integer, ratio, text } from './scalar.ts';
import { checked, list, needed, note, optional, type Reader, record, section, standing, within } from './walk.ts';

/** When a rule is judged to err too often. */
export type OverturnLimit = {
  /** Days back in which decided appeals count. */
  readonly windowDays: number;
  /** Fewer decided appeals than this say nothing. */
  readonly minimum: number;
  /** The share of overturned decisions, 0 to 1, above which the rule is paused; equality passes, 1 never pauses. */
  readonly limit: number;
};

/** How appeals and complaints against decisions are handled; the numbers are ours. */
export type AppealsPolicy = {
  /** Counted days that the authority has to decide. */
  readonly answerDays: number;
  /** Counted days that whoever appealed has to send evidence that was asked for; the authority's own limit waits. */
  readonly evidenceDays: number;
  /** Reasons, as labels of conditions, whose block waits until an appeal against it is decided. */
  readonly stopsClock: readonly string[];
  /** Appeals and complaints of one contact that may be open at once. */
  readonly openPerContact: number;
  readonly overturn: OverturnLimit;
  /** Where the regulator reads that a rule was paused or an appeal is late: an electronic address. */
  readonly notify?: string;
  /** Which days count towards time limits. */
  readonly calendar: DeadlineCalendar;
};

/** An electronic address. */
export const ADDRESS: Form = {
  pattern: /^[^\s@]{1,64}@[^\s@]{1,190}$/,
  about: "an electronic address such as 'office@authority.example'",
};

const suspension: Reader<Suspension> = checked(
  record<Suspension>({ from: needed(day), until: needed(day), order: needed(text(NAME)) }),
  ({ from, until }, spot) => {
    if (from === undefined || until === undefined || from <= until) return;
    const message = `the suspension ends on ${until}, before it begins on ${from}`;
    note(within(spot, 'until'), { code: 'COUNTRY_VALUE', message, remedy: 'Let until be from or a later day.' });
  },
);

const restDays: Reader<readonly Weekday[]> = checked(list(choice(WEEKDAYS)), (found, spot) => {
  noteTwice(spot, { keys: found.map((key, at) => ({ key, path: `[${at}]` })), what: 'rest day' });
  if (new Set(found).size < WEEKDAYS.length) return;
  note(spot, {
    code: 'COUNTRY_VALUE',
    message: 'every day is a rest day; no limit would ever end',
    remedy: 'Leave one out.',
  });
});

const calendar: Reader<DeadlineCalendar> = record<DeadlineCalendar>({
  restDays: section(restDays),
  holidays: section(list(day)),
  suspensions: section(list(suspension)),
});

const counted = (standard: number) => standing(integer({ min: 1, max: 3660, unit: 'days' }), standard);

/** Reads the section `appeals`. */
export const appeals: Reader<AppealsPolicy> = record<AppealsPolicy>({
  answerDays: counted(30),
  evidenceDays: counted(14),
  stopsClock: section(list(text(NAME))),
  openPerContact: standing(integer({ min: 1, max: 10_000 }), 20),
  overturn: section(
    record<OverturnLimit>({
      windowDays: counted(90),
      minimum: standing(integer({ min: 1, max: 1_000_000 }), 20),
      limit: standing(ratio, 0.3),
    }),
  ),
  notify: optional(text(ADDRESS)),
  calendar: section(calendar),
});
