import type { Brand } from '../faults/brand.ts';
import { fail, ok, type Result } from '../faults/result.ts';
import { upperAscii } from './digits.ts';
import type { DigitFault, IdentifierFault, LengthFault } from './fault.ts';

/** A maker's own serial number: 1 to 64 printable ASCII characters in upper case. Unique only with maker and model. */
export type Serial = Brand<string, 'Serial'>;

/** Why a text is no serial number. */
export type SerialFault = LengthFault | DigitFault | Extract<IdentifierFault, { readonly kind: 'placeholder' }>;

/** Ours: no standard bounds a serial number; 64 holds those of GS1 (AI 21, 20 characters) and every label we know of. */
const LONGEST = 64;

/** Texts that stand where no serial number was written, compared without blanks and punctuation. */
const PLACEHOLDERS = new Set(
  ['NA', 'NONE', 'NULL', 'UNKNOWN', 'NOTAVAILABLE', 'NOTSPECIFIED', 'DEFAULTSTRING', 'SERIALNUMBER', 'TEST'].concat([
    'SYSTEMSERIALNUMBER',
    'TOBEFILLEDBYOEM',
    '123456789',
    '1234567890',
    '0123456789',
    '0123456789ABCDEF',
  ]),
);

/** Parses a serial number; blanks around it fall away, those within shrink to one space. */
export function parseSerial(text: string): Result<Serial, SerialFault> {
  const lead = text.length - text.trimStart().length;
  let at = lead;
  for (const char of text.trim()) {
    at += 1;
    if (!/^[\x20-\x7e]$/.test(char)) return fail({ kind: 'digit', at, char });
  }
  const serial = upperAscii(text.trim().replace(/ {2,}/g, ' '));
  if (serial === '' || serial.length > LONGEST) {
    return fail({ kind: 'length', digits: serial.length, allowed: Array.from({ length: LONGEST }, (_, i) => i + 1) });
  }
  return isPlaceholder(serial) ? fail({ kind: 'placeholder' }) : ok(serial as Serial);
}

/** Key of a serial number: the maker and the model within which it is unique, then the number. Case and blanks fold. */
export function serialKey(maker: string, model: string, serial: Serial): string {
  const fold = (name: string): string => name.normalize('NFKC').trim().replace(/\s+/g, ' ').toUpperCase();
  return JSON.stringify([fold(maker), fold(model), serial]);
}

function isPlaceholder(serial: string): boolean {
  const bare = serial.replace(/[^0-9A-Z]/g, '');
  return bare === '' || bare === '0' || PLACEHOLDERS.has(bare) || /^(.)\1{2,}$/.test(bare);
}
