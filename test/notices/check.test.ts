import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { Day } from '../../src/calendar/day.ts';
import { type CHECK_PRESETS, checkFormat } from '../../src/country/check.ts';
import { LANGUAGES, noticesOf } from '../../src/country/notices.ts';
import type { Result } from '../../src/faults/result.ts';
import { type Imei, type ImeiFault, type ImeiReading, writeImei15 } from '../../src/identifiers/imei.ts';
import {
  parseReference,
  REFERENCE_BYTES,
  type Reference,
  referenceOf,
  writeReference,
} from '../../src/identifiers/reference.ts';
import { answerTo, type Finding, helpFor, isOnePart, ONE_PART } from '../../src/notices/check/answer.ts';
import { readCheck } from '../../src/notices/check/read.ts';
import { type Session, type Step, step } from '../../src/notices/check/ussd.ts';
import { ASSESSMENTS, STATUSES, type Verdict } from '../../src/notices/check/verdict.ts';
import { CHECK_WORDS } from '../../src/notices/check/words.ts';
import { PLACE } from '../../src/notices/render.ts';
import { messageOf } from '../../src/notices/sms/parts.ts';
import { countryOf } from './ground.ts';

const FIRST = '490154203237518';
const SECOND = '356938035643809';
const IMEI = '49015420323751' as Imei;

const readings = (imeis: readonly Result<ImeiReading, ImeiFault>[]): readonly string[] =>
  imeis.map((one) => (one.ok ? one.value.imei : one.fault.kind));
const read = (text: string, format: { words: readonly string[]; bare: boolean }): readonly string[] | 'help' => {
  const question = readCheck(text, format);
  return question.kind === 'help' ? 'help' : readings(question.imeis);
};

suite('what people send', () => {
  test('each preset reads what its country tells people to send', () => {
    const sent: Readonly<Record<keyof typeof CHECK_PRESETS, string>> = {
      cambodia: `CHK ${FIRST}`,
      india: `KYM ${FIRST}`,
      india_2009: `IMEI ${FIRST}`,
      kenya: FIRST,
      pakistan: FIRST,
      sri_lanka: `IMEI${FIRST}`,
      tanzania: FIRST,
      tunisia: FIRST,
      uzbekistan: FIRST,
    };
    for (const [preset, text] of Object.entries(sent)) {
      const { check } = noticesOf(countryOf(`check: { preset: ${preset} }`));
      const format = checkFormat(check);
      assert.deepEqual(read(text, format), [IMEI], preset);
      assert.ok((format.number ?? format.ussd ?? '') !== '', preset);
    }
  });

  test('a country may change what a preset says', () => {
    const { check } = noticesOf(
      countryOf(`check: { preset: cambodia, number: '1234', words: [ПРОВ, चेक], bare: true }`),
    );
    assert.deepEqual(checkFormat(check), { number: '1234', ussd: '*1205#', words: ['ПРОВ', 'चेक'], bare: true });
    assert.deepEqual(checkFormat(noticesOf(countryOf()).check), { words: [], bare: true });
  });

  test('words in any case, glued or not, and digits of every script', () => {
    const format = { words: ['CHK', 'Перевір', 'जाँच'], bare: false };
    const ways = [
      `chk ${FIRST}`,
      `  "Chk: 49-015420-323751-8"`,
      `CHK${FIRST}`,
      `ПЕРЕВІР ${FIRST}`,
      'जाँच ४९०१५४२०३२३७५१८',
      'ＣＨＫ ４９０１５４２０３２３７５１８',
      'CHK ٤٩٠١٥٤٢٠٣٢٣٧٥١٨',
      'CHK ۴۹۰۱۵۴۲۰۳۲۳۷۵۱۸',
      'CHK ៤៩០១៥៤២០៣២៣៧៥១៨',
      '\u200fCHK \u2067৪৯০১৫৪২০৩২৩৭৫১৮\u2069',
      'CHK 49015420323751',
      'CHK 4901542032375112',
    ];
    for (const way of ways) assert.deepEqual(read(way, format), [IMEI], way);
    for (const other of [FIRST, 'CHKS 490154203237518', 'CHECK 490154203237518', 'CHK', '', 'hello', 'chk imei'])
      assert.equal(read(other, format), 'help', other);
  });

  test('two IMEIs in a message, and no more than two', () => {
    const format = { words: [], bare: true };
    assert.deepEqual(read(`${FIRST} ${SECOND}`, format), [IMEI, SECOND.slice(0, 14)]);
    assert.deepEqual(read(`IMEI1: ${FIRST}/IMEI2: ${SECOND}`, format), [IMEI, SECOND.slice(0, 14)]);
    assert.deepEqual(read(`${FIRST} ${SECOND} 356938035643817`, format).length, 2);
    assert.deepEqual(read(`${FIRST}, 356938035643808`, format), [IMEI, 'check']);
    assert.deepEqual(read('490154203237519', format), ['check']);
    assert.deepEqual(read('49015420', format), ['length']);
  });
});

