import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { changeRoles, createAccount, disableAccount } from '../../src/access/accounts/account.ts';
import type { Actor } from '../../src/access/actor.ts';
import { completeInvitation, invite, takeInvitation } from '../../src/access/sign_in/invitation.ts';
import {
  changeOwnPassword,
  confirmOwnTotp,
  replaceOwnRecoveryCodes,
  replaceOwnTotp,
} from '../../src/access/sign_in/own.ts';
import { sessionOf } from '../../src/access/sign_in/session.ts';
import type { Registry } from '../../src/stores/registry.ts';
import { freshRegistry } from '../office.ts';
import { codeOf, later, NOW, type Office, officeOf, POLICY, ready, refusedBy, somebody, taken } from './desk.ts';
import { invited, type Means, PASSWORD, shownCode, tries } from './person.ts';

let registry: Registry;
let office: Office;
let people = 0;

before(async () => {
  registry = await freshRegistry();
  office = officeOf(registry);
});

/** Somebody who can sign in, from an address of the own. */
async function member(): Promise<Means & { readonly actor: Actor; readonly login: string; readonly source: string }> {
  people += 1;
  const login = `member${people}@office.example`;
  const actor = await somebody(office, { roles: ['analyst'], login });
  return { actor, login, source: `198.51.100.${people}`, ...(await invited(office, actor)) };
}

test('who shows password and code is signed in, as the account with its organisation and roles', async () => {
  const { login, secret, actor, source } = await member();
  const signed = taken(await tries(office, { login: ` ${login.toUpperCase()}`, code: shownCode(secret, NOW), source }));
  assert.deepEqual(signed.actor, actor);
  assert.deepEqual(await office((desk) => sessionOf(desk, signed.token)), actor);
});

test('a code is used once, and none before it either', async () => {
  const { login, secret, source } = await member();
  const code = shownCode(secret, NOW);
  taken(await tries(office, { login, code, source }));
  assert.equal(codeOf(await tries(office, { login, code, source })), 'ACCESS_SIGN_IN');
  const before = shownCode(secret, later(-30));
  assert.equal(codeOf(await tries(office, { login, code: before, source })), 'ACCESS_SIGN_IN');
  taken(await tries(office, { login, code: shownCode(secret, later(30)), source }));
});

test('of two who show one code at once, one is signed in', async () => {
  const { login, secret, source } = await member();
  const code = shownCode(secret, NOW);
  await ready(office, 3);
  const outcomes = await Promise.all([1, 2, 3].map(() => tries(office, { login, code, source })));
  assert.equal(outcomes.filter(({ ok }) => ok).length, 1);
});

test('a code of two steps ago, or of another secret, is none', async () => {
  const [one, other] = [await member(), await member()];
  for (const code of [
    shownCode(one.secret, later(-61)),
    shownCode(one.secret, later(61)),
    shownCode(other.secret, NOW),
    '',
  ])
    assert.equal(codeOf(await tries(office, { ...one, code })), 'ACCESS_SIGN_IN', code);
});

test('a recovery code stands in for a code once, however it is written', async () => {
  const { login, recovery, source } = await member();
  const [first = '', second = ''] = recovery;
  assert.equal(new Set(recovery).size, 10);
  taken(await tries(office, { login, code: first.toUpperCase().replaceAll('-', ' '), source }));
  assert.equal(codeOf(await tries(office, { login, code: first, source })), 'ACCESS_SIGN_IN');
  assert.equal(codeOf(await tries(office, { login: (await member()).login, code: second, source })), 'ACCESS_SIGN_IN');
  taken(await tries(office, { login, code: second, source }));
});

test('whatever is wrong, the answer is the same, and each failure is recorded', async () => {
  const right = await member();
  const shut = await member();
  await office((desk) => disableAccount(desk, { account: shut.actor.id, reason: 'left' }));
  const code = shownCode(right.secret, NOW);
  const answers = [
    await tries(office, { login: 'nobody@office.example', code, source: '203.0.113.1' }),
    await tries(office, { login: '', code, source: '203.0.113.2' }),
    await tries(office, { login: right.login, code, password: 'another password', source: '203.0.113.3' }),
    await tries(office, { login: right.login, code: '000000', source: '203.0.113.4' }),
    await tries(office, { login: shut.login, code: shownCode(shut.secret, NOW), source: '203.0.113.5' }),
  ];
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  assert.equal(codeOf(answers[0] ?? assert.fail()), 'ACCESS_SIGN_IN');
  const rows = await registry.query<{ detail: object }>(
    `SELECT detail FROM access_event WHERE event = 'sign_in.failed' ORDER BY number DESC LIMIT 5`,
  );
  assert.equal(rows.length, 5);
  assert.doesNotMatch(JSON.stringify(rows), /203\.0|example|another password/);
});

