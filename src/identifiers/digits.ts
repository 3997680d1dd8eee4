import { fail, ok, type Result } from '../faults/result.ts';
import type { DigitFault, LengthFault } from './fault.ts';

/** The digits of base 10. */
export const DECIMAL = '0123456789';

/** The digits of base 16, upper case as every identifier here is kept. */
export const HEXADECIMAL = '0123456789ABCDEF';

/** How an identifier is written: its digits, how many there may be, and what may stand between them. */
export type Form = {
  readonly alphabet: string;
  readonly lengths: readonly number[];
  /** Characters passed over between digits; none unless given. */
  readonly separators?: string;
};

/** Upper case of the ASCII letters only, as the engine's `upper()` does it; other letters are left alone. */
export const upperAscii = (text: string): string => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

/**
 * Reads digits out of a text: blanks around it and separators in it are passed over, letters become upper case. The
 * first character that is no digit is the fault; only then does the length count.
 */
export function scan(text: string, form: Form): Result<string, LengthFault | DigitFault> {
  const separators = form.separators ?? '';
  const body = text.trim();
  let at = text.length - text.trimStart().length;
  let digits = '';
  for (const char of body) {
    at += 1;
    if (separators.includes(char)) continue;
    const digit = upperAscii(char);
    if (!form.alphabet.includes(digit)) return fail({ kind: 'digit', at, char });
    digits += digit;
  }
  if (form.lengths.includes(digits.length)) return ok(digits);
  return fail({ kind: 'length', digits: digits.length, allowed: form.lengths });
}
