import { choice, digits, type Form, integer, text, truth } from './scalar.ts';
import { list, optional, type Reader, record, standing } from './walk.ts';

/** What people send to check a device, and to which number. */
export type CheckFormat = {
  /** The number that messages go to. */
  readonly number?: string;
  /** What is dialled for a session, without an IMEI. */
  readonly ussd?: string;
  /** Words that may stand before the IMEI, in any script; case does not matter. */
  readonly words: readonly string[];
  /** Digits without a word are a check, too. */
  readonly bare: boolean;
};

/** Formats in use: national registers as their instructions to the public tell. */
export const CHECK_PRESETS = {
  cambodia: { number: '1205', ussd: '*1205#', words: ['CHK'], bare: false },
  india: { number: '14422', words: ['KYM'], bare: false },
  india_2009: { number: '52277', words: ['IMEI'], bare: false },
  kenya: { number: '1555', words: [], bare: true },
  pakistan: { number: '8484', ussd: '*8484#', words: [], bare: true },
  sri_lanka: { number: '1909', words: ['IMEI'], bare: false },
  tanzania: { number: '15090', words: [], bare: true },
  tunisia: { ussd: '*999#', words: [], bare: true },
  uzbekistan: { number: '1170', words: [], bare: true },
} as const satisfies Readonly<Record<string, CheckFormat>>;

/** The name of a preset. */
export type CheckPreset = keyof typeof CHECK_PRESETS;

/** The check of a country: a preset, and what differs from it. */
export type CheckPolicy = {
  readonly preset?: CheckPreset;
  readonly number?: string;
  readonly ussd?: string;
  readonly words?: readonly string[];
  readonly bare?: boolean;
  /** Hours that an answer holds, as it says itself. */
  readonly validHours: number;
  /** Checks that one number may make an hour; more are not answered. */
  readonly perHour: number;
};

const NUMBER: Form = { pattern: /^\d{2,15}$/, about: "2 to 15 digits such as '8484'" };
const USSD: Form = { pattern: /^\*[1-9]\d{1,5}(?:\*\d{1,6})?#$/, about: "a code such as '*8484#'" };
const WORD: Form = { pattern: /^[\p{L}\p{M}]{1,16}$/u, about: 'one word of 1 to 16 letters' };
const PRESETS = Object.keys(CHECK_PRESETS) as CheckPreset[];

/** Reads the part `check` of the section `notices`. */
export const check: Reader<CheckPolicy> = record<CheckPolicy>({
  preset: optional(choice(PRESETS)),
  number: optional(digits(NUMBER)),
  ussd: optional(text(USSD)),
  words: optional(list(text(WORD))),
  bare: optional(truth),
  validHours: standing(integer({ min: 1, max: 720, unit: 'hours' }), 24),
  perHour: standing(integer({ min: 1, max: 100_000 }), 30),
});

/** The format in force: the preset's, but where the country says otherwise. Without either, bare digits. */
export function checkFormat(policy: CheckPolicy): CheckFormat {
  const base: CheckFormat = policy.preset === undefined ? { words: [], bare: true } : CHECK_PRESETS[policy.preset];
  const number = policy.number ?? base.number;
  const ussd = policy.ussd ?? base.ussd;
  return {
    ...(number === undefined ? {} : { number }),
    ...(ussd === undefined ? {} : { ussd }),
    words: policy.words ?? base.words,
    bare: policy.bare ?? base.bare,
  };
}
