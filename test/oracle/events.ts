import { DAYS, type Line, type Population } from './devices.ts';
import type { Model } from './models.ts';
import type { Dice } from './random.ts';

/** One row of an event feed before it is written; `second` counts from midnight, local time. */
export type Happening = {
  readonly day: number;
  readonly second: number;
  readonly duration: number | undefined;
  readonly cell: string;
  readonly imei: string;
  readonly line: Line;
};

/** A row of the cell register; without `from` it holds since ever. */
export type Cell = {
  readonly cell: string;
  readonly lat: number;
  readonly lon: number;
  readonly radius: number;
  readonly from?: string;
  readonly to?: string;
};

/** Towns some 4, 25, 60 and 300 km apart, each of three cells; one cell that moved, one not yet built, one far off. */
export function cells(random: Dice): readonly Cell[] {
  const towns = [
    [47, 8],
    [47.03, 8.02],
    [47.2, 8.1],
    [47.5, 8.3],
    [49.7, 8.5],
    [0.01, 179.99],
    [-0.01, -179.98],
  ] as const;
  const near = (): number => (random.share() - 0.5) * 0.02;
  const plain = towns.flatMap(([lat, lon], town) =>
    [1, 2, 3].map((at) => ({
      cell: `C${town}-${at}`,
      lat: Number((lat + near()).toFixed(5)),
      lon: Number((lon + near()).toFixed(5)),
      radius: random.pick([500, 1000, 2500, 15_000]),
      ...(at === 1 ? {} : { from: '20230101' }),
    })),
  );
  return [
    ...plain,
    { cell: 'moved', lat: 47, lon: 8, radius: 1000, to: '20240301' },
    { cell: 'moved', lat: 49.7, lon: 8.5, radius: 1000, from: '20240301' },
    { cell: 'late', lat: 49.8, lon: 8.6, radius: 1000, from: '20240310' },
  ];
}

const ANY = ['moved', 'late', 'unknown'];

/** Events of copies in several towns, of devices that travel, and of two lines in one place. */
export function happenings(
  world: Population,
  random: Dice,
  of: { tacs: readonly Model[]; cells: readonly Cell[] },
): readonly Happening[] {
  const all: Happening[] = [];
  const towns = [...new Set(of.cells.map(({ cell }) => cell.split('-')[0] ?? ''))].filter((town) =>
    town.startsWith('C'),
  );
  const cellIn = (town: string): string => (random.chance(0.08) ? random.pick(ANY) : `${town}-${random.between(1, 3)}`);
  for (let at = 0; at < 130; at += 1) {
    const imei = at % 20 === 0 ? `${random.pick(of.tacs).tac}E${at}` : world.imei(random.pick(of.tacs).tac);
    const lines = Array.from({ length: random.pick([1, 1, 2, 2, 3]) }, () => world.line());
    const homes = random.chance(0.5)
      ? [random.pick(towns)]
      : [random.pick(towns), random.pick(towns), random.pick(towns)];
    const first = random.between(38, DAYS - 4);
    for (let day = first; day < Math.min(DAYS, first + random.between(1, 8)); day += 1) {
      const busy = random.pick([2, 3, 5, 8, 14]);
      const morning = random.pick([0, 21_600, 28_800, 80_000]);
      for (let one = 0; one < busy; one += 1) {
        const second = random.chance(0.05)
          ? random.pick([0, 86_399])
          : Math.min(86_399, morning + 30 * random.between(0, random.pick([20, 200, 1800])));
        const duration = random.pick([undefined, 0, 30, 60, 300, 900, 3600]);
        const line = random.pick(lines);
        const happening = { day, second, duration, cell: cellIn(random.pick(homes)), imei, line };
        all.push(happening);
        if (random.chance(0.03)) all.push(happening);
        if (random.chance(0.05)) all.push({ ...happening, line: random.pick(lines), cell: cellIn(random.pick(homes)) });
      }
    }
  }
  return all;
}
