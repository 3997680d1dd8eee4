import type { Ask } from '../stores/registry.ts';
import type { Vault } from '../vault/vault.ts';
import type { Channel, Outgoing, Sending } from './channel.ts';
import { addEvents } from './events.ts';
import { giveUp } from './give_up.ts';
import { addParts, lockAccepted } from './receipts.ts';
import { opened } from './recipient.ts';

/** A notice in hand: what is sent, and which attempt of which contact it is. */
export type Claim = {
  readonly notice: string;
  readonly contact: number;
  readonly attempt: number;
  /** Undefined where its contact or text is gone, or their key was destroyed. */
  readonly outgoing: Outgoing | undefined;
};

/** For whom, when, and under which rules notices are taken in hand. */
export type Round = {
  readonly query: Ask;
  readonly vault: Vault;
  readonly now: Date;
  readonly channel: Pick<Channel, 'name' | 'gateway'>;
  /** Only what is urgent. */
  readonly quiet: boolean;
  /** Attempts through one contact before the next is tried. */
  readonly attempts: number;
  readonly receiptHours: number;
};

/** For how long a notice is in one sender's hand; whoever was killed meanwhile leaves it to others then. */
export const LEASE_MS = 300_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** What spares an attempt is asked again so soon. */
const SPARED_MS = 5000;

/** Until the next attempt: 1 minute, 4, 16, 64, then four hours each. */
const backoff = (attempt: number): number => Math.min(240, 4 ** (attempt - 1)) * MINUTE_MS;

type Row = {
  readonly notice: string;
  readonly contact: number;
  readonly attempts: number;
  readonly until: Date | null;
  readonly contacts: Buffer | null;
  readonly content: Buffer | null;
  readonly language: string;
  readonly template: string;
};

/**
 * Takes due notices of a channel in hand, oldest first; those that another sender has are passed by. That they are tried is
 * in the ledger before they are: whoever is killed between handing a notice over and recording it leaves it to be sent once
 * more, under the same number, when the lease is over. So each is sent at least once.
 */
export async function claim(round: Round, most: number): Promise<readonly Claim[]> {
  const { query, vault, now, channel, quiet } = round;
  const rows = await query<Row>(
    `WITH next AS (
      SELECT notice FROM notice_due
      WHERE channel = $1 AND waits = 'send' AND at <= $2 AND (claimed IS NULL OR claimed <= $2)
        AND (until IS NULL OR until > $2) AND (urgent OR NOT $3)
      ORDER BY at, notice LIMIT $4 FOR UPDATE SKIP LOCKED
    ), taken AS (
      UPDATE notice_due AS d SET claimed = $5, attempts = d.attempts + 1 FROM next WHERE d.notice = next.notice
      RETURNING d.notice, d.contact, d.attempts, d.until
    )
    SELECT t.notice, t.contact, t.attempts, t.until, n.contacts, n.content, n.language, n.template
    FROM taken AS t JOIN notice AS n ON n.id = t.notice ORDER BY t.notice`,
    [channel.name, now, quiet, most, new Date(now.getTime() + LEASE_MS)],
  );
  const claims = rows.map((row) => claimOf(row, vault));
  await addEvents(
    query,
    claims.map(({ notice, contact, attempt }) => {
      return { notice, contact, attempt, state: 'tried', at: now, channel: channel.name };
    }),
  );
  return claims;
}

function claimOf(row: Row, vault: Vault): Claim {
  const { notice, contact, attempts: attempt, language, template, until } = row;
  const to = opened(row.contacts, vault)?.[contact];
  const content = row.content === null ? undefined : vault.open('contact', row.content);
  if (to === undefined || content === undefined) return { notice, contact, attempt, outgoing: undefined };
  const { title, text } = JSON.parse(content) as Pick<Outgoing, 'title' | 'text'>;
  const outgoing = { id: notice, to, language, template, title, text, ...(until === null ? {} : { until }) };
  return { notice, contact, attempt, outgoing };
}

/** What was taken in hand, and what the channel said to it. */
export type Outcome = { readonly claim: Claim; readonly sending: Sending };

/** Records what a channel said. */
export async function record(round: Round, outcomes: readonly Outcome[]): Promise<void> {
  const { query, now, channel } = round;
  const accepted = outcomes.flatMap(({ claim: { notice, contact, attempt }, sending }) =>
    sending.kind === 'accepted' ? [{ notice, contact, attempt, messages: sending.messages }] : [],
  );
  await lockAccepted(query, channel.gateway, accepted);
  await addEvents(
    query,
    accepted.map(({ notice, contact, attempt }) => {
      return { notice, contact, attempt, state: 'sent', at: now, channel: channel.name };
    }),
  );
  await letGo(
    round,
    accepted.filter(({ messages }) => messages.length > 0).map(({ notice }) => notice),
  );
  await finish(
    round,
    accepted.filter(({ messages }) => messages.length === 0).map(({ notice }) => notice),
  );
  await addParts({ query, now, gateway: channel.gateway }, accepted);
  for (const { claim, sending } of outcomes) {
    if (sending.kind === 'refused')
      await giveUp(query, { ...claim, channel: channel.name, because: sending.because }, now);
    if (sending.kind === 'later') await defer(round, claim, sending);
  }
}

/** Lets go what now waits for its receipt. */
async function letGo({ query, now, receiptHours }: Round, notices: readonly string[]): Promise<void> {
  if (notices.length === 0) return;
  await query(`UPDATE notice_due SET waits = 'receipt', claimed = NULL, at = $2 WHERE notice = ANY ($1::bigint[])`, [
    notices,
    new Date(now.getTime() + receiptHours * HOUR_MS),
  ]);
}

/** No receipt will come of these: nothing more is to be done, but where only what is delivered counts. */
async function finish(round: Round, notices: readonly string[]): Promise<void> {
  if (notices.length === 0) return;
  await round.query(
    `DELETE FROM notice_due AS d WHERE d.notice = ANY ($1::bigint[]) AND NOT EXISTS (
      SELECT 1 FROM notice AS n JOIN notice_ladder AS l ON l.id = n.ladder
      WHERE n.id = d.notice AND l.proof = 'delivered')`,
    [notices],
  );
  await letGo(round, notices);
}

async function defer(
  { query, now, channel, attempts }: Round,
  claim: Claim,
  { because, spares }: Extract<Sending, { kind: 'later' }>,
): Promise<void> {
  const { notice, contact, attempt } = claim;
  if (!spares && attempt >= attempts) return giveUp(query, { ...claim, channel: channel.name, because }, now);
  await addEvents(query, [{ notice, contact, attempt, state: 'deferred', at: now, channel: channel.name, because }]);
  const again = new Date(now.getTime() + (spares ? SPARED_MS : backoff(attempt)));
  await query(
    `UPDATE notice_due SET claimed = NULL, attempts = attempts - $3::smallint, at = $2
    WHERE notice = $1 AND contact = $4 AND waits = 'send'`,
    [notice, again, spares ? 1 : 0, contact],
  );
}

/** Ends what is of no use any more; gives how many there were. */
export async function expire(query: Ask, now: Date): Promise<number> {
  const ended = await query<{ notice: string }>(
    `DELETE FROM notice_due WHERE notice IN (
      SELECT notice FROM notice_due WHERE until <= $1 AND waits = 'send' AND (claimed IS NULL OR claimed <= $1)
      ORDER BY notice LIMIT 500 FOR UPDATE SKIP LOCKED) RETURNING notice`,
    [now],
  );
  await addEvents(
    query,
    ended.map(({ notice }) => ({ notice, state: 'expired', at: now })),
  );
  return ended.length;
}
