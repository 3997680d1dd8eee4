import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  checkDigit,
  imeiFromKey,
  imeiKey,
  normaliseObserved,
  parseImei,
  rbiOf,
  snrOf,
  tacOf,
  writeImei15,
} from '../../src/identifiers/imei.ts';
import { luhnDigit, luhnHolds } from '../../src/identifiers/luhn.ts';
import { REPORTING_BODIES, reportingBody } from '../../src/identifiers/rbi.ts';
import { isTestTac, oldTac, parseTac, rbiOfTac, TEST_TAC_PATTERN } from '../../src/identifiers/tac.ts';
import { rows } from './vectors.ts';

const imeis = fc.bigInt({ min: 0n, max: 10n ** 14n - 1n }).map(imeiFromKey);

test('parseImei() reads the vectors', () => {
  for (const [text = '', imei, form, check] of rows('imei.valid.txt')) {
    const parsed = parseImei(text);
    assert.ok(parsed.ok, text);
    assert.equal(parsed.value.imei, imei);
    assert.equal(parsed.value.form, form);
    assert.equal(checkDigit(parsed.value.imei), check);
  }
});

test('parseImei() says which digit is wrong and why', () => {
  for (const [text = '', fault = ''] of rows('imei.invalid.txt')) {
    assert.deepEqual(parseImei(text), { ok: false, fault: JSON.parse(fault) }, text);
  }
});

test('parseImei() gives the software version of an IMEISV only', () => {
  const parsed = parseImei('4901542032375184');
  assert.deepEqual(parsed, { ok: true, value: { imei: '49015420323751', form: 'imeisv', svn: '84' } });
  const bare = parseImei('49015420323751');
  assert.equal(bare.ok && bare.value.svn, undefined);
});

test('an IMEI divides into TAC, serial number and reporting body', () => {
  const imei = imeiFromKey(35209900176148n);
  assert.deepEqual([tacOf(imei), snrOf(imei), rbiOf(imei)], ['35209900', '176148', '35']);
  assert.deepEqual(oldTac(tacOf(imei)), { tac: '352099', fac: '00' });
});

test('parse(write(x)) = x for every IMEI, in every form', () => {
  fc.assert(
    fc.property(imeis, fc.integer({ min: 0, max: 99 }), (imei, version) => {
      const svn = String(version).padStart(2, '0');
      assert.deepEqual(parseImei(imei), { ok: true, value: { imei, form: 'imei14' } });
      assert.deepEqual(parseImei(writeImei15(imei)), { ok: true, value: { imei, form: 'imei15' } });
      assert.deepEqual(parseImei(imei + svn), { ok: true, value: { imei, form: 'imeisv', svn } });
      assert.equal(imeiFromKey(imeiKey(imei)), imei);
    }),
  );
});

test('the check digit catches every single wrong digit', () => {
  fc.assert(
    fc.property(imeis, fc.nat(14), fc.integer({ min: 1, max: 9 }), (imei, at, shift) => {
      const right = writeImei15(imei);
      const wrong = right.slice(0, at) + ((Number(right[at]) + shift) % 10) + right.slice(at + 1);
      const parsed = parseImei(wrong);
      assert.equal(!parsed.ok && parsed.fault.kind, 'check');
    }),
  );
});

test('imeiFromKey() refuses what is no key', () => {
  assert.throws(() => imeiFromKey(-1n), RangeError);
  assert.throws(() => imeiFromKey(10n ** 14n), RangeError);
  assert.equal(imeiFromKey(0n), '00000000000000');
});

test('normaliseObserved() keeps what the engine keeps', () => {
  for (const [text = '', kept] of rows('imei.observed.txt')) {
    const observed = normaliseObserved(JSON.parse(text));
    const shown = { imei: 'imei', malformed: 'text', empty: '' }[observed.kind];
    const value = Object.entries(observed).find(([key]) => key === shown)?.[1];
    assert.equal(value === undefined ? observed.kind : `${observed.kind} ${value}`, kept, text);
  }
});

test('normaliseObserved() is a fixed point and agrees with parseImei() on every IMEI', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 24 }), (text) => {
      const once = normaliseObserved(text);
      const again = normaliseObserved(once.kind === 'imei' ? once.imei : once.kind === 'malformed' ? once.text : '');
      assert.deepEqual(again, once);
    }),
  );
  fc.assert(
    fc.property(imeis, fc.string({ maxLength: 4 }), (imei, tail) => {
      assert.deepEqual(normaliseObserved(imei + tail), { kind: 'imei', imei });
    }),
  );
});

test('parseTac() takes 8 digits, leading zeros included', () => {
  assert.deepEqual(parseTac('01234567'), { ok: true, value: '01234567' });
  assert.deepEqual(parseTac('1234567'), { ok: false, fault: { kind: 'length', digits: 7, allowed: [8] } });
  assert.deepEqual(parseTac('0123456X'), { ok: false, fault: { kind: 'digit', at: 8, char: 'X' } });
});

test('isTestTac() follows the ranges, and the pattern holds on a whole IMEI as well', () => {
  for (const [text = '', kept] of rows('tac.test.txt')) {
    const tac = parseTac(text);
    assert.ok(tac.ok, text);
    assert.equal(isTestTac(tac.value), kept === 'yes', text);
    assert.equal(new RegExp(TEST_TAC_PATTERN).test(`${text}123456`), kept === 'yes', text);
  }
});

test('reporting bodies are known by their two digits', () => {
  const tac = parseTac('86123456');
  assert.ok(tac.ok);
  assert.equal(reportingBody(rbiOfTac(tac.value))?.standing, 'allocating');
  assert.equal(reportingBody(rbiOf(imeiFromKey(7n * 10n ** 13n))), undefined);
  assert.deepEqual(
    [...REPORTING_BODIES].filter(([, body]) => body.standing === 'test').map(([code]) => code),
    ['00', '02', '03', '04', '05', '06', '07', '08', '09'],
  );
});

test('luhnDigit() catches every single wrong digit in every even base', () => {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
  const cases = fc
    .integer({ min: 1, max: 18 })
    .chain((half) =>
      fc.tuple(fc.constant(half * 2), fc.array(fc.nat(half * 2 - 1), { minLength: 1 }), fc.nat(), fc.nat()),
    );
  fc.assert(
    fc.property(cases, ([base, values, place, step]) => {
      const digits = values.map((value) => alphabet.charAt(value)).join('');
      const right = digits + luhnDigit(digits, base);
      assert.ok(luhnHolds(right, base));
      const at = place % right.length;
      const other = (alphabet.indexOf(right.charAt(at)) + 1 + (step % (base - 1))) % base;
      assert.ok(!luhnHolds(right.slice(0, at) + alphabet.charAt(other) + right.slice(at + 1), base));
    }),
  );
});

test('luhnDigit() refuses an odd base and a foreign digit', () => {
  assert.throws(() => luhnDigit('12', 11), RangeError);
  assert.throws(() => luhnDigit('12', 38), RangeError);
  assert.throws(() => luhnDigit('1A', 10), RangeError);
  assert.equal(luhnHolds('0'), false);
});
