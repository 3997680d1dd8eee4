import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Day } from '../../src/calendar/day.ts';
import { LANGUAGES, type Language } from '../../src/country/notices.ts';
import { DIMENSIONS } from '../../src/detection/catalogue.ts';
import { Refused } from '../../src/faults/fault.ts';
import { writeImei15 } from '../../src/identifiers/imei.ts';
import { WORDS } from '../../src/notices/languages.ts';
import { REASON_OF_DIMENSION, REASONS, type Reason, reasonOf } from '../../src/notices/reasons.ts';
import { PLACE, render, versionOf } from '../../src/notices/render.ts';
import { type Kinds, TEMPLATES, type TemplateName, templateNames, type ValuesOf } from '../../src/notices/templates.ts';
import { countryOf, IMEI } from './ground.ts';

const placesOf = (text: string): readonly string[] => [...text.matchAll(PLACE)].map(([, place = '']) => place).sort();

/** The places that a template's own words may have, and must have but for `reason` and `reference`. */
function due(name: TemplateName): readonly string[] {
  const takes = Object.keys(TEMPLATES[name].takes).filter((place) => place !== 'reference' && place !== 'reason');
  const reason = Object.values(TEMPLATES[name].takes).includes('reason') ? ['why', 'remedy'] : [];
  return [...takes, ...reason].sort();
}

test('every language has every text, with the same places', () => {
  for (const language of LANGUAGES) {
    const { texts, titles, reasons, objection, quoting } = WORDS[language];
    assert.deepEqual(Object.keys(texts).sort(), [...templateNames].sort(), language);
    assert.deepEqual(
      Object.keys(titles).sort(),
      [...new Set(Object.values(TEMPLATES).map(({ title }) => title))].sort(),
    );
    assert.deepEqual(Object.keys(reasons).sort(), [...REASONS].sort());
    for (const name of templateNames)
      assert.deepEqual(
        placesOf(texts[name]).filter((place) => place !== 'authority'),
        due(name),
        `${language} ${name}`,
      );
    assert.deepEqual([placesOf(objection), placesOf(quoting)], [['object'], ['reference']]);
    for (const { why, remedy } of Object.values(reasons)) {
      assert.deepEqual(placesOf(why + remedy), []);
      assert.match(why, /[.。]$/);
      assert.match(remedy, /[.。]$/);
    }
  }
});

test('each text is written in its own language, and in no other’s letters', () => {
  const LETTERS: Readonly<Record<Language, RegExp>> = {
    en: /^\p{Script=Latin}$/u,
    fr: /^\p{Script=Latin}$/u,
    es: /^\p{Script=Latin}$/u,
    pt: /^\p{Script=Latin}$/u,
    ar: /^\p{Script=Arabic}$/u,
    ru: /^\p{Script=Cyrillic}$/u,
    zh: /^\p{Script=Han}$/u,
  };
  const seen = new Map<string, string>();
  for (const language of LANGUAGES) {
    const { texts, titles, reasons, objection, quoting, authority, object } = WORDS[language];
    const all = [...Object.values(texts), ...Object.values(titles), objection, quoting, authority, object];
    for (const text of [...all, ...Object.values(reasons).flatMap(({ why, remedy }) => [why, remedy])]) {
      const letters = text.replace(PLACE, '').replaceAll('IMEI', '').match(/\p{L}/gu) ?? [];
      assert.ok(
        letters.length > 1 && letters.every((letter) => LETTERS[language].test(letter)),
        `${language}: ${text}`,
      );
      assert.doesNotMatch(text, /https?:|www\.|^\s|\s$|\s\s/, text);
    }
    for (const [name, text] of Object.entries(texts)) {
      const same = `${name} ${text}`;
      assert.equal(seen.get(same), undefined, `${language} and ${seen.get(same)} say the same for ${name}`);
      seen.set(same, language);
    }
  }
});

test('every dimension of a condition has its reason, unless it only narrows one down', () => {
  const narrowing = ['monitored', 'home_subscriber_use', 'international_roamer_use', 'other_operator_use'];
  for (const { name } of DIMENSIONS)
    assert.equal(REASON_OF_DIMENSION[name] === undefined, narrowing.includes(name), name);
  const parameters = {};
  const uses = [
    { is: 'test_tac', not: true, parameters },
    { is: 'home_subscriber_use', not: false, parameters },
    { is: 'tac_not_allocated', not: false, parameters },
  ];
  assert.equal(reasonOf({ dimensions: uses }), 'tac_not_allocated');
  assert.equal(reasonOf({ dimensions: uses.slice(0, 2) }), 'other');
});

/** What each kind looks like where it is as long as people meet it. */
const LONG: Kinds = {
  imei: IMEI,
  day: '2026-09-30' as Day,
  time: new Date('2026-09-30T10:00:00Z'),
  count: 12_345,
  code: '918273',
  reference: '7K3M-90QX-4ZD',
  text: 'Police station of the old town, Market street 14, 2nd floor',
  reason: 'tac_not_allocated',
};
const APPEAL = "appeal: { to: Communications Authority, contact: '0800 123 456' }";
const policy = countryOf('', APPEAL);

