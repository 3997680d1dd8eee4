import type { Desk } from '../../access/desk.ts';
import { recordRead } from '../../access/log.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import type { Row } from '../../stores/analytics.ts';
import { imeiText, imsiText, isImei, msisdnText, tacOf, validOn } from '../../stores/schema.ts';
import { among, type Ground, normOf, placesOf, textIn } from './place.ts';

/** Which rows of a list are asked for. */
export type Page = { readonly offset: number; readonly limit: number; readonly order: 'Ascending' | 'Descending' };

/** Where a page stands in its list, as DIRBS tells it; '' where there is no next. */
type Keys = { readonly current_key: string; readonly next_key: string; readonly result_size: number };

/** What personal data are read for. */
export type Why = { readonly purpose: string; readonly case?: string };

const keysOf = ({ offset, limit }: Page, size: number): Keys => ({
  current_key: String(offset),
  next_key: offset + limit < size ? String(offset + limit) : '',
  result_size: size,
});

/** Engine expression: the last day of a triplet. */
const LAST = 'makeDate(intDiv(month, 100), month % 100, arrayMax(bitPositionsToArray(days)) + 1)';

type Paged = { readonly imei_norm: string; readonly rows: readonly Row[]; readonly _keys: Keys };

/** One page of what a query gives for an identifier; `sql` is given the predicate of the identifier. */
async function paged(
  ground: Ground,
  text: string,
  { page, sql }: { readonly page: Page; readonly sql: (own: string) => string },
): Promise<Paged> {
  const imei_norm = normOf(text, '/params/imei');
  const [place] = await placesOf(ground, [imei_norm]);
  if (place === undefined) throw new Error('No shard holds the identifier.');
  const order = page.order === 'Ascending' ? 'ASC' : 'DESC';
  const rows = await place.shard.query<Row>(
    `SELECT *, count() OVER () AS size FROM (${sql(among(place.known))}) ORDER BY last_seen ${order}, imsi_text LIMIT ${page.limit} OFFSET ${page.offset}`,
  );
  const [total] =
    rows.length > 0 ? rows : await place.shard.query<Row>(`SELECT count() AS size FROM (${sql(among(place.known))})`);
  return { imei_norm, rows, _keys: keysOf(page, Number(total?.['size'] ?? 0)) };
}

const logged = (desk: Desk, why: Why, subject: string, fields: readonly string[]): Promise<void> =>
  recordRead(desk, { action: 'dirbs.read', ...why, subject, fields });

/** Who used an identifier, from the latest on (`/imei/<imei>/subscribers`). Logged. */
export async function subscribersOf(
  desk: Desk,
  ground: Ground,
  { text, page, why }: { readonly text: string; readonly page: Page; readonly why: Why },
) {
  await logged(desk, why, normOf(text, '/params/imei'), ['imsi', 'msisdn']);
  const sql = (own: string): string =>
    `SELECT ${imsiText()} AS imsi_text, ${msisdnText()} AS msisdn_text, max(${LAST}) AS last_seen
    FROM triplet WHERE ${own} AND days != 0 GROUP BY imsi, msisdn`;
  const { imei_norm, rows, _keys } = await paged(ground, text, { page, sql });
  const subscribers = rows.map((row) => ({
    imsi: textIn(row, 'imsi_text'),
    msisdn: textIn(row, 'msisdn_text'),
    last_seen: textIn(row, 'last_seen'),
  }));
  return { imei_norm, subscribers, _keys };
}

/** With whom an identifier is paired, and when the pair was last seen (`/imei/<imei>/pairings`). Logged. */
export async function pairingsOf(
  desk: Desk,
  ground: Ground,
  { text, page, why }: { readonly text: string; readonly page: Page; readonly why: Why },
) {
  await logged(desk, why, normOf(text, '/params/imei'), ['imsi']);
  const sql = (own: string): string =>
    `SELECT ${imsiText('p.imsi')} AS imsi_text, max(t.last) AS last_seen FROM (SELECT DISTINCT imsi FROM pairing WHERE closed = 0 AND ${validOn(ground.date)} AND ${own}) AS p
    LEFT JOIN (SELECT imsi, max(${LAST}) AS last FROM triplet WHERE ${own} AND days != 0 GROUP BY imsi) AS t ON t.imsi = p.imsi GROUP BY p.imsi`;
  const { imei_norm, rows, _keys } = await paged(ground, text, { page, sql });
  const seen = (row: Row): string | null =>
    textIn(row, 'last_seen') === '1970-01-01' ? null : textIn(row, 'last_seen');
  return { imei_norm, pairs: rows.map((row) => ({ imsi: textIn(row, 'imsi_text'), last_seen: seen(row) })), _keys };
}

const NUMBER: Fault = {
  code: 'API_FORM',
  message: '/params/msisdn is no number of 1 to 15 digits.',
  remedy: 'Give international digits without plus.',
  field: '/params/msisdn',
};

/** With which identifiers a number was seen, and of what model these are (`/msisdn/<n>`). Logged, by a pseudonym. */
export async function msisdnOf(
  desk: Desk,
  { analytics, date }: Ground,
  { text, why }: { readonly text: string; readonly why: Why },
) {
  if (!/^[0-9]{1,15}$/.test(text)) throw new Refused([NUMBER]);
  await logged(desk, why, desk.vault.pseudonym('msisdn', text), ['imei', 'imsi']);
  const rows = await analytics.gather<Row>(
    `SELECT ${imeiText('u.imei')} AS imei_norm, ${imsiText('u.imsi')} AS imsi_text, u.last AS last_seen, any(m.manufacturer) AS manufacturer, any(m.model) AS model
    FROM (SELECT imei, imsi, max(${LAST}) AS last FROM triplet WHERE msisdn = ${text} AND days != 0 AND ${isImei()} GROUP BY imei, imsi) AS u
    LEFT JOIN (SELECT * FROM tac WHERE closed = 0 AND ${validOn(date)}) AS m ON m.tac = ${tacOf('u.imei')}
    GROUP BY u.imei, u.imsi, u.last ORDER BY last_seen DESC, imei_norm LIMIT 1000`,
  );
  return rows.map((row) => ({
    imei_norm: textIn(row, 'imei_norm'),
    imsi: textIn(row, 'imsi_text'),
    last_seen: textIn(row, 'last_seen'),
    gsma_manufacturer: textIn(row, 'manufacturer') || null,
    gsma_model_name: textIn(row, 'model') || null,
  }));
}
