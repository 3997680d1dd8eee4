import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { facts, grouped, keyOf, type Made, make, rowsOf } from './country.ts';

type Cell = {
  readonly lat: number;
  readonly lon: number;
  readonly radius: number;
  readonly from: string;
  readonly to: string;
};
type Event = {
  readonly day: string;
  readonly imei: string;
  readonly from: number;
  readonly to: number;
  readonly cell: Cell;
};

let made: Made;
let events: ReadonlyMap<string, readonly Event[]> = new Map();

before(async () => {
  made = await make({ devices: 6000 });
  const cells = grouped(rowsOf(made.summary.cells), ([name = '']) => name);
  const all = made.summary.eventFiles.flatMap(({ file }) => rowsOf(file)).map((row) => read(row, cells));
  events = grouped(
    all.sort((one, two) => one.from - two.from),
    ({ imei }) => imei,
  );
});
after(() => made[Symbol.dispose]());

function read(row: readonly string[], cells: ReadonlyMap<string, readonly (readonly string[])[]>): Event {
  const [day = '', imei = '', , , , time = '', name = '', duration = ''] = row;
  const valid = (cells.get(name) ?? []).filter(
    ([, , , , from = '', to = '']) => day >= from && (to === '' || day < to),
  );
  assert.equal(valid.length, 1, 'a cell has one place on a day');
  const [, lat, lon, radius, from = '', to = ''] = valid[0] ?? [];
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number);
  const start = Number(day) * 100_000 + hours * 3600 + minutes * 60 + seconds;
  const cell = { lat: Number(lat), lon: Number(lon), radius: Number(radius), from, to };
  return { day, imei: keyOf(imei), from: start, to: start + Number(duration), cell };
}

/** Haversine distance between cells less their radii, in km. */
function apart(one: Cell, two: Cell): number {
  const rad = (degrees: number): number => (degrees * Math.PI) / 180;
  const half = (from: number, to: number): number => Math.sin(rad(to - from) / 2) ** 2;
  const h = half(one.lat, two.lat) + Math.cos(rad(one.lat)) * Math.cos(rad(two.lat)) * half(one.lon, two.lon);
  return Math.max(0, 2 * 6371 * Math.asin(Math.sqrt(h)) - (one.radius + two.radius) / 1000);
}

/** Days with their conflicts: consecutive events that ask for more than 900 km/h over at least 20 km, clocks 120 s off. */
function conflicts(imei: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const list = events.get(imei) ?? [];
  for (const [at, event] of list.entries()) {
    const last = list[at - 1];
    if (last === undefined || last.day !== event.day) continue;
    const far = apart(last.cell, event.cell);
    const hours = Math.max(event.from - last.to + 120, 1) / 3600;
    if (far >= 20 && far / hours > 900) found.set(event.day, (found.get(event.day) ?? 0) + 1);
  }
  return found;
}

test('clones far apart conflict at least twice a day on most days', () => {
  const planted = facts(made.summary.truth, 'travel_conflict');
  assert.ok(planted.size >= 3);
  for (const imei of planted.keys()) {
    const days = [...conflicts(imei).values()].filter((count) => count >= 2);
    assert.ok(days.length >= 10, `${imei}: ${days.length} days`);
  }
});

test('innocent travellers never conflict, even if clocks help nobody', () => {
  const planted = facts(made.summary.truth, 'travel_conflict');
  const innocent = [...events.keys()].filter((imei) => !planted.has(imei));
  assert.ok(innocent.length > 10);
  assert.deepEqual(
    innocent.filter((imei) => conflicts(imei).size > 0),
    [],
  );
});

test('innocent people do travel across the country', () => {
  const planted = facts(made.summary.truth, 'travel_conflict');
  const travelled = [...events].filter(([imei, list]) => {
    const [first] = list;
    return !planted.has(imei) && first !== undefined && list.some(({ cell }) => apart(first.cell, cell) > 60);
  });
  assert.ok(travelled.length >= 3);
});

test('one device never has two sessions at once', () => {
  const planted = facts(made.summary.truth, 'travel_conflict');
  for (const [imei, list] of events) {
    if (planted.has(imei)) continue;
    for (const [at, event] of list.entries()) assert.ok(at === 0 || (list[at - 1]?.to ?? 0) <= event.from, imei);
  }
});

test('an event stands beside a row of its day', () => {
  const seen = new Set(
    made.summary.operatorFiles.flatMap(({ file }) => rowsOf(file)).map((row) => row.slice(0, 4).join()),
  );
  const lost = made.summary.eventFiles
    .flatMap(({ file }) => rowsOf(file))
    .filter((row) => !seen.has(row.slice(0, 4).join()));
  assert.ok(
    lost.length < 0.03 * made.summary.events,
    `${lost.length} of ${made.summary.events}: those whose row lacks a field`,
  );
});