const reference = fc.uint8Array({ minLength: REFERENCE_BYTES, maxLength: REFERENCE_BYTES }).map(referenceOf);
const imei = fc.integer({ min: 0, max: 99_999_999_999_999 }).map((one) => String(one).padStart(14, '0') as Imei);
const day = fc.integer({ min: 2000, max: 2148 }).map((year) => `${year}-12-28` as Day);
const name = fc.option(
  fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 80 }),
    fc.constantFrom('Samsung', 'Xiaomi Redmi 13C', '华为', 'Ñandú €[]{}'),
  ),
  { nil: undefined },
);
const verdict: fc.Arbitrary<Verdict> = fc.record({
  imei,
  verdict: fc.constantFrom(...ASSESSMENTS),
  statuses: fc.shuffledSubarray([...STATUSES]),
  make: name,
  model: name,
  blockOn: fc.option(day, { nil: undefined }),
  reference,
  validUntil: fc.date({ min: new Date('2026-01-01'), max: new Date('2148-12-31'), noInvalidDate: true }),
});
const finding: fc.Arbitrary<Finding> = fc.oneof(
  { weight: 4, arbitrary: verdict.map((value): Finding => ({ ok: true, value })) },
  imei.map((one): Finding => ({ ok: false, fault: { kind: 'check', imei: one, expected: '0', found: '9' } })),
  fc
    .integer({ min: 1, max: 2000 })
    .map((digits): Finding => ({ ok: false, fault: { kind: 'length', digits, allowed: [14, 15, 16] } })),
);
const terms = fc.record({
  over: fc.constantFrom('sms' as const, 'ussd' as const),
  language: fc.constantFrom(...LANGUAGES),
  timeZone: fc.constantFrom('Asia/Kathmandu', 'America/St_Johns', 'UTC'),
});
const bare = (text: string): string => text.replace(/[\u2066-\u2069]/g, '');

