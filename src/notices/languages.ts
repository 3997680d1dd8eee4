import type { Language } from '../country/notices.ts';
import { AR } from './texts/ar.ts';
import { EN } from './texts/en.ts';
import { ES } from './texts/es.ts';
import { FR } from './texts/fr.ts';
import { PT } from './texts/pt.ts';
import { RU } from './texts/ru.ts';
import { ZH } from './texts/zh.ts';
import type { Words } from './words.ts';

/** The words of every language. */
export const WORDS: Readonly<Record<Language, Words>> = { en: EN, fr: FR, es: ES, ar: AR, ru: RU, zh: ZH, pt: PT };
