import type { Answer, Question } from '../decisions/core/question.ts';

/** The protocols a network can ask in. The order is that of the recorded events: append only. */
export const PROTOCOLS = ['s13', 'n5g-eir', 'map', 'gsup', 'suppl76', 'cli'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Who asks: one object per connection, made once. */
export type Asker = {
  readonly protocol: Protocol;
  /** The peer as the protocol names it (Origin-Host, GSUP name, calling address), for counters; never personal. */
  readonly peer: string;
  /** The operator whose network asks, by the country file's id; '' where the node serves one only. */
  readonly operator: string;
};

/** What the servers of all protocols ask. Each check is recorded once, as an event, when its answer is known. */
export type Checker = {
  /** Decides at once; undefined where the centre has to be asked first, which {@link Checker.ask} does. */
  check(question: Question, asker: Asker): Answer | undefined;
  /** Decides, having asked the centre where the mode says so. Never rejects: what cannot be asked is answered by default. */
  ask(question: Question, asker: Asker): Promise<Answer>;
};

/** A server of one protocol. */
export type Server = {
  /** Where it listens, as `host:port`. */
  readonly address: string;
  /** Stops accepting, answers what has been read, then closes. Resolves when all connections are gone or `graceMs` is over. */
  close(graceMs?: number): Promise<void>;
};

/** Counts what a server did: `name` is one of a fixed set per server, `label` a cause or a peer, never personal. */
export type Count = (name: string, label?: string) => void;
