import assert from 'node:assert/strict';
import { before, suite, test } from 'node:test';
import { classify } from '../../src/decisions/classify.ts';
import { type ExplainWish, explain } from '../../src/decisions/explain.ts';
import type { Explanation } from '../../src/decisions/explanation.ts';
import { identify } from '../../src/decisions/identity.ts';
import { writeExplanation } from '../../src/decisions/write.ts';
import { Refused } from '../../src/faults/fault.ts';
import { observedKey } from '../../src/stores/schema.ts';
import { CLONED, countryOf, day, ground, STOLEN, UNALLOCATED } from './ground.ts';

const UNREGISTERED = `  - label: unregistered
    reason: Not registered
    effect: informative
    dimensions: [{ is: not_registered }]
`;
const COUNTRY = countryOf([STOLEN, UNALLOCATED, CLONED, UNREGISTERED]);
const [STOLEN_IMEI, SOUND, SQUATTER, GOLDEN] = ['35000000000003', '35000000000004', '88000000000001', '35000000000009'];

/** An identifier that more and more subscribers use. */
const CROWDED = '35000000000077';

/** The subscriptions counted in the evidence of the condition of clones. */
const countIn = (evidence: Readonly<Record<string, unknown>> | undefined): unknown => {
  const numbers = Object.values(evidence ?? {})[0];
  return typeof numbers === 'object' && numbers !== null ? Object.values(numbers)[0] : undefined;
};

suite('identify()', () => {
  test('reads an IMEI as people write it, and tells a wrong check digit', () => {
    assert.equal(identify(' 35-000000-000003 ')?.known, STOLEN_IMEI);
    assert.deepEqual(identify('490154203237518')?.imei?.check, 'right');
    assert.deepEqual(
      [identify('490154203237517')?.imei?.check, identify('490154203237517')?.imei?.checkDigit],
      ['wrong', '8'],
    );
    assert.equal(identify('4901542032375101')?.imei?.svn, '01');
    assert.equal(identify(' 35abc')?.known, '35ABC');
    assert.equal(identify('  '), undefined);
  });
});

