import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Desk } from '../../src/access/desk.ts';
import { appendRead } from '../../src/access/log.ts';
import { expireHolds, placeHold, releaseHolds } from '../../src/lists/offices/control.ts';
import { placePair, releasePairs } from '../../src/lists/offices/control_pairs.ts';
import { freshRegistry } from '../office.ts';
import { entriesOf, gaps, imeiOf, imsiOf, journalOf, ladders, msisdnOf, NOW, officeOf, replayed } from './desk.ts';

const registry = await freshRegistry();
await ladders(registry);

const LISTS = ['blocked', 'tracked', 'permitted'] as const;
const after = (seconds: number, time = NOW): Date => new Date(time.getTime() + 1000 * seconds);

/** One act of an office; the holder of what it places is the transaction's own. */
const act = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant('hold' as const),
      list: fc.constantFrom(...LISTS),
      imei: fc.nat({ max: 5 }),
      reason: fc.constantFrom('stolen', 'lost', 'fake'),
      until: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant('pair' as const),
      imei: fc.nat({ max: 2 }),
      imsi: fc.nat({ max: 2 }),
      operator: fc.constantFrom('alfa', 'beta'),
    }),
  },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

/** A transaction places what it places, lets go what an earlier one placed, or looks what is over. */
const turn = fc.record({
  acts: fc.array(act, { minLength: 1, maxLength: 4 }),
  lets: fc.option(fc.nat(), { nil: undefined, freq: 1 }),
  expires: fc.boolean(),
  reads: fc.constantFrom('first', 'last', 'never'),
});
type Turn = typeof turn extends fc.Arbitrary<infer T> ? T : never;

async function perform(desk: Desk, doing: Act, holder: string): Promise<void> {
  if (doing.does === 'pair') {
    const { imei, imsi, operator } = doing;
    const numbers = { imei: imeiOf(imei), imsi: imsiOf(imsi), ...(imsi === 0 ? {} : { msisdn: msisdnOf(imsi) }) };
    await placePair(desk, { ...numbers, operator, holder });
    return;
  }
  const { list, imei, reason, until } = doing;
  const common = {
    imei: imeiOf(imei),
    reason,
    holder,
    until: until === undefined ? undefined : after(until, desk.now),
  };
  await placeHold(desk, list === 'blocked' ? { ...common, list, ground: { ladder: '7' } } : { ...common, list });
}

/** Readings have a log that is numbered in the same commit. */
const read = (desk: Desk): Promise<void> =>
  appendRead(desk, { action: 'a test', purpose: 'to wait in no circle', subject: 'nobody', fields: [] });

async function carryOut(desk: Desk, { acts, lets, expires, reads }: Turn, own: number): Promise<void> {
  if (reads === 'first') await read(desk);
  for (const doing of acts) await perform(desk, doing, `case:${own}`);
  if (reads === 'last') await read(desk);
  if (lets === undefined) return;
  const holder = `case:${lets % (own + 1)}`;
  await releaseHolds(desk, { holder, because: 'over' });
  await releasePairs(desk, { holder, because: 'over' });
  if (expires) await expireHolds(desk);
}

/** What the open holds and pairs say together, each by itself. */
async function union(): Promise<readonly string[]> {
  const holds = await registry.query<{ list: string; imei: string; reason: string }>(
    'SELECT list, imei, reason FROM control_hold WHERE released IS NULL',
  );
  const keys = new Set(holds.map(({ list, imei }) => `${list}  ${imei}   `));
  const lines = [...keys].map((key) => {
    const reasons = holds.filter(({ list, imei }) => `${list}  ${imei}   ` === key).map(({ reason }) => reason);
    return `${key}${[...new Set(reasons)].sort().join('|')}`;
  });
  const pairs = await registry.query<{ key: string }>(
    `SELECT DISTINCT 'exceptions ' || operator || ' ' || imei || ' ' || imsi_key || ' ' || msisdn_key || ' ' AS key
      FROM control_pair WHERE released IS NULL`,
  );
  return [...lines, ...pairs.map(({ key }) => key)].sort();
}

async function holds(): Promise<void> {
  const [journal, entries] = [await journalOf(registry), await entriesOf(registry)];
  assert.deepEqual(await gaps(registry), []);
  assert.deepEqual(replayed(journal), entries, 'the journal leads to the entries');
  const said = entries.map((entry) => entry.split(' ').slice(0, 6).join(' '));
  assert.deepEqual(said, await union(), 'the entries are what all holds say');
}

test('act after act, the journal leads to the entries, and those are what all open holds say', async () => {
  let own = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 6, maxLength: 12 }), async (turns) => {
      for (const [at, one] of turns.entries()) {
        const number = own;
        own += 1;
        await officeOf(registry)((desk) => carryOut(desk, one, number), { now: after(at) });
        await holds();
      }
    }),
    { numRuns: 4, endOnFailure: true },
  );
});

test('fifty transactions at once on the same few IMEIs lose no change, and wait for each other in no circle', async () => {
  const first = 1000;
  await fc.assert(
    fc.asyncProperty(fc.array(turn, { minLength: 50, maxLength: 50 }), async (turns) => {
      const office = officeOf(registry);
      await Promise.all(
        turns.map((one, at) => office((desk) => carryOut(desk, { ...one, lets: undefined }, first + at))),
      );
      await holds();
      await Promise.all(
        turns.flatMap((_, at) => [
          office((desk) => releaseHolds(desk, { holder: `case:${first + at}`, because: 'over' })),
          office(expireHolds, { now: after(5) }),
          office((desk) => releasePairs(desk, { holder: `case:${first + ((at * 7) % 50)}`, because: 'over' })),
        ]),
      );
      await holds();
    }),
    { numRuns: 2, endOnFailure: true },
  );
});
