import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getCountries } from 'libphonenumber-js/max';
import { COUNTRY_CODES, parseCountryCode } from '../../src/identifiers/iso3166.ts';

test('the codes are the 249 of ISO 3166-1', () => {
  assert.equal(COUNTRY_CODES.length, 249);
  assert.equal(new Set(COUNTRY_CODES).size, 249);
  const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });
  for (const code of COUNTRY_CODES) assert.notEqual(names.of(code), undefined, code);
  // Regions with telephones that are no countries of the standard: Ascension, Tristan da Cunha, Kosovo.
  const others = getCountries().filter((region) => parseCountryCode(region) === undefined);
  assert.deepEqual([...others].sort(), ['AC', 'TA', 'XK']);
});

test('a code is read in any case', () => {
  assert.equal(parseCountryCode(' ch '), 'CH');
  for (const text of ['', 'C', 'CHE', 'ZZ', 'XX', 'UK', '41']) assert.equal(parseCountryCode(text), undefined, text);
});
