import assert from 'node:assert/strict';
import type { Answer, Question, Status } from '../../../src/decisions/core/question.ts';
import type { Asker, Checker } from '../../../src/eir/checker.ts';
import { createNode, type Node } from '../../../src/eir/diameter/node.ts';
import { CAUSES, type Clock, COUNTS, type DiameterOptions } from '../../../src/eir/diameter/options.ts';
import { Session } from '../../../src/eir/diameter/session.ts';
import { EIR, messagesOf } from './messages.ts';

/** An answer with a status, otherwise of no account. */
export const answerOf = (status: Status): Answer => ({
  status,
  step: 'default',
  reason: '',
  list: '',
  level: 'none',
  exception: '',
  intended: status,
  by: 'local',
});

const ANSWERS = (['permitted', 'blocked', 'tracked', 'unknown'] as const).map(answerOf);

/** What was asked of a checker. */
export type Heard = { readonly question: Question; readonly asker: Asker };

/** A checker that goes by the last digit of the IMEI: 0 permitted, 1 blocked, 2 tracked, others unknown. */
export function digitChecker(): { readonly checker: Checker; readonly heard: Heard[] } {
  const heard: Heard[] = [];
  const check = (question: Question, asker: Asker): Answer => {
    heard.push({ question, asker });
    return ANSWERS[Math.min(question.imei % 10, 3)] ?? answerOf('unknown');
  };
  return { checker: { check, ask: async (question, asker) => check(question, asker) }, heard };
}

/** Time that goes only when it is told to. */
export function stoppedClock(): { readonly clock: Clock; readonly pass: (ms: number) => void } {
  let now = 0;
  const due = new Map<() => void, number>();
  const pass = (ms: number): void => {
    const until = now + ms;
    for (;;) {
      const next = [...due].sort((a, b) => a[1] - b[1])[0];
      if (next === undefined || next[1] > until) break;
      due.delete(next[0]);
      now = Math.max(now, next[1]);
      next[0]();
    }
    now = until;
  };
  const after = (ms: number, act: () => void): (() => void) => {
    const once = (): void => act();
    due.set(once, now + ms);
    return () => due.delete(once);
  };
  return { clock: { now: () => now, wall: () => 1_700_000_000_000 + now, after }, pass };
}

/** A session without a socket. */
export type Driven = {
  readonly session: Session;
  /** Sends octets to it and takes the messages it wrote meanwhile. */
  readonly tell: (...bytes: readonly Buffer[]) => readonly Buffer[];
  /** All it wrote and nobody took yet. */
  readonly taken: () => readonly Buffer[];
  readonly writes: readonly Buffer[];
  /** How the link was closed; undefined while it is open. */
  readonly closed: () => 'flushed' | 'at once' | undefined;
  readonly node: Node;
  /** What was counted, `name` or `name label`. */
  readonly counts: readonly string[];
};

type Over = Partial<DiameterOptions> & {
  readonly node?: Node;
  readonly plain?: boolean;
  readonly certified?: (host: string) => boolean;
  /** Octets the peer has not read, as the link tells after each write. */
  readonly unread?: () => number;
};

const nodes = new WeakMap<Node, string[]>();

/** A session over a link that keeps what is written. */
export function drive(over: Over = {}): Driven {
  const { node: given, plain = true, certified, unread = () => 0, ...options } = over;
  const fresh: string[] = [];
  const node =
    given ??
    createNode({
      host: '',
      port: 0,
      identity: EIR,
      checker: digitChecker().checker,
      clock: stoppedClock().clock,
      count: (name, label) => {
        assert.ok((COUNTS as readonly string[]).includes(name), name);
        assert.ok(name !== 'closed' || (CAUSES as readonly string[]).includes(label ?? ''), label);
        fresh.push(label === undefined ? name : `${name} ${label}`);
      },
      ...options,
    });
  const counts = nodes.get(node) ?? fresh;
  nodes.set(node, counts);
  const writes: Buffer[] = [];
  let read = 0;
  let closed: 'flushed' | 'at once' | undefined;
  const session = new Session({
    node,
    plain,
    link: {
      address: '127.0.0.1',
      ...(certified === undefined ? {} : { certified }),
      write: (bytes) => {
        writes.push(Buffer.from(bytes));
        return unread();
      },
      close: (how) => {
        closed = how;
      },
      opened: () => undefined,
    },
  });
  const taken = (): readonly Buffer[] => {
    const fresh = writes.slice(read);
    read = writes.length;
    return messagesOf(Buffer.concat(fresh));
  };
  const tell = (...bytes: readonly Buffer[]): readonly Buffer[] => {
    taken();
    session.receive(Buffer.concat(bytes));
    return taken();
  };
  return { session, tell, taken, writes, closed: () => closed, node, counts };
}
