import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import { type Day, parseDay } from '../calendar/day.ts';
import { type Country, parseCountry } from '../country/country.ts';
import { DIMENSIONS } from '../detection/catalogue.ts';
import { Misused, Refused } from '../faults/fault.ts';
import { errorCode } from '../files/errno.ts';
import { type Progress, progressBar, silent } from '../files/progress.ts';
import { openStore, type Places, type Store } from '../stores/store.ts';
import type { Call } from './command.ts';

/** The country file named by the call. @throws Refused with all its faults. */
export async function countryOf(call: Call): Promise<Country> {
  const file = call.text('country') ?? process.env['CEIR_COUNTRY'] ?? 'country.yaml';
  return readCountry(file);
}

/** A country file, read and checked; `-` is standard input. @throws Refused with all its faults. */
export async function readCountry(file: string): Promise<Country> {
  let text: string;
  try {
    text = file === '-' ? await textOf(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const remedy = 'Name it with --country FILE, or make one: ceir country example > country.yaml';
    throw new Refused([
      { code: 'FILE_MISSING', file, message: `The country file cannot be read (${reason}).`, remedy },
    ]);
  }
  const country = parseCountry(text, file, DIMENSIONS);
  if (!country.ok) throw new Refused(country.fault);
  return country.value;
}

/** Opens the stores the call names, does the work, and closes them whatever comes of it. */
export async function withStore<T>(call: Call, act: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(placesOf(call));
  try {
    return await act(store);
  } finally {
    await store.close();
  }
}

/** Where the stores are that a call names. */
export const placesOf = (call: Call): Places => ({
  folder: call.text('data') ?? process.env['CEIR_DATA'] ?? 'ceir-data',
  analytics: serversOf(call, 'analytics', ['http:', 'https:']),
  registry: serversOf(call, 'registry', ['postgres:', 'postgresql:']),
  waiting: () => tellWaiting(call),
});

/** The URLs of an option or of its variable, checked for their form. @throws Misused, without the URL: it may hold a password. */
function serversOf(call: Call, name: 'analytics' | 'registry', protocols: readonly string[]): string | undefined {
  const urls = call.text(name) ?? process.env[`CEIR_${name.toUpperCase()}`];
  const right = (url: string): boolean => URL.canParse(url) && protocols.includes(new URL(url).protocol);
  if (urls === undefined || (name === 'analytics' ? urls.split(',') : [urls]).every(right)) return urls;
  throw new Misused(`--${name} must be a URL that begins with ${protocols.map((one) => `${one}//`).join(' or ')}`);
}

function tellWaiting(call: Call): void {
  const waiting = 'Another ceir works on this data folder; waiting until it is done …';
  process.stderr.write(call.flag('json') ? `${JSON.stringify({ waiting })}\n` : `${waiting}\n`);
}

/** A bar where a person looks, nothing where a script reads. */
export const progressOf = (call: Call): Progress => (call.flag('json') ? silent : progressBar());

/** The day an option names. @throws Misused when it is none. */
export function dayOf(call: Call, name = 'date'): Day | undefined {
  const text = call.text(name);
  if (text === undefined) return undefined;
  const day = parseDay(text);
  if (!day.ok) throw new Misused(`--${name} must be a day, YYYY-MM-DD or YYYYMMDD, not «${text}»`);
  return day.value;
}

/** A whole number that an option gives. @throws Misused when it is none or not positive. */
export function countOf(call: Call, name: string): number | undefined {
  const text = call.text(name);
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,11}$/.test(text)) throw new Misused(`--${name} must be a whole number above 0, not «${text}»`);
  return Number(text);
}

/** The content of a file that an option names; undefined where it names none. @throws Refused when it cannot be read. */
export async function fileOf(call: Call, name: string): Promise<Buffer | undefined> {
  const file = call.text(name);
  if (file === undefined) return undefined;
  try {
    return await readFile(file);
  } catch (error) {
    const message = `The file of --${name} cannot be read (${errorCode(error) ?? 'unknown'}).`;
    throw new Refused([{ code: 'FILE_MISSING', file, message, remedy: 'Name a file that can be read.' }]);
  }
}

/** Writes an answer: the value for scripts, the text for people. */
export function answer(call: Call, value: unknown, text: () => string): void {
  process.stdout.write(call.flag('json') ? `${JSON.stringify(value)}\n` : `${text()}\n`);
}
