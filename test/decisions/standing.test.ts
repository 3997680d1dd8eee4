import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import fc from 'fast-check';
import { addDays, type Day } from '../../src/calendar/day.ts';
import { EFFECTS } from '../../src/country/condition.ts';
import { abandon, advance, keepClosed, keepFirst } from '../../src/decisions/advance.ts';
import { type Standing, type Terms, turn } from '../../src/decisions/standing.ts';
import { type Analytics, literal } from '../../src/stores/analytics.ts';
import { openEmbedded } from '../../src/stores/embedded.ts';
import { createTable, OPEN_DAY, table } from '../../src/stores/schema.ts';

const day = (text: string): Day => text as Day;
const BLOCKS = { effect: 'blocked', graceDays: 30, sticky: false, amnestyEligible: false } as const;
const AMNESTY = { evaluationEnds: day('2026-10-31'), ends: day('2026-12-31') };

/** The standing after judging days one after another, each with its match. */
function judged(steps: readonly (Partial<Terms> & { readonly match?: string })[]): Standing | undefined {
  let standing: Standing | undefined;
  for (const { match, ...terms } of steps) {
    const next = turn(standing, match, { condition: BLOCKS, date: day('2026-01-01'), ...terms });
    standing = next.kind === 'none' || next.kind === 'ended' ? undefined : next.standing;
  }
  return standing;
}

suite('turn()', () => {
  test('fixes the block date at the first match and keeps it when the grace changes', () => {
    const longer = { ...BLOCKS, graceDays: 90 };
    const standing = judged([
      { date: day('2026-01-31'), match: 'a' },
      { date: day('2026-02-10'), match: 'b', condition: longer },
    ]);
    assert.deepEqual(standing, {
      effect: 'blocked',
      since: '2026-01-31',
      blockDate: '2026-03-02',
      amnesty: false,
      evidence: 'b',
    });
  });

  test('ends what no longer matches, and begins a new grace with the next match', () => {
    const first = judged([{ date: day('2026-01-01'), match: 'a' }]);
    const ended = turn(first, undefined, { condition: BLOCKS, date: day('2026-01-05') });
    assert.equal(ended.kind, 'ended');
    const again = judged([{ match: 'a' }, { date: day('2026-01-05') }, { date: day('2026-01-20'), match: 'c' }]);
    assert.equal(again?.since, '2026-01-20');
    assert.equal(again?.blockDate, '2026-02-19');
  });

  test('keeps a sticky match with the evidence of the last true one', () => {
    const sticky = { ...BLOCKS, sticky: true };
    const standing = judged([
      { match: 'a', condition: sticky },
      { date: day('2026-05-01'), condition: sticky },
    ]);
    assert.equal(standing?.evidence, 'a');
    assert.equal(standing?.blockDate, '2026-01-31');
  });

  test('sets the block date when the effect becomes blocked, and clears it when it ceases to be', () => {
    const tracks = { ...BLOCKS, effect: 'tracked' } as const;
    const blocked = judged([
      { match: 'a', condition: tracks },
      { date: day('2026-02-01'), match: 'a' },
    ]);
    assert.equal(blocked?.since, '2026-01-01');
    assert.equal(blocked?.blockDate, '2026-03-03');
    const cleared = judged([{ match: 'a' }, { date: day('2026-02-01'), match: 'a', condition: tracks }]);
    assert.equal(cleared?.blockDate, OPEN_DAY);
  });

  test('blocks on the day of the match without grace, and never on the day that stands for none', () => {
    assert.equal(judged([{ match: 'a', condition: { ...BLOCKS, graceDays: 0 } }])?.blockDate, '2026-01-01');
    const late = { date: day('2148-12-31'), match: 'a', condition: { ...BLOCKS, graceDays: 3660 } };
    assert.equal(judged([late])?.blockDate, '2149-06-05');
  });

  suite('in an amnesty', () => {
    const condition = { ...BLOCKS, amnestyEligible: true };
    const granted = { date: day('2026-10-31'), match: 'a', condition, amnesty: AMNESTY };

    test('grants eligible matches until the evaluation ends', () => {
      assert.equal(judged([granted])?.blockDate, OPEN_DAY);
      assert.equal(judged([granted])?.amnesty, true);
      const later = judged([{ ...granted, date: day('2026-11-01') }]);
      assert.deepEqual([later?.amnesty, later?.blockDate], [false, '2026-12-01']);
    });

    test('sets the day of its end afterwards, and follows the country file when that moves', () => {
      const next = { ...granted, date: day('2026-11-01') };
      assert.equal(judged([granted, next])?.blockDate, '2026-12-31');
      const moved = { ...next, date: day('2026-11-02'), amnesty: { ...AMNESTY, ends: day('2027-03-31') } };
      assert.equal(judged([granted, next, moved])?.blockDate, '2027-03-31');
      assert.equal(judged([granted, next, { ...next, date: day('2027-05-01') }])?.blockDate, '2026-12-31');
    });

    test('spares what is in grace but not what is blocked already', () => {
      const grace = { ...granted, date: day('2026-10-01'), amnesty: undefined };
      assert.equal(judged([grace, { ...granted, date: day('2026-10-30') }])?.amnesty, true);
      const blocked = judged([grace, granted]);
      assert.deepEqual([blocked?.amnesty, blocked?.blockDate], [false, '2026-10-31']);
    });

    test('gives a grace to the granted whom no run told of the end', () => {
      assert.equal(judged([granted, { ...granted, date: day('2027-01-01') }])?.blockDate, '2027-01-31');
      assert.equal(judged([granted, { ...granted, amnesty: undefined }])?.blockDate, '2026-11-30');
    });
  });
});

