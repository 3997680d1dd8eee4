// Lists of offices beside those of runs, on their way from the feed folder into nodes.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { CAUSES, LISTS, PAIRED } from '../../../src/decisions/core/entry.ts';
import { readSnapshot } from '../../../src/eir/centre/build.ts';
import { ask } from '../../../src/eir/follow/client.ts';
import { journalFile } from '../../../src/eir/follow/journal.ts';
import { headOf } from '../../../src/eir/follow/record.ts';
import { Register } from '../../../src/eir/follow/register.ts';
import { type FeedList, NOWHERE, type Row } from '../../../src/eir/follow/wire.ts';
import { CHECKSUM_AT, HEAD_BYTES, VERSION_AT } from '../../../src/eir/memory/image.ts';
import { feedPlaces } from '../../../src/lists/feed.ts';
import { joinSmall } from '../../../src/lists/join.ts';
import { adds, centreOf, folderFor, follow, publish, publishRules, until, viewOf } from './ground.ts';

const STOLEN = LISTS.blocked | CAUSES.stolen;

test('what runs and offices say is one; each ends for itself, by changes and by snapshots', async (t) => {
  const [folder, own] = [folderFor(t), folderFor(t)];
  await publishRules(folder);
  const pair = { imei: 7, imsi: 999010000000001, msisdn: 0 };
  await publish(folder, 'exceptions@alfa', [{ op: 'add', ...pair }]);
  await publish(folder, 'office_exceptions@alfa', [{ op: 'add', ...pair }]);
  await publish(folder, 'office_exceptions@beta', [{ op: 'add', imei: 8, imsi: 999020000000001, msisdn: 0 }]);
  await publish(folder, 'blocked', [{ op: 'add', imei: 7, reasons: 'duplicate' }]);
  await publish(folder, 'office_blocked', [{ op: 'add', imei: 7, reasons: 'lost|stolen' }]);
  await publish(folder, 'office_permitted', adds(9, 1, ''));
  await publish(folder, 'office_tracked', [{ op: 'add', imei: 10, reasons: 'stolen' }]);
  const { url, counted } = await centreOf(t, folder, { snapshots: { changes: 1 }, limits: { far: 3 } });
  await until(() => counted.get('feed_snapshot_built') === 2, 'built');
  const first = await follow(t, { url, folder: own });
  const fresh = await follow(t, { url, folder: folderFor(t), name: 'alfa-2' });
  const level = async (list: FeedList, seq: number): Promise<void> => {
    for (const { follower } of [first, fresh])
      await until(() => follower.status.applied[list] === seq && follower.rules !== undefined, `${list} ${seq}`);
  };
  const views = [first, fresh].map(({ follower }) => viewOf(t, follower.writer));
  const said = (imei: number): string => {
    const all = views.map((view) => view.entry(view.lookup(imei))).map(({ bits, reasons }) => `${bits} ${reasons}`);
    assert.equal(all[0], all[1]);
    return all[0] ?? '';
  };
  await level('blocked', 1);
  assert.ok(first.counted.get('follow_snapshot') + fresh.counted.get('follow_snapshot') > 0);
  await until(() => said(7) === `${STOLEN | PAIRED} duplicate|lost|stolen`, 'both');
  assert.deepEqual([8, 9, 10].map(said), ['0 ', `${LISTS.permitted} `, `${LISTS.tracked | CAUSES.stolen} stolen`]);
  await publish(folder, 'exceptions@alfa', [{ op: 'remove', ...pair }]);
  await publish(folder, 'blocked', [{ op: 'remove', imei: 7, reasons: 'duplicate' }]);
  await level('blocked', 2);
  assert.equal(said(7), `${STOLEN | PAIRED} lost|stolen`);
  assert.ok(views.every((view) => view.paired(7, pair.imsi, 0, false)));
  await publish(folder, 'office_exceptions@alfa', [{ op: 'remove', ...pair }]);
  await publish(folder, 'office_blocked', [{ op: 'remove', imei: 7, reasons: 'lost|stolen' }]);
  await level('office_blocked', 2);
  assert.equal(said(7), '0 ');
  assert.ok(views.every((view) => !view.paired(7, pair.imsi, 0, false)));
});

