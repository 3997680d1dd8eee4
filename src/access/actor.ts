/** Who may act in the register. What each role may do stands in one table, `actions.ts`. */
export const ROLES = [
  'citizen',
  'operator',
  'police',
  'customs',
  'importer',
  'maker',
  'lab',
  'dealer',
  'analyst',
  'approver',
  'admin',
  'auditor',
  'system',
] as const;

/**
 * A role. `analyst`, `approver` and `admin` are the regulator's; `system` is the register itself: its clock, and what
 * networks report.
 */
export type Role = (typeof ROLES)[number];

/** A body whose staff and machines act for it; what one of them entered belongs to it. */
export type Organisation = {
  /** A UUID. */
  readonly id: string;
  readonly kind: Exclude<Role, 'citizen' | 'analyst' | 'approver' | 'admin' | 'auditor' | 'system'> | 'regulator';
  readonly name: string;
  /** Of an operator: its id in the country file. */
  readonly operator?: string | undefined;
  /** Of police: the unit; absent for the national level, which sees all units. */
  readonly unit?: string | undefined;
  /** Of makers and importers: the brands that it may act for, in lower case. */
  readonly brands?: readonly string[] | undefined;
};

/** Who carries out an act. */
export type Actor = {
  /** The account's UUID; of a citizen without one, the pseudonym of the proved number; `system` for the register. */
  readonly id: string;
  readonly roles: readonly Role[];
  /** Absent for citizens and the register itself. */
  readonly organisation?: Organisation | undefined;
};

/** The register itself. */
export const SYSTEM: Actor = { id: 'system', roles: ['system'] };
