import type { FaultCode } from '../faults/codes.ts';
import type { Fault } from '../faults/fault.ts';
import type { Inner, Misfit, Place } from './compare.ts';
import type { Change, Kind } from './kinds.ts';

/** A row put aside, as the message shows it: never with its value, which may name a person. */
export type BadRow = { readonly file: number; readonly line: string; readonly field: string; readonly reason: string };

/** How many of one file's rows are bad. */
export type FileCount = { readonly file: number; readonly rows: number; readonly bad: number };

const percent = (share: number): string => `${(share * 100).toLocaleString('en', { maximumFractionDigits: 3 })} %`;
const counted = (count: number): string => count.toLocaleString('en');
const place = ([file, line]: Place, files: readonly string[]): string => `${files[Number(file)] ?? ''}:${line}`;

const at = (code: FaultCode, [file, line]: Place, files: readonly string[]): Pick<Fault, 'code' | 'file' | 'line'> => ({
  code,
  ...(files[Number(file)] === undefined ? {} : { file: files[Number(file)] ?? '' }),
  line: Number(line),
});

/** A file with more bad rows than the limit allows, with the first of them. */
export function tooManyBad(
  count: FileCount,
  limit: number,
  shown: { rows: readonly BadRow[]; files: readonly string[] },
): Fault {
  const first = shown.rows.map(
    ({ line, field, reason }) => `line ${line}${field === '' ? '' : `, ${field}`}: ${reason}`,
  );
  const share = percent(count.bad / Math.max(1, count.rows));
  return {
    code: 'LIST_ROWS',
    ...(shown.files[count.file] === undefined ? {} : { file: shown.files[count.file] ?? '' }),
    ...(shown.rows[0] === undefined ? {} : { line: Number(shown.rows[0].line) }),
    message: `${counted(count.bad)} of ${counted(count.rows)} rows (${share}) are bad; the limit is ${percent(limit)}. The first: ${first.join('; ')}`,
    remedy: 'Correct the rows (the quarantine of the run lists them), or raise import.quarantined in the country file.',
  };
}

/** Rows that contradict each other. */
export function conflicting(kind: Kind, inner: Pick<Inner, 'conflicts' | 'examples'>, files: readonly string[]): Fault {
  const pairs = inner.examples.map(([one, other]) => `${place(one, files)} and ${place(other, files)}`);
  const [first] = inner.examples;
  return {
    ...at('LIST_CONFLICT', first?.[0] ?? [0, 0], files),
    message: `${counted(inner.conflicts)} ${inner.conflicts === 1 ? 'entry stands' : 'entries stand'} in the input with different content for one ${kind.noun}. The first: ${pairs.join('; ')}`,
    remedy: 'Leave the one row that is true; equal rows do no harm.',
  };
}

/** Rows whose days overlap or are none. */
export function overlapping(kind: Kind, found: readonly Place[], files: readonly string[]): Fault {
  return {
    ...at('LIST_CONFLICT', found[0] ?? [0, 0], files),
    message: `the days of rows of one ${kind.noun} overlap, or end before they begin. The first: ${found.map((one) => place(one, files)).join('; ')}`,
    remedy: 'Let valid_to be the first day on which the row no longer holds, and the next row begin then or later.',
  };
}

const MISFITS: Readonly<Record<Change, readonly [what: string, flag: string]>> = {
  add: ['add what is on the list already', 'adds'],
  remove: ['remove what is not on the list', 'removes'],
  update: ['update what is not on the list', 'updates'],
};

/** Rows of a delta that do not fit the list that stands. */
export function misfitting(change: Change, misfit: Misfit, files: readonly string[]): Fault {
  const [what, flag] = MISFITS[change];
  return {
    ...at('LIST_DELTA', misfit.examples[0] ?? [0, 0], files),
    field: 'change_type',
    message: `${counted(misfit.count)} rows ${what}. The first: ${misfit.examples.map((one) => place(one, files)).join('; ')}`,
    remedy: `Make the delta against the list as it stands, or send the full list; --override ${flag} takes it as it is.`,
  };
}

/** A list that would shrink by more than the limits allow. */
export function shrinking(kind: Kind, sizes: { before: number; after: number; least: number }): Fault {
  const { before, after, least } = sizes;
  return {
    code: 'LIST_SIZE',
    message: `the list would shrink from ${counted(before)} to ${counted(after)} rows; the limit is ${counted(least)}`,
    remedy: `Check that the file is whole. Raise the limits under import.lists.${kind.limits ?? ''} or give --override size.`,
  };
}
