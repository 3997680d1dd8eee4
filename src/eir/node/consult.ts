import http from 'node:http';
import https from 'node:https';
import type { Asking } from '../../country/mode.ts';
import type { Answer, Question } from '../../decisions/core/question.ts';
import { errorCode } from '../../files/errno.ts';
import type { Count } from '../checker.ts';
import type { Centre } from '../follow/client.ts';

/** A question that only the centre can answer. */
export type Consulted = { readonly question: Question; readonly peer: string; readonly stayDays: number };

/** Bounds of asking. Times in milliseconds. */
export type ConsultLimits = {
  /** Questions of one request. */
  readonly batch: number;
  /** Requests at once. */
  readonly requests: number;
  /** Questions that wait; above it the fallback answers. */
  readonly waiting: number;
  /** Answers that are kept. */
  readonly kept: number;
  /** After so many failures in a row the centre is left alone, first so long, then twice as long each time up to the most. */
  readonly failures: number;
  readonly restMs: number;
  readonly restMostMs: number;
};

export const CONSULT: ConsultLimits = {
  batch: 256,
  requests: 4,
  waiting: 8192,
  kept: 100_000,
  failures: 3,
  restMs: 500,
  restMostMs: 15_000,
};

type Waiting = Consulted & { readonly done: (answer: Answer | undefined) => void; readonly until: number };

type Kept = { readonly answer: Answer; readonly until: number };

const ANSWER_LIMIT = 1 << 20;

const WORDS: { readonly [Key in 'status' | 'level']: readonly string[] } = {
  status: ['permitted', 'tracked', 'blocked', 'unknown'],
  level: ['imei', 'range', 'tac', 'none'],
};

/**
 * Asks the centre (ITU-T Q Suppl.73, authorization and hybrid): in batches, for no longer than the mode allows, and not at
 * all for a while after it failed again and again. What it answered is kept for as long as the mode says.
 */
export class Consult {
  readonly #centre: Centre;
  readonly #count: Count;
  readonly #limits: ConsultLimits;
  readonly #agent: http.Agent;
  readonly #kept = new Map<string, Kept>();
  #waiting: Waiting[] = [];
  #requests = 0;
  #isDue = false;
  #failures = 0;
  #restUntil = 0;

  constructor(centre: Centre, count: Count, limits: Partial<ConsultLimits> = {}) {
    this.#centre = centre;
    this.#count = count;
    this.#limits = { ...CONSULT, ...limits };
    const isTls = centre.url.startsWith('https:');
    const options = { keepAlive: true, maxSockets: this.#limits.requests, scheduling: 'lifo' as const };
    this.#agent = isTls ? new https.Agent({ ...options, ...centre.tls }) : new http.Agent(options);
  }

  /** What the centre answered not long ago; undefined where nothing is kept. */
  cached(question: Question): Answer | undefined {
    if (this.#kept.size === 0) return undefined;
    const key = keyOf(question);
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    if (kept.until > performance.now()) {
      this.#count('consult', 'kept');
      return kept.answer;
    }
    this.#kept.delete(key);
    return undefined;
  }

  /** Forgets what is kept, such as when the rules change. */
  forget(): void {
    this.#kept.clear();
  }

  /** Asks; undefined where the centre does not answer in time. */
  ask(consulted: Consulted, { timeoutMs, ttlSeconds }: Asking): Promise<Answer | undefined> {
    const now = performance.now();
    if (now < this.#restUntil) return this.#refused('resting');
    if (this.#waiting.length >= this.#limits.waiting) return this.#refused('crowded');
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#count('consult', 'late');
        resolve(undefined);
      }, timeoutMs);
      this.#waiting.push({
        ...consulted,
        until: now + timeoutMs,
        done: (answer) => {
          clearTimeout(timer);
          if (answer !== undefined) this.#keep(consulted.question, answer, ttlSeconds);
          resolve(answer);
        },
      });
      this.#soon();
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #refused(cause: string): Promise<undefined> {
    this.#count('consult', cause);
    return Promise.resolve(undefined);
  }

