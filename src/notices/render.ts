import { createHash } from 'node:crypto';
import { type Day, dayNumber } from '../calendar/day.ts';
import type { Policy } from '../country/country.ts';
import type { Language } from '../country/notices.ts';
import { type Fault, Refused } from '../faults/fault.ts';
import { writeImei15 } from '../identifiers/imei.ts';
import { WORDS } from './languages.ts';
import { type Kinds, TEMPLATES, type TemplateName, type ValuesOf } from './templates.ts';

/** A notice as its reader sees it, and by which version of its words. */
export type Rendered = {
  /** One line, for the subject of a letter. */
  readonly title: string;
  readonly text: string;
  /** 16 hexadecimal digits over the template's words in this language. */
  readonly version: string;
};

/** What is to be said, in which language, under which country file. */
export type Saying<Name extends TemplateName> = {
  readonly template: Name;
  readonly language: Language;
  readonly values: ValuesOf<Name>;
  readonly policy: Pick<Policy, 'appeal' | 'timeZone'>;
};

type Write = (value: never, saying: Pick<Saying<TemplateName>, 'language' | 'policy'>) => string | undefined;

const formats = new Map<string, Intl.DateTimeFormat>();

/** A date in words, with the digits of the identifiers beside it, and years as passports have them. */
function written(date: Date | number, language: Language, options: Intl.DateTimeFormatOptions): string {
  const key = `${language} ${JSON.stringify(options)}`;
  const known = formats.get(key) ?? new Intl.DateTimeFormat(`${language}-u-ca-gregory-nu-latn`, options);
  formats.set(key, known);
  // Russian abbreviates the word for year, whose full stop would meet the sentence's.
  return known
    .format(date)
    .replace(/\u00a0|\u202f/g, ' ')
    .replace(' г.', ' года');
}

const DAY = { day: 'numeric', month: 'long', year: 'numeric' } as const;
const TIME = { ...DAY, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;

/** One line without control characters; an address of the web in a text of others is how people are cheated. */
const isLine = (text: string): boolean =>
  /^(?!\s)[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,120}(?<!\s)$/u.test(text) && !/:\/\/|[\p{L}\p{N}-]{2,}\.\p{L}{2,}/u.test(text);

/** How a value of each kind is written; undefined where it is none. */
const WRITE: { readonly [Kind in Exclude<keyof Kinds, 'reason'>]: Write } = {
  imei: (value: Kinds['imei']) => (/^\d{14}$/.test(value) ? writeImei15(value) : undefined),
  day: (value: Day, { language }) =>
    /^\d{4}-\d{2}-\d{2}$/.test(value)
      ? written(dayNumber(value) * 86_400_000, language, { ...DAY, timeZone: 'UTC' })
      : undefined,
  time: (value: Date, { language, policy }) =>
    Number.isNaN(value.getTime()) ? undefined : written(value, language, { ...TIME, timeZone: policy.timeZone }),
  count: (value: number) => (Number.isSafeInteger(value) && value >= 0 ? String(value) : undefined),
  code: (value: string) => (/^[A-Za-z0-9-]{4,16}$/.test(value) ? value : undefined),
  reference: (value: string) => (/^[A-Za-z0-9/-]{1,40}$/.test(value) ? value : undefined),
  // The sentence around it ends with a full stop of its own.
  text: (value: string) => (isLine(value) ? value.replace(/[.。]$/, '') : undefined),
};

/** First strong isolate and its end: what stands between has a direction of its own. */
const isolated = (text: string): string => `\u2068${text}\u2069`;

/** A place of a text: `{imei}`. */
export const PLACE = /\{([A-Za-z]+)\}/g;

/**
 * Says it. What callers give is checked, so that no text becomes longer, or other, than it was meant.
 * @throws Refused NOTICE_VALUE, which names the place and not the value
 */
export function render<Name extends TemplateName>(saying: Saying<Name>): Rendered {
  const { template, language, values, policy } = saying;
  const { takes, title, decision } = TEMPLATES[template];
  const words = WORDS[language];
  const given: Readonly<Record<string, unknown>> = values;
  const places = new Map<string, string>([
    ['authority', policy.appeal?.to ?? words.authority],
    ['object', policy.appeal?.contact ?? policy.appeal?.url ?? words.object],
  ]);
  const faults: Fault[] = [];
  for (const [place, kind] of Object.entries(takes)) {
    const written = kind === 'reason' ? undefined : WRITE[kind](given[place] as never, saying);
    const reason = kind === 'reason' ? words.reasons[given[place] as Kinds['reason']] : undefined;
    if (written !== undefined) places.set(place, written);
    else if (reason !== undefined) places.set('why', reason.why).set('remedy', reason.remedy);
    else faults.push(wrong(template, place, kind));
  }
  if (faults.length > 0) throw new Refused(faults);
  const fill = (text: string): string =>
    text.replace(PLACE, (_, place: string) => {
      const value = places.get(place);
      if (value === undefined) throw new Error(`${template} in ${language} has no {${place}}`);
      return words.rightToLeft && place !== 'why' && place !== 'remedy' ? isolated(value) : value;
    });
  const text = wordsOf(template, language, decision === true)
    .map(fill)
    .join(' ');
  return { title: words.titles[title], text, version: versionOf(template, language) };
}

function wordsOf(template: TemplateName, language: Language, decision: boolean): readonly string[] {
  const words = WORDS[language];
  const quoting = 'reference' in TEMPLATES[template].takes ? [words.quoting] : [];
  return [words.texts[template], ...(decision ? [words.objection] : []), ...quoting];
}

/** A template's words in a language, as they stand in the program. */
export function textOf(template: TemplateName, language: Language): { readonly title: string; readonly text: string } {
  const { title, decision } = TEMPLATES[template];
  return { title: WORDS[language].titles[title], text: wordsOf(template, language, decision === true).join(' ') };
}

const versions = new Map<string, string>();

/** The first 16 hexadecimal digits of the SHA-256 of a template's words, and of all reasons where it tells one. */
export function versionOf(template: TemplateName, language: Language): string {
  const key = `${template} ${language}`;
  const known = versions.get(key);
  if (known !== undefined) return known;
  const { title, text } = textOf(template, language);
  const reasons = Object.values(TEMPLATES[template].takes).includes('reason') ? WORDS[language].reasons : {};
  const hash = createHash('sha256').update(JSON.stringify([template, language, title, text, reasons]), 'utf8');
  const version = hash.digest('hex').slice(0, 16);
  versions.set(key, version);
  return version;
}

const ABOUT: { readonly [Kind in keyof Kinds]: string } = {
  imei: 'an IMEI of 14 digits',
  day: 'a day',
  time: 'a moment',
  count: 'a whole number, not negative',
  code: '4 to 16 letters, digits or hyphens',
  reference: '1 to 40 letters, digits, hyphens or slashes',
  text: 'one line of 1 to 120 characters without an address of the web',
  reason: 'one of the reasons that people are told',
};

const wrong = (template: TemplateName, place: string, kind: keyof Kinds): Fault => ({
  code: 'NOTICE_VALUE',
  message: `A notice ${template} cannot be written: ${place} is not ${ABOUT[kind]}.`,
  remedy: `Give ${ABOUT[kind]}.`,
  field: place,
});
