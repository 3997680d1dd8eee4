import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { decide, prepare } from '../../../src/decisions/core/decide.ts';
import { writeTable } from '../../../src/decisions/core/describe.ts';
import { entryOf, LISTS } from '../../../src/decisions/core/entry.ts';
import { AFTERWARDS, PRECEDENCE, TABLE } from '../../../src/decisions/core/precedence.ts';
import type { Answer } from '../../../src/decisions/core/question.ts';
import { PARTS, partOf, type Terms } from '../../../src/decisions/core/terms.ts';
import { type Case, cases, factsIn, question, termsIn } from './case.ts';

const vectors = readFileSync(path.join(import.meta.dirname, '../../vectors/precedence.txt'), 'utf8')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'));

const written = (answer: Answer | undefined): string => {
  if (answer === undefined) return 'ASK';
  const { step, status, list, exception, level, by, intended } = answer;
  const words = [step, status, list || '-', exception || '-', level, by];
  return [...words, ...(intended === status ? [] : [intended])].join(' ');
};

test('every row of the table says what the vectors say', () => {
  const met = new Set<string>();
  for (const line of vectors) {
    const [given = '', under = '', due = ''] = line.split(';').map((part) => part.trim());
    const unanswered = given.startsWith('fallback');
    const { facts, question: asked } = factsIn(given.replace(/^fallback/, ''));
    const decider = prepare(termsIn(under));
    const answer = unanswered ? decider.fallback(asked, facts) : decider.decide(asked, facts);
    assert.equal(written(answer), due, line);
    met.add(answer?.step ?? decider.terms.mode).add(answer?.exception ?? '');
    const entry = facts.imei !== undefined && (facts.imei.bits & 7) !== 0 ? facts.imei : (facts.range ?? facts.tac);
    if (answer !== undefined) assert.equal(answer.reason, answer.level === 'none' ? '' : entry?.reasons, line);
  }
  for (const { step } of TABLE) assert.ok(met.has(step), `${step} was met`);
});

/** The rules once more, as plainly as can be. */
function expected({ question: asked, facts, terms }: Case, unanswered: boolean): string {
  const asks = terms.mode === 'authorization' || terms.mode === 'hybrid';
  if (facts.golden) return 'golden permitted';
  if (terms.override !== undefined) return `override ${terms.override}`;
  if (facts.screened !== undefined) return `screen ${facts.screened}`;
  if (asked.imei < 0) {
    const kind = asked.equipment === 'imei' ? 'other' : asked.equipment;
    return `equipment ${terms.withoutImei[kind]}`;
  }
  if (asks && !unanswered && (terms.mode === 'authorization' || facts.listsMissing)) return 'ASK';
  if (facts.listsMissing) return `missing ${terms.asking?.fallback ?? terms.listsMissing}`;
  const entry = [facts.imei, facts.range, facts.tac].find((one) => one !== undefined && (one.bits & 7) !== 0);
  const is = (bit: number): boolean => entry !== undefined && (entry.bits & bit) !== 0;
  if (is(1) && facts.paired) return 'pairing permitted';
  if (terms.onlyPermitted && (is(1) || is(2)) && !is(4)) return 'unpermitted unknown';
  if (is(1)) return `${is(8) ? 'stolen' : is(16) ? 'barred' : 'blocked'} blocked`;
  if (is(2)) return 'tracked tracked';
  if (is(4)) return 'permitted permitted';
  if (facts.grantedDays > 0 && facts.stayDays < facts.grantedDays) return 'roamer permitted';
  if (asks) return unanswered ? `fallback ${terms.asking?.fallback}` : 'ASK';
  return `default ${terms.unlisted}`;
}

test('a higher row wins whatever the lower rows say', () => {
  const met = new Set<string>();
  fc.assert(
    fc.property(cases, fc.boolean(), (one, unanswered) => {
      const decider = prepare(one.terms);
      const answer = (unanswered ? decider.fallback : decider.decide)(one.question, one.facts);
      const found = answer === undefined ? 'ASK' : `${answer.step} ${answer.intended}`;
      assert.equal(found, expected(one, unanswered));
      met.add(answer?.step ?? `${one.terms.mode} asks`);
    }),
    // The rarest rows are met once in a hundred cases.
    { numRuns: 5000 },
  );
  assert.deepEqual(
    [...new Set([...met].map((step) => step.replace(' asks', '')))].sort(),
    PRECEDENCE.map(({ step }) => step).sort(),
  );
});

test('whatever else is known, golden equipment is permitted and an override is obeyed', () => {
  fc.assert(
    fc.property(cases, ({ question: asked, facts, terms }) => {
      assert.equal(decide(asked, { ...facts, golden: true }, terms)?.status, 'permitted');
      const overridden = { ...terms, override: 'tracked', shadow: false, parts: PARTS } as const;
      assert.equal(decide(asked, { ...facts, golden: false }, overridden)?.status, 'tracked');
    }),
  );
});

test('a subscriber whom a pair admits is never blocked by a list, not even with stolen equipment', () => {
  fc.assert(
    fc.property(cases, ({ question: asked, facts, terms }) => {
      const answer = prepare(terms).fallback(asked, { ...facts, paired: true });
      if (['stolen', 'barred', 'blocked', 'unpermitted'].includes(answer.step)) assert.equal(answer.list, 'tracked');
    }),
  );
});

