import { type ChildProcess, execFile, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { type Load, loadS13 } from '../src/eir/diameter/load.ts';
import { type Bench, type Cell, type Found, median } from './bench.ts';
import { eachImei } from './imeis.ts';
import { CEIR, freshFolder } from './place.ts';
import { run as runAndWatch } from './watch.ts';

const execute = promisify(execFile);
const IDENTITY = { host: 'eir.localdomain', realm: 'localdomain' };
const SAMPLES = 1 << 17;

/** Taken before this process is pinned, from when on it sees fewer. */
const CORES = os.availableParallelism();
const ALL = `0-${CORES - 1}`;
const OTHERS = `1-${CORES - 1}`;

/** Where Linux and its `taskset` can: all threads of a process on these cores. */
async function pin(pid: number | undefined, cores: string): Promise<boolean> {
  if (pid === undefined || process.platform !== 'linux') return false;
  return execute('taskset', ['-acp', cores, String(pid)]).then(
    () => true,
    () => false,
  );
}

/** Something that answers, in its own process. */
type Served = {
  readonly port: number;
  readonly sbi: number;
  /** Its processes, to be pinned to cores. */
  readonly pids: readonly (number | undefined)[];
  readonly cpu: () => Promise<number>;
  readonly stop: () => Promise<void>;
};

/** IMEIs to ask about: half of them listed, the others beside those, in no order. */
function samplesOf(rows: number): Float64Array {
  const found = new Float64Array(SAMPLES);
  const step = Math.max(1, Math.floor((2 * rows) / SAMPLES));
  let [at, count] = [0, 0];
  eachImei(rows, 'sorted', (imei) => {
    if (at % step === 0 && count + 1 < SAMPLES) {
      found[count] = imei;
      found[count + 1] = imei - (imei % 1e6) + ((imei * 7919) % 1e6);
      count += 2;
    }
    at += 1;
  });
  const all = found.subarray(0, count);
  for (let place = count - 1; place > 0; place -= 1) {
    const other = (place * 48_271) % (place + 1);
    [all[place], all[other]] = [all[other] ?? 0, all[place] ?? 0];
  }
  return all;
}

/** A node with these lists, its checks recorded. */
async function startNode(folder: string, workers: number, centre: string): Promise<Served> {
  const here = { host: '127.0.0.1', port: 0 };
  writeFileSync(path.join(folder, 'token'), 'token-alfa-1\n');
  const config = {
    name: 'alfa-1',
    operator: 'alfa',
    data: './data',
    workers,
    centre: { url: centre, token_file: './token' },
    admin: here,
    protocols: { s13: [{ ...here, identity: IDENTITY }], n5g_eir: [here] },
    // A tenth of the questions are for what is on the tracked list: too many to be told to people.
    events: { file_megabytes: 60, alarms: { tracked: false } },
  };
  const file = path.join(folder, 'node.yaml');
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(process.execPath, [CEIR, 'eir', '--config', file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { admin, addresses } = await readyOf(child);
  const portOf = (key: string): number => Number((addresses[key] ?? '').split(':').at(-1));
  return {
    port: portOf('s13[0]'),
    sbi: portOf('n5g_eir[0]'),
    pids: [child.pid],
    cpu: async () => (await metricOf(admin, 'process_cpu_seconds_total')) * 1e6,
    stop: async () => {
      const lost = await metricOf(admin, 'ceir_eir_checks_lost_total');
      if (lost > 0) process.stderr.write(`${lost} checks were not recorded\n`);
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

type Ready = { readonly admin: string; readonly addresses: Readonly<Record<string, string>> };

async function readyOf({ stdout }: ChildProcess): Promise<Ready> {
  if (stdout === null) throw new Error('The node says nothing.');
  const lines = createInterface(stdout);
  for await (const line of lines) {
    const said = JSON.parse(line) as Ready & { readonly msg: string };
    if (said.msg !== 'ready') continue;
    stdout.resume();
    return { admin: `http://${said.admin}`, addresses: said.addresses };
  }
  throw new Error('The node did not begin.');
}

async function metricOf(admin: string, name: string): Promise<number> {
  const text = await (await fetch(`${admin}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? 0);
}

/** The least that could answer: bench/diameter.ts and bench/sbinode.ts. */
async function startBare(): Promise<Served> {
  const execArgv = ['--import', 'tsx'];
  const [diameter, sbi] = [
    fork(path.join(import.meta.dirname, 'diameter.ts'), ['echo', ''], { execArgv }),
    fork(path.join(import.meta.dirname, 'sbinode.ts'), ['bare', ''], { execArgv }),
  ];
  const [[told], [port]] = (await Promise.all([once(diameter, 'message'), once(sbi, 'message')])) as [
    [{ port: number }],
    [number],
  ];
  const cpu = async (): Promise<number> => {
    diameter.send('cpu');
    sbi.send('cpu');
    const [[one], [other]] = (await Promise.all([once(diameter, 'message'), once(sbi, 'message')])) as [
      [{ cpu: number }],
      [number],
    ];
    return one.cpu + other;
  };
  const stop = async (): Promise<void> => {
    diameter.disconnect();
    sbi.disconnect();
  };
  return { port: told.port, sbi: port, pids: [diameter.pid, sbi.pid], cpu, stop };
}

/** The core of what answers; all others are left to what asks. */
async function pinAll(answering: readonly Served[]): Promise<boolean> {
  if (CORES < 2) return false;
  const pins = answering.flatMap(({ pids }) => pids.map((pid) => pin(pid, '0')));
  const done = await Promise.all([...pins, pin(process.pid, OTHERS)]);
  return done.every((is) => is);
}

/** What a load found: answers a second, processor time of the server for each, and their latency. */
type Measured = { readonly perSecond: number; readonly cpu: number; readonly p50: number; readonly p99: number };

type Shape = {
  readonly seconds: number;
  readonly connections: number;
  readonly window: number;
  readonly rate?: number;
};

async function measureS13(served: Served, samples: Float64Array, shape: Shape): Promise<Measured> {
  let at = 0;
  const before = await served.cpu();
  const load: Load = await loadS13({
    host: '127.0.0.1',
    port: served.port,
    identity: { host: 'mme.localdomain', realm: 'localdomain' },
    realm: IDENTITY.realm,
    ...shape,
    imei: () => {
      at = (at + 1) % samples.length;
      return samples[at] ?? 0;
    },
    imsi: () => 999_010_000_000_000 + at,
  });
  return {
    perSecond: load.answered / load.seconds,
    cpu: ((await served.cpu()) - before) / Math.max(1, load.sent - load.lost),
    p50: load.latency.percentile(0.5) / 1000,
    p99: load.latency.percentile(0.99) / 1000,
  };
}

async function measureSbi(served: Served, folder: string, samples: Float64Array, requests: number): Promise<Measured> {
  const root = `http://127.0.0.1:${served.sbi}/n5g-eir-eic/v1/equipment-status?pei=imei-`;
  const targets = Array.from(samples.subarray(0, 2000), (imei) => `${root}${String(imei).padStart(14, '0')}0\n`);
  const file = path.join(folder, 'targets');
  writeFileSync(file, targets.join(''));
  const before = await served.cpu();
  const { stdout } = await execute('h2load', ['-c', '4', '-m', '50', '-n', String(requests), '-i', file]);
  const perSecond = Number(/finished in [^,]+, (?<rate>[\d.]+) req\/s/.exec(stdout)?.groups?.['rate']);
  return { perSecond, cpu: ((await served.cpu()) - before) / requests, p50: Number.NaN, p99: Number.NaN };
}

const middle = (all: readonly Measured[], of: keyof Measured): number => median(all.map((one) => one[of]));
const lineOf = (name: string, all: readonly Measured[]): readonly Cell[] => [
  name,
  Math.round(middle(all, 'perSecond')),
  middle(all, 'cpu'),
  Math.round(1e6 / middle(all, 'cpu')),
  ...(['p50', 'p99'] as const).map((of) => (Number.isNaN(middle(all, of)) ? '' : middle(all, of))),
];

/** A folder of a node whose lists are of so many identifiers, and its centre. */
async function groundFor(folder: string, rows: number): Promise<void> {
  const lists = path.join(folder, 'data', 'lists');
  mkdirSync(lists, { recursive: true });
  const words = ['--import', 'tsx', path.join(import.meta.dirname, 'builder.ts')];
  await runAndWatch(process.execPath, [...words, path.join(lists, 'lists-000000000001.eir'), String(rows), 'sorted']);
  writeFileSync(path.join(lists, 'whole'), '');
}

/** The centre, in its own process: neither it nor what it publishes holds up the load. */
async function startFeed(folder: string): Promise<{ readonly port: number; readonly child: ChildProcess }> {
  const child = fork(path.join(import.meta.dirname, 'nodefeed.ts'), [folder], { execArgv: ['--import', 'tsx'] });
  const [port] = (await once(child, 'message')) as [number];
  return { port, child };
}

export const bench: Bench = {
  name: 'node',
  about: `A whole node in its own process: its lists, its rules, each check recorded, pipelined S13 and N5g-eir over real
sockets, and S13 at a fixed rate, without and with changes of the lists coming in; against the least that could answer.
One worker and two. The generators of load run on the same machine. N5g-eir needs h2load (nghttp2-client).`,
  options: {
    rows: { type: 'string', about: 'identifiers on lists (default 10000000)' },
    seconds: { type: 'string', about: 'length of each load (default 5)' },
    times: { type: 'string', about: 'how often each (default 3)' },
    rate: { type: 'string', about: 'requests a second of the paced load (default 50000)' },
    changes: { type: 'string', about: 'changes of the lists a second in the storm (default 10000)' },
  },
  run: async (call): Promise<Found> => {
    const rows = call.count('rows', 10_000_000);
    const [seconds, times] = [call.count('seconds', 5), call.count('times', 3)];
    const piped: Shape = { seconds, connections: 4, window: 250 };
    const paced: Shape = { seconds, connections: 4, window: 10_000, rate: call.count('rate', 50_000) };
    const changes = call.count('changes', 10_000);
    const folder = freshFolder('node');
    const feed = path.join(folder, 'feed');
    const samples = samplesOf(rows);
    await groundFor(folder, rows);
    const centre = await startFeed(feed);
    const kept: Record<Turn, Measured[]> = {
      one: [],
      echo: [],
      paced: [],
      echoPaced: [],
      storm: [],
      sbi: [],
      bare: [],
      two: [],
    };
    const bare = await startBare();
    const begun = performance.now();
    const node = await startNode(folder, 1, `http://127.0.0.1:${centre.port}`);
    const started = (performance.now() - begun) / 1000;
    // What answers has one core, and what asks another: or the kernel takes turns of its own.
    const pinned = await pinAll([node, bare]);
    await measureS13(node, samples, { ...piped, seconds: 2 });
    await measureS13(bare, samples, { ...piped, seconds: 2 });
    // Code for single messages is another than that for full windows, and wants to be warm as well.
    for (const served of [node, bare]) await measureS13(served, samples, { ...paced, seconds: 10 });
    for (let time = 0; time < times; time += 1) {
      kept.one.push(await measureS13(node, samples, piped));
      kept.echo.push(await measureS13(bare, samples, piped));
      kept.paced.push(await measureS13(node, samples, paced));
      kept.echoPaced.push(await measureS13(bare, samples, paced));
      centre.child.send(changes);
      kept.storm.push(await measureS13(node, samples, paced));
      centre.child.send(0);
      kept.sbi.push(await measureSbi(node, folder, samples, 20_000 * seconds));
      kept.bare.push(await measureSbi(bare, folder, samples, 20_000 * seconds));
    }
    await node.stop();
    await pin(process.pid, ALL);
    const pair = await startNode(folder, 2, `http://127.0.0.1:${centre.port}`);
    await measureS13(pair, samples, { ...piped, seconds: 2 });
    for (let time = 0; time < times; time += 1) kept.two.push(await measureS13(pair, samples, piped));
    await pair.stop();
    await bare.stop();
    centre.child.disconnect();
    rmSync(folder, { recursive: true, force: true });
    return foundOf(kept, { rows, started, rate: paced.rate ?? 0, changes, pinned });
  },
};

type Turn = 'one' | 'echo' | 'paced' | 'echoPaced' | 'storm' | 'sbi' | 'bare' | 'two';
type Setting = {
  readonly rows: number;
  readonly started: number;
  readonly rate: number;
  readonly changes: number;
  readonly pinned: boolean;
};

function foundOf(kept: Readonly<Record<Turn, readonly Measured[]>>, setting: Setting): Found {
  const head = ['', 'answers/s', 'CPU us', 'per core', 'p50 ms', 'p99 ms'];
  const ratio = {
    s13: {
      wall: middle(kept.one, 'perSecond') / middle(kept.echo, 'perSecond'),
      cpu: middle(kept.echo, 'cpu') / middle(kept.one, 'cpu'),
    },
    n5g: {
      wall: middle(kept.sbi, 'perSecond') / middle(kept.bare, 'perSecond'),
      cpu: middle(kept.bare, 'cpu') / middle(kept.sbi, 'cpu'),
    },
    workers: middle(kept.two, 'perSecond') / middle(kept.one, 'perSecond'),
    stormMs: middle(kept.storm, 'p99') - middle(kept.paced, 'p99'),
  };
  return {
    tables: [
      {
        title: `S13 on ${setting.rows} identifiers, each check recorded`,
        rows: [
          head,
          lineOf('one worker, pipelined', kept.one),
          lineOf('two workers, pipelined', kept.two),
          lineOf('echo, pipelined', kept.echo),
          lineOf(`one worker at ${setting.rate}/s`, kept.paced),
          lineOf(`echo at ${setting.rate}/s`, kept.echoPaced),
          lineOf(`one worker at it, with ${setting.changes} changes/s`, kept.storm),
        ],
      },
      { title: 'N5g-eir', rows: [head, lineOf('one worker', kept.sbi), lineOf('node:http2 alone', kept.bare)] },
    ],
    figures: { setting, ratio, runs: kept },
    notes: [
      `Of the echo: S13 ${ratio.s13.wall.toFixed(2)} by the clock, ${ratio.s13.cpu.toFixed(2)} by processor time;`,
      `N5g-eir ${ratio.n5g.wall.toFixed(2)} and ${ratio.n5g.cpu.toFixed(2)}. Two workers are ${ratio.workers.toFixed(2)} of one by the clock.`,
      `The storm adds ${ratio.stormMs.toFixed(2)} ms to p99. The node began in ${setting.started.toFixed(1)} s.`,
      setting.pinned
        ? 'One worker and the echo have one core of their own, two workers share all cores with what asks.'
        : 'All shared all cores.',
      'Processor time is that of the whole process: the recording of checks is in it.',
    ],
  };
}
