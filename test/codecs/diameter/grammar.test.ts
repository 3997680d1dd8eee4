import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMANDS, ME_IDENTITY_CHECK } from '../../../src/codecs/diameter/command.ts';
import { ENTRIES, entryByCode, entryByName } from '../../../src/codecs/diameter/dictionary.ts';
import { grammar } from '../../../src/codecs/diameter/grammar.ts';

const rulesOf = (lines: string) => grammar(lines).rules.map(({ entry, least, most }) => [entry.name, least, most]);

test('the brackets of a command say how often an AVP may stand', () => {
  assert.deepEqual(
    rulesOf(`
      < Session-Id >
      { Origin-Host }
      [ User-Name ]
      *[ Route-Record ]
      1*{ Host-IP-Address }
      *2[ Proxy-Info ]
      *[ AVP ]`),
    [
      ['Session-Id', 1, 1],
      ['Origin-Host', 1, 1],
      ['User-Name', 0, 1],
      ['Route-Record', 0, Infinity],
      ['Host-IP-Address', 1, Infinity],
      ['Proxy-Info', 0, 2],
    ],
  );
});

test('a grammar with a line that is none, or with an unknown AVP, is a defect', () => {
  assert.throws(() => grammar('Session-Id'), /not a line of a grammar: Session-Id/);
  assert.throws(() => grammar('{ Visited-Moon }'), /no AVP Visited-Moon/);
});

test('codes and names of the dictionary are unique', () => {
  assert.equal(new Set(ENTRIES.map(({ name }) => name)).size, ENTRIES.length);
  assert.equal(new Set(ENTRIES.map(({ code, vendor }) => `${vendor}/${code}`)).size, ENTRIES.length);
});

test('an AVP of a vendor must carry the V bit, one of the IETF must not', () => {
  for (const entry of ENTRIES) {
    const bits = entry.vendor === 0 ? entry.mustNot : entry.must;
    assert.equal(bits & 0x80, 0x80, entry.name);
    assert.equal(entry.must & entry.mustNot, 0, entry.name);
    assert.equal(entry.mustNot & 0x1f, 0x1f, `${entry.name}: the reserved bits`);
  }
});

test('the AVPs of S13 have the codes of TS 29.272', () => {
  const codes = ['Terminal-Information', 'IMEI', 'Software-Version', 'Equipment-Status', '3GPP2-MEID'].map(
    (name) => entryByName(name).code,
  );
  assert.deepEqual(codes, [1401, 1402, 1403, 1445, 1471]);
  assert.equal(entryByCode(1402, 10415)?.name, 'IMEI');
  assert.equal(entryByCode(1402, 0), undefined, 'the code alone is another AVP');
});

test('the User-Name of an ECR is optional, the realm it goes to is not', () => {
  const of = (name: string) => ME_IDENTITY_CHECK.request.of.get(entryByName(name));
  assert.equal(of('User-Name')?.least, 0);
  assert.equal(of('Destination-Realm')?.least, 1);
  assert.deepEqual(
    COMMANDS.map(({ code, application, flags }) => [code, application, flags]),
    [
      [257, 0, 0x80],
      [280, 0, 0x80],
      [282, 0, 0x80],
      [324, 16777252, 0xc0],
    ],
  );
});
