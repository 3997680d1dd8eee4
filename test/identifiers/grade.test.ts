import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseEid } from '../../src/identifiers/eid.ts';
import { parseEsn } from '../../src/identifiers/esn.ts';
import { type IdentifierFault, writeIdentifierFault } from '../../src/identifiers/fault.ts';
import { GRADES, type Grade, gradeOf, meets, worse } from '../../src/identifiers/grade.ts';
import { parseIccid } from '../../src/identifiers/iccid.ts';
import { imeiFromKey, normaliseObserved, parseImei } from '../../src/identifiers/imei.ts';
import { parseImsi } from '../../src/identifiers/imsi.ts';
import { parseMac } from '../../src/identifiers/mac.ts';
import { parseMeid } from '../../src/identifiers/meid.ts';
import { parseDialled, parseMsisdn } from '../../src/identifiers/msisdn.ts';
import { parsePlmn, parsePlmnCodes } from '../../src/identifiers/plmn.ts';
import { CRITERIA, type Graded, PROFILES } from '../../src/identifiers/profile.ts';
import { parseSerial } from '../../src/identifiers/serial.ts';
import { parseTac } from '../../src/identifiers/tac.ts';

const imei = imeiFromKey(35209900176148n);

function take<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  assert.ok(result.ok);
  return result.value;
}

const texts = (identifier: Graded): string[] => gradeOf(identifier).reasons.map((reason) => reason.text);

test('an IMEI is good, strong once the device proved it, weak when its TAC was never given out', () => {
  assert.equal(gradeOf({ kind: 'imei', value: imei }).grade, 'good');
  assert.equal(gradeOf({ kind: 'imei', value: imei }, { resolved: 'found' }).grade, 'good');
  assert.equal(gradeOf({ kind: 'imei', value: imei }, { resolved: 'found', attested: true }).grade, 'strong');
  assert.equal(gradeOf({ kind: 'imei', value: imei }, { resolved: 'absent', attested: true }).grade, 'weak');
});

test('an IMEI of a test TAC, of equal digits or of no reporting body is limited, with the reason', () => {
  const grade = (key: bigint): [Grade, string | undefined] => {
    const { grade: given, reasons } = gradeOf({ kind: 'imei', value: imeiFromKey(key) });
    return [given, reasons.find((reason) => reason.criterion === 'limit')?.text];
  };
  assert.deepEqual(grade(101700123456n), ['unfit', 'its TAC is kept for test devices']);
  assert.deepEqual(grade(2n * 10n ** 12n + 7n), ['unfit', 'its TAC is kept for test devices']);
  assert.deepEqual(grade(77777777777777n), ['unfit', 'no reporting body has the identifier 77']);
  assert.deepEqual(grade(70000000000001n), ['weak', 'no reporting body has the identifier 70']);
  assert.deepEqual(grade(98999900000001n), ['weak', 'the identifier 98 is reserved']);
  assert.deepEqual(grade(35209900000000n), ['weak', 'its serial number is 000000, as on blank devices']);
  assert.deepEqual(grade(35209900176148n), ['good', undefined]);
});

test('each kind of hardware identifier has its grade', () => {
  const meid = take(parseMeid('AF0123450ABCDE')).meid;
  assert.equal(gradeOf({ kind: 'meid', value: meid }).grade, 'good');
  assert.equal(gradeOf({ kind: 'esn', value: take(parseEsn('2B0001F4')) }).grade, 'weak');
  assert.equal(gradeOf({ kind: 'esn', value: take(parseEsn('8016B128')) }).grade, 'unfit');
  const eid = take(parseEid('89049032123451234512345678901235'));
  assert.equal(gradeOf({ kind: 'eid', value: eid }).grade, 'strong');
  assert.equal(gradeOf({ kind: 'serial', value: take(parseSerial('R58N30')) }).grade, 'fair');
});

test('a MAC address counts only when it is universal and individual', () => {
  const grade = (text: string): Grade => gradeOf({ kind: 'mac', value: take(parseMac(text)) }).grade;
  assert.equal(grade('AC-DE-48-00-00-80'), 'fair');
  assert.equal(grade('DA-A1-19-00-00-01'), 'unfit');
  assert.equal(grade('01-00-5E-00-00-FB'), 'unfit');
  assert.equal(grade('00-00-00-00-00-00'), 'unfit');
});

