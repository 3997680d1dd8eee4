import { type Fault, Refused } from '../faults/fault.ts';
import type { Asking, Device, DeviceId } from './device.ts';
import { identifierOf, type Kept, type SinglingIdentifier, textOf } from './identifier.ts';
import type { Stage } from './lifecycle.ts';

type Row = {
  readonly id: DeviceId;
  readonly stage: Stage | null;
  readonly stage_at: Date | null;
  readonly identifiers: readonly Kept[] | null;
  readonly maker: string | null;
  readonly model: string | null;
};

const newest = (kind: 'maker' | 'model'): string => `(SELECT f.value FROM device_fact f JOIN device o ON o.id = f.device
    WHERE (o.id = d.id OR o.united_into = d.id) AND f.kind = '${kind}' AND f.superseded IS NULL AND f.happened_to IS NULL
    ORDER BY f.happened_from DESC, f.id DESC LIMIT 1) AS ${kind}`;

/** Devices as they are known now; `$1` is bound to what `where` asks for. */
const DEVICES = (where: string): string => `SELECT d.id, d.stage, d.stage_at,
  (SELECT json_agg(json_build_object('kind', f.kind, 'value', f.value, 'slot', f.slot)
      ORDER BY array_position('{imei,eid,serial,gtin,mac}'::text[], f.kind), f.slot, f.id)
    FROM device_fact f JOIN device o ON o.id = f.device
    WHERE (o.id = d.id OR o.united_into = d.id) AND f.kind IN ('imei', 'eid', 'serial', 'gtin', 'mac')
      AND f.superseded IS NULL AND f.happened_to IS NULL) AS identifiers,
  ${newest('maker')},
  ${newest('model')}
FROM device d WHERE d.id IN (${where}) ORDER BY d.entered, d.id`;

const deviceFrom = ({ id, stage, stage_at, identifiers, maker, model }: Row): Device => ({
  id,
  stage: stage ?? undefined,
  stageAt: stage_at ?? undefined,
  identifiers: (identifiers ?? []).map(identifierOf),
  model: maker === null && model === null ? undefined : { maker: maker ?? '', model: model ?? '' },
});

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A device by its id; by that of one that turned out to be the same as another, the other. */
export async function loadDevice({ query }: Asking, id: DeviceId): Promise<Device | undefined> {
  if (!UUID.test(id)) return undefined;
  const [row] = await query<Row>(DEVICES('SELECT coalesce(united_into, id) FROM device WHERE id = $1'), [id]);
  return row === undefined ? undefined : deviceFrom(row);
}

/** As {@link loadDevice}. @throws Refused DEVICE_UNKNOWN. */
export async function demandDevice(desk: Asking, id: DeviceId): Promise<Device> {
  const device = await loadDevice(desk, id);
  if (device === undefined) throw new Refused([unknownDevice(id)]);
  return device;
}

/** Why a device is not there. */
export const unknownDevice = (id: DeviceId): Fault => ({
  code: 'DEVICE_UNKNOWN',
  message: `There is no device ${JSON.stringify(id.slice(0, 40))}.`,
  remedy: 'Look it up by one of its identifiers.',
  field: 'device',
});

/** The device that is known by an identifier: of several that claim it, the first that did. */
export async function findDevice({ query }: Asking, identifier: SinglingIdentifier): Promise<Device | undefined> {
  const where = 'SELECT device FROM device_key WHERE kind = $1 AND value = $2';
  const [row] = await query<Row>(DEVICES(where), [identifier.kind, textOf(identifier)]);
  return row === undefined ? undefined : deviceFrom(row);
}

/** All devices that claim any of these identifiers now, the first entered first. */
export async function claimants(
  { query }: Asking,
  identifiers: readonly SinglingIdentifier[],
): Promise<readonly Device[]> {
  const rows = await query<Row>(
    DEVICES(`SELECT coalesce(o.united_into, o.id) FROM unnest($1::text[], $2::text[]) AS k (kind, value)
      JOIN device_fact f ON f.kind = k.kind AND f.value = k.value
        AND f.kind IN ('imei', 'eid', 'serial', 'mac') AND f.superseded IS NULL AND f.happened_to IS NULL
      JOIN device o ON o.id = f.device`),
    [identifiers.map(({ kind }) => kind), identifiers.map(textOf)],
  );
  return rows.map(deviceFrom);
}
