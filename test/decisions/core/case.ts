import fc from 'fast-check';
import { STATUSES } from '../../../src/country/mode.ts';
import { CAUSES, type Entry, entryOf, LISTS, PAIRED } from '../../../src/decisions/core/entry.ts';
import type { Facts } from '../../../src/decisions/core/facts.ts';
import type { Equipment, Question, Status } from '../../../src/decisions/core/question.ts';
import { PARTS, type Terms } from '../../../src/decisions/core/terms.ts';

/** A question with all that decides it. */
export type Case = { readonly question: Question; readonly facts: Facts; readonly terms: Terms };

export const TERMS: Terms = {
  mode: 'permissive',
  unlisted: 'permitted',
  onlyPermitted: false,
  shadow: false,
  parts: PARTS,
  listsMissing: 'permitted',
  withoutImei: { mac: 'permitted', eui: 'permitted', other: 'permitted' },
};

export const QUESTION: Question = {
  imei: 49015420323751,
  equipment: 'imei',
  svn: -1,
  imsi: 999010000000001,
  msisdn: 0,
  rat: 0,
  at: 0,
};

export const FACTS: Facts = {
  imei: undefined,
  range: undefined,
  tac: undefined,
  paired: false,
  golden: false,
  screened: undefined,
  grantedDays: -1,
  stayDays: -1,
  listsMissing: false,
};

const status: fc.Arbitrary<Status> = fc.constantFrom(...STATUSES);

/** A status in one of six cases. */
const seldom: fc.Arbitrary<Status | undefined> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: status },
);

/** Entries of few reasons, so that equal ones come often; one of an IMEI may be on no list but have pairs. */
const entry = (least: number): fc.Arbitrary<Entry | undefined> =>
  fc.option(
    fc
      .tuple(fc.integer({ min: least, max: 7 }), fc.boolean(), fc.boolean(), fc.boolean())
      .map(([lists, stolen, barred, pairs]) => {
        const causes = (stolen ? CAUSES.stolen : 0) | (barred ? CAUSES.barred : 0);
        const paired = pairs || lists === 0 ? PAIRED : 0;
        return entryOf(lists | (lists === 0 ? 0 : causes) | (least === 0 ? paired : 0), lists === 0 ? '' : `R${lists}`);
      }),
    { nil: undefined, freq: 2 },
  );

const rarely = fc.nat({ max: 6 }).map((n) => n === 0);

export const facts: fc.Arbitrary<Facts> = fc.record({
  imei: entry(0),
  range: entry(1),
  tac: entry(1),
  paired: fc.boolean(),
  golden: rarely,
  screened: seldom,
  grantedDays: fc.constantFrom(-1, 0, 30, 90),
  stayDays: fc.constantFrom(-1, 0, 29, 30, 89, 90, 1000),
  listsMissing: rarely,
});

const asking = fc.record({ ttlSeconds: fc.constant(60), timeoutMs: fc.constant(100), fallback: status });

export const terms: fc.Arbitrary<Terms> = fc
  .record({
    mode: fc.constantFrom(
      'permissive' as const,
      'synchronization' as const,
      'authorization' as const,
      'hybrid' as const,
    ),
    unlisted: status,
    onlyPermitted: fc.boolean(),
    shadow: rarely,
    parts: fc.constantFrom(0, 1, 5000, 9999, PARTS, PARTS, PARTS),
    listsMissing: status,
    withoutImei: fc.record({ mac: status, eui: status, other: status }),
    override: seldom,
    how: asking,
  })
  .map(({ override, how, ...rest }) => ({
    ...rest,
    ...(override === undefined ? {} : { override }),
    ...(rest.mode === 'authorization' || rest.mode === 'hybrid' ? { asking: how } : {}),
  }));

export const question: fc.Arbitrary<Question> = fc
  .record({
    imei: fc.oneof(
      { weight: 5, arbitrary: fc.nat({ max: 99_999_999_999_999 }) },
      { weight: 1, arbitrary: fc.constant(-1) },
    ),
    equipment: fc.constantFrom<Equipment>('imei', 'mac', 'eui', 'other'),
    svn: fc.integer({ min: -1, max: 99 }),
  })
  .map(({ imei, equipment, svn }) => ({ ...QUESTION, imei, equipment: imei >= 0 ? 'imei' : equipment, svn }));

