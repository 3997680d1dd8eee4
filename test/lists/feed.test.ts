import assert from 'node:assert/strict';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { addDays } from '../../src/calendar/day.ts';
import type { Condition } from '../../src/country/condition.ts';
import { parseRules } from '../../src/decisions/core/document.ts';
import { Refused } from '../../src/faults/fault.ts';
import { feedPlaces, lastRules, publishFeed } from '../../src/lists/feed.ts';
import { generateLists } from '../../src/lists/generate.ts';
import { lastOf, pruneSegments, readSegment, segmentsIn, verifySegment } from '../../src/lists/journal.ts';
import { type Key, state } from '../../src/lists/log.ts';
import { rulesAt } from '../../src/lists/rules.ts';
import type { Store } from '../../src/stores/store.ts';
import { onEveryStore } from '../stores/ground.ts';
import { country, put, TODAY, world } from './world.ts';

const policy = country(
  {
    lookbackDays: 60,
    exceptionsOnlyBlocked: false,
    checkDigit: false,
    malformed: true,
    barredInExceptions: true,
    notifyImsiChange: true,
    permitted: true,
  },
  false,
);
const golden = (imei: string): string => `toUInt128(${imei})`;

/** What a follower that begins with nothing holds after all segments of a list: its rows, by key, with the reasons. */
async function followed(folder: string, id: string): Promise<readonly string[]> {
  const rows = new Map<string, string>();
  let next = 1;
  for (const segment of (await segmentsIn(feedPlaces(folder).changes)).get(id) ?? []) {
    for await (const batch of readSegment(segment, 0, 3)) {
      for (const { seq, op, imei, imsi, msisdn, reasons } of batch) {
        assert.equal(seq, next);
        next += 1;
        if (imei < 0) continue;
        const key = `${imei} ${imsi} ${msisdn}`;
        assert.equal(rows.has(key), op !== 'add', `${op} of a row`);
        if (op === 'remove') rows.delete(key);
        else rows.set(key, reasons);
      }
    }
  }
  return [...rows].map((both) => both.join(' ')).sort();
}

/** The same from the change log itself. */
async function official(store: Store, key: Key): Promise<readonly string[]> {
  const rows = await store.analytics.gather<{ row: string }>(
    `SELECT concat(toString(imei), ' ', toString(imsi), ' ', toString(msisdn), ' ', toString(reasons)) AS row
     FROM ${state(key, 2 ** 31)} WHERE imei < 9223372036854775808`,
  );
  return rows.map(({ row }) => row).sort();
}

const KEYS: readonly Key[] = [
  { list: 'blocked', operator: '' },
  { list: 'tracked', operator: '' },
  { list: 'permitted', operator: '' },
  { list: 'exceptions', operator: 'alfa' },
  { list: 'exceptions', operator: 'beta' },
];