test('what belongs to a subscription, a model or a network is unfit to name a device, and says so', () => {
  const foreign: Graded[] = [
    { kind: 'iccid', value: take(parseIccid('8965880812100011146')).iccid },
    { kind: 'imsi', value: take(parseImsi('410011234567890')) },
    { kind: 'msisdn', value: take(parseMsisdn('447700900123')) },
    { kind: 'tac', value: take(parseTac('35209900')) },
    { kind: 'plmn', value: take(parsePlmn('41001')) },
    { kind: 'malformed', value: '35365308ABCDEF01' },
  ];
  assert.deepEqual(
    foreign.map((identifier) => gradeOf(identifier).grade),
    foreign.map(() => 'unfit'),
  );
  assert.ok(
    texts({ kind: 'malformed', value: 'X' }).includes('it is not formed as any identifier that an assigner gives out'),
  );
  const all = foreign.flatMap(texts).join('\n');
  assert.ok(!all.includes('410011234567890') && !all.includes('447700900123'), 'no reason repeats personal data');
});

test('points are the sum of the reasons, one for each criterion, and proof never lowers them', () => {
  const proofs = fc.record({ attested: fc.boolean() });
  const keys = fc.bigInt({ min: 0n, max: 10n ** 14n - 1n });
  fc.assert(
    fc.property(keys, proofs, (key, proof) => {
      const identifier: Graded = { kind: 'imei', value: imeiFromKey(key) };
      const { points, reasons, grade } = gradeOf(identifier, proof);
      assert.equal(
        points,
        reasons.reduce((sum, reason) => sum + (reason.points ?? 0), 0),
      );
      assert.deepEqual(
        reasons.filter((reason) => reason.criterion !== 'limit').map((reason) => reason.criterion),
        [...CRITERIA],
      );
      assert.ok(meets(grade, gradeOf(identifier).grade));
    }),
  );
  assert.equal(Object.keys(PROFILES).length, 13);
});

test('grades are in order', () => {
  assert.equal(worse('good', 'weak'), 'weak');
  assert.equal(worse('unfit', 'strong'), 'unfit');
  assert.deepEqual(
    GRADES.filter((grade) => meets(grade, 'fair')),
    ['strong', 'good', 'fair'],
  );
});

const parsers: Readonly<Record<string, (text: string) => { ok: true } | { ok: false; fault: IdentifierFault }>> = {
  imei: parseImei,
  tac: parseTac,
  imsi: parseImsi,
  plmn: parsePlmn,
  plmnCodes: (text) => parsePlmnCodes(text, text),
  msisdn: parseMsisdn,
  dialled: (text) => parseDialled(text, { region: 'PK' }),
  dialledByCode: (text) => parseDialled(text, { callingCode: '92' }),
  dialledAnywhere: (text) => parseDialled('0300 1234567', { callingCode: text }),
  dialledNowhere: (text) => parseDialled('0300 1234567', { region: text }),
  meid: parseMeid,
  esn: parseEsn,
  eid: parseEid,
  iccid: parseIccid,
  mac: parseMac,
  serial: parseSerial,
};

/** Texts near to identifiers, where a random string would never come. */
const near = fc
  .array(
    fc.constantFrom(
      ...'0123456789ABCDEFabcdef',
      ' ',
      '-',
      ':',
      '.',
      '+',
      '(',
      '*',
      '#',
      '٣',
      '\0',
      '\u{1F4F1}',
      '8',
      '9',
    ),
    {
      maxLength: 40,
    },
  )
  .map((chars) => chars.join(''));

test('no parser ever throws, and every fault is said in one sentence', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string(), near), (text) => {
      for (const [name, parse] of Object.entries(parsers)) {
        const parsed = parse(text);
        if (!parsed.ok) assert.match(writeIdentifierFault(parsed.fault), /^[A-Z].+\.$/s, name);
      }
      assert.ok(['imei', 'malformed', 'empty'].includes(normaliseObserved(text).kind));
    }),
    { numRuns: 1000 },
  );
});

test('a fault is written for a person, without the identifier', () => {
  const written = (parsed: { ok: true } | { ok: false; fault: IdentifierFault }): string =>
    parsed.ok ? '' : writeIdentifierFault(parsed.fault);
  assert.equal(written(parseImei('')), 'It is empty.');
  assert.equal(written(parseImei('123')), 'It has 3 digits; 14, 15 or 16 are allowed.');
  assert.equal(written(parseImsi('123')), 'It has 3 digits; 6 to 15 are allowed.');
  assert.equal(written(parseTac('123')), 'It has 3 digits; 8 are allowed.');
  assert.equal(written(parseImei('4901542032375X')), 'Character 14 is "X", which is no digit here.');
  assert.equal(written(parseImei('490154203237510')), 'The check digit is 0, but the other digits demand 8.');
  assert.equal(written(parseEsn('25600000000')), 'Digits 1 to 3 stand for more than 255.');
  const faults: IdentifierFault[] = [
    { kind: 'region', region: '3A' },
    { kind: 'industry', found: '90' },
    { kind: 'calling-code' },
    { kind: 'trunk' },
    { kind: 'plan', digits: 4 },
    { kind: 'placeholder' },
  ];
  assert.equal(new Set(faults.map(writeIdentifierFault)).size, faults.length);
});