test('after some failures a login waits, each time longer, whether it exists or not', async () => {
  const { login, secret } = await member();
  let source = 0;
  const from = (): string => {
    source += 1;
    return `203.0.114.${source}`;
  };
  for (const name of [login, 'not.there@office.example']) {
    const wrong = (seconds: number) =>
      tries(office, { login: name, password: 'wrong one', source: from() }, later(seconds));
    const outcomes = [];
    for (const seconds of [0, 0, 0, 0, 1, 14, 15, 20, 44, 45, 46]) outcomes.push(codeOf(await wrong(seconds)));
    // Three are free; the fourth brings 15 seconds, the fifth (at 15) 30, the sixth (at 45) a minute.
    assert.deepEqual(outcomes, [
      ...Array<string>(4).fill('ACCESS_SIGN_IN'),
      ...[
        'ACCESS_WAIT',
        'ACCESS_WAIT',
        'ACCESS_SIGN_IN',
        'ACCESS_WAIT',
        'ACCESS_WAIT',
        'ACCESS_SIGN_IN',
        'ACCESS_WAIT',
      ],
    ]);
  }
  const right = (seconds: number) =>
    tries(office, { login, code: shownCode(secret, later(seconds)), source: from() }, later(seconds));
  const waiting = await right(50);
  assert.match(waiting.ok ? '' : waiting.fault.remedy, /in 55 seconds/);
  taken(await right(105));
  assert.equal(
    codeOf(await tries(office, { login, password: 'wrong one', source: from() }, later(200))),
    'ACCESS_SIGN_IN',
  );
  taken(await right(300));
});

test('many guesses at once are counted one by one', async () => {
  const { login } = await member();
  const guesses = Array.from({ length: 12 }, (_, at) =>
    tries(office, { login, password: `guess ${at}`, source: `203.0.115.${at}` }),
  );
  const outcomes = (await Promise.all(guesses)).map(codeOf);
  assert.equal(outcomes.filter((code) => code === 'ACCESS_SIGN_IN').length, 4);
  assert.equal(outcomes.filter((code) => code === 'ACCESS_WAIT').length, 8);
});

test('one network address that tries many logins waits, and an own sign-in there does not free it', async () => {
  const { login, secret } = await member();
  const at = (name: string, code = '') => tries(office, { login: name, code, source: '2001:db8:1:2::1' });
  for (let guess = 0; guess < 8; guess += 1) await at(`guess${guess}@office.example`);
  taken(await at(login, shownCode(secret, NOW)));
  await at('guess9@office.example');
  const other = await tries(office, { login: 'x@office.example', source: '2001:0DB8:1:2:ffff::9' });
  assert.equal(codeOf(other), 'ACCESS_WAIT', 'the whole /64 is one subscriber’s');
  assert.equal(codeOf(await tries(office, { login: 'x@office.example', source: '2001:db8:1:3::1' })), 'ACCESS_SIGN_IN');
});

test('an invitation is used once, within its time, and only by who has it', async () => {
  const actor = await somebody(office, { roles: ['analyst'] });
  const { token, expires } = await office((desk) => invite(desk, { account: actor.id }));
  const taking = (now: Date, password = PASSWORD, by = token) =>
    office((desk) => takeInvitation(desk, { token: by, password }), { now });
  await assert.rejects(taking(NOW, PASSWORD, 'another'), refusedBy('ACCESS_INVITATION'));
  await assert.rejects(taking(expires), refusedBy('ACCESS_INVITATION'));
  await assert.rejects(taking(NOW, 'password1234'), refusedBy('ACCESS_PASSWORD'));
  await taking(NOW);
  const { secret, uri } = await taking(later(1), `${PASSWORD} again`);
  assert.match(uri, /^otpauth:\/\/totp\/openceir:.*secret=/);
  const completing = (code: string) => office((desk) => completeInvitation(desk, { token, code }));
  await assert.rejects(completing('123'), refusedBy('ACCESS_FACTOR'));
  assert.equal((await completing(shownCode(secret, NOW))).length, 10);
  await assert.rejects(completing(shownCode(secret, NOW)), refusedBy('ACCESS_INVITATION'));
  await assert.rejects(taking(NOW), refusedBy('ACCESS_INVITATION'));
});

test('without a second factor nobody is signed in, but accounts of the demonstration', async () => {
  const actor = await somebody(office, { roles: ['analyst'], login: 'half@office.example' });
  const { token } = await office((desk) => invite(desk, { account: actor.id }));
  await office((desk) => takeInvitation(desk, { token, password: PASSWORD }));
  assert.equal(codeOf(await tries(office, { login: 'half@office.example', source: '203.0.116.1' })), 'ACCESS_SIGN_IN');
  const demo = await office(async (desk) => {
    const made = {
      organisation: actor.organisation?.id ?? '',
      kind: 'person',
      name: 'Demo',
      roles: ['analyst'],
    } as const;
    const { id } = await createAccount(desk, { ...made, login: 'demo@office.example', demo: true });
    return invite(desk, { account: id });
  });
  await office((desk) => takeInvitation(desk, { token: demo.token, password: PASSWORD }));
  taken(await tries(office, { login: 'demo@office.example', source: '203.0.116.2' }));
});

