import assert from 'node:assert/strict';
import { readdir, rm, truncate } from 'node:fs/promises';
import path from 'node:path';
import { after, test } from 'node:test';
import { Refused } from '../../src/faults/fault.ts';
import { feedPlaces } from '../../src/lists/feed.ts';
import { readSegment, segmentsIn, verifySegment } from '../../src/lists/journal.ts';
import { placeHold, placeHolds, releaseHolds } from '../../src/lists/offices/control.ts';
import { placePair, releasePairs } from '../../src/lists/offices/control_pairs.ts';
import { publishControl } from '../../src/lists/offices/publish_control.ts';
import { freshRegistry } from '../office.ts';
import { imeiOf, imsiOf, ladders, msisdnOf, officeOf, openVault } from './desk.ts';
import { temporary } from './world.ts';

const LAW = { basis: 'Telecommunications Act, s. 12' } as const;

/** A register of its own, and a feed folder. */
async function ground() {
  const registry = await freshRegistry();
  await ladders(registry);
  const vault = openVault();
  const { folder, remove } = await temporary();
  after(remove);
  const changes = feedPlaces(folder).changes;
  return {
    registry,
    vault,
    office: officeOf(registry, vault),
    folder,
    changes,
    publish: (into = folder, batch = 20_000) => publishControl({ registry, vault }, into, batch),
    names: async () => (await readdir(changes)).sort(),
  };
}

/** The changes of a list in a folder, as a follower reads them: gapless, each file whole. */
async function followed(changes: string, key: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const segment of (await segmentsIn(changes)).get(key) ?? []) {
    await verifySegment(segment);
    for await (const batch of readSegment(segment, 0, 3)) {
      for (const { seq, op, imei, imsi, msisdn, reasons } of batch) {
        assert.equal(seq, lines.length + 1);
        lines.push([op, imei, ...(imsi === 0 ? [reasons] : [imsi, msisdn])].join(' '));
      }
    }
  }
  return lines;
}

const refusedWith =
  (...codes: readonly string[]) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof Refused);
    assert.deepEqual(
      error.faults.map(({ code }) => code),
      codes,
    );
    return true;
  };

test('a folder is brought up to the journal, each time by what it lacks', async () => {
  const { office, publish, changes, names } = await ground();
  assert.deepEqual(await publish(), { segments: 0, changes: 0 });
  const pair = { imei: imeiOf(1), imsi: imsiOf(1), msisdn: msisdnOf(1), operator: 'alfa', holder: 'pair:1' };
  await office(async (desk) => {
    await placeHold(desk, { list: 'blocked', imei: imeiOf(1), reason: 'stolen', holder: 'theft:1', ground: LAW });
    await placePair(desk, pair);
  });
  assert.deepEqual(await publish(), { segments: 2, changes: 2 });
  assert.deepEqual(await publish(), { segments: 0, changes: 0 });
  await office(async (desk) => {
    await placeHold(desk, { list: 'blocked', imei: imeiOf(2), reason: 'lost', holder: 'theft:2', ground: LAW });
    await placeHold(desk, { list: 'blocked', imei: imeiOf(2), reason: 'fake', holder: 'theft:2', ground: LAW });
    await releaseHolds(desk, { holder: 'theft:1', because: 'found' });
  });
  await office((desk) => releasePairs(desk, { holder: 'pair:1', because: 'another device' }));
  assert.deepEqual(await publish(), { segments: 2, changes: 3 });
  assert.deepEqual(await followed(changes, 'office_blocked'), [
    `add ${imeiOf(1)} stolen`,
    `add ${imeiOf(2)} fake|lost`,
    `remove ${imeiOf(1)} stolen`,
  ]);
  const numbers = `${imeiOf(1)} ${imsiOf(1)} ${msisdnOf(1)}`;
  assert.deepEqual(await followed(changes, 'office_exceptions@alfa'), [`add ${numbers}`, `remove ${numbers}`]);
  assert.deepEqual(await names(), [
    'office_blocked-000000000000001-1.changes',
    'office_blocked-000000000000002-2.changes',
    'office_exceptions@alfa-000000000000001-1.changes',
    'office_exceptions@alfa-000000000000002-1.changes',
  ]);
});

test('publishers at once write every change once', async () => {
  const { office, publish, changes } = await ground();
  const holds = Array.from({ length: 40 }, (_, at) =>
    office((desk) => placeHold(desk, { list: 'tracked', imei: imeiOf(at), reason: 'stolen', holder: `theft:${at}` })),
  );
  const published = await Promise.all([...holds.map((hold) => hold.then(() => publish())), publish()]);
  assert.equal(
    published.reduce((sum, one) => sum + one.changes, 0),
    40,
  );
  assert.equal((await followed(changes, 'office_tracked')).length, 40);
});

