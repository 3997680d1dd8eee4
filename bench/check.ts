import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { publish, publishRules, rulesText } from '../test/eir/centre/ground.ts';
import { type Bench, type Cell, type Found, median, type Table } from './bench.ts';
import type { LoadFound, LoadPlan } from './httpload.ts';
import { eachImei } from './imeis.ts';
import { freshFolder } from './place.ts';

const run = promisify(execFile);
const KINDS = ['ours', 'bare'] as const;
type Kind = (typeof KINDS)[number];

/** Different bodies, in turn. */
const BODIES = 4096;

/** A feed folder with so many blocked identifiers. */
export async function feedFor(folder: string, identifiers: number): Promise<void> {
  const changes: { op: 'add'; imei: number; reasons: string }[] = [];
  eachImei(identifiers, 'sorted', (imei) =>
    changes.push({ op: 'add', imei, reasons: changes.length % 9 === 0 ? 'stolen' : 'duplicate' }),
  );
  await publish(path.join(folder, 'feed'), 'blocked', changes);
  await publishRules(path.join(folder, 'feed'), rulesText());
}

/** A process that answers. */
export type Server = {
  readonly port: number;
  readonly cpuMicros: () => Promise<number>;
  readonly stop: () => Promise<void>;
};

/** Starts one, on a core of its own where there are more. */
export async function startServer(what: string, folder: string, identifiers: number): Promise<Server> {
  const child = fork(path.join(import.meta.dirname, 'checkserver.ts'), [what, folder, String(identifiers)], {
    execArgv: ['--import', 'tsx'],
  });
  const told = async (): Promise<number> => Number((await once(child, 'message'))[0]);
  const port = await told();
  if (os.availableParallelism() > 1) await run('taskset', ['-acp', '0', String(child.pid)]).catch(() => undefined);
  return {
    port,
    cpuMicros: async () => {
      const answer = told();
      child.send('cpu');
      return answer;
    },
    stop: async () => {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

/** Half of them listed, the others beside those; every tenth of two identifiers. */
function bodies(identifiers: number): readonly string[] {
  const found: string[] = [];
  const step = Math.max(1, Math.floor(identifiers / BODIES));
  let at = 0;
  eachImei(identifiers, 'sorted', (imei) => {
    at += 1;
    if (at % step !== 0 || found.length >= BODIES) return;
    const [one, other] = [imei, imei - (imei % 1e6) + ((imei * 7919) % 1e6)].map((key) =>
      String(key).padStart(14, '0'),
    );
    const imeis = found.length % 10 === 0 ? [one, other] : [found.length % 2 === 0 ? one : other];
    found.push(JSON.stringify({ imeis }));
  });
  return found;
}

type Measured = LoadFound & { readonly cpuMicros: number };

async function measure(server: Server, folder: string, plan: Omit<LoadPlan, 'port' | 'path'>): Promise<Measured> {
  const file = path.join(folder, 'plan.json');
  writeFileSync(file, JSON.stringify({ ...plan, port: server.port, path: '/v1/check' } satisfies LoadPlan));
  const before = await server.cpuMicros();
  const words = ['--import', 'tsx', path.join(import.meta.dirname, 'httpload.ts'), file];
  const [program, first] =
    os.availableParallelism() > 1
      ? ['taskset', ['-c', `1-${os.availableParallelism() - 1}`, process.execPath]]
      : [process.execPath, []];
  const { stdout } = await run(program as string, [...(first as string[]), ...words]);
  const found = JSON.parse(stdout) as LoadFound;
  if (found.failed > 0) throw new Error(`${found.failed} answers were not 200`);
  return { ...found, cpuMicros: ((await server.cpuMicros()) - before) / Math.max(1, found.answered) };
}

const middle = (all: readonly Measured[], of: (one: Measured) => number): number => median(all.map(of));
const rate = ({ answered, seconds }: Measured): number => answered / seconds;

function tableOf(title: string, found: Readonly<Record<Kind, readonly Measured[]>>): Table {
  const names: Readonly<Record<Kind, string>> = { ours: 'openceir', bare: 'fastify alone' };
  const lines = KINDS.map((kind): readonly Cell[] => [
    names[kind],
    Math.round(middle(found[kind], rate)),
    middle(found[kind], ({ cpuMicros }) => cpuMicros),
    middle(found[kind], ({ p50 }) => p50 / 1000),
    middle(found[kind], ({ p99 }) => p99 / 1000),
  ]);
  const ratio = [
    'openceir to fastify',
    middle(found.ours, rate) / middle(found.bare, rate),
    middle(found.bare, ({ cpuMicros }) => cpuMicros) / middle(found.ours, ({ cpuMicros }) => cpuMicros),
    '',
    '',
  ];
  return { title, rows: [['', 'answers/s', 'CPU µs each', 'p50 ms', 'p99 ms'], ...lines, ratio] };
}

export const bench: Bench = {
  name: 'check',
  about: `The public check over real HTTP, with lists in memory: answers a second, processor time of each, latencies; against a
fastify route that answers everything alike. The target: 5 000/s with p99 under 20 ms.`,
  options: {
    identifiers: { type: 'string', about: 'blocked identifiers; twice as many are known besides (default 1000000)' },
    rate: { type: 'string', about: 'requests a second where latency is measured (default 5000)' },
    seconds: { type: 'string', about: 'of each measurement (default 5)' },
    times: { type: 'string', about: 'how often each, in turn (default 3)' },
  },
  run: async (call): Promise<Found> => {
    const identifiers = call.count('identifiers', 1_000_000);
    const [seconds, times] = [call.count('seconds', 5), call.count('times', 3)];
    const folder = freshFolder('check');
    const servers = new Map<Kind, Server>();
    try {
      await feedFor(folder, identifiers);
      const asked = bodies(identifiers);
      for (const kind of KINDS) {
        const server = await startServer(kind, folder, identifiers);
        servers.set(kind, server);
        await measure(server, folder, { bodies: asked, connections: 32, seconds: 2 }); // until it is compiled
      }
      const plans = [
        { name: '32 connections, as fast as can be', plan: { connections: 32 } },
        {
          name: `64 connections, ${call.count('rate', 5000)}/s`,
          plan: { connections: 64, rate: call.count('rate', 5000) },
        },
      ];
      const tables: Table[] = [];
      const figures: unknown[] = [];
      for (const { name, plan } of plans) {
        const found: Record<Kind, Measured[]> = { ours: [], bare: [] };
        for (let time = 0; time < times; time += 1)
          for (const [kind, server] of servers)
            found[kind].push(await measure(server, folder, { ...plan, bodies: asked, seconds }));
        tables.push(tableOf(name, found));
        figures.push({ name, found });
      }
      return { tables, figures: { identifiers, seconds, found: figures } };
    } finally {
      for (const server of servers.values()) await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
