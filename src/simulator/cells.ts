import type { Random } from './random.ts';

/** A place in the country: kilometres east and north of its south-west corner. */
export type Place = { readonly east: number; readonly north: number };

const SPACING = 15;
const COLUMNS = 24;
const ROWS = 15;
const JITTER = 2.5;
/** South-west corner in degrees, and kilometres a degree; the country is small enough for a flat map. */
const ORIGIN = { latitude: 46, longitude: 6.2 };
const KM = { latitude: 111.2, longitude: 76.2 };
/** From a cell's centre to the farthest place it serves, with 3 % for the flat map. */
const RADIUS_M = Math.ceil(Math.hypot(SPACING / 2 + JITTER, SPACING / 2 + JITTER) * 1030);

/** The extent of the country in kilometres. */
export const EXTENT: Place = { east: COLUMNS * SPACING, north: ROWS * SPACING };

/** The cells of the country; one serves each square of a grid. */
export type Cells = {
  /** The name of the cell that serves a place on a day. */
  readonly at: (place: Place, day: number) => string;
  /** The rows of the cell register: `cell,lat,lon,radius_m,valid_from,valid_to`; days counted from the first of the data. */
  readonly rows: () => readonly CellRow[];
};

/** A cell's position from its first day on; `to` is the first day on which it no longer holds, absent while it does. */
export type CellRow = {
  readonly cell: string;
  readonly latitude: string;
  readonly longitude: string;
  readonly radius: number;
  readonly from: number;
  readonly to?: number;
};

/**
 * Builds the grid. On the day `swapped` some pairs of far-off cells exchange their names, as happens when a network is
 * renumbered: whoever overlooks the days of validity sees devices leap across the country.
 */
export function createCells(random: Random, swapped: number): Cells {
  const centres = Array.from({ length: COLUMNS * ROWS }, (_, square) => ({
    east: ((square % COLUMNS) + 0.5) * SPACING + (random.share() - 0.5) * 2 * JITTER,
    north: (Math.floor(square / COLUMNS) + 0.5) * SPACING + (random.share() - 0.5) * 2 * JITTER,
  }));
  const before = centres.map((_, square) => `C${String(square + 1).padStart(4, '0')}`);
  const after = [...before];
  for (let pair = 0; pair < 12; pair += 1) exchange(after, pair * 11, centres.length - 1 - pair * 7);
  const rows = (): readonly CellRow[] =>
    centres.flatMap((centre, square) => {
      const old = row(before[square] ?? '', centre);
      if (before[square] === after[square]) return [old];
      return [
        { ...old, to: swapped },
        { ...row(after[square] ?? '', centre), from: swapped },
      ];
    });
  return { at: (place, day) => (day < swapped ? before : after)[squareOf(place)] ?? '', rows };
}

function exchange(names: string[], one: number, two: number): void {
  const name = names[one] ?? '';
  names[one] = names[two] ?? '';
  names[two] = name;
}

function row(cell: string, { east, north }: Place): CellRow {
  const latitude = (ORIGIN.latitude + north / KM.latitude).toFixed(5);
  const longitude = (ORIGIN.longitude + east / KM.longitude).toFixed(5);
  return { cell, latitude, longitude, radius: RADIUS_M, from: 0 };
}

function squareOf({ east, north }: Place): number {
  const column = Math.max(0, Math.min(COLUMNS - 1, Math.floor(east / SPACING)));
  const line = Math.max(0, Math.min(ROWS - 1, Math.floor(north / SPACING)));
  return line * COLUMNS + column;
}
