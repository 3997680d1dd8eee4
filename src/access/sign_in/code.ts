import { randomInt } from 'node:crypto';
import { type Fault, Refused } from '../../faults/fault.ts';
import { fail, ok, type Result } from '../../faults/result.ts';
import { parseMsisdn } from '../../identifiers/msisdn.ts';
import type { Vault } from '../../vault/vault.ts';
import { recordEvent } from '../accounts/event.ts';
import type { Desk } from '../desk.ts';
import { sourceKey } from './attempt.ts';
import { isSame } from './token.ts';

/** By what a code reaches a citizen. */
export type Channel = 'sms' | 'email';

/** A number or address, and by what it is reached. */
export type Contact = { readonly channel: Channel; readonly address: string };

/** A code that is to be sent. */
export type CodeToSend = Contact & {
  /** Six digits. */
  readonly code: string;
  readonly purpose: string;
  readonly expires: Date;
};

/** The pseudonym under which a citizen is known by a number or address, and its one writing. */
export type Known = { readonly person: string; readonly address: string };

/**
 * Reads a number, in international digits, or an electronic address. The fault names neither.
 * Fault: ACCESS_ADDRESS.
 */
export function readContact(vault: Vault, { channel, address }: Contact): Result<Known, Fault> {
  if (channel === 'sms') {
    const number = parseMsisdn(address);
    if (number.ok) return ok({ person: vault.pseudonym('msisdn', number.value), address: number.value });
    return fail(addressFault('The number is none.', 'Write it with its country code, as +41791234567.'));
  }
  const mail = address.normalize('NFKC').trim().toLowerCase();
  if (mail.length <= 254 && /^[^\s\p{Cc}@<>,;"]{1,64}@[^\s\p{Cc}@<>,;"]+\.[^\s\p{Cc}@<>,;"]+$/u.test(mail))
    return ok({ person: vault.pseudonym('email', mail), address: mail });
  return fail(addressFault('The electronic address is none.', 'Write it as name@example.org.'));
}

const addressFault = (message: string, remedy: string): Fault => ({
  code: 'ACCESS_ADDRESS',
  message,
  remedy,
  field: 'address',
});

const HOUR_MS = 3_600_000;

/**
 * Sends a code to a number or address, whether anybody is known by it or not; an earlier one for the same purpose ends.
 * `send` queues it in the same transaction. The answer is until when it is good.
 * @throws Refused ACCESS_ADDRESS, ACCESS_CODE_LIMIT.
 */
export async function beginCode(
  desk: Desk,
  {
    purpose,
    source: from,
    ...contact
  }: Contact & { readonly purpose: string /** The network address that asks. */; readonly source: string },
  send: (code: CodeToSend) => Promise<unknown>,
): Promise<{ readonly expires: Date }> {
  const known = readContact(desk.vault, contact);
  if (!known.ok) throw new Refused([known.fault]);
  const { person, address } = known.value;
  const source = sourceKey(desk.vault, from);
  // One at a time for each person, so that the limit holds against many at once.
  await desk.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 5))', [person]);
  await demandFew(desk, { person, source });
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  const expires = new Date(desk.now.getTime() + desk.policy.access.codes.minutes * 60_000);
  await desk.query('UPDATE sent_code SET closed = $3 WHERE person = $1 AND purpose = $2 AND closed IS NULL', [
    person,
    purpose,
    desk.now,
  ]);
  const [row] = await desk.query<{ id: string }>(
    `INSERT INTO sent_code (person, source, purpose, mac, sent, expires) VALUES ($1, $2, $3, '', $4, $5) RETURNING id`,
    [person, source, purpose, desk.now, expires],
  );
  if (row === undefined) throw new Error('a code without an id');
  await desk.query('UPDATE sent_code SET mac = $2 WHERE id = $1', [row.id, macOf(desk.vault, row.id, code)]);
  await send({ channel: contact.channel, address, code, purpose, expires });
  return { expires };
}

/** Keyed, and of this code alone: who reads the table cannot try the million codes. */
const macOf = (vault: Vault, id: string, code: string): string => vault.pseudonym('person', `code:${id}:${code}`);

async function demandFew(
  { query, policy, now }: Desk,
  { person, source }: { readonly person: string; readonly source: string },
): Promise<void> {
  const { perAddress, perSource } = policy.access.codes;
  const [row] = await query<{ person: number; source: number }>(
    `SELECT (SELECT count(*)::int FROM sent_code WHERE person = $1 AND sent > $3) AS person,
       (SELECT count(*)::int FROM sent_code WHERE source = $2 AND sent > $3) AS source`,
    [person, source, new Date(now.getTime() - HOUR_MS)],
  );
  if (row !== undefined && row.person < perAddress && row.source < perSource) return;
  const of =
    (row?.person ?? 0) >= perAddress ? `to this number or address (${perAddress})` : `for one asker (${perSource})`;
  const message = `As many codes were sent within an hour as there may be ${of}.`;
  throw new Refused([
    { code: 'ACCESS_CODE_LIMIT', message, remedy: 'Use the last one, or wait an hour.', field: 'address' },
  ]);
}

type Sent = { readonly id: string; readonly mac: string; readonly tries: number; readonly expires: Date };

/** A proof that somebody had a number or address in hand; good once, for its purpose, for half an hour. */
export type Proved = { readonly proof: string; readonly person: string };

const PROOF_MS = 30 * 60_000;

/**
 * Proves a number or address by the code that was sent there. After so many wrong ones the code is of no use any more. A
 * refusal is a value: commit. Faults: ACCESS_ADDRESS, and ACCESS_CODE, whatever is wrong, also where none was sent.
 */
export async function proveCode(
  desk: Desk,
  { code, purpose, ...contact }: Contact & { readonly code: string; readonly purpose: string },
): Promise<Result<Proved, Fault>> {
  const known = readContact(desk.vault, contact);
  if (!known.ok) return known;
  const { person } = known.value;
  const [sent] = await desk.query<Sent>(
    `SELECT id, mac, tries, expires FROM sent_code WHERE person = $1 AND purpose = $2 AND closed IS NULL FOR UPDATE`,
    [person, purpose],
  );
  const isRight = isSame(macOf(desk.vault, sent?.id ?? 'none', code.trim()), sent?.mac ?? 'none');
  if (sent === undefined || sent.expires <= desk.now) return fail(CODE_FAULT);
  const tries = sent.tries + 1;
  const closed = isRight || tries >= desk.policy.access.codes.tries ? desk.now : null;
  await desk.query('UPDATE sent_code SET tries = $2, closed = $3 WHERE id = $1', [sent.id, tries, closed]);
  if (!isRight) {
    await recordEvent(desk, { event: 'code.failed', detail: { person, purpose, tries } });
    return fail(CODE_FAULT);
  }
  const [row] = await desk.query<{ id: string }>(
    'INSERT INTO contact_proof (person, channel, purpose, proved, expires) VALUES ($1, $2, $3, $4, $5) RETURNING id',
    [person, contact.channel, purpose, desk.now, new Date(desk.now.getTime() + PROOF_MS)],
  );
  if (row === undefined) throw new Error('a proof without an id');
  return ok({ proof: row.id, person });
}

const CODE_FAULT: Fault = {
  code: 'ACCESS_CODE',
  message: 'The code is wrong, was used, or is too old.',
  remedy: 'Write the six digits that came last, or ask for another code.',
  field: 'code',
};
