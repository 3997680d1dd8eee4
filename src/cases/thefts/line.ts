import { Refused } from '../../faults/fault.ts';

/** A text that an office writes into a case: one line, as people may be told it. */
export function demandLine(text: string, field: string): string {
  const line = text.trim();
  if (/^[^\p{Cc}\u2028\u2029]{3,120}$/u.test(line)) return line;
  const message = `${field} is not one line of 3 to 120 characters.`;
  throw new Refused([{ code: 'CASE_EVIDENCE', message, remedy: 'Write it in a few words.', field }]);
}