  #keep(question: Question, answer: Answer, ttlSeconds: number): void {
    if (ttlSeconds === 0) return;
    const key = keyOf(question);
    this.#kept.delete(key);
    if (this.#kept.size >= this.#limits.kept) {
      const [oldest] = this.#kept.keys();
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    this.#kept.set(key, { answer, until: performance.now() + ttlSeconds * 1000 });
  }

  /** Sends with the next turn, so that the questions of one read go together. */
  #soon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#send();
    });
  }

  #send(): void {
    while (this.#waiting.length > 0 && this.#requests < this.#limits.requests) {
      const now = performance.now();
      const batch = this.#waiting.splice(0, this.#limits.batch).filter(({ until }) => until > now);
      if (batch.length > 0) void this.#request(batch);
    }
  }

  async #request(batch: readonly Waiting[]): Promise<void> {
    this.#requests += 1;
    const wait = Math.max(...batch.map(({ until }) => until)) - performance.now();
    try {
      const answers = await this.#post(batch, wait);
      this.#failures = 0;
      for (const [at, { done }] of batch.entries()) done(answers[at]);
      this.#count('consult', 'answered');
    } catch (error) {
      this.#fail(error);
      for (const { done } of batch) done(undefined);
    } finally {
      this.#requests -= 1;
      if (this.#waiting.length > 0) this.#soon();
    }
  }

  #fail(error: unknown): void {
    this.#failures += 1;
    this.#count('consult', errorCode(error) ?? (error instanceof Error ? error.message : 'failed'));
    if (this.#failures < this.#limits.failures) return;
    const times = 2 ** Math.min(20, this.#failures - this.#limits.failures);
    this.#restUntil = performance.now() + Math.min(this.#limits.restMostMs, this.#limits.restMs * times);
  }

  #post(batch: readonly Waiting[], wait: number): Promise<readonly Answer[]> {
    const questions = batch.map(({ question, peer, stayDays }) => ({
      ...question,
      peer: peer.slice(0, 255),
      stayDays,
    }));
    const body = JSON.stringify(questions);
    const url = new URL('/v1/check', this.#centre.url);
    const options = {
      method: 'POST',
      agent: this.#agent,
      timeout: wait,
      headers: {
        authorization: `Bearer ${this.#centre.token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
    };
    return new Promise((resolve, reject) => {
      const request = (url.protocol === 'https:' ? https : http).request(url, options);
      const limit = setTimeout(() => request.destroy(new Error('timeout')), Math.max(1, wait));
      request.once('close', () => clearTimeout(limit));
      request.on('error', reject);
      request.once('response', (response) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        response.on('data', (part: Buffer) => {
          bytes += part.length;
          if (bytes > ANSWER_LIMIT) request.destroy(new Error('too_large'));
          else parts.push(part);
        });
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode !== 200) reject(new Error(`HTTP_${response.statusCode}`));
          else accept(Buffer.concat(parts).toString(), batch.length, { resolve, reject });
        });
      });
      request.end(body);
    });
  }
}

/** Equal questions: of one equipment and one subscriber. */
const keyOf = ({ imei, equipment, imsi, msisdn, svn }: Question): string =>
  `${imei} ${imsi} ${msisdn} ${svn} ${equipment}`;

function accept(
  text: string,
  count: number,
  to: { readonly resolve: (answers: readonly Answer[]) => void; readonly reject: (error: Error) => void },
): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (Array.isArray(value) && value.length === count && value.every(isAnswer)) to.resolve(value);
  else to.reject(new Error('malformed'));
}

function isAnswer(value: unknown): value is Answer {
  if (typeof value !== 'object' || value === null) return false;
  const { status, intended, level, step, reason, list, exception } = value as Readonly<Record<string, unknown>>;
  const isText = (one: unknown): boolean => typeof one === 'string' && one.length <= 4096;
  const isOne = (one: unknown, words: readonly string[]): boolean => words.some((word) => word === one);
  return (
    isOne(status, WORDS.status) &&
    isOne(intended, WORDS.status) &&
    isOne(level, WORDS.level) &&
    [step, reason, list, exception].every(isText)
  );
}
