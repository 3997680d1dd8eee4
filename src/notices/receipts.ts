import type { Ask, Registry } from '../stores/registry.ts';
import type { Receipt } from './channel.ts';
import { addEvents } from './events.ts';
import { giveUp } from './give_up.ts';

/** By what a channel will name the parts of a notice that it accepted. */
export type Accepted = {
  readonly notice: string;
  readonly contact: number;
  readonly attempt: number;
  readonly messages: readonly string[];
};

/** Makes those who record a message and those who record its receipt wait for each other, whichever comes first. */
async function lockMessages(query: Ask, gateway: string, messages: readonly string[]): Promise<void> {
  await query(
    `SELECT pg_advisory_xact_lock(hashtextextended(key, 7305117)) FROM (
      SELECT DISTINCT $1 || ' ' || message AS key FROM unnest($2::text[]) AS message ORDER BY 1) AS keys`,
    [gateway, messages],
  );
}

type Part = { readonly id: string; readonly notice: string; readonly contact: number; readonly attempt: number };

/**
 * Records a receipt, whether or not its message is known yet, and what follows from it. Once it resolves, the receipt is
 * not lost.
 */
export function takeReceipt(registry: Registry, receipt: Receipt, now: Date): Promise<void> {
  const { gateway, message, state, at = now, because } = receipt;
  return registry.transaction(async (query) => {
    await lockMessages(query, gateway, [message]);
    const [part] = await query<Part>(
      `SELECT id, notice, contact, attempt FROM notice_part WHERE gateway = $1 AND message = $2 ORDER BY id DESC LIMIT 1`,
      [gateway, message],
    );
    await query(
      'INSERT INTO notice_receipt (gateway, message, state, at, because, part) VALUES ($1, $2, $3, $4, $5, $6)',
      [gateway, message, state, at, because ?? null, part?.id ?? null],
    );
    if (part !== undefined) await settle(query, part, now);
  });
}

/**
 * To be called before anything else of the transaction that records accepted messages: those who record receipts take
 * messages, notices and work in the same order.
 */
export async function lockAccepted(query: Ask, gateway: string, accepted: readonly Accepted[]): Promise<void> {
  await lockMessages(
    query,
    gateway,
    accepted.flatMap(({ messages }) => messages),
  );
  await lockNotices(
    query,
    accepted.map(({ notice }) => notice),
  );
}

/** One at a time says what the receipts of a notice come to: two at once would each miss the other's part. */
async function lockNotices(query: Ask, notices: readonly string[]): Promise<void> {
  await query('SELECT 1 FROM notice WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE', [notices]);
}

/** Records the parts of accepted notices, and finds the receipts that were faster. */
export async function addParts(
  { query, gateway, now }: { readonly query: Ask; readonly gateway: string; readonly now: Date },
  accepted: readonly Accepted[],
): Promise<void> {
  const rows = accepted.flatMap(({ messages, ...claim }) => messages.map((message) => ({ message, ...claim })));
  if (rows.length === 0) return;
  const found = await query<Part>(
    `WITH parts AS (
      INSERT INTO notice_part (gateway, message, notice, contact, attempt, at)
      SELECT $1, p.message, p.notice, p.contact, p.attempt, $6
      FROM unnest($2::text[], $3::bigint[], $4::smallint[], $5::smallint[]) AS p (message, notice, contact, attempt)
      RETURNING id, message, notice, contact, attempt
    )
    UPDATE notice_receipt AS r SET part = p.id FROM parts AS p
    WHERE r.gateway = $1 AND r.message = p.message AND r.part IS NULL AND r.recorded >= (
      SELECT max(recorded) FROM notice_event AS e
      WHERE e.notice = p.notice AND e.contact = p.contact AND e.attempt = p.attempt AND e.state = 'tried')
    RETURNING p.id, p.notice, p.contact, p.attempt`,
    [
      gateway,
      rows.map(({ message }) => message),
      rows.map(({ notice }) => notice),
      rows.map(({ contact }) => contact),
      rows.map(({ attempt }) => attempt),
      now,
    ],
  );
  for (const part of found) await settle(query, part, now);
}

type Tally = {
  readonly parts: number;
  readonly delivered: number;
  readonly last: Date | null;
  readonly refused: string | null;
  readonly channel: string;
  readonly known: boolean;
};

/**
 * What the receipts of one attempt say together: delivered when all of its parts are, given up when one of them is. Nothing
 * is delivered before it was sent, whatever a receipt says.
 */
async function settle(query: Ask, { notice, contact, attempt }: Part, now: Date): Promise<void> {
  await lockNotices(query, [notice]);
  const [tally] = await query<Tally>(
    `SELECT count(*)::int AS parts, count(d.at)::int AS delivered, max(greatest(d.at, p.at)) AS last,
      min(coalesce(f.because, 'refused')) FILTER (WHERE f.state IS NOT NULL) AS refused,
      n.channels[p.contact + 1] AS channel,
      EXISTS (SELECT 1 FROM notice_event AS e WHERE e.notice = n.id AND e.state = 'delivered') AS known
    FROM notice_part AS p
    JOIN notice AS n ON n.id = p.notice
    LEFT JOIN LATERAL (SELECT min(at) AS at FROM notice_receipt WHERE part = p.id AND state = 'delivered') AS d ON true
    LEFT JOIN LATERAL (SELECT state, because FROM notice_receipt WHERE part = p.id AND state = 'refused' LIMIT 1) AS f ON true
    WHERE p.notice = $1 AND p.contact = $2 AND p.attempt = $3 GROUP BY n.id, p.contact`,
    [notice, contact, attempt],
  );
  if (tally === undefined || tally.known) return;
  const { channel } = tally;
  if (tally.delivered === tally.parts) {
    await addEvents(query, [{ notice, contact, attempt, channel, state: 'delivered', at: tally.last ?? now }]);
    await query('DELETE FROM notice_due WHERE notice = $1', [notice]);
  } else if (tally.refused !== null && (await waits(query, notice, contact))) {
    await giveUp(query, { notice, contact, attempt, channel, because: tally.refused }, now);
  }
}

/** Whether the notice still waits for a receipt of that contact; its row is held until the transaction ends. */
async function waits(query: Ask, notice: string, contact: number): Promise<boolean> {
  const due = await query(
    `SELECT 1 FROM notice_due WHERE notice = $1 AND contact = $2 AND waits = 'receipt' FOR UPDATE`,
    [notice, contact],
  );
  return due.length > 0;
}

/** Waits for receipts that are over, some of them at a time. */
const OVERDUE = 500;

/**
 * Ends the wait for receipts that did not come. Where a ladder counts only what was delivered the next contact is tried;
 * elsewhere it stays at what the channel accepted. Gives how many there were.
 */
export async function endWaiting(query: Ask, now: Date): Promise<number> {
  const late = await query<Part & { readonly channel: string; readonly matters: boolean }>(
    `SELECT d.notice, d.contact, d.attempts AS attempt, d.channel, coalesce(l.proof = 'delivered', false) AS matters
    FROM notice_due AS d JOIN notice AS n ON n.id = d.notice LEFT JOIN notice_ladder AS l ON l.id = n.ladder
    WHERE d.waits = 'receipt' AND d.at <= $1 ORDER BY d.at LIMIT $2 FOR UPDATE OF d SKIP LOCKED`,
    [now, OVERDUE],
  );
  for (const { matters, ...wait } of late) {
    if (matters) await giveUp(query, { ...wait, because: 'no receipt' }, now);
    else await query('DELETE FROM notice_due WHERE notice = $1', [wait.notice]);
  }
  return late.length;
}
