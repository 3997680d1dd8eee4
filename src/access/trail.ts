import { LOG_COLUMNS, type LogRow } from './chain.ts';
import type { Desk } from './desk.ts';

/** Which readings are asked for; all that are given must hold. */
export type TrailWish = {
  readonly limit: number;
  /** Rows before this number. */
  readonly before?: number | undefined;
  readonly actor?: string | undefined;
  readonly subject?: string | undefined;
  readonly case?: string | undefined;
};

/** Readings of personal data as the auditor sees them, the latest first. They hold no personal data themselves. */
export const trail = (
  { query }: Pick<Desk, 'query'>,
  { limit, before, actor, subject, case: inCase }: TrailWish,
): Promise<readonly LogRow[]> =>
  query<LogRow>(
    `SELECT ${LOG_COLUMNS} FROM access_log
     WHERE access_log.number < coalesce($2::bigint, 9223372036854775807) AND ($3::text IS NULL OR access_log.actor = $3)
       AND ($4::text IS NULL OR access_log.subject = $4) AND ($5::text IS NULL OR access_log.case_ref = $5)
     ORDER BY access_log.number DESC LIMIT $1`,
    [limit, before ?? null, actor ?? null, subject ?? null, inCase ?? null],
  );
