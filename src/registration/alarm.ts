import { demand, may } from '../access/actions.ts';
import type { Desk } from '../access/desk.ts';
import { line, unknown } from './refusal.ts';
import { tellOffice } from './tell.ts';

/** What offices are told of. */
export const ALARM_KINDS = {
  active_before_release: 'a device of a consignment was used before customs released it',
  active_after_end: 'a device was used after it was exported or retired',
  declared_twice: 'a file declares identifiers that are in another consignment or in stock',
  stray_payment: 'a payment arrived that suits no demand',
} as const;

/** One of {@link ALARM_KINDS}. */
export type AlarmKind = keyof typeof ALARM_KINDS;

/** Something that an office should look at. */
export type NewAlarm = {
  readonly kind: AlarmKind;
  /** `consignment:<uuid>`, `device:<uuid>`, `payment:<number>` */
  readonly subject: string;
  /** Counts, days, IMEIs that are no secret any more. */
  readonly figures: Readonly<Record<string, string | number>>;
  readonly at: Date;
  readonly offices: readonly ('customs' | 'regulator')[];
};

/** An alarm as it stands. */
export type Alarm = Pick<NewAlarm, 'kind' | 'subject' | 'figures' | 'at'> & {
  readonly id: string;
  readonly handled: Date | null;
  readonly note: string | null;
};

/**
 * Keeps an alarm and tells the offices, within the transaction of what raised it. While one of the kind and subject is
 * open, another tells nothing new.
 */
export async function alarm(desk: Desk, { kind, subject, figures, at, offices }: NewAlarm): Promise<void> {
  const [open] = await desk.query(
    'SELECT FROM registration_alarm WHERE kind = $1 AND subject = $2 AND handled IS NULL LIMIT 1',
    [kind, subject],
  );
  if (open !== undefined) return;
  const [row] = await desk.query<{ id: string }>(
    'INSERT INTO registration_alarm (kind, subject, figures, at, recorded) VALUES ($1, $2, $3, $4, $5) RETURNING id',
    [kind, subject, JSON.stringify(figures), at, desk.now],
  );
  if (row === undefined) throw new Error('an alarm without a number');
  const values = { what: ALARM_KINDS[kind], reference: `A-${row.id}` };
  for (const office of offices) await tellOffice(desk, office, { template: 'alarm', values, case: subject });
}

const COLUMNS = 'id, kind, subject, figures, at, handled, note';

/** Alarms, the oldest first, after the one of a number; only those that nobody has handled unless told. */
export const alarmsAfter = (
  { query }: Pick<Desk, 'query'>,
  {
    after,
    limit,
    all = false,
  }: { readonly after?: string | undefined; readonly limit: number; readonly all?: boolean },
): Promise<readonly Alarm[]> =>
  query<Alarm>(
    `SELECT ${COLUMNS} FROM registration_alarm WHERE id > coalesce($1::bigint, 0) AND ($3 OR handled IS NULL)
     ORDER BY id LIMIT $2`,
    [after ?? null, limit, all],
  );

/** Closes an alarm with what came of it. @throws Refused ACCESS_ROLE, REGISTRATION_UNKNOWN, REGISTRATION_VALUE */
export async function handleAlarm(
  desk: Desk,
  { id, note }: { readonly id: string; readonly note: string },
): Promise<void> {
  // Customs decide on consignments, the regulator on approvals: both handle alarms, nobody else does.
  if (!may(desk.actor, 'approval.grant')) demand(desk.actor, 'consignment.decide');
  const rows = await desk.query(
    `UPDATE registration_alarm SET handled = $2, handled_by = $3, note = $4
     WHERE id::text = $1 AND handled IS NULL RETURNING id`,
    [id, desk.now, desk.actor.id, line('note', note)],
  );
  if (rows.length === 0) throw unknown('open alarm');
}
