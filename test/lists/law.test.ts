import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { addDays, type Day } from '../../src/calendar/day.ts';
import { stageChanges } from '../../src/lists/change.ts';
import { contentAfter, fold, type Step } from '../../src/lists/fold.ts';
import { delta, type Key, state } from '../../src/lists/log.ts';
import { held as heldAt } from '../../src/lists/offices/held.ts';
import { CONTROL_LISTS } from '../../src/lists/offices/office.ts';
import { type Queries, united } from '../../src/lists/offices/union.ts';
import { linesIn, type Sheet } from '../../src/lists/sheet.ts';
import { isOwn, LISTS } from '../../src/lists/target.ts';
import { type Analytics, analyticsOf } from '../../src/stores/analytics.ts';
import { openEmbedded } from '../../src/stores/embedded.ts';
import { carryOut, dropStaging } from '../../src/stores/recovery.ts';
import type { Work } from '../../src/stores/run.ts';
import { createTable, TABLES, table } from '../../src/stores/schema.ts';
import { steps } from './history.ts';
import { Offices, wishes } from './offices.ts';
import { type Lists, oracle } from './oracle.ts';
import { country, options, put, TODAY, temporary, world } from './world.ts';

/** Two engines as two shards: what is numbered and merged over shards has more than one to go over. */
let analytics: Analytics;
const closers: (() => Promise<void>)[] = [];
before(async () => {
  const places = [await temporary(), await temporary()];
  const engines = await Promise.all(places.map(({ folder }) => openEmbedded(folder)));
  const [first, ...rest] = engines.map(({ home }, number) => ({ ...home, number }));
  assert.ok(first);
  analytics = analyticsOf([first, ...rest], 'two engines', async () => undefined);
  closers.push(...engines.map(({ close }) => close), ...places.map(({ remove }) => remove));
  for (const one of TABLES) await analytics.everywhere(createTable(one));
});
after(async () => {
  for (const close of closers) await close();
});

const KEYS: readonly Key[] = LISTS.flatMap((list) =>
  isOwn(list) ? ['alfa', 'beta', 'gone'].map((operator) => ({ list, operator })) : [{ list, operator: '' }],
);

/** Without that of an operator who is in no country file. */
const KNOWN = KEYS.filter(({ operator }) => operator !== 'gone');

const OWN = KEYS.filter(({ list, operator }) => list === 'notifications' && operator !== 'gone');

type Rows = ReadonlyMap<string, string>;
const CONTENT = "concat(toString(block_date), ' ', toString(reasons), ' ', toString(amnesty))";
const rowOf = ({ list, operator }: Key): string =>
  `concat('${list} ${operator || '-'} ', toString(imei), ' ', toString(imsi), ' ', toString(msisdn))`;

type Held = { readonly row: string; readonly content: string };

const LOG: Queries = { state, delta };

/** What stands on these lists after a run; a row is known by list, operator and key. */
async function stateAt(keys: readonly Key[], run: number, of = LOG): Promise<Rows> {
  const parts = keys.map((key) => `SELECT ${rowOf(key)} AS row, ${CONTENT} AS content FROM ${of.state(key, run)}`);
  const rows = await analytics.gather<Held>(parts.join(' UNION ALL '));
  assert.equal(new Set(rows.map(({ row }) => row)).size, rows.length, 'one row a key');
  return new Map(rows.map(({ row, content }) => [row, content]));
}

type Change = Held & { readonly op: string; readonly reason: string };

const deltaOf = (
  keys: readonly Key[],
  { base, run }: { readonly base: number; readonly run: number },
  of = LOG,
): Promise<readonly Change[]> =>
  analytics.gather<Change>(
    keys
      .map((key) => `SELECT ${rowOf(key)} AS row, op, reason, ${CONTENT} AS content FROM ${of.delta(key, base, run)}`)
      .join(' UNION ALL '),
  );

/** A reader of a delta, who refuses what does not fit the list that he has. */
function applied(before: Rows, changes: readonly Change[]): Rows {
  const rows = new Map(before);
  for (const { row, op, content } of changes) {
    assert.equal(rows.has(row), op !== 'add', `${op} of ${row}`);
    if (op === 'update') assert.notEqual(rows.get(row), content);
    if (op === 'remove') rows.delete(row);
    else rows.set(row, content);
  }
  assert.equal(new Set(changes.map(({ row }) => row)).size, changes.length, 'one change a key');
  return rows;
}

const sorted = (rows: Rows): readonly string[] => [...rows].map((both) => both.join(' ')).sort();

