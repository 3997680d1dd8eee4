// An hour without the centre: it is killed, each question of the hour is answered by the lists that were there, and what
// was changed and what was asked meanwhile meet when it is back. The hour is lived by all clocks and timers of the node.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../servers/process.ts';
import { adds, publish, publishRules, sha, until } from '../centre/ground.ts';
import { checksIn, folderFor, OWNER, PROTOCOLS, startTestNode, sumOf, type TestNode } from './ground.ts';
import { type Asked, Mme, type Verdict } from './mme.ts';

const CEIR = path.join(import.meta.dirname, '../../../bin/ceir.js');
const HASTEN = ['--import', path.join(import.meta.dirname, 'hasten.js')];
/** A busy machine may take its time. */
const PATIENCE_MS = 60_000;

/** What the lists say at first, of equipment in a row; of the paired one to its owner. */
const KINDS = {
  black: { from: 35_000_000_100_000, count: 400, status: 'blocked' },
  grey: { from: 35_000_000_200_000, count: 300, status: 'tracked' },
  white: { from: 35_000_000_300_000, count: 2000, status: 'permitted' },
  paired: { from: 35_000_000_400_000, count: 200, status: 'permitted' },
} as const;
const WORDS = { white: 'permitted', black: 'blocked', grey: 'tracked' } as const;

/** A question, and what is to be answered. */
type Question = Asked & { readonly verdict: Verdict };

/** Question after question: each kind in turn, and of each kind one equipment after the other. */
function questionOf(number: number): Question {
  const kind = (['black', 'white', 'grey', 'white', 'paired'] as const)[number % 5] ?? 'white';
  const { from, count } = KINDS[kind];
  const imei = from + (Math.floor(number / 5) % count);
  if (kind === 'paired') return { imei, imsi: OWNER, verdict: 'white' };
  return { imei, imsi: 999_010_000_000_000 + (number % 977), verdict: kind };
}

/** Time that the test lets pass for processes that were started with {@link HASTEN}. */
class Time {
  readonly folder: string;
  readonly #file: number;
  readonly #files = new Map<string, number>();
  #aheadMs = 0;

  constructor(t: TestContext) {
    this.folder = folderFor(t);
    this.#file = openSync(path.join(this.folder, 'ahead'), 'w');
    t.after(() => {
      for (const file of [this.#file, ...this.#files.values()]) closeSync(file);
    });
    this.#tell();
  }

  /** Lets time pass, and waits until all threads of the processes have lived it. */
  async pass(seconds: number, pids: readonly (number | undefined)[]): Promise<void> {
    this.#aheadMs += seconds * 1000;
    this.#tell();
    const end = performance.now() + PATIENCE_MS;
    while (!this.#isPast(pids)) {
      assert.ok(performance.now() < end, 'time passes for all threads');
      await wait(1);
    }
  }

  #tell(): void {
    const twice = Buffer.alloc(16);
    twice.writeDoubleLE(this.#aheadMs, 0);
    twice.writeDoubleLE(this.#aheadMs, 8);
    writeSync(this.#file, twice, 0, 16, 0);
  }

  #isPast(pids: readonly (number | undefined)[]): boolean {
    const names = readdirSync(this.folder).filter((name) => pids.some((pid) => name.startsWith(`passed-${pid}-`)));
    return names.length > 0 && names.every((name) => this.#passedBy(name) >= this.#aheadMs);
  }

  #passedBy(name: string): number {
    const file = this.#files.get(name) ?? openSync(path.join(this.folder, name), 'r');
    this.#files.set(name, file);
    const number = Buffer.alloc(8);
    readSync(file, number, 0, 8, 0);
    return number.readDoubleLE();
  }
}

/** A centre in a process of its own, to be killed. */
async function startCentre(t: TestContext, { feed, port, time }: { feed: string; port: number; time: Time }) {
  const nodes = path.join(time.folder, 'nodes.yaml');
  const node = `{ name: alfa-1, operator: alfa, token: ${sha('token-alfa-1')} }`;
  writeFileSync(nodes, `admin: ${sha('token-admin')}\nnodes: [${node}]\n`);
  const words = [...HASTEN, CEIR, 'feed', feed, '--listen', `127.0.0.1:${port}`, '--nodes', nodes, '--json'];
  const child = spawn(process.execPath, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TEST_FOLDER: time.folder },
  });
  const ended = once(child, 'close');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  t.after(kill);
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await until(() => said.includes('listening') || child.exitCode !== null, 'the centre listens', PATIENCE_MS);
  assert.equal(child.exitCode, null);
  return { pid: child.pid, kill };
}

/** MMEs of which one asks nothing. */
async function mmesOf(t: TestContext, node: TestNode) {
  const [host = '', port = ''] = (node.addresses['s13[0]'] ?? '').split(':');
  const [quiet, ...busy] = ['quiet', 'mme1', 'mme2', 'mme3'].map(
    (name) => new Mme(connect(Number(port), host), `${name}.test`),
  );
  assert.ok(quiet !== undefined);
  t.after(() => {
    for (const one of [quiet, ...busy]) one.close();
  });
  await Promise.all([quiet, ...busy].map(({ accepted }) => accepted));
  return { quiet, busy };
}

/** Asks, and keeps what each was answered. */
class Traffic {
  readonly #mmes: readonly Mme[];
  /** How often each equipment was answered with each status. */
  readonly told = new Map<string, number>();
  asked = 0;
  lost = 0;
  /** Questions that were answered otherwise than the lists say. */
  readonly wrong: string[] = [];

