import type { Desk } from '../desk.ts';

/** Something that happened to an organisation, an account or a sign-in. */
export type AccessEvent = {
  /** `sign_in.failed`, `account.disabled` … */
  readonly event: string;
  readonly account?: string | undefined;
  readonly organisation?: string | undefined;
  /** Why and how; holds no personal data. */
  readonly detail?: Readonly<Record<string, string | number | boolean | readonly string[] | null>>;
};

/** Records it for the auditor, for good. What is refused and rolled back leaves none: failures are answered, not thrown. */
export async function recordEvent(
  { query, actor, now }: Pick<Desk, 'query' | 'actor' | 'now'>,
  { event, account, organisation, detail }: AccessEvent,
): Promise<void> {
  await query(
    'INSERT INTO access_event (at, event, account, organisation, actor, detail) VALUES ($1, $2, $3, $4, $5, $6)',
    [now, event, account ?? null, organisation ?? null, actor.id, JSON.stringify(detail ?? {})],
  );
}

/** An event as the auditor reads it. */
export type RecordedEvent = {
  /** Events are numbered in the order in which they were written, not without gaps. */
  readonly number: string;
  readonly at: Date;
  readonly event: string;
  readonly account: string | null;
  readonly organisation: string | null;
  readonly actor: string;
  readonly detail: unknown;
};

/** Events, the newest first, a page at a time; `next` is the `after` of the following page. */
export async function listEvents(
  { query }: Pick<Desk, 'query'>,
  page: { readonly account?: string; readonly event?: string; readonly after?: string; readonly limit: number },
): Promise<{ readonly events: readonly RecordedEvent[]; readonly next: string | undefined }> {
  const events = await query<RecordedEvent>(
    `SELECT number, at, event, account, organisation, actor, detail FROM access_event
     WHERE ($1::uuid IS NULL OR account = $1) AND ($2::text IS NULL OR event = $2)
       AND ($3::bigint IS NULL OR number < $3) ORDER BY number DESC LIMIT $4`,
    [page.account ?? null, page.event ?? null, page.after ?? null, page.limit],
  );
  return { events, next: events.length < page.limit ? undefined : events.at(-1)?.number };
}
