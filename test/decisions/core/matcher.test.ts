import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Day } from '../../../src/calendar/day.ts';
import { EIR_DEFAULTS } from '../../../src/country/eir.ts';
import { clashes, isOfSvn, type Span } from '../../../src/country/span.ts';
import { CAUSES, entryOf, LISTS } from '../../../src/decisions/core/entry.ts';
import { noFacts } from '../../../src/decisions/core/facts.ts';
import { matcherOf, rangesOf } from '../../../src/decisions/core/matcher.ts';
import { causesOf, type Rules } from '../../../src/decisions/core/rules.ts';
import { columnsOf, finder } from '../../../src/decisions/core/spans.ts';
import { isPeer, termsOf } from '../../../src/decisions/core/terms.ts';
import { QUESTION } from './case.ts';

const RULES: Rules = {
  ...EIR_DEFAULTS,
  country: '0'.repeat(64),
  day: '2026-10-31' as Day,
  timeZone: 'UTC',
  mccs: ['999', '001'],
  kinds: { stolen: ['Stolen'], barred: ['Barred', 'Model barred'] },
  pairsBy: 'imsi',
};

/** Spans of few keys, so that they lie within each other, apart, and crosswise. */
const span: fc.Arbitrary<Span> = fc
  .tuple(fc.nat({ max: 40 }), fc.nat({ max: 20 }), fc.constantFrom([0, 99], [0, 99], [0, 4], [3, 9], [5, 99]))
  .map(([from, length, [svnFrom = 0, svnTo = 99]]) => ({ from, to: from + length, svnFrom, svnTo }));

const clash = (one: Span, other: Span): boolean => {
  const equal = one.from === other.from && one.to === other.to;
  if (equal) return isOfSvn(one) === isOfSvn(other) && one.svnFrom <= other.svnTo && other.svnFrom <= one.svnTo;
  const [first, second] = one.from <= other.from ? [one, other] : [other, one];
  return first.from < second.from && second.from <= first.to && first.to < second.to;
};

test('spans clash where two of them overlap in part or are the same', () => {
  fc.assert(
    fc.property(fc.array(span, { maxLength: 8 }), (spans) => {
      const due = spans.some((one, at) => spans.slice(at + 1).some((other) => clash(one, other)));
      const found = clashes(spans);
      assert.equal(found.length > 0, due);
      for (const { earlier, later } of found) {
        assert.ok(earlier < later);
        const [one, other] = [spans[earlier], spans[later]];
        assert.ok(one !== undefined && other !== undefined && clash(one, other));
      }
    }),
    { numRuns: 2000 },
  );
});

/** Spans of a list that do not clash with an earlier one. */
const peaceful = fc
  .array(span, { maxLength: 60 })
  .map((all) =>
    all.reduce<Span[]>((kept, one) => (kept.some((other) => clash(one, other)) ? kept : kept.concat(one)), []),
  );

test('a look-up finds the innermost span, and of equal ones that of the software version', () => {
  let deepest = 0;
  fc.assert(
    fc.property(peaceful, (spans) => {
      const find = finder(
        columnsOf(
          spans,
          spans.map((_, at) => at),
        ),
      );
      for (let key = -1; key <= 62; key++) {
        for (const svn of [-1, 0, 3, 4, 7, 99]) {
          const those = spans
            .map((one, at) => ({ one, at }))
            .filter(({ one }) => one.from <= key && key <= one.to)
            .filter(({ one }) => !isOfSvn(one) || (one.svnFrom <= svn && svn <= one.svnTo))
            .sort(
              (a, b) =>
                a.one.to - a.one.from - (b.one.to - b.one.from) || Number(isOfSvn(b.one)) - Number(isOfSvn(a.one)),
            );
          assert.equal(find(key, svn), those[0]?.at ?? -1, `${key} ${svn}`);
          deepest = Math.max(deepest, those.length);
        }
      }
    }),
  );
  assert.ok(deepest >= 2, String(deepest));
  const all = { svnFrom: 0, svnTo: 99 };
  const nested = [
    { from: 0, to: 60, ...all },
    { from: 10, to: 50, ...all },
    { from: 20, to: 40, ...all },
    { from: 30, to: 30, ...all },
  ];
  const find = finder(columnsOf(nested, [0, 1, 2, 3]));
  assert.deepEqual(
    [5, 15, 25, 30, 35, 45, 55].map((key) => find(key, -1)),
    [0, 1, 2, 3, 2, 1, 0],
  );
});

