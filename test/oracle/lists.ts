import type { KindName } from '../../src/reference/kinds.ts';
import type { Population } from './devices.ts';
import type { Cell } from './events.ts';
import { type Model, SERIAL_TACS } from './models.ts';
import type { Dice } from './random.ts';

/** One list as an authority sends it: its text, and the day from which it holds. */
export type Sent = {
  readonly kind: KindName;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly header: string;
  readonly rows: readonly string[];
};

const BEFORE = '2023-12-01';

const tacFile = (models: readonly Model[]): readonly string[] =>
  models.map((one) => [one.tac, one.manufacturer, one.model, one.bands, one.allocated, one.type].join('|'));

/** How one list changes: its rows at a share of all, and the day of the second file. */
type Changing = {
  readonly kind: KindName;
  readonly header: string;
  readonly later: string;
  readonly share: number;
  readonly rows: (share: number) => readonly string[];
};

/** Two files of one list: the second ends some rows of the first, begins others and says others differently. */
function twice(random: Dice, { kind, header, later, share, rows }: Changing): readonly Sent[] {
  const once = (all: readonly string[]): readonly string[] => [
    ...new Map(all.map((row) => [keyOf(kind, row), row])).values(),
  ];
  const first = once(rows(share));
  const second = once([...first.filter(() => random.chance(0.8)), ...rows(share / 3)]);
  return [
    { kind, date: BEFORE, header, rows: first },
    { kind, date: later, header, rows: second },
  ];
}

const TAC_HEADER = 'TAC|Manufacturer|Model Name|Bands|Allocation Date|Device Type';

/** The TAC database, whose second file knows more; and the cell register, which states its own days. */
const references = ({ models, cells }: Grounds): readonly Sent[] => [
  { kind: 'tac', date: BEFORE, header: TAC_HEADER, rows: tacFile(models.filter((_model, at) => at % 9 !== 4)) },
  { kind: 'tac', date: '2024-03-05', header: TAC_HEADER, rows: tacFile(models.slice(1)) },
  {
    kind: 'cells',
    date: '2024-02-20',
    header: 'cell,lat,lon,radius_m,valid_from,valid_to',
    rows: cells.map((one) => [one.cell, one.lat, one.lon, one.radius, one.from ?? '', one.to ?? ''].join(',')),
  },
];

/** Lists of identifiers alone. */
function devices(random: Dice, some: (share: number) => readonly string[]): readonly Changing[] {
  const stolen = (imei: string): string =>
    [
      imei,
      random.pick(['', '20240105', '20231120']),
      random.pick(['', 'blacklist', 'BlackList', 'pending', 'recovered']),
    ].join();
  const registered = (imei: string, at: number): string => {
    const status = random.pick(['', '', 'whitelist', 'WhiteList', 'pending']);
    return [imei, 'Acme', 'M1', status, '1', 'Acme', random.pick(['Smartphone', 'Modem']), 'LTE', `D${at}`].join();
  };
  const header = 'approved_imei,make,model,status,model_number,brand_name,device_type,radio_interface,device_id';
  const rows = (of: (imei: string, at: number) => string) => (share: number) => some(share).map(of);
  return [
    { kind: 'stolen', header: 'imei,reporting_date,status', later: '2024-03-08', share: 0.06, rows: rows(stolen) },
    { kind: 'registration', header, later: '2024-03-02', share: 0.5, rows: rows(registered) },
    { kind: 'barred', header: 'imei', later: '2024-02-29', share: 0.05, rows: some },
    { kind: 'monitoring', header: 'imei', later: '2024-02-15', share: 0.1, rows: some },
  ];
}

/** Who holds which subscription, and whose a device is: mostly those who use it; some hold nothing that is registered. */
function persons(world: Population, random: Dice, some: (share: number) => readonly string[]): readonly Changing[] {
  const people = [...new Set(world.lines.map(({ uid }) => uid))];
  const registered = world.lines.filter(({ uid, imsi }) => imsi.length >= 14 && Number(uid.slice(2)) % 7 !== 0);
  const association = (share: number): readonly string[] => [
    ...some(share / 2).map((imei) => `${random.pick(people)},${imei}`),
    ...world.sightings.flatMap(({ imei, line }) =>
      imei !== '' && random.chance(share / 30) ? [`${line.uid},${imei}`] : [],
    ),
  ];
  const subscribers = (share: number): readonly string[] =>
    registered.flatMap(({ uid, imsi }) =>
      random.chance(share) ? [`${random.chance(0.05) ? random.pick(people) : uid},${imsi}`] : [],
    );
  return [
    { kind: 'association', header: 'uid,imei', later: '2024-03-03', share: 0.5, rows: association },
    { kind: 'subscribers', header: 'uid,imsi', later: '2024-03-06', share: 0.9, rows: subscribers },
  ];
}

type Grounds = { readonly models: readonly Model[]; readonly cells: readonly Cell[] };

/** Every list that a dimension reads. */
export function listsOf(world: Population, random: Dice, of: Grounds): readonly Sent[] {
  const imeis = [...new Set(world.imeis)];
  const some = (share: number): readonly string[] =>
    imeis.filter(() => random.chance(share)).map((imei) => spelled(imei, random));
  const barred = (share: number): readonly string[] => [
    ...of.models.filter(() => random.chance(share)).map(({ tac }) => tac),
    SERIAL_TACS[4],
    '35365308',
  ];
  const changing: readonly Changing[] = [
    ...devices(random, some),
    { kind: 'barred_tac', header: 'tac', later: '2024-03-01', share: 0.15, rows: barred },
    ...persons(world, random, some),
  ];
  return [...references(of), ...changing.flatMap((list) => twice(random, list))];
}

/** A list may write an IMEI with its check digit, with its software version, or in other letters. */
function spelled(imei: string, random: Dice): string {
  if (!/^\d{14}$/.test(imei)) return random.chance(0.5) ? imei.toLowerCase() : imei;
  return random.pick([imei, imei, `${imei}0`, `${imei}01`]);
}

/** What may stand but once in a file: an IMEI, however it is spelled; a whole row elsewhere. */
function keyOf(kind: KindName, row: string): string {
  if (kind === 'association') {
    const [uid = '', imei = ''] = row.split(',');
    return `${uid},${keyOf('barred', imei)}`;
  }
  const first = row.split(',')[0] ?? '';
  if (kind === 'barred_tac' || kind === 'subscribers') return row;
  return /^\d{14}/.test(first) ? first.slice(0, 14) : first.toUpperCase();
}
