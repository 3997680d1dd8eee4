import type { MessagePort } from 'node:worker_threads';
import type { Rules } from '../../decisions/core/rules.ts';
import type { Fault } from '../../faults/fault.ts';
import { Refused } from '../../faults/fault.ts';
import { errorCode } from '../../files/errno.ts';
import type { Asker } from '../checker.ts';
import type { AnswerLine } from '../events/record.ts';
import { Ring, type RingMemory } from '../events/ring.ts';
import type { SipKey } from '../events/siphash.ts';
import type { Centre } from '../follow/client.ts';
import { type Attachment, View } from '../memory/view.ts';
import { NodeChecker } from './check.ts';
import { Consult } from './consult.ts';
import { type Counted, Counters } from './counters.ts';
import { type Serving, startServers } from './serve.ts';
import { Tally, type TallyMemory } from './tally.ts';
import { Visitors } from './visitors.ts';

/** What a worker is given when it begins. */
export type WorkerOrder = Serving & {
  readonly attachment: Attachment;
  readonly control: SharedArrayBuffer;
  readonly ring: RingMemory;
  readonly tally: TallyMemory;
  readonly visitors: SharedArrayBuffer;
  readonly key: SipKey;
  readonly rules: Rules | undefined;
  /** The key of the golden list. */
  readonly goldenKey: Uint8Array | undefined;
  readonly centre: Centre | undefined;
  /** What an earlier worker in this place has told of: numbers go on from there. */
  readonly known: { readonly answers: readonly AnswerLine[]; readonly askers: readonly Asker[] };
};

/** What a worker hears. */
export type ToWorker =
  | { readonly is: 'rules'; readonly rules: Rules }
  | { readonly is: 'drain'; readonly graceMs: number };

/** What a worker says. */
export type FromWorker =
  | { readonly is: 'ready'; readonly addresses: ReadonlyMap<string, string> }
  | { readonly is: 'failed'; readonly faults: readonly Fault[] }
  | { readonly is: 'answer'; readonly number: number; readonly line: AnswerLine }
  | { readonly is: 'asker'; readonly number: number; readonly asker: Asker }
  | { readonly is: 'counts'; readonly counts: readonly Counted[] }
  | { readonly is: 'drained' };

const COUNTS_MS = 250;
/** Runs one worker: its servers answer from the shared memory. Everything else is done by the thread that began it. */
export async function work(order: WorkerOrder, port: MessagePort): Promise<void> {
  const say = (message: FromWorker): void => port.postMessage(message);
  const counters = new Counters();
  const { count } = counters;
  const view = new View(order.attachment);
  const consult = order.centre === undefined ? undefined : new Consult(order.centre, count);
  const checker = new NodeChecker({
    view,
    control: new Int32Array(order.control),
    ring: new Ring(order.ring),
    tally: new Tally(order.tally),
    visitors: new Visitors(order.visitors, order.key),
    operator: order.config.operator,
    known: order.known,
    goldenKey: order.goldenKey && Buffer.from(order.goldenKey),
    ...(consult === undefined ? {} : { consult }),
    tell: {
      answer: (number, line) => say({ is: 'answer', number, line }),
      asker: (number, asker) => say({ is: 'asker', number, asker }),
    },
  });
  if (order.rules !== undefined) checker.setRules(order.rules);
  const tell = (): void => {
    const counts = counters.take();
    if (counts.length > 0) say({ is: 'counts', counts });
  };
  const ticking = setInterval(() => {
    checker.tick();
    tell();
  }, COUNTS_MS);
  const end = (): void => {
    clearInterval(ticking);
    tell();
    consult?.close();
    view.close();
    port.close();
  };
  const servers = await startServers(order, { checker, count }).catch((error: unknown) => {
    const faults = faultsOf(error);
    if (faults === undefined) throw error;
    say({ is: 'failed', faults });
    return undefined;
  });
  if (servers === undefined) {
    end();
    return;
  }
  port.on('message', (message: ToWorker) => {
    if (message.is === 'rules') {
      checker.setRules(message.rules);
      return;
    }
    void servers.close(message.graceMs).then(() => {
      tell();
      say({ is: 'drained' });
      end();
    });
  });
  say({ is: 'ready', addresses: servers.addresses });
}

/** The faults of what was foreseen; an address that is taken is one. */
function faultsOf(error: unknown): readonly Fault[] | undefined {
  if (error instanceof Refused) return error.faults;
  const code = errorCode(error);
  if (code === undefined || !(error instanceof Error)) return undefined;
  const { address, port } = error as Error & { readonly address?: string; readonly port?: number };
  const where = address === undefined ? 'an address' : `${address}:${port}`;
  const isListen = 'syscall' in error && (error.syscall === 'listen' || error.syscall === 'bind');
  return [
    {
      code: isListen ? 'NODE_LISTEN' : 'NODE_FILE',
      message: isListen ? `The node cannot listen on ${where} (${code}).` : `A key or certificate is wrong (${code}).`,
      remedy: isListen
        ? 'Name a free port, and an address of this machine; ports below 1024 need a right to them.'
        : 'Look whether each key belongs to its certificate, and whether the files are PEM.',
    },
  ];
}
