import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { isWholeImsi, mccOfImsi, parseImsi, plmnOf } from '../../src/identifiers/imsi.ts';
import {
  callingCodeOf,
  isAllotted,
  parseDialled,
  parseMsisdn,
  regionOf,
  writeMsisdn,
} from '../../src/identifiers/msisdn.ts';
import { mccOf, mncOf, type Plmn, parsePlmn, parsePlmnCodes, writePlmn } from '../../src/identifiers/plmn.ts';
import { Redacted, redact, reveal } from '../../src/identifiers/redacted.ts';
import { rows } from './vectors.ts';

const digits = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.nat(9), { minLength, maxLength }).map((values) => values.join(''));

const plmns = (...texts: string[]): Set<Plmn> =>
  new Set(
    texts.map((text) => {
      const parsed = parsePlmn(text);
      assert.ok(parsed.ok, text);
      return parsed.value;
    }),
  );

test('parsePlmn() keeps the length of the network code', () => {
  fc.assert(
    fc.property(digits(5, 6), (text) => {
      const [plmn] = plmns(text);
      assert.ok(plmn !== undefined);
      assert.equal(mccOf(plmn) + mncOf(plmn), text);
      assert.deepEqual(parsePlmn(writePlmn(plmn)), { ok: true, value: plmn });
      assert.deepEqual(parsePlmnCodes(mccOf(plmn), mncOf(plmn)), { ok: true, value: plmn });
    }),
  );
  assert.deepEqual(parsePlmn('4100'), { ok: false, fault: { kind: 'length', digits: 4, allowed: [5, 6] } });
});

test('parsePlmnCodes() names the code that is wrong: a lost zero shows', () => {
  const fault = { kind: 'length', digits: 1, allowed: [2, 3], part: 'mnc' };
  assert.deepEqual(parsePlmnCodes('410', '1'), { ok: false, fault });
  assert.deepEqual(parsePlmnCodes('4x0', '01'), { ok: false, fault: { kind: 'digit', at: 2, char: 'x', part: 'mcc' } });
});

test('parseImsi() takes 6 to 15 digits', () => {
  fc.assert(
    fc.property(digits(6, 15), (text) => {
      const parsed = parseImsi(text);
      assert.deepEqual(parsed, { ok: true, value: text });
      assert.ok(parsed.ok);
      assert.equal(isWholeImsi(parsed.value), text.length >= 14);
      assert.equal(mccOfImsi(parsed.value), text.slice(0, 3));
    }),
  );
  for (const text of ['', '41001', '4100123456789012']) {
    const parsed = parseImsi(text);
    assert.equal(!parsed.ok && parsed.fault.kind, 'length', text);
  }
});

test('plmnOf() finds the home network by known networks only, the longer code first', () => {
  const imsi = parseImsi('310410123456789');
  assert.ok(imsi.ok);
  assert.equal(plmnOf(imsi.value, plmns('310410', '31041')), '310410');
  assert.equal(plmnOf(imsi.value, plmns('31041')), '31041');
  assert.equal(plmnOf(imsi.value, plmns('31001', '410410')), undefined);
  assert.equal(plmnOf(imsi.value, new Set()), undefined);
});

test('parseMsisdn() reads the vectors', () => {
  for (const [text = '', outcome = ''] of rows('msisdn.txt')) {
    const expected = outcome.startsWith('{') ? { ok: false, fault: JSON.parse(outcome) } : { ok: true, value: outcome };
    assert.deepEqual(parseMsisdn(text), expected, text);
  }
});

test('parseDialled() reads a number as it is dialled in the country', () => {
  const expected = { ok: true, value: '923001234567' };
  for (const text of ['0300 1234567', '+92 300-123.4567', '00923001234567', '(0300) 1234567', '3001234567']) {
    assert.deepEqual(parseDialled(text, { region: 'PK' }), expected, text);
  }
  assert.deepEqual(parseDialled('0300 1234567', { callingCode: '92' }), expected);
  assert.deepEqual(parseDialled('+44 7700 900123', { region: 'PK' }), { ok: true, value: '447700900123' });
});

test('parseDialled() refuses an unknown region, an unknown calling code and letters', () => {
  assert.deepEqual(parseDialled('0300 1234567', { region: 'XX' }), { ok: false, fault: { kind: 'calling-code' } });
  assert.deepEqual(parseDialled('0300 1234567', { callingCode: '999' }), {
    ok: false,
    fault: { kind: 'calling-code' },
  });
  assert.deepEqual(parseDialled('0300 CALL', { region: 'PK' }), {
    ok: false,
    fault: { kind: 'digit', at: 6, char: 'C' },
  });
});

test('an MSISDN knows its calling code and region', () => {
  const parsed = parseMsisdn('447700900123');
  assert.ok(parsed.ok);
  assert.equal(callingCodeOf(parsed.value), '44');
  const satellite = parseMsisdn('88216123456');
  assert.ok(satellite.ok);
  assert.equal(regionOf(satellite.value), undefined);
  const pakistani = parseMsisdn('923001234567');
  assert.ok(pakistani.ok);
  assert.deepEqual([regionOf(pakistani.value), isAllotted(pakistani.value)], ['PK', true]);
});

test('parse(write(x)) = x for every MSISDN', () => {
  const numbers = fc.tuple(fc.constantFrom('92', '44', '1', '49', '86', '234', '54', '39'), digits(5, 12));
  let read = 0;
  fc.assert(
    fc.property(numbers, (parts) => {
      const parsed = parseMsisdn(parts.join(''));
      if (!parsed.ok) return;
      read += 1;
      assert.equal(parsed.value, parts.join(''));
      assert.deepEqual(parseMsisdn(writeMsisdn(parsed.value)), parsed);
      assert.deepEqual(parseDialled(writeMsisdn(parsed.value), { region: 'PK' }), parsed);
    }),
  );
  assert.ok(read > 10, `${read} numbers were read`);
});

test('a redacted value shows nowhere, and reveal() opens it', () => {
  const sealed = redact('410011234567890');
  assert.equal(reveal(sealed), '410011234567890');
  const shown = [
    String(sealed),
    `${sealed}`,
    JSON.stringify({ sealed }),
    inspect({ sealed }, { depth: 9, showHidden: true }),
    sealed.toString(),
    Object.values(sealed).join(),
    new Error(`Refused ${sealed}.`).stack ?? '',
    JSON.stringify(structuredClone(sealed)),
  ].join('\n');
  assert.ok(!shown.includes('41001'), shown);
  assert.equal(shown.match(/<redacted>/g)?.length, 6);
  assert.ok(sealed instanceof Redacted);
});
