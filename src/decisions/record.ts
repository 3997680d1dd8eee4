import type { Day } from '../calendar/day.ts';
import type { Country } from '../country/country.ts';
import { operatorOfImsi } from '../country/numbering.ts';
import type { Context } from '../detection/dimension.ts';
import { clip, ever, monthsIn } from '../detection/window.ts';
import { GENERATIONS, RATS } from '../observations/rat.ts';
import type { Row, Shard } from '../stores/analytics.ts';
import { imsiText, isImei, msisdnText, OPEN_DAY, tacOf, validOn } from '../stores/schema.ts';
import type { Entry, Explanation, Model, Published, Sighting, Subscription } from './explanation.ts';

/** One identifier on the shard that holds it. */
export type Place = {
  readonly shard: Shard;
  /** Its key, as an engine literal. */
  readonly key: string;
  readonly date: Day;
};

const text = (row: Row, name: string): string => String(row[name] ?? '');
const number = (row: Row, name: string): number => Number(row[name] ?? 0);
const names = (mask: number, of: readonly { readonly bit: number; readonly name: string }[]): readonly string[] =>
  of.filter(({ bit }) => (mask & (1 << bit)) !== 0).map(({ name }) => name);

/** The model behind the identifier's TAC. */
export async function modelOf({ shard, key, date }: Place): Promise<Model | undefined> {
  const sql = `SELECT * FROM tac WHERE closed = 0 AND ${validOn(date)} AND ${isImei(key)} AND tac = ${tacOf(key)} LIMIT 1`;
  const [row] = await shard.query<Row>(sql);
  if (row === undefined) return undefined;
  const able = GENERATIONS.map(({ generation, bit }) => ({ name: `${generation}G`, bit }));
  return {
    manufacturer: text(row, 'manufacturer'),
    brand: text(row, 'brand'),
    model: text(row, 'model'),
    deviceType: text(row, 'device_type'),
    generations: names(number(row, 'generations'), able),
    ...(text(row, 'allocated') === '1970-01-01' ? {} : { allocated: text(row, 'allocated') }),
    ...(number(row, 'slots') === 0 ? {} : { slots: number(row, 'slots') }),
  };
}

/** Engine query: the days of the identifier's use up to the day, as `columns, seen_on`, one row a day. */
const daysOf = ({ key, date }: Place, columns: string): string => {
  const window = ever(date);
  const on = `arrayJoin(bitPositionsToArray(${clip(window)})) AS bit`;
  return `SELECT ${columns}, makeDate(intDiv(month, 100), month % 100, bit + 1) AS seen_on
    FROM (SELECT ${columns}, month, ${on} FROM triplet WHERE imei = ${key} AND ${monthsIn(window)})`;
};

/** Where and when it was seen, an operator each, in the order of the first day. */
export async function sightingsOf(place: Place): Promise<readonly Sighting[]> {
  const before = `SELECT toString(operator) AS operator, s.first AS first, least(s.last, toDate('${place.date}')) AS last, s.rats AS rats, 0 AS days
    FROM seen_before AS s WHERE s.imei = ${place.key} AND s.first <= toDate('${place.date}')`;
  const kept = `SELECT toString(operator) AS operator, min(seen_on) AS first, max(seen_on) AS last, groupBitOr(rats) AS rats, uniqExact(seen_on) AS days
    FROM (${daysOf(place, 'operator, rats')}) GROUP BY operator`;
  const rows = await place.shard.query<Row>(
    `SELECT operator, min(u.first) AS since, max(u.last) AS until, groupBitOr(u.rats) AS access, sum(u.days) AS on_days
    FROM (${before} UNION ALL ${kept}) AS u GROUP BY operator ORDER BY since, operator`,
  );
  return rows.map((row) => ({
    operator: text(row, 'operator'),
    first: text(row, 'since'),
    last: text(row, 'until'),
    days: number(row, 'on_days'),
    rats: names(number(row, 'access'), RATS),
  }));
}

const SHOWN = 20;

/** Leaves the network's digits and the last two; whoever knows the number recognises it. */
const masked = (digits: string, kept: number): string =>
  digits.length <= kept + 2
    ? digits
    : `${digits.slice(0, kept)}${'•'.repeat(digits.length - kept - 2)}${digits.slice(-2)}`;