/** Base + delta = new, for these runs and all pairs of them. */
async function holds(keys: readonly Key[], runs: readonly number[], of = LOG): Promise<void> {
  const states = new Map<number, Rows>([[0, new Map()]]);
  for (const run of runs) states.set(run, await stateAt(keys, run, of));
  for (const [base, rows] of states) {
    for (const [run, expected] of states) {
      if (run <= base) continue;
      const reached = applied(rows, await deltaOf(keys, { base, run }, of));
      assert.deepEqual(sorted(reached), sorted(expected), `${base} → ${run}`);
    }
  }
}

const written = ({ content }: Step): string => `${content.blockDate} ${content.reasons} ${content.amnesty}`;

test('the engine folds a history as fold does, and base and delta give the state', async () => {
  const key = { list: 'notifications', operator: 'alfa' } as const;
  const history = fc.array(fc.record({ steps, gaps: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 8 }) }), {
    minLength: 30,
    maxLength: 60,
    size: 'max',
  });
  await fc.assert(
    fc.asyncProperty(history, async (rows) => {
      await analytics.everywhere('TRUNCATE TABLE change');
      const all = rows.flatMap(({ steps: own, gaps }, at) => {
        const runs = gaps.map((_, place) => gaps.slice(0, place + 1).reduce((sum, gap) => sum + gap));
        return own.map((step, place) => ({ imei: at + 1, step, run: runs[place] ?? 0 }));
      });
      const values = all
        .sort((one, other) => one.run - other.run)
        .map(({ imei, step, run }, at) => ({ imei, row: valuesOf({ ...step, imei, run, seq: at + 1 }) }));
      for (const shard of analytics.shards) {
        const own = values.filter(({ imei }) => imei % 2 === shard.number).map(({ row }) => row);
        if (own.length > 0) await shard.run(`INSERT INTO change VALUES ${own.join(', ')}`);
      }
      await holds([key], [1, 4, 9]);
      for (const [base, run] of [
        [0, 16],
        [1, 9],
        [2, 5],
      ] as const) {
        const expected = rows.flatMap((_, at) => {
          const of = (from: number, to: number): readonly Step[] =>
            all.filter((one) => one.imei === at + 1 && one.run > from && one.run <= to).map(({ step }) => step);
          const net = fold(contentAfter(of(0, base)), of(base, run));
          return net === undefined ? [] : [`${at + 1} ${net.op} ${net.reason} ${written(net)}`];
        });
        const found = (await deltaOf([key], { base, run })).map(
          (one) => `${one.row.split(' ')[2]} ${one.op} ${one.reason} ${one.content}`,
        );
        assert.deepEqual(found.sort(), expected.sort(), `${base} → ${run}`);
      }
    }),
    { numRuns: 5, endOnFailure: true },
  );
});

const valuesOf = (one: Step & { readonly imei: number; readonly run: number; readonly seq: number }): string =>
  `(${one.run}, 'notifications', 'alfa', ${one.seq}, ${one.imei}, 1, 1, '${one.op}', '${one.reason}',
    '${one.content.blockDate}', '${one.content.reasons}', ${one.content.amnesty})`;

/** What performRun gives, without a registry. */
const workOf = (number: number): Work => ({
  number,
  scratch: (name) => `staging_${number}_${name}`,
  stage: async (of, suffix = '') => {
    const name = `staging_${number}_${of}${suffix}`;
    await analytics.everywhere(createTable(table(of), name));
    return name;
  },
});

test('run after run the log leads to what the rules say, gapless, with the right reasons, and files to what offices say besides', async () => {
  const golden = (imei: string): string => `toUInt128(${imei})`;
  const day = fc.integer({ min: -10, max: 20 }).map((days) => addDays(TODAY, days));
  const turn = fc.record({ facts: world, lists: options, day, wishes });
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 3, maxLength: 3 }), async (turns) => {
      await analytics.everywhere('TRUNCATE TABLE change');
      await analytics.everywhere('TRUNCATE TABLE office_change');
      const offices = new Offices();
      const only = { exceptionsOnlyBlocked: turns[0]?.lists.exceptionsOnlyBlocked ?? false };
      const both = united(CONTROL_LISTS, only);
      for (const [at, { facts, lists, day: today, wishes: wished }] of turns.entries()) {
        await put(analytics, facts);
        const policy = country({ ...lists, ...only });
        const run = 2 * at + 1;
        await offices.wish(analytics, wished, run);
        const expected = oracle(facts, policy, today, offices.blocked);
        const held = `(SELECT imei FROM ${heldAt({ list: 'blocked', operator: '', runs: [run] })})`;
        await append(run, { policy, day: today, golden, held });
        assert.deepEqual(sorted(await stateAt(KEYS, run)), lines(expected), `run ${run}`);
        const expectedOfBoth = lines(offices.union(expected, only));
        assert.deepEqual(sorted(await stateAt(KNOWN, run, both)), expectedOfBoth, `run ${run} of both`);
        for (const change of await deltaOf(OWN, { base: run - 1, run })) {
          if (change.op !== 'remove') continue;
          const [imei = 0n, imsi = 0n, msisdn = 0n] = change.row.split(' ').slice(2).map(BigInt);
          assert.equal(change.reason, expected.gone({ imei, imsi, msisdn }));
        }
        assert.deepEqual(
          await append(run + 1, { policy, day: today, golden, held }),
          [],
          'nothing new, nothing appended',
        );
      }
      await holds(KEYS, [1, 3, 5]);
      await holds(KNOWN, [3, 5], both);
      await gapless();
    }),
    { numRuns: 2, endOnFailure: true },
  );
});

