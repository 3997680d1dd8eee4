import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Day } from '../../src/calendar/day.ts';
import type { Country } from '../../src/country/country.ts';
import { Refused } from '../../src/faults/fault.ts';
import { importOperator, type OperatorImport } from '../../src/observations/import.ts';
import { keptFrom, prune } from '../../src/observations/prune.ts';
import { quarantined } from '../../src/observations/quarantine.ts';
import { parsed } from '../country/base.ts';
import { onEveryStore } from '../stores/ground.ts';

const NOW = '2026-11-24' as Day;
const COUNTRY: Country = parsed();
const OPERATOR = COUNTRY.operators[0]?.id ?? '';
const PLMN = COUNTRY.operators[0]?.plmns[0] ?? { mcc: '', mnc: '' };
const HOME = `${PLMN.mcc}${PLMN.mnc}`;
const CODE = COUNTRY.callingCodes[0] ?? '';

/** An innocent row of subscriber `n` on a day of October 2026. */
const row = (n: number, day: number, imei = 35_000_000_000_000 + n): string =>
  `202610${String(day).padStart(2, '0')},${String(imei).padStart(14, '0')},${(HOME + String(n)).padEnd(15, '0')},${CODE}${10_000_000 + n},006`;

onEveryStore('importOperator()', ({ store, folder }) => {
  let count = 0;
  const file = (
    rows: readonly string[],
    name = 'x_20261001_20261031.csv',
    header = 'date,imei,imsi,msisdn,rat',
  ): string => {
    count += 1;
    const place = path.join(folder(), String(count));
    mkdirSync(place);
    writeFileSync(path.join(place, name), `${[header, ...rows].join('\n')}\n`);
    return path.join(place, name);
  };
  const take = (files: readonly string[], more: Partial<OperatorImport> = {}) =>
    importOperator(store(), { country: COUNTRY, operator: OPERATOR, files, now: NOW, ...more });
  const triplets = () =>
    store().analytics.gather('SELECT month, operator, imei, imsi, msisdn, days, rats FROM triplet ORDER BY ALL');
  const sorted = async () => (await triplets()).map((one) => JSON.stringify(one)).sort();
  const clear = async () => {
    for (const table of ['triplet', 'event', 'daily', 'quarantine', 'seen_before'])
      await store().analytics.everywhere(`TRUNCATE TABLE IF EXISTS ${table}`);
  };
  const faultsOf = async (act: Promise<unknown>) => {
    const error = await act.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof Refused, `it was not refused: ${String(error)}`);
    return error.faults;
  };

  test('rows become triplets of the month, each on the shard of its IMEI', async () => {
    await clear();
    const many = Array.from({ length: 400 }, (_, n) => [row(n, 1), row(n, 31)]).flat();
    const done = await take([file(many)]);
    assert.equal(done.result['imported'], 800);
    const shards = store().analytics.shards;
    const counts = await Promise.all(
      shards.map(async (shard) => {
        const sql = `SELECT count() AS n, countIf(cityHash64(imei) % ${shards.length} != ${shard.number}) AS strays, groupBitOr(days) AS days FROM triplet`;
        const [one] = await shard.query<{ n: string; strays: string; days: number }>(sql);
        assert.equal(Number(one?.strays), 0);
        assert.equal(one?.days, 1 + 2 ** 30);
        return Number(one?.n);
      }),
    );
    assert.equal(
      counts.reduce((sum, n) => sum + n, 0),
      400,
    );
    assert.ok(
      counts.every((n) => n > 100),
      'every shard has its share',
    );
  });

  test('the order of rows, the splitting into files and a second import change nothing', async () => {
    const one = fc
      .tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 31 }))
      .map(([n, day]) => row(n, day));
    const lenient = { overrides: ['history'] as const };
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 2, maxLength: 40 }), fc.nat(), async (rows, cut) => {
        await clear();
        await take([file(rows)], lenient);
        const whole = await sorted();
        await take([file(rows)], lenient);
        assert.deepEqual(await sorted(), whole, 'a second import');
        await clear();
        const at = 1 + (cut % (rows.length - 1));
        await take([file(rows.slice(at).reverse())], lenient);
        await take([file(rows.slice(0, at))], lenient);
        assert.deepEqual(await sorted(), whole, 'two files, the later rows first');
        await clear();
        await take([file(rows.slice(0, at)), file(rows.slice(at))], lenient);
        assert.deepEqual(await sorted(), whole, 'two files in one call');
      }),
      { numRuns: 4 },
    );
  });

  test('bad rows are put aside with file, line, column, value and reason; the rest is taken in', async () => {
    await clear();
    const good = Array.from({ length: 60 }, (_, n) => row(n, 1 + (n % 28)));
    const done = await take([file([...good, '20261099,35123456789012,,,', '20261001,no!,,,'])]);
    assert.deepEqual([done.result['rows'], done.result['imported'], done.result['quarantined']], [62, 60, 2]);
    const rows = [];
    for await (const one of quarantined(store().analytics, done.number, 100)) rows.push(one);
    assert.deepEqual(rows, [
      {
        file: 'x_20261001_20261031.csv',
        line: 62,
        field: 'date',
        reason: 'no calendar day of the form YYYYMMDD',
        value: '20261099',
        text: '20261099,35123456789012,,,',
      },
      {
        file: 'x_20261001_20261031.csv',
        line: 63,
        field: 'imei',
        reason: 'not 1 to 16 of 0-9 A-F * #',
        value: 'no!',
        text: '20261001,no!,,,',
      },
    ]);
  });

  test('a file over the limit is refused, its bad rows are kept for inspection, nothing else', async () => {
    await clear();
    const faults = await faultsOf(take([file([row(1, 1), 'x', 'y'])]));
    assert.deepEqual(
      faults.map(({ code }) => code),
      ['IMPORT_QUARANTINED'],
    );
    assert.match(
      faults[0]?.message ?? '',
      /^2 of 3 \(66\.67 %\) .* the limit is 5\.00 %\. First: line 3: wrong number of columns; line 4/,
    );
    assert.deepEqual(await triplets(), []);
    const [last] = await store().registry.query<{ number: number; status: string }>(
      'SELECT number, status FROM run ORDER BY number DESC LIMIT 1',
    );
    assert.equal(last?.status, 'refused');
    const kept = [];
    for await (const one of quarantined(store().analytics, last?.number ?? 0, 100)) kept.push(one.line);
    assert.deepEqual(kept, [3, 4]);
    const done = await take([file([row(1, 1), 'x', 'y'])], { overrides: ['quarantined'] });
    assert.equal(done.result['imported'], 1);
  });

  for (const [name, rows, codes] of [
    ['null IMEIs', ['20261001,,,,'], ['IMPORT_NULL', 'IMPORT_NULL', 'IMPORT_NULL', 'IMPORT_NULL', 'IMPORT_NULL']],
    ['unclean IMEIs', [row(1, 1).replace(/,35\d{12},/, ',123,')], ['IMPORT_UNCLEAN', 'IMPORT_UNCLEAN']],
    [
      'short IMSIs',
      [row(1, 1).replace(/\d{15}/, `${HOME}1`)],
      ['IMPORT_UNCLEAN', 'IMPORT_UNCLEAN', 'IMPORT_FOREIGN', 'IMPORT_FOREIGN', 'IMPORT_NON_HOME'],
    ],
    [
      'foreign IMSIs',
      [row(1, 1).replace(/\d{15}/, '310410123456789')],
      ['IMPORT_FOREIGN', 'IMPORT_FOREIGN', 'IMPORT_NON_HOME'],
    ],
  ] as const) {
    test(`a file of ${name} is refused`, async () => {
      await clear();
      assert.deepEqual(
        (await faultsOf(take([file(rows)]))).map(({ code }) => code),
        codes,
      );
    });
  }

  test('a refusal names the first rows that a check counts, and their file where there are several', async () => {
    await clear();
    const [one, two] = [file([row(1, 1), '20261001,,,,']), file(['20261001,,,,'], 'y_20261001_20261031.csv')];
    const faults = await faultsOf(take([one, two]));
    const missing = faults.find(({ field }) => field === 'nullImei');
    assert.match(missing?.message ?? '', /First: x_20261001_20261031\.csv line 3; y_20261001_20261031\.csv line 2\.$/);
  });

  test('IMEIs that lost their leading zero are recognised by the TACs they would have', async () => {
    await clear();
    await store().analytics.everywhere(
      `INSERT INTO tac (tac, valid_from, valid_to, recorded, closed) VALUES (01234567, '2020-01-01', '2149-06-06', 1, 0)`,
    );
    const lost = Array.from({ length: 5 }, (_, n) => row(n, 1, 12_345_670_000_000 + n * 7));
    const faults = await faultsOf(take([file(lost)]));
    assert.deepEqual(
      faults.map(({ code }) => code),
      ['IMPORT_LEADING_ZERO'],
    );
    await store().analytics.everywhere('TRUNCATE TABLE tac');
    assert.equal((await take([file(lost)])).result['imported'], 5);
  });

  test('a fall against the operator’s own past is refused', async () => {
    await clear();
    const day = (d: number, n: number) => Array.from({ length: n }, (_, i) => row(i, d));
    await take([file([...day(1, 100), ...day(2, 100)])]);
    const faults = await faultsOf(take([file(day(3, 80), 'x_20261003_20261003.csv')]));
    assert.deepEqual(
      faults.map(({ code, field }) => [code, field]),
      [
        ['IMPORT_HISTORY', 'historicImei'],
        ['IMPORT_HISTORY', 'historicImsi'],
        ['IMPORT_HISTORY', 'historicMsisdn'],
      ],
    );
    await take([file(day(3, 95), 'x_20261003_20261003.csv')]);
  });

  test('the name’s days, the header and the operator are checked before anything is read, all faults at once', async () => {
    const faults = await faultsOf(
      take([
        file([row(1, 1)], 'x.csv'),
        file([row(1, 1)], 'x_20261001_20261231.csv'),
        file([], 'x_20261001_20261002.csv', 'imei,imsi'),
      ]),
    );
    assert.deepEqual(
      faults.map(({ code }) => code),
      ['FILE_NAME', 'FILE_NAME', 'IMPORT_COLUMNS'],
    );
    assert.deepEqual(
      (await faultsOf(take([file([row(1, 1)])], { operator: 'nobody' }))).map(({ code }) => code),
      ['IMPORT_OPERATOR'],
    );
    assert.deepEqual(
      (await faultsOf(take([file([])]))).map(({ code }) => code),
      ['IMPORT_EMPTY'],
    );
  });

  test('a dry run says what it would do and leaves no trace', async () => {
    await clear();
    const before = await store().registry.query('SELECT count(*) FROM run');
    const done = await take([file([row(1, 1), row(2, 2)])], { dryRun: true });
    assert.deepEqual([done.number, done.result['imported']], [0, 2]);
    assert.deepEqual(await triplets(), []);
    assert.deepEqual(await store().registry.query('SELECT count(*) FROM run'), before);
    const staging = `SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'staging_')`;
    assert.deepEqual(await store().analytics.gather(staging), []);
  });

  test('events are kept as a set, with their triplets, and are no part of the operator’s past', async () => {
    await clear();
    const header = 'date,imei,imsi,msisdn,rat,time,cell,duration';
    const rows = [`${row(1, 1)},10:00:00,c1,60`, `${row(1, 1)},10:00:00,c1,60`, `${row(1, 1)},11:00:00,c2,`];
    await take([file(rows, 'e_20261001_20261001.csv', header)]);
    await take([file(rows.toReversed(), 'e_20261001_20261001.csv', header)]);
    const events = await store().analytics.gather<{ n: string }>('SELECT count() AS n, sum(duration) AS s FROM event');
    assert.equal(
      events.reduce((sum, { n }) => sum + Number(n), 0),
      2,
    );
    assert.equal((await triplets()).length, 1);
    assert.deepEqual(await store().analytics.home.query('SELECT * FROM daily'), []);
  });

  test('malformed identifiers are kept as they came, under a key of their own', async () => {
    await clear();
    const rows = [...Array.from({ length: 40 }, (_, n) => row(n, 2)), row(90, 1).replace(/,35\d{12},/, ',*#06a,')];
    await take([file(rows)]);
    const found = await store().analytics.gather(
      'SELECT DISTINCT text FROM malformed INNER JOIN triplet USING imei WHERE imei >= 9223372036854775808',
    );
    assert.deepEqual(found, [{ text: '*#06A' }]);
  });

  test('prune() drops months past their retention and remembers when an IMEI was seen', async () => {
    await clear();
    const old = (day: string) => row(7, 1).replace('20261001', day);
    await take([file([old('20260203'), old('20260228')], 'x_20260201_20260228.csv')]);
    await take([file([row(7, 5)])], { overrides: ['history'] });
    const day = '2026-11-24' as Day;
    assert.equal(keptFrom(COUNTRY, day), '2026-05-01');
    // Checks of nodes: those of run 901 end before what is kept, those of run 902 do not.
    const check = (run: number, at: string): string =>
      `INSERT INTO check (run, node, at, imei) VALUES (${run}, 'alfa-1', ${Date.parse(at)}, 35209900176148)`;
    await store().analytics.home.run(check(901, '2000-01-01'));
    await store().analytics.home.run(check(902, '2000-01-01'));
    await store().analytics.home.run(check(902, '2100-01-01'));
    const done = await prune(store(), { country: COUNTRY, day });
    assert.equal(done.result['checks'], 1);
    const left = await store().analytics.gather<{ run: number }>('SELECT DISTINCT run FROM check');
    assert.deepEqual(
      left.map(({ run }) => run),
      [902],
    );
    assert.deepEqual(done.result['months'], [202602]);
    assert.deepEqual(
      (await triplets()).map(({ month }) => month),
      [202610],
    );
    const seen = await store().analytics.gather('SELECT imei, first, last, rats FROM seen_before');
    assert.deepEqual(seen, [{ imei: '35000000000007', first: '2026-02-03', last: '2026-02-28', rats: 64 }]);
    assert.deepEqual((await prune(store(), { country: COUNTRY, day })).result['months'], []);
  });
});
