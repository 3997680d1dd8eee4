import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { addDays, compact, type Day } from '../../src/calendar/day.ts';
import type { KindName } from '../../src/reference/kinds.ts';
import { OPERATORS, type OperatorId } from './country.ts';
import { boxes, clones, oddities, ordinary, Population, type Sighting, serials } from './devices.ts';
import { cells, type Happening, happenings } from './events.ts';
import { listsOf } from './lists.ts';
import { models } from './models.ts';
import { type Dice, dice } from './random.ts';

/** The first day of the world; the year has a 29 February. */
export const FIRST = '2024-01-01' as Day;

/** A file of operator data as it lies on disk. */
export type Feed = {
  readonly operator: string;
  readonly file: string;
  readonly from: Day;
  readonly to: Day;
  readonly events: boolean;
};

/** A file of a list as it lies on disk. */
export type ListFile = { readonly kind: KindName; readonly file: string; readonly date: Day };

/** The files of a country, in the order in which they arrive. */
export type World = { readonly feeds: readonly Feed[]; readonly lists: readonly ListFile[] };

const dayOf = (day: number): Day => addDays(FIRST, day);

/** Lines that are no rows, one of each kind that a feed can have. */
const BAD = [
  '20240230,35100007100001,999010000000001,99914700001,002',
  'yesterday,35100007100001,999010000000001,99914700001,002',
  '20240110,35100007100001+,999010000000001,99914700001,002',
  '20240110,35100007100001xyz,999010000000001,99914700001,002',
  '20240110,12345678901234567,999010000000001,99914700001,002',
  '20240110,35100007100001,99901000000000A,99914700001,002',
  '20240110,35100007100001,9990100000000012,99914700001,002',
  '20240110,35100007100001,999010000000001,+99914700001,002',
  '20240110,35100007100001,999010000000001,99914700001,2',
  '20240110,35100007100001,999010000000001,99914700001,002|',
  '20240110,35100007100001,999010000000001,99914700001',
  '20240110,35100007100001,999010000000001,99914700001,002,x',
];

/** Columns of the feeds, by the file's number: their order is free, and there may be others. */
const LAYOUTS = [
  ['date', 'imei', 'imsi', 'msisdn', 'rat'],
  ['rat', 'MSISDN', 'imsi', 'IMEI', 'date'],
  ['date', 'imei', 'site', 'imsi', 'msisdn', 'rat'],
];

const fieldOf = (sighting: Sighting, column: string): string => {
  const { line, day, imei, rat } = sighting;
  const values: Readonly<Record<string, string>> = { ...line, date: compact(dayOf(day)), imei, rat, site: 'S"1' };
  return values[column.toLowerCase()] ?? '';
};

function shuffled<T>(of: readonly T[], random: Dice): readonly T[] {
  const copy = [...of];
  for (let at = copy.length - 1; at > 0; at -= 1) {
    const other = random.between(0, at);
    const [here, there] = [copy[at], copy[other]];
    if (here !== undefined && there !== undefined) [copy[at], copy[other]] = [there, here];
  }
  return copy;
}

/** What one file holds of one operator's rows. */
type Part = { readonly from: number; readonly to: number; readonly rows: readonly Sighting[]; readonly layout: number };

/** The months of one operator, and a second file across the end of February: some of its rows are elsewhere, too. */
function partsOf(all: readonly Sighting[], random: Dice): readonly Part[] {
  const months = [
    [0, 30],
    [31, 59],
    [60, 90],
  ] as const;
  const again = all.filter(({ day }) => day >= 50 && day <= 65).map((row) => ({ row, where: random.between(0, 2) }));
  const onlyAgain = new Set(again.filter(({ where }) => where === 0).map(({ row }) => row));
  const monthly = months.map(([from, to], layout) => ({
    from,
    to,
    layout,
    rows: all.filter((row) => row.day >= from && row.day <= to && !onlyAgain.has(row)),
  }));
  return [
    ...monthly,
    { from: 50, to: 65, layout: 0, rows: again.filter(({ where }) => where < 2).map(({ row }) => row) },
  ];
}

