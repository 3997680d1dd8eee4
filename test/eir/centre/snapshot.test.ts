import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { LISTS } from '../../../src/decisions/core/entry.ts';
import { buildSnapshot } from '../../../src/eir/centre/build.ts';
import { Feed } from '../../../src/eir/centre/feed.ts';
import { ask } from '../../../src/eir/follow/client.ts';
import { feedPlaces } from '../../../src/lists/feed.ts';
import { adds, afterwards, centreOf, folderFor, follow, publish, publishRules, saidOf, until } from './ground.ts';

test('what was pruned is had by a snapshot; only what every snapshot holds is pruned', async (t) => {
  const [folder, own, fresh] = [folderFor(t), folderFor(t), folderFor(t)];
  await publishRules(folder);
  await publish(folder, 'exceptions@alfa', [{ op: 'add', imei: 1, imsi: 999010000000001, msisdn: 1 }]);
  await publish(folder, 'blocked', adds(1, 500));
  const first = await centreOf(t, folder);
  const before = await follow(t, { url: first.url, folder: own });
  await until(() => before.follower.status.durable.blocked === 500, 'it has all');
  await before.follower.close();
  await first.close();
  for (let round = 1; round <= 5; round += 1) await publish(folder, 'blocked', adds(1000 * round, 200));
  await publish(folder, 'blocked', [{ op: 'remove', imei: 1, reasons: 'local' }]);
  const { url, counted } = await centreOf(t, folder, { snapshots: { changes: 100, keep: 150 } });
  await until(() => counted.get('feed_snapshot_built') === 2, 'one for each operator');
  const left = (): readonly string[] =>
    readdirSync(feedPlaces(folder).changes).filter((name) => name.startsWith('blocked'));
  await until(() => left().length === 2, `old segments go: ${left().join()}`);

  for (const [where, name] of [
    [own, 'alfa-1'],
    [fresh, 'beta-1'],
  ] as const) {
    const { follower, counted: its } = await follow(t, { url, folder: where, name });
    await until(() => follower.status.applied.blocked === 1501, name);
    await until(() => its.get('follow_snapshot') === 1, 'by a snapshot');
    assert.deepEqual(saidOf(follower.writer, [2, 5199, 5200]), ['1 local', '1 local', '0 ']);
    assert.equal(follower.writer.entry(1).bits, name === 'alfa-1' ? 32 : 0, 'its own pairs only');
    await publish(folder, 'tracked', adds(name === 'beta-1' ? 71 : 72, 1));
    await until(() => follower.status.lag === 0 && follower.status.applied.tracked > 0, 'and goes on by changes');
    assert.equal(follower.rules?.version, 1);
  }
  assert.ok(counted.get('feed_gone pruned') >= 2);
});

test('an identifier that is on two lists while a snapshot is made keeps both reasons', async (t) => {
  const [folder, own] = [folderFor(t), folderFor(t)];
  await publishRules(folder);
  await publish(folder, 'blocked', adds(1, 300));
  await publish(folder, 'tracked', [{ op: 'add', imei: 7, reasons: 'odd' }]);
  const { url, counted } = await centreOf(t, folder, { snapshots: { changes: 100 }, limits: { far: 50 } });
  await until(() => counted.get('feed_snapshot_built') === 2, 'built');
  const { follower, counted: its } = await follow(t, { url, folder: own });
  await until(() => its.get('follow_snapshot') === 1, 'a node that lacks much is sent the snapshot');
  assert.deepEqual(saidOf(follower.writer, [7]), [`${LISTS.blocked | LISTS.tracked} local`]);
  await publish(folder, 'blocked', [{ op: 'remove', imei: 7, reasons: 'local' }]);
  await until(() => follower.status.applied.blocked === 301, 'the rest');
  assert.deepEqual(saidOf(follower.writer, [7]), [`${LISTS.tracked} odd`]);
});

