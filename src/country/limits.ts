import { integer, ratio } from './scalar.ts';
import { type Fields, type Reader, record, section, standing } from './walk.ts';

/** The kinds of list that are imported, by the key under which the country file sets their limits. */
export const LIST_KINDS = [
  'tac',
  'plmn',
  'stolen',
  'registration',
  'pairing',
  'golden',
  'barred_imei',
  'barred_tac',
  'monitoring',
  'subscribers',
  'association',
  'sim_changes',
] as const;

/** A kind of list. */
export type ListKind = (typeof LIST_KINDS)[number];

/**
 * How far a list may shrink by one import: the new size must reach both `size − sizeVariationAbsolute` (−1: no such
 * limit) and `size × sizeVariationPercent` (a share from 0 to 1, under the name that DIRBS gave it).
 */
export type SizeLimits = { readonly sizeVariationAbsolute: number; readonly sizeVariationPercent: number };

/** The smallest average of distinct values a day, as a share of the operator's own past. */
export type HistoricFall = { readonly imei: number; readonly imsi: number; readonly msisdn: number };

/**
 * Shares of rows, from 0 to 1. A file is refused when a share exceeds its limit; equality passes. The denominator is all
 * rows of the file, except where noted. A limit of 1 switches its check off.
 */
export type ImportLimits = {
  /** Rows without an IMEI. */
  readonly nullImei: number;
  readonly nullImsi: number;
  readonly nullMsisdn: number;
  readonly nullRat: number;
  /** Rows that lack any of the four. */
  readonly nullAny: number;
  /** Rows whose IMEI does not begin with 14 digits. */
  readonly uncleanImei: number;
  /** Rows whose IMSI has not 14 or 15 digits. */
  readonly uncleanImsi: number;
  readonly uncleanAny: number;
  /** Rows whose IMSI has none of the operator's MCCs. */
  readonly foreignImsi: number;
  /** Rows whose MSISDN has none of the country's calling codes. */
  readonly foreignMsisdn: number;
  readonly foreignAny: number;
  /** Rows whose IMSI has none of the operator's PLMNs. */
  readonly nonHomeImsi: number;
  /** Of the IMEIs beginning with 1: those that begin with an allocated TAC once a lost zero is put back. */
  readonly leadingZeroSuspect: number;
  /** Here a file is refused when a share falls below the limit; 0 switches the check off. */
  readonly historicFall: HistoricFall;
  /** Rows put aside because they are no rows of the format. */
  readonly quarantined: number;
  readonly lists: Readonly<Record<ListKind, SizeLimits>>;
};

const CHANGED_BY_DEFAULT: Partial<Record<ListKind, SizeLimits>> = {
  tac: { sizeVariationAbsolute: 100, sizeVariationPercent: 0 },
  pairing: { sizeVariationAbsolute: 1000, sizeVariationPercent: 0.95 },
  subscribers: { sizeVariationAbsolute: 1000, sizeVariationPercent: 0.95 },
};

const sizes = (kind: ListKind): Reader<SizeLimits> => {
  const { sizeVariationAbsolute, sizeVariationPercent } = CHANGED_BY_DEFAULT[kind] ?? {
    sizeVariationAbsolute: -1,
    sizeVariationPercent: 0.75,
  };
  return record<SizeLimits>({
    sizeVariationAbsolute: standing(integer({ min: -1, max: 1e12, unit: 'rows; -1: no limit' }), sizeVariationAbsolute),
    sizeVariationPercent: standing(ratio, sizeVariationPercent),
  });
};

const listFields = Object.fromEntries(LIST_KINDS.map((kind) => [kind, section(sizes(kind))])) as Fields<
  Record<ListKind, SizeLimits>
>;

const share = (limit: number) => standing(ratio, limit);

/** Reads the section `import`; every limit has a default. */
export const importLimits: Reader<ImportLimits> = record<ImportLimits>({
  nullImei: share(0.05),
  nullImsi: share(0.05),
  nullMsisdn: share(0.05),
  nullRat: share(0.05),
  nullAny: share(0.05),
  uncleanImei: share(0.05),
  uncleanImsi: share(0.05),
  uncleanAny: share(0.05),
  foreignImsi: share(0.1),
  foreignMsisdn: share(0.1),
  foreignAny: share(0.1),
  nonHomeImsi: share(0.2),
  leadingZeroSuspect: share(0.5),
  historicFall: section(record<HistoricFall>({ imei: share(0.9), imsi: share(0.9), msisdn: share(0.9) })),
  quarantined: share(0.05),
  lists: section(record<Record<ListKind, SizeLimits>>(listFields)),
});

/**
 * The smallest size, in rows, that a list of `current` rows may have after an import: at least one row, and neither limit
 * passed. A list that is empty so far has no history to fall from: any size will do.
 */
export function smallestAllowed(limits: SizeLimits, current: number): number {
  if (current === 0) return 0;
  const byRows = limits.sizeVariationAbsolute < 0 ? 0 : current - limits.sizeVariationAbsolute;
  return Math.max(1, byRows, Math.ceil(limits.sizeVariationPercent * current));
}
