// What may happen to a node: its centre goes, it is killed, its disk is full, its clock jumps. Each with its promise in
// docs/eir-faults.md.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { publish, publishRules, rulesText, until } from '../centre/ground.ts';
import {
  askS13,
  checksIn,
  crashable,
  folderFor,
  jump,
  OWNER,
  PAIRED,
  PLAIN,
  PROTOCOLS,
  STOLEN,
  smallCentre,
  startTestNode,
  sumOf,
  TRACKED,
  untilVerdict,
  verdictS13,
} from './ground.ts';

const protocols = { s13: PROTOCOLS.s13 };

test('killed, and begun again with the centre gone, a node answers by the lists it had', async (t) => {
  const { centre } = await smallCentre(t);
  const folder = folderFor(t);
  const first = await startTestNode(t, folder, { centre: centre.url, protocols });
  await until(async () => sumOf(await first.metrics(), 'ceir_eir_list_durable', 'list="blocked"') === 2, 'it is kept');
  assert.equal(await verdictS13(first, STOLEN), 'black');
  await first.kill();
  await centre.close();
  const second = await startTestNode(t, folder, { centre: centre.url, protocols });
  assert.equal(await verdictS13(second, STOLEN), 'black');
  assert.equal(await verdictS13(second, TRACKED), 'grey');
  assert.equal(await verdictS13(second, PAIRED, OWNER), 'white');
  assert.equal((await fetch(`${second.admin}/ready`)).status, 200, 'the lists it has are good enough');
  const health = (await (await fetch(`${second.admin}/health`)).json()) as Readonly<Record<string, unknown>>;
  assert.equal(health['connected'], false);
  assert.equal(await second.end(), 0, 'it ends although nobody takes its records');
});

test('a node that never had lists permits, and says that it is not ready', async (t) => {
  const node = await startTestNode(t, folderFor(t), { centre: 'http://127.0.0.1:1', protocols });
  assert.equal(await verdictS13(node, STOLEN), 'white');
  const ready = await fetch(`${node.admin}/ready`);
  assert.equal(ready.status, 503);
  assert.deepEqual(((await ready.json()) as { unready: unknown }).unready, ['lists', 'rules']);
  assert.ok(sumOf(await node.metrics(), 'ceir_eir_steps_total', 'step="missing"', 'by="default"') > 0);
});

test('each check comes to the centre once, whatever is killed', async (t) => {
  const { feed, centre } = await smallCentre(t);
  const folder = folderFor(t);
  const events = path.join(feed, 'events', 'alfa-1');
  let asked = 0;
  for (let round = 0; round < 3; round += 1) {
    const node = await startTestNode(t, folder, { centre: centre.url, protocols });
    // Each round asks about other equipment, so that what comes twice is seen.
    const verdicts = await askS13(node, { imei: PLAIN + round * 1000, rate: 2000, seconds: 0.3, connections: 3 });
    asked += Object.values(verdicts).reduce((sum, times) => sum + times, 0);
    // What is on the disk survives a kill; what is in memory is there within a moment.
    const recorded = async () => sumOf(await node.metrics(), 'ceir_eir_checks_recorded_total');
    await until(async () => (await recorded()) >= verdictsOf(verdicts), 'all are recorded');
    await wait(200);
    await (round === 1 ? node.end() : node.kill());
  }
  const last = await startTestNode(t, folder, { centre: centre.url, protocols });
  await until(() => checksIn(events).length >= asked, 'all have come');
  assert.equal(await last.end(), 0);
  const arrived = checksIn(events);
  assert.equal(arrived.length, asked, 'and none of them twice');
  assert.ok(arrived.every(({ answer }) => answer?.status === 'permitted' && answer.step === 'default'));
  assert.deepEqual(readdirSync(path.join(folder, 'data', 'events')), [], 'the node keeps nothing that the centre has');
});

const verdictsOf = (verdicts: Readonly<Record<string, number>>): number =>
  Object.values(verdicts).reduce((sum, times) => sum + times, 0);

