import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { errorCode } from '../../files/errno.ts';
import type { Asker, Count } from '../checker.ts';
import type { AnswerLine } from './record.ts';

/** Which answers the competent unit hears of at once. */
export type AlarmRules = {
  /** The unit, as the country calls it. */
  readonly unit: string;
  /** Reasons of lists that it wants to hear of. */
  readonly reasons: readonly string[];
  /** Whether it wants to hear of everything on the tracked list. */
  readonly tracked: boolean;
  /** The same equipment at the same peer is not told again within so many seconds. */
  readonly againSeconds: number;
};

/** A hit, as it is told. */
export type Hit = {
  readonly at: number;
  readonly imei: number;
  /** Of the IMSI, in hex; '' where none was told. */
  readonly subscriber: string;
  readonly answer: AnswerLine;
  readonly asker: Asker;
};

/** Hits remembered so that they are not told twice, and hits that wait for the disk. */
const REMEMBERED = 65_536;
const WAITING = 10_000;

/** Hits on equipment that is looked for, as lines of JSON in a file a day, on the disk before anything else is done. */
export class Alarms {
  readonly #folder: string;
  readonly #rules: AlarmRules;
  readonly #node: string;
  readonly #count: Count;
  readonly #told = new Map<string, number>();
  #waiting: string[] = [];
  #writing: Promise<void> | undefined;
  #notBefore = 0;

  constructor(of: {
    readonly folder: string;
    readonly rules: AlarmRules;
    readonly node: string;
    readonly count: Count;
  }) {
    this.#folder = of.folder;
    this.#rules = of.rules;
    this.#node = of.node;
    this.#count = of.count;
  }

  /** Whether an answer is one that the unit wants to hear of; looked up once for each that there is. */
  concerns({ list, reason, status, intended }: AnswerLine): boolean {
    const { reasons, tracked } = this.#rules;
    if (tracked && (status === 'tracked' || intended === 'tracked' || list === 'tracked')) return true;
    return reason !== '' && reason.split('|').some((one) => reasons.includes(one));
  }

  /** Takes a hit; `seconds` are of a clock that never jumps. False where it was told not long ago. */
  take(hit: Hit, seconds: number): boolean {
    const key = `${hit.imei} ${hit.subscriber} ${hit.asker.peer}`;
    const before = this.#told.get(key);
    if (before !== undefined && seconds - before < this.#rules.againSeconds) {
      this.#count('alarm', 'repeated');
      return false;
    }
    this.#told.delete(key);
    if (this.#told.size >= REMEMBERED) this.#forget();
    this.#told.set(key, seconds);
    if (this.#waiting.length >= WAITING) {
      this.#count('alarm', 'lost');
      return false;
    }
    this.#waiting.push(this.#lineOf(hit));
    this.#count('alarm', 'raised');
    return true;
  }

  /** Brings to the disk what waits. To be called now and then. */
  tick(): void {
    if (this.#writing !== undefined || this.#waiting.length === 0 || performance.now() < this.#notBefore) return;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    if (this.#waiting.length > 0) await this.#write();
  }

  #forget(): void {
    const [oldest] = this.#told.keys();
    if (oldest !== undefined) this.#told.delete(oldest);
  }

  #lineOf({ at, imei, subscriber, answer, asker }: Hit): string {
    const { status, reason, list, exception, intended } = answer;
    return `${JSON.stringify({
      at: new Date(at).toISOString(),
      unit: this.#rules.unit,
      node: this.#node,
      imei: String(imei).padStart(14, '0'),
      subscriber,
      status,
      ...(intended === status ? {} : { intended }),
      reason,
      list,
      ...(exception === '' ? {} : { exception }),
      protocol: asker.protocol,
      peer: asker.peer,
      operator: asker.operator,
    })}\n`;
  }

  async #write(): Promise<void> {
    const lines = this.#waiting;
    this.#waiting = [];
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const day = new Date().toISOString().slice(0, 10);
      await appendFile(path.join(this.#folder, `${day}.ndjson`), lines.join(''), { mode: 0o600, flush: true });
    } catch (error) {
      this.#count('alarm_disk', errorCode(error) ?? 'UNFORESEEN');
      // A part of a line may stand there; what follows begins a line of its own.
      this.#waiting = ['\n', ...lines.filter((line) => line !== '\n'), ...this.#waiting];
      this.#notBefore = performance.now() + 1000;
    }
  }
}
