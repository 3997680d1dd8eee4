import type { ListKind } from '../country/limits.ts';
import * as rule from './rules.ts';

/** A column of a list: where it stands in the file, and how its text is taken. */
export type Column = {
  /** The column in the store's table. */
  readonly name: string;
  /** Header names it goes by, lower case, blanks as `_`. Of two equal names in a header the second is `name#2`. */
  readonly headers: readonly string[];
  readonly rule: rule.Rule;
  /** The file may lack the column: every row then has the empty text. */
  readonly optional?: true;
};

/** What a row of a delta says of its key. */
export type Change = 'add' | 'remove' | 'update';

/** One kind of list, as data. */
export type Kind = {
  /** How a person calls one row of it, for messages. */
  readonly noun: string;
  /** The table in the store. */
  readonly table: string;
  /** The section of the country file's `import.lists` with its limits of size. */
  readonly limits?: ListKind;
  readonly columns: readonly Column[];
  /** The columns that name a row; two rows of one key and different content conflict. */
  readonly key: readonly string[];
  /** What a delta may say; empty: only full files are taken. */
  readonly changes: readonly Change[];
  /** A file adds to the list and removes nothing, whether it calls itself a delta or not. */
  readonly appends?: true;
  /** The column that keeps, as a JSON object, what stands under headers that no column goes by. */
  readonly other?: string;
  /** Columns may be separated by pipes, as in the GSMA's file, where double quotes mean nothing and are dropped. */
  readonly pipes?: true;
  /** A line of licence or title may stand above the header. */
  readonly preamble?: true;
  /** Besides a CSV, a JSON array of objects with the headers as keys is taken. */
  readonly json?: true;
  /**
   * Columns with the first day and the day after the last on which a row holds, where the file states them; the day of
   * the import stands in for a first day that is not stated.
   */
  readonly stated?: { readonly from: string; readonly to: string };
};

const column = (name: string, by: rule.Rule, headers: readonly string[] = [name]): Column => ({
  name,
  headers,
  rule: by,
});
const maybe = (name: string, by: rule.Rule, headers?: readonly string[]): Column => ({
  ...column(name, by, headers),
  optional: true,
});

const IMEI = column('imei', rule.imei);
const ADDS = ['add', 'remove'] as const;
const ALL = ['add', 'remove', 'update'] as const;

/**
 * The kinds of list that are imported. Column names are those of DIRBS files where such exist (v14 to v16), so that an
 * authority changes nothing; `barred` rows and the like are told by the file's kind, not by its content.
 */
