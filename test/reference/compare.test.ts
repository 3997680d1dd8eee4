import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { slicesOf } from '../../src/reference/compare.ts';
import { hashesOf } from '../../src/reference/hash.ts';
import { KINDS } from '../../src/reference/kinds.ts';
import { imei, imsi, msisdn } from '../../src/reference/rules.ts';
import { literal } from '../../src/stores/analytics.ts';
import { observedKey } from '../../src/stores/schema.ts';
import { onEveryStore } from '../stores/ground.ts';
import { handsOn } from './ground.ts';

const HEADER = 'imei,make,model,device_id';
const NO_PSEUDONYMS = { uid: (field: string) => field, golden: (field: string) => field };

/** Texts in which what looks like a number is none, or one of another length. */
const texts = fc.oneof(
  fc.stringMatching(/^[0-9]{13,17}$/),
  fc.stringMatching(/^[-+ 0-9eE._xA-Fa-f*#]{0,17}$/),
  fc.constantFrom(
    '',
    '00000000000000',
    '0000000000000000',
    '+3536200800123',
    '-35362008001231',
    '3536200800123 ',
    '1e13',
  ),
);

onEveryStore('what is compared', (ground) => {
  const { clear, rows, take } = handsOn(ground);

  test('the cheap way to a field gives what the careful one gives', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(texts, { minLength: 1, maxLength: 300 }), async (fields) => {
        const wrong = [imei, imsi, msisdn].map((rule) => `${rule.quick?.('x') ?? '0'} > ${rule.check('x')}`);
        const [found] = await ground.store().analytics.home.query<{ wrong: string }>(
          `SELECT countIf(${wrong.join(' OR ')} OR (${imei.check('x')} AND ${imei.value('x', NO_PSEUDONYMS)} != ${observedKey('x')})) AS wrong
          FROM (SELECT arrayJoin([${fields.map(literal).join(', ')}]) AS x)`,
        );
        assert.equal(found?.wrong, '0');
      }),
      { numRuns: 10 },
    );
  });

  test('every key is in exactly one slice', async () => {
    for (const count of [0, 1, 6_000_000, 6_000_001, 50_000_000]) {
      const slices = slicesOf(count);
      const sum = slices.map((slice) => `toUInt8(${slice('number * 97')})`).join(' + ');
      const [found] = await ground
        .store()
        .analytics.home.query<{ wrong: string }>(`SELECT countIf(${sum} != 1) AS wrong FROM numbers(10000)`);
      assert.deepEqual([found?.wrong, slices.length], ['0', Math.max(1, Math.ceil(count / 6_000_000))]);
    }
  });

  test('hashes are salted anew for every import', () => {
    const [one, other] = [hashesOf(KINDS.registration), hashesOf(KINDS.registration)];
    assert.notEqual(one.content, other.content);
    assert.deepEqual([one.key, one.keyType], ['imei', 'UInt64']);
  });

  test('a text that moves from one field to the next is a change', async () => {
    await clear('registration');
    await take('registration', [HEADER, '35362008001231,ab,c,D1', '35362008001232,a,,D1']);
    const moved = [HEADER, '35362008001231,a,bc,D1', '35362008001232,,a,D1'];
    const { adds, removes, updates } = await take('registration', moved);
    assert.deepEqual({ adds, removes, updates }, { adds: 0, removes: 0, updates: 2 });
    const sql = 'SELECT make, model, closed > 0 AS ended FROM registration ORDER BY ALL';
    const all = (await rows('registration', sql)).map((row) => Object.values(row).join('|')).sort();
    assert.deepEqual(all, ['ab|c|1', 'a|bc|0', 'a||1', '|a|0']);
  });

  test('as many rows as before, of which one is another and one stands twice, are not the same list', async () => {
    await clear('barred');
    await take('barred', ['imei', '35362008001231', '35362008001232', '35362008001233']);
    const twice = ['imei', '35362008001231', '35362008001231', '35362008001233'];
    const { adds, removes, duplicates, after } = await take('barred', twice);
    assert.deepEqual({ adds, removes, duplicates, after }, { adds: 0, removes: 1, duplicates: 1, after: 2 });
  });

  test('what only grows keeps its past, what began in it and what ended', async () => {
    await clear('stolen');
    const header = 'imei,status';
    await take('stolen', [header, '35362008001231,x', '35362008001232,x', '35362008001233,x']);
    await take('stolen', [header, '35362008001231,y', '35362008001232,x']);
    const sql = 'SELECT imei, status, valid_from, valid_to, recorded, closed FROM stolen ORDER BY ALL';
    const before = (await rows('stolen', sql)).map((row) => JSON.stringify(row));
    assert.equal(before.length, 4);
    const grown = [header, '35362008001231,y', '35362008001232,x', '35362008001234,z'];
    const { adds, removes, updates } = await take('stolen', grown);
    assert.deepEqual({ adds, removes, updates }, { adds: 1, removes: 0, updates: 0 });
    const after = (await rows('stolen', sql)).map((row) => JSON.stringify(row));
    assert.deepEqual(after.filter((row) => !row.includes('35362008001234')).sort(), before.sort());
    assert.equal(after.length, 5);
  });

  test('a list that has ended whole begins again beside its past', async () => {
    await clear('barred');
    const list = ['imei', '35362008001231', '35362008001232'];
    await take('barred', list);
    assert.equal((await take('barred', ['imei'], { overrides: { sizeVariation: true } })).removes, 2);
    const { adds, before, after } = await take('barred', list);
    assert.deepEqual({ adds, before, after }, { adds: 2, before: 0, after: 2 });
    const [all, open] = [
      await rows('barred', 'SELECT 1 FROM barred'),
      await rows('barred', 'SELECT 1 FROM barred WHERE closed = 0'),
    ];
    assert.deepEqual([all.length, open.length], [4, 2]);
  });
});