test('a centre with a wrong folder, an empty one or one that lost its changes never empties the lists of a node', async (t) => {
  const [folder, empty, own] = [folderFor(t), folderFor(t), folderFor(t)];
  await publishRules(folder);
  await publish(folder, 'blocked', adds(1, 300));
  const first = await centreOf(t, folder, { snapshots: { changes: 100 } });
  const before = await follow(t, { url: first.url, folder: own });
  await until(() => before.follower.status.durable.blocked === 300, 'it has all');
  await until(() => first.counted.get('feed_snapshot_built') === 2, 'built');
  await before.follower.close();
  await first.close();

  await publish(empty, 'tracked', adds(9, 1)); // as one that is just being filled: the rules come last
  const wrong = await centreOf(t, empty);
  const misled = await follow(t, { url: wrong.url, folder: own });
  await until(() => wrong.counted.get('feed_gone other') > 3, 'it asks again and again');
  assert.deepEqual([misled.follower.status.applied.blocked, misled.follower.status.trouble], [300, 'NO_SNAPSHOT']);
  await misled.follower.close();

  const { changes } = feedPlaces(folder);
  rmSync(changes, { recursive: true });
  await publish(folder, 'blocked', adds(1, 3));
  const lost = await centreOf(t, folder);
  const { follower, counted } = await follow(t, { url: lost.url, folder: own });
  await until(() => lost.counted.get('feed_gone ahead') > 5, 'it asks again and again');
  assert.deepEqual(
    [follower.status.applied.blocked, ...saidOf(follower.writer, [1, 300])],
    [300, '1 local', '1 local'],
  );
  assert.ok(counted.get('follow_snapshot') <= 1, 'what leads nowhere is fetched once');
  await lost.close();
  const feed = await Feed.open(folder, () => undefined);
  feed.close();
  const order = { feed: folder, log: feed.log, operator: 'alfa', folder: path.join(folder, 'snapshots/alfa') };
  const built = await buildSnapshot(order);
  assert.deepEqual([built.ok, !built.ok && built.fault.code], [false, 'FEED_GAP'], 'it makes none of what it has');
});

/** A process that lives, by what the system tells of it: its state and its parent. */
function told(pid: number): { readonly parent: number; readonly state: string; readonly words: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent), words: readFileSync(`/proc/${pid}/cmdline`, 'utf8') };
  } catch {
    return undefined;
  }
}

const isAlive = (pid: number): boolean => !['Z', 'X', ''].includes(told(pid)?.state ?? '');

/** The child of a process that runs a script. */
const childOf = (parent: number, script: string): number | undefined =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0)
    .find((pid) => {
      const its = told(pid);
      return its?.parent === parent && its.words.includes(script);
    });

