import { type ActionName, demand, reachOf } from '../access/actions.ts';
import type { Desk } from '../access/desk.ts';
import type { Day } from '../calendar/day.ts';
import type { Reference } from '../identifiers/reference.ts';
import type { Admission } from './holders/admission.ts';
import type { Consignment } from './trade/consignment.ts';
import type { ApprovalState, ChargeState } from './trade/trade_machines.ts';

/** A page of a list, the newest first. */
export type Page = {
  readonly state?: string | undefined;
  /** The id of the last of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
};

type List = {
  readonly table: string;
  readonly columns: string;
  readonly action: ActionName;
  /** Columns that say whose a row is. */
  readonly organisation?: string;
  readonly person?: string;
};

/** The rows of a list that the actor reaches. @throws Refused ACCESS_ROLE */
async function page<Row extends object>(
  desk: Desk,
  list: List,
  { state, after, limit }: Page,
): Promise<readonly Row[]> {
  demand(desk.actor, list.action);
  const reach = reachOf(desk.actor, list.action);
  const values: unknown[] = [limit];
  const given = (value: unknown): string => `$${values.push(value)}`;
  const conditions: string[] = [];
  if (state !== undefined) conditions.push(`state = ${given(state)}`);
  if (after !== undefined)
    conditions.push(`(at, id) < (SELECT l.at, l.id FROM ${list.table} l WHERE l.id::text = ${given(after)})`);
  if (reach !== 'all') {
    const mine = (['organisation', 'person'] as const).flatMap((whose) => {
      const [column, who] = [list[whose], reach[whose]];
      return column === undefined || who === undefined ? [] : [`${column}::text = ${given(who)}`];
    });
    conditions.push(mine.length === 0 ? 'false' : `(${mine.join(' OR ')})`);
  }
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return desk.query<Row>(
    `SELECT ${list.columns} FROM ${list.table}${where} ORDER BY at DESC, id DESC LIMIT $1`,
    values,
  );
}

/** A consignment in a list. */
export type ConsignmentLine = Pick<
  Consignment,
  | 'id'
  | 'state'
  | 'organisation'
  | 'number'
  | 'supplier'
  | 'origin'
  | 'arrival'
  | 'port'
  | 'quantity'
  | 'accepted'
  | 'at'
>;

/** Consignments: an importer’s own; all for customs and the regulator. @throws Refused ACCESS_ROLE */
export const listConsignments = (desk: Desk, which: Page): Promise<readonly ConsignmentLine[]> =>
  page(
    desk,
    {
      table: 'consignment',
      columns: `id, state, importer AS organisation, number, supplier, origin, arrival::text AS arrival, port, quantity,
        accepted, at`,
      action: 'consignment.read',
      organisation: 'importer',
    },
    which,
  );

/** A type approval in a list. */
export type ApprovalLine = {
  readonly id: string;
  readonly state: ApprovalState;
  readonly organisation: string;
  readonly brand: string;
  readonly models: readonly string[];
  readonly number: string | null;
  readonly validFrom: Day | null;
  readonly validTo: Day | null;
  readonly at: Date;
};

/** Applications and certificates: the applicant’s own; all for the regulator and customs. @throws Refused ACCESS_ROLE */
export const listApprovals = (desk: Desk, which: Page): Promise<readonly ApprovalLine[]> =>
  page(
    desk,
    {
      table: 'type_approval',
      columns: `id, state, applicant AS organisation, brand, models, number, valid_from::text AS "validFrom",
        valid_to::text AS "validTo", at`,
      action: 'approval.read',
      organisation: 'applicant',
    },
    which,
  );

/** Admissions: one’s own; all for customs and the regulator. @throws Refused ACCESS_ROLE */
export const listAdmissions = (desk: Desk, which: Page): Promise<readonly Admission[]> =>
  page(
    desk,
    {
      table: 'admission',
      columns: `id, state, kind, device, days, renewals, started::text AS started, ends::text AS ends, ended::text AS ended, at`,
      action: 'admission.read',
      organisation: 'organisation',
      person: 'person',
    },
    which,
  );

/** A charge in a list. */
export type ChargeLine = {
  readonly id: string;
  readonly state: ChargeState;
  readonly reference: Reference;
  readonly ground: string;
  readonly amount: string;
  readonly currency: string;
  readonly payBy: Day;
  readonly at: Date;
};

/** What organisations have to pay and paid: one’s own; all for customs and the regulator. @throws Refused ACCESS_ROLE */
export const listCharges = (desk: Desk, which: Page): Promise<readonly ChargeLine[]> =>
  page(
    desk,
    {
      table: 'charge',
      columns: `id, state, reference, ground, amount, currency, pay_by::text AS "payBy", at`,
      action: 'fee.read',
      organisation: 'payer',
    },
    which,
  );

/** A file that was checked for a consignment. */
export type FileLine = {
  readonly file: string;
  readonly sha256: string;
  readonly verdict: 'accepted' | 'in part' | 'refused';
  readonly rows: number;
  readonly devices: number;
  readonly accepted: number;
  readonly bad: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly at: Date;
};

/** The files of a consignment that the actor may see: ask {@link listConsignments} or `consignmentOf` for it first. */
export const filesOf = (
  { query }: Pick<Desk, 'query'>,
  { id }: Pick<Consignment, 'id'>,
): Promise<readonly FileLine[]> =>
  query<FileLine>(
    `SELECT number AS file, sha256, verdict, rows, devices, accepted, bad, faults, at FROM consignment_file
     WHERE consignment = $1 ORDER BY number`,
    [id],
  );
