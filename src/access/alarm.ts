import type { Desk } from './desk.ts';

/** What auditors are told of. */
export type Alarm = {
  readonly kind: string;
  /** The account that it is about. */
  readonly actor: string;
  /** Figures and opaque ids; never personal data. */
  readonly detail: Readonly<Record<string, string | number | boolean>>;
};

/** An alarm as it stands in the register. */
export type RaisedAlarm = Alarm & { readonly id: string; readonly at: Date };

/**
 * Tells auditors of something, in the transaction of the desk. What is refused takes its transaction with it: who wants an
 * alarm of a refusal raises it in the next one.
 */
export async function raiseAlarm({ query, now }: Pick<Desk, 'query' | 'now'>, alarm: Alarm): Promise<void> {
  const values = [now, alarm.kind, alarm.actor, JSON.stringify(alarm.detail)];
  await query('INSERT INTO access_alarm (at, kind, actor, detail) VALUES ($1, $2, $3, $4)', values);
}

/** Alarms, the latest first, before the one of an id. */
export const alarms = (
  { query }: Pick<Desk, 'query'>,
  { limit, before }: { readonly limit: number; readonly before?: string | undefined },
): Promise<readonly RaisedAlarm[]> =>
  query<RaisedAlarm>(
    `SELECT id::text AS id, at, kind, actor, detail FROM access_alarm WHERE id < coalesce($2::bigint, 9223372036854775807)
     ORDER BY id DESC LIMIT $1`,
    [limit, before ?? null],
  );
