// The follower against our centre over real sockets: what is published comes into effect, survives both sides' ends, and is told back.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { LISTS, PAIRED } from '../../../src/decisions/core/entry.ts';
import { askWhole } from '../../../src/eir/follow/client.ts';
import { journalFile, journalsIn } from '../../../src/eir/follow/journal.ts';
import { shrinkFault } from '../../../src/eir/follow/shrink.ts';
import { Writer } from '../../../src/eir/memory/writer.ts';
import {
  adds,
  centreOf,
  folderFor,
  follow,
  publish,
  publishRules,
  rulesText,
  saidOf,
  until,
  viewOf,
} from '../centre/ground.ts';

test('what is published takes effect, on all lists, and the centre learns what is held', async (t) => {
  const [folder, own] = [folderFor(t), folderFor(t)];
  await publishRules(folder);
  await publish(folder, 'blocked', [...adds(100, 2500), { op: 'add', imei: 5, reasons: 'stolen' }]);
  const { url } = await centreOf(t, folder);
  const changed: string[] = [];
  const versions: number[] = [];
  const { follower } = await follow(
    t,
    { url, folder: own },
    {
      onChanges: ({ list }) => changed.push(list),
      onRules: ({ version }) => versions.push(version),
      self: () => ({ mode: 'permissive', counts: { answers: 7 } }),
    },
  );
  const view = viewOf(t, follower.writer);
  await until(() => follower.status.applied.blocked === 2501, 'all are applied');
  assert.equal(view.entry(view.lookup(2599)).bits, LISTS.blocked);
  assert.deepEqual(view.entry(view.lookup(5)), { bits: LISTS.blocked | 8, reasons: 'stolen' }, 'rules came first');
  await publish(folder, 'exceptions@alfa', [{ op: 'add', imei: 100, imsi: 999010000000001, msisdn: 3 }]);
  await publish(folder, 'tracked', adds(7, 1, 'odd'));
  await publish(folder, 'permitted', adds(8, 1, ''));
  await publish(folder, 'blocked', [{ op: 'remove', imei: 101, reasons: 'local' }]);
  await until(() => follower.status.lag === 0 && follower.status.applied.blocked === 2502, 'it is level');
  assert.deepEqual(saidOf(follower.writer, [7, 8, 100, 101]), [
    `${LISTS.tracked} odd`,
    `${LISTS.permitted} `,
    `${LISTS.blocked | PAIRED} local`,
    '0 ',
  ]);
  assert.ok(view.paired(100, 999010000000001, 0, false));
  await publishRules(folder, rulesText({ mccs: ['998'] }));
  await until(() => versions.length === 2, 'new rules');
  assert.deepEqual([versions, follower.rules?.rules.mccs, follower.status.lists], [[1, 2], ['998'], 'whole']);
  const asked = { url, token: 'token-admin' };
  await until(async () => {
    const { body } = await askWhole(asked, { path: '/v1/nodes' });
    const { nodes } = JSON.parse(body) as {
      nodes: {
        name: string;
        connected: boolean;
        ack?: { durable: { blocked: number; rules: number }; mode: string };
      }[];
    };
    const node = nodes.find(({ name }) => name === 'alfa-1');
    return (
      node?.connected === true &&
      node.ack?.durable.blocked === 2502 &&
      node.ack.durable.rules === 2 &&
      node.ack.mode === 'permissive'
    );
  }, 'the centre knows');
  assert.ok(changed.includes('exceptions') && changed.indexOf('blocked') === 0);
});

test('a node starts from its own disk with the centre down, and catches up when it is back after many changes', async (t) => {
  const [folder, own] = [folderFor(t), folderFor(t)];
  await publishRules(folder);
  await publish(folder, 'blocked', adds(1, 50));
  const first = await centreOf(t, folder);
  const before = await follow(t, { url: first.url, folder: own });
  await until(() => before.follower.status.durable.blocked === 50, 'it is on the disk');
  await first.close();
  await until(() => !before.follower.status.connected, 'it notices');
  assert.deepEqual(saidOf(before.follower.writer, [50, 51]), ['1 local', '0 '], 'it answers as before');
  await before.follower.close();

  const [host, port] = first.address.split(':');
  const { follower, counted } = await follow(t, { url: `http://${host}:${port}`, folder: own });
  assert.deepEqual(saidOf(follower.writer, [50, 51]), ['1 local', '0 ']);
  assert.deepEqual([follower.status.lists, follower.rules?.version, follower.status.connected], ['whole', 1, false]);
  for (let round = 0; round < 40; round += 1) await publish(folder, 'blocked', adds(1000 * (round + 1), 100));
  await until(() => counted.get('follow_broken ECONNREFUSED') > 1, 'it tries again');
  await centreOf(t, folder, { port: Number(port) });
  await until(() => follower.status.applied.blocked === 4050, 'it has all');
  assert.deepEqual(saidOf(follower.writer, [40_099, 40_100]), ['1 local', '0 ']);
  assert.equal(counted.get('follow_repeated'), 0);
});

