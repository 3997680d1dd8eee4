import type Type from 'typebox';
import { Compile } from 'typebox/compile';
import { type Day, parseDay } from '../../calendar/day.ts';
import type { Language } from '../../country/notices.ts';
import type { Fault } from '../../faults/fault.ts';
import { fail, ok, type Result } from '../../faults/result.ts';
import { writeIdentifierFault } from '../../identifiers/fault.ts';
import { type Imei, parseImei } from '../../identifiers/imei.ts';
import { type CountryCode, parseCountryCode } from '../../identifiers/iso3166.ts';
import { type Msisdn, parseDialled } from '../../identifiers/msisdn.ts';
import { CARGO_FORM, REPORT_FORM } from './form.ts';
import type { EventKind, KillSwitch, Mode } from './words.ts';

/** Who the device is taken from. Private: sealed, and never in what other countries are given. */
export type Owner = { readonly name: string; readonly address?: string; readonly document?: string };

/** Where the reporter is reached. Private. */
export type Contact = { readonly msisdn?: Msisdn; readonly email?: string; readonly language?: Language };

/** What a device looks like, as the reporter says. */
export type Characteristics = {
  readonly make?: string;
  readonly model?: string;
  readonly colour?: string;
  readonly storage?: string;
};

/** What happened, where and when. `place` is a district, not a position. */
export type TheftFacts = Characteristics & {
  readonly kind: EventKind;
  readonly country: CountryCode;
  readonly day: Day;
  readonly place?: string;
  readonly station?: string;
  /** The number of the complaint at the police. */
  readonly complaint?: string;
  readonly killSwitch: KillSwitch;
  readonly mode: Mode;
};

/** A report of a theft or loss of one device (ITU-T Q.5051 §8, §10.1). */
export type Report = TheftFacts & {
  /** All that are known of the device, each once. */
  readonly imeis: readonly Imei[];
  readonly owner?: Owner;
  readonly contact: Contact;
  /** Number or other reference of the invoice. Private. */
  readonly invoice?: string;
};

/** A report of many devices at once. */
export type Cargo = TheftFacts & {
  readonly contact: Contact;
  readonly invoice: string;
  readonly devices: readonly (Characteristics & { readonly imeis: readonly Imei[] })[];
};

/** Under what a report is read. */
export type ReportTerms = {
  /** The day it is in the country: no event lies after it. */
  readonly today: Day;
  /** In which numbers without a calling code are dialled. */
  readonly callingCode: string;
};

type ReportText = Type.Static<typeof REPORT_FORM>;
type CargoText = Type.Static<typeof CARGO_FORM>;

const reportForm = Compile(REPORT_FORM);
const cargoForm = Compile(CARGO_FORM);

/** Reads a report. All faults are found at once, each with the field it lies in. Fault: CASE_REPORT. */
export function parseReport(input: unknown, terms: ReportTerms): Result<Report, readonly Fault[]> {
  if (!reportForm.Check(input)) return fail(allFaults(input, reportForm.Errors(input), terms));
  const found: ReportText = input;
  const reading: Reading = { terms, faults: [] };
  const { imeis: texts, country, day, contact, killSwitch = 'unknown', mode = 'block', ...others } = found;
  const read = {
    imeis: imeisOf(reading, 'imeis', texts),
    country: countryOf(reading, country),
    day: dayOf(reading, day),
    contact: contactOf(reading, contact),
  };
  return whole(reading, read, (parts) => ({ ...others, killSwitch, mode, ...parts }));
}

/**
 * Reads a report of a cargo. The rows are read one by one: an identifier that stands in two rows is a fault of the later.
 * Fault: CASE_REPORT.
 */
export function parseCargo(input: unknown, terms: ReportTerms): Result<Cargo, readonly Fault[]> {
  if (!cargoForm.Check(input)) return fail(allFaults(input, cargoForm.Errors(input), terms));
  const found: CargoText = input;
  const reading: Reading = { terms, faults: [] };
  const { devices, country, day, contact, mode = 'block', ...others } = found;
  const read = {
    devices: rowsOf(reading, devices),
    country: countryOf(reading, country),
    day: dayOf(reading, day),
    contact: contactOf(reading, contact),
  };
  return whole(reading, read, (parts) => ({ ...others, killSwitch: 'unknown', mode, ...parts }));
}

/** One reading: its terms, and where its faults gather. What is at fault reads as undefined. */
type Reading = { readonly terms: ReportTerms; readonly faults: Fault[] };

type Whole<T> = { readonly [Key in keyof T]: Exclude<T[Key], undefined> };

const isWhole = <T extends object>(parts: T): parts is T & Whole<T> =>
  Object.values(parts).every((part) => part !== undefined);

const whole = <T extends object, Value>(
  { faults }: Reading,
  parts: T,
  make: (parts: Whole<T>) => Value,
): Result<Value, readonly Fault[]> => (faults.length === 0 && isWhole(parts) ? ok(make(parts)) : fail(faults));