test('hits are told to the competent unit at once; neither they nor logs name a subscriber', async (t) => {
  const { feed, centre } = await smallCentre(t);
  const folder = folderFor(t);
  const node = await startTestNode(t, folder, { centre: centre.url, protocols });
  await until(async () => (await fetch(`${node.admin}/ready`)).status === 200, 'it is ready');
  await verdictS13(node, STOLEN, OWNER);
  await verdictS13(node, TRACKED, OWNER);
  await verdictS13(node, PAIRED, OWNER);
  await verdictS13(node, PLAIN, OWNER);
  const alarms = path.join(node.folder, 'alarms');
  const lines = (): readonly Readonly<Record<string, unknown>>[] => {
    try {
      const text = readdirSync(alarms).map((name) => readFileSync(path.join(alarms, name), 'utf8'));
      return text
        .join('')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    } catch {
      return [];
    }
  };
  await until(() => lines().length >= 2, 'both hits are told');
  await wait(200);
  assert.deepEqual(
    lines().map(({ imei, status }) => [imei, status]),
    [
      [String(STOLEN), 'blocked'],
      [String(TRACKED), 'tracked'],
    ],
  );
  assert.match(String(lines()[0]?.['subscriber']), /^[0-9a-f]{16}$/);
  assert.equal(sumOf(await node.metrics(), 'counter="alarm"', 'label="raised"'), 2);
  assert.ok(![await node.metrics(), await (await fetch(`${node.admin}/health`)).text()].join().includes(String(OWNER)));
  assert.equal(await node.end(), 0);
  const written = [folder, feed]
    .flatMap((from) => filesIn(from))
    .filter((file) => !/lists|changes|snapshots/.test(file));
  for (const file of written) assert.ok(!readFileSync(file).includes(String(OWNER)), `${file} names a subscriber`);
  assert.doesNotMatch(node.log(), new RegExp(`${OWNER}|${STOLEN}`));
  assert.equal(statSync(path.join(node.folder, 'pseudonym.key')).mode & 0o777, 0o600);
});

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() ? [path.join(entry.parentPath, entry.name)] : [],
  );
}

test('with a full disk all is answered; what cannot be kept is counted, and recording goes on with space', async (t) => {
  const { feed, centre } = await smallCentre(t);
  const folder = folderFor(t);
  const disk = `${folder}-disk`;
  const reason = mountSmall(disk, 16);
  if (reason !== false) return t.skip(reason);
  const node = await startTestNode(t, folder, { centre: centre.url, protocols, more: { data: disk } });
  t.after(() => {
    execFileSync('umount', [disk]);
    rmdirSync(disk);
  });
  await until(async () => (await fetch(`${node.admin}/ready`)).status === 200, 'it is ready');
  try {
    writeFileSync(path.join(disk, 'filler'), Buffer.alloc(32 << 20));
  } catch {
    // it is full now
  }
  const asked = await askS13(node, { imei: PLAIN, rate: 3000, seconds: 1, connections: 4 });
  assert.ok((asked['white'] ?? 0) > 1000, 'all were answered');
  await until(
    async () => sumOf(await node.metrics(), 'counter="events_disk"', 'ENOSPC') > 0,
    'the full disk is noticed',
  );
  await publish(feed, 'blocked', [{ op: 'add', imei: PLAIN, reasons: 'stolen' }]);
  await untilVerdict(node, PLAIN, 'black', 'changes count although they cannot be kept');
  execFileSync('rm', [path.join(disk, 'filler')]);
  const events = path.join(feed, 'events', 'alfa-1');
  const lost = async () => sumOf(await node.metrics(), 'ceir_eir_checks_lost_total');
  await until(async () => checksIn(events).length + (await lost()) >= (asked['white'] ?? 0), 'each is kept or counted');
  assert.equal(await lost(), 0, 'so few wait in memory');
  assert.equal(await node.end(), 0);
});

