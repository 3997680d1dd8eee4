import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Load, loadS13 } from '../src/eir/diameter/load.ts';
import { runErlang, startErlang, withoutErlang } from '../test/peers/erlang.ts';
import { freePort } from '../test/servers/process.ts';
import { type Bench, type Cell, type Found, median } from './bench.ts';

/** A server in its own process. */
type Served = {
  readonly port: number;
  /** Its processor time so far, in microseconds. */
  readonly cpu: () => Promise<number>;
  readonly stop: () => void;
};

async function told(child: ChildProcess): Promise<Record<string, number>> {
  const [message] = (await once(child, 'message')) as [Record<string, number>];
  return message;
}

async function serve(kind: 'eir' | 'echo' | 'mirror', module: string): Promise<Served> {
  const child = fork(path.join(import.meta.dirname, 'diameter.ts'), [kind, module], {
    execArgv: ['--import', 'tsx'],
  });
  const { port = 0 } = await told(child);
  const cpu = async (): Promise<number> => {
    child.send('cpu');
    return (await told(child))['cpu'] ?? 0;
  };
  return { port, cpu, stop: () => child.disconnect() };
}

/** One load and what it cost the server. */
type Measured = { readonly load: Load; readonly cpuPerAnswer: number };

type Shape = {
  readonly seconds: number;
  readonly connections: number;
  readonly window: number;
  readonly rate?: number;
};

async function measure({ port, cpu }: Served, shape: Shape): Promise<Measured> {
  let count = 0;
  const before = await cpu();
  const load = await loadS13({
    host: '127.0.0.1',
    port,
    identity: { host: 'mme.localdomain', realm: 'epc.mnc001.mcc999.3gppnetwork.org' },
    realm: 'localdomain',
    ...shape,
    imei: () => {
      count += 7_919;
      return 35_693_803_000_000 + (count % 1_000_000);
    },
    imsi: () => 999_010_000_000_000 + count,
  });
  return { load, cpuPerAnswer: ((await cpu()) - before) / Math.max(1, load.sent - load.lost) };
}

/** Answers a second of OTP's own server under our load, and of ours under OTP's; undefined where there is no OTP. */
async function againstErlang(ours: Served, shape: Shape) {
  if (withoutErlang() !== false) return undefined;
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-bench-'));
  const port = await freePort();
  const server = await startErlang(port);
  try {
    const none = { port, cpu: async () => 0, stop: () => undefined };
    const { load } = await measure(none, shape);
    const words = ['load', 'eir.localdomain', `${ours.port}`, 'localdomain', '100000', '100'];
    const asked = Number((await runErlang(folder, words)).at(-1));
    return { server: load.answered / load.seconds, client: asked };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const perSecond = ({ load }: Measured): number => load.answered / load.seconds;
const middle = (all: readonly Measured[], of: (one: Measured) => number): number => median(all.map(of));
const line = (name: string, all: readonly Measured[]): readonly Cell[] => [
  name,
  Math.round(middle(all, perSecond)),
  middle(all, ({ cpuPerAnswer }) => cpuPerAnswer),
  Math.round(middle(all, ({ cpuPerAnswer }) => 1e6 / cpuPerAnswer)),
  ...[0.5, 0.99].map((share) => middle(all, ({ load }) => load.latency.percentile(share) / 1000)),
  all.reduce((sum, { load }) => sum + load.lost + load.verdicts.other, 0),
];

export const bench: Bench = {
  name: 's13',
  about: `Answers of the Diameter server, in its own process, against an echo (Session-Id and always the same verdict) and a
mirror (each message sent back): pipelined, and the latency at a fixed rate. All in turn, several times; the medians
count. OTP's server where it is installed.`,
  options: {
    seconds: { type: 'string', about: 'length of each load (default 5)' },
    times: { type: 'string', about: 'how often each (default 3)' },
    connections: { type: 'string', about: 'connections (default 4)' },
    window: { type: 'string', about: 'unanswered requests per connection (default 250)' },
    rate: { type: 'string', about: 'requests a second of the second load (default 50000)' },
    checker: { type: 'string', about: 'a module with another `checker` than one that decides nothing' },
  },
  run: async (call): Promise<Found> => {
    const seconds = call.count('seconds', 5);
    const piped: Shape = { seconds, connections: call.count('connections', 4), window: call.count('window', 250) };
    const paced: Shape = { ...piped, window: 10_000, rate: call.count('rate', 50_000) };
    const ours = await serve('eir', call.text('checker') ?? '');
    const [echo, mirror] = [await serve('echo', ''), await serve('mirror', '')];
    const kept: Record<'ours' | 'echo' | 'mirror' | 'oursPaced' | 'echoPaced', Measured[]> = {
      ours: [],
      echo: [],
      mirror: [],
      oursPaced: [],
      echoPaced: [],
    };
    for (const served of [ours, echo, mirror]) await measure(served, { ...piped, seconds: 1 }); // warms up
    for (let time = 0; time < call.count('times', 3); time += 1) {
      const turns = [
        [kept.ours, ours, piped],
        [kept.echo, echo, piped],
        [kept.mirror, mirror, piped],
        [kept.oursPaced, ours, paced],
        [kept.echoPaced, echo, paced],
      ] as const;
      // Backwards every other time, so that none is always the one that comes after the most work.
      for (const [into, served, shape] of time % 2 === 0 ? turns : turns.toReversed())
        into.push(await measure(served, shape));
    }
    const erlang = await againstErlang(ours, piped);
    ours.stop();
    echo.stop();
    mirror.stop();
    const cpu = ({ cpuPerAnswer }: Measured): number => cpuPerAnswer;
    const ratio = {
      wall: middle(kept.ours, perSecond) / middle(kept.echo, perSecond),
      cpu: middle(kept.echo, cpu) / middle(kept.ours, cpu),
    };
    const head = ['', 'answers/s', 'CPU us', 'per core', 'p50 ms', 'p99 ms', 'not answered'];
    const rows = [
      head,
      line('openceir, pipelined', kept.ours),
      line('echo, pipelined', kept.echo),
      line('mirror, pipelined', kept.mirror),
      line(`openceir at ${paced.rate}/s`, kept.oursPaced),
      line(`echo at ${paced.rate}/s`, kept.echoPaced),
    ];
    const others: readonly (readonly Cell[])[] = [
      ['', 'answers/s'],
      ["OTP's server, the same load", Math.round(erlang?.server ?? 0)],
      ["openceir, OTP's client", Math.round(erlang?.client ?? 0)],
    ];
    return {
      tables: [
        { title: `S13, ${piped.connections} connections with windows of ${piped.window}`, rows },
        ...(erlang === undefined ? [] : [{ title: 'Erlang/OTP', rows: others }]),
      ],
      figures: {
        ratio,
        erlang,
        runs: Object.entries(kept).map(([name, all]) => ({
          name,
          perSecond: all.map(perSecond),
          cpuMicroseconds: all.map(cpu),
          p99Microseconds: all.map(({ load }) => load.latency.percentile(0.99)),
        })),
      },
      notes: [
        `Ours is ${ratio.wall.toFixed(2)} of the echo by the clock, ${ratio.cpu.toFixed(2)} by processor time.`,
        'The load generator runs on the same machine; "per core" is what one core would do by processor time alone.',
        'What a mirror answers says nothing, and counts as not answered.',
      ],
    };
  },
};
