// What offices change in the lists of networks, in the files that operators get.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { Day } from '../../src/calendar/day.ts';
import { Refused } from '../../src/faults/fault.ts';
import type { Imei } from '../../src/identifiers/imei.ts';
import type { Imsi } from '../../src/identifiers/imsi.ts';
import type { Msisdn } from '../../src/identifiers/msisdn.ts';
import { feedPlaces } from '../../src/lists/feed.ts';
import { generateLists, type Rendered, render } from '../../src/lists/generate.ts';
import { readSegment, segmentsIn } from '../../src/lists/journal.ts';
import { placeHold, placeHolds, releaseHolds } from '../../src/lists/offices/control.ts';
import { placePair, releasePairs } from '../../src/lists/offices/control_pairs.ts';
import { publishOffices } from '../../src/lists/offices/publish_control.ts';
import { OPEN_DAY } from '../../src/stores/schema.ts';
import { openVault } from '../../src/vault/open.ts';
import { onEveryStore } from '../stores/ground.ts';
import { officeOf } from './desk.ts';
import { country, put, type World } from './world.ts';

const policy = {
  ...country({
    lookbackDays: 60,
    exceptionsOnlyBlocked: true,
    barredInExceptions: false,
    permitted: true,
    checkDigit: false,
    malformed: false,
    notifyImsiChange: false,
  }),
  timeZone: 'Pacific/Auckland',
};
// `put` shares them out over two shards as the register would: these, not all.
const [DUPLICATE, DUE, FREE, FOUND] = ['35000001000001', '35000001000002', '35000001000003', '35000001000005'] as const;
const history = { valid_from: '2024-01-01', valid_to: OPEN_DAY, recorded: 1, closed: 0 };
const standing = (
  imei: string,
  block_date: string,
  effect: 'blocked' | 'tracked' = 'blocked',
): World['standing'][number] => ({
  imei: BigInt(imei),
  condition: 'dup',
  effect,
  since: '2024-01-01',
  block_date,
  amnesty: false,
  ended: OPEN_DAY,
  recorded: 1,
  closed: 0,
  evidence: '{}',
});

/** One is blocked, one will be, one is registered, one is looked at. */
const facts: World = {
  standing: [standing(DUPLICATE, '2024-03-05'), standing(DUE, '2024-04-01'), standing(FOUND, OPEN_DAY, 'tracked')],
  golden: [],
  pairing: [{ imei: BigInt(FREE), imsi: 999020000000001n, msisdn: 41790000009n, ...history }],
  sim_change: [],
  registration: [{ imei: BigInt(FREE), status: 'whitelist', device_id: '1', ...history }],
  barred: [],
  barred_tac: [],
  triplet: [
    {
      month: 202403,
      operator: 'alfa',
      imei: BigInt(DUE),
      imsi: 999010000000001n,
      msisdn: 41790000001n,
      days: 1,
      rats: 1,
    },
  ],
};

const LAW = { basis: 'Telecommunications Act, s. 12' } as const;

/** The files of a run below their headers, without those that are empty. */
async function filesOf({ folder }: Rendered): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(folder, { recursive: true });
  const texts = await Promise.all(
    names
      .filter((name) => name.endsWith('.csv'))
      .sort()
      .map(async (name) => [name, (await readFile(path.join(folder, name), 'utf8')).split('\n').slice(1, -1)] as const),
  );
  return Object.fromEntries(
    texts.filter(([, lines]) => lines.length > 0).map(([name, lines]) => [name, lines.join(' ')]),
  );
}

