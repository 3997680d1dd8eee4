import type { Count } from '../checker.ts';
import { askWhole, type Centre, Unreachable } from './client.ts';

/** A report is made so often although nothing changed. */
const ANYWAY_MS = 5000;

/** How reports are made. */
export type ReporterOptions = {
  readonly centre: Centre;
  readonly count: Count;
  /** Between two reports, at least, in milliseconds. */
  readonly everyMs: number;
  readonly signal: AbortSignal;
  /** What is to be told now; undefined while there is nobody to tell. */
  readonly say: () => unknown;
};

/** Tells the centre what a node holds: when that changed, not too often, and never two at a time. */
export class Reporter {
  readonly #options: ReporterOptions;
  #toldAt = -Infinity;
  #isTelling = false;
  #isDue = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** Something changed that the centre should know. */
  changed(): void {
    this.#isDue = true;
    if (this.#isTelling || this.#timer !== undefined) return;
    const wait = this.#toldAt + this.#options.everyMs - performance.now();
    if (wait <= 0) {
      this.#tell();
      return;
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#tell();
    }, wait);
    this.#timer.unref();
  }

  /** To be called now and then: tells although nothing changed, so that the centre knows that the node lives. */
  tick(): void {
    if (performance.now() - this.#toldAt > ANYWAY_MS) this.changed();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #tell(): void {
    const { signal, say } = this.#options;
    const said = signal.aborted ? undefined : say();
    if (said === undefined || this.#isTelling) return;
    this.#isTelling = true;
    this.#isDue = false;
    this.#toldAt = performance.now();
    void this.#send(JSON.stringify(said)).finally(() => {
      this.#isTelling = false;
      if (this.#isDue) this.changed();
    });
  }

  async #send(body: string): Promise<void> {
    const { centre, count, signal } = this.#options;
    const headers = { 'content-type': 'application/json' };
    try {
      const { status } = await askWhole(centre, { method: 'POST', path: '/v1/ack', headers, body, signal });
      if (status !== 204) count('follow_report_failed', `HTTP_${status}`);
    } catch (error) {
      if (!signal.aborted) count('follow_report_failed', error instanceof Unreachable ? error.code : 'UNFORESEEN');
    }
  }
}
