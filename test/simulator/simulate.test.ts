import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { parseCountry } from '../../src/country/country.ts';
import { DIMENSIONS } from '../../src/detection/catalogue.ts';
import { Misused, Refused } from '../../src/faults/fault.ts';
import { SOUGHT } from '../../src/simulator/country.ts';
import { TRUTHS } from '../../src/simulator/register.ts';
import { simulate } from '../../src/simulator/simulate.ts';
import { linesOf, make, rowsOf } from './country.ts';

function digestsOf(folder: string): ReadonlyMap<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = names.map((entry) => path.join(entry.parentPath, entry.name)).sort();
  const digest = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
  return new Map(files.map((file) => [path.relative(folder, file), digest(file)]));
}

test('the same seed gives the same bytes, another seed other ones', async () => {
  using one = await make({ devices: 2000, months: 1 });
  using two = await make({ devices: 2000, months: 1 });
  using other = await make({ devices: 2000, months: 1, seed: 12 });
  const digests = digestsOf(one.out);
  assert.equal(digests.size, 1 + 4 + 4 + 12 + 1 + 1, 'country, operators, events, lists, cells, truth');
  assert.deepEqual(digestsOf(two.out), digests);
  const same = [...digestsOf(other.out)].filter(([name, digest]) => digests.get(name) === digest).map(([name]) => name);
  assert.deepEqual(same, ['country.yaml', 'lists/plmn.csv']);
});

test('countries of a handful of devices have their files too', async () => {
  for (const devices of [1, 2, 5, 50]) {
    using made = await make({ devices, months: 1 });
    assert.equal(made.summary.devices, devices);
    assert.equal(made.summary.operatorFiles.length, 4);
    const lines = made.summary.operatorFiles.map(({ file, broken }) => linesOf(file).length - broken);
    assert.equal(
      lines.reduce((sum, count) => sum + count),
      made.summary.rows,
    );
    assert.ok(made.summary.rows > 0);
  }
});

test('a country of 50 devices has a clone that is in two places', async () => {
  using made = await make({ devices: 50 });
  assert.ok((made.summary.planted.clone ?? 0) > 0);
  assert.ok((made.summary.planted.travel_conflict ?? 0) > 0);
});

test('files are named by their operator and the days of their month', async () => {
  using made = await make({ devices: 50, months: 3 });
  const names = made.summary.operatorFiles.map(({ file }) => path.relative(made.out, file));
  assert.deepEqual(
    names.filter((name) => name.includes('alfa')),
    ['20260101_20260131', '20260201_20260228', '20260301_20260331'].map((days) => `operator/alfa_${days}.csv`),
  );
  assert.equal(made.summary.eventFiles[0]?.file, path.join(made.out, 'events/alfa_events_20260101_20260131.csv'));
  assert.equal(made.summary.firstDay, '2026-01-01');
  assert.equal(made.summary.lastDay, '2026-03-31');
});

test('without a first month the data end with a month that is over', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-simulator-'));
  try {
    const { lastDay } = await simulate(path.join(folder, 'out'), { devices: 5, months: 1, seed: 1 });
    const next = new Date(Date.parse(lastDay) + 86_400_000);
    assert.equal(next.getUTCDate(), 1);
    assert.ok(Date.parse(lastDay) < Date.now());
    assert.ok(Date.now() - Date.parse(lastDay) < 33 * 86_400_000);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('progress is told for every day', async () => {
  const told: number[] = [];
  using made = await make({ devices: 5, months: 2, onProgress: ({ day, days }) => told.push(day / days) });
  assert.equal(told.length, 31 + 28);
  assert.equal(told.at(-1), 1);
  assert.equal(made.summary.devices, 5);
});

test('a folder that holds anything is refused and left as it is', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-simulator-'));
  try {
    writeFileSync(path.join(folder, 'mine.txt'), 'mine');
    await assert.rejects(simulate(folder, { devices: 5, months: 1, seed: 1 }), (error) => {
      assert.ok(error instanceof Refused);
      assert.deepEqual(
        error.faults.map(({ code, file }) => ({ code, file })),
        [{ code: 'FILE_EXISTS', file: folder }],
      );
      return true;
    });
    assert.deepEqual(readdirSync(folder), ['mine.txt']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('numbers out of bounds are a wrong usage', async () => {
  const wrong = [{ devices: 0 }, { devices: 1.5 }, { months: 0 }, { months: 25 }, { seed: -1 }, { seed: 2 ** 32 }];
  for (const options of wrong) await assert.rejects(make(options), Misused, JSON.stringify(options));
});

test('the country file is right, and has a condition for each kind of falsehood', async () => {
  using made = await make({ devices: 5, months: 1 });
  const country = parseCountry(readFileSync(made.summary.country, 'utf8'), 'country.yaml', DIMENSIONS);
  assert.deepEqual(country.ok ? [] : country.fault, []);
  assert.ok(country.ok);
  const { operators, conditions } = country.value;
  assert.deepEqual(
    operators.map(({ id }) => id),
    ['alfa', 'bravo', 'charlie', 'delta'],
  );
  assert.deepEqual(conditions.map(({ label }) => label).sort(), Object.keys(SOUGHT).sort());
  const sought = new Set(Object.values(SOUGHT).flat());
  const innocent = TRUTHS.slice(TRUTHS.indexOf('golden'));
  assert.deepEqual(
    TRUTHS.filter((kind) => !sought.has(kind)),
    innocent,
  );
});

test('the summary counts what the files hold', async () => {
  using made = await make();
  const { summary } = made;
  for (const { file, rows, broken } of [...summary.operatorFiles, ...summary.eventFiles]) {
    assert.equal(linesOf(file).length, rows + broken, file);
  }
  const kinds = rowsOf(summary.truth).map(([, kind = '']) => kind);
  for (const [kind, count] of Object.entries(summary.planted)) {
    assert.equal(kinds.filter((each) => each === kind).length, count, kind);
  }
  assert.equal(new Set(kinds).size, Object.keys(summary.planted).length);
});
