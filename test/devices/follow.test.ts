import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Beginning, follow, type Move } from '../../src/devices/pairs/follow.ts';

const at = (day: number): Date => new Date(Date.UTC(2026, 0, day));
const BEGINNING: Beginning = { pair: '1', sim: { imsi: 's0', msisdn: 'm0', operator: 'alfa' }, from: at(10) };
let number = 0;
const move = (kind: Move['kind'], day: number, parts: Partial<Move>): Move => {
  number += 1;
  return {
    id: String(number),
    kind,
    pair: undefined,
    oldImsi: undefined,
    newImsi: '',
    msisdn: 'm0',
    fromOperator: undefined,
    toOperator: undefined,
    at: at(day),
    ...parts,
  };
};
const swap = (day: number, oldImsi: string, newImsi: string, parts: Partial<Move> = {}): Move =>
  move('sim_change', day, { oldImsi, newImsi, ...parts });
const port = (day: number, newImsi: string, fromOperator: string, toOperator: string): Move =>
  move('port', day, { newImsi, fromOperator, toOperator });
const code = (day: number, newImsi: string, parts: Partial<Move> = {}): Move =>
  move('code', day, { pair: '1', newImsi, msisdn: undefined, toOperator: 'bravo', ...parts });
const path = (moves: readonly Move[], beginning: Beginning = BEGINNING): string =>
  follow(beginning, moves)
    .map(({ imsi, operator, from }) => `${imsi}@${operator} ${from.getUTCDate()}`)
    .join(' > ');

test('a pair keeps its SIM while nothing moves it', () => {
  assert.deepEqual(follow(BEGINNING, []), [{ ...BEGINNING.sim, from: at(10), to: undefined, move: undefined }]);
});

test('a pair follows SIMs, ports and codes, and keeps the operator where none is told', () => {
  const moves = [swap(11, 's0', 's1'), port(13, 's2', 'alfa', 'bravo'), swap(15, 's2', 's3'), code(17, 's4')];
  assert.equal(path(moves), 's0@alfa 10 > s1@alfa 11 > s2@bravo 13 > s3@bravo 15 > s4@bravo 17');
});

test('what leaves a SIM that the pair does not have moves nothing', () => {
  const moves = [
    swap(11, 'x', 'y'),
    swap(9, 's0', 'z'),
    port(12, 'z', 'bravo', 'alfa'),
    move('port', 12, { newImsi: 'z', msisdn: 'm9', fromOperator: 'alfa', toOperator: 'bravo' }),
    code(12, 'z', { pair: '2' }),
  ];
  assert.equal(path(moves), 's0@alfa 10');
});

test('a SIM left once is not left again by a later row of the same SIM', () => {
  assert.equal(path([swap(11, 's0', 's1'), swap(12, 's0', 's2')]), 's0@alfa 10 > s1@alfa 11');
});

test('at one moment a SIM already left is not gone back to; on another day it is', () => {
  assert.equal(path([swap(11, 's0', 's1'), swap(11, 's1', 's0')]), 's0@alfa 10 > s1@alfa 11');
  assert.equal(path([swap(11, 's0', 's1'), swap(12, 's1', 's0')]), 's0@alfa 10 > s1@alfa 11 > s0@alfa 12');
});

test('a pair that ended has the SIMs that it had until then', () => {
  const ended = { ...BEGINNING, to: at(12) };
  assert.equal(path([swap(11, 's0', 's1'), swap(12, 's1', 's2')], ended), 's0@alfa 10 > s1@alfa 11');
  assert.deepEqual(follow(ended, [swap(11, 's0', 's1')]).at(-1)?.to, at(12));
});

const days = fc.integer({ min: 8, max: 16 });
const sims = fc.constantFrom('s0', 's1', 's2', 's3');
const moves = fc.array(
  fc.oneof(
    fc.tuple(days, sims, sims).map(([day, old, fresh]) => swap(day, old, fresh)),
    fc
      .tuple(days, sims, fc.boolean())
      .map(([day, fresh, away]) => (away ? port(day, fresh, 'alfa', 'bravo') : port(day, fresh, 'bravo', 'alfa'))),
    fc.tuple(days, sims).map(([day, fresh]) => code(day, fresh)),
  ),
  { maxLength: 12 },
);

test('a pair ends with the same SIM in whatever order rows arrive, and its history has neither gap nor overlap', () => {
  fc.assert(
    fc.property(moves, fc.infiniteStream(fc.nat()), (rows, stream) => {
      const straight = follow(BEGINNING, rows);
      const shuffled = rows
        .map((row) => ({ row, place: stream.next().value }))
        .sort((one, other) => one.place - other.place)
        .map(({ row }) => row);
      const bare = (segments: ReturnType<typeof follow>) => segments.map(({ move: _, ...segment }) => segment);
      assert.deepEqual(bare(follow(BEGINNING, shuffled)), bare(straight));
      assert.deepEqual(straight[0]?.from, BEGINNING.from);
      assert.equal(straight.at(-1)?.to, undefined);
      for (const [place, segment] of straight.entries()) {
        const following = straight[place + 1];
        if (following === undefined) continue;
        assert.deepEqual(segment.to, following.from);
        assert.notEqual(segment.imsi, following.imsi);
      }
    }),
    { numRuns: 300 },
  );
});

test('a chain of swaps ends with the newest SIM, and its history keeps all', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 20 }), (gaps) => {
      let day = 10;
      const chain = gaps.map((gap, place) => {
        day += gap;
        return swap(day, `s${place}`, `s${place + 1}`);
      });
      const followed = follow(BEGINNING, chain.toReversed()).map(({ imsi }) => imsi);
      assert.deepEqual(followed, ['s0', ...gaps.map((_, place) => `s${place + 1}`)]);
    }),
  );
});
