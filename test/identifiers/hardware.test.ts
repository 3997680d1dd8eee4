import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { eidCheckDigits, parseEid } from '../../src/identifiers/eid.ts';
import { isPseudoEsn, parseEsn, writeEsnDecimal } from '../../src/identifiers/esn.ts';
import { parseIccid } from '../../src/identifiers/iccid.ts';
import { euiOf, isGroup, isLocal, ouiOf, parseMac, writeMac } from '../../src/identifiers/mac.ts';
import {
  imeiOfMeid,
  meidCheckDigit,
  meidDecimalCheckDigit,
  parseMeid,
  pesnOf,
  writeMeidDecimal,
} from '../../src/identifiers/meid.ts';
import { parseSerial, serialKey } from '../../src/identifiers/serial.ts';
import { rows } from './vectors.ts';

const digits = (length: number): fc.Arbitrary<string> =>
  fc.array(fc.nat(9), { minLength: length, maxLength: length }).map((values) => values.join(''));
const hexadecimals = (length: number): fc.Arbitrary<string> =>
  fc
    .array(fc.nat(15), { minLength: length, maxLength: length })
    .map((values) => values.map((value) => value.toString(16).toUpperCase()).join(''));
const meids = fc.tuple(fc.constantFrom(...'ABCDEF'), hexadecimals(13)).map((parts) => parts.join(''));

test('parseMeid() reads the vectors', () => {
  for (const [text = '', meid, form, check, decimal, decimalCheck, pesn] of rows('meid.valid.txt')) {
    const parsed = parseMeid(text);
    assert.ok(parsed.ok, text);
    assert.deepEqual(parsed.value, { meid, form });
    assert.equal(meidCheckDigit(parsed.value.meid), check);
    assert.equal(pesnOf(parsed.value.meid), pesn);
    if (decimal === '-') continue;
    assert.equal(writeMeidDecimal(parsed.value.meid), decimal);
    assert.equal(meidDecimalCheckDigit(parsed.value.meid), decimalCheck);
  }
});

test('parseMeid() says which digit is wrong and why', () => {
  for (const [text = '', fault = ''] of rows('meid.invalid.txt')) {
    assert.deepEqual(parseMeid(text), { ok: false, fault: JSON.parse(fault) }, text);
  }
});

test('an MEID of decimal digits is an IMEI too and has its check digit', () => {
  const shared = parseMeid('490154203237518');
  assert.deepEqual(shared, { ok: true, value: { meid: '49015420323751', form: 'hex15' } });
  assert.equal(shared.ok && imeiOfMeid(shared.value.meid), '49015420323751');
  const own = parseMeid('AF0123450ABCDE');
  assert.equal(own.ok && imeiOfMeid(own.value.meid), undefined);
});

test('parse(write(x)) = x for every MEID, hexadecimal and decimal', () => {
  fc.assert(
    fc.property(meids, (hex) => {
      const parsed = parseMeid(hex);
      assert.ok(parsed.ok);
      const { meid } = parsed.value;
      assert.deepEqual(parseMeid(meid + meidCheckDigit(meid)), { ok: true, value: { meid, form: 'hex15' } });
      const decimal = writeMeidDecimal(meid);
      assert.deepEqual(parseMeid(decimal), { ok: true, value: { meid, form: 'dec18' } });
      const checked = decimal + meidDecimalCheckDigit(meid);
      assert.deepEqual(parseMeid(checked), { ok: true, value: { meid, form: 'dec19' } });
    }),
  );
});

test('the hexadecimal check digit of an MEID catches every single wrong digit', () => {
  const changes = fc.tuple(meids, fc.integer({ min: 1, max: 14 }), fc.integer({ min: 1, max: 15 }));
  fc.assert(
    fc.property(changes, ([hex, at, shift]) => {
      const parsed = parseMeid(hex);
      assert.ok(parsed.ok);
      const right = hex + meidCheckDigit(parsed.value.meid);
      const digit = ((Number.parseInt(right.charAt(at), 16) + shift) % 16).toString(16);
      const wrong = parseMeid(right.slice(0, at) + digit + right.slice(at + 1));
      assert.equal(!wrong.ok && wrong.fault.kind, 'check');
    }),
  );
});

