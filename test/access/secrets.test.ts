import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { createAccount, disableAccount } from '../../src/access/accounts/account.ts';
import { DEMO_SECRETS, isProduction, ringSecrets, secretFaults, startFaults } from '../../src/access/secrets.ts';
import { COMMON } from '../../src/access/sign_in/common.ts';
import { hashPassword, isPassword, judgePassword } from '../../src/access/sign_in/password.ts';
import { freshRing } from '../../src/vault/ring.ts';
import { freshRegistry } from '../office.ts';
import { codeOf, officeOf, somebody } from './desk.ts';

const judged = (password: string, login = 'ada@authority.example') =>
  codeOf(judgePassword(password, { min: 12, login }));

test('a password is hashed with a salt of its own, and found again', async () => {
  const [one, other] = [await hashPassword('four garden chairs', 4), await hashPassword('four garden chairs', 4)];
  assert.notDeepEqual(one.hash, other.hash);
  assert.ok(await isPassword('four garden chairs', one, 10));
  assert.ok(!(await isPassword('four garden chair', one, 10)));
  assert.ok(
    await isPassword('Cafe\u0301 au lait noir', await hashPassword('Café au lait noir', 4), 4),
    'as other keyboards write it',
  );
});

test('where nothing is stored, the same work is done for nothing', async () => {
  assert.ok(!(await isPassword('', undefined, 4)));
  // Work that no machine can do: it is tried, and fails as such.
  await assert.rejects(isPassword('', undefined, 99), RangeError);
});

test('passwords that are short, well known, a pattern or the login are refused', () => {
  for (const bad of [
    'short',
    'elevenchars',
    'password1234',
    'P@ssw0rd2026!',
    'Summer2026!!',
    '!!!!qwertyuiop',
    'abcabcabcabc',
    'aaaaaaaaaaaa',
    '1234567890123',
    '987654321098',
    'abcdefghijklm',
    'correcthorsebatterystaple',
    DEMO_SECRETS.password,
    'x'.repeat(257),
  ])
    assert.equal(judged(bad), 'ACCESS_PASSWORD', bad);
  assert.equal(judged('ada.lovelace99', 'ada.lovelace@authority.example'), 'ACCESS_PASSWORD');
});

test('long ones of several words are taken, in any script, also without digits and signs', () => {
  for (const good of [
    'four unlikely garden chairs',
    'четыре садовых стула',
    '四把意想不到的花园椅子在雨中',
    'passwordless garden',
  ]) {
    assert.equal(judged(good), 'ok', good);
  }
});

test('every common word is refused with digits and signs behind it', () => {
  fc.assert(
    fc.property(fc.constantFrom(...COMMON), fc.stringMatching(/^[0-9!?.]{12,20}$/), (word, tail) => {
      assert.equal(judged(`${word}${tail}`), 'ACCESS_PASSWORD');
    }),
    { numRuns: 200 },
  );
});

test('in production each default, short or patterned secret is named, but not repeated', () => {
  const faults = secretFaults([
    { name: 'A', value: 'changeme' },
    { name: 'B', value: ` ${DEMO_SECRETS.password.toUpperCase()}` },
    { name: 'C', value: Buffer.alloc(32) },
    { name: 'D', value: Buffer.alloc(32, 0x5a) },
    { name: 'E', value: Buffer.from(Array.from({ length: 32 }, (_, at) => at)) },
    { name: 'F', value: Buffer.from('deadbeef'.repeat(8), 'hex') },
    { name: 'G', value: Buffer.from('00112233445566778899aabbccddeeff', 'hex') },
    { name: 'H', value: '00112233445566778899AABBCCDDEEFF' },
    { name: 'I', value: 'elevenchars' },
    { name: 'J', value: randomBytes(15) },
    { name: 'K', value: '01'.repeat(16) },
    { name: 'L', value: '' },
    { name: 'M', value: 'constructor' },
    { name: 'fine', value: randomBytes(32) },
    { name: 'fine', value: randomBytes(16).toString('hex') },
    { name: 'fine', value: 'four unlikely garden chairs' },
  ]);
  assert.deepEqual(
    faults.map(({ message }) => /mode (\w+) /.exec(message)?.[1]),
    [...'ABCDEFGHIJKLM'],
  );
  for (const { code, message, remedy } of faults) {
    assert.equal(code, 'ACCESS_DEFAULT_SECRET');
    assert.doesNotMatch(message + remedy, /changeme|demonstration-of|deadbeef|elevenchars/i);
  }
});

test('a fresh ring of the vault passes, and each of its keys is looked at', () => {
  const ring = freshRing(new Date());
  const secrets = ringSecrets(ring);
  assert.equal(secrets.length, 7);
  assert.deepEqual(secretFaults(secrets), []);
  const zero = {
    ...ring,
    pseudonym: Buffer.alloc(32),
    sealing: { ...ring.sealing, trace: [{ version: 1, made: new Date(), key: Buffer.alloc(32, 1) }] },
  };
  const named = secretFaults(ringSecrets(zero)).map(({ message }) => message);
  assert.equal(named.length, 2);
  assert.match(named.join(), /pseudonyms.*trace, version 1/);
});

test('production is what CEIR_MODE says', () => {
  assert.ok(isProduction({ CEIR_MODE: 'Production ' }));
  for (const mode of [undefined, '', 'demo']) assert.ok(!isProduction({ CEIR_MODE: mode }));
});

test('a register in production does not start with accounts of the demonstration', async () => {
  const registry = await freshRegistry();
  const office = officeOf(registry);
  const admin = await somebody(office, { roles: ['admin'] });
  const starting = (production: boolean) =>
    startFaults(registry, { production, secrets: [{ name: 'A', value: 'changeme' }] });
  assert.equal((await starting(true)).length, 1);
  const made = {
    organisation: admin.organisation?.id ?? '',
    kind: 'person',
    name: 'Demo',
    roles: [],
    demo: true,
  } as const;
  const { id } = await office((desk) => createAccount(desk, { ...made, login: 'demo@office.example' }));
  assert.deepEqual(await starting(false), []);
  assert.match((await starting(true))[1]?.message ?? '', /1 accounts of the demonstration/);
  await office((desk) => disableAccount(desk, { account: id, reason: 'production' }));
  assert.equal((await starting(true)).length, 1);
});
