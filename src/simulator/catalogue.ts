import type { Random } from './random.ts';
import type { RatClass } from './rats.ts';

/** One allocation: 8 digits, and where in its million serial numbers the country's devices are. */
export type Tac = {
  readonly code: string;
  readonly bands: string;
  /** `DD-Mon-YYYY`. */
  readonly allocated: string;
  /** The serial number to be given next. */
  next: number;
  /** The first serial number given. */
  readonly first: number;
};

/** A model as the TAC database describes it. */
export type Model = {
  readonly index: number;
  readonly manufacturer: string;
  readonly brand: string;
  readonly name: string;
  readonly type: 'Smartphone' | 'Feature phone' | 'Tablet' | 'Module';
  readonly rats: RatClass;
  /** It has two SIM slots, with consecutive IMEIs. */
  readonly dual: boolean;
  readonly tacs: Tac[];
};

/** What is sold in the country. */
export type Catalogue = {
  readonly models: readonly Model[];
  /** A phone or tablet, by popularity (Zipf). */
  readonly phone: () => Model;
  readonly module: () => Model;
  /** A counterfeit that carries a barred TAC. */
  readonly barred: Model;
  /** A model so new that its TAC is not yet in the database. */
  readonly unlisted: Model;
  /** The IMEIs (14 digits) of one device of the model: one a slot, each given once. */
  readonly device: (model: Model, slots?: number) => readonly string[];
  /** The TAC of one more model, in the database but not sold in the country. */
  readonly elsewhere: () => Tac;
  /** An allocation that nobody ever made, with the reporting bodies' usual first digits. */
  readonly unallocated: () => string;
};

const BRANDS = [
  'Aurelin',
  'Borvo',
  'Cindral',
  'Dovrek',
  'Elnat',
  'Farro',
  'Gyllen',
  'Hestra Mobile',
  'Ivoryx',
  'Jolan',
  'Kestrix',
  'Lumio',
  'Montar',
  'Nuvelle',
  'Ostrava Digital',
  'Pellicano',
];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const BANDS: Readonly<Record<RatClass, string>> = {
  gsm: 'GSM 900,GSM 1800',
  umts: 'GSM 850 (GSM800),GSM 900,GSM 1800,WCDMA FDD Band I,WCDMA FDD Band VIII',
  lte: 'GSM 900,GSM 1800,WCDMA FDD Band I,WCDMA FDD Band VIII,LTE FDD BAND 1,LTE FDD BAND 3,LTE FDD BAND 20',
  nr: 'GSM 900,GSM 1800,WCDMA FDD Band I,LTE FDD BAND 1,LTE FDD BAND 3,LTE FDD BAND 7,5G NR n1,5G NR n28,5G NR n78',
};
/** Years of allocation by generation, from and to. */
const YEARS: Readonly<Record<RatClass, readonly [number, number]>> = {
  gsm: [2008, 2016],
  umts: [2010, 2017],
  lte: [2014, 2024],
  nr: [2020, 2025],
};
const FAMILIES = ['A', 'C', 'G', 'Note', 'One', 'Pro', 'X', 'Z'];
const PHONES = 320;
const ZIPF = 0.85;
const LAST_SERIAL = 990_000;

/** Makes up brands, models and their TACs. */
export function createCatalogue(random: Random): Catalogue {
  const codes = new Set<string>();
  const models: Model[] = [];
  const add = (draft: Omit<Model, 'index' | 'tacs'>, tacs: number): Model => {
    const model = { ...draft, index: models.length, tacs: [] };
    models.push(model);
    for (let count = 0; count < tacs; count += 1) allocate(random, { codes, model });
    return model;
  };
  const phones = Array.from({ length: PHONES }, (_, rank) =>
    add(phone(random, rank), 1 + random.below(rank < 40 ? 4 : 2)),
  );
  omitBand(phones);
  const modules = Array.from({ length: 12 }, (_, at) => add(moduleModel(at), 1));
  const fake = { ...phone(random, PHONES + 1), manufacturer: 'Kopya Electronics', brand: 'Kopya' };
  const barred = add({ ...fake, name: 'Kopya K1', type: 'Smartphone', rats: 'lte', dual: false }, 2);
  const unlisted = add({ ...phone(random, PHONES + 2), type: 'Smartphone', rats: 'nr', dual: false }, 1);
  const popularity = cumulative(PHONES);
  return {
    models,
    phone: () => phones[search(popularity, random.share())] ?? barred,
    module: () => modules[random.below(modules.length)] ?? barred,
    barred,
    unlisted,
    device: (model, slots = model.dual ? 2 : 1) => serials(random, { codes, model, slots }),
    elsewhere: () => allocate(random, { codes, model: add({ ...phone(random, models.length), rats: 'lte' }, 0) }),
    unallocated: () => freshCode(random, codes, ['35', '86']),
  };
}

