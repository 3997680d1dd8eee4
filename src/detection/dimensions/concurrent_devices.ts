import type { Dimension } from '../dimension.ts';
import { numberOf, wordOf } from '../given.ts';
import { clockText, FEED, gap, INORDER, placedEvents, separation } from '../travel.ts';
import { EITHER_PERIOD, period, spell, windowOf } from '../window.ts';

/** Events that are compared with the one in hand: those that begin last before it. Fewer can only lower the bound. */
const LOOKBACK = 32;

/** Tuples of an event: IMSI, start, end, latitude, longitude, radius. */
const EVENT = '(imsi, at, until, lat, lon, radius)';

/**
 * Engine predicate: no traveller who was at the earlier event can be at the later one. Both are tuples as EVENT.
 */
function unreachable(later: string, earlier: string, { kmh, skew }: { kmh: number; skew: number }): string {
  const place = (event: string) => ({ lat: `${event}.4`, lon: `${event}.5`, radius: `${event}.6` });
  const km = separation(place(later), place(earlier));
  const time = (event: string) => ({ at: `${event}.2`, until: `${event}.3` });
  return `${later}.1 != ${earlier}.1 AND ${km} * 3600 > greatest(0, ${gap(time(earlier), time(later))} + ${skew}) * ${kmh}`;
}

/** More physical devices than one, provably. */
export const concurrentDevices: Dimension = {
  name: 'concurrent_devices',
  clause: 'ours; ITU-T Q.5052 §7.4',
  about: `A lower bound of the physical devices behind one identifier. Two events of different IMSIs exclude each other when the cells’ separation (great-circle distance less both radii) is more than max_kmh allows in the time from the end of the earlier to the start of the later, plus the clock skew; when they overlap so that clocks would have to be moved by the skew or more to part them, any separation does. Proof of the bound: one device, at each instant, is in one place and moves no faster than max_kmh, so two events that exclude each other are of two devices; of k events any two of which exclude each other, no two share a device, hence there are at least k devices. For every event the earlier ones are gone through, latest first, and each one that excludes all those kept is kept as well; the largest number kept is the bound. It is a lower bound only: at most ${LOOKBACK} events before each are looked at, and the first set found need not be the largest. It rests on the cell register’s radii and, with cell_holds: session, on records that end when the device leaves the cell. Identifiers without events of two IMSIs have no figure.`,
  parameters: {
    min_devices: {
      kind: 'integer',
      min: 2,
      max: LOOKBACK + 1,
      default: 2,
      unit: 'devices',
      about: 'so many or more match',
    },
    ...period(30),
    max_kmh: { kind: 'number', min: 50, max: 3000, default: 1000, unit: 'km/h', about: 'no device travels faster' },
    ...FEED,
  },
  exactlyOne: EITHER_PERIOD,
  yields: {
    devices: 'the lower bound',
    moment: 'the start of the last of the events that prove it, local time',
  },
  universe: 'seen',
  reads: 'events',
  measure: (parameters, context) => {
    const window = windowOf(parameters, context.date);
    const several = `imei IN (SELECT imei FROM event WHERE day >= toDate('${window.start}') AND day < toDate('${window.end}') AND (${context.scope}) GROUP BY imei HAVING min(imsi) != max(imsi))`;
    const events = placedEvents(window, { ...context, scope: several }, wordOf(parameters, 'cell_holds'));
    const limits = { kmh: numberOf(parameters, 'max_kmh'), skew: numberOf(parameters, 'clock_skew_s') };
    // The events kept so far begin no earlier than the one in hand, since the latest come first.
    const keep = `arrayFold((kept, one) -> if(arrayAll(other -> ${unreachable('other', 'one', limits)}, kept), arrayPushBack(kept, one), kept), arrayReverse(arrayPopBack(recent)), arraySlice(recent, -1))`;
    return {
      rows: `SELECT imei, toUInt32(max(bound)) AS devices, argMax(${clockText('at')}, (bound, -at)) AS moment FROM (
  SELECT imei, at, length(${keep}) AS bound
  FROM (SELECT imei, at, groupArray(${EVENT}) OVER (${INORDER} ROWS BETWEEN ${LOOKBACK} PRECEDING AND CURRENT ROW) AS recent FROM ${events})
) GROUP BY imei`,
      matched: `devices >= ${numberOf(parameters, 'min_devices')}`,
      evidence: { devices: 'devices', moment: 'moment' },
    };
  },
  absent: 'No events of the identifier in the window tell of places.',
  sentence: ({ devices, moment }, parameters) =>
    Number(devices) < 2
      ? `The events ${spell(parameters)} do not prove more than one device.`
      : `At ${moment} at least ${devices} devices used the identifier: no one device could have made the events around that time, in places so far apart.`,
};
