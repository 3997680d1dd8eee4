import type { BerWriter } from '../../codecs/ber/write.ts';
import type { Outgoing, Span } from '../../codecs/map/sccp.ts';
import type { Asker } from '../checker.ts';

/** What brought an SCCP message, and takes the answer back. */
export type Carrier = {
  /** The signalling point it came from; -1 where the link does not tell. */
  readonly origin: number;
  readonly send: (message: Outgoing) => void;
  /** The same carrier, still good when the octets of the message are gone. */
  readonly keep: () => Carrier;
};

/** The same octets where nothing else is. */
const copyOf = ({ bytes, start, end }: Span): Span => ({
  bytes: Buffer.from(bytes.subarray(start, end)),
  start: 0,
  end: end - start,
});

const NOWHERE: Span = { bytes: Buffer.alloc(0), start: 0, end: 0 };

/**
 * The way back to who sent a TCAP message. One object is filled for message after message; {@link Way.keep} makes one that
 * stays. A class, since a function made anew for each message would cost more than all else that is done for it.
 */
export class Way implements Outgoing {
  asker: Asker;
  carrier: Carrier;
  type = 0;
  second = 0;
  called = NOWHERE;
  calling = NOWHERE;
  data = NOWHERE;

  constructor(carrier: Carrier, asker: Asker) {
    this.carrier = carrier;
    this.asker = asker;
  }

  /** Sends what is in the writer; its octets are copied before this returns. */
  send({ bytes, at }: BerWriter): void {
    this.data = { bytes, start: at, end: bytes.length };
    this.carrier.send(this);
  }

  /** The same way, still good when the octets of the question are gone. */
  keep(): Way {
    const kept = new Way(this.carrier.keep(), this.asker);
    kept.type = this.type;
    kept.second = this.second;
    kept.called = copyOf(this.called);
    kept.calling = copyOf(this.calling);
    return kept;
  }
}
