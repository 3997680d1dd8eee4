// What the machine may do to a node: kill it while it applies changes, and give it no more disk.
import assert from 'node:assert/strict';
import { execFileSync, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { askWhole } from '../../../src/eir/follow/client.ts';
import { Register } from '../../../src/eir/follow/register.ts';
import { openLatest } from '../../../src/eir/memory/folder.ts';
import {
  adds,
  afterwards,
  Counted,
  centreOf,
  folderFor,
  follow,
  publish,
  publishRules,
  saidOf,
  type Told,
  until,
} from '../centre/ground.ts';

/** The blocked list as it should be, and changes that move it on. */
class Truth {
  readonly rows = new Map<number, string>();
  #number = 0;

  /** Changes of a few hundred identifiers, so that they come and go. */
  next(count: number): readonly Told[] {
    return Array.from({ length: count }, () => {
      this.#number += 1;
      const imei = 350_000_000_000_00 + ((this.#number * 7919) % 701);
      const reasons = `case ${this.#number % 5}`;
      const had = this.rows.get(imei);
      if (had !== undefined && this.#number % 3 === 0) {
        this.rows.delete(imei);
        return { op: 'remove', imei, reasons: had };
      }
      this.rows.set(imei, reasons);
      return { op: had === undefined ? 'add' : 'update', imei, reasons };
    });
  }

  get imeis(): readonly number[] {
    return Array.from({ length: 701 }, (_, at) => 350_000_000_000_00 + at);
  }

  get said(): readonly string[] {
    return this.imeis.map((imei) => (this.rows.has(imei) ? `1 ${this.rows.get(imei)}` : '0 '));
  }
}

/** A node in a process of its own; kills it once it has applied changes beyond a number and a moment has passed. */
async function killed(words: readonly string[], beyond: number, ms: number): Promise<number> {
  const child = fork(path.join(import.meta.dirname, 'node.ts'), words, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  let applied = -1;
  child.on('message', (message) => {
    ({ applied } = message as { applied: number });
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await until(() => applied > beyond || child.exitCode !== null, 'the node applies', 30_000);
  assert.equal(child.exitCode, null);
  await wait(ms);
  child.kill('SIGKILL');
  await ended;
  return applied;
}

test('a node that is killed -9 while it applies changes has the centre’s lists after its next start', async (t) => {
  const [folder, own] = [folderFor(t), folderFor(t)];
  const truth = new Truth();
  await publish(folder, 'blocked', truth.next(200));
  const { url } = await centreOf(t, folder);
  let isOver = false;
  let published = 200;
  const publishing = (async () => {
    while (!isOver) {
      await publish(folder, 'blocked', truth.next(150));
      published += 150;
      await wait(15);
    }
  })();
  let last = -1;
  for (let round = 0; round < 5; round += 1) {
    const applied = await killed([url, 'token-alfa-1', own], Math.max(last, 0), 40 + 37 * round);
    assert.ok(applied > last, 'each round it comes further');
    // What its disk holds is a state that the lists were in, and no less than what it had told.
    const { body } = await askWhole({ url, token: 'token-admin' }, { path: '/v1/nodes' });
    const { nodes } = JSON.parse(body) as { nodes: { name: string; ack?: { durable: { blocked: number } } }[] };
    const told = nodes.find(({ name }) => name === 'alfa-1')?.ack?.durable.blocked ?? 0;
    const register = await Register.open({ folder: own, count: () => undefined });
    const held = register.applied.blocked;
    await register.close();
    assert.ok(held >= told, `${held} on the disk, ${told} told`);
    last = applied;
  }
  isOver = true;
  await publishing;
  const { follower } = await follow(t, { url, folder: own });
  await until(() => follower.status.applied.blocked === published && follower.status.lag === 0, 'it has caught up');
  assert.deepEqual(saidOf(follower.writer, truth.imeis), truth.said);
  assert.equal((await openLatest(own)).refused.length, 0);
});

test('a node that is killed -9 while it takes a snapshot has the lists before it or those of it, and nothing between', async (t) => {
  const own = folderFor(t);
  const centres = await Promise.all(
    ['one', 'other'].map(async (reasons, at) => {
      const folder = folderFor(t);
      await publishRules(folder);
      await publish(folder, 'blocked', adds(1 + at * 1_000_000, 20_000 + at, reasons));
      return centreOf(t, folder, { limits: { far: 1000 }, snapshots: { changes: 100 } });
    }),
  );
  for (const { counted } of centres) await until(() => counted.get('feed_snapshot_built') === 2, 'snapshots');
  const seen = new Set<number>();
  for (let round = 0; round < 8; round += 1) {
    // Each centre has another change log, so that every start ends in a snapshot.
    await killed([centres[round % 2]?.url ?? '', 'token-alfa-1', own], -1, 10 + 30 * round);
    const { writer, applied, close } = await opened(own);
    seen.add(applied);
    const [first, last] = applied === 20_001 ? [1_000_001, 1_020_001] : [1, 20_000];
    const whole = applied === 20_001 ? '1 other' : '1 one';
    const wanted = applied === 0 ? ['0 ', '0 ', '0 '] : [whole, whole, '0 '];
    assert.deepEqual(saidOf(writer, [first, last, applied === 20_001 ? 1 : 1_000_001]), wanted, `round ${round}`);
    await close();
  }
  assert.ok([...seen].every((applied) => [0, 20_000, 20_001].includes(applied)) && seen.size > 1, [...seen].join());
});

/** What a node's folder holds, opened as the node would. */
async function opened(folder: string) {
  const register = await Register.open({ folder, count: () => undefined });
  return { writer: register.writer, applied: register.applied.blocked, close: () => register.close() };
}

/** Mounts a file system of its own in memory, so that the disk of the machine need not be filled; gives where, or why not. */
function smallDisk(t: TestContext, megabytes: number): { readonly disk: string } | { readonly reason: string } {
  if (process.getuid?.() !== 0) return { reason: 'NOT RUN: only root can mount a small file system to fill' };
  const disk = mkdtempSync(path.join(tmpdir(), 'ceir-small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', disk], { stdio: 'pipe' });
  } catch {
    rmSync(disk, { recursive: true });
    return { reason: 'NOT RUN: this machine lets nobody mount a small file system to fill' };
  }
  afterwards(t, () => {
    execFileSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true });
  });
  return { disk };
}

/** Takes all space but for a few pages. */
function fill(disk: string): void {
  const file = openSync(path.join(disk, 'filler'), 'w');
  try {
    for (const size of [1 << 20, 4096]) {
      for (let room = statfsSync(disk); room.bavail * room.bsize >= size; room = statfsSync(disk))
        writeSync(file, Buffer.alloc(size));
    }
  } finally {
    closeSync(file);
  }
}

test('a node whose disk is full goes on with every change, acknowledges none, and all is on the disk when there is space', async (t) => {
  const folder = folderFor(t);
  const small = smallDisk(t, 16);
  if ('reason' in small) return t.skip(small.reason);
  const { disk } = small;
  const truth = new Truth();
  const { url } = await centreOf(t, folder);
  const own = path.join(disk, 'node');
  const before = await follow(t, { url, folder: own }, { rebuild: { changes: 1e9 } });
  await publish(folder, 'blocked', truth.next(300));
  await until(() => before.follower.status.durable.blocked === 300, 'all is well');
  fill(disk);
  for (let round = 0; round < 20; round += 1) await publish(folder, 'blocked', truth.next(1000));
  await until(() => before.follower.status.applied.blocked === 20_300, 'changes take effect all the same');
  assert.deepEqual(saidOf(before.follower.writer, truth.imeis), truth.said);
  await until(() => before.counted.get('follow_disk ENOSPC') >= 2, 'counted, and tried again');
  const { durable } = before.follower.status;
  assert.ok(durable.blocked < 20_300);
  const { body } = await askWhole({ url, token: 'token-admin' }, { path: '/v1/nodes' });
  assert.match(
    body,
    new RegExp(`"durable":\\{[^}]*"blocked":${durable.blocked}\\b`),
    'what is told is what is on the disk',
  );

  // A node that starts on the full disk has what was durable, and asks for the rest.
  await before.follower.close();
  const during = await follow(t, { url, folder: own }, { rebuild: { changes: 1e9 } });
  assert.ok(during.follower.status.applied.blocked >= durable.blocked);
  await until(() => during.follower.status.applied.blocked === 20_300, 'asked again');
  assert.deepEqual(saidOf(during.follower.writer, truth.imeis), truth.said);
  rmSync(path.join(disk, 'filler'));
  await until(() => during.follower.status.durable.blocked === 20_300, 'with space all is durable');
  await during.follower.close();
  const after = await follow(t, { url: 'http://127.0.0.1:1', folder: own });
  assert.deepEqual(saidOf(after.follower.writer, truth.imeis), truth.said);
});

test('a centre whose disk is full keeps no part of an event file, and says so; streams go on, and the node sends it again', async (t) => {
  const small = smallDisk(t, 16);
  if ('reason' in small) return t.skip(small.reason);
  await publish(path.join(small.disk, 'feed'), 'blocked', adds(1, 5));
  const { url } = await centreOf(t, path.join(small.disk, 'feed'));
  fill(small.disk);
  const body = Buffer.alloc(4 << 20, 'event');
  const headers = {
    'content-type': 'application/octet-stream',
    'x-sha256': createHash('sha256').update(body).digest('hex'),
  };
  const put = async (): Promise<number> =>
    (await askWhole({ url, token: 'token-alfa-1' }, { method: 'PUT', path: '/v1/events/one', headers, body })).status;
  assert.deepEqual([await put(), await put()], [507, 507]);
  const { follower } = await follow(t, { url, folder: folderFor(t) });
  await until(() => follower.status.durable.blocked === 5, 'streams go on');
  rmSync(path.join(small.disk, 'filler'));
  assert.deepEqual([await put(), await put()], [201, 200]);
  assert.deepEqual(readdirSync(path.join(small.disk, 'feed/events/alfa-1')), ['one']);
});

test('a register whose records had to be given up makes a new file of the lists, and is whole again', async (t) => {
  const small = smallDisk(t, 64);
  if ('reason' in small) return t.skip(small.reason);
  const { disk } = small;
  const own = path.join(disk, 'node');
  const counted = new Counted();
  const options = { folder: own, count: counted.count, rebuild: { changes: 1e9 }, retryMs: 20 };
  const register = await Register.open(options);
  assert.ok(register.begin(5));
  await register.settled();
  fill(disk);
  const filling = 'x'.repeat(1 << 20);
  for (let seq = 1; seq <= 60; seq += 1) {
    const line = { list: 'blocked' as const, from: seq, changes: [['add', seq, 'x'] as const] };
    register.take(line, Buffer.from(`${JSON.stringify({ ...line, filling })}\n`));
  }
  await until(() => counted.get('follow_disk LOST') === 1, 'given up');
  assert.equal(register.durable.blocked, 0);
  rmSync(path.join(disk, 'filler'));
  await register.rebuild();
  await until(() => register.durable.blocked === 60, 'all is in the new file');
  const line = { list: 'blocked' as const, from: 61, changes: [['add', 61, 'x'] as const] };
  register.take(line, Buffer.from(`${JSON.stringify(line)}\n`));
  await until(() => register.durable.blocked === 61, 'and goes on');
  await register.close();
  const again = await Register.open(options);
  assert.deepEqual(
    [again.applied.blocked, again.applied.log, ...saidOf(again.writer, [1, 60, 61])],
    [61, 5, '1 x', '1 x', '1 x'],
  );
  await again.close();
  assert.ok(readdirSync(own).length < 10);
});