onEveryStore('lists of offices in files', ({ store, folder }) => {
  const wish = (out: string) => ({ country: policy, out: path.join(folder(), out), format: 'openceir' as const });
  const lists = (day: string, out: string) =>
    generateLists(store(), { ...wish(out), day: day as Day, golden: (imei) => `toUInt128(${imei})` });

  test('files are of runs and offices, with since when; who is blocked by an office leaves the other lists', async () => {
    await put(store().analytics, facts);
    assert.deepEqual(await publishOffices(store(), path.join(folder(), 'none')), { segments: 0, changes: 0 });
    const office = officeOf(store().registry, await openVault(store().registry, store()));
    const before = await lists('2024-03-10', 'first');
    assert.deepEqual(await filesOf(before), {
      'alfa/notifications.csv': `${DUE},999010000000001,41790000001,2024-04-01,Duplicate,false`,
      'alfa/notifications.delta.csv': `1,add,new,${DUE},999010000000001,41790000001,2024-04-01,Duplicate,false`,
      'common/blocked.csv': `${DUPLICATE},2024-03-05,Duplicate`,
      'common/blocked.delta.csv': `1,add,blocked,${DUPLICATE},2024-03-05,Duplicate`,
      'common/permitted.csv': FREE,
      'common/permitted.delta.csv': `1,add,added,${FREE}`,
      'common/tracked.csv': `${FOUND},Duplicate`,
      'common/tracked.delta.csv': `1,add,added,${FOUND},Duplicate`,
    });
    const now = new Date('2024-03-08T15:00:00Z'); // the ninth in Auckland
    const block = { list: 'blocked', reason: 'stolen', ground: LAW } as const;
    const imeis = [DUPLICATE, DUE, FREE, FOUND] as unknown as readonly Imei[];
    await office((desk) => placeHolds(desk, { ...block, imeis, holder: 'theft:1' }), { now });
    await office(
      async (desk) => {
        await placeHold(desk, { list: 'tracked', imei: FOUND as Imei, reason: 'lost', holder: 'theft:2' });
        const numbers = { imsi: '999010000000007' as Imsi, msisdn: '41790000007' as Msisdn };
        await placePair(desk, { imei: FREE as Imei, ...numbers, operator: 'alfa', holder: 'pair:1' });
        await placePair(desk, { imei: '35000001000009' as Imei, ...numbers, operator: 'alfa', holder: 'pair:1' });
      },
      { now },
    );
    const held = await lists('2024-03-10', 'held');
    assert.deepEqual(await filesOf(held), {
      'alfa/exceptions.csv': `${FREE},999010000000007,41790000007`,
      'alfa/exceptions.delta.csv': `0,add,added,${FREE},999010000000007,41790000007`,
      'alfa/notifications.delta.csv': `1,remove,blacklisted,${DUE},999010000000001,41790000001,2024-04-01,Duplicate,false`,
      'beta/exceptions.csv': `${FREE},999020000000001,41790000009`,
      'beta/exceptions.delta.csv': `1,add,added,${FREE},999020000000001,41790000009`,
      'common/blocked.csv': [
        `${DUPLICATE},2024-03-05,Duplicate|stolen`,
        ...[DUE, FREE, FOUND].map((imei) => `${imei},2024-03-09,stolen`),
      ].join(' '),
      'common/blocked.delta.csv': [
        `1,update,changed,${DUPLICATE},2024-03-05,Duplicate|stolen`,
        ...[DUE, FREE, FOUND].map((imei) => `0,add,blocked,${imei},2024-03-09,stolen`),
      ].join(' '),
      'common/permitted.delta.csv': `1,remove,removed,${FREE}`,
      'common/tracked.delta.csv': `1,remove,removed,${FOUND},Duplicate`,
    });
    const feed = path.join(folder(), 'feed');
    assert.deepEqual(await publishOffices(store(), feed), { segments: 3, changes: 7 });
    const [pairs] = (await segmentsIn(feedPlaces(feed).changes)).get('office_exceptions@alfa') ?? [];
    assert.ok(pairs !== undefined);
    for await (const [first] of readSegment(pairs, 1))
      assert.deepEqual([first?.imei, first?.imsi, first?.msisdn], [Number(FREE), 999010000000007, 41790000007]);
    await office((desk) => releaseHolds(desk, { holder: 'theft:1', because: 'found' }));
    await office((desk) => releasePairs(desk, { holder: 'pair:1', because: 'over' }));
    const again = await render(store(), { ...wish('again'), run: held.run });
    assert.deepEqual(await filesOf(again), await filesOf(held), 'what offices do later changes nothing of a run');
    const ended = await lists('2024-03-10', 'ended');
    const files = await filesOf(ended);
    assert.equal(files['common/blocked.csv'], `${DUPLICATE},2024-03-05,Duplicate`);
    assert.equal(files['common/tracked.csv'], `${FOUND},Duplicate|lost`);
    assert.equal(files['alfa/exceptions.delta.csv'], `0,remove,removed,${FREE},999010000000007,41790000007`);
    const whole = await render(store(), { ...wish('whole'), run: ended.run, base: before.run });
    assert.equal((await filesOf(whole))['common/tracked.delta.csv'], `1,update,changed,${FOUND},Duplicate|lost`);
    assert.equal((await filesOf(whole))['common/blocked.delta.csv'], undefined, 'what came and went is no change');
  });

  test('a registry that lost what was copied of its journal is refused', async () => {
    await store().analytics.home.run(
      `INSERT INTO office_change SELECT run, list, operator, seq + 1000, imei, imsi, msisdn, subscriber, op, reasons, since FROM office_change LIMIT 1`,
    );
    await store().analytics.home.run(
      `INSERT INTO office_change VALUES (1, 'tracked', '', 1000, 1, 0, 0, '', 'add', 'x', '2024-01-01')`,
    );
    await assert.rejects(
      lists('2024-03-11', 'refused'),
      (error) => error instanceof Refused && error.faults[0]?.code === 'FEED_GAP',
    );
  });
});
