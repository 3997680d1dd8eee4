import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Day } from '../../src/calendar/day.ts';
import { addDays } from '../../src/calendar/day.ts';
import { importList } from '../../src/reference/import.ts';
import { onEveryStore } from '../stores/ground.ts';
import { handsOn, LENIENT } from './ground.ts';

/** What a list says: the status by IMEI. */
type Model = ReadonlyMap<string, string>;
type Entry = { readonly imei: string; readonly status: string };
type Step =
  | { readonly delta: false; readonly entries: readonly Entry[]; readonly days: number }
  | { readonly delta: true; readonly entries: readonly (Entry & { change: string })[]; readonly days: number };

const imei = fc.constantFrom('35362008001231', '35362008001232', '86000001000003', '01234567000004', 'ABC', '*#06#');
const status = fc.constantFrom('', 'blacklist', 'pending', 'a, b', 'say ""no""');
const entry = fc.record({ imei, status });
const byImei = { selector: (one: { imei: string }) => one.imei };
const days = fc.nat({ max: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ delta: fc.constant<false>(false), entries: fc.uniqueArray(entry, byImei), days }),
  fc.record({
    delta: fc.constant<true>(true),
    entries: fc.uniqueArray(fc.record({ imei, status, change: fc.constantFrom('add', 'remove', 'update') }), byImei),
    days,
  }),
);

function apply(model: Model, one: Step): Model {
  if (!one.delta) return new Map(one.entries.map(({ imei: key, status: said }) => [key, said]));
  const next = new Map(model);
  for (const { imei: key, status: said, change } of one.entries) {
    if (change === 'remove') next.delete(key);
    else next.set(key, said);
  }
  return next;
}

const counts = (before: Model, after: Model) => ({
  adds: [...after.keys()].filter((key) => !before.has(key)).length,
  removes: [...before.keys()].filter((key) => !after.has(key)).length,
  updates: [...after].filter(([key, said]) => before.has(key) && before.get(key) !== said).length,
  before: before.size,
  after: after.size,
});

const written = (model: Model): readonly string[] =>
  [...model].map(([key, said]) => `${key}=${said.replaceAll('""', '"')}`).sort();

const ALL = { sizeVariation: true, deltaAdds: true, deltaRemoves: true, deltaUpdates: true };
const START = '2026-10-01' as Day;

onEveryStore('the history of a list', (ground) => {
  const { clear, file, rows } = handsOn(ground);

  const listed = async (where: string): Promise<readonly string[]> => {
    const found = await rows(
      'stolen',
      `SELECT if(imei < 100000000000000, leftPad(toString(imei), 14, '0'),
          (SELECT any(text) FROM malformed WHERE malformed.imei = stolen.imei)) AS k, status FROM stolen WHERE ${where}`,
    );
    return found.map((row) => `${row['k']}=${row['status']}`).sort();
  };

  const take = (one: Step, date: Day) => {
    const lines = one.entries.map((row) => `${row.imei},"${row.status}"${'change' in row ? `,${row.change}` : ''}`);
    const path = file('stolen.csv', [`imei,status${one.delta ? ',change_type' : ''}`, ...lines]);
    const request = {
      kind: 'stolen',
      files: [path],
      country: LENIENT,
      date,
      delta: one.delta,
      overrides: ALL,
    } as const;
    return { again: () => importList(ground.store(), request), first: () => importList(ground.store(), request) };
  };

  test('any full files and deltas give the model’s list, now and as of every run and day', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
        await clear('stolen');
        let model: Model = new Map();
        let date = START;
        const versions: { readonly run: number; readonly date: Day; readonly model: Model }[] = [];
        for (const one of steps) {
          date = addDays(date, one.days);
          const next = apply(model, one);
          const done = await take(one, date).first();
          const { adds, removes, updates, before, after } = done.result;
          assert.deepEqual({ adds, removes, updates, before, after }, counts(model, next));
          versions.push({ run: done.number, date, model: next });
          model = next;
        }
        assert.deepEqual(await listed('closed = 0'), written(model));
        for (const { run, date: on, model: then } of versions) {
          const known = `recorded <= ${run} AND (closed = 0 OR closed > ${run})`;
          assert.deepEqual(await listed(known), written(then), `as run ${run} knew it`);
          const last = versions.findLast((version) => version.date === on);
          const valid = `valid_from <= '${on}' AND valid_to > '${on}'`;
          assert.deepEqual(await listed(valid), written(last?.model ?? then), `as it was on ${on}`);
        }
      }),
      { numRuns: 6 },
    );
  });

  test('the same file again changes nothing, full or delta', async () => {
    await clear('stolen');
    const full: Step = { delta: false, days: 0, entries: [{ imei: '35362008001231', status: 'x' }] };
    const delta: Step = { delta: true, days: 0, entries: [{ imei: '35362008001232', status: 'y', change: 'add' }] };
    for (const one of [full, delta]) {
      const taking = take(one, START);
      assert.equal((await taking.first()).result.adds, 1);
      const before = await rows('stolen', 'SELECT * FROM stolen ORDER BY ALL');
      const { adds, removes, updates } = (await taking.again()).result;
      assert.deepEqual({ adds, removes, updates }, { adds: 0, removes: 0, updates: 0 });
      assert.deepEqual(await rows('stolen', 'SELECT * FROM stolen ORDER BY ALL'), before);
    }
  });

  test('every import leaves a version in the registry', async () => {
    await clear('stolen');
    const one: Step = { delta: false, days: 0, entries: [{ imei: '35362008001231', status: 'x' }] };
    const { number } = await take(one, START).first();
    const versions = await ground
      .store()
      .registry.query<{ run: number; rows: string; adds: string; hashes: number }>(
        `SELECT run, rows, adds, cardinality(sha256) AS hashes FROM list_version WHERE kind = 'stolen'`,
      );
    assert.deepEqual(versions, [{ run: number, rows: '1', adds: '1', hashes: 1 }]);
  });

  test('what is spread over shards stands on its own shard, and what is not stands on all', async () => {
    const { shards } = ground.store().analytics;
    await clear('barred');
    await clear('barred_tac');
    const path = file('barred.csv', ['imei', ...Array.from({ length: 40 }, (_, n) => String(35362008001200 + n))]);
    const tacs = file('tacs.csv', ['tac', '35362008', '01234567']);
    const barred = await importList(ground.store(), { kind: 'barred', files: [path], country: LENIENT });
    const tac = await importList(ground.store(), { kind: 'barred_tac', files: [tacs], country: LENIENT });
    assert.deepEqual([barred.result.adds, tac.result.adds], [40, 2]);
    let total = 0;
    for (const shard of shards) {
      const [found] = await shard.query<{ mine: string; all: string; tacs: string }>(
        `SELECT countIf(cityHash64(imei) % ${shards.length} = ${shard.number}) AS mine, count() AS all,
          (SELECT count() FROM barred_tac) AS tacs FROM barred`,
      );
      assert.equal(found?.mine, found?.all);
      assert.equal(found?.tacs, '2');
      total += Number(found?.all);
    }
    assert.equal(total, 40);
  });
});