export const KINDS = {
  tac: {
    noun: 'TAC',
    table: 'tac',
    limits: 'tac',
    // The GSMA's file (text with pipes, columns growing over the years) and the Osmocom community's CSV.
    columns: [
      column('tac', rule.tac),
      maybe('manufacturer', rule.text),
      maybe('brand', rule.text, ['brand_name', 'brand', 'name']),
      column('model', rule.text, ['model_name', 'model', 'name#2']),
      maybe('bands', rule.text, ['bands', 'band_details']),
      maybe('generations', rule.generations, ['bands', 'band_details']),
      maybe('allocated', rule.allocation, ['allocation_date']),
      maybe('device_type', rule.text),
      maybe('slots', rule.slots, [
        'simslot',
        'simslots',
        'sim_slot',
        'sim_slots',
        'sim_slot_count',
        'number_of_sim_slots',
      ]),
    ],
    key: ['tac'],
    changes: [],
    other: 'other',
    pipes: true,
    preamble: true,
  },
  plmn: {
    noun: 'network',
    table: 'plmn',
    limits: 'plmn',
    columns: [
      column('mcc', rule.mcc),
      column('mnc', rule.mnc),
      maybe('iso', rule.lower, ['iso', 'iso_code', 'country_iso']),
      maybe('country', rule.text, ['country', 'country_name']),
      maybe('calling_code', rule.text, ['calling_code', 'country_code']),
      maybe('network', rule.text, ['network', 'network_name', 'operator']),
    ],
    // Published tables name several networks under one PLMN, and several countries under one MCC.
    key: ['mcc', 'mnc', 'iso', 'country', 'calling_code', 'network'],
    changes: [],
    json: true,
  },
  cells: {
    noun: 'cell',
    table: 'cell',
    columns: [
      column('cell', rule.someText),
      column('lat', rule.decimal(-90, 90, 'degrees')),
      column('lon', rule.decimal(-180, 180, 'degrees'), ['lon', 'lng']),
      column('radius_m', rule.decimal(0, 200_000, 'metres')),
      maybe('since', rule.orEmpty(rule.day), ['valid_from']),
      maybe('until', rule.openDay, ['valid_to']),
    ],
    key: ['cell', 'since'],
    changes: [],
    stated: { from: 'since', to: 'until' },
  },
  stolen: {
    noun: 'IMEI',
    table: 'stolen',
    limits: 'stolen',
    columns: [IMEI, maybe('reporting_date', rule.orEmpty(rule.day)), maybe('status', rule.lower)],
    key: ['imei'],
    changes: ALL,
  },
  registration: {
    noun: 'IMEI',
    table: 'registration',
    limits: 'registration',
    columns: [
      column('imei', rule.imei, ['approved_imei', 'imei']),
      maybe('make', rule.text),
      maybe('model', rule.text),
      maybe('status', rule.lower),
      maybe('model_number', rule.text),
      maybe('brand_name', rule.text),
      maybe('device_type', rule.text),
      maybe('radio_interface', rule.text),
      column('device_id', rule.device),
    ],
    key: ['imei'],
    changes: ALL,
  },
  pairing: {
    noun: 'pair',
    table: 'pairing',
    limits: 'pairing',
    columns: [IMEI, column('imsi', rule.imsi), column('msisdn', rule.msisdn)],
    key: ['imei', 'imsi', 'msisdn'],
    changes: ADDS,
  },
  golden: {
    noun: 'IMEI',
    table: 'golden',
    limits: 'golden',
    columns: [
      column('hash', rule.golden, ['golden_imei', 'imei']),
      column('legal_basis', rule.someText),
      column('expires', rule.day),
    ],
    key: ['hash'],
    changes: ALL,
  },
  barred: {
    noun: 'IMEI',
    table: 'barred',
    limits: 'barred_imei',
    columns: [IMEI],
    key: ['imei'],
    changes: ADDS,
  },
  barred_tac: {
    noun: 'TAC',
    table: 'barred_tac',
    limits: 'barred_tac',
    columns: [column('tac', rule.tac)],
    key: ['tac'],
    changes: ADDS,
  },
  monitoring: {
    noun: 'IMEI',
    table: 'monitoring',
    limits: 'monitoring',
    columns: [IMEI],
    key: ['imei'],
    changes: ADDS,
  },
  subscribers: {
    noun: 'subscription',
    table: 'subscriber',
    limits: 'subscribers',
    columns: [column('uid', rule.uid), column('imsi', rule.imsi)],
    key: ['uid', 'imsi'],
    changes: ADDS,
  },
  association: {
    noun: 'association',
    table: 'association',
    limits: 'association',
    columns: [column('uid', rule.uid), IMEI],
    key: ['uid', 'imei'],
    changes: ADDS,
  },
  sim_changes: {
    noun: 'SIM change',
    table: 'sim_change',
    limits: 'sim_changes',
    columns: [
      column('new_imsi', rule.imsi),
      column('old_imsi', rule.imsi),
      column('msisdn', rule.msisdn),
      column('changed', rule.day, ['sim_change_date', 'changed']),
    ],
    key: ['new_imsi', 'old_imsi', 'msisdn', 'changed'],
    changes: ADDS,
    appends: true,
  },
} as const satisfies Readonly<Record<string, Kind>>;

/** The name of a kind of list, as a command takes it. */
export type KindName = keyof typeof KINDS;

/** All names, in the order in which they are shown. */
export const KIND_NAMES = Object.keys(KINDS) as readonly KindName[];

/** Is this the name of a kind of list? */
export const isKindName = (name: string): name is KindName => Object.hasOwn(KINDS, name);
