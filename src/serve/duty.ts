import type { Desk } from '../access/desk.ts';
import type { Ask, Registry } from '../stores/registry.ts';

/** What the register does by itself again and again: end what has run out, send what is due, prove what was deleted. */
export type Duty = {
  /** Letters and underscores; stands in metrics and logs. */
  readonly name: string;
  /** Seconds from one turn to the next. */
  readonly every: number;
} & (
  | {
      /** One turn in one transaction, carried out by one process at a time. Gives how much was done; more than 0 asks for another turn at once. */
      readonly act: (desk: Desk) => Promise<number>;
    }
  | {
      /** One turn that cares for transactions itself; may run in several processes at once. Gives how much was done. */
      readonly round: (signal: AbortSignal) => Promise<number>;
    }
);

/** How a duty has fared since the process began. */
export type Record = {
  readonly name: string;
  readonly turns: number;
  /** What was done, in the duty's own unit. */
  readonly done: number;
  readonly failures: number;
  /** When the last turn ended well; undefined before the first. */
  readonly last: Date | undefined;
  /** Whether the last turn failed. */
  readonly failing: boolean;
};

/** What duties are carried out with. */
export type Service = {
  readonly registry: Registry;
  readonly desk: (query: Ask) => Desk;
  readonly clock: () => Date;
  /** Told of a turn that failed; the words may quote values. */
  readonly onFailure: (duty: string, error: unknown) => void;
};

/** Turns of one duty in a row while there is more to do: then others have theirs. */
const MOST_TURNS = 1000;

/** Failures double the time to the next turn, up to so many seconds. */
const LONGEST = 300;

/** One act under the lock of its duty; undefined where another process carries it out just now. */
function locked(service: Service, name: string, act: (desk: Desk) => Promise<number>): Promise<number | undefined> {
  return service.registry.transaction(async (query) => {
    const [row] = await query<{ got: boolean }>('SELECT pg_try_advisory_xact_lock(hashtext($1)) AS got', [
      `duty ${name}`,
    ]);
    return row?.got === true ? act(service.desk(query)) : undefined;
  });
}

/** Carries out one turn of a duty, with all that there is to do. Gives how much was done. */
export async function turn(service: Service, duty: Duty, signal: AbortSignal): Promise<number> {
  if ('round' in duty) return duty.round(signal);
  let sum = 0;
  for (let count = 0; count < MOST_TURNS && !signal.aborted; count += 1) {
    const done = await locked(service, duty.name, duty.act);
    if (done === undefined || done === 0) break;
    sum += done;
  }
  return sum;
}

/** Duties under way, each in its own rhythm, until stopped. */
export class Duties {
  readonly #service: Service;
  readonly #records = new Map<string, Record>();
  readonly #stop = new AbortController();
  readonly #wakers = new Map<string, () => void>();
  readonly #loops: Promise<void>[];

  constructor(service: Service, duties: readonly Duty[]) {
    this.#service = service;
    this.#loops = duties.map((duty) => this.#loop(duty));
  }

  get records(): readonly Record[] {
    return [...this.#records.values()];
  }

  /** Has a duty take its turn now. */
  wake(name: string): void {
    this.#wakers.get(name)?.();
  }

  /** Lets the turns under way end, and begins no other. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const wake of this.#wakers.values()) wake();
    await Promise.all(this.#loops);
  }

  async #loop(duty: Duty): Promise<void> {
    const { name } = duty;
    let record: Record = { name, turns: 0, done: 0, failures: 0, last: undefined, failing: false };
    let pause = duty.every;
    let awake = false;
    let wake = (): void => undefined;
    this.#records.set(name, record);
    this.#wakers.set(name, () => {
      awake = true;
      wake();
    });
    while (!this.#stop.signal.aborted) {
      awake = false;
      try {
        const done = await turn(this.#service, duty, this.#stop.signal);
        const last = this.#service.clock();
        record = { ...record, turns: record.turns + 1, done: record.done + done, last, failing: false };
        pause = duty.every;
      } catch (error) {
        record = { ...record, failures: record.failures + 1, failing: true };
        pause = Math.min(LONGEST, Math.max(1, pause * 2));
        this.#service.onFailure(name, error);
      }
      this.#records.set(name, record);
      if (awake || this.#stop.signal.aborted) continue;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause * 1000);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
