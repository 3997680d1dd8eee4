const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/**
 * The Luhn check digit of a text of upper-case digits in an even base up to 36 (ISO/IEC 7812-1 Annex B for base 10).
 *
 * From the right every second digit, beginning with the last, is doubled and the digits of the double are added. In an
 * even base the doubling maps digits one to one, so every single wrong digit changes the check digit; an odd base has
 * no such law and is refused.
 *
 * @throws RangeError when the base is odd or out of range, or a character is no digit of it: parse first.
 */
export function luhnDigit(digits: string, base = 10): string {
  if (base % 2 !== 0 || base < 2 || base > 36) throw new RangeError(`No Luhn digit in base ${base}.`);
  let sum = 0;
  for (let at = digits.length - 1, double = true; at >= 0; at -= 1, double = !double) {
    const value = ALPHABET.indexOf(digits.charAt(at));
    if (value < 0 || value >= base) throw new RangeError(`Character ${at + 1} is no digit in base ${base}.`);
    const weighted = double ? value * 2 : value;
    sum += Math.floor(weighted / base) + (weighted % base);
  }
  return ALPHABET.charAt((base - (sum % base)) % base);
}

/** Whether the last digit is the Luhn check digit of those before it. */
export const luhnHolds = (digits: string, base = 10): boolean =>
  digits.length > 1 && luhnDigit(digits.slice(0, -1), base) === digits.slice(-1);
