import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Fault } from '../../faults/fault.ts';
import { Refused } from '../../faults/fault.ts';
import type { Result } from '../../faults/result.ts';
import type { About } from './build.ts';
import type { Order } from './rebuild.ts';

/** What the process answers to an order: how it went, or a failure that nobody foresaw. */
export type Reply = Result<About, Fault> | { readonly failed: string };

/**
 * The process that makes files of the lists, one at a time. The system copies a process to start another one, and a large
 * one stands still for a tenth of a second: so it is to be started before large lists are loaded, and then waits for
 * orders. For small ones it is started with an order and ended after it.
 */
export class Maker {
  #child: ChildProcess | undefined;
  #isKept = false;

  /** Starts it, to be there from now on. */
  keep(): void {
    this.#isKept = true;
    if (this.#child?.connected !== true) this.#child = start();
  }

  /**
   * Has a file made.
   * @throws Refused when the disk is full or the old file cannot be read
   */
  async make(order: Order): Promise<About> {
    if (this.#child?.connected !== true) this.#child = start();
    const child = this.#child;
    child.ref();
    child.channel?.ref();
    try {
      const reply = await ask(child, order);
      if ('failed' in reply) throw new Error(reply.failed);
      if (!reply.ok) throw new Refused([reply.fault]);
      return reply.value;
    } finally {
      rest(child);
      if (!this.#isKept) this.close();
    }
  }

  /** Ends the process; a file it was making is not made. */
  close(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }
}

function start(): ChildProcess {
  const child = fork(path.join(import.meta.dirname, 'child.js'), {
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  child.on('error', () => undefined); // its end is noticed with the next order
  rest(child);
  return child;
}

/** It does not keep its parent alive. */
function rest(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}

async function ask(child: ChildProcess, order: Order): Promise<Reply> {
  const over = new AbortController();
  const { signal } = over;
  try {
    const ended = once(child, 'exit', { signal }).then(([code, by]) => {
      throw new Error(`The maker of lists ended with ${by ?? code}.`);
    });
    const replied = once(child, 'message', { signal }).then(([reply]) => reply as Reply);
    const sent = new Promise<never>((_, reject) => {
      child.send(order, (error) => {
        if (error !== null) reject(error);
      });
    });
    for (const promise of [ended, replied, sent]) promise.catch(() => undefined); // the first counts
    return await Promise.race([replied, ended, sent]);
  } finally {
    over.abort();
  }
}
