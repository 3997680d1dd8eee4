import type { Parameters } from '../../country/parameter.ts';
import type { Context, Dimension } from '../dimension.ts';
import { count, numberOf, wordOf } from '../given.ts';
import { clockText, FEED, gap, INORDER, placedEvents, separation } from '../travel.ts';
import { EITHER_PERIOD, period, spell, windowOf } from '../window.ts';

/** Engine query: every event with the one before it of the same identifier (`was`), and what lies between them. */
function steps(parameters: Parameters, context: Context): string {
  const events = placedEvents(windowOf(parameters, context.date), context, wordOf(parameters, 'cell_holds'));
  const [from, to] = [
    { lat: 'was.2', lon: 'was.3', radius: 'was.4' },
    { lat: 'lat', lon: 'lon', radius: 'radius' },
  ];
  const skew = numberOf(parameters, 'clock_skew_s');
  return `(
  SELECT imei, day, at, cell, was, ${separation(from, to)} AS km, ${gap({ at: 'was.6', until: 'was.1' }, { at: 'at', until: 'until' })} AS gap, greatest(1, gap + ${skew}) AS seconds,
    km > 0 AND gap < -${skew} AS overlap,
    km >= ${numberOf(parameters, 'min_km')} AND km * 3600 > ${numberOf(parameters, 'max_kmh')} * seconds AS fast
  FROM (
    SELECT imei, day, at, until, cell, lat, lon, radius, lagInFrame((until, lat, lon, radius, cell, at)) OVER w AS was, row_number() OVER w AS place
    FROM ${events} WINDOW w AS (${INORDER} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
  ) WHERE place > 1
)`;
}

/** The identifier is in two places that no device could both be in. */
export const timeDistance: Dimension = {
  name: 'time_distance',
  clause: 'ITU-T Q.5052 §7.4',
  about:
    'Of each identifier’s events in the window whose cells stand in the cell register, consecutive ones are compared. Separation is the great-circle distance of their cells less both radii; the time to travel runs from the end of the earlier event to the start of the later, plus the clock skew (never under a second); it is negative by as much as the clocks would have to be moved to part events that overlap. A conflict has a separation of at least min_km and asks for more than max_kmh. Two events that overlap so that no moving of clocks by the skew or less could part them, in cells some distance apart, are a concurrency conflict. The identifier matches with min_conflicts conflicts on one day on each of min_days days, or with min_concurrent concurrency conflicts. A conflict belongs to the day of its later event. The formulas are inferred; no public text of the clause was seen. The skew is added to the time, since taking it off would convict devices whose operators’ clocks disagree.',
  parameters: {
    ...period(30),
    max_kmh: {
      kind: 'number',
      min: 50,
      max: 3000,
      default: 350,
      unit: 'km/h',
      about: 'faster is a conflict; 1000 admits airliners',
    },
    min_km: {
      kind: 'number',
      min: 0.1,
      max: 1000,
      default: 20,
      unit: 'km',
      about: 'shorter separations are no conflict',
    },
    ...FEED,
    min_conflicts: {
      kind: 'integer',
      min: 2,
      max: 1000,
      default: 2,
      unit: 'conflicts a day',
      about: 'so many make a day count',
    },
    min_days: { kind: 'integer', min: 2, max: 366, default: 2, unit: 'days', about: 'so many such days match' },
    min_concurrent: {
      kind: 'integer',
      min: 1,
      max: 1000,
      default: 1,
      unit: 'conflicts',
      about: 'so many concurrency conflicts match',
    },
  },
  exactlyOne: EITHER_PERIOD,
  yields: {
    conflicts: 'conflicts in the window',
    conflict_days: 'days with at least min_conflicts of them',
    concurrent: 'concurrency conflicts',
    top_kmh: 'the highest speed that a conflict asks for',
    top_km: 'the largest separation of a conflict',
    farthest: 'the two records with that separation: cells and local times',
  },
  universe: 'seen',
  reads: 'events',
  measure: (parameters, context) => {
    const moment = `concat('cell ', was.5, ' until ', ${clockText('was.1')}, ', cell ', cell, ' at ', ${clockText('at')})`;
    const daily = `(SELECT imei, day, countIf(fast) AS fast_steps, countIf(overlap) AS overlaps, maxIf(round(km * 3600 / seconds, 1), fast) AS kmh, maxIf(km, fast OR overlap) AS far, argMaxIf(${moment}, (km, at, cell), fast OR overlap) AS worst FROM ${steps(parameters, context)} GROUP BY imei, day)`;
    return {
      rows: `SELECT imei, toUInt32(sum(fast_steps)) AS conflicts, toUInt32(countIf(fast_steps >= ${numberOf(parameters, 'min_conflicts')})) AS conflict_days, toUInt32(sum(overlaps)) AS concurrent, max(kmh) AS top_kmh, round(max(far), 1) AS top_km, argMax(worst, (far, day)) AS farthest FROM ${daily} GROUP BY imei`,
      matched: `conflict_days >= ${numberOf(parameters, 'min_days')} OR concurrent >= ${numberOf(parameters, 'min_concurrent')}`,
      evidence: {
        conflicts: 'conflicts',
        conflict_days: 'conflict_days',
        concurrent: 'concurrent',
        top_kmh: 'top_kmh',
        top_km: 'top_km',
        farthest: 'farthest',
      },
    };
  },
  absent: 'No two events of the identifier in the window tell of a journey.',
  sentence: ({ conflicts, conflict_days, concurrent, top_kmh, top_km, farthest }, parameters) =>
    Number(conflicts) + Number(concurrent) === 0
      ? `No two consecutive events ${spell(parameters)} lie too far apart for one device.`
      : `${count(conflicts, 'step')} ${spell(parameters)} would take a journey of up to ${top_kmh} km/h (limit ${numberOf(parameters, 'max_kmh')}), at least ${numberOf(parameters, 'min_conflicts')} a day on ${count(conflict_days, 'day')}; ${count(concurrent, 'time')} it was in two places at once. The farthest, ${top_km} km: ${farthest}.`,
};