test('a new invitation ends all means and sessions; for approvers it takes two', async () => {
  const { actor, login, secret, recovery, source } = await member();
  const signed = taken(await tries(office, { login, code: shownCode(secret, NOW), source }));
  await office((desk) => invite(desk, { account: actor.id }));
  assert.equal(await office((desk) => sessionOf(desk, signed.token)), undefined);
  for (const code of [shownCode(secret, later(30)), recovery[0] ?? ''])
    assert.equal(codeOf(await tries(office, { login, code, source })), 'ACCESS_SIGN_IN');
  await office((desk) => changeRoles(desk, { account: actor.id, roles: ['approver'] }));
  const admin = await somebody(office, { roles: ['admin'] });
  await assert.rejects(
    office((desk) => invite(desk, { account: actor.id }), { actor: admin }),
    refusedBy('ACCESS_PROPOSAL'),
  );
});

test('the own password is changed by who knows it; other sessions end', async () => {
  const { actor, login, secret, recovery, source } = await member();
  const [code = '', second = ''] = recovery;
  const here = taken(await tries(office, { login, code: shownCode(secret, NOW), source }));
  const there = taken(await tries(office, { login, code, source }));
  const changing = (password: string, fresh: string) =>
    office((desk) => changeOwnPassword(desk, { password, source, fresh, stays: here.token }), { actor });
  assert.equal(codeOf(await changing('wrong', 'three very distant mountains')), 'ACCESS_SIGN_IN');
  assert.equal(codeOf(await changing(PASSWORD, 'short')), 'ACCESS_PASSWORD');
  taken(await changing(PASSWORD, 'three very distant mountains'));
  assert.deepEqual(await office((desk) => sessionOf(desk, here.token)), actor);
  assert.equal(await office((desk) => sessionOf(desk, there.token)), undefined);
  assert.equal(codeOf(await tries(office, { login, code: second, source })), 'ACCESS_SIGN_IN');
  taken(await tries(office, { login, code: second, source, password: 'three very distant mountains' }));
});

test('the own second factor is replaced by who knows the password; the old one counts until then', async () => {
  const { actor, login, secret, source, recovery } = await member();
  const proved = { password: PASSWORD, source };
  assert.equal(
    codeOf(await office((desk) => replaceOwnTotp(desk, { ...proved, password: 'wrong' }), { actor })),
    'ACCESS_SIGN_IN',
  );
  const offer = taken(await office((desk) => replaceOwnTotp(desk, proved), { actor }));
  taken(await tries(office, { login, code: shownCode(secret, NOW), source }));
  await office((desk) => confirmOwnTotp(desk, shownCode(offer.secret, NOW)), { actor });
  assert.equal(codeOf(await tries(office, { login, code: shownCode(secret, later(30)), source })), 'ACCESS_SIGN_IN');
  taken(await tries(office, { login, code: shownCode(offer.secret, later(30)), source }));
  const fresh = taken(await office((desk) => replaceOwnRecoveryCodes(desk, proved), { actor }));
  assert.equal(codeOf(await tries(office, { login, code: recovery[0] ?? '', source })), 'ACCESS_SIGN_IN');
  taken(await tries(office, { login, code: fresh[0] ?? '', source }));
});

test('a password that cost less work than is due is hashed anew at the sign-in', async () => {
  const { actor, login, secret } = await member();
  const signIn = { ...POLICY.access.signIn, passwordCost: 6 };
  const policy = { ...POLICY, access: { ...POLICY.access, signIn } };
  const costs = async () =>
    (await registry.query<{ cost: number }>('SELECT cost FROM password WHERE account = $1', [actor.id]))[0]?.cost;
  assert.equal(await costs(), 4);
  const dearer: Office = (act, at) => office(act, { ...at, policy });
  taken(await tries(dearer, { login, code: shownCode(secret, NOW) }));
  assert.equal(await costs(), 6);
  taken(await tries(dearer, { login, code: shownCode(secret, later(30)) }));
});

test('nothing that was shown stands in the tables', async () => {
  const { secret, recovery } = await member();
  const tables = ['password', 'totp', 'recovery_code', 'invitation', 'session', 'attempt', 'access_event', 'account'];
  const rows = await registry.query<{ row: string }>(
    tables.map((table) => `SELECT ${table}::text AS row FROM ${table}`).join(' UNION ALL '),
  );
  const text = rows.map(({ row }) => row).join('\n');
  const codes = recovery.map((code) => code.replaceAll('-', ''));
  for (const shown of [PASSWORD, secret, ...codes, '198.51.100'])
    for (const form of [shown, Buffer.from(shown).toString('hex')]) assert.ok(!text.includes(form), shown);
});
