import { OPEN_DAY, observedKey } from '../stores/schema.ts';
import type { Pseudonyms } from '../stores/secret.ts';
import { bandsExpression } from './tac.ts';

/** How the text of one field is checked and brought into its column. `field` is an engine expression, a String. */
export type Rule = {
  /** Engine predicate: may the field be taken? */
  readonly check: (field: string) => string;
  /**
   * A cheap engine expression of 0 or 1 that is 1 for nearly all fields that may be taken and for no others; where there
   * is none, the check itself is cheap.
   */
  readonly quick?: (field: string) => string;
  /** Engine expression for the column; defined, if meaningless, for fields that fail the check too. */
  readonly value: (field: string, pseudonyms: Pseudonyms) => string;
  /** What a field must be, as it ends the sentence "the field …". */
  readonly reason: string;
  /** The text must not be readable in the store: it is kept out of the quarantine as well. */
  readonly secret?: true;
};

const matches =
  (pattern: string) =>
  (field: string): string =>
    `match(${field}, '${pattern}')`;

const same = (field: string): string => field;

/** All of them, without the masks that AND makes the engine take. */
const all = (first: string, ...others: readonly string[]): string =>
  others.reduce((so, one) => `bitAnd(${so}, ${one})`, first);

/** A number that is not 0; the engine's own reading would take a sign, so that the first byte is looked at. */
const isNumber = (field: string): string =>
  all(`toUInt64OrZero(${field}) > 0`, `ascii(${field}) >= 48`, `ascii(${field}) <= 57`);

/** At most `digits` digits and their number, which 0 would not tell from an absent one. */
const number = (digits: number, reason: string): Rule => ({
  check: (field) => `(match(${field}, '^[0-9]{1,${digits}}$') AND toUInt64OrZero(${field}) > 0)`,
  quick: (field) => all(isNumber(field), `length(${field}) <= ${digits}`),
  value: (field) => `toUInt64OrZero(${field})`,
  reason,
});

/** A rule that also takes the empty field, which becomes the column's zero. */
export const orEmpty = ({ quick, ...rule }: Rule): Rule => ({
  ...rule,
  ...(quick === undefined ? {} : { quick: (field: string) => `bitOr(${field} = '', ${quick(field)})` }),
  check: (field) => `(${field} = '' OR ${rule.check(field)})`,
  reason: `${rule.reason}, or empty`,
});

/** Engine expression of 0 or 1: 14 to 16 digits, as nearly all IMEIs are. */
export const isPlainImei = (field: string): string =>
  all(isNumber(field), `length(${field}) >= 14`, `length(${field}) <= 16`);

/** As {@link observedKey}: of digits alone by arithmetic. */
const imeiKey = (field: string): string => {
  const digits = `toUInt64OrZero(${field})`;
  const plain = `multiIf(length(${field}) = 14, ${digits}, length(${field}) = 15, intDiv(${digits}, 10), intDiv(${digits}, 100))`;
  return `if(${isPlainImei(field)}, ${plain}, ${observedKey(field)})`;
};

/** An observed IMEI: 1 to 16 hexadecimal digits, `*` or `#`. Fourteen leading digits are its key. */
export const imei: Rule = {
  check: matches('^[0-9A-Fa-f*#]{1,16}$'),
  quick: isPlainImei,
  value: imeiKey,
  reason: 'is no IMEI: 1 to 16 of 0-9 A-F * #',
};

/** A Type Allocation Code: 8 digits. */
export const tac: Rule = {
  check: matches('^[0-9]{8}$'),
  value: (field) => `toUInt32OrZero(${field})`,
  reason: 'is no TAC: 8 digits',
};

/** An IMSI: at most 15 digits (ITU-T E.212); leading zeros carry no meaning of their own, MCCs begin at 001. */
export const imsi: Rule = number(15, 'is no IMSI: 1 to 15 digits');

/** An MSISDN: at most 15 digits (ITU-T E.164), without `+` or `00`. */
export const msisdn: Rule = number(15, 'is no MSISDN: 1 to 15 digits');

// Blanks around a text are its sender's habit; in codes and days they are faults, as in DIRBS.
const trimmed = (field: string): string => `trim(BOTH ' \\t' FROM ${field})`;

/** Any text. */
export const text: Rule = { check: () => '1', value: trimmed, reason: 'is a text' };

/** Any text that is not empty. */
export const someText: Rule = { check: (field) => `${trimmed(field)} != ''`, value: trimmed, reason: 'is empty' };

