import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { parseCountry } from '../../src/country/country.ts';
import { DIMENSIONS } from '../../src/detection/catalogue.ts';
import { Refused } from '../../src/faults/fault.ts';
import { type Arrival, type InboxOptions, sweep } from '../../src/inbox/inbox.ts';
import { isUnfinished, placeOf } from '../../src/inbox/place.ts';
import { COUNTRY, operatorRows } from '../cli/ceir.ts';
import { onStore } from '../stores/ground.ts';

test('the folder that a file lies in tells what it is', () => {
  assert.deepEqual(placeOf('operator/alfa/a.csv'), { kind: 'operator', operator: 'alfa' });
  assert.deepEqual(placeOf('stolen/a.csv'), { kind: 'stolen', delta: false });
  assert.deepEqual(placeOf('stolen/delta/a.csv'), { kind: 'stolen', delta: true });
  const unknown = ['a.csv', 'operator/a.csv', 'operator/alfa/old/a.csv', 'stolen/old/a.csv', 'stolen/delta/x/a.csv'];
  for (const file of [...unknown, 'stollen/a.csv', 'toString/a.csv']) assert.equal(placeOf(file), undefined, file);
});

test('names of files that are still being written are left alone', () => {
  for (const name of ['a.csv.part', 'a.csv.tmp', '.a.csv', 'a.csv.filepart', 'a.csv~', 'A.PART'])
    assert.equal(isUnfinished(name), true, name);
  for (const name of ['a.csv', 'part.csv', 'tmp_20260901_20260930.zip']) assert.equal(isUnfinished(name), false, name);
});

