import type { Brand } from '../faults/brand.ts';
import { fail, ok, type Result } from '../faults/result.ts';
import { scan } from './digits.ts';
import type { CheckFault, DigitFault, LengthFault } from './fault.ts';

/**
 * What people quote when they ask after their case: 10 characters without meaning and a check character, as it is kept,
 * without hyphens. The form is ours.
 */
export type Reference = Brand<string, 'Reference'>;

/** Why a text is no reference. */
export type ReferenceFault = LengthFault | DigitFault | CheckFault;

/** Crockford's base 32: no I, L, O, which look like digits, and no U, without which hardly a word can appear. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LOOKALIKE: Readonly<Record<string, string>> = { I: '1', L: '1', O: '0' };

/** Characters with meaning for nobody: 50 bits. */
const LENGTH = 10;

/** Random bytes that a reference takes. */
export const REFERENCE_BYTES = 7;

/** A reference of random bytes. @throws RangeError when there are fewer than {@link REFERENCE_BYTES}. */
export function referenceOf(random: Uint8Array): Reference {
  if (random.length < REFERENCE_BYTES) throw new RangeError(`A reference takes ${REFERENCE_BYTES} random bytes.`);
  let bits = random.subarray(0, REFERENCE_BYTES).reduce((all, byte) => all * 256n + BigInt(byte), 0n);
  let body = '';
  for (let at = 0; at < LENGTH; at += 1, bits >>= 5n) body += ALPHABET.charAt(Number(bits & 31n));
  return `${body}${checkOf(body)}` as Reference;
}

/** Reads a reference as people write it: in any case, in groups or not, with I, L and O for 1, 1 and 0. */
export function parseReference(text: string): Result<Reference, ReferenceFault> {
  const alphabet = `${ALPHABET}${Object.keys(LOOKALIKE).join('')}`;
  const scanned = scan(text, { alphabet, lengths: [LENGTH + 1], separators: ' -' });
  if (!scanned.ok) return scanned;
  const plain = scanned.value.replace(/[ILO]/g, (letter) => LOOKALIKE[letter] ?? letter);
  const expected = checkOf(plain.slice(0, LENGTH));
  const found = plain.slice(LENGTH);
  return found === expected ? ok(plain as Reference) : fail({ kind: 'check', expected, found });
}

/** `7K3M-90QX-4ZD`: in groups, as it is told. */
export const writeReference = (reference: Reference): string =>
  `${reference.slice(0, 4)}-${reference.slice(4, 8)}-${reference.slice(8)}`;

/**
 * The check character: the value of the others as a polynomial over the field of 32 elements, at an element whose first 31
 * powers all differ. So one wrong character, and two that changed places, always show.
 */
function checkOf(body: string): string {
  let sum = 0;
  for (const char of body) sum = doubled(sum) ^ ALPHABET.indexOf(char);
  return ALPHABET.charAt(doubled(sum));
}

/** Times x in GF(2)[x] modulo x⁵ + x² + 1. */
const doubled = (value: number): number => ((value << 1) & 31) ^ (value & 16 ? 0b00101 : 0);