test('parseEsn() reads both forms and knows a pseudo-ESN', () => {
  for (const [hex = '', decimal = '', pseudo] of rows('esn.txt')) {
    const parsed = parseEsn(hex);
    assert.ok(parsed.ok, hex);
    assert.equal(writeEsnDecimal(parsed.value), decimal);
    assert.deepEqual(parseEsn(decimal), parsed);
    assert.equal(isPseudoEsn(parsed.value), pseudo === 'yes');
  }
  assert.deepEqual(parseEsn('25600000000'), { ok: false, fault: { kind: 'range', at: 1, digits: 3, max: 255 } });
  assert.deepEqual(parseEsn('00016777216'), { ok: false, fault: { kind: 'range', at: 4, digits: 8, max: 16777215 } });
  assert.deepEqual(parseEsn('1280148714A'), { ok: false, fault: { kind: 'digit', at: 11, char: 'A' } });
});

test('parse(write(x)) = x for every ESN', () => {
  fc.assert(
    fc.property(hexadecimals(8), (hex) => {
      const parsed = parseEsn(hex);
      assert.ok(parsed.ok);
      assert.deepEqual(parseEsn(writeEsnDecimal(parsed.value)), parsed);
    }),
  );
});

test('parseEid() holds the check digits of the vectors', () => {
  for (const [text = '', holds] of rows('eid.txt')) {
    const parsed = parseEid(text);
    assert.equal(parsed.ok ? 'yes' : parsed.fault.kind, holds === 'yes' ? 'yes' : 'check', text);
  }
});

test('the check digits of an EID catch every single wrong digit', () => {
  fc.assert(
    fc.property(digits(30), fc.nat(31), fc.integer({ min: 1, max: 9 }), (body, at, shift) => {
      const right = body + eidCheckDigits(body);
      assert.deepEqual(parseEid(right), { ok: true, value: right });
      const wrong = right.slice(0, at) + ((Number(right[at]) + shift) % 10) + right.slice(at + 1);
      const parsed = parseEid(wrong);
      assert.equal(!parsed.ok && parsed.fault.kind, 'check');
    }),
  );
});

test('parseIccid() demands the check digit of 19 digits and reports it of 20', () => {
  for (const [text = '', outcome = '', checked] of rows('iccid.txt')) {
    const expected = outcome.startsWith('{')
      ? { ok: false, fault: JSON.parse(outcome) }
      : { ok: true, value: { iccid: outcome, checked: checked === 'yes' } };
    assert.deepEqual(parseIccid(text), expected, text);
  }
});

test('parseMac() reads every common form and both bits', () => {
  for (const [text = '', mac, group, local] of rows('mac.txt')) {
    const parsed = parseMac(text);
    assert.ok(parsed.ok, text);
    assert.equal(parsed.value, mac);
    assert.deepEqual([isGroup(parsed.value), isLocal(parsed.value)], [group === 'yes', local === 'yes'], text);
    assert.equal(euiOf(parsed.value), parsed.value.length === 12 ? 'EUI-48' : 'EUI-64');
    assert.deepEqual(parseMac(writeMac(parsed.value)), parsed);
  }
});

test('a MAC address begins with its block', () => {
  const parsed = parseMac('ac-de-48-00-00-80');
  assert.equal(parsed.ok && writeMac(parsed.value), 'AC-DE-48-00-00-80');
  assert.equal(parsed.ok && ouiOf(parsed.value), 'ACDE48');
  assert.deepEqual(parseMac('ac-de-48-00-00'), { ok: false, fault: { kind: 'length', digits: 10, allowed: [12, 16] } });
});

test('parseSerial() keeps a maker’s number and refuses placeholders', () => {
  assert.deepEqual(parseSerial('  r58n  30a/x-1 '), { ok: true, value: 'R58N 30A/X-1' });
  for (const text of ['N/A', 'unknown', '0', '0000-0000', 'To be filled by O.E.M.', 'xxxx', '1234567890', '---']) {
    assert.deepEqual(parseSerial(text), { ok: false, fault: { kind: 'placeholder' } }, text);
  }
  assert.deepEqual(parseSerial(' ABé'), { ok: false, fault: { kind: 'digit', at: 4, char: 'é' } });
  const long = parseSerial('A1'.repeat(33));
  assert.equal(!long.ok && long.fault.kind === 'length' && long.fault.digits, 66);
});

test('serialKey() folds names, and no two pairs of names run into one another', () => {
  const serial = parseSerial('r58n30');
  assert.ok(serial.ok);
  assert.equal(serialKey(' Acme  Ltd', 'x1', serial.value), serialKey('ACME LTD', 'X1', serial.value));
  assert.notEqual(serialKey('A', 'B C', serial.value), serialKey('A B', 'C', serial.value));
});
