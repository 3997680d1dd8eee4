import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  addMonths,
  type Day,
  dayFromNumber,
  dayNumber,
  firstOfMonth,
  type Month,
  monthOf,
  today,
} from '../calendar/day.ts';
import { Misused, Refused } from '../faults/fault.ts';
import { type Catalogue, createCatalogue, writeTacs } from './catalogue.ts';
import { type CellRow, createCells } from './cells.ts';
import { clone, mingle } from './clones.ts';
import { COUNTRY_FILE } from './country.ts';
import { plant } from './falsehood.ts';
import { type FeedFile, type Stretch, writeMonth } from './feed.ts';
import { createNumbering } from './numbering.ts';
import { Output } from './output.ts';
import { settle } from './population.ts';
import { stream } from './random.ts';
import { type ListName, Register, type Truth } from './register.ts';
import { Usages } from './usages.ts';
import { type World, writeDay } from './world.ts';

/** What country to make. */
export type SimulationOptions = {
  /** Physical devices, 1 to 20 million. */
  readonly devices: number;
  /** Months of data, 1 to 24. */
  readonly months: number;
  /** The same seed, devices, months and first month give the same bytes. */
  readonly seed: number;
  /** The first month; by default the data end with the last month that is over today. */
  readonly firstMonth?: Month;
  /** Told after each day of data. */
  readonly onProgress?: (progress: Progress) => void;
};

/** Days written, of how many. */
export type Progress = { readonly day: number; readonly days: number };

/** What was written and where. */
export type Summary = {
  readonly country: string;
  readonly operatorFiles: readonly FeedFile[];
  readonly eventFiles: readonly FeedFile[];
  readonly lists: Readonly<Record<ListName | 'tac', string>>;
  readonly cells: string;
  readonly truth: string;
  readonly firstDay: Day;
  readonly lastDay: Day;
  readonly devices: number;
  /** Rows of operator data, broken lines not counted. */
  readonly rows: number;
  readonly events: number;
  /** Facts in the truth file, by kind. */
  readonly planted: Readonly<Partial<Record<Truth, number>>>;
};

/** The time zone of the country file. */
const TIME_ZONE = 'Europe/Zurich';
/**
 * The part of devices that are not false: less in a small country, so that it has some of each kind. From 2,000 on there
 * are falsehoods that come in lumps. Clones fill the rest.
 */
function honest(devices: number): number {
  if (devices >= 2000 && devices < 5000) return Math.floor(devices * 0.8);
  return Math.floor(devices * (devices < 40_000 ? 0.9 : 0.95));
}

/**
 * Writes a synthetic country into an empty or new folder: country file, operator data, event data, cell register,
 * reference lists and the truth about each identifier. Memory grows with the devices (about 100 bytes each), not with
 * the rows. A folder that holds anything is refused; what was written before a failure stays there.
 */
export async function simulate(out: string, options: SimulationOptions): Promise<Summary> {
  check(options);
  prepare(out);
  const stretches = months(options);
  const { seed } = options;
  const days = stretches.at(-1)?.until ?? 0;
  using register = new Register(out);
  const world = createWorld(register, { options, days, epoch: dayNumber(firstDayOf(options)) });
  populate(world, seed);
  const country = path.join(out, 'country.yaml');
  writeFileSync(country, COUNTRY_FILE, { flag: 'wx' });
  const cells = createCells(stream(seed, 'cells'), Math.floor(days / 2));
  const files = { tac: writeTac(out, world.catalogue), cells: writeCells(out, { world, rows: cells.rows() }) };
  const operatorFiles: FeedFile[] = [];
  const eventFiles: FeedFile[] = [];
  for (const stretch of stretches) {
    const feeds = await writeMonth(out, { sight: { world, seed, cells }, stretch }, (day) =>
      options.onProgress?.({ day: day + 1, days }),
    );
    operatorFiles.push(...feeds.operator);
    eventFiles.push(...feeds.events);
  }
  return {
    country,
    operatorFiles,
    eventFiles,
    lists: { ...register.files(), tac: files.tac },
    cells: files.cells,
    truth: register.truthFile,
    firstDay: dayFromNumber(world.epoch),
    lastDay: dayFromNumber(world.epoch + days - 1),
    devices: world.devices,
    rows: operatorFiles.reduce((sum, { rows }) => sum + rows, 0),
    events: eventFiles.reduce((sum, { rows }) => sum + rows, 0),
    planted: Object.fromEntries(register.planted),
  };
}

function check({ devices, months: count, seed }: SimulationOptions): void {
  const within = (value: number, from: number, to: number): boolean =>
    Number.isInteger(value) && value >= from && value <= to;
  if (!within(devices, 1, 20_000_000)) throw new Misused('The number of devices is a whole number from 1 to 20000000.');
  if (!within(count, 1, 24)) throw new Misused('The number of months is a whole number from 1 to 24.');
  if (!within(seed, 0, 0xffff_ffff)) throw new Misused('The seed is a whole number from 0 to 4294967295.');
}

function prepare(out: string): void {
  mkdirSync(out, { recursive: true });
  if (readdirSync(out).length === 0) return;
  const message = 'The folder for the synthetic country is not empty.';
  throw new Refused([{ code: 'FILE_EXISTS', message, remedy: 'Name a new folder, or empty this one.', file: out }]);
}

const firstDayOf = ({ firstMonth, months: count }: SimulationOptions): Day =>
  firstMonth === undefined ? addMonths(firstOfMonth(monthOf(today(TIME_ZONE))), -count) : firstOfMonth(firstMonth);

function months(options: SimulationOptions): readonly Stretch[] {
  const first = firstDayOf(options);
  return Array.from({ length: options.months }, (_, at) => {
    const start = addMonths(first, at);
    const from = dayNumber(start) - dayNumber(first);
    return { month: monthOf(start), from, until: dayNumber(addMonths(start, 1)) - dayNumber(first) };
  });
}

type Frame = { readonly options: SimulationOptions; readonly days: number; readonly epoch: number };

function createWorld(register: Register, { options, days, epoch }: Frame): World {
  return {
    limit: options.devices,
    months: options.months,
    days,
    epoch,
    catalogue: createCatalogue(stream(options.seed, 'catalogue')),
    numbering: createNumbering(stream(options.seed, 'numbering')),
    usages: new Usages(),
    register,
    walkers: new Map(),
    reprogrammed: new Set(),
    devices: 0,
  };
}

function populate(world: World, seed: number): void {
  settle(world, stream(seed, 'population'), honest(world.limit));
  plant(world, stream(seed, 'falsehood'));
  clone(world, stream(seed, 'clones'));
  mingle(world, stream(seed, 'walkers'));
  for (const { code } of world.catalogue.barred.tacs) world.register.list('barred_tac', code);
}

function writeTac(out: string, catalogue: Catalogue): string {
  const [header = '', ...lines] = writeTacs(catalogue);
  using output = new Output(path.join(out, 'lists', 'tac.txt'), header);
  for (const line of lines) output.line(line);
  return output.file;
}

function writeCells(
  out: string,
  { world, rows }: { readonly world: World; readonly rows: readonly CellRow[] },
): string {
  using output = new Output(path.join(out, 'cells.csv'), 'cell,lat,lon,radius_m,valid_from,valid_to');
  const day = (count: number | undefined): string => (count === undefined ? '' : writeDay(world, count));
  for (const { cell, latitude, longitude, radius, from, to } of rows) {
    output.line([cell, latitude, longitude, radius, day(from), day(to)].join(','));
  }
  return output.file;
}
