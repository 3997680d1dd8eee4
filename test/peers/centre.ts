import { type Seen, startTelling } from './lines.ts';

/** A message centre in a process of its own, made of the library that the product uses. */
export type Centre = {
  readonly port: number;
  /** What it saw so far. */
  readonly seen: readonly Seen[];
  /** Of one kind, such as `submit`, `bind`, `enquire_link`. */
  readonly of: (is: string) => readonly Seen[];
  /** Makes it send a message with these parameters, or do what a word says. */
  readonly tell: (what: Readonly<Record<string, unknown>> | 'drop' | 'unbind' | 'unknown' | 'garbage' | 'huge') => void;
  readonly close: () => Promise<void>;
};

/** Starts a centre whose password is `secret`. */
export async function startCentre(): Promise<Centre> {
  const { port, seen, write, close } = await startTelling('centre_process.ts');
  return {
    port,
    seen,
    of: (is) => seen.filter((one) => one.is === is),
    tell: (what) => write(typeof what === 'string' ? what : JSON.stringify(what)),
    close,
  };
}