test('a torn end of the journal is dropped, and asked for again', async (t) => {
  const [folder, own] = [folderFor(t), folderFor(t)];
  const { url } = await centreOf(t, folder);
  const before = await follow(t, { url, folder: own });
  for (let round = 1; round <= 3; round += 1) {
    await publish(folder, 'blocked', adds(round * 10, 5));
    await until(() => before.follower.status.durable.blocked === 5 * round, 'on the disk');
  }
  await before.follower.close();
  const last = (await journalsIn(own)).at(-1) ?? 0;
  const file = journalFile(own, last);
  const { size } = statSync(file);
  for (const [cut, left] of [
    [3, 10],
    [250, 5],
  ] as const) {
    truncateSync(file, size - cut);
    const unreached = await follow(t, { url: 'http://127.0.0.1:1', folder: own });
    assert.equal(unreached.follower.status.applied.blocked, left, `${cut} bytes`);
    await unreached.follower.close();
  }
  const { follower, counted } = await follow(t, { url, folder: own });
  await until(() => follower.status.durable.blocked === 15, 'all is there again');
  assert.deepEqual(saidOf(follower.writer, [14, 24, 34]), ['1 local', '1 local', '1 local']);
  assert.equal(counted.get('follow_gone'), 0);
});

test('changes that came before are not applied when the newest file of the lists is damaged, but from the one before', async (t) => {
  const [folder, own] = [folderFor(t), folderFor(t)];
  const { url } = await centreOf(t, folder);
  const before = await follow(t, { url, folder: own }, { rebuild: { changes: 20, share: 0 } });
  const bases = (): readonly string[] =>
    readdirSync(own)
      .filter((name) => name.endsWith('.eir'))
      .sort();
  for (let round = 1; round <= 6; round += 1) {
    await publish(folder, 'blocked', adds(round * 100, 30));
    await until(() => before.counted.get('follow_rebuilt') >= round, 'a new file');
  }
  await publish(folder, 'blocked', adds(9000, 5));
  await until(() => before.follower.status.durable.blocked === 185, 'on the disk');
  await before.follower.close();
  assert.equal(bases().length, 2, 'older files are gone');
  assert.ok((await journalsIn(own)).length <= 3, 'older journals are gone');
  const newest = path.join(own, bases().at(-1) ?? '');
  const bytes = readFileSync(newest);
  bytes[1030] = (bytes[1030] ?? 0) ^ 1;
  writeFileSync(newest, bytes);
  const { follower, counted } = await follow(t, { url: 'http://127.0.0.1:1', folder: own });
  assert.equal(counted.get('follow_refused base'), 1);
  assert.equal(follower.status.applied.blocked, 185, 'the journals bring back all');
  assert.deepEqual(saidOf(follower.writer, [129, 629, 9004, 9005]), ['1 local', '1 local', '1 local', '0 ']);
});

test('a change log that is another one, and numbers that the centre never gave, bring a snapshot', async (t) => {
  const [folder, other, own] = [folderFor(t), folderFor(t), folderFor(t)];
  await publishRules(folder);
  await publish(folder, 'blocked', adds(1, 30));
  const first = await centreOf(t, folder);
  const before = await follow(t, { url: first.url, folder: own });
  await until(() => before.follower.status.durable.blocked === 30, 'on the disk');
  await before.follower.close();

  await publishRules(other, rulesText({ mccs: ['997'] }));
  await publish(other, 'blocked', adds(500, 40));
  const second = await centreOf(t, other);
  const after = await follow(t, { url: second.url, folder: own });
  await until(() => after.follower.status.applied.blocked === 40, 'the other log');
  assert.deepEqual(saidOf(after.follower.writer, [1, 500]), ['0 ', '1 local']);
  await until(() => after.follower.rules?.rules.mccs[0] === '997', 'the rules of the other log');
  assert.ok(second.counted.get('feed_gone other') >= 1);
  await until(() => after.follower.status.durable.blocked === 40, 'on the disk');
  await after.follower.close();

  rmSync(path.join(other, 'changes'), { recursive: true });
  rmSync(path.join(other, 'snapshots'), { recursive: true });
  await second.close();
  await publish(other, 'blocked', adds(700, 3)); // as restored from an old copy
  const third = await centreOf(t, other);
  const last = await follow(t, { url: third.url, folder: own });
  await until(() => last.follower.status.applied.blocked === 3, 'what the centre has now');
  assert.deepEqual(saidOf(last.follower.writer, [500, 700]), ['0 ', '1 local']);
  assert.ok(third.counted.get('feed_gone ahead') >= 1);
});

