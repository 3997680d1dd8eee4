import type { Fault } from '../faults/fault.ts';
import { Refused } from '../faults/fault.ts';
import { fail, ok, type Result } from '../faults/result.ts';
import type { Column, Kind } from './kinds.ts';

/** Where a column's text comes from: the field of that number from 1, a text for all rows, or nowhere. */
export type Source = { readonly field: number } | { readonly text: string };

/** How the rows of one file are read. */
export type Layout = {
  readonly kind: Kind;
  readonly delimiter: ',' | '|';
  /** Fields in every row. */
  readonly width: number;
  readonly columns: readonly { readonly column: Column; readonly source: Source }[];
  /** The field with the change, in a delta. */
  readonly change?: number;
  /** Header names that no column goes by, sorted, with their fields. */
  readonly others: readonly { readonly name: string; readonly field: number }[];
};

/** What the caller knows of a file whose header is read. */
export type Reading = {
  readonly kind: Kind;
  readonly file: string;
  readonly delta: boolean;
  /** Texts for columns that the file lacks, by header name. */
  readonly defaults: Readonly<Record<string, string>>;
};

/** Splits a line at commas, where fields in double quotes may hold commas and doubled quotes. */
function splitCommas(line: string): string[] {
  const pieces = [...`,${line}`.matchAll(/,("(?:[^"]|"")*"|[^,]*)/g)].map((match) => match[1] ?? '');
  return pieces.map((piece) => (piece.startsWith('"') ? piece.slice(1, -1).replaceAll('""', '"') : piece));
}

/** Header names in lower case, blanks as `_`, the second of a name with `#2` behind it, and so on. */
export function headerNames(line: string, delimiter: ',' | '|'): readonly string[] {
  const pieces = delimiter === '|' ? line.replaceAll('"', '').split('|') : splitCommas(line);
  const seen = new Map<string, number>();
  return pieces.map((piece) => {
    const name = piece.trim().toLowerCase().replace(/\s+/g, '_');
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}#${count}`;
  });
}

const named = (column: Column): string => column.headers[0] ?? column.name;

/** Does a line have what a header of this kind needs? Tells a header from a line of licence above it. */
export const isHeader = (kind: Kind, line: string): boolean => {
  const names = headerNames(line, delimiterOf(kind, line));
  return kind.columns.every(
    ({ headers, optional }) => optional === true || headers.some((name) => names.includes(name)),
  );
};

const delimiterOf = (kind: Kind, line: string): ',' | '|' => (kind.pipes === true && line.includes('|') ? '|' : ',');

const headerFault = (reading: Reading, message: string, remedy: string): Fault => ({
  code: 'LIST_HEADER',
  file: reading.file,
  line: 1,
  message,
  remedy,
});

/** The layout that a header line asks for, or all that is wrong with it. */
export function readHeader(line: string, reading: Reading): Result<Layout, readonly Fault[]> {
  const { kind } = reading;
  const delimiter = delimiterOf(kind, line);
  const names = headerNames(line, delimiter);
  const faults = [...columnFaults(names, reading), ...deltaFaults(names, reading)];
  if (faults.length > 0) return fail(faults);
  const taken = new Set(kind.columns.flatMap(({ headers }) => headers.find((name) => names.includes(name)) ?? []));
  const change = names.indexOf('change_type') + 1;
  const columns = kind.columns.map((column) => ({ column, source: sourceOf(column, names, reading) }));
  const others = names
    .map((name, at) => ({ name, field: at + 1 }))
    .filter(({ name, field }) => !taken.has(name) && field !== change)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const layout = { kind, delimiter, width: names.length, columns, others };
  return ok(change === 0 ? layout : { ...layout, change });
}

function sourceOf(column: Column, names: readonly string[], { defaults }: Reading): Source {
  const header = column.headers.find((name) => names.includes(name));
  if (header !== undefined) return { field: names.indexOf(header) + 1 };
  return { text: column.headers.map((name) => defaults[name]).find((text) => text !== undefined) ?? '' };
}

function columnFaults(names: readonly string[], reading: Reading): Fault[] {
  const { kind, defaults } = reading;
  const missing = kind.columns.filter(
    ({ headers, optional }) =>
      optional !== true && !headers.some((name) => names.includes(name) || defaults[name] !== undefined),
  );
  const known = kind.columns.flatMap(({ headers }) => headers);
  const twice = names.filter((name) => {
    const [base = '', count] = name.split('#');
    return count !== undefined && kind.other === undefined && known.includes(base) && !known.includes(name);
  });
  const all = kind.columns.map(named).join(',');
  return [
    ...missing.map((column) =>
      headerFault(
        reading,
        `the header has no column ${named(column)}`,
        `Name the columns in the first line, separated by commas, in any order: ${all}`,
      ),
    ),
    ...twice.map((name) =>
      headerFault(reading, `the header has the column ${name.split('#')[0]} twice`, 'Leave one of them out.'),
    ),
  ];
}

function deltaFaults(names: readonly string[], reading: Reading): Fault[] {
  const { kind, delta } = reading;
  const has = names.includes('change_type');
  if (delta && kind.changes.length === 0) {
    return [
      headerFault(reading, 'this kind of list is taken as a full file only', 'Send the full list, without --delta.'),
    ];
  }
  if (delta && !has && kind.appends !== true) {
    return [
      headerFault(
        reading,
        'a delta needs the column change_type',
        `Write one of ${kind.changes.join(', ')} in every row.`,
      ),
    ];
  }
  if (!delta && has) {
    const message =
      'the file has a column change_type, as deltas have; taken as a full list it would end all other rows';
    return [headerFault(reading, message, 'Import it with --delta, or leave the column out.')];
  }
  return [];
}

/** As {@link readHeader}. @throws Refused when the header is at fault. */
export function layoutOf(line: string, reading: Reading): Layout {
  const result = readHeader(line, reading);
  if (!result.ok) throw new Refused(result.fault);
  return result.value;
}
