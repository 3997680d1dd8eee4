import { checkDigit, type Imei, parseImei } from '../../identifiers/imei.ts';
import { readMessage } from '../../identifiers/message.ts';

/** One identifier as it was asked for; undefined where the text holds none, more than one, or one with a wrong digit. */
export type Input = { readonly imei: Imei; readonly key: number; readonly svn: number } | undefined;

const PLAIN = /^[0-9]{14,16}$/;

/** Reads what a person wrote: digits of any script, with blanks, check digit or software version. */
export function readInput(text: string): Input {
  const read = PLAIN.test(text) ? [parseImei(text)] : readMessage(text);
  const [found, ...more] = read;
  if (found?.ok !== true || more.length > 0) return undefined;
  const { imei, svn } = found.value;
  return { imei, key: Number(imei), svn: svn === undefined ? -1 : Number(svn) };
}

/** The 15 digits that the device shows; '' of what was none. */
export const shown = (input: Input): string => (input === undefined ? '' : `${input.imei}${checkDigit(input.imei)}`);