test('large journals are published in several segments', async () => {
  const { office, publish, changes, folder } = await ground();
  const imeis = Array.from({ length: 250 }, (_, at) => imeiOf(at));
  await office((desk) => placeHolds(desk, { list: 'permitted', imeis, reason: 'registered', holder: 'consignment:1' }));
  assert.deepEqual(await publish(folder, 200), { segments: 2, changes: 250 });
  assert.equal((await followed(changes, 'office_permitted')).length, 250);
});

test('a folder of another journal is refused, also where the list has no changes here', async () => {
  const [one, other] = [await ground(), await ground()];
  const hold = { list: 'tracked', imei: imeiOf(1), reason: 'stolen', holder: 'theft:1' } as const;
  const pair = { imei: imeiOf(1), imsi: imsiOf(1), operator: 'beta', holder: 'pair:1' };
  await one.office((desk) => placeHold(desk, hold));
  await one.publish();
  await assert.rejects(other.publish(one.folder), refusedWith('FEED_GAP'));
  await other.office((desk) => placePair(desk, pair));
  await other.publish();
  await assert.rejects(one.publish(other.folder), refusedWith('FEED_GAP'));
});

test('a segment that was damaged and removed is written again', async () => {
  const { office, publish, changes, names } = await ground();
  for (const at of [1, 2, 3]) {
    await office((desk) => placeHold(desk, { list: 'tracked', imei: imeiOf(at), reason: 'lost', holder: 'theft:1' }));
    await publish();
  }
  const expected = await followed(changes, 'office_tracked');
  const [first = '', second = ''] = await names();
  await rm(path.join(changes, second));
  assert.deepEqual(await publish(), { segments: 1, changes: 1 });
  assert.deepEqual(await followed(changes, 'office_tracked'), expected);
  await rm(path.join(changes, first));
  assert.deepEqual(await publish(), { segments: 0, changes: 0 }, 'what was before the first was pruned');
});

test('many small segments become one, in whose place readers find the same numbers', async () => {
  const { office, publish, changes, names } = await ground();
  const place = (at: number): Promise<unknown> =>
    office((desk) =>
      placeHold(desk, {
        list: 'tracked',
        imei: imeiOf(at),
        reason: at % 2 === 0 ? 'lost' : 'stolen',
        holder: 'theft:1',
      }),
    );
  for (let at = 0; at < 70; at += 1) {
    await place(at);
    await publish();
  }
  const expected = Array.from({ length: 70 }, (_, at) => `add ${imeiOf(at)} ${at % 2 === 0 ? 'lost' : 'stolen'}`);
  assert.deepEqual(await followed(changes, 'office_tracked'), expected);
  const segments = (await segmentsIn(changes)).get('office_tracked') ?? [];
  assert.deepEqual(
    segments.map(({ from, count }) => `${from} ${count}`),
    ['1 64', ...[65, 66, 67, 68, 69, 70].map((from) => `${from} 1`)],
  );
  assert.equal((await names()).length, 71, 'who reads the parts is not disturbed');
  await truncate(path.join(changes, 'office_tracked-000000000000066-1.changes'), 10);
  for (let at = 70; at < 126; at += 1) {
    await place(at);
    await publish();
  }
  await place(126);
  await assert.rejects(publish(), refusedWith('FEED_DAMAGED'), 'what is damaged is not passed on');
});

test('of an exception whose numbers were deleted nothing can be told; its end is never lost', async () => {
  const { registry, office, publish, changes, folder } = await ground();
  const pair = { imei: imeiOf(1), imsi: imsiOf(1), operator: 'alfa', holder: 'pair:1' };
  const letting = { holder: 'pair:1', because: 'over' };
  await office((desk) => placePair(desk, pair));
  await publish();
  await office((desk) => releasePairs(desk, letting));
  await office((desk) => placePair(desk, { ...pair, imsi: imsiOf(2) }));
  const forget = () => registry.query('UPDATE control_pair SET subscriber = NULL WHERE released IS NOT NULL');
  await forget();
  await assert.rejects(publish(), refusedWith('FEED_GAP'));
  await assert.rejects(registry.query('UPDATE control_pair SET subscriber = NULL'), /check constraint/);
  const fresh = path.join(folder, 'fresh');
  assert.deepEqual(await publish(fresh), { segments: 1, changes: 3 });
  const lines = await followed(feedPlaces(fresh).changes, 'office_exceptions@alfa');
  assert.deepEqual(lines, ['add -1 ', 'remove -1 ', `add ${imeiOf(1)} ${imsiOf(2)} 0`]);
  await office((desk) => placePair(desk, pair));
  await publish(path.join(folder, 'again'));
  const again = await followed(feedPlaces(path.join(folder, 'again')).changes, 'office_exceptions@alfa');
  assert.equal(again[1], `remove ${imeiOf(1)} ${imsiOf(1)} 0`, 'any pair of the same numbers has them');
  assert.equal((await followed(changes, 'office_exceptions@alfa')).length, 1);
});