/** Any text, in lower case. */
export const lower: Rule = { check: () => '1', value: (field) => `lowerUTF8(${trimmed(field)})`, reason: 'is a text' };

/** Letters and digits that name a device across its IMEIs. */
export const device: Rule = {
  check: matches('^[A-Za-z0-9]+$'),
  value: same,
  reason: 'is no device id: letters and digits',
};

/** The engine rolls 30 February over into March, so the day is written back and compared. */
const compacted = (field: string): string =>
  `if(length(${field}) = 10, replaceRegexpOne(${field}, '^([0-9]{4})-([0-9]{2})-([0-9]{2})$', '\\\\1\\\\2\\\\3'), ${field})`;

/** A calendar day from 2000 to 2148, `YYYYMMDD` or `YYYY-MM-DD`. */
export const day: Rule = {
  check: (field) =>
    `(match(${compacted(field)}, '^2[01][0-9]{6}$') AND ${compacted(field)} < '21490101' AND toYYYYMMDD(toDateOrZero(${compacted(field)})) = toUInt32OrZero(${compacted(field)}))`,
  value: (field) => `toDateOrZero(${compacted(field)})`,
  reason: 'is no day: yyyymmdd of the calendar, from 2000 to 2148',
};

/** The day after the last, as {@link day}; an empty field is a day that never comes. */
export const openDay: Rule = {
  ...orEmpty(day),
  value: (field) => `if(${field} = '', toDate('${OPEN_DAY}'), ${day.value(field, NONE)})`,
};

const NAMED_DAY = '^[0-9]{2}-[A-Za-z]{3}-[0-9]{4}$';
const named = (field: string, or: 'Null' | 'Zero'): string => `parseDateTimeOr${or}(${field}, '%d-%b-%Y', 'UTC')`;

/** A calendar day as the GSMA writes it, `DD-Mon-YYYY`, from 1970 to 2105; or as {@link day}; or none. */
export const allocation: Rule = orEmpty({
  check: (field) => `(match(${field}, '${NAMED_DAY}') AND ${named(field, 'Null')} IS NOT NULL OR ${day.check(field)})`,
  value: (field) => `if(match(${field}, '${NAMED_DAY}'), toDate(${named(field, 'Zero')}), ${day.value(field, NONE)})`,
  reason: 'is no day: DD-Mon-YYYY',
});

/** A mobile country code (ITU-T E.212): 3 digits. */
export const mcc: Rule = { check: matches('^[0-9]{3}$'), value: same, reason: 'is no MCC: 3 digits' };

/** A mobile network code (ITU-T E.212): 2 or 3 digits, whose leading zeros count. */
export const mnc: Rule = { check: matches('^[0-9]{2,3}$'), value: same, reason: 'is no MNC: 2 or 3 digits' };

/** A decimal number within bounds, both included. */
export const decimal = (least: number, most: number, unit: string): Rule => ({
  check: (field) =>
    `(match(${field}, '^-?[0-9]{1,9}(\\\\.[0-9]{1,17})?$') AND toFloat64OrZero(${field}) >= ${least} AND toFloat64OrZero(${field}) <= ${most})`,
  value: (field) => `toFloat64OrZero(${field})`,
  reason: `is no number from ${least} to ${most} (${unit})`,
});

/** A person's identifier in the national register; only its keyed pseudonym is stored. */
export const uid: Rule = {
  check: matches('^[0-9A-Za-z\\\\\\\\/-]{1,20}$'),
  value: (field, pseudonyms) => pseudonyms.uid(field),
  reason: 'is no person’s identifier: 1 to 20 letters, digits, - / or \\',
  secret: true,
};

/** A protected IMEI; only a keyed hash of its key is stored. */
export const golden: Rule = {
  check: imei.check,
  quick: isPlainImei,
  value: (field, pseudonyms) => pseudonyms.golden(imeiKey(field)),
  reason: imei.reason,
  secret: true,
};

/** The generations that a TAC's bands allow, see tac.ts. */
export const generations: Rule = { check: () => '1', value: bandsExpression, reason: 'is a text' };

/** A small number where the file states one, else 0: some makers write "Not Known". */
export const slots: Rule = { check: () => '1', value: (field) => `toUInt8OrZero(${field})`, reason: 'is a number' };

/** For rules that use no pseudonym. */
const NONE: Pseudonyms = { uid: same, golden: same };
