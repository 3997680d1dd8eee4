import { execFile, fork } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { SignJWT } from 'jose';
import { type Bench, type Cell, type Found, median, type Table } from './bench.ts';
import { freshFolder } from './place.ts';

const run = promisify(execFile);
const KINDS = ['ours', 'token', 'bare'] as const;
type Kind = (typeof KINDS)[number];

/** Different equipment in turn, so that no answer can be kept. */
const TARGETS = 1000;

/** How h2load asks: connections, streams on each, requests in all, and how many a second at most. */
type Asking = {
  readonly name: string;
  readonly connections: number;
  readonly streams: number;
  readonly requests: number;
  readonly rate?: number;
};

type Measured = { readonly perSecond: number; readonly cpuMicros: number; readonly p50: number; readonly p99: number };

/** An access token as an NRF would give it, and the key to verify it with. */
async function makeToken(): Promise<{ readonly keys: string; readonly token: string }> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const claims = { iss: 'nrf', sub: 'amf', aud: '5G_EIR', scope: 'n5g-eir-eic' };
  const signing = new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).setExpirationTime('1h');
  return { keys: String(publicKey.export({ type: 'spki', format: 'pem' })), token: await signing.sign(privateKey) };
}
type Token = Awaited<ReturnType<typeof makeToken>>;

/** Microseconds of each request, from h2load's log: when it began, its status, how long it took. */
function durations(log: string): readonly number[] {
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  const fields = lines.map((line) => line.split('\t').map(Number));
  if (fields.some(([, status]) => status !== 200)) throw new Error('not every request was answered with 200');
  return fields.map(([, , micros]) => micros ?? 0).sort((a, b) => a - b);
}

function wordsOf(
  { connections, streams, requests, rate }: Asking,
  { folder, token }: { folder: string; token: string },
) {
  const words = ['-c', connections, '-m', streams, '-n', requests, '-i', path.join(folder, 'targets')];
  const paced = rate === undefined ? [] : [`--rps=${Math.ceil(rate / connections)}`];
  return [...words.map(String), ...paced, '-H', `authorization: Bearer ${token}`];
}

async function load(asking: Asking, { folder, token, log }: { folder: string; token: string; log: string }) {
  rmSync(log, { force: true });
  const { stdout } = await run('h2load', [...wordsOf(asking, { folder, token }), `--log-file=${log}`]);
  const perSecond = Number(/finished in [^,]+, (?<rate>[\d.]+) req\/s/.exec(stdout)?.groups?.['rate']);
  return { perSecond, micros: durations(log) };
}

/** A process that answers. */
type Program = { readonly root: string; readonly cpuMicros: () => Promise<number>; readonly stop: () => Promise<void> };

async function start(kind: Kind, keys: string): Promise<Program> {
  const child = fork(path.join(import.meta.dirname, 'sbinode.ts'), [kind, keys], { execArgv: ['--import', 'tsx'] });
  const told = async (): Promise<number> => Number((await once(child, 'message'))[0]);
  return {
    root: `http://127.0.0.1:${await told()}/n5g-eir-eic/v1/equipment-status?pei=imeisv-`,
    cpuMicros: async () => {
      const answer = told();
      child.send('cpu');
      return answer;
    },
    stop: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

async function measure(program: Program, asking: Asking, token: string): Promise<Measured> {
  const folder = freshFolder('sbi');
  try {
    const serial = (n: number): string => String(n * 997).padStart(6, '0');
    const targets = Array.from({ length: TARGETS }, (_, n) => `${program.root}35693803${serial(n)}01\n`);
    writeFileSync(path.join(folder, 'targets'), targets.join(''));
    const before = await program.cpuMicros();
    const { perSecond, micros } = await load(asking, { folder, token, log: path.join(folder, 'log') });
    const cpuMicros = ((await program.cpuMicros()) - before) / asking.requests;
    const at = (share: number): number => micros[Math.floor(share * (micros.length - 1))] ?? 0;
    return { perSecond, cpuMicros, p50: at(0.5), p99: at(0.99) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Turns = Readonly<Record<Kind, readonly Measured[]>>;

/** Measures all kinds in turn, several times: what else the machine does then falls on all of them alike. */
async function measureAll(asking: Asking, { keys, token }: Token, times: number): Promise<Turns> {
  const found: Record<Kind, Measured[]> = { ours: [], token: [], bare: [] };
  const programs = new Map<Kind, Program>();
  try {
    for (const kind of KINDS) {
      const program = await start(kind, keys);
      programs.set(kind, program);
      await measure(program, { name: '', connections: 2, streams: 50, requests: 20_000 }, token); // until it is compiled
    }
    for (let time = 0; time < times; time += 1)
      for (const [kind, program] of programs) found[kind].push(await measure(program, asking, token));
  } finally {
    for (const program of programs.values()) await program.stop();
  }
  return found;
}

const NAMES: Readonly<Record<Kind, string>> = {
  ours: 'openceir',
  token: 'openceir, access tokens checked',
  bare: 'node:http2 alone',
};

function tableOf(title: string, found: Turns): Table {
  const middle = (kind: Kind, of: (one: Measured) => number): number => median(found[kind].map(of));
  const cpu = (kind: Kind): number => middle(kind, ({ cpuMicros }) => cpuMicros);
  const rate = (kind: Kind): number => middle(kind, ({ perSecond }) => perSecond);
  const lines = KINDS.map((kind): readonly Cell[] => [
    NAMES[kind],
    Math.round(rate(kind)),
    cpu(kind),
    Math.round(1e6 / cpu(kind)),
    middle(kind, ({ p50 }) => p50),
    middle(kind, ({ p99 }) => p99),
  ]);
  const head = ['', 'answers/s', 'CPU µs each', 'answers/s of a core', 'p50 µs', 'p99 µs'];
  const ratio = ['openceir to node:http2', rate('ours') / rate('bare'), cpu('bare') / cpu('ours'), '', '', ''];
  return { title, rows: [head, ...lines, ratio] };
}

export const bench: Bench = {
  name: 'sbi',
  about: `N5g-eir over h2c, asked by h2load: answers per second, processor time of each in the answering process, latencies;
against node:http2 that gives one answer to everything. With a fixed decision, so that the protocol alone is measured.
h2load (Debian's nghttp2-client) runs on the same machine and takes a core of its own.`,
  options: {
    requests: { type: 'string', about: 'requests of each measurement (default 50000)' },
    rate: { type: 'string', about: 'requests a second where latency is measured (default 10000)' },
    times: { type: 'string', about: 'how often each, in turn (default 5)' },
  },
  run: async (call): Promise<Found> => {
    const [requests, rate] = [call.count('requests', 50_000), call.count('rate', 10_000)];
    const askings: readonly Asking[] = [
      { name: '1 connection, 100 streams', connections: 1, streams: 100, requests },
      { name: '4 connections, 25 streams', connections: 4, streams: 25, requests },
      { name: `4 connections, ${rate}/s`, connections: 4, streams: 25, requests: Math.min(requests, rate * 4), rate },
    ];
    const token = await makeToken();
    const times = call.count('times', 5);
    const tables: Table[] = [];
    const figures: { readonly name: string; readonly found: Turns }[] = [];
    for (const asking of askings) {
      const found = await measureAll(asking, token, times);
      figures.push({ name: asking.name, found });
      tables.push(tableOf(asking.name, found));
    }
    const notes = ['Latencies without a rate are those of a full window: they show the queue, not the service.'];
    return { tables, figures: { requests, rate, found: figures }, notes };
  },
};
