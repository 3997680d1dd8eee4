import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { beginCode, type CodeToSend, type Contact, proveCode, readContact } from '../../src/access/sign_in/code.ts';
import { SIGN_IN, signInCitizen, useProof } from '../../src/access/sign_in/proof.ts';
import { sessionOf } from '../../src/access/sign_in/session.ts';
import type { Registry } from '../../src/stores/registry.ts';
import { freshRegistry } from '../office.ts';
import { codeOf, later, NOW, type Office, officeOf, POLICY, ready, refusedBy, taken } from './desk.ts';

let registry: Registry;
let office: Office;
let numbers = 0;

before(async () => {
  registry = await freshRegistry();
  office = officeOf(registry);
});

/** A number that nobody used here yet. */
const fresh = (): Contact => {
  numbers += 1;
  return { channel: 'sms', address: `+4179${String(1_234_000 + numbers)}` };
};

type Asking = Contact & { readonly purpose?: string; readonly source?: string };

/** The code that is sent. */
async function sent(of: Asking, now = NOW): Promise<CodeToSend> {
  const codes: CodeToSend[] = [];
  const asked = { purpose: 'theft', source: `192.0.2.${numbers}`, ...of };
  await office((desk) => beginCode(desk, asked, async (code) => codes.push(code)), { now });
  return codes[0] ?? assert.fail('nothing was sent');
}

const proving = (of: Contact & { readonly code: string; readonly purpose?: string }, now = NOW) =>
  office((desk) => proveCode(desk, { purpose: 'theft', ...of }), { now });
const using = (proof: string, purpose = 'theft', now = NOW) =>
  office((desk) => useProof(desk, { proof, purpose }), { now });
const wrong = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

test('a code proves a number once, and the proof serves once, for its purpose', async () => {
  const number = fresh();
  const { code, expires, address } = await sent(number);
  assert.match(code, /^\d{6}$/);
  assert.deepEqual([expires, address], [later(600), number.address.slice(1)]);
  const { proof, person } = taken(await proving({ ...number, code: ` ${code} ` }));
  assert.equal(codeOf(await proving({ ...number, code })), 'ACCESS_CODE');
  await assert.rejects(using(proof, SIGN_IN), refusedBy('ACCESS_PROOF'));
  assert.deepEqual(await using(proof), { person, channel: 'sms' });
  await assert.rejects(using(proof), refusedBy('ACCESS_PROOF'));
  for (const none of ['', 'x', '00000000-0000-0000-0000-000000000000'])
    await assert.rejects(using(none), refusedBy('ACCESS_PROOF'));
});

test('a number has one pseudonym, that of the vault, however it is written', async () => {
  const pseudonym = (contact: Contact) => office(async (desk) => taken(readContact(desk.vault, contact)).person);
  const number = await pseudonym({ channel: 'sms', address: '+41791112233' });
  assert.equal(number, await office(async (desk) => desk.vault.pseudonym('msisdn', '41791112233')));
  assert.equal(number, await pseudonym({ channel: 'sms', address: '41791112233 ' }));
  const mail = await pseudonym({ channel: 'email', address: 'ada@example.org' });
  assert.equal(mail, await pseudonym({ channel: 'email', address: ' Ada@Example.org' }));
  assert.notEqual(mail, number);
});

test('what is no number or address gets no code, and is not repeated', async () => {
  for (const contact of [
    { channel: 'sms', address: 'ada@example.org' },
    { channel: 'sms', address: '0791112233' },
    { channel: 'sms', address: '' },
    { channel: 'email', address: '41791112233' },
    { channel: 'email', address: 'a@b@example.org' },
    { channel: 'email', address: 'ada@example.org,eve@example.org' },
    { channel: 'email', address: 'ada@example.org\nBcc: eve@example.org' },
  ] as const) {
    await assert.rejects(
      sent(contact),
      (error: Error) => refusedBy('ACCESS_ADDRESS')(error) && !error.message.includes('@example'),
    );
    assert.equal(codeOf(await proving({ ...contact, code: '123456' })), 'ACCESS_ADDRESS');
  }
});

test('a wrong code, one too old, one of another purpose, and none at all are told alike', async () => {
  const [number, other] = [fresh(), fresh()];
  const { code } = await sent(number);
  const answers = [
    await proving({ ...number, code: wrong(code) }),
    await proving({ ...number, code, purpose: SIGN_IN }),
    await proving({ ...number, code }, later(600)),
    await proving({ ...other, code }),
    await proving({ ...number, code: '' }),
  ];
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  taken(await proving({ ...number, code }, later(599)));
});

