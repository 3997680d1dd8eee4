import type { Desk } from '../../access/desk.ts';
import type { Tac } from '../../identifiers/tac.ts';
import { rowOf } from '../../registration/account.ts';
import type { ApprovalLine } from '../../registration/listing.ts';
import type { ApprovalState } from '../../registration/trade/trade_machines.ts';

/** An application for a type approval with all that is not sealed, and the certificate that came of it. */
export type Approval = ApprovalLine & {
  readonly deviceType: string | null;
  readonly scope: string;
  /** Whose certificate is to be recognised. */
  readonly origin: string | null;
  /** The reference of the laboratory’s report. */
  readonly report: string | null;
  /** The body that certified. */
  readonly body: string | null;
  readonly tacs: readonly Tac[];
};

/** An application or certificate that the actor may see. @throws Refused REGISTRATION_UNKNOWN */
export const approvalOf = (desk: Desk, id: string): Promise<Approval> =>
  rowOf<Approval>(desk, {
    table: 'type_approval',
    columns: `id, state, applicant AS organisation, brand, models, device_type AS "deviceType", scope, origin, report, number,
      body, valid_from::text AS "validFrom", valid_to::text AS "validTo", at,
      ARRAY(SELECT t.tac FROM type_approval_tac t WHERE t.approval = type_approval.id ORDER BY t.tac) AS tacs`,
    id,
    noun: 'type approval',
    action: 'approval.read',
  });

/** How the certificate of a number stands now; for whoever shows a signed one. */
export async function standingOf({ query }: Pick<Desk, 'query'>, number: string): Promise<ApprovalState | undefined> {
  const [row] = await query<{ state: ApprovalState }>('SELECT state FROM type_approval WHERE number = $1', [number]);
  return row?.state;
}
