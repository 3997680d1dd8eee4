import type { Desk } from '../access/desk.ts';
import { type Imei, writeImei15 } from '../identifiers/imei.ts';

/** The columns of a registration list as it is imported (DIRBS v14 to v16). */
export const REGISTRATION_HEAD =
  'approved_imei,make,model,status,model_number,brand_name,device_type,radio_interface,device_id\n';

type Row = {
  readonly imei: Imei;
  readonly device: string;
  readonly maker: string | null;
  readonly model: string | null;
};

/**
 * What is registered, as lines of a registration list, some thousands at a time in the order of IMEIs; together with
 * {@link REGISTRATION_HEAD} a file by which runs of classification learn of it. `next` is the `after` of the following
 * lines, undefined behind the last.
 */
export async function registrationLines(
  { query }: Pick<Desk, 'query'>,
  { after = '', limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<{ readonly text: string; readonly next: string | undefined }> {
  const newest = (kind: 'maker' | 'model'): string => `(SELECT f.value FROM device_fact f WHERE f.device = p.device
    AND f.kind = '${kind}' AND f.superseded IS NULL AND f.happened_to IS NULL ORDER BY f.happened_from DESC LIMIT 1) AS ${kind}`;
  const rows = await query<Row>(
    `SELECT p.imei, coalesce(d.united_into, d.id) AS device, ${newest('maker')}, ${newest('model')}
     FROM (SELECT DISTINCT ON (imei) imei, device FROM permit WHERE ended IS NULL AND imei > $1 ORDER BY imei, id DESC LIMIT $2) p
     JOIN device d ON d.id = p.device ORDER BY p.imei`,
    [after, limit],
  );
  const text = rows.map(({ imei, device, maker, model }) =>
    [writeImei15(imei), quoted(maker), quoted(model), 'whitelist', '', quoted(maker), '', '', device].join(','),
  );
  return {
    text: text.map((line) => `${line}\n`).join(''),
    next: rows.length < limit ? undefined : rows.at(-1)?.imei,
  };
}

const quoted = (text: string | null): string => (text === null || text === '' ? '' : `"${text.replaceAll('"', '""')}"`);
