import { type Outgoing, SCCP_OVERHEAD } from '../../codecs/map/sccp.ts';
import type { MapCounts } from './counts.ts';
import { type Outbox, outbox } from './outbox.ts';

/** Why a link ends, of the labels of `map_link`. */
export type LinkCause = Exclude<MapCounts['map_link'][number], 'up' | 'told' | 'destination'>;

/** What a session needs of its connection. */
export type Wire = {
  /** Sends; the octets are not changed afterwards. */
  readonly write: (bytes: Buffer) => void;
  /** Ends the connection at once. */
  readonly end: (cause: LinkCause) => void;
};

/** One connection's state and answers, apart from its socket. */
export type Session = {
  /** Called once, when the connection has been made. */
  readonly start: () => void;
  readonly receive: (chunk: Buffer) => void;
  /** Called about each second: asks for signs of life, and gives up. */
  readonly tick: () => void;
  /** Whether questions may come. */
  readonly active: () => boolean;
  /** Says that no more questions are wanted; answers still go out. */
  readonly leave: () => void;
  /** Questions whose answers have not been sent. */
  readonly outstanding: () => number;
  /** Told when the connection is gone: what comes later is dropped. */
  readonly gone: () => void;
};

/** The outbox of a session, and when it is emptied. */
export type Sender = {
  readonly box: Outbox;
  /** To be called after something was put outside of {@link Sender.batch}: sends it with what else is put this turn. */
  readonly soon: () => void;
  /** Runs what puts answers, and sends them in one write. */
  readonly batch: <Result>(work: () => Result) => Result;
  readonly stop: () => void;
  readonly stopped: () => boolean;
};

export function sender(write: Wire['write']): Sender {
  const box = outbox();
  let planned = false;
  let stopped = false;
  let batching = false;
  const flush = (): void => {
    planned = false;
    const bytes = box.take();
    if (bytes !== undefined && !stopped) write(bytes);
  };
  const soon = (): void => {
    if (planned || batching) return;
    planned = true;
    queueMicrotask(flush);
  };
  const batch: Sender['batch'] = (work) => {
    batching = true;
    try {
      return work();
    } finally {
      batching = false;
      flush();
    }
  };
  const stop = (): void => {
    stopped = true;
  };
  return { box, soon, batch, stop, stopped: () => stopped };
}

/** Octets an SCCP message takes at most. */
export const roomOf = ({ called, calling, data }: Outgoing): number =>
  SCCP_OVERHEAD + called.end - called.start + calling.end - calling.start + data.end - data.start;
