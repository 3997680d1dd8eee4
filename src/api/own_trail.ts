import type { Desk } from '../access/desk.ts';

/** That somebody opened a citizen's data. */
export type OwnReading = {
  readonly number: string;
  readonly at: Date;
  /** What was done, as the table of acts calls it. */
  readonly action: string;
  /** The organisation that did it, by its name; null for the register itself. */
  readonly organisation: string | null;
  /** The citizen's case in which it was done. */
  readonly case_ref: string | null;
  readonly fields: readonly string[];
};

/**
 * Who opened the data of the citizen who asks: what is recorded of the person, of his reports and of his appeals; the latest
 * first. Not told are the officer and the purpose in the officer's words, nor that traces were opened: those are of whoever
 * has the device now (ours, after what a data subject is told of access: authority, time, kind).
 */
export const ownTrail = (
  { query, actor }: Pick<Desk, 'query' | 'actor'>,
  { limit, before }: { readonly limit: number; readonly before?: string | undefined },
): Promise<readonly OwnReading[]> =>
  query<OwnReading>(
    `SELECT l.number::text AS number, l.at, l.action, o.name AS organisation, l.case_ref, l.fields
     FROM access_log l LEFT JOIN organisation o ON o.id::text = l.organisation
     WHERE l.number < coalesce($3::bigint, 9223372036854775807) AND l.action <> 'trace.read' AND l.actor <> $1
       AND l.number IN (
         SELECT number FROM access_log WHERE subject = $1
         UNION ALL SELECT of.number FROM theft t JOIN access_log of ON of.case_ref = 'theft:' || t.id WHERE t.reporter = $1
         UNION ALL SELECT of.number FROM appeal a JOIN access_log of ON of.case_ref = 'appeal:' || a.id WHERE a.appellant = $1)
     ORDER BY l.number DESC LIMIT $2`,
    [actor.id, limit, before ?? null],
  );
