import type { Parameters } from '../../src/country/parameter.ts';
import { type Definition, given, inWindow, listOn } from './ground.ts';

/** Events of the window in cells that the register knows on that day, with place and end; numbered in order. */
function placed(parameters: Parameters, day: string): string {
  const end = parameters['cell_holds'] === 'start' ? 'began' : 'began + duration';
  return `(SELECT *, row_number() OVER (PARTITION BY id ORDER BY began, imsi, msisdn, cell, ended) AS nth FROM (
    SELECT id, day, began, ${end} AS ended, e.cell, CAST('0' || imsi AS BIGINT) AS imsi, CAST('0' || msisdn AS BIGINT) AS msisdn,
      CAST(lat AS DOUBLE) AS lat, CAST(lon AS DOUBLE) AS lon, CAST(radius_m AS DOUBLE) / 1000 AS radius
    FROM happened e JOIN ${listOn('cells', day)} c ON c.cell = e.cell
      AND (valid_from = '' OR CAST(strptime(valid_from, '%Y%m%d') AS DATE) <= day)
      AND (valid_to = '' OR CAST(strptime(valid_to, '%Y%m%d') AS DATE) > day)
    WHERE ${inWindow(parameters, day)}))`;
}

/** Great circle on a sphere of 6371.0088 km, by the haversine; less both radii. */
const apart = (one: string, two: string): string => `greatest(0, 2 * 6371.0088 * asin(least(1, sqrt(
  sin(radians(${two}.lat - ${one}.lat) / 2) ^ 2 + cos(radians(${one}.lat)) * cos(radians(${two}.lat)) * sin(radians(${two}.lon - ${one}.lon) / 2) ^ 2)))
  - ${one}.radius - ${two}.radius)`;

/**
 * Seconds from one event to the other, negative where they overlap whichever came first: moving the clocks by less
 * than that cannot part them.
 */
const between = (one: string, two: string): string =>
  `greatest(${two}.began - ${one}.ended, ${one}.began - ${two}.ended)`;

const clock = (seconds: string): string => `strftime(epoch_ms(CAST(1000 * ${seconds} AS BIGINT)), '%Y-%m-%d %H:%M:%S')`;

const timeDistance: Definition = (parameters, { day }) => {
  const [skew, kmh] = [given(parameters, 'clock_skew_s'), given(parameters, 'max_kmh')];
  return `
  WITH events AS (SELECT * FROM ${placed(parameters, day)}),
    steps AS (SELECT b.id, b.day, b.began, b.cell,
        'cell ' || a.cell || ' until ' || ${clock('a.ended')} || ', cell ' || b.cell || ' at ' || ${clock('b.began')} AS said,
        ${apart('a', 'b')} AS km, ${between('a', 'b')} AS gap, km * 3600 / greatest(1, gap + ${skew}) AS kmh,
        km >= ${given(parameters, 'min_km')} AND kmh > ${kmh} AS conflict, km > 0 AND gap < -${skew} AS concurrent
      FROM events a JOIN events b ON a.id = b.id AND b.nth = a.nth + 1),
    days AS (SELECT id, day, count(*) FILTER (conflict) AS conflicts, count(*) FILTER (concurrent) AS concurrent,
        max(kmh) FILTER (conflict) AS kmh, max((km, day, began, cell, said)) FILTER (conflict OR concurrent) AS far FROM steps GROUP BY id, day)
  SELECT id, sum(conflicts) AS conflicts, count(*) FILTER (conflicts >= ${given(parameters, 'min_conflicts')}) AS conflict_days,
    sum(concurrent) AS concurrent, max(kmh) AS top_kmh, max(far)[1] AS top_km, max(far)[5] AS farthest
  FROM days GROUP BY id
  HAVING conflict_days >= ${given(parameters, 'min_days')} OR sum(concurrent) >= ${given(parameters, 'min_concurrent')}`;
};

const concurrentDevices: Definition = (parameters, { day }) => {
  const [skew, kmh] = [given(parameters, 'clock_skew_s'), given(parameters, 'max_kmh')];
  const excludes = `(k.imsi != x[1].imsi AND ${apart('k', 'x[1]')} > ${kmh} * greatest(0, ${between('k', 'x[1]')} + ${skew}) / 3600)`;
  return `
  WITH events AS (SELECT id, began, nth, [{'imsi': imsi, 'began': began, 'ended': ended, 'lat': lat, 'lon': lon, 'radius': radius}] AS event
      FROM ${placed(parameters, day)}),
    runs AS (SELECT id, began, nth, event, list(event) OVER (PARTITION BY id ORDER BY nth ROWS BETWEEN 32 PRECEDING AND 1 PRECEDING) AS before FROM events),
    bounds AS (SELECT id, began, nth, len(list_reduce(list_concat([event], list_reverse(coalesce(before, []))),
        lambda kept, x: CASE WHEN len(list_filter(kept, lambda k: NOT ${excludes})) = 0 THEN list_concat(kept, x) ELSE kept END)) AS devices
      FROM runs)
  SELECT id, max(devices) AS devices, ${clock('arg_max(began, (devices, -nth))')} AS moment FROM bounds GROUP BY id HAVING max(devices) >= ${given(parameters, 'min_devices')}`;
};

/** What follows from where and when an identifier was used. */
export const JOURNEYS: Readonly<Record<string, Definition>> = {
  time_distance: timeDistance,
  concurrent_devices: concurrentDevices,
};
