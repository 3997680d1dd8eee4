import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  allPrefixes,
  homePrefixes,
  isHomeMsisdn,
  mccsOf,
  operatorById,
  operatorOfImsi,
  originOfImsi,
} from '../../src/country/numbering.ts';
import { parsed } from './base.ts';

const country = parsed();

test('an IMSI belongs to the operator whose PLMN it begins with', () => {
  assert.equal(operatorOfImsi(country, '999011234567890')?.id, 'alfa');
  assert.equal(operatorOfImsi(country, '999021234567890')?.id, 'bravo');
  assert.equal(operatorOfImsi(country, '999031234567890')?.id, 'bravo');
  assert.equal(operatorOfImsi(country, '999041234567890'), undefined);
  assert.equal(operatorOfImsi(country, '9990'), undefined);
  assert.equal(operatorOfImsi(country, ''), undefined);
});

test('an IMSI is of an operator, of the country, or from abroad', () => {
  assert.equal(originOfImsi(country, '999011234567890'), 'operator');
  assert.equal(originOfImsi(country, '999041234567890'), 'country');
  assert.equal(originOfImsi(country, '228011234567890'), 'abroad');
});

test('prefixes and codes', () => {
  assert.deepEqual(homePrefixes(country, 'bravo'), ['99902', '999031']);
  assert.deepEqual(homePrefixes(country, 'nobody'), []);
  assert.deepEqual(allPrefixes(country), ['99901', '99902', '999031']);
  const bravo = operatorById(country, 'bravo');
  assert.deepEqual(bravo === undefined ? [] : mccsOf(bravo), ['999']);
  assert.equal(isHomeMsisdn(country, '999555'), true);
  assert.equal(isHomeMsisdn(country, '4179555'), false);
});

test('no IMSI has two homes', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^9990[0-9]{1,11}$/), (imsi) => {
      assert.ok(allPrefixes(country).filter((prefix) => imsi.startsWith(prefix)).length <= 1);
    }),
  );
});
