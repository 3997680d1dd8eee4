import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Month } from '../src/calendar/day.ts';
import { type Country, parseCountry } from '../src/country/country.ts';
import { classify } from '../src/decisions/classify.ts';
import { explain } from '../src/decisions/explain.ts';
import { DIMENSIONS } from '../src/detection/catalogue.ts';
import { generateLists } from '../src/lists/generate.ts';
import { targets } from '../src/lists/target.ts';
import { importOperator } from '../src/observations/import.ts';
import { importList } from '../src/reference/import.ts';
import type { KindName } from '../src/reference/kinds.ts';
import { type Summary, simulate } from '../src/simulator/simulate.ts';
import type { Store } from '../src/stores/store.ts';
import { onEveryStore } from './stores/ground.ts';

const KINDS = [
  'tac',
  'plmn',
  'stolen',
  'registration',
  'pairing',
  'golden',
  'barred',
  'barred_tac',
  'monitoring',
  'subscribers',
  'association',
  'sim_changes',
] as const satisfies readonly KindName[];

const folder = mkdtempSync(path.join(tmpdir(), 'ceir-whole-'));
let summary: Summary;
let country: Country;
before(async () => {
  const out = path.join(folder, 'country');
  summary = await simulate(out, { devices: 2500, months: 2, seed: 11, firstMonth: 202608 as Month });
  const parsed = parseCountry(readFileSync(summary.country, 'utf8'), summary.country, DIMENSIONS);
  assert.ok(parsed.ok);
  country = parsed.value;
});
after(() => rmSync(folder, { recursive: true, force: true }));

async function takeEverything(store: Store): Promise<void> {
  const date = summary.firstDay;
  for (const kind of KINDS) {
    await importList(store, { kind, files: [summary.lists[kind]], country, date });
  }
  await importList(store, { kind: 'cells', files: [summary.cells], country, date });
  for (const { id: operator } of country.operators) {
    for (const feeds of [summary.operatorFiles, summary.eventFiles]) {
      const files = feeds.filter((feed) => feed.operator === operator && feed.rows > 0).map((feed) => feed.file);
      if (files.length > 0) await importOperator(store, { country, operator, files });
    }
  }
}

/** Every list of a folder by path. Several shards number the changes of one run in another order: numbers are left out. */
function contents(of: string): Readonly<Record<string, string>> {
  const names = readdirSync(of, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.csv'));
  const read = (name: string): string => {
    const text = readFileSync(path.join(of, name), 'utf8');
    return name.endsWith('.delta.csv') ? text.replace(/^\d+,/gm, '') : text;
  };
  return Object.fromEntries(names.sort().map((name) => [name, read(name)]));
}

type Outcome = {
  readonly counts: readonly unknown[];
  readonly lists: Readonly<Record<string, string>>;
  readonly triplets: unknown;
};
const outcomes: Outcome[] = [];

onEveryStore('from operator files to control lists', (ground) => {
  test('a synthetic country goes through the house, and every store gives the same', async () => {
    const store = ground.store();
    await takeEverything(store);
    const classified = await classify(store, { country, date: summary.lastDay, approveMassEffect: 'a test' });
    assert.deepEqual(
      classified.conditions.filter(({ refused }) => refused !== undefined),
      [],
    );
    const rendered = await generateLists(store, {
      country,
      day: summary.lastDay,
      out: path.join(ground.folder(), 'lists'),
      format: 'openceir',
    });
    const counts = classified.conditions.map(({ label, matched, blocked, inGrace, tracked }) => ({
      label,
      matched,
      blocked,
      inGrace,
      tracked,
    }));
    const triplets = (await store.analytics.gather<{ imei: string }>('SELECT * FROM triplet'))
      .map((row) => JSON.stringify(row))
      .sort();
    const outcome = { counts, lists: contents(rendered.folder), triplets };
    assert.ok(counts.filter(({ matched }) => matched > 0).length > 10, 'most conditions find something');
    assert.ok((outcome.lists['common/blocked.csv'] ?? '').split('\n').length > 5, 'somebody is blocked');
    outcomes.push(outcome);
    assert.deepEqual(outcome, outcomes[0]);
  });

  test('judging few identifiers at a time gives the same under every condition', async () => {
    const wish = { country, date: summary.lastDay, approveMassEffect: 'a test', dryRun: true };
    const matched = async (slice?: number) => {
      const { conditions } = await classify(ground.store(), { ...wish, slice });
      return conditions.map(({ label, matched: count, matchedSeen }) => ({ label, count, matchedSeen }));
    };
    assert.deepEqual(await matched(700), await matched());
  });

  test('notifications made share by share are those made at once', async () => {
    const { analytics, pseudonyms } = ground.store();
    const terms = { policy: country, day: summary.lastDay, golden: pseudonyms.golden };
    const rows = async (scope: string): Promise<readonly string[]> => {
      const sql = `SELECT * FROM ${targets({ ...terms, scope }).notifications}`;
      return (await analytics.gather(sql)).map((row) => JSON.stringify(row));
    };
    const [first, second, all] = [
      await rows('imei < 35500000000000'),
      await rows('imei >= 35500000000000'),
      await rows('1'),
    ];
    assert.ok(first.length > 0 && second.length > 0);
    assert.deepEqual([...first, ...second].sort(), [...all].sort());
  });

  test('explain() tells of every planted clone why it is listed', async () => {
    const clone = readFileSync(summary.truth, 'utf8')
      .split('\n')
      .find((line) => /,clone,lines=(?:[5-9]|\d\d)/.test(line));
    const identifier = clone?.split(',')[0] ?? '';
    const told = await explain(ground.store(), { country, identifier, date: summary.lastDay });
    assert.ok(told.verdicts.some(({ label, matches }) => label === 'many_subscriptions' && matches));
  });
});
