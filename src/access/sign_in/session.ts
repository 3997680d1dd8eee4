import { recordEvent } from '../accounts/event.ts';
import { actorOf } from '../accounts/find.ts';
import type { Actor } from '../actor.ts';
import type { Desk } from '../desk.ts';
import { derived, hashToken, isSame, newToken } from './token.ts';

/** By what somebody signed in. */
export type Method = 'password' | 'recovery' | 'demo' | 'passkey' | 'provider' | 'code' | 'assertion';

/** Who is signed in: an account, or a citizen by the pseudonym of the proved number or address. */
export type Who = { readonly account: string } | { readonly person: string };

/** A sign-in that succeeded. The token is known to nobody else, and is not kept. */
export type SignedIn = {
  readonly token: string;
  readonly actor: Actor;
  /** When it ends at the latest. */
  readonly expires: Date;
};

type Opening = {
  readonly kind: 'staff' | 'citizen' | 'machine';
  readonly actor: Actor;
  readonly method: Method;
  /** The token that the same browser had before: it ends, so that nobody goes on with one that was planted. */
  readonly replaces?: string | undefined;
};

/** Begins a session. */
export async function openSession(desk: Desk, { kind, actor, method, replaces }: Opening): Promise<SignedIn> {
  const { sessions } = desk.policy.access;
  const minutes = {
    staff: sessions.staffHours * 60,
    citizen: sessions.citizenHours * 60,
    machine: sessions.machineMinutes,
  };
  const expires = new Date(desk.now.getTime() + minutes[kind] * 60_000);
  const token = newToken();
  if (replaces !== undefined) await endSession(desk, replaces);
  const [account, person] = kind === 'citizen' ? [null, actor.id] : [actor.id, null];
  await desk.query(
    `INSERT INTO session (hash, kind, account, person, method, created, seen, expires)
     VALUES ($1, $2, $3, $4, $5, $6, $6, $7)`,
    [hashToken(token), kind, account, person, method, desk.now, expires],
  );
  const detail = { method };
  await recordEvent({ ...desk, actor }, { event: 'sign_in.done', ...(account === null ? {} : { account }), detail });
  return { token, actor, expires };
}

type Row = {
  readonly kind: Opening['kind'];
  readonly account: string | null;
  readonly person: string | null;
  readonly seen: Date;
};

/** How old the time of the last act may be before it is written again: a write a minute, not one an act. */
const FRESH_MS = 60_000;

/**
 * Who acts with this token; undefined when it is none, or its session has ended, was idle too long, or its account is shut
 * out. Roles are those of now, not those of the sign-in.
 */
export async function sessionOf(
  desk: Pick<Desk, 'query' | 'policy' | 'now'>,
  token: string,
): Promise<Actor | undefined> {
  const hash = hashToken(token);
  const [row] = await desk.query<Row>(
    'SELECT kind, account, person, seen FROM session WHERE hash = $1 AND ended IS NULL AND expires > $2',
    [hash, desk.now],
  );
  if (row === undefined) return undefined;
  const { staffIdleMinutes, citizenIdleMinutes } = desk.policy.access.sessions;
  const idle = { staff: staffIdleMinutes, citizen: citizenIdleMinutes, machine: Infinity }[row.kind] * 60_000;
  const since = desk.now.getTime() - row.seen.getTime();
  if (since >= idle) return undefined;
  if (since >= FRESH_MS)
    await desk.query('UPDATE session SET seen = $2 WHERE hash = $1 AND seen < $2', [hash, desk.now]);
  if (row.account !== null) return actorOf(desk, row.account);
  return row.person === null ? undefined : { id: row.person, roles: ['citizen'] };
}

/** Signs out. A token of nothing changes nothing. */
export async function endSession({ query, now }: Pick<Desk, 'query' | 'now'>, token: string): Promise<void> {
  await query('UPDATE session SET ended = $2 WHERE hash = $1 AND ended IS NULL', [hashToken(token), now]);
}

/** Signs out everywhere, but for the session of a token that is to stay; answers how many sessions ended. */
export async function endSessions(
  { query, now }: Pick<Desk, 'query' | 'now'>,
  who: Who,
  stays?: string,
): Promise<number> {
  const [column, value] = 'account' in who ? ['account', who.account] : ['person', who.person];
  const rows = await query(
    `UPDATE session SET ended = $2 WHERE ${column} = $1 AND ended IS NULL AND expires > $2 AND hash <> $3 RETURNING kind`,
    [value, now, stays === undefined ? Buffer.alloc(0) : hashToken(stays)],
  );
  return rows.length;
}

/** What the pages of a session send along with each write, to show that they are ours. */
export const csrfOf = (token: string): string => derived(token, 'csrf');

/** Whether it is that of the session. */
export const isCsrf = (token: string, given: string): boolean => isSame(csrfOf(token), given);