test('spans out of order are a defect', () => {
  const columns = columnsOf(
    [
      { from: 5, to: 9, svnFrom: 0, svnTo: 99 },
      { from: 7, to: 8, svnFrom: 0, svnTo: 99 },
    ],
    [0, 1],
  );
  assert.throws(() => finder({ ...columns, from: Float64Array.of(7, 5) }), RangeError);
  assert.throws(() => finder({ ...columns, from: Float64Array.of(5, 5), to: Float64Array.of(6, 9) }), RangeError);
});

test('a hundred thousand ranges and a thousand of IMSIs are looked up each', () => {
  const digits = (key: number, length: number): string => String(key).padStart(length, '0');
  const imeiRanges = Array.from({ length: 100_000 }, (_, at) => ({
    from: digits(35_000_000_000_000 + at * 1000, 14),
    to: digits(35_000_000_000_000 + at * 1000 + 499, 14),
    list: 'blocked' as const,
    reason: `R${at % 7}`,
  }));
  const imsiRanges = Array.from({ length: 1000 }, (_, at) => {
    const beginning = digits(99_901_000 + at * 2, 8);
    return { from: beginning, to: beginning, status: 'tracked' as const };
  });
  const { rangeOf, screen } = matcherOf({ ...RULES, imeiRanges, imsiRanges });
  for (let at = 0; at < 100_000; at += 37) {
    const from = 35_000_000_000_000 + at * 1000;
    for (const [key, is] of [
      [from, true],
      [from + 499, true],
      [from + 500, false],
      [from - 1, false],
    ] as const)
      assert.equal(rangeOf(key, -1)?.reasons, is ? `R${at % 7}` : undefined);
  }
  for (let at = 0; at < 1000; at++) {
    assert.equal(screen(Number(`${99_901_000 + at * 2}0000000`)), 'tracked');
    assert.equal(screen(Number(`${99_901_000 + at * 2}9999999`)), 'tracked');
    assert.equal(screen(Number(`${99_901_001 + at * 2}0000000`)), undefined);
  }
});

test('ranges can be given by columns, beyond what a document holds', () => {
  const ranges = rangesOf({
    ...RULES,
    imeiRanges: [{ from: '35000000000000', to: '35000000000009', list: 'tracked', reason: 'T' }],
  });
  const { rangeOf } = matcherOf(RULES, ranges);
  assert.equal(rangeOf(35_000_000_000_005, 3), entryOf(LISTS.tracked, 'T'));
  assert.equal(rangeOf(35_000_000_000_010, 3), undefined);
});

test('a TAC is all its serial numbers, by software version', () => {
  const tacs: Rules['tacs'] = [
    { tac: '01234567', list: 'blocked', reason: 'Model barred' },
    { tac: '01234567', svnFrom: 5, svnTo: 9, list: 'tracked', reason: 'Old software' },
  ];
  const { tacOf } = matcherOf({ ...RULES, tacs });
  const barred = entryOf(LISTS.blocked | CAUSES.barred, 'Model barred');
  for (const [imei, svn, due] of [
    [1_234_567_000_000, -1, barred],
    [1_234_567_999_999, 4, barred],
    [1_234_567_999_999, 10, barred],
    [1_234_567_500_000, 5, entryOf(LISTS.tracked, 'Old software')],
    [1_234_566_999_999, 5, undefined],
    [1_234_568_000_000, -1, undefined],
  ] as const)
    assert.equal(tacOf(imei, svn), due, `${imei} ${svn}`);
});

test('visitors are told by the longest known beginning of their IMSI', () => {
  const homes = [
    { home: '228', stayDays: 30 },
    { home: '22801', stayDays: 60 },
    { home: '310260', stayDays: 7 },
  ];
  const { stayOf } = matcherOf({
    ...RULES,
    roamers: { stayDays: 90, homes: [...homes, { home: '99901', stayDays: 5 }] },
  });
  for (const [imsi, due] of [
    [228_010_000_000_001, 60],
    [228_020_000_000_001, 30],
    [22_801_000_000_001, 60], // 14 digits
    [262_010_000_000_001, 90],
    [310_260_000_000_001, 7],
    [310_261_000_000_001, 90],
    [999_010_000_000_001, -1], // the country's own, whatever the file says of it
    [99_905_000_000_001, -1],
    [1_010_000_000_001, -1], // MCC 001, without its zeros
    [0, -1],
    [12_345, -1],
    [5_000_000_000_000, -1], // 13 digits of no test network
    [1e15, -1],
  ] as const)
    assert.equal(stayOf(imsi), due, String(imsi));
});

