import { setTimeout as pause } from 'node:timers/promises';
import { type Fault, Refused } from '../../faults/fault.ts';
import { errorCode } from '../../files/errno.ts';
import type { Count } from '../checker.ts';
import type { Writer } from '../memory/writer.ts';
import { ask, type Centre, Unreachable } from './client.ts';
import { Lines } from './lines.ts';
import { type RebuildLimits, Register } from './register.ts';
import { Reporter } from './reporter.ts';
import type { HeldRules } from './rules.ts';
import { type Fetched, fetchSnapshot } from './snapshot.ts';
import {
  type BeatLine,
  behind,
  type ChangesLine,
  type Heads,
  LINE_LIMIT,
  type Line,
  readLine,
  type Stand,
  sameLists,
  standQuery,
} from './wire.ts';

/** What a node says of itself beside what it holds; nothing personal. */
export type Self = {
  /** The mode it answers in. */
  readonly mode: string;
  /** Counters, by name. */
  readonly counts: Readonly<Record<string, number>>;
};

/** Times in milliseconds, all by the clock that never jumps. */
export type FollowTimes = {
  /** Without a word of the centre for so long, the node connects anew. */
  readonly silenceMs: number;
  /** The first wait before connecting anew; doubled each time up to `waitMostMs`, less a random half. */
  readonly waitMs: number;
  readonly waitMostMs: number;
  /** Between two reports to the centre, at least. */
  readonly reportMs: number;
};

const TIMES: FollowTimes = { silenceMs: 10_000, waitMs: 250, waitMostMs: 30_000, reportMs: 200 };

const TICK_MS = 1000;

/** Changes behind the centre from which on a node is catching up. */
const FAR = 10_000;

export type FollowOptions = {
  readonly centre: Centre;
  /** The node's own folder for lists and journals; made where it is not there. */
  readonly folder: string;
  readonly count: Count;
  /** Called with rules at the start, where some are held, and whenever others come. */
  readonly onRules?: (rules: HeldRules) => void;
  /** Called after changes took effect, with the list and the numbers. */
  readonly onChanges?: (line: ChangesLine) => void;
  /** Called after a snapshot took effect. */
  readonly onSnapshot?: () => void;
  readonly self?: () => Self;
  readonly rebuild?: Partial<RebuildLimits>;
  readonly times?: Partial<FollowTimes>;
  /** How much of what is held a snapshot may take off, in percent; 100 lets all go. */
  readonly shrinkPercent?: number;
  /** Told of what somebody should look after. */
  readonly onFault?: (fault: Fault) => void;
};

/** Where a follower stands, for people and machines that watch. */
export type FollowStatus = {
  readonly connected: boolean;
  readonly applied: Stand;
  readonly durable: Stand;
  /** How far the centre's lists reach, as last heard; undefined before the first word. */
  readonly heads: Heads | undefined;
  /** Changes that are known to be missing here. */
  readonly lag: number;
  /** Milliseconds since the node was last known to have all; Infinity before the first time. */
  readonly levelAgoMs: number;
  /** Whether the node holds lists at all, and has had all of them once. */
  readonly lists: 'none' | 'partial' | 'whole';
  /** Why it is not connected: a code of the system, or a word. */
  readonly trouble: string;
};

/** Why a stream ended, and so what comes next. */
type End = 'again' | 'snapshot';

/**
 * Follows the lists of the centre, whatever happens to either side: connects, applies, keeps, tells. The lists in memory
 * are {@link Follower.writer}; they answer from the start with what the disk holds, the centre reached or not.
 */
export class Follower {
  readonly #options: FollowOptions;
  readonly #times: FollowTimes;
  readonly #register: Register;
  readonly #stop = new AbortController();
  #heads: Heads | undefined;
  #isConnected = false;
  #levelAt = -Infinity;
  #trouble = '';
  #failures = 0;
  /** While the disk is waited for. */
  #isWaiting = false;
  /** The snapshot that was taken last: where it leads nowhere, it is not fetched over and over. */
  #adopted: { readonly etag: string; readonly stand: Stand } | undefined;
  /** The snapshot that was refused, as it would have taken off most of what is held. */
  #shrunk: string | undefined;
  readonly #reporter: Reporter;
  readonly #tick: NodeJS.Timeout;
  readonly #running: Promise<void>;

