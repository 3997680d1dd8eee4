import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { addDays, type Day } from '../../src/calendar/day.ts';
import { pairs } from '../../src/lists/pairs.ts';
import { LISTS, targets } from '../../src/lists/target.ts';
import { seenWithin } from '../../src/lists/window.ts';
import type { Analytics } from '../../src/stores/analytics.ts';
import { openEmbedded } from '../../src/stores/embedded.ts';
import { createTable, imsiText, OPEN_DAY, TABLES } from '../../src/stores/schema.ts';
import { oracle, pairsOn } from './oracle.ts';
import { country, options, put, TODAY, temporary, world } from './world.ts';

let analytics: Analytics;
let remove: () => Promise<void>;
before(async () => {
  const place = await temporary();
  remove = place.remove;
  analytics = await openEmbedded(place.folder);
  for (const table of TABLES) await analytics.home.run(createTable(table));
});
after(async () => {
  await analytics.close();
  await remove();
});

const golden = (imei: string): string => `toUInt128(${imei})`;

async function lines(from: string): Promise<readonly string[]> {
  const sql = `SELECT concat(if(operator = '', '-', operator), ' ', toString(imei), ' ', toString(imsi), ' ',
    toString(msisdn), ' ', toString(block_date), ' ', toString(reasons), ' ', toString(amnesty)) AS line FROM ${from}`;
  return (await analytics.home.query<{ line: string }>(sql)).map(({ line }) => line).sort();
}

test('every list is what the rules say, on any facts and under any options', async () => {
  const met = new Set<string>();
  await fc.assert(
    fc.asyncProperty(world, options, async (facts, lists) => {
      await put(analytics, facts);
      const policy = country(lists);
      const expected = oracle(facts, policy, TODAY);
      const given = targets({ policy, day: TODAY, golden });
      for (const list of LISTS) {
        assert.deepEqual(await lines(given[list]), expected[list], list);
        if (expected[list].length > 0) met.add(list);
      }
    }),
    { numRuns: 10, endOnFailure: true },
  );
  assert.equal(met.size, LISTS.length, 'every list had rows at least once');
});

test('a paired subscriber is admitted or told, never neither while the IMEI will be blocked', async () => {
  const lists = { lookbackDays: 80, exceptionsOnlyBlocked: false, permitted: false, notifyImsiChange: true } as const;
  const rest = { checkDigit: false, malformed: true, barredInExceptions: false } as const;
  await fc.assert(
    fc.asyncProperty(world, async (facts) => {
      await put(analytics, facts);
      const given = targets({ policy: country({ ...lists, ...rest }), day: TODAY, golden });
      const seen = `SELECT DISTINCT imei, imsi FROM triplet WHERE imsi != 0 AND msisdn != 0 AND ${seenWithin(TODAY, 80)}
        AND startsWith(toString(imsi), '999')`;
      const of = (list: 'exceptions' | 'notifications'): string => `(SELECT imei, imsi FROM ${given[list]})`;
      const due = `(SELECT imei FROM ${given.notifications})`;
      const neither = `SELECT count() AS n FROM (${seen}) WHERE imei IN ${due}
        AND ((imei, imsi) IN ${of('exceptions')}) = ((imei, imsi) IN ${of('notifications')})`;
      assert.deepEqual(await analytics.home.query(neither), [{ n: '0' }]);
    }),
    { numRuns: 3, endOnFailure: true },
  );
});

test('pairs follow the SIM along chains, and only on from their own day', async () => {
  const history = { valid_from: '2024-01-01', valid_to: OPEN_DAY, recorded: 1, closed: 0 };
  const change = (old_imsi: bigint, new_imsi: bigint, changed: string) => ({
    old_imsi,
    new_imsi,
    msisdn: 1n,
    changed,
    ...history,
  });
  const pair = (imei: bigint, imsi: bigint, valid_from = '2024-01-01') => ({
    imei,
    imsi,
    msisdn: 1n,
    ...history,
    valid_from,
  });
  const none = { standing: [], golden: [], registration: [], barred: [], barred_tac: [], triplet: [] };
  await put(analytics, {
    ...none,
    pairing: [pair(1n, 10n), pair(2n, 20n, '2024-03-01'), pair(3n, 30n), pair(4n, 40n), pair(5n, 50n)],
    sim_change: [
      ...[change(10n, 11n, '2024-02-01'), change(11n, 12n, '2024-02-01'), change(12n, 13n, '2024-03-05')],
      change(20n, 21n, '2024-02-01'), // before the pair's first day
      ...[change(30n, 31n, '2024-02-01'), change(31n, 30n, '2024-02-20')], // and back
      change(40n, 41n, '2024-03-11'), // after the day
      ...[change(50n, 51n, '2024-02-01'), change(51n, 50n, '2024-02-01')], // a circle of one day
    ],
  });
  const sql = `SELECT toString(imei) AS imei, toString(imsi) AS imsi FROM ${pairs(TODAY)} ORDER BY imei`;
  const found = (await analytics.home.query(sql)).map(({ imei, imsi }) => `${imei} ${imsi}`);
  assert.deepEqual(found, ['1 13', '2 20', '3 30', '4 40', '5 51']);
});

test('pairs follow the SIM as a walk along the changes does', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (facts) => {
      await put(analytics, facts);
      const sql = `SELECT concat(toString(imei), ' ', toString(imsi), ' ', toString(msisdn)) AS line FROM ${pairs(TODAY)}`;
      const found = (await analytics.home.query(sql)).map(({ line }) => line).sort();
      const expected = pairsOn(facts, TODAY).map(({ imei, imsi, msisdn }) => `${imei} ${imsi} ${msisdn}`);
      assert.deepEqual(found, [...new Set(expected)].sort());
    }),
    { numRuns: 4, endOnFailure: true },
  );
});

test('the last days end with the day itself, across months and leap days', async () => {
  const sees = async (last: string, days: number): Promise<readonly unknown[]> => {
    const sql = `SELECT toString(day) AS seen FROM (SELECT toDate('2024-01-01') + number AS day FROM numbers(125))
      WHERE (toYYYYMM(day) AS month, toUInt32(bitShiftLeft(toUInt32(1), toDayOfMonth(day) - 1)) AS days) != (0, 0)
      AND ${seenWithin(last as Day, days)} ORDER BY day`;
    return (await analytics.home.query(sql)).map(({ seen }) => seen);
  };
  const expected = (last: string, days: number): readonly string[] =>
    Array.from({ length: days }, (_, ago) => addDays(last as Day, ago - days + 1));
  for (const [last, days] of [
    ['2024-03-10', 1],
    ['2024-03-10', 10],
    ['2024-03-10', 11],
    ['2024-03-31', 62],
    ['2024-02-29', 29],
    ['2024-03-01', 2],
  ] as const) {
    assert.deepEqual(await sees(last, days), expected(last, days), `${days} days to ${last}`);
  }
});

test('an IMSI of a test network has its leading zeros again', async () => {
  const sql = ['1010000000001', '999010000000001', '22801000000001']
    .map((imsi) => `${imsiText(`toUInt64(${imsi})`)} AS i${imsi}`)
    .join(', ');
  assert.deepEqual(Object.values((await analytics.home.query(`SELECT ${sql}`))[0] ?? {}), [
    '001010000000001',
    '999010000000001',
    '22801000000001',
  ]);
});
