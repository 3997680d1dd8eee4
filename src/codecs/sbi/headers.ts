/**
 * The custom headers of 3GPP TS 29.500 §5.2.3 that the service acts upon, in lower case as HTTP/2 carries them.
 *
 * Passed over: `3gpp-Sbi-Correlation-Info` (it names subscribers and serves tracing, so it is neither kept nor logged),
 * `-Target-apiRoot`, `-Discovery-*`, `-Routing-Binding` and `-Callback` (an SCP acts upon them before us), `-Binding`
 * (a check has no later request), `-Oci` and `-Lci` of peers (we send them nothing), `-Client-Credentials` and
 * `-Access-Scope` (the access token decides), `-Request-Info`, `-NF-Peer-Info`, `-User-Agent` and whatever else comes.
 */
export const MESSAGE_PRIORITY = '3gpp-sbi-message-priority';
export const MAX_RESPONSE_TIME = '3gpp-sbi-max-rsp-time';
export const SENDER_TIMESTAMP = '3gpp-sbi-sender-timestamp';

/** The value of a header as one text; a header that came twice tells nothing. */
export const single = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

/** A header of decimal digits only, at most nine; undefined for any other text. */
function whole(text: string | undefined): number | undefined {
  if (text === undefined || text.length === 0 || text.length > 9) return undefined;
  let value = 0;
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return value;
}

/** The priority of a message, 0 the highest to 31 the lowest; 24 where none is told (TS 29.500 §6.8.4.3). */
export function priorityOf(text: string | undefined): number {
  const told = whole(text);
  return told === undefined || told > 31 ? 24 : told;
}

/** Clocks further apart than this are not set to one time, and the sender's stamp tells nothing. */
const CLOCKS_APART_MS = 60_000;

/**
 * How long the consumer still waits, in milliseconds: `Max-Rsp-Time` counted from `Sender-Timestamp` where both are told
 * and the clocks agree, from now otherwise; `otherwise` where nothing is told (TS 29.500 §6.11.2).
 */
export function patience(
  header: (name: string) => string | undefined,
  { now, otherwise }: { readonly now: number; readonly otherwise: number },
): number {
  const longest = whole(header(MAX_RESPONSE_TIME));
  if (longest === undefined) return otherwise;
  const sent = Date.parse(header(SENDER_TIMESTAMP) ?? '');
  const passed = Math.abs(now - sent) <= CLOCKS_APART_MS ? Math.max(0, now - sent) : 0;
  return Math.min(otherwise, Math.max(0, longest - passed));
}