const valuesOf = <Name extends TemplateName>(name: Name, reason: Reason = 'tac_not_allocated'): ValuesOf<Name> =>
  Object.fromEntries(
    Object.entries(TEMPLATES[name].takes).map(([place, kind]) => [place, kind === 'reason' ? reason : LONG[kind]]),
  ) as ValuesOf<Name>;

const bare = (text: string): string => text.replace(/[\u2068\u2069]/g, '');

test('every notice says what it is about, how to object where it decides, and what to quote', () => {
  for (const language of LANGUAGES)
    for (const template of templateNames) {
      const { takes, decision } = TEMPLATES[template];
      const { text, title } = render({ template, language, values: valuesOf(template), policy });
      const plain = bare(text);
      assert.doesNotMatch(plain, /[{}]|undefined|\.\.|。。/, `${language} ${template}: ${plain}`);
      assert.ok(title.length > 0 && title.length < 60);
      if ('imei' in takes) assert.ok(plain.includes(writeImei15(IMEI)), plain);
      if ('reference' in takes) assert.ok(plain.includes('7K3M-90QX-4ZD'), plain);
      if ('until' in takes || 'by' in takes || 'blockOn' in takes) assert.match(plain, /30[\s\S]*2026|2026[\s\S]*30/);
      assert.equal(plain.includes('0800 123 456'), decision === true, plain);
    }
});

test('a notice is short enough to be read: three parts of a short message, five where its letters are wide', () => {
  for (const language of LANGUAGES)
    for (const template of templateNames)
      for (const reason of 'reason' in TEMPLATES[template].takes ? REASONS : REASONS.slice(0, 1)) {
        const { text } = render({ template, language, values: valuesOf(template, reason), policy });
        const wide = language === 'ru' || language === 'ar' || language === 'zh';
        assert.ok(text.length <= (wide ? 5 * 67 : 3 * 153), `${language} ${template} ${reason}: ${text.length}`);
      }
});

test('in Arabic everything that comes from elsewhere has a direction of its own', () => {
  const { text } = render({
    template: 'ladder_reminder',
    language: 'ar',
    values: { ...valuesOf('ladder_reminder'), days: 25 },
    policy,
  });
  for (const part of [writeImei15(IMEI), '7K3M-90QX-4ZD', '0800 123 456', '25'])
    assert.ok(text.includes(`\u2068${part}\u2069`), part);
  assert.equal(text.match(/\u2068/g)?.length, text.match(/\u2069/g)?.length);
  const english = render({ template: 'ladder_first', language: 'en', values: valuesOf('ladder_first'), policy });
  assert.doesNotMatch(english.text, /[\u2066-\u2069]/);
});

test('without an appeal in the country file people are sent to their operator', () => {
  const { text } = render({ template: 'blocked', language: 'en', values: valuesOf('blocked'), policy: countryOf() });
  assert.match(text, /To object: ask your operator\. Ref\. 7K3M-90QX-4ZD$/);
  const fee = render({ template: 'fee_due', language: 'en', values: valuesOf('fee_due'), policy });
  assert.match(fee.text, /the offices that Communications Authority names\. We never send a link/);
});

test('a value of the wrong kind is refused by its place, and not repeated', () => {
  const values = valuesOf('theft_finder');
  const faultsOf = (wrong: Readonly<Record<string, unknown>>) => {
    try {
      render({ template: 'theft_finder', language: 'en', values: { ...values, ...wrong } as typeof values, policy });
      return [];
    } catch (error) {
      assert.ok(error instanceof Refused);
      for (const { message } of error.faults) assert.doesNotMatch(message, /evil/);
      return error.faults.map(({ code, field }) => [code, field]);
    }
  };
  assert.deepEqual(faultsOf({}), []);
  const lies = [
    'pay at https://evil.example',
    'www.evil.example',
    'evil\nRef. 1',
    'evil\u202e',
    ' evil',
    '',
    'e'.repeat(121),
  ];
  for (const place of lies) assert.deepEqual(faultsOf({ place }), [['NOTICE_VALUE', 'place']], place);
  assert.deepEqual(faultsOf({ imei: 'evil', reference: 'evil evil' }), [
    ['NOTICE_VALUE', 'imei'],
    ['NOTICE_VALUE', 'reference'],
  ]);
  const letters = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(letters, (place) => {
      const faults = faultsOf({ place });
      assert.ok(faults.length <= 1);
    }),
    { numRuns: 100 },
  );
});

test('a version is the same as long as the words are, and differs between texts', () => {
  const versions = templateNames.flatMap((name) => LANGUAGES.map((language) => versionOf(name, language)));
  assert.equal(new Set(versions).size, versions.length);
  for (const version of versions) assert.match(version, /^[0-9a-f]{16}$/);
});
