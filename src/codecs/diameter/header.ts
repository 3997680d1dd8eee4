/** Octets of the Diameter header (RFC 6733 §3). */
export const HEADER_BYTES = 20;

/** Command flags (RFC 6733 §3). The other four bits are reserved, and ignored by whoever receives them. */
export const FLAG = { REQUEST: 0x80, PROXIABLE: 0x40, ERROR: 0x20, REPEATED: 0x10 } as const;

/** The Diameter header without version and length. */
export type Header = {
  readonly flags: number;
  readonly command: number;
  readonly application: number;
  readonly hopByHop: number;
  readonly endToEnd: number;
};

/** Reads the header of a whole message. */
export const readHeader = (message: Buffer): Header => ({
  flags: message.readUInt8(4),
  command: message.readUIntBE(5, 3),
  application: message.readUInt32BE(8),
  hopByHop: message.readUInt32BE(12),
  endToEnd: message.readUInt32BE(16),
});

/** A message of its header and its AVPs, which are whole and padded. */
export function writeMessage(header: Header, avps: readonly Buffer[]): Buffer {
  const head = Buffer.allocUnsafe(HEADER_BYTES);
  const length = avps.reduce((sum, avp) => sum + avp.length, HEADER_BYTES);
  head.writeUInt32BE(0x01000000 + length, 0);
  head.writeUInt32BE(header.flags * 0x1000000 + header.command, 4);
  head.writeUInt32BE(header.application, 8);
  head.writeUInt32BE(header.hopByHop, 12);
  head.writeUInt32BE(header.endToEnd, 16);
  return Buffer.concat([head, ...avps], length);
}

/** The header of the answer to a request: same command, application and identifiers; P kept, R and T cleared (RFC 6733 §6.2). */
export const answering = (request: Header, error: boolean): Header => ({
  ...request,
  flags: (request.flags & FLAG.PROXIABLE) | (error ? FLAG.ERROR : 0),
});
