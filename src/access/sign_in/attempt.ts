import { isIPv6 } from 'node:net';
import type { SignInPolicy } from '../../country/sign_in.ts';
import type { Fault } from '../../faults/fault.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Desk } from '../desk.ts';

/** Who tries to sign in: by the pseudonyms of the login, whether it exists or not, and of the network address. */
export type Attempt = { readonly login: string; readonly source: string };

type Subject = {
  readonly subject: string;
  readonly failures: number;
  readonly last: Date;
  readonly until: Date | null;
};

const loginSubject = ({ login }: Attempt): string => `login:${login}`;
const sourceSubject = ({ source }: Attempt): string => `source:${source}`;

/**
 * Looks whether this attempt has to wait, and locks what is counted of it until the transaction ends, so that of many
 * guesses at once each is counted before the next is answered. Ask before the attempt is judged, and after the work.
 */
export async function waitOf(desk: Desk, attempt: Attempt): Promise<Fault | undefined> {
  const rows = await desk.query<Subject>(
    // Always in this order, so that two never wait for each other.
    `INSERT INTO attempt (subject, last) VALUES ($1, $3), ($2, $3)
     ON CONFLICT (subject) DO UPDATE SET subject = excluded.subject RETURNING subject, failures, last, until`,
    [loginSubject(attempt), sourceSubject(attempt), desk.now],
  );
  const until = Math.max(...rows.map((row) => row.until?.getTime() ?? 0));
  return until > desk.now.getTime() ? waitFault(until - desk.now.getTime()) : undefined;
}

/** Counts a failure against the login and the network address; after some, each next attempt has to wait longer. */
export async function countFailure(desk: Desk, attempt: Attempt): Promise<void> {
  const policy = desk.policy.access.signIn;
  await count(desk, { subject: loginSubject(attempt), free: policy.failures });
  await count(desk, { subject: sourceSubject(attempt), free: policy.addressFailures });
}

async function count(
  desk: Desk,
  { subject, free }: { readonly subject: string; readonly free: number },
): Promise<void> {
  const policy = desk.policy.access.signIn;
  const forgotten = new Date(desk.now.getTime() - policy.delayMaxMinutes * 60_000);
  const [row] = await desk.query<{ failures: number }>(
    `INSERT INTO attempt (subject, failures, last) VALUES ($1, 1, $2) ON CONFLICT (subject) DO UPDATE
       SET failures = CASE WHEN attempt.last < $3 THEN 1 ELSE attempt.failures + 1 END, last = $2 RETURNING failures`,
    [subject, desk.now, forgotten],
  );
  const until = new Date(desk.now.getTime() + delayOf(policy, (row?.failures ?? 1) - free) * 1000);
  await desk.query('UPDATE attempt SET until = $2 WHERE subject = $1', [subject, until > desk.now ? until : null]);
}

/** Seconds to wait after so many failures beyond the free ones. */
const delayOf = ({ delaySeconds, delayMaxMinutes }: SignInPolicy, beyond: number): number =>
  beyond <= 0 ? 0 : Math.min(delaySeconds * 2 ** Math.min(beyond - 1, 30), delayMaxMinutes * 60);

/**
 * Forgets the failures of a login that was signed in. Those of the network address stay: who has one account there must
 * not make guesses at others free.
 */
export async function forgetFailures({ query }: Pick<Desk, 'query'>, attempt: Attempt): Promise<void> {
  await query('DELETE FROM attempt WHERE subject = $1', [loginSubject(attempt)]);
}

const waitFault = (ms: number): Fault => ({
  code: 'ACCESS_WAIT',
  message: 'Too many attempts failed for this login or from this network address.',
  remedy: `Try again in ${Math.ceil(ms / 1000)} seconds.`,
});

/** The pseudonym of a network address; of IPv6 of its /64, all of which one subscriber has. */
export const sourceKey = (vault: Vault, address: string): string =>
  vault.pseudonym('person', `source:${isIPv6(address) ? prefixOf(address) : address}`);

function prefixOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.toLowerCase().replace(/%.*/, '').split('::');
  const [before, after] = [head.split(':').filter(Boolean), (tail ?? '').split(':').filter(Boolean)];
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  const groups = [...before, ...zeros, ...after].slice(0, 4);
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}