/** A centre in a process of its own, which is killed with the test if it was not before. */
function centreProcess(t: TestContext, folder: string): { readonly child: ChildProcess; readonly built: () => number } {
  const child = fork(path.join(import.meta.dirname, 'process.ts'), [folder], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  afterwards(t, () => child.kill('SIGKILL'));
  let built = 0;
  child.on('message', (name) => {
    if (name === 'feed_snapshot_built') built += 1;
  });
  return { child, built: () => built };
}

/** Waits for a process that is not there yet and halts it, so that it cannot be over before what comes next. */
async function halted(parent: number, script: string): Promise<number> {
  let pid: number | undefined;
  await until(
    () => {
      pid = childOf(parent, script);
      return pid !== undefined;
    },
    script,
    60_000,
  );
  process.kill(pid ?? 0, 'SIGSTOP');
  return pid ?? 0;
}

test('with a centre that is killed -9 the process that builds a snapshot ends, and the snapshot before is served', {
  skip: existsSync('/proc/self/stat') ? false : 'NOT RUN: this system does not tell of its processes in /proc',
}, async (t) => {
  const folder = folderFor(t);
  await publishRules(folder);
  await publish(folder, 'blocked', adds(1, 300));
  const first = centreProcess(t, folder);
  await until(() => first.built() === 2, 'one for each operator', 60_000);
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const place = path.join(folder, 'snapshots/alfa');
  const note = readFileSync(path.join(place, 'snapshot.json'), 'utf8');
  await publish(folder, 'blocked', adds(1000, 20_000));

  for (const isLate of [false, true]) {
    const { child } = centreProcess(t, folder);
    const builder = await halted(child.pid ?? 0, 'eir/centre/child.js');
    const pids = [builder];
    if (isLate) {
      process.kill(builder, 'SIGCONT');
      pids.push(await halted(builder, 'eir/memory/child.js')); // which writes the file
    }
    child.kill('SIGKILL');
    await once(child, 'exit');
    for (const pid of pids) process.kill(pid, 'SIGCONT');
    await until(() => !pids.some(isAlive), 'they end with it', 60_000);
    assert.equal(readFileSync(path.join(place, 'snapshot.json'), 'utf8'), note, 'nothing took its place');
  }

  const { url, close } = await centreOf(t, folder, { limits: { far: 50 }, snapshots: { changes: 1e9 } });
  const response = await ask({ url, token: 'token-alfa-1' }, { path: '/v1/snapshot' });
  assert.deepEqual([response.statusCode, response.headers.etag], [200, (JSON.parse(note) as { etag: string }).etag]);
  response.destroy();
  await close();
  const last = await centreOf(t, folder, { limits: { far: 50 }, snapshots: { changes: 100 } });
  await until(() => last.counted.get('feed_snapshot_built') === 2, 'built anew', 60_000);
  const { follower, counted } = await follow(t, { url: last.url, folder: folderFor(t) });
  await until(() => counted.get('follow_snapshot') === 1 && follower.status.applied.blocked === 20_300, 'and taken');
  assert.deepEqual(saidOf(follower.writer, [300, 20_999, 21_000]), ['1 local', '1 local', '0 ']);
  assert.deepEqual(
    readdirSync(place).filter((name) => name.endsWith('.part')),
    [],
    'nothing of the builds that were ended is left',
  );
});

test('a build that is ended before its snapshot is told of, or whose files are lost, leads to the same lists', async (t) => {
  const folder = folderFor(t);
  await publishRules(folder);
  await publish(folder, 'blocked', adds(1, 300));
  await publish(folder, 'tracked', [{ op: 'add', imei: 7, reasons: 'odd' }]);
  const feed = await Feed.open(folder, () => undefined);
  const { log } = feed;
  feed.close();
  const place = path.join(folder, 'snapshots/alfa');
  // So few changes at once that a build makes several files.
  const order = { feed: folder, log, operator: 'alfa', folder: place, atOnce: 300 };
  const note = path.join(place, 'snapshot.json');
  const one = await buildSnapshot(order);
  assert.ok(one.ok && one.value.rows === 300);
  const before = readFileSync(note, 'utf8');
  for (let round = 1; round <= 5; round += 1) await publish(folder, 'blocked', adds(1000 * round, 200));
  await publish(folder, 'tracked', [{ op: 'add', imei: 8, reasons: 'odder' }]);
  assert.ok((await buildSnapshot(order)).ok);
  assert.ok(existsSync(path.join(place, one.value.file)), 'whoever is being sent the one before can go on');
  writeFileSync(note, before); // as if that build had been ended here
  const again = await buildSnapshot(order);
  assert.ok(again.ok && again.value.stand.blocked === 1300);
  for (const name of readdirSync(place)) if (name.startsWith('lists-')) rmSync(path.join(place, name));
  const third = await buildSnapshot(order);
  assert.ok(third.ok && third.value.stand.blocked === 1300 && third.value.rows === again.value.rows);
  const { url } = await centreOf(t, folder, { limits: { far: 50 } });
  const { follower, counted } = await follow(t, { url, folder: folderFor(t) });
  await until(() => counted.get('follow_snapshot') === 1 && follower.status.applied.blocked === 1300, 'taken');
  await publish(
    folder,
    'blocked',
    [7, 8].map((imei) => ({ op: 'remove' as const, imei, reasons: 'local' })),
  );
  await until(() => follower.status.applied.blocked === 1302, 'the rest');
  assert.deepEqual(saidOf(follower.writer, [7, 8]), [`${LISTS.tracked} odd`, `${LISTS.tracked} odder`]);
});
