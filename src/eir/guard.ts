import { traceOf } from './trace.ts';

/** Places of faults that are told, each once: what a peer can repeat must not fill a log. */
const MOST_PLACES = 100;
const places = new Set<string>();

/** Tells of a fault of ours by a warning of the process: where it is, never what was worked on. */
export function tellFault(error: unknown): void {
  const { error: name, trace } = traceOf(error);
  const place = `${name} ${trace[0] ?? ''}`;
  if (places.has(place) || places.size >= MOST_PLACES) return;
  places.add(place);
  process.emitWarning(`${place}: what brought it was refused.`, 'PeerFault');
}

/**
 * What takes a peer's octets, so that a fault of ours which nobody foresaw ends the connection that brought them, and not
 * those of all other peers. It is told once for each place in the code, and `lost` counts it each time.
 */
export const guarded =
  (take: (chunk: Buffer) => void, lost: () => void) =>
  (chunk: Buffer): void => {
    try {
      take(chunk);
    } catch (error) {
      tellFault(error);
      lost();
    }
  };
