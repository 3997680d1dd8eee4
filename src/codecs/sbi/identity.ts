/** Kinds of permanent equipment identifier (3GPP TS 29.571 `Pei`). */
export type Equipment = 'imei' | 'mac' | 'eui' | 'other';

/** What a request asks about, in numbers; all are below 2^53. */
export type Identity = {
  equipment: Equipment;
  /** The 14 digits of the IMEI; -1 where the PEI is none. */
  imei: number;
  /** The software version of an IMEISV; -1 where it is not told. */
  svn: number;
  /** The digits of an `imsi-` SUPI; 0 for other SUPIs and where none is told. */
  imsi: number;
  /** The digits of an `msisdn-` GPSI; 0 for other GPSIs and where none is told. */
  msisdn: number;
};

/** A part of a text: characters `from` up to but not including `to`. */
export type Span = { text: string; from: number; to: number };

/** The decimal number in a span, or -1 where another character stands in it. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

const isHex = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102);

/** Whether the span holds `pairs` times a hyphen and two hexadecimal digits, and nothing else. */
function octets({ text, from, to }: Span, pairs: number): boolean {
  if (to - from !== pairs * 3) return false;
  for (let at = from; at < to; at += 3) {
    if (text.charCodeAt(at) !== 45 || !isHex(text.charCodeAt(at + 1)) || !isHex(text.charCodeAt(at + 2))) return false;
  }
  return true;
}

/** `imei-` and 15 digits. The 15th is not looked at: a network may send a 0 in its place (TS 23.003 §6.2.1). */
function readImei(identity: Identity, { text, from, to }: Span): boolean {
  if (to - from !== 20) return false;
  const imei = digits(text, from + 5, to - 1);
  const last = text.charCodeAt(to - 1);
  if (imei < 0 || last < 48 || last > 57) return false;
  identity.imei = imei;
  return true;
}

function readImeisv(identity: Identity, { text, from, to }: Span): boolean {
  if (to - from !== 23) return false;
  const imei = digits(text, from + 7, to - 2);
  const svn = digits(text, to - 2, to);
  if (imei < 0 || svn < 0) return false;
  identity.imei = imei;
  identity.svn = svn;
  return true;
}

/** `-untrusted`: the MAC address was told by the equipment alone, so that nobody vouches for it. */
const UNTRUSTED = '-untrusted';

function readMac(identity: Identity, { text, from, to }: Span): boolean {
  const untrusted = text.startsWith(UNTRUSTED, to - UNTRUSTED.length);
  identity.equipment = 'mac';
  return octets({ text, from: from + 3, to: untrusted ? to - UNTRUSTED.length : to }, 6);
}

/**
 * Reads a PEI: `imei-` with 15 digits, `imeisv-` with 16, `mac-` with 6 octets, `eui-` with 8, or any other text (TS
 * 29.571 table 5.3.2-1). A text that begins as one of the first four and is not wrought so is refused.
 */
export function readPei(identity: Identity, span: Span): boolean {
  const { text, from, to } = span;
  if (text.startsWith('imei-', from)) return readImei(identity, span);
  if (text.startsWith('imeisv-', from)) return readImeisv(identity, span);
  if (text.startsWith('mac-', from)) return readMac(identity, span);
  if (text.startsWith('eui-', from)) {
    identity.equipment = 'eui';
    return octets({ text, from: from + 3, to }, 8);
  }
  identity.equipment = 'other';
  return to > from;
}

/** The digits after a prefix as a number, 0 where the span has another form, -1 where the digits are wrong. */
function numbered({ text, from, to }: Span, prefix: string): number {
  if (!text.startsWith(prefix, from)) return to > from ? 0 : -1;
  const count = to - from - prefix.length;
  return count < 5 || count > 15 ? -1 : digits(text, from + prefix.length, to);
}

/** Reads a SUPI: `imsi-` with 5 to 15 digits; `nai-`, `gci-`, `gli-` and others are taken but tell no IMSI (TS 29.571). */
export function readSupi(identity: Identity, span: Span): boolean {
  identity.imsi = numbered(span, 'imsi-');
  return identity.imsi >= 0;
}

/** Reads a GPSI: `msisdn-` with 5 to 15 digits; `extid-` and others are taken but tell no MSISDN (TS 29.571). */
export function readGpsi(identity: Identity, span: Span): boolean {
  identity.msisdn = numbered(span, 'msisdn-');
  return identity.msisdn >= 0;
}

/** Reads `SupportedFeatures` (TS 29.571): hexadecimal digits, maybe none. The service has no features to agree upon. */
export function readFeatures(_: Identity, { text, from, to }: Span): boolean {
  for (let at = from; at < to; at += 1) if (!isHex(text.charCodeAt(at))) return false;
  return true;
}
