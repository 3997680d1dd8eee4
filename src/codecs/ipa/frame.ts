import type { Framing } from './split.ts';

/** Octets before the payload of an IPA frame: length of the payload (2), stream (1). As GSM 08.59-over-IP equipment and Osmocom speak it. */
export const IPA_HEADER = 3;

/** Streams of the IPA multiplex. */
export const IPA_STREAM = {
  /** SCCP messages ("SCCPlite"). */
  sccp: 0xfd,
  /** Connection control: ping, pong, identities. */
  ccm: 0xfe,
  /** Osmocom extensions; the first octet of the payload tells which. */
  osmo: 0xee,
} as const;

/** Extensions of stream `osmo`. */
export const IPA_EXTENSION = { gsup: 0x05 } as const;

/** The framing of IPA over TCP; `limit` is that of the payload, at most 65,535 octets. */
export const ipaFraming = (limit: number): Framing => ({
  header: IPA_HEADER,
  length: (bytes, at) => IPA_HEADER + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)),
  limit: IPA_HEADER + limit,
});

/** Writes the header of a frame with `length` octets of payload; answers the place after it. */
export function putIpaHeader(bytes: Buffer, at: number, length: number, stream: number): number {
  bytes[at] = length >> 8;
  bytes[at + 1] = length & 0xff;
  bytes[at + 2] = stream;
  return at + IPA_HEADER;
}

/** A whole frame. `extension` is given for stream `osmo`. */
export function ipaFrame(stream: number, payload: Uint8Array, extension?: number): Buffer {
  const more = extension === undefined ? 0 : 1;
  const frame = Buffer.allocUnsafe(IPA_HEADER + more + payload.length);
  let at = putIpaHeader(frame, 0, more + payload.length, stream);
  if (extension !== undefined) {
    frame[at] = extension;
    at += 1;
  }
  frame.set(payload, at);
  return frame;
}
