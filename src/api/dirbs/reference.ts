import { type Fault, Refused } from '../../faults/fault.ts';
import type { Row } from '../../stores/analytics.ts';
import { imeiText, isImei, validOn } from '../../stores/schema.ts';
import { among, dayIn, type Ground, normOf, placesOf, textIn } from './place.ts';

/** Columns of the GSMA's file that we keep as they came, by DIRBS's names and by how headers may write them. */
const OTHER = [
  'marketing_name',
  'internal_model_name',
  'country_code',
  'fixed_code',
  'manufacturer_code',
  'radio_interface',
  'operating_system',
  'nfc',
  'bluetooth',
  'wlan',
] as const;

/** What the TAC database says of a TAC (`gsma` of DIRBS); null where it does not know it. */
export type Gsma = Readonly<Record<string, string | null>> | null;

const snake = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_');

function gsmaOf(row: Row | undefined): Gsma {
  if (row === undefined) return null;
  const told: unknown = JSON.parse(textIn(row, 'other') || '{}');
  const others = new Map(Object.entries(told ?? {}).map(([name, value]) => [snake(name), String(value)]));
  return {
    manufacturer: textIn(row, 'manufacturer') || null,
    model_name: textIn(row, 'model') || null,
    brand_name: textIn(row, 'brand') || null,
    device_type: textIn(row, 'device_type') || null,
    bands: textIn(row, 'bands') || null,
    allocation_date: dayIn(row, 'allocated'),
    ...Object.fromEntries(OTHER.map((name) => [name, others.get(name) ?? null])),
  };
}

const TAC: (field: string) => Fault = (field) => ({
  code: 'API_FORM',
  message: `${field} is no TAC of 8 digits.`,
  remedy: 'Give the first 8 digits of the IMEI.',
  field,
});

/** What is known of TACs, in the order in which they were asked (`/tac`). @throws Refused API_FORM */
export async function tacsOf(
  { analytics, date }: Ground,
  { tacs, field }: { readonly tacs: readonly string[]; readonly field: (at: number) => string },
): Promise<readonly { readonly tac: string; readonly gsma: Gsma }[]> {
  const wrong = tacs.findIndex((tac) => !/^[0-9]{8}$/.test(tac));
  if (wrong >= 0) throw new Refused([TAC(field(wrong))]);
  const list = [...new Set(tacs)].map(Number).join(', ');
  const rows = await analytics.home.query<Row>(
    `SELECT * FROM tac WHERE closed = 0 AND ${validOn(date)} AND tac IN (${list})`,
  );
  const byTac = new Map(rows.map((row) => [Number(row['tac']), row]));
  return tacs.map((tac) => ({ tac, gsma: gsmaOf(byTac.get(Number(tac))) }));
}

/** What the registration list says of an identifier, and the others of its device (`/imei/<imei>/info`). */
export async function infoOf(ground: Ground, text: string) {
  const imei_norm = normOf(text, '/params/imei');
  const [place] = await placesOf(ground, [imei_norm]);
  if (place === undefined) throw new Error('No shard holds the identifier.');
  const valid = `closed = 0 AND ${validOn(ground.date)}`;
  const [row] = await place.shard.query<Row>(
    `SELECT * FROM registration WHERE ${valid} AND ${among(place.known)} ORDER BY device_id LIMIT 1`,
  );
  const told = (name: string): string | null => textIn(row, name) || null;
  return {
    imei_norm,
    make: told('make'),
    model: told('model'),
    model_number: told('model_number'),
    brand_name: told('brand_name'),
    device_type: told('device_type'),
    radio_interface: told('radio_interface'),
    status: told('status'),
    associated_imeis: row === undefined ? [] : await othersOf(ground, textIn(row, 'device_id'), imei_norm),
  };
}

/** The identifiers of one device by its id in the list; they may lie on other shards. */
async function othersOf({ analytics, date }: Ground, device: string, own: string): Promise<readonly string[]> {
  if (!/^[A-Za-z0-9]+$/.test(device)) return [];
  const rows = await analytics.gather<{ one: string }>(
    `SELECT DISTINCT ${imeiText()} AS one FROM registration WHERE closed = 0 AND ${validOn(date)} AND device_id = '${device}' AND ${isImei()}`,
  );
  return rows
    .map(({ one }) => one)
    .filter((one) => one !== own)
    .sort();
}
