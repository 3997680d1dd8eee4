import type { Desk } from '../access/desk.ts';
import { type Claim, checkAgainst, checkDevice, type Models } from './checks.ts';
import type { Asking, Device, DeviceId, Origin } from './device.ts';
import { claimants, demandDevice } from './find.ts';
import { type Finding, recordFindings } from './finding.ts';
import { identifierOf, type Kept, singles } from './identifier.ts';

/** How a device is looked at. */
export type Examination = Origin & {
  /** All of its identifiers were told, so that too few are strange. */
  readonly whole: boolean;
  readonly models?: Models | undefined;
};

/** Looks at a device and at all that claim what it claims; what is strange is recorded and, where it is new, given. */
export async function examine(
  desk: Pick<Desk, 'query' | 'now'>,
  { id }: Pick<Device, 'id'>,
  { whole, models = new Map(), source, batch }: Examination,
): Promise<readonly Finding[]> {
  const device = await demandDevice(desk, id);
  const others = (await claimants(desk, device.identifiers.filter(singles))).filter((one) => one.id !== device.id);
  const former = await formerly(desk, device);
  const found = [...checkDevice(device, models, { whole }), ...checkAgainst(device, [...others, ...former], models)];
  return recordFindings(desk, device.id, { found, source, batch });
}

/** What the device had and has no more, each IMEI beside the chips that it has: they were presented together. */
async function formerly({ query }: Asking, { id, identifiers }: Device): Promise<readonly Claim[]> {
  const rows = await query<Kept & { readonly device: DeviceId }>(
    `SELECT f.kind, f.value, f.slot FROM device_fact f JOIN device d ON d.id = f.device
     WHERE (d.id = $1 OR d.united_into = $1) AND f.kind = 'imei' AND f.superseded IS NULL AND f.happened_to IS NOT NULL`,
    [id],
  );
  const eids = identifiers.filter(({ kind }) => kind === 'eid');
  return rows.map((row) => ({ id, identifiers: [identifierOf(row), ...eids] }));
}