onStore('the inbox', (ground) => {
  const parsed = parseCountry(COUNTRY, 'country.yaml', DIMENSIONS);
  assert.ok(parsed.ok);
  const country = parsed.value;
  let inbox = '';
  let opened = 0;
  before(() => {
    inbox = path.join(ground.folder(), 'inbox');
    mkdirSync(inbox);
  });

  const put = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(inbox, file)), { recursive: true });
    writeFileSync(path.join(inbox, file), text);
  };
  const read = (file: string): string => readFileSync(path.join(inbox, file), 'utf8');
  const lying = (): readonly string[] =>
    readdirSync(inbox, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(inbox, path.join(entry.parentPath, entry.name)))
      .sort();
  const clear = (): void => {
    for (const name of readdirSync(inbox)) rmSync(path.join(inbox, name), { recursive: true });
  };
  const working = (arrivals: Arrival[], more: Partial<InboxOptions> = {}): InboxOptions => ({
    folder: inbox,
    country,
    quietMs: 0,
    open: async (act) => {
      opened += 1;
      await act(ground.store());
    },
    onArrival: (arrival) => arrivals.push(arrival),
    signal: new AbortController().signal,
    ...more,
  });
  async function swept(more: Partial<InboxOptions> = {}): Promise<readonly Arrival[]> {
    const arrivals: Arrival[] = [];
    await sweep(working(arrivals, more));
    return arrivals;
  }
  const outcomes = (arrivals: readonly Arrival[]) => arrivals.map(({ file, outcome }) => [file, outcome]);
  async function count(table: string): Promise<number> {
    const rows = await ground.store().analytics.gather<{ n: string }>(`SELECT count() AS n FROM ${table}`);
    return rows.reduce((sum, { n }) => sum + Number(n), 0);
  }

  test('takes in what it knows and moves it, with its report, to done or refused', async () => {
    const [feed, list, lost, foreign] = [
      'operator/alfa/a_20260901_20260930.csv',
      'stolen/s.csv',
      'misc/x.csv',
      'operator/gamma/g_20260901_20260930.csv',
    ];
    put(feed, operatorRows(50));
    put(list, 'imei,reporting_date,status\n35000000000001,20260901,\n');
    put(lost, 'anything');
    put(foreign, operatorRows(5));
    put('operator/alfa/b_20260901_20260930.csv.part', operatorRows(5));
    put('.hidden/c.csv', 'x');
    const arrivals = await swept();
    assert.deepEqual(outcomes(arrivals), [
      [lost, 'refused'],
      [feed, 'done'],
      [foreign, 'refused'],
      [list, 'done'],
    ]);
    assert.deepEqual(
      lying(),
      [
        '.hidden/c.csv',
        `done/${feed}`,
        `done/${feed}.report.txt`,
        `done/${list}`,
        `done/${list}.report.txt`,
        'operator/alfa/b_20260901_20260930.csv.part',
        `refused/${lost}`,
        `refused/${lost}.report.txt`,
        `refused/${foreign}`,
        `refused/${foreign}.report.txt`,
      ].sort(),
    );
    const report = JSON.parse(read(`done/${feed}.report.txt`)) as { run: number; imported: number };
    assert.equal(report.imported, 50);
    assert.ok(report.run > 0);
    assert.match(read(`refused/${lost}.report.txt`), /\[INBOX_PLACE\]\n {2}→ Put operator data into operator\/<id>\//);
    assert.match(read(`refused/${foreign}.report.txt`), /no operator gamma\. \[IMPORT_OPERATOR\]\n {2}→ .*alfa, beta/);
    assert.equal(await count('triplet'), 50);
    const before = opened;
    assert.deepEqual(await swept(), [], 'what is settled is not looked at again');
    assert.equal(opened, before, 'and without a delivery the stores stay closed');
    clear();
  });

  test('a second delivery of a name does not hide the first', async () => {
    const file = 'operator/alfa/again_20260901_20260930.csv';
    for (const rows of [10, 20]) {
      put(file, operatorRows(rows, 1000));
      assert.deepEqual(outcomes(await swept()), [[file, 'done']]);
    }
    assert.deepEqual(lying(), [
      `done/${file}`,
      `done/${file}.1`,
      `done/${file}.1.report.txt`,
      `done/${file}.report.txt`,
    ]);
    assert.deepEqual(
      [`done/${file}`, `done/${file}.1`].map((name) => read(name).split('\n').length),
      [12, 22],
    );
    clear();
  });

  test('a file that grows from round to round is taken in once it rests', async () => {
    const file = 'operator/alfa/slow_20260901_20260930.csv';
    const arrivals: Arrival[] = [];
    const looks = new Map();
    const options = working(arrivals, { quietMs: 300 });
    const [head = '', ...rows] = operatorRows(4, 2000).trimEnd().split('\n');
    put(file, `${head}\n`);
    for (const row of rows) {
      await sweep(options, looks);
      appendFileSync(path.join(inbox, file), `${row}\n`);
      await sweep(options, looks); // however long ago the last look was, it has just changed
    }
    assert.deepEqual(arrivals, []);
    for (let round = 0; round < 100 && arrivals.length === 0; round += 1) {
      await wait(50);
      await sweep(options, looks);
    }
    assert.deepEqual(outcomes(arrivals), [[file, 'done']]);
    const report = JSON.parse(read(`done/${file}.report.txt`)) as { imported: number };
    assert.equal(report.imported, 4);
    clear();
  });

  test('in a single round a file younger than the quiet time is left where it lies', async () => {
    put('operator/alfa/young_20260901_20260930.csv', operatorRows(3, 3000));
    assert.deepEqual(await swept({ quietMs: 3_600_000 }), []);
    assert.deepEqual(lying(), ['operator/alfa/young_20260901_20260930.csv']);
    clear();
  });

  test('a file that changes while it is read is left for the next round', async () => {
    const file = 'operator/alfa/live_20260901_20260930.csv';
    put(file, operatorRows(100_000, 100_000));
    let over = false;
    const round = swept().finally(() => {
      over = true;
    });
    for (let n = 0; !over; n += 1) {
      appendFileSync(path.join(inbox, file), `20260901,${36_000_000_000_000 + n},999011000000001,9991000000,006\n`);
      await wait(5);
    }
    assert.deepEqual(await round, [{ file, outcome: 'left' }]);
    assert.deepEqual(lying(), [file]);
    assert.deepEqual(outcomes(await swept()), [[file, 'done']]);
    clear();
  });

  for (const [file, text] of [
    ['operator/beta/cut_20260901_20260930.csv', operatorRows(40, 0, '02')],
    ['stolen/delta/cut.csv', 'imei,reporting_date,status,change_type\n35000000000002,20260902,,add\n'],
  ] as const) {
    test(`a stop between import and move repeats the import, which changes nothing: ${file}`, async () => {
      const counts = async () => [await count('triplet'), await count('stolen')];
      const inTheWay = path.join(inbox, 'done', file.split('/')[0] ?? '');
      const before = await counts();
      put(file, text);
      mkdirSync(path.dirname(inTheWay));
      writeFileSync(inTheWay, ''); // the move fails after the import, as if the machine had stopped there
      await assert.rejects(swept());
      assert.equal(existsSync(path.join(inbox, file)), true, 'it lies where it lay');
      const imported = await counts();
      assert.notDeepEqual(imported, before);
      rmSync(inTheWay);
      assert.deepEqual(outcomes(await swept()), [[file, 'done']]);
      assert.deepEqual(await counts(), imported);
      clear();
    });
  }

  test('the signal ends a round after the file at hand', async () => {
    const stop = new AbortController();
    for (const name of ['a', 'b']) put(`operator/alfa/${name}_20260901_20260930.csv`, operatorRows(3, 5000));
    const arrivals: Arrival[] = [];
    const onArrival = (arrival: Arrival): void => {
      arrivals.push(arrival);
      stop.abort();
    };
    await sweep(working([], { onArrival, signal: stop.signal }));
    assert.deepEqual(outcomes(arrivals), [['operator/alfa/a_20260901_20260930.csv', 'done']]);
    assert.ok(lying().includes('operator/alfa/b_20260901_20260930.csv'));
    clear();
  });

  test('an inbox that is not there is refused', async () => {
    const folder = path.join(inbox, 'nowhere');
    await assert.rejects(swept({ folder }), (error) => error instanceof Refused && error.faults[0]?.file === folder);
  });
});