test('changes of offices are sent before all that a run brought, their exceptions first', async (t) => {
  const folder = folderFor(t);
  await publish(folder, 'blocked', adds(1, 3000));
  await publish(folder, 'permitted', adds(10_001, 1, ''));
  for (const list of ['office_blocked', 'office_tracked', 'office_permitted'])
    await publish(folder, list, [{ op: 'add', imei: 1, reasons: 'stolen' }]);
  for (const list of ['exceptions', 'office_exceptions'])
    await publish(folder, `${list}@alfa`, [{ op: 'add', imei: 1, imsi: 999010000000001, msisdn: 0 }]);
  const { url } = await centreOf(t, folder);
  const response = await ask({ url, token: 'token-alfa-1' }, { path: '/v1/feed' });
  const lists: string[] = [];
  for await (const chunk of response) {
    for (const [, list = ''] of (chunk as Buffer).toString().matchAll(/^\{"list":"(\w+)"/gm)) lists.push(list);
    if (lists.filter((list) => list === 'blocked').length === 3) break;
  }
  const office = ['office_exceptions', 'office_permitted', 'office_tracked', 'office_blocked'];
  assert.deepEqual(lists, ['exceptions', ...office, 'permitted', 'blocked', 'blocked', 'blocked']);
});

test('small segments are joined while nodes follow, who notice nothing', async (t) => {
  const folder = folderFor(t);
  const { changes } = feedPlaces(folder);
  const { url } = await centreOf(t, folder);
  const { follower, counted } = await follow(t, { url, folder: folderFor(t) });
  for (let at = 1; at <= 140; at += 1) {
    await publish(folder, 'office_tracked', adds(at, 1, 'stolen'));
    await joinSmall(changes, [{ list: 'office_tracked', operator: '' }]);
  }
  await until(() => follower.status.applied.office_tracked === 140, 'all');
  const late = await follow(t, { url, folder: folderFor(t), name: 'alfa-2' });
  await until(() => late.follower.status.applied.office_tracked === 140, 'all for who comes late');
  for (const one of [counted, late.counted]) assert.equal(one.get('follow_rejected') + one.get('follow_gone'), 0);
  assert.ok(readdirSync(changes).length > 140);
});

/** Writes the version of a file of the lists over. */
function age(file: string): void {
  const bytes = readFileSync(file);
  bytes.writeUInt32LE(1, VERSION_AT);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, CHECKSUM_AT)), CHECKSUM_AT);
  assert.ok(bytes.length > HEAD_BYTES);
  writeFileSync(file, bytes);
}

test('files of the version before are not read: the node asks for all again', async (t) => {
  const [folder, own] = [folderFor(t), folderFor(t)];
  await publishRules(folder);
  await publish(folder, 'blocked', adds(1, 30));
  const centre = await centreOf(t, folder, { snapshots: { changes: 1 } });
  const before = await follow(t, { url: centre.url, folder: own }, { rebuild: { changes: 5, share: 0 } });
  await until(() => before.counted.get('follow_rebuilt') > 0, 'a file of the lists');
  await publish(folder, 'blocked', adds(101, 1));
  await until(() => before.follower.status.durable.blocked === 31, 'in the journal');
  await until(() => centre.counted.get('feed_snapshot_built') >= 2, 'built');
  await before.follower.close();
  await centre.close();
  for (const name of readdirSync(own)) if (name.endsWith('.eir')) age(path.join(own, name));
  const place = path.join(folder, 'snapshots/alfa');
  const note = path.join(place, 'snapshot.json');
  const { format: _, ...old } = JSON.parse(readFileSync(note, 'utf8')) as Record<string, unknown>;
  writeFileSync(note, JSON.stringify(old));
  assert.equal(await readSnapshot(place, Number((old['stand'] as typeof NOWHERE).log)), undefined);
  for (const name of readdirSync(place)) if (name.endsWith('.eir')) age(path.join(place, name));
  const unreached = await follow(t, { url: 'http://127.0.0.1:1', folder: own });
  assert.deepEqual([unreached.follower.status.applied.blocked, unreached.follower.status.lists], [0, 'none']);
  assert.ok(unreached.counted.get('follow_refused base') > 0);
  await unreached.follower.close();
  const { url } = await centreOf(t, folder, { snapshots: { changes: 1 } });
  const { follower } = await follow(t, { url, folder: own });
  await until(() => follower.status.applied.blocked === 31, 'all again');
});

test('a journal of the version before is not read', async (t) => {
  const own = folderFor(t);
  const line = { list: 'blocked', from: 1, changes: [['add', 5, 'x'] satisfies Row] };
  const [opening, record] = [{ stand: { ...NOWHERE, log: 77 }, crossed: [] }, line].map((one) =>
    Buffer.from(`${JSON.stringify(one)}\n`),
  );
  assert.ok(opening !== undefined && record !== undefined);
  writeFileSync(journalFile(own, 1), Buffer.concat([headOf(opening), opening, headOf(record), record]));
  const register = await Register.open({ folder: own, count: () => undefined });
  assert.deepEqual([register.isEmpty, register.applied.log], [true, 0]);
  await register.close();
});
