import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { stringify } from 'yaml';
import { loadS13 } from '../../../src/eir/diameter/load.ts';
import { readChecks } from '../../../src/eir/events/file.ts';
import type { AnswerLine } from '../../../src/eir/events/record.ts';
import { centreOf, publish, publishRules, until } from '../centre/ground.ts';

const CEIR = path.join(import.meta.dirname, '../../../bin/ceir.js');

/** What a node file of a test says; everything is on free ports of this machine. */
export type Wish = {
  readonly centre?: string;
  readonly workers?: number;
  readonly events?: Readonly<Record<string, unknown>>;
  readonly protocols?: Readonly<Record<string, unknown>>;
  readonly more?: Readonly<Record<string, unknown>>;
  /** Words for Node before the program. */
  readonly node?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

/** One of each: on the blocked list, on the tracked one, blocked with a pair, on none. */
export const [STOLEN, TRACKED, PAIRED, PLAIN] = [
  35_000_000_000_001, 35_000_000_000_002, 35_000_000_000_003, 35_000_000_000_009,
];
/** The subscriber that is paired. */
export const OWNER = 999_010_000_000_777;

/** A centre whose lists have one of each. */
export async function smallCentre(t: TestContext) {
  const feed = folderFor(t);
  await publishRules(feed);
  await publish(feed, 'exceptions@alfa', [{ op: 'add', imei: PAIRED, imsi: OWNER, msisdn: 99_917 }]);
  await publish(feed, 'tracked', [{ op: 'add', imei: TRACKED, reasons: 'watched' }]);
  await publish(feed, 'blocked', [
    { op: 'add', imei: STOLEN, reasons: 'stolen' },
    { op: 'add', imei: PAIRED, reasons: 'copy' },
  ]);
  return { feed, centre: await centreOf(t, feed) };
}

/** How a node is started whose clock and workers a test can trouble by files in a folder. */
export const crashable = (folder: string): Pick<Wish, 'node' | 'env'> => ({
  node: ['--import', path.join(import.meta.dirname, 'preload.js')],
  env: { TEST_FOLDER: folder },
});

/** Has one of the workers die. */
export const crash = (folder: string): void => writeFileSync(path.join(folder, 'crash'), '');

/** Lets the clock of a node jump by so many milliseconds. */
export function jump(folder: string, ms: number): void {
  writeFileSync(path.join(folder, 'next'), String(ms));
  renameSync(path.join(folder, 'next'), path.join(folder, 'clock'));
}

const here = { host: '127.0.0.1', port: 0 };

export const PROTOCOLS = {
  s13: [{ ...here, identity: { host: 'eir.test', realm: 'test' } }],
  n5g_eir: [here],
  gsup: [here],
};

/** A node of its own process. */
export type TestNode = {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly admin: string;
  readonly addresses: Readonly<Record<string, string>>;
  /** All that it wrote so far. */
  readonly log: () => string;
  readonly metrics: () => Promise<Metrics>;
  /** Ends it as an operator would; its exit code. */
  readonly end: () => Promise<number | null>;
  /** Ends it as a loss of power would. */
  readonly kill: () => Promise<void>;
};

/** Metrics by name and labels as they stand in the text. */
export type Metrics = ReadonlyMap<string, number>;

/** A folder of one test, removed after it. */
export function folderFor(t: TestContext, within = tmpdir()): string {
  const folder = mkdtempSync(path.join(within, 'ceir-node-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a node file; its name. */
export function nodeFile(folder: string, wish: Wish): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'token'), 'token-alfa-1\n');
  const file = path.join(folder, 'node.yaml');
  const { centre, workers = 1, events = {}, protocols = PROTOCOLS, more = {} } = wish;
  const text = stringify(
    {
      name: 'alfa-1',
      operator: 'alfa',
      data: './data',
      workers,
      drain_seconds: 4,
      ...(centre === undefined ? {} : { centre: { url: centre, token_file: './token' } }),
      admin: { host: '127.0.0.1', port: 0 },
      protocols,
      events: { file_seconds: 1, alarms: { reasons: ['stolen'] }, ...events },
      ...more,
    },
    { aliasDuplicateObjects: false },
  );
  writeFileSync(file, text);
  return file;
}

/** Starts a node and waits until it listens; it is ended with the test. */
export async function startTestNode(t: TestContext, folder: string, wish: Wish = {}): Promise<TestNode> {
  const file = nodeFile(folder, wish);
  const child = spawn(process.execPath, [...(wish.node ?? []), CEIR, 'eir', '--config', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...wish.env },
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const ended = once(child, 'close');
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const ready = (): Readonly<Record<string, unknown>> | undefined =>
    text
      .split('\n')
      .flatMap((line) =>
        line.includes('"msg":"ready"') ? [JSON.parse(line) as Readonly<Record<string, unknown>>] : [],
      )[0];
  await until(() => ready() !== undefined || child.exitCode !== null, 'the node is ready', 40_000);
  const found = ready();
  assert.ok(found !== undefined, `the node began: ${text}`);
  const admin = `http://${String(found['admin'])}`;
  return {
    child,
    folder: path.join(folder, 'data'),
    admin,
    addresses: found['addresses'] as Readonly<Record<string, string>>,
    log: () => text,
    metrics: async () => readMetrics(await (await fetch(`${admin}/metrics`)).text()),
    end: async () => {
      child.kill('SIGTERM');
      await ended;
      return child.exitCode;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Reads the Prometheus text; every line must be one. */
export function readMetrics(text: string): Metrics {
  const found = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || /^# (?:HELP|TYPE) [a-z_]+ .+$/.test(line)) continue;
    const [, name = '', value = ''] = /^([a-z_]+(?:\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)*\})?) (\S+)$/.exec(line) ?? [];
    assert.ok(name !== '' && !Number.isNaN(Number(value)), `no line of the format: ${line}`);
    assert.ok(!found.has(name), `twice: ${name}`);
    found.set(name, Number(value));
  }
  return found;
}

/** The sum of all values whose name and labels hold all of these words. */
export const sumOf = (metrics: Metrics, ...words: readonly string[]): number =>
  [...metrics].reduce((sum, [name, value]) => (words.every((word) => name.includes(word)) ? sum + value : sum), 0);

/** Asks over S13; how many of each verdict. */
export async function askS13(
  node: TestNode,
  { imei, imsi = 999010000000001, seconds = 0.05, connections = 1, rate = 100 }: AskS13,
): Promise<Readonly<Record<string, number>>> {
  const [host = '', port = ''] = (node.addresses['s13[0]'] ?? '').split(':');
  const load = await loadS13({
    host,
    port: Number(port),
    identity: { host: 'mme.test', realm: 'test' },
    realm: 'test',
    connections,
    window: 100,
    rate,
    seconds,
    imei: () => imei,
    imsi: () => imsi,
  });
  assert.equal(load.lost, 0, 'every request was answered');
  return load.verdicts;
}

type AskS13 = {
  readonly imei: number;
  readonly imsi?: number;
  readonly seconds?: number;
  readonly connections?: number;
  readonly rate?: number;
};

/** The one verdict that S13 gives. */
export async function verdictS13(node: TestNode, imei: number, imsi?: number): Promise<string> {
  const verdicts = await askS13(node, { imei, ...(imsi === undefined ? {} : { imsi }) });
  const given = Object.entries(verdicts).filter(([, times]) => times > 0);
  assert.equal(given.length, 1, 'one verdict');
  return given[0]?.[0] ?? '';
}

/** Waits until S13 gives this verdict and no other; a change may fall between the answers to one series of questions. */
export const untilVerdict = (node: TestNode, imei: number, verdict: string, what: string): Promise<void> =>
  until(async () => {
    const { [verdict]: wanted = 0, ...others } = await askS13(node, { imei });
    return wanted > 0 && Object.values(others).every((times) => times === 0);
  }, what);

/** What N5g-eir answers: the status, or the cause of a problem. */
export async function verdictN5g(node: TestNode, imei: number, imsi?: number): Promise<string> {
  const session = connect(`http://${node.addresses['n5g_eir[0]']}`);
  try {
    const supi = imsi === undefined ? '' : `&supi=imsi-${imsi}`;
    const target = `/n5g-eir-eic/v1/equipment-status?pei=imei-${String(imei).padStart(14, '0')}0${supi}`;
    const stream = session.request({ ':path': target });
    let body = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    await once(stream, 'close');
    const told = JSON.parse(body) as { readonly status?: string | number; readonly cause?: string };
    return told.cause ?? String(told.status);
  } finally {
    session.close();
  }
}

/** A check that arrived, with what it points to. */
export type Arrived = {
  readonly at: number;
  readonly imei: number;
  readonly answer: AnswerLine | undefined;
  readonly flags: number;
};

/** The checks in the files of a folder; each file whole. */
export function checksIn(folder: string): readonly Arrived[] {
  const names = (() => {
    try {
      return readdirSync(folder).filter((name) => name.endsWith('.events'));
    } catch {
      return [];
    }
  })();
  return names.sort().flatMap((name) => {
    const read = readChecks(readFileSync(path.join(folder, name)), name);
    assert.ok(read.ok && read.value.ended, `${name} is whole`);
    const answers = new Map<number, AnswerLine>();
    return read.value.blocks.flatMap((block) => {
      for (const [number, line] of block.answers) answers.set(number, line);
      return Array.from(
        { length: block.records.length / 32 },
        (_, at): Arrived => ({
          at: block.records.readDoubleLE(at * 32),
          imei: block.records.readDoubleLE(at * 32 + 8),
          answer: answers.get(block.records.readUInt16LE(at * 32 + 24)),
          flags: block.records.readUInt16LE(at * 32 + 28),
        }),
      );
    });
  });
}
