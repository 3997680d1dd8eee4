import { type CheckFormat, checkFormat } from '../../country/check.ts';
import type { Policy } from '../../country/country.ts';
import { LANGUAGES, type Language, noticesOf } from '../../country/notices.ts';
import { westernDigits } from '../../identifiers/message.ts';
import { WORDS } from '../languages.ts';
import { filled, isOnePart, shortened } from './answer.ts';
import { type Question, readCheck } from './read.ts';
import { CHECK_WORDS, LANGUAGE_NAMES } from './words.ts';

/** Where somebody is in the menu. It has three levels: the menu, a question, its answer. */
export type Session = {
  readonly at: 'root' | 'imei' | 'language';
  readonly language: Language;
  /** Inputs that were no IMEI; after three the session ends. */
  readonly misses: number;
};

/** What comes of an input: a text that waits for the next one, IMEIs to be checked, or the end. */
export type Step =
  | { readonly kind: 'ask'; readonly text: string; readonly session: Session }
  | {
      readonly kind: 'check';
      readonly imeis: Extract<Question, { kind: 'check' }>['imeis'];
      readonly language: Language;
    }
  | { readonly kind: 'end'; readonly text: string };

const MISSES = 3;

/** Under which country file a session is held. */
export type MenuTerms = Pick<Policy, 'notices' | 'appeal'>;

/**
 * One step of a session. The first input is what was dialled: the country's code opens the menu, and with an IMEI behind it
 * (`*1205*490154203237518#`) it is answered at once.
 */
export function step(session: Session | undefined, input: string, terms: MenuTerms): Step {
  const { check, language } = noticesOf(terms);
  if (session === undefined) return dialled(input, { format: checkFormat(check), language });
  const typed = westernDigits(input).trim();
  if (session.at === 'root') return chosen(session, typed, terms);
  if (session.at === 'language') {
    const picked = LANGUAGES[Number(typed) - 1];
    return picked === undefined ? languages(session) : root(picked);
  }
  return imeiOf(session, typed);
}

function dialled(
  input: string,
  { format, language }: { readonly format: CheckFormat; readonly language: Language },
): Step {
  const code = (format.ussd ?? '').replace(/#$/, '');
  const digits = westernDigits(input).trim();
  const rest = code !== '' && digits.startsWith(code) ? digits.slice(code.length) : '';
  const question = readCheck(rest, { words: [], bare: true });
  return question.kind === 'check' ? { ...question, language } : root(language);
}

const ask = (text: string, session: Session): Step => ({ kind: 'ask', text: shortened(text), session });

const root = (language: Language): Step => ask(CHECK_WORDS[language].menu.root, { at: 'root', language, misses: 0 });

const languages = (session: Session): Step =>
  ask(LANGUAGES.map((one, at) => `${at + 1} ${LANGUAGE_NAMES[one]}`).join('\n'), { ...session, at: 'language' });

function chosen(session: Session, typed: string, terms: MenuTerms): Step {
  const { menu } = CHECK_WORDS[session.language];
  if (typed === '1') return ask(menu.imei, { ...session, at: 'imei' });
  if (typed === '2') return { kind: 'end', text: objection(session.language, terms) };
  if (typed === '3') return languages(session);
  if (typed === '0') return { kind: 'end', text: shortened(menu.end) };
  // somebody who types the IMEI at once wants it checked
  const question = readCheck(typed, { words: [], bare: true });
  return question.kind === 'check' && question.imeis.some(({ ok }) => ok)
    ? { ...question, language: session.language }
    : root(session.language);
}

/** How to object, by the first of the ways that fits one answer. */
function objection(language: Language, { appeal }: MenuTerms): string {
  const ways = [appeal?.contact, appeal?.url, WORDS[language].object].flatMap((way) => way ?? []);
  const isolated = (way: string): string => (WORDS[language].rightToLeft ? `\u2068${way}\u2069` : way);
  const texts = ways.map((way) => shortened(filled(CHECK_WORDS[language].menu.object, { object: isolated(way) })));
  return texts.find((text) => isOnePart(text, 'ussd')) ?? shortened(CHECK_WORDS[language].menu.end);
}

/** A right IMEI is checked; what is none is asked for again, with why where that is known. */
function imeiOf(session: Session, typed: string): Step {
  const words = CHECK_WORDS[session.language];
  const question = readCheck(typed, { words: [], bare: true });
  if (question.kind === 'check' && (question.imeis.some(({ ok }) => ok) || session.misses + 1 >= MISSES))
    return { ...question, language: session.language };
  if (session.misses + 1 >= MISSES) return { kind: 'end', text: shortened(words.menu.end) };
  const again: Session = { ...session, misses: session.misses + 1 };
  const [first] = question.kind === 'check' ? question.imeis : [];
  if (first === undefined || first.ok) return ask(words.menu.imei, again);
  const { fault } = first;
  if (fault.kind === 'check') return ask(filled(words.check, { imei: `${fault.imei}${fault.found}` }), again);
  return ask(filled(words.length, { digits: fault.kind === 'length' ? String(fault.digits) : '0' }), again);
}
