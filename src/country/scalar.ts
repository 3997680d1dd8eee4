import { isAlias, isScalar } from 'yaml';
import { type Day, parseDay } from '../calendar/day.ts';
import { suggest } from './spelling.ts';
import { expected, note, noteAlias, type Reader, type Spot } from './walk.ts';

/** Inclusive bounds of a number. */
export type Bounds = { readonly min: number; readonly max: number; readonly unit?: string };

/** The form of a text: a pattern it matches whole, and the same in words, as they follow "must be". */
export type Form = { readonly pattern: RegExp; readonly about: string };

/** Reads text of a form; a number or a truth value in its place is a fault, since YAML would have changed its writing. */
export const text =
  (form: Form): Reader<string> =>
  (spot) => {
    const scalar = scalarOf(spot);
    if (scalar === undefined) return undefined;
    if (typeof scalar.value === 'string') return matched(spot, { text: scalar.value, form });
    const message = `${scalar.source} is ${kindOf(scalar.value)}, where text is due`;
    return note(spot, { code: 'COUNTRY_VALUE', message, remedy: `Write it in quotes: '${scalar.source}'.` });
  };

/** Reads a code of digits (MCC, MNC, calling code, reason code), which must be quoted: YAML reads `01` as the number 1. */
export const digits =
  (form: Form): Reader<string> =>
  (spot) => {
    const scalar = scalarOf(spot);
    if (scalar === undefined) return undefined;
    if (typeof scalar.value === 'string') return matched(spot, { text: scalar.value, form });
    if (typeof scalar.value !== 'number') return text(form)(spot);
    return note(spot, { code: 'COUNTRY_MNC', ...unquoted(scalar.source, form) });
  };

/** Why digits without quotes are refused, and how to write them. */
export function unquoted(source: string, form: Form): { message: string; remedy: string } {
  const lost = /^0\d/.test(source) ? `YAML reads ${source} as the number ${Number(source)}` : `${source} is a number`;
  const remedy = form.pattern.test(source) ? `Write it in quotes: '${source}'.` : `Write ${form.about}, in quotes.`;
  return { message: `${lost}; a code of digits is text, since a number loses its leading zeros`, remedy };
}

/** Reads a whole number. */
export const integer = (bounds: Bounds): Reader<number> => numeric(bounds, { due: 'a whole number', whole: true });

/** Reads a number. */
export const number = (bounds: Bounds): Reader<number> => numeric(bounds, { due: 'a number', whole: false });

/** Reads a share from 0 to 1. */
export const ratio: Reader<number> = numeric({ min: 0, max: 1 }, { due: 'a share, as a number', whole: false });

type Kind = { readonly due: string; readonly whole: boolean };

function numeric(bounds: Bounds, { due, whole }: Kind): Reader<number> {
  const unit = bounds.unit === undefined ? '' : ` (${bounds.unit})`;
  const remedy = `Write ${due} from ${bounds.min} to ${bounds.max}${unit}, without quotes.`;
  return (spot) => {
    const scalar = scalarOf(spot);
    if (scalar === undefined) return undefined;
    const { value, source } = scalar;
    const refuse = (why: string) =>
      note(spot, {
        code: 'COUNTRY_VALUE',
        message: `${typeof value === 'string' ? show(source) : source} ${why}`,
        remedy,
      });
    if (typeof value !== 'number') return refuse(`is ${kindOf(value)}, not ${due}`);
    // 010 is ten in YAML 1.2 and eight in YAML 1.1; 0x and exponents have no place in a policy that people read.
    if (!/^[-+]?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(source)) return refuse('is no plain decimal number');
    if (whole && !Number.isInteger(value)) return refuse('is no whole number');
    if (!(value >= bounds.min && value <= bounds.max)) return refuse('is out of bounds');
    // -0 would differ from 0 in nothing but comparisons.
    return value === 0 ? 0 : value;
  };
}

/** Reads true or false. */
export const truth: Reader<boolean> = (spot) => {
  const scalar = scalarOf(spot);
  if (scalar === undefined) return undefined;
  if (typeof scalar.value === 'boolean') return scalar.value;
  const message = `${show(scalar.source)} is ${kindOf(scalar.value)}, neither true nor false`;
  return note(spot, { code: 'COUNTRY_VALUE', message, remedy: 'Write true or false, without quotes.' });
};

/** Reads one of a few words. */
export const choice =
  <Word extends string>(words: readonly Word[]): Reader<Word> =>
  (spot) => {
    const scalar = scalarOf(spot);
    if (scalar === undefined) return undefined;
    const word = words.find((candidate) => candidate === scalar.value);
    if (word !== undefined) return word;
    const message = `${show(scalar.source)} is not among the choices`;
    return note(spot, { code: 'COUNTRY_VALUE', message, remedy: suggest(scalar.source, words) });
  };

/** Reads a calendar day, `2026-10-31` or `20261031`, with or without quotes. */
export const day: Reader<Day> = (spot) => {
  const scalar = scalarOf(spot);
  if (scalar === undefined) return undefined;
  const parsed = parseDay(scalar.source);
  if (parsed.ok) return parsed.value;
  const why = {
    form: 'is not written as a day',
    calendar: 'is no day of the calendar',
    range: 'is before 2000 or after 2148',
  };
  const message = `${show(scalar.source)} ${why[parsed.fault.kind]}`;
  return note(spot, { code: 'COUNTRY_VALUE', message, remedy: 'Write a day as 2026-10-31.' });
};

/** A single value with its writing in the file; anything else is noted. */
export function scalarOf(spot: Spot): { readonly value: unknown; readonly source: string } | undefined {
  const { node } = spot;
  if (isAlias(node)) return noteAlias(spot);
  if (node !== null && !isScalar(node)) {
    return note(spot, { code: 'COUNTRY_VALUE', ...expected('a single value', spot) });
  }
  if (node === null || node.value === null) {
    return note(spot, {
      code: 'COUNTRY_VALUE',
      message: 'the value is missing',
      remedy: 'Write a value after the colon.',
    });
  }
  return {
    value: node.value,
    source: typeof node.value === 'string' ? node.value : (node.source ?? String(node.value)),
  };
}

function matched(
  spot: Spot,
  { text: found, form }: { readonly text: string; readonly form: Form },
): string | undefined {
  if (form.pattern.test(found)) return found;
  const message = `${show(found)} is not ${form.about}`;
  return note(spot, { code: 'COUNTRY_VALUE', message, remedy: `Write ${form.about}.` });
}

/** A value as a message shows it: quoted, at most 40 characters. */
export const show = (value: string): string => JSON.stringify(value.length > 40 ? `${value.slice(0, 39)}…` : value);

const kindOf = (value: unknown): string =>
  typeof value === 'number' ? 'a number' : typeof value === 'boolean' ? 'a truth value' : 'text';