/** Writes one file of observations; the second layout has Windows line ends, the first quotes now and then. */
function writePart(folder: string, part: Part, of: { operator: OperatorId; random: Dice }): Feed {
  const layout = LAYOUTS[part.layout] ?? [];
  const quoted = (text: string): string => (part.layout === 0 && of.random.chance(0.02) ? `"${text}"` : text);
  const rows = shuffled(part.rows, of.random).map((row) =>
    layout.map((column) => quoted(fieldOf(row, column))).join(','),
  );
  const lines = [layout.join(','), ...rows];
  if (part.layout === 0 && part.from === 0)
    lines.splice(5, 0, ...BAD, '20240401,35100007100001,999010000000001,99914700001,002');
  const end = part.layout === 1 ? '\r\n' : '\n';
  const packed = part.layout === 2;
  const [from, to] = [dayOf(part.from), dayOf(part.to)];
  const file = path.join(folder, `${of.operator}_${compact(from)}_${compact(to)}.csv${packed ? '.gz' : ''}`);
  const text = lines.join(end) + end;
  writeFileSync(file, packed ? gzipSync(text) : text);
  return { operator: of.operator, file, from, to, events: false };
}

const BAD_EVENTS = [
  '24:00:00,C0-1,5',
  '9:00:00,C0-1,5',
  '09:00:00,,5',
  '09:00:00,C0-1,-5',
  '09:00:00,C0-1,86401',
  `09:00:00,${'x'.repeat(65)},5`,
];

function writeEvents(folder: string, all: readonly Happening[], of: { operator: OperatorId; random: Dice }): Feed {
  const two = (number: number): string => String(number).padStart(2, '0');
  const rows = shuffled(all, of.random).map(({ day, second, duration, cell, imei, line }) => {
    const time = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60].map(two).join(':');
    return [compact(dayOf(day)), imei, line.imsi, line.msisdn, '006', time, cell, duration ?? ''].join(',');
  });
  const bad = BAD_EVENTS.map((rest) => `20240305,35100007100001,999010000000001,99914700001,006,${rest}`);
  const file = path.join(folder, `${of.operator}_events_20240201_20240331.csv`);
  writeFileSync(file, `${['date,imei,imsi,msisdn,rat,time,cell,duration', ...bad, ...rows].join('\n')}\n`);
  return { operator: of.operator, file, from: '2024-02-01' as Day, to: '2024-03-31' as Day, events: true };
}

/** Writes a country of some 20,000 rows into a folder, in the formats that the imports take. */
export function writeWorld(folder: string, seed: number): World {
  mkdirSync(folder, { recursive: true });
  const random = dice(seed);
  const tacs = models(random);
  const sites = cells(random);
  const population = new Population(random);
  ordinary(population, random, tacs);
  clones(population, random, tacs);
  boxes(population, random, tacs);
  oddities(population, random, tacs);
  serials(population, random);
  const events = happenings(population, random, { tacs, cells: sites });
  const feeds = OPERATORS.flatMap(({ id }) => {
    const parts = partsOf(
      population.sightings.filter(({ line }) => line.operator === id),
      random,
    );
    const mine = events.filter(({ line }) => line.operator === id);
    return [
      ...parts.map((part) => writePart(folder, part, { operator: id, random })),
      writeEvents(folder, mine, { operator: id, random }),
    ];
  });
  const lists = listsOf(population, random, { models: tacs, cells: sites }).map(({ kind, date, header, rows }) => {
    const file = path.join(folder, `${kind}_${date}.${kind === 'tac' ? 'txt' : 'csv'}`);
    writeFileSync(file, `${[header, ...rows].join('\n')}\n`);
    return { kind, file, date: date as Day };
  });
  return { feeds, lists };
}