suite('what is answered', () => {
  test('every answer is one part, whatever the values, and has its reference and expiry', () => {
    const findings = fc.oneof(fc.tuple(finding), fc.tuple(finding, finding));
    fc.assert(
      fc.property(findings, terms, (found, how) => {
        const text = answerTo(found as [Finding, ...Finding[]], how);
        assert.ok(isOnePart(text, how.over), text);
        if (how.over === 'sms') assert.equal(messageOf(text).parts.length, 1, text);
        const plain = text.replace(/[-/]/g, '');
        const known = found.flatMap((one) => (one.ok ? [one.value] : []));
        for (const { reference: quoted } of known) assert.ok(plain.includes(quoted), text);
        if (known.length > 0) assert.match(plain, /(?:20|21)\d{6}/, text);
        for (const one of known) assert.ok(plain.includes(writeImei15(one.imei).slice(-4)), text);
      }),
      { numRuns: 600 },
    );
  });

  test('every verdict and status of every language is told in the narrowest answer', () => {
    for (const language of LANGUAGES)
      for (const assessment of ASSESSMENTS)
        for (const status of STATUSES) {
          const value: Verdict = {
            imei: IMEI,
            verdict: assessment,
            statuses: [status],
            make: '华为',
            model: 'M'.repeat(80),
            blockOn: '2026-12-28' as Day,
            reference: REF,
            validUntil: UNTIL,
          };
          const text = bare(answerTo([{ ok: true, value }], { over: 'sms', language, timeZone: 'UTC' }));
          const said = (phrase: string): boolean =>
            [phrase, phrase.normalize('NFD').replace(/\p{M}/gu, '')].some((one) =>
              text.includes(one.replace(PLACE, language === 'ar' ? '2026/12/28' : '2026-12-28')),
            );
          assert.ok(said(CHECK_WORDS[language].verdicts[assessment]), `${language} ${assessment}: ${text}`);
          assert.ok(said(CHECK_WORDS[language].statuses[status]), `${language} ${status}: ${text}`);
        }
  });

  test('in the languages of the default alphabet answers use all of its room', () => {
    const value: Verdict = {
      imei: IMEI,
      verdict: 'do_not_buy',
      statuses: ['grace', 'duplicate'],
      make: 'Acme',
      model: 'Phone 3 €',
      blockOn: '2026-10-07' as Day,
      reference: REF,
      validUntil: UNTIL,
    };
    const say = (language: (typeof LANGUAGES)[number]): string =>
      answerTo([{ ok: true, value }], { over: 'sms', language, timeZone: 'Europe/Zurich' });
    assert.equal(
      say('en'),
      `490154203237518 Acme Phone 3 €: DO NOT BUY, blocked from 2026-10-07, IMEI used by several devices. Do not pay. Ref ${writeReference(REF)}, valid to 2026-09-08 12:00`,
    );
    for (const language of ['fr', 'es', 'pt'] as const) assert.equal(messageOf(say(language)).coding, 0, language);
    assert.equal(bare(say('ru')), `237518: НЕ ПОКУПАЙТЕ, блок с 2026-10-07. №${REF}, до 2026-09-08`);
  });

  test('what is no IMEI is answered by why', () => {
    const how = { over: 'sms', language: 'en', timeZone: 'UTC' } as const;
    const [mistyped] = readCheck('490154203237519', { words: [], bare: true }).kind === 'check' ? [IMEI] : [];
    assert.equal(mistyped, IMEI);
    const check: Finding = { ok: false, fault: { kind: 'check', imei: IMEI, expected: '8', found: '9' } };
    assert.match(answerTo([check], how), /^490154203237519: one digit is wrong/);
    const short: Finding = { ok: false, fault: { kind: 'length', digits: 8, allowed: [14, 15, 16] } };
    assert.match(answerTo([short], how), /^That has 8 digits, an IMEI has 15/);
  });
});

const REF: Reference = referenceOf(new Uint8Array([1, 2, 3, 4, 5, 6, 7]));
const UNTIL = new Date('2026-09-08T10:00:00Z');

