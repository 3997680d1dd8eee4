import type { CheckFormat } from '../../country/check.ts';
import type { Result } from '../../faults/result.ts';
import type { ImeiFault, ImeiReading } from '../../identifiers/imei.ts';
import { readMessage, westernDigits } from '../../identifiers/message.ts';

/** What somebody sent: one IMEI or two, each right or with its fault, or something that is no question. */
export type Question =
  | { readonly kind: 'check'; readonly imeis: readonly Result<ImeiReading, ImeiFault>[] }
  | { readonly kind: 'help' };

/** IMEIs that are answered of one message: a telephone with two slots. */
const MOST = 2;

/** What may stand around words and digits: blanks, punctuation, marks of writing direction. */
const LIGHT = /^[\s\p{P}\p{S}\p{Cf}]+/u;

/** Forms that look alike are made one: full-width letters, ligatures; case is left aside. */
const plain = (text: string): string => text.normalize('NFKC').toLowerCase();

/**
 * Reads what a person sent to check a device, as the country's format has it: digits of every script, in parts or not, a
 * word before them where it is due, in any case and glued to them or not.
 */
export function readCheck(text: string, { words, bare }: Pick<CheckFormat, 'words' | 'bare'>): Question {
  const sent = westernDigits(plain(text)).replace(LIGHT, '');
  const word = words.map(plain).find((one) => sent.startsWith(one) && !/^[\p{L}\p{M}]/u.test(sent.slice(one.length)));
  if (word === undefined && !bare) return { kind: 'help' };
  const imeis = readMessage(sent.slice(word?.length ?? 0)).slice(0, MOST);
  return imeis.length === 0 ? { kind: 'help' } : { kind: 'check', imeis };
}