/** The subscriptions that used it, latest first; numbers in full only where `open`. */
export async function subscriptionsOf(
  place: Place,
  country: Country,
  open: boolean,
): Promise<Explanation['subscriptions']> {
  const groups = `SELECT imsi, msisdn, min(seen_on) AS first, max(seen_on) AS last, uniqExact(seen_on) AS days
    FROM (${daysOf(place, 'imsi, msisdn')}) GROUP BY imsi, msisdn`;
  const limit = open ? '' : `LIMIT ${SHOWN}`;
  const rows = await place.shard.query<Row>(
    `SELECT ${imsiText()} AS imsi_text, ${msisdnText()} AS msisdn_text, first, last, days, count() OVER () AS all
    FROM (${groups}) ORDER BY last DESC, days DESC, imsi, msisdn ${limit}`,
  );
  const latest = rows.map((row): Subscription => {
    const [imsi, msisdn] = [text(row, 'imsi_text'), text(row, 'msisdn_text')];
    return {
      imsi: open ? imsi : masked(imsi, 5),
      msisdn: open ? msisdn : masked(msisdn, 3),
      home: operatorOfImsi(country, imsi)?.id ?? '',
      first: text(row, 'first'),
      last: text(row, 'last'),
      days: number(row, 'days'),
    };
  });
  return { count: rows[0] === undefined ? 0 : number(rows[0], 'all'), masked: !open, latest };
}

/** Lists that name identifiers, with the columns worth telling. Persons and subscribers are counted, not named. */
const LISTS: readonly { readonly list: string; readonly details: readonly string[]; readonly where?: string }[] = [
  { list: 'stolen', details: ['status', 'reporting_date'] },
  { list: 'barred', details: [] },
  { list: 'barred_tac', details: ['tac'], where: 'tac' },
  { list: 'registration', details: ['status', 'make', 'model', 'brand_name', 'device_type', 'device_id'] },
  { list: 'association', details: [] },
  { list: 'pairing', details: [] },
  { list: 'monitoring', details: [] },
];

/** Its entries on imported lists, with history, oldest first. */
export async function entriesOf({ shard, key, date }: Place): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (const { list, details, where } of LISTS) {
    const which = where === undefined ? `imei = ${key}` : `${isImei(key)} AND tac = ${tacOf(key)}`;
    const shown = details.map((name) => `, toString(${name}) AS told_${name}`).join('');
    const sql = `SELECT valid_from, valid_to, recorded, closed${shown}, closed = 0 AND ${validOn(date)} AS holds FROM ${list} WHERE ${which} ORDER BY recorded, valid_from`;
    const rows = await shard.query<Row>(sql);
    entries.push(...rows.map((row) => entryOf(list, details, row)));
  }
  return entries;
}

function entryOf(list: string, details: readonly string[], row: Row): Entry {
  const told = details.map((name): [string, string] => [name, text(row, `told_${name}`)]);
  return {
    list,
    from: text(row, 'valid_from'),
    ...(text(row, 'valid_to') >= OPEN_DAY ? {} : { to: text(row, 'valid_to') }),
    recorded: number(row, 'recorded'),
    ...(number(row, 'closed') === 0 ? {} : { closed: number(row, 'closed') }),
    holds: number(row, 'holds') === 1,
    details: Object.fromEntries(told.filter(([, value]) => value !== '' && value !== '1970-01-01')),
  };
}

/** Its protection on the day, looked for by the keyed hash under which alone the list knows it. */
export async function goldenOf(
  { shard, key, date }: Place,
  hash: (imei: string) => string,
): Promise<Explanation['golden']> {
  const sql = `SELECT legal_basis, toString(expires) AS until FROM golden
    WHERE hash = ${hash(key)} AND closed = 0 AND ${validOn(date)} AND expires >= toDate('${date}') ORDER BY until DESC LIMIT 1`;
  const [row] = await shard.query<Row>(sql);
  return row === undefined ? undefined : { legalBasis: text(row, 'legal_basis'), expires: text(row, 'until') };
}

/** The control lists it is on now, as operators were told. */
export async function publishedOf({ shard, key }: Pick<Place, 'shard' | 'key'>): Promise<readonly Published[]> {
  const rows = await shard.query<Row>(
    `SELECT toString(list) AS name, toString(operator) AS whose, max(latest) AS told, min(day) AS block,
      arraySort(arrayDistinct(arrayFilter(one -> one != '', arrayFlatten(groupArray(splitByChar('|', said)))))) AS why, count() AS entries
    FROM (
      SELECT list, operator, imsi, msisdn, argMax(c.op, c.seq) AS op, argMax(c.run, c.seq) AS latest,
        argMax(c.block_date, c.seq) AS day, toString(argMax(c.reasons, c.seq)) AS said
      FROM change AS c WHERE c.imei = ${key} GROUP BY list, operator, imsi, msisdn
    ) WHERE op != 'remove' GROUP BY list, operator ORDER BY list, operator`,
  );
  return rows.map((row) => ({
    list: text(row, 'name'),
    operator: text(row, 'whose'),
    run: number(row, 'told'),
    ...(text(row, 'block') >= OPEN_DAY ? {} : { blockDate: text(row, 'block') }),
    reasons: Array.isArray(row['why']) ? row['why'].map(String) : [],
    entries: number(row, 'entries'),
  }));
}

/** The context in which only this identifier is measured. */
export const scopeOf = ({ key, date }: Place, country: Country): Context => ({ date, country, scope: `imei = ${key}` });
