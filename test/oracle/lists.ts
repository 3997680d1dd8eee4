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

/** Every list, most of them sent twice: the second file ends some rows, begins others and changes some. */
export function listsOf(
  world: Population,
  random: Dice,
  of: { models: readonly Model[]; cells: readonly Cell[] },
): readonly Sent[] {
  const imeis = [...new Set(world.imeis)];
  const some = (share: number): string[] => imeis.filter(() => random.chance(share)).map((imei) => spelled(imei, random));
  const twice = (kind: KindName, header: string, of: { later: string; rows: (share: number) => string[]; share: number }): Sent[] => {
    const first = of.rows(of.share);
    const second = [...first.filter(() => random.chance(0.8)), ...of.rows(of.share / 3)];
    const keyed = [...new Map(second.map((row) => [keyOf(kind, row), row])).values()];
    const once = [...new Map(first.map((row) => [keyOf(kind, row), row])).values()];
    return [
      { kind, date: BEFORE, header, rows: once },
      { kind, date: of.later, header, rows: keyed },
    ];
  };
  const people = [...new Set(world.lines.map(({ uid }) => uid))];
  const registered = world.lines.filter(({ uid, imsi }) => imsi.length >= 14 && Number(uid.slice(2)) % 7 !== 0);
  return [
    {
      kind: 'tac',
      date: BEFORE,
      header: 'TAC|Manufacturer|Model Name|Bands|Allocation Date|Device Type',
      rows: tacFile(of.models.filter((_model, at) => at % 9 !== 4)),
    },
    { kind: 'tac', date: '2024-03-05', header: 'TAC|Manufacturer|Model Name|Bands|Allocation Date|Device Type', rows: tacFile(of.models.slice(1)) },
    {
      kind: 'cells',
      date: BEFORE,
      header: 'cell,lat,lon,radius_m,valid_from,valid_to',
      rows: of.cells.map((one) => [one.cell, one.lat, one.lon, one.radius, one.from ?? '20230101', one.to ?? ''].join(',')),
    },
    ...twice('stolen', 'imei,reporting_date,status', {
      later: '2024-03-08',
      share: 0.06,
      rows: (share) => some(share).map((imei) => `${imei},${random.pick(['', '20240105', '20231120'])},${random.pick(['', 'blacklist', 'BlackList', 'pending', 'recovered'])}`),
    }),
    ...twice('registration', 'approved_imei,make,model,status,model_number,brand_name,device_type,radio_interface,device_id', {
      later: '2024-03-02',
      share: 0.5,
      rows: (share) => some(share).map((imei, at) => `${imei},Acme,M1,${random.pick(['', '', 'whitelist', 'WhiteList', 'pending'])},1,Acme,${random.pick(['Smartphone', 'Modem'])},LTE,D${at}`),
    }),
    ...twice('barred', 'imei', { later: '2024-02-29', share: 0.05, rows: some }),
    ...twice('barred_tac', 'tac', {
      later: '2024-03-01',
      share: 0.15,
      rows: (share) => [...of.models.filter(() => random.chance(share)).map(({ tac }) => tac), SERIAL_TACS[4], '35365308'],
    }),
    ...twice('monitoring', 'imei', { later: '2024-02-15', share: 0.1, rows: some }),
    ...twice('association', 'uid,imei', {
      later: '2024-03-03',
      share: 0.5,
      rows: (share) => [
        ...some(share / 2).map((imei) => `${random.pick(people)},${imei}`),
        ...world.sightings.filter(() => random.chance(share / 30)).filter(({ imei }) => imei !== '').map(({ imei, line }) => `${line.uid},${imei}`),
      ],
    }),
    ...twice('subscribers', 'uid,imsi', {
      later: '2024-03-06',
      share: 0.9,
      rows: (share) => registered.filter(() => random.chance(share)).map(({ uid, imsi }) => `${random.chance(0.05) ? random.pick(people) : uid},${imsi}`),
    }),
  ];
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
