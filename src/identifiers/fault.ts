/** The text holds a number of digits that the identifier does not have; 0 when it is empty. */
export type LengthFault = { readonly kind: 'length'; readonly digits: number; readonly allowed: readonly number[] };

/** A character that is no digit of the identifier, at its place in the text as given, counted from 1. */
export type DigitFault = { readonly kind: 'digit'; readonly at: number; readonly char: string };

/** The check digit (or pair of digits) that is there is not the one that the others demand. */
export type CheckFault = { readonly kind: 'check'; readonly expected: string; readonly found: string };

/** A decimal part stands for more than its bits can hold; `at` is the part's first digit among the digits, from 1. */
export type RangeFault = { readonly kind: 'range'; readonly at: number; readonly digits: number; readonly max: number };

/** Everything that can be wrong with an identifier; each parser's own fault is a subset. */
export type IdentifierFault =
  | LengthFault
  | DigitFault
  | CheckFault
  | RangeFault
  /** MEID: a decimal region code before a hexadecimal rest belongs to neither numbering space. */
  | { readonly kind: 'region'; readonly region: string }
  /** ICCID: the first two digits are not 89, telecommunications. */
  | { readonly kind: 'industry'; readonly found: string }
  /** MSISDN: no country or network has such a calling code. */
  | { readonly kind: 'calling-code' }
  /** MSISDN: digits that are dialled only inside the country follow the calling code. */
  | { readonly kind: 'trunk' }
  /** MSISDN: the calling code's numbering plan has no number so short or so long. */
  | { readonly kind: 'plan'; readonly digits: number }
  /** Serial number: a text that makers leave where none was written. */
  | { readonly kind: 'placeholder' };

/**
 * One sentence for a person. It never repeats the identifier, only the place and the digit that are wrong, so it may be
 * shown for an IMSI or MSISDN too.
 */
export function writeIdentifierFault(fault: IdentifierFault): string {
  switch (fault.kind) {
    case 'length':
      return fault.digits === 0 ? 'It is empty.' : `It has ${fault.digits} digits; ${list(fault.allowed)} are allowed.`;
    case 'digit':
      return `Character ${fault.at} is ${JSON.stringify(fault.char)}, which is no digit here.`;
    case 'check':
      return `The check digit is ${fault.found}, but the other digits demand ${fault.expected}.`;
    case 'range':
      return `Digits ${fault.at} to ${fault.at + fault.digits - 1} stand for more than ${fault.max}.`;
    case 'region':
      return `The region code ${fault.region} is decimal, but hexadecimal digits follow it.`;
    case 'industry':
      return `It begins with ${fault.found}; cards of telecommunications begin with 89.`;
    case 'calling-code':
      return 'It begins with no calling code in use.';
    case 'trunk':
      return 'After the calling code stand digits that are dialled only inside the country.';
    case 'plan':
      return `It has ${fault.digits} digits, which its numbering plan does not know.`;
    case 'placeholder':
      return 'It is a placeholder, not a serial number.';
  }
}

/** `14, 15 or 16`, and `6 to 15` for a longer row of neighbours. */
function list(numbers: readonly number[]): string {
  const [first = 0] = numbers;
  const last = numbers.at(-1) ?? first;
  if (numbers.length > 3 && last - first === numbers.length - 1) return `${first} to ${last}`;
  return numbers.length < 2 ? `${last}` : `${numbers.slice(0, -1).join(', ')} or ${last}`;
}