test('a snapshot that would take off most of what is held is refused, until its operator or a better one says otherwise', async (t) => {
  const [folder, other, own] = [folderFor(t), folderFor(t), folderFor(t)];
  for (const one of [folder, other]) await publishRules(one);
  await publish(folder, 'blocked', adds(1, 3000));
  await publish(folder, 'permitted', adds(100_001, 4000, ''));
  const first = await centreOf(t, folder);
  const before = await follow(t, { url: first.url, folder: own });
  await until(() => before.follower.status.lag === 0 && before.follower.status.durable.permitted === 4000, 'all');
  await before.follower.close();
  await first.close();

  // A centre that lost its blocked list, and began a new log.
  await publish(other, 'permitted', adds(100_001, 4000, ''));
  await publish(other, 'blocked', adds(1, 1499));
  const lost = await centreOf(t, other, { snapshots: { changes: 100 } });
  await until(() => lost.counted.get('feed_snapshot_built') === 2, 'built');
  const faults: string[] = [];
  const misled = await follow(t, { url: lost.url, folder: own }, { onFault: ({ message }) => faults.push(message) });
  await until(() => lost.counted.get('feed_gone other') > 4, 'it asks again and again');
  assert.deepEqual(
    [misled.counted.get('follow_refused shrunk'), lost.counted.get('feed_snapshots sent')],
    [1, 1],
    'one snapshot is fetched once',
  );
  assert.match(faults.join(), /^[^,]* 1499 identifiers blocked where 3000 are held/);
  const { status } = misled.follower;
  assert.deepEqual(
    [status.trouble, status.connected, status.lists, status.applied.blocked, status.applied.permitted],
    ['FEED_SHRUNK', false, 'whole', 3000, 4000],
  );
  assert.deepEqual(saidOf(misled.follower.writer, [1, 3000, 104_000]), ['1 local', '1 local', '4 ']);
  await misled.follower.close();
  const alone = await follow(t, { url: 'http://127.0.0.1:1', folder: own });
  assert.deepEqual(saidOf(alone.follower.writer, [1, 3000, 104_000]), ['1 local', '1 local', '4 '], 'after a start');
  await alone.follower.close();

  // What comes back at the centre is taken at once.
  const waiting = await follow(t, { url: lost.url, folder: own });
  await until(() => waiting.follower.status.trouble === 'FEED_SHRUNK', 'still refused');
  await publish(other, 'blocked', adds(200_001, 600));
  await until(() => waiting.counted.get('follow_snapshot') === 1, 'half and more of it is enough');
  await until(() => waiting.follower.status.lag === 0 && waiting.follower.status.trouble === '', 'level');
  assert.deepEqual(saidOf(waiting.follower.writer, [1499, 1500, 200_101]), ['1 local', '0 ', '1 local']);
  await until(() => waiting.follower.status.durable.blocked === 2099, 'on the disk');
  await waiting.follower.close();
  await lost.close();

  // The same log from an old copy.
  for (const gone of ['changes', 'snapshots']) rmSync(path.join(other, gone), { recursive: true });
  await publish(other, 'blocked', adds(1, 10));
  const restored = await centreOf(t, other);
  const again = await follow(t, { url: restored.url, folder: own });
  await until(() => again.counted.get('follow_refused shrunk') === 1, 'refused');
  assert.deepEqual(saidOf(again.follower.writer, [1499, 200_101, 104_000]), ['1 local', '1 local', '4 ']);
  await again.follower.close();
  const allowed = await follow(t, { url: restored.url, folder: own }, { shrinkPercent: 100 });
  await until(() => allowed.follower.status.applied.blocked === 10, 'the operator of the node lets it');
  assert.deepEqual(saidOf(allowed.follower.writer, [10, 1499, 200_101, 104_000]), ['1 local', '0 ', '0 ', '0 ']);
});

test('lists are counted with their changes; of few identifiers all may go, and each list counts for itself', async (t) => {
  const writer = await Writer.open(folderFor(t));
  t.after(() => writer.close());
  for (let imei = 1; imei <= 50; imei += 1) writer.set(imei, [1, 2, 3, 4, 5][imei % 5] ?? 0, 'x');
  writer.pair({ imei: 900, imsi: 999010000000001, msisdn: 1 });
  assert.deepEqual(writer.census, { listed: 50, blocked: 30, suspect: 40, permitted: 20 });
  await writer.rebuild({});
  assert.deepEqual(writer.census, { listed: 50, blocked: 30, suspect: 40, permitted: 20 });
  writer.set(5, 0, ''); // was blocked
  writer.set(3, 1, 'y'); // was permitted
  writer.set(60, 2, 'y');
  assert.deepEqual(writer.census, { listed: 50, blocked: 30, suspect: 41, permitted: 19 });

  const held = { listed: 5000, blocked: 1500, suspect: 2000, permitted: 3000 };
  const wrong = (next: Partial<typeof held>, percent = 50): boolean =>
    shrinkFault(held, { ...held, ...next }, percent)?.code === 'FEED_SHRUNK';
  assert.deepEqual(
    [wrong({}), wrong({ blocked: 750 }), wrong({ blocked: 749 }), wrong({ permitted: 0 }), wrong({ suspect: 999 })],
    [false, false, true, true, true],
  );
  assert.deepEqual(
    [wrong({ blocked: 1499 }, 0), wrong({ blocked: 0 }, 100), wrong({ blocked: 149 }, 90)],
    [true, false, true],
  );
  const few = { listed: 1000, blocked: 1000, suspect: 1000, permitted: 0 };
  assert.equal(shrinkFault(few, { listed: 0, blocked: 0, suspect: 0, permitted: 0 }, 50), undefined);
});