test('without lists nobody is refused, unless the country says so', () => {
  fc.assert(
    fc.property(cases, ({ question: asked, facts, terms: { override: _, asking, ...terms } }) => {
      const how = asking === undefined ? {} : { asking: { ...asking, fallback: 'permitted' as const } };
      const open: Terms = { ...terms, ...how, listsMissing: 'permitted' };
      const alone = { ...facts, listsMissing: true, screened: undefined };
      const answer = prepare(open).fallback({ ...asked, imei: 1, equipment: 'imei' }, alone);
      assert.equal(answer.status, 'permitted');
    }),
  );
});

test('in shadow mode nothing but permitted is ever told, and what would have been is recorded', () => {
  fc.assert(
    fc.property(cases, (one) => {
      const [shadow, real] = [true, false].map((is) => prepare({ ...one.terms, shadow: is, parts: PARTS }));
      const [told, meant] = [shadow, real].map((decider) => decider?.fallback(one.question, one.facts));
      assert.equal(told?.status, 'permitted');
      assert.equal(told?.intended, meant?.status);
      assert.deepEqual([told?.step, told?.reason, told?.list], [meant?.step, meant?.reason, meant?.list]);
    }),
  );
});

test('a growing share lets nobody out again, and reaches all', () => {
  const share = fc.integer({ min: 0, max: PARTS });
  fc.assert(
    fc.property(cases, share, share, ({ question: asked, facts, terms }, one, other) => {
      const [less, more] = [Math.min(one, other), Math.max(one, other)];
      const at = (parts: number) => prepare({ ...terms, parts }).fallback(asked, facts);
      if (at(less).exception !== 'staged') assert.deepEqual(at(more), at(less));
      assert.notEqual(at(PARTS).exception, 'staged');
      assert.ok(at(0).status === 'permitted');
      assert.equal(at(less).intended, at(more).intended);
    }),
  );
});

test('the share of equipment is what it is called, also of serial numbers that run on', () => {
  const counts = Array.from({ length: 100 }, () => 0);
  for (let serial = 0; serial < 100_000; serial++) {
    const hundredth = Math.floor(partOf(35_209_900_000_000 + serial) / 100);
    counts[hundredth] = (counts[hundredth] ?? 0) + 1;
  }
  // Each hundredth holds 1000 on the average, with a deviation of some 31.
  for (const count of counts) assert.ok(count > 800 && count < 1200, String(count));
  fc.assert(
    fc.property(question, ({ imei }) => {
      const part = partOf(imei);
      assert.ok(Number.isInteger(part) && part >= 0 && part < PARTS);
      assert.equal(partOf(imei), part);
    }),
  );
});

test('deciding once and deciding often is the same, and equal answers are one frozen object', () => {
  fc.assert(
    fc.property(fc.array(cases, { minLength: 2, maxLength: 8 }), (all) => {
      for (const { terms } of all) {
        const decider = prepare(terms);
        for (const { question: asked, facts } of [...all, ...all]) {
          const answer = decider.decide(asked, facts);
          assert.equal(answer, decide(asked, facts, terms));
          assert.ok(answer === undefined || Object.isFrozen(answer));
        }
      }
    }),
  );
});

test('a decider remembers a bounded number of entries, and is right beyond it', () => {
  const decider = prepare(termsIn('permissive'));
  for (let at = 0; at < 5000; at++) {
    const { facts, question: asked } = factsIn('');
    const answer = decider.decide(asked, { ...facts, imei: entryOf(LISTS.blocked, `R${at}`) });
    assert.deepEqual([answer?.step, answer?.reason], ['blocked', `R${at}`]);
  }
});

test('what the centre decides is told as the node may tell it', () => {
  const { facts, question: asked } = factsIn('imei=blocked+stolen');
  const centre = decide(asked, facts, termsIn('permissive'));
  assert.ok(centre !== undefined);
  const settle = (under: string) => written(prepare(termsIn(under)).settle(asked, centre, 'centre'));
  assert.equal(settle('auth'), 'stolen blocked blocked - imei centre');
  assert.equal(settle('auth shadow'), 'stolen permitted blocked shadow imei centre blocked');
  assert.equal(settle('auth parts=0'), 'stolen permitted blocked staged imei centre blocked');
  const tried = decide(asked, facts, termsIn('shadow'));
  assert.ok(tried !== undefined);
  const cached = prepare(termsIn('auth')).settle(asked, tried, 'cache');
  assert.equal(written(cached), 'stolen blocked blocked - imei cache');
});

test('blocked equipment that has pairs is told apart, as commercial registers count it', () => {
  const pairsOf = (given: string) => {
    const { facts, question: asked } = factsIn(given);
    return decide(asked, facts, termsIn('permissive'))?.pairs;
  };
  assert.deepEqual(['imei=blocked', 'imei=blocked pairs', 'imei=blocked pairs paired'].map(pairsOf), [
    false,
    true,
    true,
  ]);
});

test('the table is shown whole, in its order', () => {
  const shown = writeTable().split('\n');
  const steps = shown.map((line) => line.split(' ')[0] ?? '').filter((word) => TABLE.some(({ step }) => step === word));
  assert.deepEqual(
    steps,
    [...PRECEDENCE, ...AFTERWARDS].map(({ step }) => step),
  );
  for (const line of shown) assert.ok(line.length <= 120, line);
  assert.equal(new Set(TABLE.map(({ step }) => step)).size, TABLE.length);
});
