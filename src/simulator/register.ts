import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { INTERFACES, type Model } from './catalogue.ts';
import { CARRIERS, FOREIGN, type Line } from './numbering.ts';
import { Output } from './output.ts';

/** The lists, each a file of that name in the folder `lists`, with its columns. */
const COLUMNS = {
  stolen: 'imei,reporting_date,status',
  registration: 'approved_imei,make,model,status,model_number,brand_name,device_type,radio_interface,device_id',
  pairing: 'imei,imsi,msisdn',
  golden: 'golden_imei,legal_basis,expires',
  barred: 'imei',
  barred_tac: 'tac',
  monitoring: 'imei',
  subscribers: 'uid,imsi',
  association: 'uid,imei',
  sim_changes: 'new_imsi,old_imsi,msisdn,sim_change_date',
  plmn: 'mcc,mnc,iso,country,calling_code,network',
} as const;

/** A list that is a comma-separated file. */
export type ListName = keyof typeof COLUMNS;

/**
 * What can be true of an identifier. The last ones are innocent: whoever convicts by them convicts wrongly.
 * Facts hold of the identifier as the country's networks see it, so each has at least one row, unless the detail says
 * `unseen`.
 */
export const TRUTHS = [
  'malformed',
  'unallocated_tac',
  'test_tac',
  'barred_tac',
  'barred',
  'stolen',
  'unregistered',
  'not_associated',
  'other_uid',
  'clone',
  'test_imei_mega',
  'shared_placeholder',
  'concurrent',
  'travel_conflict',
  'reprogrammed',
  'sim_box',
  'wrong_technology',
  'monitored',
  'golden',
  'stolen_pending',
  'new_tac',
  'dual_sim',
  'sim_swap',
  'resold',
  'family_shared',
  'roamer',
  'national_roamer',
  'iot',
  'workshop',
] as const;

/** One kind of fact in the truth file. */
export type Truth = (typeof TRUTHS)[number];

/** Writes reference lists and the truth while the country is being settled. */
export class Register implements Disposable {
  readonly planted = new Map<Truth, number>();
  readonly truthFile: string;
  readonly #lists: Readonly<Record<ListName, Output>>;
  readonly #truth: Output;
  readonly #descriptions = new Map<Model, string>();
  #devices = 0;

  constructor(out: string) {
    const folder = path.join(out, 'lists');
    mkdirSync(folder, { recursive: true });
    const open = (name: ListName): Output => new Output(path.join(folder, `${name}.csv`), COLUMNS[name]);
    this.#lists = {
      stolen: open('stolen'),
      registration: open('registration'),
      pairing: open('pairing'),
      golden: open('golden'),
      barred: open('barred'),
      barred_tac: open('barred_tac'),
      monitoring: open('monitoring'),
      subscribers: open('subscribers'),
      association: open('association'),
      sim_changes: open('sim_changes'),
      plmn: open('plmn'),
    };
    this.truthFile = path.join(out, 'truth.csv');
    this.#truth = new Output(this.truthFile, 'imei,truth,detail');
    this.#networks();
  }

  /** The files by list. */
  files(): Record<ListName, string> {
    const names = Object.entries(this.#lists).map(([name, { file }]) => [name, file]);
    return Object.fromEntries(names) as Record<ListName, string>;
  }

  /** Adds a row to a list; the fields stand as the file has them. */
  list(name: ListName, ...fields: readonly string[]): void {
    this.#lists[name].line(fields.join(','));
  }

  /** Notes a fact. The detail is `name=value` pairs with spaces between. */
  truth(imei: string, kind: Truth, detail = ''): void {
    this.#truth.line(`${imei},${kind},${detail}`);
    this.planted.set(kind, (this.planted.get(kind) ?? 0) + 1);
  }

  /** Registers the IMEIs of one device. */
  device(imeis: readonly string[], model: Model, status: 'whitelist' | 'pending' = 'whitelist'): void {
    this.#devices += 1;
    const description = this.#descriptions.get(model) ?? describe(model);
    this.#descriptions.set(model, description);
    const tail = `${status},${description},D${this.#devices.toString(36).toUpperCase().padStart(7, '0')}`;
    for (const imei of imeis)
      this.#lists.registration.line(`${imei},${quote(model.manufacturer)},${quote(model.name)},${tail}`);
  }

  /** Enters a line's holder into the subscriber register. */
  subscriber({ uid, imsi }: Line): void {
    if (uid !== undefined) this.#lists.subscribers.line(`${uid},${imsi}`);
  }

  [Symbol.dispose](): void {
    for (const list of Object.values(this.#lists)) list[Symbol.dispose]();
    this.#truth[Symbol.dispose]();
  }

  #networks(): void {
    for (const { name, plmns } of CARRIERS) {
      for (const { mcc, mnc } of plmns) this.list('plmn', mcc, mnc, 'XA', 'Meridia', '878', name);
    }
    for (const { mcc, mnc, iso, country, calling, network } of FOREIGN) {
      this.list('plmn', mcc, mnc, iso, country, calling, network);
    }
  }
}

const describe = (model: Model): string =>
  [`M${1000 + model.index}`, quote(model.brand), quote(model.type), quote(INTERFACES[model.rats])].join(',');

/** A field as RFC 4180 has it: in quotes where it holds a comma. */
const quote = (text: string): string => (text.includes(',') ? `"${text}"` : text);
