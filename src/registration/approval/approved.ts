import type { Desk } from '../../access/desk.ts';
import type { Day } from '../../calendar/day.ts';
import type { Tac } from '../../identifiers/tac.ts';

/**
 * Those of TACs that have a certificate which counts on a day: within one of its spans, and neither suspended nor revoked
 * by then. What was decided of a certificate later does not change what it was.
 */
export async function approvedTacs(
  { query }: Pick<Desk, 'query'>,
  tacs: readonly Tac[],
  on: Day,
): Promise<ReadonlySet<Tac>> {
  if (tacs.length === 0) return new Set();
  const rows = await query<{ tac: Tac }>(
    `SELECT DISTINCT t.tac FROM type_approval_tac t JOIN type_approval_validity v ON v.approval = t.approval
     WHERE t.tac = ANY($1) AND v.valid_from <= $2 AND v.valid_to >= $2 AND (t.since IS NULL OR t.since <= $2)
       AND coalesce((
         SELECT s.to_state FROM registration_step s WHERE s.thing = 'type_approval' AND s.id = t.approval AND s.day <= $2
           AND s.to_state IN ('granted', 'suspended', 'revoked') ORDER BY s.at DESC, s.number DESC LIMIT 1), 'granted'
       ) = 'granted'`,
    [tacs, on],
  );
  return new Set(rows.map(({ tac }) => tac));
}

/** Whether a model is approved on a day. */
export const isApproved = async (desk: Pick<Desk, 'query'>, tac: Tac, on: Day): Promise<boolean> =>
  (await approvedTacs(desk, [tac], on)).has(tac);