suite('a session of unstructured supplementary service', () => {
  const here = countryOf('check: { preset: cambodia }', "appeal: { to: Authority, contact: '0800 123 456' }");
  const walk = (inputs: readonly string[], policy = here): readonly Step[] => {
    let session: Session | undefined;
    return inputs.map((input) => {
      const next = step(session, input, policy);
      session = next.kind === 'ask' ? next.session : undefined;
      return next;
    });
  };
  const texts = (steps: readonly Step[]): readonly string[] =>
    steps.map((one) => (one.kind === 'check' ? `check ${readings(one.imeis)} ${one.language}` : one.text));

  test('a menu, a question, an answer', () => {
    assert.deepEqual(texts(walk(['*1205#', '1', FIRST])), [
      '1 Check a device\n2 How to object\n3 Language\n0 End',
      'Type the 15 digits of the IMEI (*#06#):',
      `check ${IMEI} en`,
    ]);
    assert.deepEqual(texts(walk(['*1205#', '2'])).at(-1), 'To object: 0800 123 456');
    assert.deepEqual(texts(walk(['*1205#', '0'])).at(-1), 'Goodbye.');
    assert.deepEqual(texts(walk(['*1205#', '3', '٤', '1', '٤٩٠١٥٤٢٠٣٢٣٧٥١٨'])).slice(2), [
      CHECK_WORDS.ar.menu.root,
      CHECK_WORDS.ar.menu.imei,
      `check ${IMEI} ar`,
    ]);
  });

  test('an IMEI behind the code, or at once in the menu, is checked', () => {
    assert.deepEqual(texts(walk([`*1205*${FIRST}#`])), [`check ${IMEI} en`]);
    assert.deepEqual(texts(walk(['*1205#', FIRST])).at(-1), `check ${IMEI} en`);
    assert.deepEqual(texts(walk(['*1205#', '7'])).at(-1), CHECK_WORDS.en.menu.root);
  });

  test('what is no IMEI is asked for again, twice, with why', () => {
    const wrong = '490154203237519';
    const [, , first, second, third] = texts(walk(['*1205#', '1', wrong, '123', wrong]));
    assert.match(first ?? '', /^490154203237519: one digit is wrong/);
    assert.match(second ?? '', /^That has 3 digits/);
    assert.equal(third, 'check check en', 'the answer says why, and the session is over');
    assert.deepEqual(texts(walk(['*1205#', '1', 'x', 'y', 'z'])).at(-1), 'Goodbye.');
  });

  test('every text of every language fits, whatever is typed', () => {
    const typed = fc.oneof(
      fc.constantFrom('0', '1', '2', '3', '4', '5', '6', '7', FIRST, '490154203237519', '123'),
      fc.string({ maxLength: 20 }),
    );
    const contact = fc.constantFrom(
      '0800 123 456',
      'x'.repeat(128),
      'Управление связи, отдел жалоб, улица Садовая 14, каб. 3, телефон 0800 123 456',
    );
    fc.assert(
      fc.property(
        fc.array(typed, { maxLength: 8 }),
        contact,
        fc.constantFrom(...LANGUAGES),
        (inputs, how, language) => {
          const policy = countryOf(
            `language: ${language}, check: { preset: cambodia }`,
            `appeal: { to: A, contact: '${how}' }`,
          );
          const steps = walk(['*1205#', ...inputs], policy);
          for (const one of steps) if (one.kind !== 'check') assert.ok(isOnePart(one.text, 'ussd'), one.text);
        },
      ),
      { numRuns: 150 },
    );
    assert.deepEqual(ONE_PART, { sms: { gsm7: 160, ucs2: 70 }, ussd: { gsm7: 182, ucs2: 80 } });
  });
});

test('every language has the same places in its answers, and its help fits', () => {
  const places = (language: (typeof LANGUAGES)[number]): readonly string[] => {
    const {
      check,
      length,
      help,
      helpWord,
      unavailable,
      reference: quoted,
      until,
      menu,
      statuses,
    } = CHECK_WORDS[language];
    return [
      check,
      length,
      help,
      helpWord,
      unavailable,
      quoted,
      until,
      ...Object.values(menu),
      ...Object.values(statuses),
    ].map((text) => [...text.matchAll(PLACE)].map(([place]) => place).join());
  };
  for (const language of LANGUAGES) {
    assert.deepEqual(places(language), places('en'), language);
    assert.equal(messageOf(CHECK_WORDS[language].unavailable, true).parts.length, 1);
    const how = { over: 'sms', language, timeZone: 'UTC' } as const;
    const help = helpFor({ words: ['ПЕРЕВІРКА', 'CHK'] }, how);
    assert.ok(/CHK|ПЕРЕВІРКА/.test(help) && messageOf(help).parts.length === 1, help);
    assert.ok(isOnePart(helpFor({ words: [] }, how), 'sms'));
  }
  assert.ok(parseReference(writeReference(REF)).ok);
});