function phone(random: Random, rank: number): Omit<Model, 'index' | 'tacs'> {
  const brand = BRANDS[Math.floor(random.share() ** 1.5 * BRANDS.length)] ?? 'Aurelin';
  const roll = random.share();
  const rats: RatClass = roll < 0.06 ? 'gsm' : roll < 0.16 ? 'umts' : roll < 0.7 ? 'lte' : 'nr';
  const type = rats === 'gsm' ? 'Feature phone' : rats !== 'umts' && random.chance(0.06) ? 'Tablet' : 'Smartphone';
  const name = `${brand} ${FAMILIES[random.below(FAMILIES.length)] ?? 'A'}${10 + rank}`;
  return { manufacturer: maker(brand), brand, name, type, rats, dual: type !== 'Tablet' && random.chance(0.5) };
}

/** Some makers' names hold a comma, as they do in the world. */
const maker = (brand: string): string => `${brand} ${brand.length % 2 === 0 ? 'Co., Ltd.' : 'Communications'}`;

const moduleModel = (at: number): Omit<Model, 'index' | 'tacs'> => ({
  manufacturer: 'Telemetrix Wireless Solutions',
  brand: 'Telemetrix',
  name: `TX${100 + at}`,
  type: 'Module',
  rats: at % 3 === 0 ? 'gsm' : 'lte',
  dual: false,
});

type Allocating = { readonly codes: Set<string>; readonly model: Model };

function allocate(random: Random, { codes, model }: Allocating): Tac {
  const [from, to] = YEARS[model.rats];
  const day = String(1 + random.below(28)).padStart(2, '0');
  const year = from + random.below(to - from + 1);
  const first = 1000 + random.below(200_000);
  const roll = random.share();
  const body = roll < 0.5 ? '35' : roll < 0.9 ? '86' : roll < 0.96 ? '01' : '99';
  const tac = {
    code: freshCode(random, codes, [body]),
    bands: BANDS[model.rats],
    allocated: `${day}-${MONTHS[random.below(12)] ?? 'Jan'}-${year}`,
    next: first,
    first,
  };
  model.tacs.push(tac);
  return tac;
}

function freshCode(random: Random, codes: Set<string>, bodies: readonly string[]): string {
  for (;;) {
    const body = bodies[random.below(bodies.length)] ?? '35';
    const code = body + String(random.below(1_000_000)).padStart(6, '0');
    if (codes.has(code)) continue;
    codes.add(code);
    return code;
  }
}

/**
 * One popular LTE model has an entry that leaves its LTE bands out. Its devices do what the model can: whoever judges
 * by the single TAC convicts them wrongly.
 */
function omitBand(phones: readonly Model[]): void {
  const model = phones.find(({ rats, tacs }) => rats === 'lte' && tacs.length > 1);
  const [tac] = model?.tacs ?? [];
  if (model !== undefined && tac !== undefined) model.tacs[0] = { ...tac, bands: BANDS.umts };
}

/**
 * The next serial numbers of a device. Factories number in runs of which the country gets a part: most units of a
 * batch, then a jump to the next batch. Two slots have consecutive numbers.
 */
function serials(random: Random, { codes, model, slots }: Allocating & { readonly slots: number }): readonly string[] {
  const open = model.tacs.filter(({ next }) => next < LAST_SERIAL);
  const tac = open[random.below(open.length)] ?? allocate(random, { codes, model });
  const gap = random.chance(0.02) ? 50 + random.below(500) : random.chance(0.5) ? 0 : 1 + random.below(3);
  const from = tac.next + gap;
  tac.next = from + slots;
  return Array.from({ length: slots }, (_, slot) => writeSerial(tac, from + slot));
}

/** The IMEI (14 digits) of a serial number in a TAC. */
export const writeSerial = (tac: Tac, serial: number): string => tac.code + String(serial).padStart(6, '0');

/** Cumulative shares of ranks under Zipf's law. */
function cumulative(ranks: number): Float64Array {
  const sums = new Float64Array(ranks);
  let sum = 0;
  for (let rank = 0; rank < ranks; rank += 1) {
    sum += (rank + 1) ** -ZIPF;
    sums[rank] = sum;
  }
  return sums.map((value) => value / sum);
}

function search(sums: Float64Array, share: number): number {
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sums[middle] ?? 1) > share) high = middle;
    else low = middle + 1;
  }
  return low;
}

const COLUMNS =
  'TAC|Manufacturer|Model_Name|Bands|Allocation_Date|Device_Type|Marketing Name|Brand Name|Radio Interface|Operating System|SIM Slot Count';

/** The lines of the TAC database in the shape in which GSMA ships it: pipes between, names in the first line. */
export function* writeTacs({ models, unlisted }: Catalogue): Generator<string> {
  yield COLUMNS;
  for (const model of models) {
    if (model === unlisted) continue;
    for (const { code, bands, allocated } of model.tacs) {
      const system = model.type === 'Smartphone' || model.type === 'Tablet' ? 'Open' : 'Proprietary';
      const { manufacturer, name, type, brand } = model;
      const slots = model.dual ? 2 : 1;
      const fields = [
        code,
        manufacturer,
        name,
        bands,
        allocated,
        type,
        name,
        brand,
        INTERFACES[model.rats],
        system,
        slots,
      ];
      yield fields.join('|');
    }
  }
}

/** The radio interfaces as lists name them. */
export const INTERFACES: Readonly<Record<RatClass, string>> = {
  gsm: 'GSM',
  umts: 'GSM,WCDMA',
  lte: 'GSM,WCDMA,LTE',
  nr: 'GSM,WCDMA,LTE,5G NR',
};