test('an IMSI of 14 digits is in the range of its beginning', () => {
  const { screen } = matcherOf({
    ...RULES,
    imsiRanges: [
      { from: '99901', to: '999029', status: 'blocked' },
      { from: '00101', to: '00101', status: 'permitted' },
    ],
  });
  const found = [
    999_010_000_000_000, 99_901_000_000_000, 999_029_999_999_999, 999_030_000_000_000, 1_010_000_000_001, 0,
  ];
  assert.deepEqual(found.map(screen), ['blocked', 'blocked', 'blocked', undefined, 'permitted', undefined]);
});

test('ranges and models are looked for only where the IMEI is on no list itself', () => {
  const imeiRanges = [{ from: '49015420000000', to: '49015429999999', list: 'blocked', reason: 'R' }] as const;
  const tacs = [{ tac: '49015420', list: 'tracked', reason: 'T' }] as const;
  const { fill } = matcherOf({ ...RULES, imeiRanges, tacs });
  const filled = (imei: number, bits: number | undefined) => {
    const facts = {
      ...noFacts(),
      imei: bits === undefined ? undefined : entryOf(bits, ''),
      range: entryOf(4, 'old'),
      tac: entryOf(4, 'old'),
    };
    fill({ ...QUESTION, imei }, facts);
    return [facts.range?.reasons, facts.tac?.reasons, facts.screened, facts.grantedDays];
  };
  assert.deepEqual(filled(49015420323751, undefined), ['R', undefined, undefined, -1]);
  assert.deepEqual(filled(49015420323751, 32), ['R', undefined, undefined, -1]);
  assert.deepEqual(filled(49015420323751, LISTS.permitted), [undefined, undefined, undefined, -1]);
  assert.deepEqual(filled(-1, undefined), [undefined, undefined, undefined, -1]);
  const alone = matcherOf({ ...RULES, tacs });
  const facts = noFacts();
  alone.fill(QUESTION, facts);
  assert.equal(facts.tac?.reasons, 'T');
});

test('reasons tell their kind, each by its whole text', () => {
  assert.equal(causesOf('Stolen', RULES.kinds), CAUSES.stolen);
  assert.equal(causesOf('Copies|Model barred', RULES.kinds), CAUSES.barred);
  assert.equal(causesOf('Barred|Stolen', RULES.kinds), CAUSES.stolen | CAUSES.barred);
  assert.equal(causesOf('Stolen earlier|', RULES.kinds), 0);
  assert.equal(causesOf('', RULES.kinds), 0);
});

const mode = {
  mode: 'permissive',
  unlisted: 'permitted',
  onlyPermitted: false,
  shadow: false,
  percentage: 100,
} as const;
const day = (text: string): Day => text as Day;

test('the mode is the latest begun: the operator’s own, or else that of all', () => {
  const modes = [
    { ...mode, from: day('2027-01-01'), shadow: true },
    { ...mode, from: day('2026-01-01'), unlisted: 'unknown' as const },
    { ...mode, from: day('2026-06-01'), operator: 'alfa', unlisted: 'tracked' as const },
    { ...mode, from: day('2026-09-01'), operator: 'alfa', percentage: 12.34 },
  ];
  const at = (operator: string, date: string) => termsOf({ ...RULES, modes }, { operator, peer: 'x' }, day(date));
  assert.deepEqual([at('alfa', '2025-12-31').unlisted, at('alfa', '2026-05-31').unlisted], ['permitted', 'unknown']);
  assert.deepEqual([at('alfa', '2026-06-01').unlisted, at('bravo', '2026-06-01').unlisted], ['tracked', 'unknown']);
  assert.deepEqual([at('alfa', '2026-09-01').parts, at('alfa', '2027-01-01').shadow], [1234, false]);
  assert.deepEqual([at('bravo', '2027-01-01').shadow, at('', '2027-01-01').shadow], [true, true]);
  assert.deepEqual(at('alfa', '2025-12-31').mode, 'permissive');
});

test('a mode of regions reaches the peers of these, and no others', () => {
  const regions = [
    { id: 'north', peers: ['mme01.example', '*.North.example'] },
    { id: 'south', peers: ['mme*.south.example'] },
  ];
  const modes = [{ ...mode, from: day('2026-01-01'), regions: ['north'], percentage: 50 }];
  const parts = (peer: string) =>
    termsOf({ ...RULES, regions, modes }, { operator: '', peer }, day('2026-02-01')).parts;
  assert.deepEqual(
    ['mme01.example', 'MME01.example', 'a.b.north.example', 'mme1.south.example', 'mme01.example.x'].map(parts),
    [5000, 5000, 5000, 0, 0],
  );
  assert.ok(isPeer('mme*.south.example', 'mme.south.example') && !isPeer('ab*bc', 'abc') && isPeer('*', ''));
});
