import type { Receipt } from '../channel.ts';

/** Header fields of a message, continued lines joined. */
const unfolded = (text: string): string => text.replace(/\r\n/g, '\n').replace(/\n[ \t]+/g, ' ');

/**
 * Reads a report of mail that was not delivered, or was (RFC 3464), about a letter of ours: by the message number in the
 * headers that it gives back. Undefined for what is no such report, for delays, and for other letters.
 */
export function readBounce(letter: string): Pick<Receipt, 'message' | 'state' | 'because'> | undefined {
  const whole = unfolded(letter);
  const end = whole.indexOf('\n\n');
  if (end < 0) return undefined;
  const [headers, body] = [whole.slice(0, end), whole.slice(end)];
  if (!/^Content-Type:\s*multipart\/report;.*report-type="?delivery-status"?/im.test(headers)) return undefined;
  const message = /^Message-ID:\s*<([0-9a-f]{24})@/im.exec(body)?.[1];
  const action = /^Action:\s*(failed|delivered)\b/im.exec(body)?.[1]?.toLowerCase();
  if (message === undefined || action === undefined) return undefined;
  if (action === 'delivered') return { message, state: 'delivered' };
  const status = /^Status:\s*([245]\.\d{1,3}\.\d{1,3})\b/im.exec(body)?.[1];
  return { message, state: 'refused', because: status ?? 'returned' };
}