function rowsOf(reading: Reading, rows: CargoText['devices']): Cargo['devices'] {
  const seen = new Map<string, number>();
  return rows.map((row, at) => {
    const field = `devices.${at}.imeis`;
    const imeis = imeisOf(reading, field, row.imeis);
    for (const imei of imeis) {
      const before = seen.get(imei);
      if (before === undefined) seen.set(imei, at);
      else note(reading, field, [`${imei} stands in row ${before + 1} too`, 'Name each device once.']);
    }
    return { ...row, imeis };
  });
}

function imeisOf(reading: Reading, field: string, texts: readonly string[]): readonly Imei[] {
  const read = texts.flatMap((text, at) => {
    const parsed = parseImei(text);
    if (parsed.ok) return [parsed.value.imei];
    const why = `the IMEI is wrong: ${plain(writeIdentifierFault(parsed.fault))}`;
    note(reading, `${field}.${at}`, [why, 'Dial *#06# on such a device, or read it off the box.']);
    return [];
  });
  return [...new Set(read)];
}

function countryOf(reading: Reading, text: string): CountryCode | undefined {
  const says = `${JSON.stringify(text)} is no country of ISO 3166-1`;
  return parseCountryCode(text) ?? note(reading, 'country', [says, 'Write two letters, such as CH.']);
}

function dayOf(reading: Reading, text: string): Day | undefined {
  const parsed = parseDay(text);
  const remedy = 'Write the day on which the device was lost or taken as 2026-10-31.';
  if (!parsed.ok) return note(reading, 'day', [`${JSON.stringify(text)} is no day`, remedy]);
  if (parsed.value > reading.terms.today) return note(reading, 'day', [`${parsed.value} is still to come`, remedy]);
  return parsed.value;
}

function contactOf(reading: Reading, { msisdn: text, ...others }: ReportText['contact']): Contact | undefined {
  if (text === undefined && others.email === undefined) {
    const says = 'the contact has neither a number nor an electronic address';
    return note(reading, 'contact', [says, 'Add contact.msisdn or contact.email.']);
  }
  if (text === undefined) return others;
  const parsed = parseDialled(text, { callingCode: reading.terms.callingCode });
  if (parsed.ok) return { ...others, msisdn: parsed.value };
  const why = `the number cannot be read: ${plain(writeIdentifierFault(parsed.fault))}`;
  return note(reading, 'contact.msisdn', [why, 'Write it as it is dialled.']);
}

type FormError = Parameters<typeof formFaults>[0][number];

/** The faults of the form, and those of the parts that have their form. */
function allFaults(input: unknown, errors: readonly FormError[], terms: ReportTerms): readonly Fault[] {
  const reading: Reading = { terms, faults: [...formFaults(errors)] };
  if (typeof input !== 'object' || input === null) return reading.faults;
  const parts: Readonly<Partial<Record<string, unknown>>> = { ...input };
  const isTexts = (value: unknown): value is readonly string[] =>
    Array.isArray(value) && value.every((one) => typeof one === 'string');
  const { imeis, country, day } = parts;
  if (isTexts(imeis)) imeisOf(reading, 'imeis', imeis);
  if (typeof country === 'string') countryOf(reading, country);
  if (typeof day === 'string') dayOf(reading, day);
  return reading.faults;
}

/** The validator's errors by field, the first of each. */
function formFaults(
  errors: readonly {
    readonly instancePath: string;
    readonly keyword: string;
    readonly message: string;
    readonly params: object;
  }[],
): readonly Fault[] {
  const found = new Map<string, Fault>();
  for (const { instancePath, keyword, message, params } of errors) {
    if (keyword === 'boolean') continue; // said again by additionalProperties
    for (const name of namesIn(params)) {
      const field = [...instancePath.split('/').slice(1), ...(name === undefined ? [] : [name])].join('.');
      const says =
        keyword === 'required' ? 'is missing' : keyword === 'additionalProperties' ? 'is not known' : message;
      const sentence = `${field === '' ? 'it' : field} ${says}`;
      if (!found.has(field)) found.set(field, faultOf(field, [sentence, 'Correct it as the form of the report says.']));
    }
  }
  return [...found.values()];
}

function namesIn(params: object): readonly (string | undefined)[] {
  const names = Object.entries(params).flatMap(([key, value]: [string, unknown]) =>
    ['requiredProperties', 'additionalProperties'].includes(key) && Array.isArray(value) ? value.map(String) : [],
  );
  return names.length === 0 ? [undefined] : names;
}

/** A sentence of a fault, as it goes on after a colon. */
const plain = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1).replace(/\.$/, '');

type Saying = readonly [says: string, remedy: string];

function note({ faults }: Reading, field: string, saying: Saying): undefined {
  faults.push(faultOf(field, saying));
}

const faultOf = (field: string, [says, remedy]: Saying): Fault => ({
  code: 'CASE_REPORT',
  message: `The report cannot be taken: ${says}.`,
  remedy,
  ...(field === '' ? {} : { field }),
});
