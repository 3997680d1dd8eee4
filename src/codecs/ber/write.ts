/**
 * Writes BER from the end to the beginning, so that each length is known when it is written. The room is taken once;
 * what is written is `bytes[at, bytes.length)`, until {@link BerWriter.clear}.
 */
export type BerWriter = {
  readonly bytes: Buffer;
  /** Where what has been written begins. */
  at: number;
};

export const berWriter = (room: number): BerWriter => ({ bytes: Buffer.alloc(room), at: room });

export const clear = (writer: BerWriter): void => {
  writer.at = writer.bytes.length;
};

/** Puts one octet before all that has been written. The room is never exceeded by what callers of known size put. */
export function putOctet(writer: BerWriter, octet: number): void {
  if (writer.at === 0) throw new RangeError('a BER writer without room left');
  writer.at -= 1;
  writer.bytes[writer.at] = octet;
}

/** Puts octets before all that has been written, in their order. */
export function putOctets(writer: BerWriter, octets: Uint8Array): void {
  if (writer.at < octets.length) throw new RangeError('a BER writer without room left');
  writer.at -= octets.length;
  const { bytes, at } = writer;
  // A loop: for so few octets a call out of JavaScript costs more.
  for (let index = 0; index < octets.length; index += 1) bytes[at + index] = octets[index] ?? 0;
}

/** Puts identifier and length (the shortest form) of contents that were written since the place was `end`. */
export function close(writer: BerWriter, tag: number, end: number): void {
  const length = end - writer.at;
  let rest = length;
  if (length > 0x7f) {
    let octets = 0;
    for (; rest > 0; rest >>>= 8) {
      putOctet(writer, rest & 0xff);
      octets += 1;
    }
    putOctet(writer, 0x80 | octets);
  } else putOctet(writer, length);
  putOctet(writer, tag);
}

/** Puts a primitive element of one octet: a small INTEGER, an ENUMERATED, a problem code. */
export function putSmall(writer: BerWriter, tag: number, value: number): void {
  putOctet(writer, value & 0xff);
  putOctet(writer, 1);
  putOctet(writer, tag);
}

/** Puts an element with the contents given. */
export function putElement(writer: BerWriter, tag: number, contents: Uint8Array): void {
  const end = writer.at;
  putOctets(writer, contents);
  close(writer, tag, end);
}