function mountSmall(at: string, megabytes: number): string | false {
  if (process.getuid?.() !== 0) return 'NOT RUN: only root can mount a small file system to fill';
  try {
    mkdirSync(at, { mode: 0o700 });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', at], { stdio: 'pipe' });
    return false;
  } catch {
    return 'NOT RUN: this machine lets nobody mount a small file system to fill';
  }
}

test('a clock that jumps ends no connection and keeps the order of records', async (t) => {
  const { feed, centre } = await smallCentre(t);
  const folder = folderFor(t);
  const node = await startTestNode(t, folder, { centre: centre.url, protocols, ...crashable(folder) });
  await until(async () => (await fetch(`${node.admin}/ready`)).status === 200, 'it is ready');
  for (const [at, ms] of [0, 7_200_000, -86_400_000].entries()) {
    jump(folder, ms);
    await wait(300);
    await publish(feed, 'blocked', [{ op: 'add', imei: PLAIN + at + 1, reasons: 'stolen' }]);
    await untilVerdict(node, PLAIN + at + 1, 'black', 'changes still come');
  }
  const metrics = await node.metrics();
  assert.equal(sumOf(metrics, 'ceir_eir_clock_jumps_total'), 2);
  assert.equal(sumOf(metrics, 'follow_broken'), 0, 'the centre was never left');
  assert.equal(await node.end(), 0);
  assert.match(node.log(), /"msg":"the clock jumped"/);
  const arrived = checksIn(path.join(feed, 'events', 'alfa-1')).filter(({ answer }) => answer?.status === 'blocked');
  assert.deepEqual(
    [...new Set(arrived.map(({ imei }) => imei))],
    [PLAIN + 1, PLAIN + 2, PLAIN + 3],
    'the order of records is that of the answers',
  );
});

test('a mode that asks the centre asks it, keeps what it said, and falls back without it', async (t) => {
  const { feed, centre } = await smallCentre(t);
  const asking = { ttlSeconds: 3600, timeoutMs: 2000, fallback: 'tracked' } as const;
  const mode = {
    mode: 'authorization',
    unlisted: 'blocked',
    onlyPermitted: false,
    shadow: false,
    percentage: 100,
  } as const;
  await publishRules(feed, rulesText({ modes: [{ ...mode, from: '2026-01-01' as never, asking }] }));
  const node = await startTestNode(t, folderFor(t), { centre: centre.url, protocols });
  await until(async () => (await fetch(`${node.admin}/ready`)).status === 200, 'it is ready');
  // While the centre opens its lists it may answer too late.
  const only = async (imei: number, verdict: string): Promise<boolean> => {
    const { [verdict]: wanted = 0, ...others } = await askS13(node, { imei });
    return wanted > 0 && Object.values(others).every((times) => times === 0);
  };
  await until(() => only(STOLEN, 'black'), 'the centre answers');
  await until(() => only(PLAIN, 'black'), 'the centre answers for what is on no list');
  assert.ok(sumOf(await node.metrics(), 'ceir_eir_steps_total', 'by="centre"') > 0);
  assert.ok(sumOf(await node.metrics(), 'ceir_eir_steps_total', 'by="cache"') > 0);
  await centre.close();
  assert.equal(await verdictS13(node, STOLEN), 'black', 'what it said is kept');
  assert.equal(await verdictS13(node, PLAIN), 'black');
  assert.equal(await verdictS13(node, PLAIN + 5), 'grey', 'the fallback of the mode');
  assert.ok(sumOf(await node.metrics(), 'ceir_eir_steps_total', 'step="fallback"') > 0);
  assert.equal(await node.end(), 0);
});

test('two nodes never work on one data folder', async (t) => {
  const { centre } = await smallCentre(t);
  const folder = folderFor(t);
  const node = await startTestNode(t, folder, { centre: centre.url, protocols });
  await assert.rejects(startTestNode(t, folder, { centre: centre.url, protocols }), /NODE_FOLDER/);
  assert.equal(await verdictS13(node, PLAIN), 'white', 'the first goes on');
});
