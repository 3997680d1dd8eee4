import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  type VerifiedAuthenticationResponse,
  type VerifiedRegistrationResponse,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { decodeClientDataJSON } from '@simplewebauthn/server/helpers';
import type { Fault } from '../../faults/fault.ts';
import { fail, ok, type Result } from '../../faults/result.ts';
import { recordEvent } from '../accounts/event.ts';
import { actorOf } from '../accounts/find.ts';
import { demand } from '../actions.ts';
import type { Desk } from '../desk.ts';
import { sourceKey } from './attempt.ts';
import { ownPassword, SIGN_IN_FAULT } from './local.ts';
import { openSession, type SignedIn } from './session.ts';
import { hashToken } from './token.ts';

/** Where the pages are that people sign in on: passkeys work there only. */
export type Site = {
  /** `https://ceir.authority.example` */
  readonly origin: string;
  /** As the browser shows it. */
  readonly name: string;
};

const MINUTES = 5;
const MOST_PASSKEYS = 10;

const partyOf = ({ origin }: Site): string => new URL(origin).hostname;

/** Keeps what is to be signed, for a few minutes and one answer. */
async function putOut(desk: Desk, challenge: string, account: string | undefined): Promise<void> {
  await desk.query('INSERT INTO passkey_challenge (hash, account, expires) VALUES ($1, $2, $3)', [
    hashToken(challenge),
    account ?? null,
    new Date(desk.now.getTime() + MINUTES * 60_000),
  ]);
}

/** The challenge that an answer signs, if it was put out for this and not answered yet; it is used up. */
async function taken(desk: Desk, clientData: string, account: string | undefined): Promise<string | undefined> {
  const challenge = challengeOf(clientData);
  if (challenge === undefined) return undefined;
  const rows = await desk.query(
    `DELETE FROM passkey_challenge WHERE hash = $1 AND account IS NOT DISTINCT FROM $2::uuid AND expires > $3
     RETURNING expires`,
    [hashToken(challenge), account ?? null, desk.now],
  );
  return rows.length === 1 ? challenge : undefined;
}

function challengeOf(clientData: string): string | undefined {
  try {
    const { challenge } = decodeClientDataJSON(clientData);
    return typeof challenge === 'string' ? challenge : undefined;
  } catch {
    return undefined; // no client data: whatever it is, it answers no challenge
  }
}

/** What the library makes of an answer. It throws at whatever is wrong in it, which is for us a refusal. */
async function judged<T>(verify: () => Promise<T>): Promise<T | undefined> {
  try {
    return await verify();
  } catch {
    return undefined;
  }
}

/**
 * Begins a passkey of who is signed in, who shows the password again. The answer is for `navigator.credentials.create`.
 * A refusal is a value: commit. Faults: ACCESS_SIGN_IN, ACCESS_WAIT, ACCESS_FACTOR. @throws Refused ACCESS_ROLE.
 */
