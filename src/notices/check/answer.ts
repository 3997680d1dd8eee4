import type { CheckFormat } from '../../country/check.ts';
import type { Language } from '../../country/notices.ts';
import type { Result } from '../../faults/result.ts';
import { type ImeiFault, writeImei15 } from '../../identifiers/imei.ts';
import { writeReference } from '../../identifiers/reference.ts';
import { writeTime } from '../clock.ts';
import { WORDS } from '../languages.ts';
import { PLACE } from '../render.ts';
import { folded } from '../sms/alphabet.ts';
import { sizeOf } from '../sms/parts.ts';
import type { Verdict } from './verdict.ts';
import { CHECK_WORDS } from './words.ts';

/**
 * What goes into one answer, in septets and in UTF-16 units: a short message of one part, or a string of an unstructured
 * supplementary service, 160 octets (3GPP TS 23.038 §5, TS 24.090).
 */
export const ONE_PART = { sms: { gsm7: 160, ucs2: 70 }, ussd: { gsm7: 182, ucs2: 80 } } as const;

/** Over what, in which language and time zone an answer is given. */
export type Terms = {
  readonly over: keyof typeof ONE_PART;
  readonly language: Language;
  readonly timeZone: string;
};

/** One device that was asked after: what is known, or why the digits are none. */
export type Finding = Result<Verdict, ImeiFault>;

/** Whether a text is one part. */
export function isOnePart(text: string, over: Terms['over']): boolean {
  const { coding, size } = sizeOf(text);
  return size <= ONE_PART[over][coding];
}

/** Letters of the default alphabet alone, in languages that it suits; other scripts are left. */
export const shortened = (text: string): string => (sizeOf(folded(text)).coding === 'gsm7' ? folded(text) : text);

/** Fills the places of an answer. */
export const filled = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(PLACE, (_, place: string) => {
    const value = values[place];
    if (value === undefined) throw new Error(`an answer has no {${place}}`);
    return value;
  });

/** How to ask, by the first of the country's words with which that is one part. */
export function helpFor({ words }: Pick<CheckFormat, 'words'>, { language, over }: Terms): string {
  const { help, helpWord } = CHECK_WORDS[language];
  return longest([...words.map((word) => filled(helpWord, { word })), help], over);
}

/** The longest of some texts, from the longest to the shortest, that is one part. */
function longest(candidates: readonly string[], over: Terms['over']): string {
  const text = candidates.map(shortened).find((one) => isOnePart(one, over));
  if (text === undefined) throw new Error('no form of an answer fits one part');
  return text;
}

/**
 * The answer to one IMEI or two, in one part, whatever the values: with reference and expiry, and as much of what else is
 * known as fits. What is no IMEI is answered by why.
 */
export function answerTo(findings: readonly [Finding, ...Finding[]], terms: Terms): string {
  const [first, second] = findings;
  if (second !== undefined)
    return longest([`${line(first, terms)}\n${line(second, terms)}${untilOf([first, second], terms)}`], terms.over);
  return first.ok ? longest(candidates(first.value, terms), terms.over) : faultText(first.fault, terms);
}

/** Why digits are no IMEI, and how to do better. */
function faultText(fault: ImeiFault, { language, over }: Terms): string {
  const { check, length } = CHECK_WORDS[language];
  if (fault.kind === 'check') return longest([filled(check, { imei: `${fault.imei}${fault.found}` })], over);
  return longest([filled(length, { digits: String(fault.kind === 'length' ? fault.digits : 0) })], over);
}

/**
 * A day as `2026-09-08`; from right to left with slashes, which keep the order of the digits beside them where hyphens
 * would turn it round (Unicode Annex 9, W4).
 */
const dated = (day: string, language: Language): string =>
  WORDS[language].rightToLeft ? day.replaceAll('-', '/') : day;

/** From all that is known down to what must be told: the digits' end, the verdict, the first status, reference, expiry. */
function candidates(verdict: Verdict, { language, timeZone }: Terms): readonly string[] {
  const words = CHECK_WORDS[language];
  const imei = writeImei15(verdict.imei);
  const known = verdict.statuses
    .filter((status) => status !== 'grace' || verdict.blockOn !== undefined)
    .map((status) => filled(words.statuses[status], { day: dated(verdict.blockOn ?? '', language) }));
  const until = dated(writeTime(verdict.validUntil, timeZone), language);
  const name = nameOf(verdict, sizeOf(folded(words.verdicts.clear)).coding === 'ucs2');
  const end = (time: string, reference: string): string =>
    `${filled(words.reference, { reference })}, ${filled(words.until, { until: time })}`;
  const long = end(until, writeReference(verdict.reference));
  const short = end(until.slice(0, 10), verdict.reference);
  const say = (subject: string, statuses: readonly string[], rest: readonly string[]): string =>
    `${subject}: ${[[words.verdicts[verdict.verdict], ...statuses].join(', '), ...rest].join('. ')}`;
  const named = name === '' ? imei : `${imei} ${name}`;
  const advice = words.advice[verdict.verdict];
  return [
    say(named, known.slice(0, 3), [advice, long]),
    say(named, known.slice(0, 2), [advice, long]),
    say(named, known.slice(0, 2), [long]),
    say(imei, known.slice(0, 2), [advice, long]),
    say(imei, known.slice(0, 1), [long]),
    say(imei, known.slice(0, 1), [short]),
    say(imei.slice(-6), known.slice(0, 1), [short]),
  ];
}

/** Make and model as the buyer can compare them, in letters that do not make the whole answer wide; '' where there are none. */
function nameOf({ make = '', model = '' }: Verdict, isWide: boolean): string {
  const name = `${make} ${model}`
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, 40)
    .trim();
  return isWide || sizeOf(folded(name)).coding === 'gsm7' ? name : '';
}

/** One of two devices: the digits' end, one word, the reference. */
function line(finding: Finding, { language }: Terms): string {
  const { brief } = CHECK_WORDS[language];
  if (finding.ok) {
    const { imei, verdict, reference } = finding.value;
    return `${writeImei15(imei).slice(-4)} ${brief[verdict]} ${reference}`;
  }
  const { fault } = finding;
  return fault.kind === 'check' ? `${fault.imei.slice(-3)}${fault.found} ${brief.check}` : `? ${brief.length}`;
}

/** The earlier end of the two, where there is any. */
function untilOf(findings: readonly Finding[], { language, timeZone }: Terms): string {
  const ends = findings.flatMap((finding) => (finding.ok ? [finding.value.validUntil] : []));
  const first = ends.toSorted((a, b) => a.getTime() - b.getTime())[0];
  if (first === undefined) return '';
  return `\n${dated(writeTime(first, timeZone).slice(0, 10), language)}`;
}