async function append(number: number, terms: Parameters<typeof stageChanges>[2]): Promise<readonly unknown[]> {
  const work = workOf(number);
  const staged = await stageChanges(analytics, work, terms);
  await carryOut(analytics, [{ table: 'change', partition: String(number), from: staged.table }]);
  await dropStaging(analytics);
  return staged.lists;
}

const lines = (expected: Lists): readonly string[] =>
  LISTS.flatMap((list) => expected[list].map((line) => `${list} ${line}`)).sort();

async function gapless(): Promise<void> {
  const numbers = await analytics.gather<{ key: string; seq: string; run: number }>(
    "SELECT concat(toString(list), ' ', operator) AS key, seq, run FROM change",
  );
  for (const key of new Set(numbers.map((one) => one.key))) {
    const rows = numbers.filter((one) => one.key === key).sort((one, other) => Number(one.seq) - Number(other.seq));
    assert.deepEqual(
      rows.map(({ seq }) => Number(seq)),
      rows.map((_, at) => at + 1),
      key,
    );
    assert.deepEqual(
      rows.map(({ run }) => run),
      rows.map(({ run }) => run).sort((one, other) => one - other),
      key,
    );
  }
}

test('files of two shards have the lines in one order', async () => {
  await analytics.everywhere('TRUNCATE TABLE change');
  await analytics.everywhere('TRUNCATE TABLE malformed');
  await analytics.everywhere('TRUNCATE TABLE office_change');
  const keys = [1n, 2n, 3n, 10n, 49015420323751n, 2n ** 63n + 1n, 2n ** 63n + 2n];
  for (const [at, key] of keys.entries()) {
    const shard = analytics.shards[Number(key % 2n)];
    await shard?.run(
      `INSERT INTO change VALUES (1, 'blocked', '', ${at + 1}, ${key}, 0, 0, 'add', 'blocked', '2024-01-01', 'A', false)`,
    );
    if (key > 2n ** 63n)
      await shard?.run(
        `INSERT INTO malformed VALUES (${key}, 'x"${key - 2n ** 63n},'), (${key}, 'X"${key - 2n ** 63n},')`,
      );
  }
  const sheet: Sheet = {
    name: 'x',
    key: { list: 'blocked', operator: '' },
    rows: 'state',
    columns: { imei: 'imei_text' },
    ending: '',
  };
  const content = async (checkDigit: boolean, malformed: boolean): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of linesIn(analytics, sheet, {
      run: 1,
      base: 0,
      options: { checkDigit, malformed, exceptionsOnlyBlocked: false },
      offices: ['blocked'],
    }))
      chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
  const imeis = ['00000000000001', '00000000000002', '00000000000003', '00000000000010', '49015420323751'];
  assert.equal(await content(false, true), `${imeis.join('\n')}\n"X""1,"\n"X""2,"\n`);
  const digits = ['8', '6', '4', '9', '8'];
  assert.equal(await content(true, false), `${imeis.map((one, at) => one + digits[at]).join('\n')}\n`);
});

test('a list of a day in the past is a run like any other', async () => {
  const facts = fc.sample(world, { numRuns: 1, seed: 3 })[0];
  assert.ok(facts);
  await analytics.everywhere('TRUNCATE TABLE change');
  await put(analytics, facts);
  const lists = { lookbackDays: 60, exceptionsOnlyBlocked: false, checkDigit: false, malformed: true } as const;
  const policy = country({ ...lists, barredInExceptions: false, notifyImsiChange: false, permitted: true });
  const golden = (imei: string): string => `toUInt128(${imei})`;
  for (const [run, today] of [
    [1, '2024-04-01'],
    [2, '2024-02-20'],
  ] as const) {
    await append(run, { policy, day: today as Day, golden });
    const expected = oracle(facts, policy, today as Day);
    assert.deepEqual(sorted(await stateAt(KEYS, run)), lines(expected));
  }
});
