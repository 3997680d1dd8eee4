import { Refused } from '../faults/fault.ts';
import type { Desk } from './desk.ts';
import { spendRead } from './quota.ts';

/** One reading of personal data. */
export type Reading = {
  /** What was done, as the table of acts calls it. */
  readonly action: string;
  /** What for, in words that an auditor understands. */
  readonly purpose: string;
  /** The case in which it was read. */
  readonly case?: string | undefined;
  /** Whose data: an IMEI or an opaque id; never a name or a number. */
  readonly subject: string;
  /** Which of them: `msisdn`, `name`. */
  readonly fields: readonly string[];
};

/**
 * Records that personal data are opened, and counts it against the reader's quota, in the transaction that reads: what
 * cannot be recorded is not read. Call it before what is sealed is opened. The row gets its number, and its place in the
 * chain, when the transaction commits. Throws Refused: READ_PURPOSE, READ_QUOTA.
 */
export async function recordRead(
  desk: Pick<Desk, 'query' | 'actor' | 'policy' | 'now'>,
  reading: Reading,
): Promise<void> {
  await spendRead(desk, 1);
  await appendRead(desk, reading);
}

/**
 * Records a reading that no quota counts: the register's own, and that of whoever has its shell. Throws Refused:
 * READ_PURPOSE.
 */
export async function appendRead(
  { query, actor, now }: Pick<Desk, 'query' | 'actor' | 'now'>,
  { action, purpose, case: inCase, subject, fields }: Reading,
): Promise<void> {
  if (purpose.trim() === '') {
    const message = `${action} opens personal data, and no purpose is given.`;
    throw new Refused([{ code: 'READ_PURPOSE', message, remedy: 'Say what for.', field: 'purpose' }]);
  }
  await query(
    `INSERT INTO access_pending (at, actor, roles, organisation, action, purpose, case_ref, subject, fields)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [now, actor.id, actor.roles, actor.organisation?.id ?? null, action, purpose, inCase ?? null, subject, fields],
  );
}