export async function beginPasskey(
  desk: Desk,
  { site, ...proved }: { readonly site: Site; readonly password: string; readonly source: string },
): Promise<Result<PublicKeyCredentialCreationOptionsJSON, Fault>> {
  demand(desk.actor, 'account.own');
  const owner = await ownPassword(desk, proved);
  if (!owner.ok) return owner;
  const known = await desk.query<{ id: string }>('SELECT id FROM passkey WHERE account = $1 AND removed IS NULL', [
    desk.actor.id,
  ]);
  if (known.length >= MOST_PASSKEYS)
    return fail(keyFault(`There are ${known.length} passkeys already.`, 'Remove one.'));
  const options = await generateRegistrationOptions({
    rpName: site.name,
    rpID: partyOf(site),
    userName: 'openceir',
    userID: new Uint8Array(Buffer.from(desk.actor.id.replaceAll('-', ''), 'hex')),
    excludeCredentials: known.map(({ id }) => ({ id })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
  await putOut(desk, options.challenge, desk.actor.id);
  return ok(options);
}

/**
 * Keeps the passkey that the browser made. A refusal is a value: commit. Faults: ACCESS_FACTOR, ACCESS_TAKEN.
 * @throws Refused ACCESS_ROLE.
 */
export async function finishPasskey(
  desk: Desk,
  {
    site,
    response,
    label,
  }: { readonly site: Site; readonly response: RegistrationResponseJSON; readonly label: string },
): Promise<Result<{ readonly id: string }, Fault>> {
  demand(desk.actor, 'account.own');
  const challenge = await taken(desk, response.response.clientDataJSON, desk.actor.id);
  const verified: VerifiedRegistrationResponse | undefined =
    challenge === undefined
      ? undefined
      : await judged(() =>
          verifyRegistrationResponse({
            response,
            expectedChallenge: challenge,
            expectedOrigin: site.origin,
            expectedRPID: partyOf(site),
          }),
        );
  if (verified?.verified !== true) return fail(keyFault('The browser’s answer does not hold.', 'Begin it again.'));
  const { id, publicKey, counter, transports } = verified.registrationInfo.credential;
  const rows = await desk.query(
    `INSERT INTO passkey (id, account, public_key, counter, transports, label, created)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING RETURNING id`,
    [id, desk.actor.id, Buffer.from(publicKey), counter, transports ?? [], label.trim().slice(0, 64), desk.now],
  );
  if (rows.length === 0) {
    const message = 'This passkey is in use already.';
    return fail({ code: 'ACCESS_TAKEN', message, remedy: 'Make another one.', field: 'response' });
  }
  await recordEvent(desk, { event: 'factor.confirmed', account: desk.actor.id, detail: { kind: 'passkey' } });
  return ok({ id });
}

const keyFault = (message: string, remedy: string): Fault => ({
  code: 'ACCESS_FACTOR',
  message,
  remedy,
  field: 'passkey',
});

/** The own passkeys. @throws Refused ACCESS_ROLE. */
export async function ownPasskeys(
  desk: Desk,
): Promise<
  readonly { readonly id: string; readonly label: string; readonly created: Date; readonly last_used: Date | null }[]
> {
  demand(desk.actor, 'account.own');
  return desk.query(
    'SELECT id, label, created, last_used FROM passkey WHERE account::text = $1 AND removed IS NULL ORDER BY created, id',
    [desk.actor.id],
  );
}

/** Removes an own passkey; one of others is left alone. @throws Refused ACCESS_ROLE. */
export async function removeOwnPasskey(desk: Desk, id: string): Promise<void> {
  demand(desk.actor, 'account.own');
  const rows = await desk.query(
    'UPDATE passkey SET removed = $3 WHERE id = $1 AND account::text = $2 AND removed IS NULL RETURNING id',
    [id, desk.actor.id, desk.now],
  );
  if (rows.length > 0)
    await recordEvent(desk, { event: 'factor.removed', account: desk.actor.id, detail: { kind: 'passkey' } });
}

/**
 * Begins a sign-in by passkey, for `navigator.credentials.get`. It names no account and no passkey: the browser offers
 * those it has for this site, and who asks learns nothing.
 */
export async function beginPasskeySignIn(desk: Desk, site: Site): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const options = await generateAuthenticationOptions({ rpID: partyOf(site), userVerification: 'required' });
  await putOut(desk, options.challenge, undefined);
  return options;
}

type Key = { readonly account: string; readonly public_key: Buffer; readonly counter: string };

/**
 * Signs in by a passkey, which shows that its owner was verified where it is. A refusal is a value: commit. Fault:
 * ACCESS_SIGN_IN, whatever is wrong.
 */
export async function signInByPasskey(
  desk: Desk,
  {
    site,
    response,
    source,
    replaces,
  }: {
    readonly site: Site;
    readonly response: AuthenticationResponseJSON;
    readonly source: string;
    readonly replaces?: string | undefined;
  },
): Promise<Result<SignedIn, Fault>> {
  const refuse = async (why: string, account?: string): Promise<Result<never, Fault>> => {
    const detail = { why, source: sourceKey(desk.vault, source) };
    await recordEvent(desk, { event: 'sign_in.failed', account, detail });
    return fail(SIGN_IN_FAULT);
  };
  const challenge = await taken(desk, response.response.clientDataJSON, undefined);
  const [key] = await desk.query<Key>(
    'SELECT account, public_key, counter FROM passkey WHERE id = $1 AND removed IS NULL FOR UPDATE',
    [response.id],
  );
  if (challenge === undefined || key === undefined) return refuse('challenge or passkey', key?.account);
  const verified = await judged(() => verifyAssertion({ site, response, challenge, key }));
  if (verified?.verified !== true) return refuse('signature', key.account);
  const { newCounter } = verified.authenticationInfo;
  // One that counts, counts on: otherwise there are two of it (Web Authentication §7.2 step 22).
  if (Number(key.counter) > 0 && newCounter <= Number(key.counter)) return refuse('counter of a copy', key.account);
  const actor = await actorOf(desk, key.account);
  if (actor === undefined) return refuse('account', key.account);
  await desk.query('UPDATE passkey SET counter = $2, last_used = $3 WHERE id = $1', [
    response.id,
    newCounter,
    desk.now,
  ]);
  return ok(await openSession(desk, { kind: 'staff', actor, method: 'passkey', replaces }));
}

const verifyAssertion = (found: {
  readonly site: Site;
  readonly response: AuthenticationResponseJSON;
  readonly challenge: string;
  readonly key: Key;
}): Promise<VerifiedAuthenticationResponse> =>
  verifyAuthenticationResponse({
    response: found.response,
    expectedChallenge: found.challenge,
    expectedOrigin: found.site.origin,
    expectedRPID: partyOf(found.site),
    // The counter is ours to judge, under the lock: the library would tell a copy from a forgery by its message only.
    credential: { id: found.response.id, publicKey: new Uint8Array(found.key.public_key), counter: 0 },
  });