  private constructor(options: FollowOptions, register: Register) {
    this.#options = options;
    this.#times = { ...TIMES, ...options.times };
    this.#register = register;
    this.#reporter = new Reporter({
      centre: options.centre,
      count: options.count,
      everyMs: this.#times.reportMs,
      signal: this.#stop.signal,
      say: () => this.#say(),
    });
    if (register.rules !== undefined) options.onRules?.(register.rules);
    this.#tick = setInterval(() => {
      register.tick();
      this.#reporter.tick();
    }, TICK_MS);
    this.#tick.unref();
    this.#running = this.#run();
  }

  /** Opens the node's folder and begins to follow. Does not wait for the centre. */
  static async start(options: FollowOptions): Promise<Follower> {
    let follower: Follower | undefined;
    const { folder, count, onRules, rebuild, shrinkPercent } = options;
    const register = await Register.open({
      folder,
      count,
      ...(onRules === undefined ? {} : { onRules }),
      ...(rebuild === undefined ? {} : { rebuild }),
      ...(shrinkPercent === undefined ? {} : { shrinkPercent }),
      onDurable: () => {
        if (follower !== undefined) follower.#reporter.changed();
      },
    });
    follower = new Follower(options, register);
    return follower;
  }

  /** The lists in memory, to be attached to workers. */
  get writer(): Writer {
    return this.#register.writer;
  }

  get rules(): HeldRules | undefined {
    return this.#register.rules;
  }

  get status(): FollowStatus {
    const { applied, durable, isEmpty, isWhole } = this.#register;
    return {
      connected: this.#isConnected,
      applied,
      durable,
      heads: this.#heads,
      lag: this.#heads === undefined ? 0 : behind(applied, this.#heads),
      levelAgoMs: performance.now() - this.#levelAt,
      lists: isWhole ? 'whole' : isEmpty ? 'none' : 'partial',
      trouble: this.#trouble,
    };
  }

  /** Ends the following; what was applied is brought to the disk. */
  async close(): Promise<void> {
    this.#stop.abort();
    clearInterval(this.#tick);
    this.#reporter.close();
    await this.#running;
    await this.#register.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const end = await this.#stream();
        if (end === 'snapshot') await this.#snapshot();
      } catch (error) {
        this.#fail(error);
      }
      this.#isConnected = false;
      if (!signal.aborted) await this.#pause();
    }
  }

  #fail(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const code = codeOf(error);
    this.#trouble = code;
    this.#options.count('follow_broken', code);
  }

  async #pause(): Promise<void> {
    const { waitMs, waitMostMs } = this.#times;
    const full = Math.min(waitMostMs, waitMs * 2 ** Math.min(20, this.#failures));
    this.#failures += 1;
    // Nodes that lost the centre together must not come back together.
    await pause(full * (0.5 + Math.random() / 2), undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }

  /** One stream, to its end. */
  async #stream(): Promise<End> {
    const cut = new AbortController();
    const signal = AbortSignal.any([cut.signal, this.#stop.signal]);
    const response = await ask(this.#options.centre, {
      path: `/v1/feed?${standQuery(this.#register.applied)}`,
      signal,
    });
    const { statusCode } = response;
    if (statusCode === 410) {
      response.destroy();
      this.#options.count('follow_gone');
      return 'snapshot';
    }
    if (statusCode !== 200) {
      response.destroy();
      throw new Unreachable(`HTTP_${statusCode}`);
    }
    this.#isConnected = true;
    this.#trouble = '';
    this.#reporter.changed();
    let heardAt = performance.now();
    const watch = setInterval(() => {
      if (this.#isWaiting) heardAt = performance.now(); // nobody listened
      if (performance.now() - heardAt > this.#times.silenceMs) cut.abort();
    }, this.#times.silenceMs / 4);
    const lines = new Lines(LINE_LIMIT);
    try {
      for await (const chunk of response) {
        heardAt = performance.now();
        for (const bytes of lines.push(chunk as Buffer)) {
          const end = await this.#take(bytes);
          if (end !== undefined) return end;
        }
      }
      throw new Unreachable('ENDED');
    } catch (error) {
      if (error instanceof Unreachable) throw error;
      if (!(error instanceof Error)) throw error;
      const isCut = cut.signal.aborted || 'code' in error || error.name === 'AbortError';
      if (!isCut) throw error;
      throw new Unreachable(cut.signal.aborted ? 'SILENT' : 'CUT', { cause: error });
    } finally {
      clearInterval(watch);
      response.destroy();
    }
  }

  async #take(bytes: Buffer | undefined): Promise<End | undefined> {
    const line = bytes === undefined ? undefined : readLine(bytes.toString());
    if (line === undefined || bytes === undefined) return this.#reject('malformed');
    const end = 'changes' in line ? this.#changes(line, bytes) : await this.#other(line);
    // A disk that is slower than the centre slows the centre down; one that takes nothing does not.
    if (this.#register.isPressed) {
      this.#isWaiting = true;
      await this.#register.settled();
      this.#isWaiting = false;
    }
    return end;
  }

  #reject(cause: string): End {
    this.#trouble = cause;
    this.#options.count('follow_rejected', cause);
    return 'again';
  }

  #changes(line: ChangesLine, bytes: Buffer): End | undefined {
    if (this.#register.applied.log === 0) return this.#reject('early');
    const { applied, repeated, gap } = this.#register.take(line, bytes);
    if (repeated > 0) this.#options.count('follow_repeated');
    if (gap) return this.#reject('gap');
    if (applied > 0) {
      this.#failures = 0;
      this.#options.onChanges?.(line);
    }
    this.#look();
    return undefined;
  }

  async #other(line: Exclude<Line, ChangesLine>): Promise<End | undefined> {
    if ('rules' in line) {
      if (this.#register.applied.log === 0) return this.#reject('early');
      await this.#register.setRules(line.rules, line.document);
      return undefined;
    }
    return this.#beat(line);
  }

  #beat({ log, heads }: BeatLine): End | undefined {
    if (!this.#register.begin(log)) return 'snapshot';
    this.#heads = heads;
    this.#look();
    return undefined;
  }

  /** Notes whether nothing is missing. */
  #look(): void {
    const lag = this.#heads === undefined ? Infinity : behind(this.#register.applied, this.#heads);
    this.#register.isBehind = lag > FAR;
    if (lag > 0) return;
    this.#levelAt = performance.now();
    this.#failures = 0;
    this.#register.markWhole();
  }

  async #snapshot(): Promise<void> {
    const { centre, folder, count, onSnapshot } = this.#options;
    const held = this.#shrunk ?? this.#heldSnapshot;
    const fetched = await fetchSnapshot(centre, {
      folder,
      signal: this.#stop.signal,
      ...(held === undefined ? {} : { held }),
    });
    if (fetched === undefined) {
      this.#trouble = this.#shrunk === undefined ? 'NO_SNAPSHOT' : 'FEED_SHRUNK';
      return;
    }
    await this.#adopt(fetched);
    count('follow_snapshot');
    this.#register.markWhole();
    this.#failures = 0;
    onSnapshot?.();
    this.#reporter.changed();
  }

  /** What snapshot the lists are of, where no change came since. */
  get #heldSnapshot(): string | undefined {
    const adopted = this.#adopted;
    return adopted !== undefined && sameLists(adopted.stand, this.#register.applied) ? adopted.etag : undefined;
  }

  /** @throws Refused where it is not used */
  async #adopt({ built, opening, etag }: Fetched): Promise<void> {
    try {
      await this.#register.adopt(built, opening);
    } catch (error) {
      const fault = error instanceof Refused ? error.faults[0] : undefined;
      if (fault?.code === 'FEED_SHRUNK') {
        this.#shrunk = etag;
        this.#options.onFault?.(fault);
      }
      throw error;
    }
    this.#adopted = { etag, stand: this.#register.applied };
    this.#shrunk = undefined;
  }

  /** What the centre is told; nothing while it is not there. */
  #say(): unknown {
    if (!this.#isConnected) return undefined;
    const { applied, durable, lag, lists } = this.status;
    const { mode = '', counts = {} } = this.#options.self?.() ?? {};
    const { rows } = this.writer.about;
    return { applied, durable, lag, lists, mode, counts: { ...counts, rows, passed: this.#register.passed } };
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Unreachable) return error.code;
  if (error instanceof Refused) return error.faults[0]?.code ?? '';
  return errorCode(error) ?? 'UNFORESEEN';
}
