import type { Desk } from '../access/desk.ts';
import type { Ask } from '../stores/registry.ts';
import { addEvents, type NoticeState } from './events.ts';
import type { NoticeId } from './queue.ts';
import type { ChannelName } from './recipient.ts';

/** Which notices: of a case, about an IMEI, of a ladder, or one by its number. */
export type Which =
  | { readonly case: string }
  | { readonly imei: string }
  | { readonly ladder: string }
  | { readonly id: NoticeId };

/** What became of a notice, one step. */
export type LedgerStep = {
  readonly state: NoticeState;
  readonly at: Date;
  readonly channel: ChannelName | null;
  readonly attempt: number | null;
  readonly because: string | null;
};

/** A notice as the ledger shows it to whoever may see the case: without the contact and the words. */
export type LedgerEntry = {
  readonly id: NoticeId;
  readonly template: string;
  /** Names the words in `notice_text`. */
  readonly version: string;
  readonly language: string;
  /** The channels of the person's contacts, in the order in which they are tried. */
  readonly channels: readonly ChannelName[];
  /** Pseudonyms of the numbers and addresses among them. */
  readonly persons: readonly string[];
  readonly imei: string | null;
  readonly case: string | null;
  readonly ladder: string | null;
  readonly planned: Date;
  readonly due: Date;
  /** The newest step's; `planned` where there is none. */
  readonly state: NoticeState | 'planned';
  /** In their order. */
  readonly steps: readonly LedgerStep[];
};

const COLUMN = { case: 'case_id', imei: 'imei', ladder: 'ladder', id: 'id' } as const;

function conditionOf(which: Which): readonly [column: string, value: string] {
  if ('case' in which) return [COLUMN.case, which.case];
  if ('imei' in which) return [COLUMN.imei, which.imei];
  return 'ladder' in which ? [COLUMN.ladder, which.ladder] : [COLUMN.id, which.id];
}

/** Entries of one answer, at most: the newest. */
const ENTRIES = 1000;

/** The ledger of a case, a device, a ladder or one notice, oldest first. No personal data is opened. */
export async function ledgerOf({ query }: { readonly query: Ask }, which: Which): Promise<readonly LedgerEntry[]> {
  const [column, value] = conditionOf(which);
  const rows = await query<Omit<LedgerEntry, 'steps' | 'state'>>(
    `SELECT * FROM (
      SELECT id, template, version, language, channels, persons, imei, case_id AS case, ladder, planned, due
      FROM notice WHERE ${column} = $1 ORDER BY id DESC LIMIT ${ENTRIES}) AS newest ORDER BY id`,
    [value],
  );
  const steps = await query<LedgerStep & { notice: string }>(
    `SELECT notice, state, at, channel, attempt, because FROM notice_event WHERE notice = ANY ($1::bigint[]) ORDER BY id`,
    [rows.map(({ id }) => id)],
  );
  const byNotice = new Map<string, LedgerStep[]>(rows.map(({ id }) => [id, []]));
  for (const { notice, ...step } of steps) byNotice.get(notice)?.push(step);
  return rows.map((row) => {
    const its = byNotice.get(row.id) ?? [];
    return { ...row, steps: its, state: its.at(-1)?.state ?? 'planned' };
  });
}

/** The person replied: whatever receipts say, it was told. Again it does nothing. */
export async function noteAnswer({ query, now }: Pick<Desk, 'query' | 'now'>, notice: NoticeId): Promise<void> {
  await query('SELECT 1 FROM notice WHERE id = $1 FOR NO KEY UPDATE', [notice]);
  const known = await query(`SELECT 1 FROM notice_event WHERE notice = $1 AND state = 'answered'`, [notice]);
  if (known.length > 0) return;
  await addEvents(query, [{ notice, state: 'answered', at: now }]);
  await query('DELETE FROM notice_due WHERE notice = $1', [notice]);
}

/** Notices of a case that are not sent yet are not sent any more, such as reminders of what is settled; gives how many. */
export async function withdrawNotices(
  { query, now }: Pick<Desk, 'query' | 'now'>,
  which: { readonly case: string } | { readonly id: NoticeId },
  because: string,
): Promise<number> {
  const [column, value] = conditionOf(which);
  const ended = await query<{ notice: string }>(
    `DELETE FROM notice_due AS d USING notice AS n
    WHERE n.id = d.notice AND n.${column} = $1 AND n.ladder IS NULL AND d.waits = 'send' RETURNING d.notice`,
    [value],
  );
  await addEvents(
    query,
    ended.map(({ notice }) => ({ notice, state: 'withdrawn', at: now, because })),
  );
  return ended.length;
}

/** What waits to be sent by a channel: how many notices, and since when the oldest is due. */
export type Backlog = { readonly channel: ChannelName; readonly notices: number; readonly oldest: Date };

/** What is due and not sent, for health and figures. */
export const backlogOf = ({ query }: { readonly query: Ask }, now: Date): Promise<readonly Backlog[]> =>
  query<Backlog>(
    `SELECT channel, count(*)::int AS notices, min(at) AS oldest FROM notice_due
    WHERE waits = 'send' AND at <= $1 GROUP BY channel ORDER BY channel`,
    [now],
  );

/** A ladder that can never be complete, since somebody was not told in time: it has to be renewed. */
export type Missed = {
  readonly ladder: string;
  readonly imei: string;
  readonly blockOn: string;
  readonly case: string | null;
};

/** Ladders that were missed and still stand, the next block first. */
export const missedLadders = ({ query }: { readonly query: Ask }, now: Date): Promise<readonly Missed[]> =>
  query<Missed>(
    `SELECT l.id AS ladder, l.imeis[1] AS imei, l.block_on::text AS "blockOn", l.case_id AS case FROM notice_ladder AS l
    WHERE NOT EXISTS (SELECT 1 FROM notice_ladder_withdrawn AS w WHERE w.ladder = l.id)
      AND (EXISTS (
        SELECT 1 FROM notice_told AS t JOIN notice_rung AS r ON r.ladder = t.ladder AND r.rung = t.rung
        WHERE t.ladder = l.id AND r.until <= $1 AND NOT t.sent_in_time AND NOT (t.tried_in_time AND l.unreachable = 'told'))
      OR (l.told_before <= $1 AND EXISTS (
        SELECT 1 FROM notice_told AS t WHERE t.ladder = l.id
        GROUP BY t.person HAVING coalesce(min(least(t.reached, t.given_up)), 'infinity') >= l.told_before)))
    ORDER BY l.block_at, l.id LIMIT ${ENTRIES}`,
    [now],
  );
