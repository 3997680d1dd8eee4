import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Served } from '../test/serve/register.ts';
import type { Bench, Call, Cell, Found } from './bench.ts';
import type { Effect } from './followers.ts';
import { freshFolder } from './place.ts';
import { postJson } from './post.ts';

const now = (): number => Number(process.hrtime.bigint()) / 1e6;

/** A report that was accepted: when it was sent and answered, in milliseconds; it is change `seq` of the journal. */
type Accepted = { readonly sent: number; readonly done: number; readonly seq: number };

const child = (file: string, words: readonly string[]): ChildProcess =>
  fork(path.join(import.meta.dirname, file), words, { execArgv: ['--import', 'tsx'] });

const first = <T>(of: ChildProcess): Promise<T> =>
  new Promise((resolve, reject) => {
    of.once('message', (message) => resolve(message as T));
    of.once('exit', (code) => reject(new Error(`A process of the bench ended with ${code}.`)));
  });

const report = (serial: number) => ({
  report: {
    imeis: [`352099${String(serial).padStart(8, '0')}`],
    kind: 'stolen',
    country: 'CH',
    day: new Date(Date.now() - 86_400_000).toISOString().slice(0, 10),
    station: 'Port Street',
    complaint: `N-${serial}`,
    contact: { email: 'owner@example.com' },
  },
});

async function measure(call: Call): Promise<Found> {
  const [nodes, processes, reports] = [call.count('nodes', 16), call.count('processes', 4), call.count('reports', 500)];
  const everyMs = 1000 / call.count('rate', 20);
  const folder = freshFolder('theft');
  const children: ChildProcess[] = [];
  const effects: Effect[] = [];
  try {
    const file = path.join(folder, 'nodes.yaml');
    const lines = Array.from({ length: nodes }, (_, node) => {
      const hash = createHash('sha256').update(`token-${node}`).digest('hex');
      return `  - { name: node-${node}, operator: alfa, token: ${hash} }\n`;
    });
    writeFileSync(file, `nodes:\n${lines.join('')}`);
    const server = child('../test/serve/register.ts', [folder, file]);
    children.push(server);
    const { url, centre, token } = await first<Served>(server);
    const each = Math.ceil(nodes / processes);
    const begun: Promise<unknown>[] = [];
    for (let at = 0; at < processes; at += 1) {
      const one = child('followers.ts', [centre, folder, String(at * each), String(Math.min(each, nodes - at * each))]);
      children.push(one);
      one.on('message', (message) => effects.push(...(message as readonly Effect[])));
      begun.push(first(one));
    }
    await Promise.all(begun);
    const agent = new Agent({ keepAlive: true, maxSockets: 64 });
    const accepted: Accepted[] = [];
    const send = async (serial: number): Promise<void> => {
      const sent = now();
      const headers = { authorization: `Bearer ${token}`, 'idempotency-key': `theft-bench-${serial}` };
      const { status, body } = await postJson(`${url}/v1/thefts`, report(serial), { agent, headers });
      if (status !== 201) throw new Error(`A report was answered with ${status}: ${body}`);
      accepted.push({ sent, done: now(), seq: accepted.length + 1 });
    };
    const level = async (): Promise<void> => {
      const end = now() + 60_000;
      const reached = (): number =>
        new Set(effects.filter(({ last }) => last >= accepted.length).map(({ node }) => node)).size;
      while (reached() < nodes) {
        if (now() > end) throw new Error('Not all nodes have all reports.');
        await wait(20);
      }
    };
    await send(0);
    await level();
    accepted.length = 1;
    const started = now();
    for (let serial = 1; serial <= reports; serial += 1) {
      await wait(Math.max(0, started + serial * everyMs + (everyMs / 2) * Math.random() - now()));
      await send(serial);
    }
    await level();
    const many = await burst({ count: call.count('burst', 1000), first: reports + 1, send, level });
    const delays = (from: 'sent' | 'done'): number[] =>
      accepted.slice(1, reports + 1).flatMap((one) => {
        const byNode = new Map<number, number>();
        for (const { node, last, at } of effects)
          if (last >= one.seq) byNode.set(node, Math.min(at, byNode.get(node) ?? Number.POSITIVE_INFINITY));
        return [...byNode.values()].map((at) => at - one[from]);
      });
    const rows = (['sent', 'done'] as const).map((from) => {
      const all = delays(from).sort((a, b) => a - b);
      const share = (part: number): number => all[Math.min(all.length - 1, Math.ceil(all.length * part) - 1)] ?? 0;
      return { from, p50: share(0.5), p99: share(0.99), most: all.at(-1) ?? 0, count: all.length };
    });
    const cells = rows.map(({ from, p50, p99, most }): readonly Cell[] => [
      from === 'sent' ? 'the report is sent' : 'it is accepted',
      p50,
      p99,
      most,
    ]);
    return {
      tables: [
        {
          title: `From a report of theft over HTTP to its effect at ${nodes} nodes in ${processes} processes, milliseconds`,
          rows: [['from when', 'p50', 'p99', 'most'], ...cells],
        },
        {
          title: 'Many reports at once, over 64 connections',
          rows: [
            ['reports', 'accepted in s', 'accepted/s', 'at all nodes in s'],
            [many.count, many.accepted, Math.round(many.count / many.accepted), many.effective],
          ],
        },
      ],
      figures: { nodes, processes, reports, delays: rows, burst: many },
      notes: ['In effect: a look-up in the node’s lists gives it. Register, nodes and who reports share this machine.'],
    };
  } finally {
    for (const one of children) one.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Burst = {
  readonly count: number;
  readonly first: number;
  readonly send: (serial: number) => Promise<void>;
  readonly level: () => Promise<void>;
};

/** Sends many reports as fast as they are taken; seconds until all were accepted, and until all nodes had all. */
async function burst({ count, first: from, send, level }: Burst) {
  const started = now();
  let next = from;
  const worker = async (): Promise<void> => {
    while (next < from + count) {
      const serial = next;
      next += 1;
      await send(serial);
    }
  };
  await Promise.all(Array.from({ length: 64 }, worker));
  const accepted = (now() - started) / 1000;
  await level();
  return { count, accepted, effective: (now() - started) / 1000 };
}

export const bench: Bench = {
  name: 'theft',
  about: `How soon a theft that the police report over HTTP is refused by the networks: a register as it is served, with both
stores embedded, and nodes in processes of their own on this machine, over loopback.`,
  options: {
    nodes: { type: 'string', about: 'nodes (default 16)' },
    processes: { type: 'string', about: 'processes they share (default 4)' },
    reports: { type: 'string', about: 'reports (default 500)' },
    rate: { type: 'string', about: 'reports a second (default 20)' },
    burst: { type: 'string', about: 'reports at once after that (default 1000)' },
  },
  run: measure,
};