test('after five wrong ones the right one is of no use, also when they come at once', async () => {
  const number = fresh();
  const { code } = await sent(number);
  for (let at = 0; at < 4; at += 1) await proving({ ...number, code: wrong(code) });
  taken(await proving({ ...number, code }));
  const again = await sent(number);
  await ready(office, 6);
  await Promise.all([1, 2, 3, 4, 5, 6].map(() => proving({ ...number, code: wrong(again.code) })));
  assert.equal(codeOf(await proving({ ...number, code: again.code })), 'ACCESS_CODE');
  const failures = await registry.query(`SELECT FROM access_event WHERE event = 'code.failed'`);
  assert.ok(failures.length >= 9);
});

test('the newest code counts; of two who prove it at once, one has a proof', async () => {
  const number = fresh();
  const [first, second] = [await sent(number), await sent(number)];
  if (first.code !== second.code) assert.equal(codeOf(await proving({ ...number, code: first.code })), 'ACCESS_CODE');
  const outcomes = await Promise.all([1, 2, 3].map(() => proving({ ...number, code: second.code })));
  assert.equal(outcomes.filter(({ ok }) => ok).length, 1);
});

test('codes for two purposes stand beside each other', async () => {
  const number = fresh();
  const [theft, entry] = [await sent(number), await sent({ ...number, purpose: SIGN_IN })];
  taken(await proving({ ...number, code: theft.code }));
  taken(await proving({ ...number, code: entry.code, purpose: SIGN_IN }));
});

test('a number is sent so many codes an hour, also when many ask at once', async () => {
  const number = fresh();
  const asked = await Promise.allSettled(
    Array.from({ length: 8 }, (_, at) => sent({ ...number, source: `203.0.113.${at}` })),
  );
  assert.equal(asked.filter(({ status }) => status === 'fulfilled').length, POLICY.access.codes.perAddress);
  await assert.rejects(sent(number), refusedBy('ACCESS_CODE_LIMIT'));
  await sent(number, later(3601));
});

test('one asker has so many codes sent an hour, to whomever', async () => {
  const codes = { ...POLICY.access.codes, perSource: 3 };
  const policy = { ...POLICY, access: { ...POLICY.access, codes } };
  const asking = (source: string) =>
    office((desk) => beginCode(desk, { ...fresh(), purpose: 'theft', source }, async () => undefined), { policy });
  for (let at = 0; at < 3; at += 1) await asking('2001:db8:9:9::1');
  await assert.rejects(asking('2001:db8:9:9::2'), refusedBy('ACCESS_CODE_LIMIT'));
  await asking('2001:db8:9:8::1');
});

test('a code that cannot be sent was never made', async () => {
  const number = fresh();
  const failing = office((desk) =>
    beginCode(desk, { ...number, purpose: 'theft', source: '192.0.2.200' }, async () => {
      throw new Error('the queue is gone');
    }),
  );
  await assert.rejects(failing, /queue/);
  const { person } = await office(async (desk) => taken(readContact(desk.vault, number)));
  assert.deepEqual(await registry.query('SELECT FROM sent_code WHERE person = $1', [person]), []);
});

test('a citizen signs in by a proof, and is the pseudonym of the number', async () => {
  const number = fresh();
  const { code } = await sent({ ...number, purpose: SIGN_IN });
  const { proof, person } = taken(await proving({ ...number, code, purpose: SIGN_IN }));
  await assert.rejects(
    office((desk) => signInCitizen(desk, { proof }), { now: later(1800) }),
    refusedBy('ACCESS_PROOF'),
  );
  const signed = await office((desk) => signInCitizen(desk, { proof }));
  assert.deepEqual(await office((desk) => sessionOf(desk, signed.token)), { id: person, roles: ['citizen'] });
  await assert.rejects(
    office((desk) => signInCitizen(desk, { proof })),
    refusedBy('ACCESS_PROOF'),
  );
});

test('neither number nor code stands readable in the tables', async () => {
  const number = fresh();
  const { code } = await sent(number);
  const rows = await registry.query<{ row: string }>(
    'SELECT s::text AS row FROM sent_code s UNION ALL SELECT p::text FROM contact_proof p UNION ALL SELECT e::text FROM access_event e',
  );
  const text = rows.map(({ row }) => row).join('\n');
  assert.ok(rows.length > 10 && !text.includes(number.address.slice(1)) && !text.includes(`,${code},`));
});
