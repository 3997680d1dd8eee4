import { imeiText, isImei, tacOf } from '../stores/schema.ts';
import { type Context, within } from './dimension.ts';
import { triplets } from './usage.ts';
import { clip, ever, monthsIn } from './window.ts';

// Days of a mask: the lowest bit set is the first day, the highest the last. The small addition keeps a logarithm that
// is a hair below a whole number from losing a day; that of 2^31-1 is further off than that.
const day = (ordinal: string): string => `makeDate(intDiv(month, 100), month % 100, toUInt8(${ordinal}))`;
const FIRST = day('bitCount(bitXor(used, used - 1))');
const LAST = day('floor(log2(used) + 1e-10) + 1');

/** Engine query: who was seen up to the analysis day, as rows `imei, operator, first, last, rats`, several an identifier. */
function sightings(context: Context): string {
  const kept = `SELECT imei, toString(operator) AS operator, ${FIRST} AS first, ${LAST} AS last, rats FROM ${triplets(ever(context.date), context, 'month, operator, rats')}`;
  const dropped = `SELECT imei, toString(operator) AS operator, first, least(last, toDate('${context.date}')) AS last, rats FROM seen_before WHERE first <= toDate('${context.date}') AND (${context.scope})`;
  return `(${kept} UNION ALL ${dropped})`;
}

/**
 * Engine query: every identifier that any network reported on a day up to the analysis day, one row each: `imei`,
 * `first` and `last` day, `rats` (bits of RATS; those of a month are known only as a whole), `operators` (sorted ids).
 */
export const seen = (context: Context): string =>
  `SELECT imei, min(s.first) AS first, max(s.last) AS last, groupBitOr(s.rats) AS rats, arraySort(groupUniqArray(s.operator)) AS operators FROM ${sightings(context)} AS s GROUP BY imei`;

/** Engine query: the `imei` of every identifier seen up to the analysis day, as often as it comes; for IN and GROUP BY. */
export const seenKeys = (context: Context): string => {
  const window = ever(context.date);
  const inside = clip(window) === 'days' ? '' : ` AND ${clip(window)} != 0`;
  const kept = `SELECT imei FROM triplet WHERE ${monthsIn(window)}${inside} AND (${context.scope})`;
  const dropped = `SELECT imei FROM seen_before WHERE first <= toDate('${context.date}') AND (${context.scope})`;
  return `(${kept} UNION ALL ${dropped})`;
};

/** Engine query: the text behind each malformed identifier, as `imei, text`. */
export const texts = ({ scope }: Context): string =>
  `(SELECT imei, min(text) AS text FROM malformed WHERE (${scope}) GROUP BY imei)`;

/** Stands for the TAC of a value that has none; no TAC is as high. */
const NO_TAC = 'toUInt32(4294967295)';

/** Engine predicate: the key is not one of an IMEI. */
export const isMalformed = `NOT (${isImei()})`;

/**
 * Engine query: the seen identifiers whose TAC satisfies `keep`, one row each: `imei, head, tac` and the figures, which
 * are aggregates over the sightings `s`. The head is the first eight characters; a malformed value has a TAC only where
 * these are digits, and is otherwise kept or not as a TAC that is in no list.
 */
export function carriers(context: Context, keep: (tac: string) => string, figures: string): string {
  const sound = sightings(within(context, `${isImei()} AND ${keep(tacOf())}`));
  const broken = within(context, isMalformed);
  return `(
  SELECT imei, substring(${imeiText()}, 1, 8) AS head, ${tacOf()} AS tac, ${figures} FROM ${sound} AS s GROUP BY imei
  UNION ALL
  SELECT imei, head, if(match(head, '^[0-9]{8}'), toUInt32OrZero(head), ${NO_TAC}) AS tac, * EXCEPT (imei, head) FROM (
    SELECT imei, substring(t.text, 1, 8) AS head, f.* EXCEPT (imei)
    FROM (SELECT imei, ${figures} FROM ${sightings(broken)} AS s GROUP BY imei) AS f
    LEFT JOIN ${texts(broken)} AS t ON t.imei = f.imei
  ) WHERE ${keep('tac')}
)`;
}
