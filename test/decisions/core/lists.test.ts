import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type Country, parseCountry } from '../../../src/country/country.ts';
import { rulesOf } from '../../../src/decisions/core/compile.ts';
import { decide, prepare } from '../../../src/decisions/core/decide.ts';
import { entryOf, LISTS, PAIRED } from '../../../src/decisions/core/entry.ts';
import { type Facts, noFacts } from '../../../src/decisions/core/facts.ts';
import { causesOf } from '../../../src/decisions/core/rules.ts';
import { termsOf } from '../../../src/decisions/core/terms.ts';
import { targets } from '../../../src/lists/target.ts';
import type { Analytics } from '../../../src/stores/analytics.ts';
import { openEmbedded } from '../../../src/stores/embedded.ts';
import { createTable, OPEN_DAY, TABLES } from '../../../src/stores/schema.ts';
import { pairsOn } from '../../lists/oracle.ts';
import { country, options, put, TODAY, temporary, type World, world } from '../../lists/world.ts';
import { QUESTION } from './case.ts';

let analytics: Analytics;
let remove: () => Promise<void>;
before(async () => {
  const place = await temporary();
  remove = place.remove;
  analytics = await openEmbedded(place.folder);
  for (const table of TABLES) await analytics.home.run(createTable(table));
});
after(async () => {
  await analytics.close();
  await remove();
});

type Row = { readonly operator: string; readonly imei: string; readonly imsi: string };

async function rowsOf(from: string): Promise<readonly Row[]> {
  return analytics.home.query<Row>(
    `SELECT toString(operator) AS operator, toString(imei) AS imei, toString(imsi) AS imsi FROM ${from}`,
  );
}

type History = { readonly valid_from: string; readonly valid_to: string };
const holds = (row: History): boolean => row.valid_from <= TODAY && row.valid_to > TODAY;

/** What a node would know of an IMEI, from the facts themselves and not from the lists. */
function factsOf(facts: World, imei: bigint, policy: Country): Facts {
  const rules = rulesOf(policy, TODAY, { barredTacs: [] });
  const standing = facts.standing.filter((row) => row.imei === imei && row.closed === 0 && row.ended === OPEN_DAY);
  const blocked = standing.filter(({ effect, block_date }) => effect === 'blocked' && block_date <= TODAY);
  const tracked = standing.filter(({ effect }) => effect === 'tracked');
  const registered =
    policy.lists.permitted &&
    facts.registration.some(
      (row) => holds(row) && row.imei === imei && ['', 'whitelist'].includes(row.status.toLowerCase()),
    );
  const telling = blocked.length > 0 ? blocked : tracked;
  const reasons = [
    ...new Set(
      telling.map((row) => policy.conditions.find(({ label }) => label === row.condition)?.reason ?? row.condition),
    ),
  ]
    .sort()
    .join('|');
  const bits =
    (blocked.length > 0 ? LISTS.blocked : 0) |
    (tracked.length > 0 ? LISTS.tracked : 0) |
    (registered ? LISTS.permitted : 0) |
    (telling.length > 0 ? causesOf(reasons, rules.kinds) : 0);
  const paired = pairsOn(facts, TODAY).some((pair) => pair.imei === imei) ? PAIRED : 0;
  return {
    ...noFacts(),
    imei: (bits | paired) === 0 ? undefined : entryOf(bits | paired, reasons),
    golden: facts.golden.some((row) => row.hash === imei && holds(row) && row.expires >= TODAY),
  };
}

const golden = (imei: string): string => `toUInt128(${imei})`;
const imeisOf = (facts: World): readonly bigint[] => [
  ...new Set([...facts.standing, ...facts.registration, ...facts.pairing].map(({ imei }) => imei)),
];

/** Malformed identifiers have keys of their own, which no network asks for. */
const isAsked = (imei: bigint): boolean => imei < 10n ** 14n;

const always = { valid_from: '2024-01-01', valid_to: OPEN_DAY, recorded: 1, closed: 0 };
const found = {
  since: '2024-01-01',
  block_date: '2024-02-01',
  amnesty: false,
  ended: OPEN_DAY,
  recorded: 1,
  closed: 0,
  evidence: '{}',
} as const;
const [BLOCKED, GOLDEN, TRACKED, PERMITTED, BARRED] = [1n, 2n, 3n, 4n, 5n].map((n) => 86_000_000_000_000n + n) as [
  bigint,
  bigint,
  bigint,
  bigint,
  bigint,
];
const SUBSCRIBER = { imsi: 999010000000009n, msisdn: 41790000009n };

/** A world of its own chance, and in it one case of each kind for certain. */
const grounds: fc.Arbitrary<World> = world.map((facts) => ({
  ...facts,
  standing: [
    ...facts.standing,
    ...[BLOCKED, GOLDEN, BARRED].map((imei) => ({
      imei,
      condition: 'stolen' as const,
      effect: 'blocked' as const,
      ...found,
    })),
    { imei: TRACKED, condition: 'dup' as const, effect: 'tracked' as const, ...found },
  ],
  golden: [...facts.golden, { hash: GOLDEN, legal_basis: 'law', expires: OPEN_DAY, ...always }],
  registration: [...facts.registration, { imei: PERMITTED, status: 'whitelist', device_id: '1' as const, ...always }],
  barred: [...facts.barred, { imei: BARRED, ...always }],
  pairing: [...facts.pairing, ...[BLOCKED, BARRED].map((imei) => ({ imei, ...SUBSCRIBER, ...always }))],
}));

