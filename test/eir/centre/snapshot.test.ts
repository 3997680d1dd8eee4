import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { LISTS } from '../../../src/decisions/core/entry.ts';
import { feedPlaces } from '../../../src/lists/feed.ts';
import { adds, centreOf, folderFor, follow, publish, publishRules, saidOf, until } from './ground.ts';

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
  const faults: string[] = [];
  const lost = await centreOf(t, folder, { onFault: ({ code }) => faults.push(code) });
  const { follower, counted } = await follow(t, { url: lost.url, folder: own });
  await until(() => lost.counted.get('feed_gone ahead') > 5, 'it asks again and again');
  assert.deepEqual(
    [follower.status.applied.blocked, ...saidOf(follower.writer, [1, 300])],
    [300, '1 local', '1 local'],
  );
  assert.ok(counted.get('follow_snapshot') <= 1, 'what leads nowhere is fetched once');
});
