import type { Desk } from '../access/desk.ts';
import { Refused } from '../faults/fault.ts';

/** A write, as its key stands for it. */
export type Write = {
  readonly account: string;
  readonly key: string;
  /** Method and address. */
  readonly route: string;
  /** The body, as it came. */
  readonly sent: string | Buffer;
};

/** What was answered. */
export type Kept = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** '' where there is none. */
  readonly body: string;
};

type Row = {
  readonly route: string;
  readonly sent: string;
  readonly status: number | null;
  readonly answer: Buffer | null;
};

/** The form of a key: a UUID, say. */
export const KEY_FORM = /^[\x21-\x7e]{8,128}$/;

const pseudonymOf = ({ vault }: Desk, { sent }: Write): string =>
  vault.pseudonym('holder', `sent:${typeof sent === 'string' ? sent : sent.toString('base64')}`);

/**
 * Takes a key for the act of this transaction. Where another transaction is acting on it, this one waits until that has
 * ended, for `waitMs` at most.
 * @returns what was answered, where the act is done already; undefined where it is to be done now
 * @throws Refused API_KEY_REUSED where the key stood for something else, API_KEY_BUSY after waiting in vain
 */
export async function recall(desk: Desk, write: Write, waitMs: number): Promise<Kept | undefined> {
  const { query, vault, now } = desk;
  const sent = pseudonymOf(desk, write);
  await query(`SELECT set_config('lock_timeout', $1, true)`, [`${waitMs}ms`]);
  const taken = await query(
    `INSERT INTO api_answer (account, key, route, sent, recorded) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING RETURNING key`,
    [write.account, write.key, write.route, sent, now],
  ).catch((error: unknown) => {
    throw isLockTimeout(error) ? new Refused([BUSY]) : error;
  });
  await query(`SELECT set_config('lock_timeout', '0', true)`);
  if (taken.length > 0) return undefined;
  const [row] = await query<Row>('SELECT route, sent, status, answer FROM api_answer WHERE account = $1 AND key = $2', [
    write.account,
    write.key,
  ]);
  if (row === undefined) throw new Refused([BUSY]); // forgotten this very moment
  if (row.route !== write.route || row.sent !== sent) throw new Refused([REUSED]);
  if (row.status === null || row.answer === null)
    throw new Error('An idempotency key was committed without its answer.');
  const opened = vault.open('account', row.answer);
  if (opened === undefined) throw new Refused([REUSED]); // its key was destroyed: what it was answered is not known any more
  const { headers, body } = JSON.parse(opened) as Pick<Kept, 'headers' | 'body'>;
  return { status: row.status, headers, body };
}

/** Records what the act of this transaction is answered. */
export async function keep({ query, vault }: Desk, write: Write, { status, headers, body }: Kept): Promise<void> {
  await query('UPDATE api_answer SET status = $3, answer = $4 WHERE account = $1 AND key = $2', [
    write.account,
    write.key,
    status,
    vault.seal('account', JSON.stringify({ headers, body })),
  ]);
}

/** Hours for which answers are kept at least, so that who was cut off can ask again. */
const KEPT_HOURS = 24;

/** Forgets what was answered before yesterday; gives how many. */
export async function forgetAnswers({ query, now }: Pick<Desk, 'query' | 'now'>): Promise<number> {
  const before = new Date(now.getTime() - (KEPT_HOURS + 1) * 3_600_000);
  return (await query('DELETE FROM api_answer WHERE recorded < $1 RETURNING 1 AS gone', [before])).length;
}

const isLockTimeout = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === '55P03';

const BUSY = {
  code: 'API_KEY_BUSY',
  message: 'What this Idempotency-Key stands for is still under way.',
  remedy: 'Send the same request again in a moment.',
} as const;

const REUSED = {
  code: 'API_KEY_REUSED',
  message: 'This Idempotency-Key stood for another request.',
  remedy: 'Make a new key for each act; repeat a key only with the very same request.',
} as const;
