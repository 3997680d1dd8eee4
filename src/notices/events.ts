import type { Ask } from '../stores/registry.ts';

/** What can become of a notice; one without any is planned. */
export type NoticeState =
  | 'tried'
  | 'sent'
  | 'deferred'
  | 'refused'
  | 'failed'
  | 'delivered'
  | 'answered'
  | 'withdrawn'
  | 'expired';

/** One thing that became of a notice. */
export type NoticeEvent = {
  readonly notice: string;
  readonly state: NoticeState;
  readonly at: Date;
  /** Which of its contacts, from 0, over which channel, and the how manieth attempt there. */
  readonly contact?: number | undefined;
  readonly channel?: string | undefined;
  readonly attempt?: number | undefined;
  readonly because?: string | undefined;
};

/** Adds to the ledger. */
export async function addEvents(query: Ask, events: readonly NoticeEvent[]): Promise<void> {
  if (events.length === 0) return;
  const column = <T>(pick: (event: NoticeEvent) => T): readonly T[] => events.map(pick);
  await query(
    `INSERT INTO notice_event (notice, state, at, contact, channel, attempt, because)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::smallint[], $5::text[], $6::smallint[], $7::text[])`,
    [
      column(({ notice }) => notice),
      column(({ state }) => state),
      column(({ at }) => at),
      column(({ contact }) => contact ?? null),
      column(({ channel }) => channel ?? null),
      column(({ attempt }) => attempt ?? null),
      column(({ because }) => because ?? null),
    ],
  );
}
