import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { errorCode } from '../../files/errno.ts';
import type { Count } from '../checker.ts';
import { askWhole, type Centre, Unreachable } from '../follow/client.ts';
import type { Kept, Spool } from './spool.ts';

/** Waits between tries while the centre does not take files: doubled each time, less a random half. */
const WAIT_MS = { least: 1000, most: 60_000 };

/** Sends files of checks to the centre, one after the other, and removes those that it has. */
export class Shipper {
  readonly #spool: Spool;
  readonly #centre: Centre;
  readonly #count: Count;
  readonly #stop = new AbortController();
  #sending: Promise<void> | undefined;
  #failures = 0;
  #notBefore = 0;

  constructor(spool: Spool, centre: Centre, count: Count) {
    this.#spool = spool;
    this.#centre = { ...centre, timeoutMs: 30_000 };
    this.#count = count;
  }

  /** Sends what is complete. To be called now and then. */
  tick(): void {
    if (this.#sending !== undefined || performance.now() < this.#notBefore || this.#spool.kept.length === 0) return;
    this.#sending = this.#send().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Sends what is complete, once, for no longer than `graceMs`; what does not go now goes after the next start. */
  async close(graceMs: number): Promise<void> {
    const limit = setTimeout(() => this.#stop.abort(), graceMs);
    this.#notBefore = 0;
    await this.#sending;
    this.tick();
    await this.#sending;
    clearTimeout(limit);
    this.#stop.abort();
  }

  async #send(): Promise<void> {
    for (const kept of [...this.#spool.kept]) {
      const outcome = await this.#one(kept).catch((error: unknown) => codeOf(error));
      this.#count('events_sent', outcome);
      if (outcome === 'taken') await this.#spool.remove(kept);
      else if (outcome === 'refused') await this.#spool.refuse(kept);
      else {
        this.#failures += 1;
        const full = Math.min(WAIT_MS.most, WAIT_MS.least * 2 ** Math.min(10, this.#failures));
        this.#notBefore = performance.now() + full * (0.5 + Math.random() / 2);
        return;
      }
      this.#failures = 0;
    }
  }

  async #one({ name, file }: Kept): Promise<string> {
    const body = await readFile(file);
    const { status } = await askWhole(this.#centre, {
      method: 'PUT',
      path: `/v1/events/${name}`,
      headers: {
        'content-type': 'application/octet-stream',
        'x-sha256': createHash('sha256').update(body).digest('hex'),
      },
      body,
      signal: this.#stop.signal,
    });
    // The same name with the same content is there already: the answer to an earlier try was lost.
    if (status === 200 || status === 201) return 'taken';
    return status === 409 || status === 413 || status === 400 ? 'refused' : `HTTP_${status}`;
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Unreachable) return error.code;
  return errorCode(error) ?? 'UNFORESEEN';
}
