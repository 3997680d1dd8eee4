import type { Desk } from '../access/desk.ts';
import type { Asking, Device, Origin } from './device.ts';
import { addFact, checkTime } from './fact.ts';
import { lockDevice } from './happen.ts';

/** That a network saw a device. */
export type Sighting = Origin & {
  /** When, not when it is told. */
  readonly at: Date;
  /** Pseudonym of the person whose subscription it was, where the operator's register tells. */
  readonly person?: string | undefined;
};

/** Records that a network saw a device: the first time it is told of a day and person; gives whether it was. @throws Refused DEVICE_TIME */
export async function saw(desk: Desk, device: Pick<Device, 'id'>, sighting: Sighting): Promise<boolean> {
  const { at, person = '', source, batch } = sighting;
  checkTime(desk, at);
  const { id } = await lockDevice(desk, device);
  const known = await desk.query(
    `SELECT FROM device_fact f JOIN device d ON d.id = f.device
     WHERE (d.id = $1 OR d.united_into = $1) AND f.kind = 'seen' AND f.value = $2 AND f.superseded IS NULL
       AND f.happened_from >= date_trunc('day', $3::timestamptz, 'UTC')
       AND f.happened_from < date_trunc('day', $3::timestamptz, 'UTC') + interval '1 day' LIMIT 1`,
    [id, person, at],
  );
  if (known.length > 0) return false;
  await addFact(desk, id, { kind: 'seen', value: person, from: at, source, batch });
  return true;
}

/**
 * Engine expression: when the device `device` was last seen, by the person `person` or by nobody who was named. Only when
 * it happened counts, so that what is loaded late, however much, never makes a device look used.
 */
export const LAST_SEEN = (device: string, person: string): string => `(SELECT max(seen.happened_from)
  FROM device_fact seen JOIN device seen_of ON seen_of.id = seen.device
  WHERE (seen_of.id = ${device} OR seen_of.united_into = ${device}) AND seen.superseded IS NULL
    AND ((seen.kind = 'seen' AND (${person} IS NULL OR seen.value IN ('', ${person})))
      OR (seen.kind = 'event' AND seen.value IN ('activate', 'baseline'))))`;

/** When a network last saw a device; undefined: it never did. */
export async function lastSeen({ query }: Asking, { id }: Pick<Device, 'id'>): Promise<Date | undefined> {
  const [row] = await query<{ at: Date | null }>(`SELECT ${LAST_SEEN('$1::uuid', 'NULL::text')} AS at`, [id]);
  return row?.at ?? undefined;
}

/** The moment since when a device must have been seen to be in use. */
export const usedSince = ({ policy, now }: Pick<Desk, 'policy' | 'now'>): Date =>
  new Date(now.getTime() - policy.devices.activeDays * 86_400_000);

/** Whether a device is in use now: seen within as many days as the country says, whatever its stage. */
export async function inUse(
  desk: Pick<Desk, 'query' | 'policy' | 'now'>,
  device: Pick<Device, 'id'>,
): Promise<boolean> {
  const seen = await lastSeen(desk, device);
  return seen !== undefined && seen >= usedSince(desk);
}
