import type { FaultCode } from '../faults/codes.ts';
import { Refused } from '../faults/fault.ts';

/** What was asked for does not exist, or is not for who asks: these are not told apart. */
export const unknown = (what: string): Refused =>
  refused('REGISTRATION_UNKNOWN', `There is no such ${what}, or it is not yours.`, 'Check the number you gave.');

/** A value that cannot be. */
export const badValue = (field: string, message: string, remedy: string): Refused =>
  new Refused([{ code: 'REGISTRATION_VALUE', message, remedy, field }]);

/** One fault as a refusal. */
export const refused = (code: FaultCode, message: string, remedy: string): Refused =>
  new Refused([{ code, message, remedy }]);

/** A line of text that has to be there: without blanks around it, 1 to 200 characters. @throws Refused REGISTRATION_VALUE */
export function line(field: string, text: string | undefined): string {
  const found = text?.trim() ?? '';
  if (/^[^\p{Cc}\u2028\u2029]{1,200}$/u.test(found)) return found;
  throw badValue(field, `${field} is missing, or not one line of up to 200 characters.`, `Give ${field}.`);
}

/** A number that people quote in messages: letters, digits, hyphens, slashes. @throws Refused REGISTRATION_VALUE */
export function quotable(field: string, text: string): string {
  const found = text.trim();
  if (/^[A-Za-z0-9/-]{1,40}$/.test(found)) return found;
  throw badValue(field, `${field} is not of 1 to 40 letters, digits, hyphens or slashes.`, `Write ${field} so.`);
}
