import { LineCounter } from 'yaml';
import { type CheckPolicy, check } from './check.ts';
import { choice, type Form, integer, text } from './scalar.ts';
import {
  checked,
  type Holed,
  list,
  note,
  optional,
  type Reader,
  record,
  type Spot,
  section,
  standing,
  within,
} from './walk.ts';

/** The languages that people are written to in: the six of the ITU, and Portuguese. Codes of ISO 639-1. */
export const LANGUAGES = ['en', 'fr', 'es', 'ar', 'ru', 'zh', 'pt'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Which notices come before a block, and what shows that they were given (ITU-T Q.5050 §9.7; the numbers are ours). */
export type LadderPolicy = {
  /** Hours from the decision within which the first notice is sent. */
  readonly firstHours: number;
  /** Days before the block on which further notices are sent. */
  readonly daysBefore: readonly number[];
  /** Days that lie at least between the first notice that reached somebody and the block. */
  readonly minimumDays: number;
  /** That a notice was given is shown by a channel that accepted it, or by a receipt of its delivery. */
  readonly proof: 'accepted' | 'delivered';
  /** What somebody counts as whom no channel reached. */
  readonly unreachable: 'told' | 'untold';
};

/** In which no telephone rings for what can wait: from and until a time of day, in the country's time zone. */
export type QuietHours = { readonly from: string; readonly until: string };

/** How short messages are sent. */
export type SmsPolicy = {
  /** Under what name or number people see them; without it as the gateway has it. */
  readonly sender?: string;
  /** Messages a second that one process hands over at most. */
  readonly perSecond: number;
  /** `keep` writes all letters, at 70 characters a part where the short alphabet lacks one; `fold` writes á as a. */
  readonly accents: 'keep' | 'fold';
};

/** How a country tells people what it decided about their devices. */
export type NoticePolicy = {
  /** Of those whose language is not known. */
  readonly language: Language;
  readonly ladder: LadderPolicy;
  readonly quiet: QuietHours;
  /** Attempts through one contact before the next is tried. */
  readonly attempts: number;
  /** Hours that a receipt of delivery is waited for. */
  readonly receiptHours: number;
  readonly sms: SmsPolicy;
  readonly check: CheckPolicy;
};

const TIME: Form = { pattern: /^(?:[01]\d|2[0-3]):[0-5]\d$/, about: "a time of day such as '21:00'" };
/** Alphanumeric addresses have up to 11 characters (3GPP TS 23.040 §9.1.2.5), numbers up to 15 digits. */
const SENDER: Form = {
  pattern: /^(?:\d{3,15}|(?=.*[A-Za-z])[A-Za-z0-9 ._-]{1,11})$/,
  about: 'a number of 3 to 15 digits, or a name of 1 to 11 letters and digits, in quotes',
};

const ladder: Reader<LadderPolicy> = checked(
  record<LadderPolicy>({
    firstHours: standing(integer({ min: 1, max: 168, unit: 'hours' }), 24),
    daysBefore: standing(list(integer({ min: 1, max: 366, unit: 'days' })), [75, 50, 25, 1]),
    minimumDays: standing(integer({ min: 0, max: 366, unit: 'days' }), 7),
    proof: standing(choice(['accepted', 'delivered']), 'accepted'),
    unreachable: standing(choice(['told', 'untold']), 'untold'),
  }),
  ({ daysBefore }, spot) => noteOrder(daysBefore ?? [], within(spot, 'days_before')),
);

function noteOrder(days: readonly (number | undefined)[], spot: Spot): void {
  const at = days.findIndex((one, place) => one !== undefined && one >= (days[place - 1] ?? Number.POSITIVE_INFINITY));
  if (at < 0) return;
  const message = `${days[at]} follows ${days[at - 1]}; the days count down to the block`;
  note(within(spot, `[${at}]`), { code: 'COUNTRY_VALUE', message, remedy: 'Write the greater number first.' });
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** A first notice that is due in quiet hours must still be in time when they end. */
function noteNight({ ladder: given, quiet }: Holed<NoticePolicy>, spot: Spot): void {
  if (quiet?.from === undefined || quiet.until === undefined || given?.firstHours === undefined) return;
  const length = (minutesOf(quiet.until) - minutesOf(quiet.from) + 24 * 60) % (24 * 60);
  if (given.firstHours * 60 > length) return;
  const message = `quiet hours last from ${quiet.from} until ${quiet.until}, and a first notice has ${given.firstHours} hours`;
  const remedy = 'Give first_hours of the ladder more, or shorten the quiet hours.';
  note(within(spot, 'quiet'), { code: 'COUNTRY_VALUE', message, remedy });
}

/** Reads the section `notices`; every key has a default. */
export const notices: Reader<NoticePolicy> = checked(
  record<NoticePolicy>({
    language: standing(choice(LANGUAGES), 'en'),
    ladder: section(ladder),
    quiet: section(record<QuietHours>({ from: standing(text(TIME), '21:00'), until: standing(text(TIME), '08:00') })),
    attempts: standing(integer({ min: 1, max: 20 }), 6),
    receiptHours: standing(integer({ min: 1, max: 720, unit: 'hours' }), 48),
    sms: section(
      record<SmsPolicy>({
        sender: optional(text(SENDER)),
        perSecond: standing(integer({ min: 1, max: 10_000 }), 50),
        accents: standing(choice(['keep', 'fold']), 'keep'),
      }),
    ),
    check: section(check),
  }),
  noteNight,
);

/** What holds where a country file has no such section: every key at its default. */
const DEFAULTS = notices({
  walk: { file: '', lines: new LineCounter(), faults: [], places: new Map() },
  node: null,
  offset: 0,
  path: '',
});

/** The section of a country file, or what holds without one. */
export function noticesOf({ notices: given }: { readonly notices?: NoticePolicy }): NoticePolicy {
  if (given !== undefined) return given;
  if (DEFAULTS === undefined) throw new Error('the section has a key without default');
  return DEFAULTS;
}
