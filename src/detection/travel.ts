import type { ParameterSpec } from '../country/parameter.ts';
import type { Context } from './dimension.ts';
import type { Window } from './window.ts';

/** Mean radius of the earth, in kilometres (IUGG). */
const EARTH_KM = 6371.0088;

/** A place as engine expressions: degrees, and the radius of its cell in metres. */
export type Place = { readonly lat: string; readonly lon: string; readonly radius: string };

/** Engine expression: great-circle distance in kilometres by the haversine formula, the same on every engine. */
export function greatCircle(a: Place, b: Place): string {
  const rad = (degrees: string): string => `((${degrees}) * pi() / 180)`;
  const half = (from: string, to: string): string => `pow(sin(${rad(`${to} - ${from}`)} / 2), 2)`;
  const h = `${half(a.lat, b.lat)} + cos(${rad(a.lat)}) * cos(${rad(b.lat)}) * ${half(a.lon, b.lon)}`;
  return `(2 * ${EARTH_KM} * asin(sqrt(least(1, ${h}))))`;
}

/** Engine expression: kilometres that lie between two cells at least, their radii taken off (ITU-T Q.5052 §7.4). */
export const separation = (a: Place, b: Place): string =>
  `greatest(0, ${greatCircle(a, b)} - (${a.radius} + ${b.radius}) / 1000)`;

/** When an event began and ended, as engine expressions of seconds. */
export type Span = { readonly at: string; readonly until: string };

/**
 * Engine expression: seconds from the end of one event to the start of the other. For events that overlap it is
 * negative: so far would one clock have to be moved against the other, whichever way is shorter, to part them.
 */
export const gap = (a: Span, b: Span): string => `greatest(${b.at} - ${a.until}, ${a.at} - ${b.until})`;

/** What both dimensions on events ask of a feed. */
export const FEED = {
  clock_skew_s: {
    kind: 'integer',
    min: 0,
    max: 3600,
    default: 120,
    unit: 'seconds',
    about: 'how far the clocks behind two records may differ; always counted in favour of the device',
  },
  cell_holds: {
    kind: 'choice',
    of: ['session', 'start'],
    default: 'session',
    about:
      'for how long a record’s cell is where the device was: its whole duration, or its start only. Say start where records name the first cell and the device may travel on',
  },
} as const satisfies Record<string, ParameterSpec>;

/**
 * Engine query: where each cell stood from `starts` to before `valid_to`. Where the register does not say since when, the
 * first place it knows of a cell holds for the time before as well.
 */
const PLACES = `(
  SELECT cell, lat, lon, radius_m, valid_to,
    if(since = toDate(0) AND valid_from = min(valid_from) OVER (PARTITION BY cell), toDate(0), valid_from) AS starts
  FROM cell WHERE valid_from < valid_to
)`;

/**
 * Engine query: the events of the window whose cell stands in the cell register on that day, as `imei, imsi, msisdn,
 * day, at, until, cell, lat, lon, radius`; `until` is the last second at which the device is known to be there.
 */
export function placedEvents(window: Window, { scope }: Context, holds: string): string {
  const until = holds === 'session' ? 'e.at + e.duration' : 'e.at';
  return `(
  SELECT e.imei AS imei, e.imsi AS imsi, e.msisdn AS msisdn, e.day AS day, toInt64(e.at) AS at, toInt64(${until}) AS until,
    e.cell AS cell, c.lat AS lat, c.lon AS lon, toFloat64(c.radius_m) AS radius
  FROM (
    SELECT imei, imsi, msisdn, day, at, duration, toString(cell) AS cell FROM event
    WHERE day >= toDate('${window.start}') AND day < toDate('${window.end}') AND (${scope})
  ) AS e
  INNER JOIN ${PLACES} AS c ON e.cell = c.cell
  WHERE e.day >= c.starts AND e.day < c.valid_to
)`;
}

/** The order of an identifier's events: by time, and for equal times by what else they say, so that it is only one. */
export const INORDER = 'PARTITION BY imei ORDER BY at, imsi, msisdn, cell, until';

/** Engine expression: a time of the feed, local, as text. */
export const clockText = (at: string): string =>
  `formatDateTime(toDateTime(toUInt32(${at}), 'UTC'), '%Y-%m-%d %H:%i:%S', 'UTC')`;
