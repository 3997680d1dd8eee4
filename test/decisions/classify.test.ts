import assert from 'node:assert/strict';
import { beforeEach, suite, test } from 'node:test';
import type { Country } from '../../src/country/country.ts';
import { type Classified, type ClassifyWish, classify, refusals } from '../../src/decisions/classify.ts';
import { Refused } from '../../src/faults/fault.ts';
import { CLONED, countryOf, day, ground, STOLEN, UNALLOCATED } from './ground.ts';

const COUNTRY = countryOf([STOLEN, UNALLOCATED, CLONED]);
const IMEI = (serial: number): string => String(35_000_000_000_000 + serial);

suite('classify()', () => {
  const { store, seen, listed, rows, clear } = ground();

  /** Ten identifiers of an allocated TAC, of which the first has three subscriptions, and one of a TAC that is none. */
  async function fill(): Promise<void> {
    await listed('tac', [{ tac: 35_000_000 }]);
    await seen(
      ...Array.from({ length: 10 }, (_, serial) => ({ imei: IMEI(serial) })),
      { imei: IMEI(0), imsi: '999010000000002' },
      { imei: IMEI(0), imsi: '999020000000003', operator: 'bravo' },
      { imei: '88000000000001' },
    );
    await listed('stolen', [{ imei: Number(IMEI(3)), reporting_date: '2026-09-01', status: 'blacklist' }]);
  }

  const run = (country: Country, more: Partial<ClassifyWish> = {}): Promise<Classified> =>
    classify(store(), { country, date: day('2026-09-20'), ...more });

  const standings = (): Promise<readonly unknown[]> =>
    rows(
      `SELECT imei, toString(condition) AS condition, toString(effect) AS effect, since, block_date, ended, recorded, closed
    FROM standing ORDER BY condition, imei, recorded`,
    );

  /** Numbers of runs counted from the first of the test. */
  const relative = (all: readonly unknown[], first: number): unknown[] =>
    all.map((row) => {
      const { recorded, closed, ...rest } = row as { recorded: number; closed: number };
      return { ...rest, recorded: recorded - first, ...(closed === 0 ? {} : { closed: closed - first }) };
    });

  const refusalOf = async (act: Promise<unknown>): Promise<string | undefined> => {
    const error = await act.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof Refused, `it was refused: ${error}`);
    return error.faults[0]?.code;
  };

  beforeEach(clear);

  test('stores what each condition concludes, and counts it', async () => {
    await fill();
    const done = await run(COUNTRY);
    assert.deepEqual(
      done.conditions.map(({ seconds: _, ...rest }) => rest),
      [
        {
          label: 'stolen',
          effect: 'blocked',
          matched: 1,
          matchedSeen: 1,
          ratio: 1 / 11,
          new: 1,
          kept: 0,
          changed: 0,
          ended: 0,
          blocked: 1,
          inGrace: 0,
          amnesty: 0,
          tracked: 0,
        },
        {
          label: 'unallocated',
          effect: 'blocked',
          matched: 1,
          matchedSeen: 1,
          ratio: 1 / 11,
          new: 1,
          kept: 0,
          changed: 0,
          ended: 0,
          blocked: 0,
          inGrace: 1,
          amnesty: 0,
          tracked: 0,
        },
        {
          label: 'cloned',
          effect: 'tracked',
          matched: 1,
          matchedSeen: 1,
          ratio: 1 / 11,
          new: 1,
          kept: 0,
          changed: 0,
          ended: 0,
          blocked: 0,
          inGrace: 0,
          amnesty: 0,
          tracked: 1,
        },
      ],
    );
    assert.equal(done.seen, 11);
    assert.deepEqual(relative(await standings(), done.run), [
      {
        imei: IMEI(0),
        condition: 'cloned',
        effect: 'tracked',
        since: '2026-09-20',
        block_date: '2149-06-06',
        ended: '2149-06-06',
        recorded: 0,
      },
      {
        imei: IMEI(3),
        condition: 'stolen',
        effect: 'blocked',
        since: '2026-09-20',
        block_date: '2026-09-20',
        ended: '2149-06-06',
        recorded: 0,
      },
      {
        imei: '88000000000001',
        condition: 'unallocated',
        effect: 'blocked',
        since: '2026-09-20',
        block_date: '2026-10-20',
        ended: '2149-06-06',
        recorded: 0,
      },
    ]);
    const evidence = await rows(`SELECT evidence FROM standing WHERE condition = 'cloned'`);
    assert.match(String(evidence[0]?.['evidence']), /"subscription_threshold":\{.*3/);
    assert.deepEqual(await rows(`SELECT name FROM system.tables WHERE name LIKE 'staging%'`), []);
    const [recorded] = await store().registry.query('SELECT verb, status, country, result FROM run');
    assert.equal(recorded?.['verb'], 'classify');
    assert.equal(recorded?.['country'], COUNTRY.hash);
    assert.equal(recorded?.['result']['conditions'].length, 3);
  });

  test('keeps dates on a later run, ends what is over, and keeps what is sticky', async () => {
    await fill();
    const first = await run(COUNTRY);
    await store().analytics.everywhere(`TRUNCATE TABLE stolen`);
    await store().analytics.everywhere(`TRUNCATE TABLE triplet`);
    await seen({ imei: '88000000000001', month: 202610 }, { imei: IMEI(7), month: 202610 });
    const second = await run(COUNTRY, { date: day('2026-11-15') });
    assert.deepEqual(
      second.conditions.map((one) => [one.label, one.matched, one.new, one.kept, one.ended, one.blocked]),
      [
        ['stolen', 0, 0, 0, 1, 0],
        ['unallocated', 1, 0, 1, 0, 1],
        ['cloned', 0, 0, 1, 0, 0],
      ],
    );
    const gap = second.run - first.run;
    assert.deepEqual(relative(await standings(), first.run), [
      {
        imei: IMEI(0),
        condition: 'cloned',
        effect: 'tracked',
        since: '2026-09-20',
        block_date: '2149-06-06',
        ended: '2149-06-06',
        recorded: 0,
      },
      {
        imei: IMEI(3),
        condition: 'stolen',
        effect: 'blocked',
        since: '2026-09-20',
        block_date: '2026-09-20',
        ended: '2026-11-15',
        recorded: 0,
        closed: gap,
      },
      {
        imei: '88000000000001',
        condition: 'unallocated',
        effect: 'blocked',
        since: '2026-09-20',
        block_date: '2026-10-20',
        ended: '2149-06-06',
        recorded: 0,
      },
    ]);
  });

  test('a dry run counts the same and leaves no trace', async () => {
    await fill();
    const dry = await run(COUNTRY, { dryRun: true });
    assert.equal(dry.run, 0);
    assert.deepEqual(
      dry.conditions.map((one) => one.new),
      [1, 1, 1],
    );
    assert.deepEqual(await standings(), []);
    assert.deepEqual(await store().registry.query('SELECT 1 FROM run'), []);
    const done = await run(COUNTRY);
    const bare = (all: Classified) => all.conditions.map(({ seconds: _, ...rest }) => rest);
    assert.deepEqual(bare(done), bare(dry));
  });

  test('judging few identifiers at a time gives the same as judging all at once', async () => {
    await fill();
    const all = (await run(COUNTRY, { dryRun: true })).conditions.map(({ seconds: _, ...rest }) => rest);
    const sliced = (await run(COUNTRY, { dryRun: true, slice: 2 })).conditions.map(({ seconds: _, ...rest }) => rest);
    assert.deepEqual(sliced, all);
    assert.ok(all.every(({ matched }) => matched > 0));
  });

  test('refuses a condition of mass effect, leaves its standings and goes on with the others', async () => {
    await fill();
    await run(COUNTRY);
    const before = await standings();
    const strict = countryOf([STOLEN, UNALLOCATED.replace('0.5', '0.05'), CLONED]);
    await seen({ imei: '88000000000002' });
    await listed('stolen', [{ imei: Number(IMEI(4)), reporting_date: '2026-09-01', status: '' }]);
    const done = await run(strict, { date: day('2026-09-21') });
    const [stolen, unallocated] = done.conditions;
    assert.equal(stolen?.new, 1);
    assert.equal(unallocated?.refused?.code, 'CLASSIFY_MASS_EFFECT');
    assert.equal(unallocated?.matched, 2);
    assert.deepEqual(
      refusals(done).map(({ code, field }) => [code, field]),
      [['CLASSIFY_MASS_EFFECT', 'unallocated']],
    );
    const kept = (all: readonly unknown[]) =>
      all.filter((row) => (row as { condition: string }).condition === 'unallocated');
    assert.deepEqual(kept(await standings()), kept(before));
  });

  test('judges it when the effect is approved, and stores the reason', async () => {
    await fill();
    const strict = countryOf([UNALLOCATED.replace('0.5', '0.05')]);
    assert.equal(await refusalOf(run(strict, { approveMassEffect: '  ' })), 'CLASSIFY_APPROVAL');
    const done = await run(strict, { approveMassEffect: 'the minister asked for it' });
    assert.deepEqual(refusals(done), []);
    assert.equal(done.conditions[0]?.new, 1);
    const [recorded] = await store().registry.query(`SELECT result FROM run WHERE status = 'done'`);
    assert.equal(recorded?.['result']['approved']['reason'], 'the minister asked for it');
    assert.equal(typeof recorded?.['result']['approved']['by'], 'string');
  });

  test('equality passes the guard', async () => {
    await fill();
    await seen(...Array.from({ length: 9 }, (_, serial) => ({ imei: IMEI(20 + serial) })));
    const done = await run(countryOf([UNALLOCATED.replace('0.5', '0.05')]));
    assert.deepEqual(
      done.conditions.map(({ ratio, refused }) => [ratio, refused]),
      [[0.05, undefined]],
    );
  });

  test('refuses a condition whose reference list was never imported', async () => {
    await seen({ imei: IMEI(1) });
    const done = await run(COUNTRY, { approveMassEffect: 'even so' });
    assert.deepEqual(
      done.conditions.map(({ label, refused }) => [label, refused?.code]),
      [
        ['stolen', undefined],
        ['unallocated', 'CLASSIFY_NO_REFERENCE'],
        ['cloned', undefined],
      ],
    );
  });

  test('ends the standings of a condition that is no more, says what changed, and keeps the history', async () => {
    await fill();
    const first = await run(COUNTRY);
    const without = countryOf([STOLEN, CLONED.replace('sticky: true', 'sticky: false')]);
    const done = await run(without, { date: day('2026-09-25') });
    assert.deepEqual(done.removed, [{ label: 'unallocated', ended: 1 }]);
    assert.deepEqual(done.changes, [
      'The condition unallocated was removed.',
      'Condition cloned: sticky changed from true to false.',
    ]);
    const [row] = relative(
      await rows(`SELECT ended, recorded, closed FROM standing WHERE condition = 'unallocated'`),
      first.run,
    );
    assert.deepEqual(row, { ended: '2026-09-25', recorded: 0, closed: done.run - first.run });
  });

  test('says that an earlier country file can no longer be read', async () => {
    await fill();
    await run({ ...COUNTRY, hash: 'f'.repeat(64), text: 'name: [' });
    const done = await run(COUNTRY);
    assert.match(done.changes.join(), /can no longer be read/);
  });

  test('judges only the conditions named, and leaves the others and removed ones alone', async () => {
    await fill();
    await run(COUNTRY);
    const before = await standings();
    const done = await run(countryOf([STOLEN, CLONED]), { conditions: ['cloned'], date: day('2026-09-22') });
    assert.deepEqual([done.conditions.length, done.removed], [1, []]);
    assert.deepEqual(await standings(), before);
    assert.equal(await refusalOf(run(COUNTRY, { conditions: ['clone'] })), 'CLASSIFY_CONDITION');
  });

  test('refuses a day before that of an earlier run, but not a dry run of it', async () => {
    await fill();
    await run(COUNTRY);
    assert.equal(await refusalOf(run(COUNTRY, { date: day('2026-09-19') })), 'CLASSIFY_PAST');
    const dry = await run(COUNTRY, { date: day('2026-09-19'), dryRun: true });
    assert.equal(dry.conditions.length, 3);
  });
});