onEveryStore('the feed of nodes', ({ store, folder }) => {
  const feed = (): string => path.join(folder(), 'feed');
  const lists = (day: number, out: string) =>
    generateLists(store(), {
      country: policy,
      out: path.join(folder(), out),
      format: 'openceir',
      day: addDays(TODAY, day),
      golden,
    });

  test('whoever follows the segments has the lists, however many runs they span', async () => {
    for (const [round, facts] of fc.sample(world, { seed: 7, numRuns: 3 }).entries()) {
      await put(store().analytics, facts);
      await lists(round, `out${round}`);
      if (round !== 1) await publishFeed(store(), feed(), `{"round":${round}}`); // two runs at once, the last time
    }
    let changes = 0;
    for (const key of KEYS) {
      const id = key.operator === '' ? key.list : `${key.list}@${key.operator}`;
      const rows = await official(store(), key);
      assert.deepEqual(await followed(feed(), id), rows, id);
      changes += lastOf((await segmentsIn(feedPlaces(feed()).changes)).get(id));
    }
    assert.ok(changes > 20, 'the worlds made changes');
    assert.equal(await lastRules(feedPlaces(feed()).rules), 2);
  });

  test('the rules are those of the country file, with the models and the protected equipment of the day', async () => {
    await store().analytics.everywhere('TRUNCATE TABLE barred_tac');
    await store().analytics.everywhere('TRUNCATE TABLE golden');
    const history = `toDate('2024-01-01'), toDate('2149-06-06'), 1, 0`;
    await store().analytics.everywhere(`INSERT INTO barred_tac VALUES (1234567, ${history})`);
    await store().analytics.everywhere(
      `INSERT INTO barred_tac VALUES (35000003, toDate('2024-01-01'), toDate('2024-02-01'), 1, 0)`,
    );
    await store().analytics.everywhere(
      `INSERT INTO golden VALUES (toUInt128(7), 'law', toDate('2024-12-31'), ${history})`,
    );
    const barring = {
      ...policy.conditions[0],
      label: 'model',
      reason: 'Barred',
      dimensions: [{ is: 'barred_tac', not: false, parameters: {} }],
    };
    const rules = parseRules(await rulesAt(store(), { ...policy, conditions: [barring as Condition] }, TODAY));
    assert.ok(rules.ok, JSON.stringify(rules));
    assert.deepEqual(rules.value.tacs, [{ tac: '01234567', list: 'blocked', reason: 'Barred' }]);
    assert.deepEqual(rules.value.golden, [{ hash: '7'.padStart(32, '0'), expires: '2024-12-31' }]);
    assert.equal(rules.value.day, TODAY);
  });

  test('again it publishes nothing, and no notification is for nodes', async () => {
    const before = await readdir(feedPlaces(feed()).changes);
    assert.deepEqual(await publishFeed(store(), feed(), '{"round":2}'), { segments: 0, changes: 0, rules: 2 });
    assert.deepEqual(await readdir(feedPlaces(feed()).changes), before);
    assert.deepEqual(
      before.filter((name) => name.startsWith('notifications') || name.endsWith('.part')),
      [],
    );
  });

  test('a segment that is cut or altered is known by its checksum', async () => {
    const all = [...(await segmentsIn(feedPlaces(feed()).changes)).values()].flat();
    assert.ok(all.length > 5);
    for (const segment of all) await verifySegment(segment);
    const [one, other] = all;
    assert.ok(one !== undefined && other !== undefined);
    const damaged = (error: unknown): boolean => error instanceof Refused && error.faults[0]?.code === 'FEED_DAMAGED';
    const bytes = await readFile(one.file);
    bytes[bytes.length - 40] = (bytes[bytes.length - 40] ?? 0) ^ 1;
    await writeFile(one.file, bytes);
    await assert.rejects(verifySegment(one), damaged);
    await truncate(other.file, 20);
    await assert.rejects(verifySegment(other), damaged);
    await assert.rejects(async () => {
      for await (const batch of readSegment(other, 0)) assert.ok(batch.length >= 0);
    }, damaged);
  });

  test('a change log with a gap, or one that ends before the folder does, is refused', async () => {
    const foreign = path.join(folder(), 'foreign');
    await publishFeed(store(), foreign, '{}');
    const [blocked] = (await segmentsIn(feedPlaces(foreign).changes)).get('blocked') ?? [];
    assert.ok(blocked !== undefined && blocked.count > 1);
    await store().analytics.everywhere(
      `ALTER TABLE change DELETE WHERE list = 'blocked' AND seq = 1 SETTINGS mutations_sync = 1`,
    );
    const gap = (error: unknown): boolean => error instanceof Refused && error.faults[0]?.code === 'FEED_GAP';
    await assert.rejects(publishFeed(store(), path.join(folder(), 'fresh'), '{}'), gap);
    await store().analytics.everywhere(
      `ALTER TABLE change DELETE WHERE list = 'blocked' AND seq > 1 + (SELECT min(seq) FROM change WHERE list = 'blocked') SETTINGS mutations_sync = 1`,
    );
    await assert.rejects(publishFeed(store(), foreign, '{}'), gap);
  });

  test('old segments go, the newest changes stay', async () => {
    const folderOf = feedPlaces(path.join(folder(), 'foreign')).changes;
    const before = await segmentsIn(folderOf);
    assert.equal(await pruneSegments(folderOf, 1e9), 0);
    const gone = await pruneSegments(folderOf, 1);
    const after = await segmentsIn(folderOf);
    for (const [id, segments] of before) {
      assert.equal(lastOf(after.get(id)), lastOf(segments));
      assert.ok((after.get(id)?.length ?? 0) <= 1 || segments.at(-1)?.count === 0);
    }
    assert.equal(gone, [...before.values()].flat().length - [...after.values()].flat().length);
    assert.ok(gone > 0);
  });
});