  constructor(mmes: readonly Mme[]) {
    this.#mmes = mmes;
  }

  async ask(questions: readonly Question[]): Promise<void> {
    const shares = this.#mmes.map((_, turn) => questions.filter((_, at) => at % this.#mmes.length === turn));
    this.asked += questions.length;
    const answers = await Promise.all(this.#mmes.map((mme, turn) => mme.ask(shares[turn] ?? [])));
    for (const [turn, share] of shares.entries()) {
      for (const [at, { imei, verdict }] of share.entries()) this.#note(imei, verdict, answers[turn]?.[at]);
    }
  }

  #note(imei: number, verdict: Verdict, told: Verdict | undefined): void {
    if (told === undefined) {
      this.lost += 1;
      return;
    }
    if (told !== verdict) this.wrong.push(`${imei}: ${told} instead of ${verdict}`);
    const key = `${imei} ${WORDS[told]}`;
    this.told.set(key, (this.told.get(key) ?? 0) + 1);
  }
}

const healthOf = async (node: TestNode): Promise<Readonly<Record<string, unknown>>> =>
  (await (await fetch(`${node.admin}/health`)).json()) as Readonly<Record<string, unknown>>;

async function publishKinds(feed: string): Promise<void> {
  await publishRules(feed);
  const { black, grey, paired } = KINDS;
  const pairs = adds(paired.from, paired.count, '').map((one) => ({ ...one, imsi: OWNER, msisdn: 0 }));
  await publish(feed, 'exceptions@alfa', pairs);
  await publish(feed, 'tracked', adds(grey.from, grey.count, 'watched'));
  await publish(feed, 'blocked', [...adds(black.from, black.count, 'stolen'), ...adds(paired.from, paired.count)]);
}

/** How many whole files of events a folder has; it may not be there yet. */
const filesIn = (folder: string): number =>
  existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.events')).length : 0;

const HOUR_SECONDS = 3600;
const STEP_SECONDS = 10;
const RATE = 5;

test('the centre is away for an hour, and all of its questions are answered by the last lists', async (t) => {
  const [feed, time, port] = [folderFor(t), new Time(t), await freePort()];
  await publishKinds(feed);
  const [first, node] = await Promise.all([
    startCentre(t, { feed, port, time }),
    startTestNode(t, folderFor(t), {
      centre: `http://127.0.0.1:${port}`,
      protocols: { s13: PROTOCOLS.s13 },
      events: { file_seconds: 60 },
      node: HASTEN,
      env: { TEST_FOLDER: time.folder },
    }),
  ]);
  await until(async () => (await fetch(`${node.admin}/ready`)).status === 200, 'it is ready', PATIENCE_MS);
  const { quiet, busy } = await mmesOf(t, node);
  const traffic = new Traffic(busy);
  const questions = (from: number, count: number) => Array.from({ length: count }, (_, at) => questionOf(from + at));
  await traffic.ask(questions(0, 1000));
  assert.deepEqual([traffic.lost, traffic.wrong], [0, []], 'before the hour');

  await first.kill();
  await until(async () => (await healthOf(node))['connected'] === false, 'the node misses the centre', PATIENCE_MS);
  const changed: readonly Question[] = [
    { imei: KINDS.black.from, imsi: 999_010_000_000_001, verdict: 'white' },
    { imei: KINDS.white.from, imsi: 999_010_000_000_001, verdict: 'black' },
  ];
  for (let second = 0; second < HOUR_SECONDS; second += STEP_SECONDS) {
    await traffic.ask(questions(second * RATE, STEP_SECONDS * RATE));
    await time.pass(STEP_SECONDS, [node.child.pid]);
    if (second % 600 !== 0) continue;
    assert.equal((await fetch(`${node.admin}/ready`)).status, 200, 'it stays ready');
    assert.equal((await healthOf(node))['connected'], false);
    if (second !== HOUR_SECONDS / 2) continue;
    await publish(feed, 'blocked', [
      { op: 'remove', imei: KINDS.black.from, reasons: 'stolen' },
      { op: 'add', imei: KINDS.white.from, reasons: 'stolen' },
    ]);
  }
  assert.deepEqual([traffic.lost, traffic.wrong], [0, []], 'all of the hour');
  assert.equal(traffic.asked, 1000 + HOUR_SECONDS * RATE);
  assert.ok(
    [quiet, ...busy].every(({ isClosed }) => !isClosed),
    'no connection was lost, not even that of the silent',
  );
  const tries = sumOf(await node.metrics(), 'counter="follow_broken"');
  t.diagnostic(`${quiet.watched} watchdogs to the silent MME, ${tries} tries to reach the centre`);
  assert.ok(quiet.watched >= 60, 'its watchdog lived the hour');
  assert.ok(tries >= 60, 'and so did what looks for the centre');

  const second = await startCentre(t, { feed, port, time });
  const settle = async (holds: () => boolean | Promise<boolean>, what: string): Promise<void> =>
    until(
      async () => {
        await time.pass(1, [node.child.pid, second.pid]);
        return holds();
      },
      what,
      PATIENCE_MS,
    );
  await settle(async () => (await healthOf(node))['connected'] === true, 'the node finds the centre');
  const applied = async () => sumOf(await node.metrics(), 'ceir_eir_list_applied', 'list="blocked"');
  const published = KINDS.black.count + KINDS.paired.count + changed.length;
  await settle(async () => (await applied()) === published, 'it follows on');
  await traffic.ask(changed);
  assert.deepEqual([traffic.lost, traffic.wrong], [0, []], 'after the hour');
  const events = path.join(feed, 'events', 'alfa-1');
  let files = -1;
  const isAll = (): boolean => {
    const before = files;
    files = filesIn(events);
    return files !== before && checksIn(events).length >= traffic.asked;
  };
  await settle(isAll, 'what was asked comes to the centre');
  assert.equal(await node.end(), 0);
  await second.kill();

  const arrived = checksIn(events);
  const come = new Map<string, number>();
  for (const { imei, answer } of arrived) {
    const key = `${imei} ${answer?.status}`;
    come.set(key, (come.get(key) ?? 0) + 1);
  }
  assert.deepEqual(come, traffic.told, 'each question with its answer, once');
  assert.ok(new Set(arrived.map(({ at }) => Math.floor(at / 60_000))).size >= 60, 'in each minute of the hour');
});
