import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import fc from 'fast-check';
import { DIMENSIONS } from '../../src/detection/catalogue.ts';
import { importOperator } from '../../src/observations/import.ts';
import { openStore, type Store } from '../../src/stores/store.ts';
import { embeddedDatabase } from '../servers/embedded.ts';
import { countryWith } from './country.ts';
import { tripletsStored } from './stored.ts';

/** A row without its month; `files` are the files it stands in, as bits. */
type Row = {
  readonly day: number;
  readonly imei: string;
  readonly imsi: string;
  readonly msisdn: string;
  readonly rats: readonly string[];
  readonly files: number;
  readonly place: number;
};

const FILES = [0, 1, 2];

const row: fc.Arbitrary<Row> = fc.record({
  day: fc.integer({ min: 1, max: 28 }),
  imei: fc.constantFrom(
    '35000000000001',
    '350000000000018',
    '3500000000000199',
    '35000000000002',
    'abc',
    'ABC',
    '35000000',
    '',
  ),
  imsi: fc.constantFrom('999010000000001', '999010000000002', '99901000000001', '001010000000001', ''),
  msisdn: fc.constantFrom('99910000001', '99910000002', '1', ''),
  rats: fc.uniqueArray(fc.constantFrom('001', '002', '006', '010', '105'), { maxLength: 3 }),
  files: fc.integer({ min: 1, max: 7 }),
  place: fc.integer(),
});

/** One way of sending rows: which, in which files and order, with how many files a run, and which file once more. */
const arrangement = fc.record({
  rows: fc.array(row, { minLength: 1, maxLength: 120 }),
  runs: fc.constantFrom([[0, 1, 2]], [[0], [1], [2]], [[2, 0], [1]], [[1], [0, 2]]),
  again: fc.constantFrom(...FILES),
});

const keyOf = (imei: string): string => /^\d{14}/.exec(imei)?.[0] ?? imei.toUpperCase();

/** The triplets by the definition, in plain code. */
function grouped(rows: readonly Row[], head: string): readonly string[] {
  const found = new Map<string, { days: Set<number>; rats: Set<string> }>();
  for (const { imei, imsi, msisdn, day, rats } of rows) {
    if (imei === '') continue;
    const key = [head, keyOf(imei), BigInt(imsi), BigInt(msisdn)].join(' ');
    const { days, rats: seen } = found.get(key) ?? { days: new Set(), rats: new Set() };
    found.set(key, { days: days.add(day), rats: new Set([...seen, ...rats]) });
  }
  const ascending = (days: Set<number>): string => [...days].sort((a, b) => a - b).join('+');
  return [...found].map(([key, { days, rats }]) => [key, ascending(days), [...rats].sort().join('|')].join(' ')).sort();
}

suite('however rows are ordered, repeated and spread over files and runs, what is stored is the same', () => {
  let folder: string;
  let store: Store;
  before(async () => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'ceir-arrangement-'));
    store = await openStore({ folder: path.join(folder, 'store'), registry: await embeddedDatabase() });
  });
  after(async () => {
    await store?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('whole imports are a set union', async () => {
    const country = countryWith(DIMENSIONS, []);
    let count = 0;
    // Each arrangement gets a month of its own.
    const property = fc.asyncProperty(arrangement, async ({ rows, runs, again }) => {
      const month = `${2003 + Math.floor(count / 12)}${String((count % 12) + 1).padStart(2, '0')}`;
      count += 1;
      const fileOf = (file: number): string => path.join(folder, month, `part${file}_${month}01_${month}28.csv`);
      mkdirSync(path.join(folder, month));
      for (const file of FILES) {
        const mine = rows.filter(({ files }) => files & (1 << file)).toSorted((a, b) => a.place - b.place);
        const lines = mine.map(({ day, imei, imsi, msisdn, rats }) =>
          [`${month}${String(day).padStart(2, '0')}`, imei, imsi, msisdn, rats.join('|')].join(','),
        );
        // A last row that is none keeps an empty file from being refused.
        writeFileSync(fileOf(file), `${['date,imei,imsi,msisdn,rat', ...lines, 'nothing'].join('\n')}\n`);
      }
      for (const run of [...runs, [again]]) {
        await importOperator(store, { country, operator: 'bravo', files: run.map(fileOf) });
      }
      assert.deepEqual(await tripletsStored(store.analytics, `month = ${month}`), grouped(rows, `${month} bravo`));
    });
    await fc.assert(property, { numRuns: 4, seed: 2024, endOnFailure: true });
  });
});
