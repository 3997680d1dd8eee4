import { Refused } from '../faults/fault.ts';

const COLUMNS = ['mcc', 'mnc', 'iso', 'country', 'country_code', 'network'] as const;

const quoted = (value: unknown): string =>
  `"${(typeof value === 'string' || typeof value === 'number' ? String(value) : '').replaceAll('"', '""').replace(/\s+/g, ' ')}"`;

/**
 * A table of networks that is a JSON array of objects, as lines of CSV with a header, one line an entry. Codes that are
 * written as numbers have lost their leading zeros and are refused row by row later.
 */
export function linesOfJson(
  text: string,
  file: string,
): { readonly header: string; readonly lines: readonly string[] } {
  let entries: unknown;
  try {
    entries = JSON.parse(text);
  } catch (error) {
    throw unreadable(file, error instanceof SyntaxError ? error.message.slice(0, 200) : 'it is no JSON');
  }
  if (!Array.isArray(entries)) throw unreadable(file, 'it is no array of objects');
  const lines = entries.map((entry: unknown) => {
    const fields = new Map<string, unknown>(typeof entry === 'object' && entry !== null ? Object.entries(entry) : []);
    const get = (name: string): unknown =>
      fields.get(name) ?? (name === 'country_code' ? fields.get('calling_code') : '');
    return COLUMNS.map((name) => quoted(get(name))).join(',');
  });
  return { header: COLUMNS.join(','), lines };
}

const unreadable = (file: string, why: string): Refused =>
  new Refused([
    {
      code: 'LIST_HEADER',
      file,
      message: `the file begins as a JSON array, but cannot be read as one: ${why}`,
      remedy: `Send an array of objects with the keys ${COLUMNS.join(', ')}, or a CSV file.`,
    },
  ]);
