import type { Desk } from '../../access/desk.ts';
import type { PoliceUnit } from '../../country/theft.ts';
import { Refused } from '../../faults/fault.ts';

type Policed = Pick<Desk, 'policy'>;

/** The unit of a station, as the country file has them; undefined: the national level's. */
export function unitOfStation({ policy }: Policed, station: string | undefined): PoliceUnit | undefined {
  const name = station?.trim().toLowerCase();
  return name === undefined
    ? undefined
    : policy.theft.units.find(({ stations }) => stations.some((one) => one.toLowerCase() === name));
}

/** A unit by its id. */
const unitOf = ({ policy }: Policed, id: string | undefined): PoliceUnit | undefined =>
  policy.theft.units.find((unit) => unit.id === id);

/** What people are told that a unit is called; the national level has no name of its own here. */
export const unitName = (desk: Policed, id: string | undefined): string => unitOf(desk, id)?.name ?? id ?? 'the police';

/** Where a found device of a unit's case is to be brought. */
export const bringTo = (desk: Policed, id: string | undefined): string =>
  unitOf(desk, id)?.bringTo ?? desk.policy.theft.bringTo;

/** Where a unit, or the national level, reads that it has a task. */
export const notifyOf = (desk: Policed, id: string | undefined): string | undefined =>
  id === undefined ? desk.policy.theft.notify : unitOf(desk, id)?.notify;

/** Refuses a unit that the country file does not have; undefined is the national level. @throws Refused CASE_EVIDENCE */
export function demandUnit(desk: Policed, id: string | undefined): void {
  if (id === undefined || unitOf(desk, id) !== undefined) return;
  const message = `${JSON.stringify(id.slice(0, 32))} is no police unit of the country file.`;
  const remedy = 'Name one of its units, or none for the national level.';
  throw new Refused([{ code: 'CASE_EVIDENCE', message, remedy, field: 'unit' }]);
}
