import { IPA_STREAM, ipaFrame } from './frame.ts';

/** Message types of the connection control stream. */
export const CCM = { ping: 0x00, pong: 0x01, idGet: 0x04, idResp: 0x05, idAck: 0x06 } as const;

/** Identities one side asks of the other, by their tags. */
export const ID_TAG = {
  serialNumber: 0x00,
  unitName: 0x01,
  location1: 0x02,
  location2: 0x03,
  equipmentVersion: 0x04,
  softwareVersion: 0x05,
  ipAddress: 0x06,
  macAddress: 0x07,
  unitId: 0x08,
} as const;

/** A connection control message. Identities are text without the final NUL; where a tag comes twice the last one counts. */
export type Ccm =
  | { readonly kind: 'ping' | 'pong' | 'idAck' }
  | { readonly kind: 'idGet'; readonly tags: readonly number[] }
  | { readonly kind: 'idResp'; readonly identities: ReadonlyMap<number, string> }
  /** A type that is not in {@link CCM}. */
  | { readonly kind: 'other'; readonly type: number }
  /** A length runs over the end. */
  | { readonly kind: 'malformed' };

const frame = (...payload: readonly number[]): Buffer => ipaFrame(IPA_STREAM.ccm, Uint8Array.from(payload));

/** Whole frames, ready to send; shared, so never to be changed. */
export const PING = frame(CCM.ping);
export const PONG = frame(CCM.pong);
export const ID_ACK = frame(CCM.idAck);

/** Asks for identities: each is a length octet (1, of the tag alone) and the tag. */
export const idGet = (tags: readonly number[]): Buffer => frame(CCM.idGet, ...tags.flatMap((tag) => [1, tag]));

/** Tells identities: each is a length of two octets (of tag, text and NUL), the tag, the text, NUL. */
export function idResp(identities: Iterable<readonly [tag: number, text: string]>): Buffer {
  const parts = [...identities].flatMap(([tag, text]) => {
    const value = [...Buffer.from(`${text}\0`, 'utf8')];
    return [(value.length + 1) >> 8, (value.length + 1) & 0xff, tag, ...value];
  });
  return frame(CCM.idResp, ...parts);
}

function readTags(bytes: Buffer, start: number, end: number): Ccm {
  const tags: number[] = [];
  for (let at = start; at < end; ) {
    const length = bytes[at] ?? 0;
    if (length < 1 || at + 1 + length > end) return { kind: 'malformed' };
    tags.push(bytes[at + 1] ?? 0);
    at += 1 + length;
  }
  return { kind: 'idGet', tags };
}

function readIdentities(bytes: Buffer, start: number, end: number): Ccm {
  const identities = new Map<number, string>();
  for (let at = start; at < end; ) {
    if (at + 3 > end) return { kind: 'malformed' };
    const length = bytes.readUInt16BE(at);
    const next = at + 2 + length;
    if (length < 1 || next > end) return { kind: 'malformed' };
    const text = bytes.toString('utf8', at + 3, next);
    const nul = text.indexOf('\0');
    identities.set(bytes[at + 2] ?? 0, nul < 0 ? text : text.slice(0, nul));
    at = next;
  }
  return { kind: 'idResp', identities };
}

/** Reads the payload `bytes[start, end)` of a frame of stream `ccm`. Never throws. */
export function readCcm(bytes: Buffer, start: number, end: number): Ccm {
  if (start >= end) return { kind: 'malformed' };
  const type = bytes[start] ?? 0;
  switch (type) {
    case CCM.ping:
      return { kind: 'ping' };
    case CCM.pong:
      return { kind: 'pong' };
    case CCM.idAck:
      return { kind: 'idAck' };
    case CCM.idGet:
      return readTags(bytes, start + 1, end);
    case CCM.idResp:
      return readIdentities(bytes, start + 1, end);
    default:
      return { kind: 'other', type };
  }
}