type Row = { imei: string; closed: number; recorded: number; ended: string; evidence: string } & Record<
  string,
  unknown
>;
type History = { readonly open: (Standing & { recorded: number }) | undefined; readonly rows: readonly Row[] };

const rowOf = (imei: string, standing: Standing, history: Pick<Row, 'recorded' | 'closed' | 'ended'>): Row => ({
  imei,
  condition: "it's",
  effect: standing.effect,
  since: standing.since,
  block_date: standing.blockDate,
  amnesty: standing.amnesty,
  evidence: standing.evidence,
  ...history,
});

/** What the pure rule makes of an identifier's history in one run. */
function stepped({ open, rows }: History, { imei, run, match, terms }: Step): History {
  const next = turn(open, match, terms);
  if (next.kind === 'none') return { open, rows };
  const closing = (ended: string): Row[] =>
    open === undefined ? [] : [rowOf(imei, open, { recorded: open.recorded, closed: run, ended })];
  if (next.kind === 'ended') return { open: undefined, rows: [...rows, ...closing(next.ended)] };
  const recorded = next.kind === 'kept' ? (open?.recorded ?? 0) : run;
  const closed = next.kind === 'changed' ? closing(OPEN_DAY) : [];
  return { open: { ...next.standing, recorded }, rows: [...rows, ...closed] };
}
type Step = { readonly imei: string; readonly run: number; readonly match: string | undefined; readonly terms: Terms };

const allRows = (imei: string, { open, rows }: History): Row[] =>
  open === undefined
    ? [...rows]
    : [...rows, rowOf(imei, open, { recorded: open.recorded, closed: 0, ended: OPEN_DAY })];

const IMEIS = ['1', '2', '35000000000001', '9223372036854775809'];
const days = (length: number) => fc.integer({ min: 0, max: length });
const amnesty = fc.tuple(days(60), fc.integer({ min: 1, max: 60 })).map(([ends, more]) => ({
  evaluationEnds: addDays(day('2026-02-20'), ends),
  ends: addDays(day('2026-02-20'), ends + more),
}));
const terms = fc.record({
  condition: fc.record({
    effect: fc.constantFrom('blocked' as const, ...EFFECTS),
    graceDays: days(40),
    sticky: fc.boolean(),
    amnestyEligible: fc.boolean(),
  }),
  amnesty: fc.option(amnesty, { nil: undefined }),
});
const runs = fc.array(
  fc.record({
    later: days(25),
    terms,
    matches: fc.dictionary(fc.constantFrom(...IMEIS), fc.constantFrom('{"a":1}', `{"a":"it's \\\\ "}`)),
  }),
  { minLength: 1, maxLength: 6 },
);