test('the lists and the decision agree on every identifier, blocked, tracked and permitted', async () => {
  const met = new Set<string>();
  await fc.assert(
    fc.asyncProperty(grounds, options, async (facts, lists) => {
      await put(analytics, facts);
      const policy = country(lists);
      const given = targets({ policy, day: TODAY, golden });
      const on = {
        blocked: new Set((await rowsOf(given.blocked)).map(({ imei }) => imei)),
        tracked: new Set((await rowsOf(given.tracked)).map(({ imei }) => imei)),
        permitted: new Set((await rowsOf(given.permitted)).map(({ imei }) => imei)),
      };
      const terms = termsOf(rulesOf(policy, TODAY, { barredTacs: [] }), { operator: 'alfa', peer: '' }, TODAY);
      assert.equal(terms.mode, 'permissive');
      for (const imei of imeisOf(facts).filter(isAsked)) {
        const known = factsOf(facts, imei, policy);
        const answer = decide({ ...QUESTION, imei: Number(imei) }, known, terms);
        assert.ok(answer !== undefined);
        const key = String(imei);
        assert.equal(answer.status === 'blocked', on.blocked.has(key), `${key} blocked`);
        assert.equal(answer.status === 'tracked', on.tracked.has(key), `${key} tracked`);
        if (on.permitted.has(key)) assert.notEqual(answer.status, 'blocked');
        if (answer.step === 'permitted') assert.ok(on.permitted.has(key), `${key} permitted`);
        met.add(answer.step);
      }
    }),
    { numRuns: 5, endOnFailure: true },
  );
  for (const step of ['golden', 'blocked', 'tracked', 'permitted', 'default']) assert.ok(met.has(step), step);
});

test('a restrictive network admits just the permitted and tracked lists, the golden, and pairs', async () => {
  await fc.assert(
    fc.asyncProperty(grounds, options, async (facts, lists) => {
      await put(analytics, facts);
      const policy = country({ ...lists, permitted: true });
      const given = targets({ policy, day: TODAY, golden });
      const [permitted, tracked] = [await rowsOf(given.permitted), await rowsOf(given.tracked)];
      const admitted = new Set([...permitted, ...tracked].map(({ imei }) => imei));
      const rules = rulesOf(policy, TODAY, { barredTacs: [] });
      const permissive = termsOf(rules, { operator: 'alfa', peer: '' }, TODAY);
      const restrictive = prepare({ ...permissive, mode: 'synchronization', unlisted: 'blocked' });
      for (const imei of imeisOf(facts).filter(isAsked)) {
        const known = factsOf(facts, imei, policy);
        const answer = restrictive.decide({ ...QUESTION, imei: Number(imei) }, known);
        assert.equal(answer?.status !== 'blocked', known.golden || admitted.has(String(imei)), String(imei));
      }
    }),
    { numRuns: 3, endOnFailure: true },
  );
});

test('a subscriber on the exceptions list of the operator is admitted, whatever the IMEI is blocked for', async () => {
  const met = new Set<string>();
  await fc.assert(
    fc.asyncProperty(grounds, options, async (facts, lists) => {
      await put(analytics, facts);
      for (const barredInExceptions of [true, false]) {
        const policy = country({ ...lists, barredInExceptions });
        const given = targets({ policy, day: TODAY, golden });
        const exceptions = new Set((await rowsOf(given.exceptions)).map(({ imei, imsi }) => `${imei} ${imsi}`));
        const blocked = new Set((await rowsOf(given.blocked)).map(({ imei }) => imei));
        const terms = termsOf(rulesOf(policy, TODAY, { barredTacs: [] }), { operator: 'alfa', peer: '' }, TODAY);
        const pairs = pairsOn(facts, TODAY).filter(({ imei }) => isAsked(imei) && blocked.has(String(imei)));
        for (const { imei, imsi } of pairs) {
          const paired = exceptions.has(`${imei} ${imsi}`);
          const question = { ...QUESTION, imei: Number(imei), imsi: Number(imsi) };
          const answer = decide(question, { ...factsOf(facts, imei, policy), paired }, terms);
          assert.equal(answer?.status, paired ? 'permitted' : 'blocked');
          if (imei === BLOCKED) assert.ok(paired);
          if (imei === BARRED) assert.equal(paired, barredInExceptions);
          met.add(`${imei} ${paired}`);
        }
      }
    }),
    { numRuns: 3, endOnFailure: true },
  );
  for (const one of [`${BLOCKED} true`, `${BARRED} true`, `${BARRED} false`]) assert.ok(met.has(one), one);
});

test('reasons of stolen and barred devices are told apart in the lists as in the country file', () => {
  const text = `name: X
mccs: ['999']
calling_codes: ['999']
time_zone: UTC
operators: [{ id: a, name: A, plmns: [{ mcc: '999', mnc: '01' }] }]
conditions: [{ label: s, reason: Gone, effect: blocked, dimensions: [{ is: stolen }] }]
`;
  const parsed = parseCountry(text, 'country.yaml', [{ name: 'stolen', clause: '', about: '', parameters: {} }]);
  assert.ok(parsed.ok);
  const rules = rulesOf(parsed.value, TODAY, { barredTacs: [] });
  const entry = entryOf(LISTS.blocked | causesOf('Copies|Gone', rules.kinds), 'Copies|Gone');
  const terms = termsOf(rules, { operator: 'a', peer: '' }, TODAY);
  assert.equal(decide(QUESTION, { ...noFacts(), imei: entry }, terms)?.step, 'stolen');
});