suite('an explanation', () => {
  const { store, seen, listed, rows } = ground();

  const explained = (identifier: string, more: Partial<ExplainWish> = {}): Promise<Explanation> =>
    explain(store(), { country: COUNTRY, identifier, date: day('2026-09-20'), ...more });

  const verdictOf = (one: Explanation, label: string) => one.verdicts.find((verdict) => verdict.label === label);

  before(async () => {
    const facts = {
      manufacturer: 'Acme',
      brand: 'Acme',
      model: 'Fone 3',
      device_type: 'Smartphone',
      allocated: '2024-02-29',
    };
    await listed('tac', [{ tac: 35_000_000, ...facts, generations: 5, slots: 2 }]);
    await seen(
      { imei: STOLEN_IMEI, days: [1, 2, 30], imsi: '999010000000001', rats: 64 },
      {
        imei: STOLEN_IMEI,
        days: [2, 5],
        imsi: '999020000000002',
        msisdn: '99970000002',
        operator: 'bravo',
        rats: 1024 + 4,
      },
      { imei: STOLEN_IMEI, days: [31], month: 202608 },
      { imei: SOUND },
      { imei: SQUATTER },
      { imei: GOLDEN },
    );
    await listed('stolen', [
      { imei: Number(STOLEN_IMEI), reporting_date: '2026-09-01', status: 'blacklist' },
      { imei: Number(GOLDEN), reporting_date: '2026-09-01', status: 'blacklist' },
    ]);
    await listed('pairing', [{ imei: Number(STOLEN_IMEI), imsi: 999_010_000_000_001, msisdn: 99_970_000_001 }]);
    const shard = store().analytics.home;
    const hash = store().pseudonyms.golden(`toUInt64(${GOLDEN})`);
    const open = `'2026-01-01', '2149-06-06', 1, 0`;
    await shard.run(`INSERT INTO golden SELECT ${hash}, 'Security Act, section 4', '2027-01-01', ${open}`);
    await shard.run(`INSERT INTO malformed SELECT ${observedKey("'66abc'")}, '66ABC'`);
    await shard.run(
      `INSERT INTO triplet (month, operator, imei, days, rats) SELECT 202609, 'alfa', ${observedKey("'66abc'")}, 3, 64`,
    );
    await classify(store(), { country: COUNTRY, date: day('2026-09-20') });
  });

  suite('explain()', () => {
    test('tells where and how it was seen, up to the day', async () => {
      const one = await explained(STOLEN_IMEI);
      assert.deepEqual(one.sightings, [
        { operator: 'alfa', first: '2026-08-31', last: '2026-09-02', days: 3, rats: ['E-UTRAN'] },
        { operator: 'bravo', first: '2026-09-02', last: '2026-09-05', days: 2, rats: ['GERAN', 'NR'] },
      ]);
      assert.deepEqual(one.model, {
        manufacturer: 'Acme',
        brand: 'Acme',
        model: 'Fone 3',
        deviceType: 'Smartphone',
        generations: ['2G', '4G'],
        allocated: '2024-02-29',
        slots: 2,
      });
    });

    test('masks numbers, and records who reads of whom, and whether in full', async () => {
      const one = await explained(STOLEN_IMEI);
      assert.deepEqual(
        one.subscriptions.latest.map(({ imsi, msisdn, home }) => [imsi, msisdn, home]),
        [
          ['99902••••••••02', '999••••••02', 'bravo'],
          ['99901••••••••01', '999••••••01', 'alfa'],
        ],
      );
      const open = await explained(`${STOLEN_IMEI}9`, { numbers: true });
      assert.equal(open.subscriptions.latest[0]?.imsi, '999020000000002');
      const read = await store().registry.query(
        'SELECT action, subject, actor, fields FROM access_log ORDER BY number',
      );
      const last = read.slice(-2).map(({ action, subject, fields }) => [action, subject, fields]);
      assert.deepEqual(last, [
        ['explain', STOLEN_IMEI, []],
        ['explain with numbers', STOLEN_IMEI, ['imsi', 'msisdn']],
      ]);
      assert.ok(read.every(({ actor }) => /^shell:./.test(String(actor))));
    });

    test('numbers are read for a purpose, against the reader’s quota', async () => {
      const actor = { id: 'officer', roles: ['police'] } as const;
      const asked = (purpose: string, numbers = true) =>
        explained(STOLEN_IMEI, { numbers, reader: { actor, purpose, case: 'T-1' } });
      await asked('to find its owner');
      await asked('to look at it', false);
      const [row] = await store().registry.query(
        'SELECT purpose, case_ref FROM access_log ORDER BY number DESC OFFSET 1',
      );
      assert.deepEqual(row, { purpose: 'to find its owner', case_ref: 'T-1' });
      assert.deepEqual(await store().registry.query('SELECT actor, reads FROM access_reads'), [
        { actor: 'officer', reads: 1 },
      ]);
      await assert.rejects(asked(''), /READ_PURPOSE/);
    });

    test('tells each condition with its findings, its standing and the run', async () => {
      const one = await explained(STOLEN_IMEI);
      const stolen = verdictOf(one, 'stolen');
      assert.equal(stolen?.matches, true);
      assert.deepEqual(
        stolen?.findings.map(({ dimension, holds }) => [dimension, holds]),
        [['stolen', true]],
      );
      assert.match(stolen?.findings[0]?.sentence ?? '', /2026-09-01/);
      assert.equal(stolen?.standing?.blockDate, '2026-09-20');
      assert.deepEqual(stolen?.standing?.recorded, {
        run: one.classified?.run,
        day: '2026-09-20',
        country: COUNTRY.hash,
      });
      assert.ok('stolen' in (stolen?.standing?.evidence ?? {}));
      const unallocated = verdictOf(one, 'unallocated');
      assert.deepEqual([unallocated?.matches, unallocated?.standing], [false, undefined]);
      assert.match(verdictOf(one, 'unregistered')?.unjudged ?? '', /no registration list/);
    });

    test('tells to whom, how and by when to object, as the country file says it', async () => {
      const appeal = `appeal: { to: Appeals Board, contact: 'board@authority.example', url: 'https://authority.example/a', days: 30 }\n`;
      const country = countryOf([STOLEN, UNALLOCATED, CLONED, UNREGISTERED], appeal);
      const one = await explained(STOLEN_IMEI, { country });
      const who = 'Appeals Board (board@authority.example, https://authority.example/a)';
      assert.ok(
        one.appeal.startsWith(`Whoever holds the device may object to ${who}: with the identifier`),
        one.appeal,
      );
      assert.match(one.appeal, /The last day to do so is 30 days after the day of the block: 2026-10-20 \(stolen\)\./);
      assert.deepEqual(one.appealTo, {
        to: 'Appeals Board',
        contact: 'board@authority.example',
        url: 'https://authority.example/a',
        days: 30,
        until: [{ label: 'stolen', until: '2026-10-20' }],
      });
      assert.match(writeExplanation(one).replace(/\s+/g, ' '), /How to object .*Appeals Board .*2026-10-20/);
      assert.equal((await explained(SOUND, { country })).appealTo, undefined);
    });

    test('says whom to turn to also where the country file does not', async () => {
      const one = await explained(STOLEN_IMEI);
      assert.match(one.appeal, /object to the authority of Freedonia that keeps these lists: with the identifier/);
      assert.equal(one.appealTo, undefined);
      const bare = countryOf(
        [STOLEN, UNALLOCATED, CLONED, UNREGISTERED],
        "appeal: { to: Board, contact: 'Main Street 1' }\n",
      );
      const timeless = await explained(STOLEN_IMEI, { country: bare });
      assert.deepEqual(timeless.appealTo, { to: 'Board', contact: 'Main Street 1', until: [] });
      assert.doesNotMatch(timeless.appeal, /last day/);
    });

    test('tells what happens next and when', async () => {
      assert.deepEqual((await explained(STOLEN_IMEI)).next, [
        'stolen (Reported stolen): it is blocked since 2026-09-20.',
        'It is paired: the subscribers of its pairs may go on using it also when it is blocked.',
      ]);
      assert.deepEqual((await explained(SQUATTER)).next, [
        'unallocated (The TAC was never allocated): it will be blocked on 2026-10-20, in 30 days, unless it ceases to match before.',
      ]);
      assert.deepEqual((await explained(SOUND)).next, ['Nothing is held against it, and nothing will happen.']);
      assert.match((await explained(GOLDEN)).next[0] ?? '', /protected until 2027-01-01 \(Security Act, section 4\)/);
      const later = countryOf([
        UNALLOCATED.replace('effect: blocked', 'effect: tracked').replace('    amnesty_eligible: true\n', ''),
      ]);
      assert.deepEqual((await explained(SQUATTER, { country: later })).next, [
        'unallocated (The TAC was never allocated): with the next classification another rule applies: it is tracked; it may be used, and the use is watched.',
      ]);
    });

    test('explains what networks report in the place of an IMEI', async () => {
      const one = await explained('66aBc');
      assert.deepEqual([one.identity.imei, one.identity.known, one.model], [undefined, '66ABC', undefined]);
      assert.equal(one.sightings[0]?.days, 2);
      assert.equal(verdictOf(one, 'unallocated')?.matches, true);
    });

    test('says nothing wrong of what nobody knows, and refuses what is nothing', async () => {
      const one = await explained('86000000000001');
      assert.deepEqual([one.sightings, one.entries, one.published], [[], [], []]);
      assert.deepEqual(
        one.verdicts.map(({ matches }) => matches),
        [false, false, false, false],
      );
      assert.equal(one.appeal, 'There is nothing to object to.');
      await assert.rejects(
        explained(' '),
        (error) => error instanceof Refused && error.faults[0]?.code === 'EXPLAIN_IDENTIFIER',
      );
    });

    test('agrees with classification on every identifier', async () => {
      const open = await rows('SELECT imei, toString(condition) AS label FROM standing WHERE closed = 0');
      const matching: string[] = [];
      for (const identifier of [STOLEN_IMEI, SOUND, SQUATTER, GOLDEN]) {
        const { verdicts } = await explained(identifier);
        matching.push(...verdicts.filter(({ matches }) => matches).map(({ label }) => `${identifier} ${label}`));
      }
      const imeis = open.filter(({ imei }) => Number(imei) < 1e14);
      assert.deepEqual(matching.sort(), imeis.map(({ imei, label }) => `${imei} ${label}`).sort());
    });
  });

  suite('the evidence of a standing', () => {
    test('tells with what it was first found, and with what last', async () => {
      const many = countryOf([STOLEN, UNALLOCATED, CLONED, UNREGISTERED]);
      const users = (from: number, to: number, on: number) =>
        Array.from({ length: to - from }, (_, at) => ({
          imei: CROWDED,
          days: [on],
          imsi: `99901000000${1000 + from + at}`,
        }));
      await seen(...users(0, 4, 3));
      await classify(store(), { country: many, date: day('2026-09-21') });
      const once = writeExplanation(await explained(CROWDED, { date: day('2026-09-21') }));
      assert.match(once, /found, first on 2026-09-21 and last, with subscription_threshold: /);
      await seen(...users(4, 9, 22));
      await classify(store(), { country: many, date: day('2026-09-23') });
      const one = await explained(CROWDED, { date: day('2026-09-23') });
      const standing = verdictOf(one, 'cloned')?.standing;
      assert.equal(standing?.since, '2026-09-21');
      assert.deepEqual(
        [countIn(standing?.firstEvidence), countIn(standing?.evidence)],
        [4, 9],
        'four subscribers when it was first found, nine when last',
      );
      const text = writeExplanation(one);
      assert.match(text, /first found, on 2026-09-21, with subscription_threshold: [^\n]*\b4\b/);
      assert.match(text, /last found with subscription_threshold: [^\n]*\b9\b/);
    });

    test('tells with what it was found also when it no longer stands', async () => {
      await listed('tac', [{ tac: 88_000_000, manufacturer: 'Late' }], '2026-09-24');
      await classify(store(), { country: COUNTRY, date: day('2026-09-25') });
      const text = writeExplanation(await explained(SQUATTER, { date: day('2026-09-25') })).replace(/\s+/g, ' ');
      assert.match(
        text,
        /stood as blocked since 2026-09-20.* ended 2026-09-25 .*first found, on 2026-09-20, with tac_not_allocated: .*days since 19, .*last found with tac_not_allocated: .*days since 22, .*found, first on 2026-09-20 and last, with test_tac/,
      );
    });

    test('does not pretend to know the first numbers where a run kept none', async () => {
      await store().analytics.home.run(`ALTER TABLE first_found DROP PARTITION ALL`);
      const one = await explained(CROWDED, { date: day('2026-09-23') });
      assert.equal(verdictOf(one, 'cloned')?.standing?.firstEvidence, undefined);
      const text = writeExplanation(one);
      assert.match(text, /last found with subscription_threshold/);
      assert.doesNotMatch(text, /first found/);
    });
  });

  suite('writeExplanation()', () => {
    test('fits 100 columns and tells the parts in the order a caseworker asks for them', async () => {
      const text = writeExplanation(await explained('350000000000030'));
      assert.deepEqual(
        text.split('\n').filter((line) => line.length > 100),
        [],
      );
      const headings = text.split('\n').filter((line) => /^[A-Z]/.test(line));
      assert.deepEqual(
        headings.filter((line) => !line.startsWith('As of')),
        [
          'IMEI 350000000000030',
          'What happens next',
          'What it is',
          'What networks saw',
          'Where it is listed',
          'Conditions',
          'How to object',
        ],
      );
      assert.doesNotMatch(text, /999010000000001|undefined|\[object/);
    });
  });
});
