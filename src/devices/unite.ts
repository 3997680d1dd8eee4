import type { Desk } from '../access/desk.ts';
import { tacOf } from '../identifiers/imei.ts';
import { areOneModel, type Models } from './checks.ts';
import { type Asking, type Device, type DeviceId, imeisOf } from './device.ts';
import { settle } from './happen.ts';
import { type DeviceIdentifier, singles, textOf } from './identifier.ts';

/** A device that its identifiers may be of, and whether a person has it. */
export type Candidate = { readonly device: Device; readonly taken: boolean };

/** What identifiers that were told together turn out to be: one device known already, several that are one, or neither. */
export type Likeness =
  | { readonly is: 'known'; readonly device: Device }
  | { readonly is: 'one'; readonly into: Device; readonly others: readonly Device[] }
  | { readonly is: 'new' };

const keyOf = (one: DeviceIdentifier): string => `${one.kind} ${textOf(one)}`;

/**
 * Whether identifiers that were told together are of devices known already. Nobody may draw the device of a stranger into
 * his own by naming its IMEI (as with a second slot filled with another telephone's IMEI): identifiers are added to a
 * device only if all that it is known by are among them, nobody has it, it is in plain use and all is of one model.
 * Several such devices, as networks see a telephone of two slots, are one. Otherwise it is a device of its own, and that
 * both claim an identifier is a finding. (Ours.)
 */
export function likenessOf(
  told: readonly DeviceIdentifier[],
  candidates: readonly Candidate[],
  models: Models,
): Likeness {
  const keys = new Set(told.filter(singles).map(keyOf));
  const holds = ({ identifiers }: Device): ReadonlySet<string> => new Set(identifiers.filter(singles).map(keyOf));
  const [first] = candidates;
  if (first === undefined) return { is: 'new' };
  if (candidates.length === 1 && [...keys].every((key) => holds(first.device).has(key)))
    return { is: 'known', device: first.device };
  const plain = ({ device, taken }: Candidate): boolean =>
    !taken &&
    (device.stage === undefined || device.stage === 'active' || candidates.length === 1) &&
    [...holds(device)].every((key) => keys.has(key));
  const tacs = [...imeisOf({ identifiers: told }), ...candidates.flatMap(({ device }) => imeisOf(device))].map(tacOf);
  if (!candidates.every(plain) || !areOneModel(tacs, models)) return { is: 'new' };
  const [, ...others] = candidates.map(({ device }) => device);
  return others.length === 0 ? { is: 'known', device: first.device } : { is: 'one', into: first.device, others };
}

/**
 * Makes devices one: what is recorded of the others is of the first from now on, and what was known before stays so.
 * Hold all of them first.
 */
export async function unite(
  desk: Pick<Desk, 'query' | 'now'>,
  { into, others }: { readonly into: DeviceId; readonly others: readonly DeviceId[] },
): Promise<void> {
  await desk.query('UPDATE device SET united_into = $1, united = $3 WHERE id = ANY($2) OR united_into = ANY($2)', [
    into,
    others,
    desk.now,
  ]);
  await desk.query('UPDATE device_key SET device = $1 WHERE device = ANY($2)', [into, others]);
  await settle(desk, into);
}

/** Those of some devices that a person has in his name. */
export async function takenOf({ query }: Asking, devices: readonly DeviceId[]): Promise<ReadonlySet<DeviceId>> {
  const rows = await query<{ id: DeviceId }>(
    `SELECT DISTINCT coalesce(d.united_into, d.id) AS id FROM device_association a JOIN device d ON d.id = a.device
     WHERE a.ended IS NULL AND (d.id = ANY($1) OR d.united_into = ANY($1))`,
    [devices],
  );
  return new Set(rows.map(({ id }) => id));
}
