import type { Desk } from '../access/desk.ts';
import type { DeviceId } from '../devices/device.ts';
import type { Imei } from '../identifiers/imei.ts';
import { placeHold, releaseHolds } from '../lists/offices/control.ts';

/** That a device may be used, and by what leave (P3): nothing is permitted that names no application and nobody who approved it. */
export type NewPermit = {
  readonly device: DeviceId;
  /** All of its IMEIs. */
  readonly imeis: readonly Imei[];
  /** The application or rule: `consignment:<uuid>`, `personal_import:<uuid>`, `baseline:<day>` … */
  readonly ground: string;
  /** Accounts that approved it, or the rule of the country file: `rule:activation.grandfathered_until`. */
  readonly approvedBy: readonly string[];
  /** What was paid, by its reference. */
  readonly payment?: string | undefined;
  /** Since when. */
  readonly at: Date;
};

/** A permission as it stands. */
export type Permit = Omit<NewPermit, 'imeis' | 'payment'> & {
  readonly id: string;
  readonly imei: Imei;
  readonly payment: string | null;
  readonly ended: Date | null;
  readonly because: string | null;
};

/** What networks are told why something is on the permitted list. */
const REASON = 'registered';

/**
 * Lets a device be used: the permission is kept, and, where the country makes permitted lists, its IMEIs are put there in
 * the same transaction. Again, it does nothing.
 */
export async function permit(desk: Desk, { device, imeis, ground, approvedBy, payment, at }: NewPermit): Promise<void> {
  await desk.query(
    `INSERT INTO permit (imei, device, ground, approved_by, payment, at, recorded)
     SELECT imei, $2, $3, $4, $5, $6, $7 FROM unnest($1::text[]) AS all_of (imei) ORDER BY imei ON CONFLICT DO NOTHING`,
    [imeis, device, ground, approvedBy, payment ?? null, at, desk.now],
  );
  if (!desk.policy.lists.permitted) return;
  for (const imei of imeis) await placeHold(desk, { list: 'permitted', imei, reason: REASON, holder: ground });
}

/** Which permissions end: of one ground, of one device, or both. */
export type Ending = {
  readonly ground?: string | undefined;
  readonly device?: DeviceId | undefined;
  /** Without personal data. */
  readonly because: string;
};

/** Ends permissions; an IMEI leaves the permitted list with the last that holds it there. */
export async function endPermits(desk: Desk, { ground, device, because }: Ending): Promise<number> {
  if (ground === undefined && device === undefined) throw new Error('no permission is named');
  const rows = await desk.query<{ imei: Imei; ground: string }>(
    `UPDATE permit SET ended = $3, ended_by = $4, because = $5
     WHERE ended IS NULL AND ($1::text IS NULL OR ground = $1)
       AND ($2::uuid IS NULL OR device IN (SELECT id FROM device WHERE id = $2 OR united_into = $2))
     RETURNING imei, ground`,
    [ground ?? null, device ?? null, desk.now, desk.actor.id, because],
  );
  for (const { imei, ground: holder } of rows)
    await releaseHolds(desk, { list: 'permitted', imei, holder, because: because.slice(0, 200) });
  return rows.length;
}

const COLUMNS = 'id, imei, device, ground, approved_by AS "approvedBy", payment, at, ended, because';

/** All permissions that an IMEI has and had: what they were given for, and by whom. */
export const permitsOf = ({ query }: Pick<Desk, 'query'>, imei: Imei): Promise<readonly Permit[]> =>
  query<Permit>(`SELECT ${COLUMNS} FROM permit WHERE imei = $1 ORDER BY id`, [imei]);

/** Whether a device may be used by leave of somebody. */
export async function isPermitted({ query }: Pick<Desk, 'query'>, device: DeviceId): Promise<boolean> {
  const [row] = await query(
    `SELECT FROM permit WHERE ended IS NULL AND device IN (SELECT id FROM device WHERE id = $1 OR united_into = $1) LIMIT 1`,
    [device],
  );
  return row !== undefined;
}

/** Whether it is permitted for good, not only for the time of an admission: that can still be turned into a registration. */
export async function isRegistered({ query }: Pick<Desk, 'query'>, device: DeviceId): Promise<boolean> {
  const [row] = await query(
    `SELECT FROM permit WHERE ended IS NULL AND ground NOT LIKE 'admission:%'
      AND device IN (SELECT id FROM device WHERE id = $1 OR united_into = $1) LIMIT 1`,
    [device],
  );
  return row !== undefined;
}

/**
 * Puts what is permitted already on the permitted list, some of it: for a country that begins to make such lists. To be
 * called again after the number it gives, until it gives none.
 */
export async function placePermits(
  desk: Desk,
  { after = '0', limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<string | undefined> {
  const rows = await desk.query<{ id: string; imei: Imei; ground: string }>(
    'SELECT id, imei, ground FROM permit WHERE ended IS NULL AND id > $1 ORDER BY id LIMIT $2',
    [after, limit],
  );
  for (const { imei, ground } of rows)
    await placeHold(desk, { list: 'permitted', imei, reason: REASON, holder: ground });
  return rows.length < limit ? undefined : rows.at(-1)?.id;
}
