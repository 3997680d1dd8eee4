import type { Language } from '../../country/notices.ts';
import { EN, ES, FR, PT } from './latin.ts';
import type { CheckWords } from './phrases.ts';
import { AR, RU, ZH } from './scripts.ts';

/** The words of every language. */
export const CHECK_WORDS: Readonly<Record<Language, CheckWords>> = {
  en: EN,
  fr: FR,
  es: ES,
  ar: AR,
  ru: RU,
  zh: ZH,
  pt: PT,
};

/** Every language by its own name, for a menu. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  en: 'English',
  fr: 'Français',
  es: 'Español',
  ar: 'العربية',
  ru: 'Русский',
  zh: '中文',
  pt: 'Português',
};