export const cases: fc.Arbitrary<Case> = fc.record({ question, facts, terms });

const words = (text: string): readonly string[] => text.split(' ').filter((word) => word !== '');

const statusOf = (word: string): Status => {
  const found = STATUSES.find((one) => one === word);
  if (found === undefined) throw new Error(`${word} is no status`);
  return found;
};

const bitOf: Readonly<Record<string, number>> = { ...LISTS, ...CAUSES };

function entryIn(text: string): Entry {
  const names = text.split('+').filter((name) => name !== '');
  const bits = names.map((name) => bitOf[name] ?? 0);
  if (bits.includes(0)) throw new Error(`${text} names no bits`);
  return entryOf(
    bits.reduce((all, bit) => all | bit, 0),
    text,
  );
}

const daysOf = (text: string): number => (text === '?' ? -1 : Number(text));

/** Facts as the vectors write them. */
export function factsIn(text: string): { readonly facts: Facts; readonly question: Question } {
  let facts: Facts = FACTS;
  let question: Question = QUESTION;
  for (const word of words(text)) {
    const [name = '', value = ''] = word.split('=');
    if (name === 'golden' || name === 'paired') facts = { ...facts, [name]: true };
    else if (name === 'missing') facts = { ...facts, listsMissing: true };
    else if (name === 'screened') facts = { ...facts, screened: statusOf(value) };
    else if (name === 'imei' || name === 'range' || name === 'tac') facts = { ...facts, [name]: entryIn(value) };
    else if (name === 'mac' || name === 'eui' || name === 'other')
      question = { ...question, imei: -1, equipment: name };
    else if (name === 'noimei') question = { ...question, imei: -1 };
    else if (name === 'visitor') {
      const [granted = '', stayed = ''] = value.split('/');
      facts = { ...facts, grantedDays: daysOf(granted), stayDays: daysOf(stayed) };
    } else if (name !== 'pairs') throw new Error(`${word} is no fact`);
  }
  if (words(text).includes('pairs') && facts.imei !== undefined)
    facts = { ...facts, imei: entryOf(facts.imei.bits | PAIRED, facts.imei.reasons) };
  return { facts, question };
}

const MODES: Readonly<Record<string, Partial<Terms>>> = {
  permissive: {},
  sync: { mode: 'synchronization', unlisted: 'blocked' },
  auth: { mode: 'authorization', asking: { ttlSeconds: 60, timeoutMs: 100, fallback: 'permitted' } },
  hybrid: { mode: 'hybrid', asking: { ttlSeconds: 60, timeoutMs: 100, fallback: 'permitted' } },
  type1: { unlisted: 'permitted' },
  type2: { unlisted: 'unknown' },
  type3: { unlisted: 'unknown', onlyPermitted: true },
  shadow: { shadow: true },
};

/** Terms as the vectors write them. */
export function termsIn(text: string): Terms {
  let terms: Terms = TERMS;
  for (const word of words(text)) {
    const [name = '', value = ''] = word.split('=');
    if (MODES[word] !== undefined) terms = { ...terms, ...MODES[word] };
    else if (name === 'parts') terms = { ...terms, parts: Number(value) };
    else if (name === 'missing') terms = { ...terms, listsMissing: statusOf(value) };
    else if (name === 'fallback' && terms.asking !== undefined)
      terms = { ...terms, asking: { ...terms.asking, fallback: statusOf(value) } };
    else if (name === 'unlisted' || name === 'override') terms = { ...terms, [name]: statusOf(value) };
    else if (name === 'mac' || name === 'eui' || name === 'other')
      terms = { ...terms, withoutImei: { ...terms.withoutImei, [name]: statusOf(value) } };
    else throw new Error(`${word} is no term`);
  }
  return terms;
}