suite('advance()', () => {
  let folder = '';
  let analytics: Analytics;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'ceir-standing-'));
    analytics = await openEmbedded(folder);
  });
  after(async () => {
    await analytics.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const rowsIn = async (name: string): Promise<Row[]> => {
    const rows = await analytics.home.query<Row>(`SELECT * FROM ${name}`);
    return rows.map((row) => ({ ...row, imei: String(row.imei) }));
  };
  const sorted = (rows: readonly Row[]): string[] =>
    rows.map((row) => JSON.stringify(row, Object.keys(row).sort())).sort();
  const fresh = async (name: string): Promise<void> => {
    await analytics.home.run(`DROP TABLE IF EXISTS ${name} SYNC`);
    await analytics.home.run(createTable(table('standing'), name).replace(/ENGINE = .*$/s, 'ENGINE = Memory'));
  };

  test('a table of an earlier version, whose texts were packed otherwise, takes what this one stages', async () => {
    const [earlier, staged] = ['earlier_standing', 'staged_standing'];
    const now = createTable(table('standing'), earlier);
    assert.ok(now.includes('evidence String CODEC(ZSTD(1))'));
    await analytics.home.run(now.replace('evidence String CODEC(ZSTD(1))', 'evidence String'));
    await analytics.home.run(createTable(table('standing'), staged));
    await analytics.home.run(
      `INSERT INTO ${staged} VALUES (1, 'c', 'blocked', '2026-01-01', '2026-01-31', false, '${OPEN_DAY}', 1, 0, '{"a":1}')`,
    );
    await analytics.home.run(`ALTER TABLE ${earlier} REPLACE PARTITION 'c' FROM ${staged}`);
    assert.deepEqual(
      (await rowsIn(earlier)).map(({ evidence }) => evidence),
      ['{"a":1}'],
    );
  });

  test('does to a whole shard what turn() does to each identifier, over random histories', async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(runs, async (steps) => {
        count += 1;
        let from = `had_${count}`;
        await fresh(from);
        const firsts = `firsts_${count}`;
        await analytics.home.run(createTable(table('first_found'), firsts).replace(/ENGINE = .*$/s, 'ENGINE = Memory'));
        const first: string[] = [];
        const expected = new Map<string, History>(IMEIS.map((imei) => [imei, { open: undefined, rows: [] }]));
        let date = day('2026-02-01');
        for (const [at, step] of steps.entries()) {
          date = addDays(date, step.later);
          const [run, into] = [at + 1, `had_${count}_${at}`];
          const judging: Terms = { ...step.terms, date };
          await fresh(into);
          const found = Object.entries(step.matches).map(([imei, evidence]) => `(${imei}, ${literal(evidence)})`);
          const matches = `(SELECT imei, evidence FROM VALUES('imei UInt64, evidence String', ${found.join(', ') || "(0, '')"}) WHERE imei != 0)`;
          const bulk = { label: "it's", terms: judging, run, from, matches, into };
          await analytics.home.run(keepClosed(bulk));
          await analytics.home.run(advance(bulk));
          await analytics.home.run(keepFirst({ date, run, from: into, into: firsts }));
          for (const [imei, history] of expected) {
            if (turn(history.open, step.matches[imei], judging).kind === 'new')
              first.push(JSON.stringify([run, imei, "it's", date, step.matches[imei]]));
            expected.set(imei, stepped(history, { imei, run, match: step.matches[imei], terms: judging }));
          }
          assert.deepEqual(
            sorted(await rowsIn(into)),
            sorted([...expected].flatMap(([imei, history]) => allRows(imei, history))),
          );
          await analytics.home.run(`DROP TABLE ${from} SYNC`);
          from = into;
        }
        const kept = await analytics.home.query(
          `SELECT run, toString(imei) AS key, condition, since, evidence FROM ${firsts}`,
        );
        assert.deepEqual(kept.map((row) => JSON.stringify(Object.values(row))).sort(), first.sort());
        for (const name of [from, firsts]) await analytics.home.run(`DROP TABLE ${name} SYNC`);
      }),
      { numRuns: 20 },
    );
  });

  test('ends every open row of a condition that is no more, and no other row', async () => {
    for (const name of ['left', 'gone']) await fresh(name);
    const columns = '(imei, condition, effect, since, block_date, amnesty, ended, recorded, closed, evidence)';
    const open = `(1, 'c', 'blocked', '2026-01-01', '2026-02-01', false, '${OPEN_DAY}', 1, 0, '')`;
    const closed = `(1, 'c', 'tracked', '2025-01-01', '${OPEN_DAY}', false, '2025-06-01', 1, 2, '')`;
    await analytics.home.run(`INSERT INTO left ${columns} VALUES ${open}, ${closed}, ${open.replace("'c'", "'d'")}`);
    await analytics.home.run(abandon({ label: 'c', date: '2026-03-01', run: 9, from: 'left', into: 'gone' }));
    const rows = (await rowsIn('gone')).map(({ condition, ended, closed }) => [condition, ended, closed]).sort();
    assert.deepEqual(rows, [
      ['c', '2025-06-01', 2],
      ['c', '2026-03-01', 9],
    ]);
  });
});
