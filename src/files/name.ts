import path from 'node:path';
import { type Day, type DayFault, parseDay } from '../calendar/day.ts';
import type { Fault } from '../faults/fault.ts';
import { fail, ok, type Result } from '../faults/result.ts';

/** The days that a file of operator data covers, both inclusive. */
export type DayRange = { readonly start: Day; readonly end: Day };

const FORM = /^.*_(\d{8})_(\d{8})\.(?:csv(?:\.(?:gz|zst|zip))?|zip)$/is;
const REASONS: Readonly<Record<DayFault['kind'], string>> = {
  form: 'is no day',
  calendar: 'is no day of the calendar',
  range: 'is outside the years 2000 to 2148',
};

/**
 * Reads the range of days from a file's name, `<anything>_<YYYYMMDD>_<YYYYMMDD>.csv` (as DIRBS names operator data),
 * or the same with `.csv.gz`, `.csv.zst`, `.csv.zip` or `.zip`. The start must not be after the end, and neither
 * after `today`, the country's own day, where that is given. Folders before the name, or an archive's before `!`, don't count.
 */
export function parseRange(name: string, today?: Day): Result<DayRange, Fault> {
  const base = path.basename(name.slice(name.lastIndexOf('!') + 1));
  const refuse = (message: string, remedy: string) =>
    fail<Fault>({ code: 'FILE_NAME', file: name, message, remedy: `${remedy} <name>_<YYYYMMDD>_<YYYYMMDD>.csv` });
  const match = FORM.exec(base);
  if (match === null) return refuse(`The name ${base} does not end in a first and a last day.`, 'Name the file');
  const [, from = '', to = ''] = match;
  const [start, end] = [parseDay(from), parseDay(to)];
  if (!start.ok)
    return refuse(`${from} in the file’s name ${REASONS[start.fault.kind]}.`, 'Name the file by real days:');
  if (!end.ok) return refuse(`${to} in the file’s name ${REASONS[end.fault.kind]}.`, 'Name the file by real days:');
  if (start.value > end.value) {
    return refuse(`The first day in the name, ${from}, is after the last, ${to}.`, 'Put the earlier day first:');
  }
  if (today !== undefined && end.value > today) {
    const which = start.value > today ? `first day in the name, ${from},` : `last day in the name, ${to},`;
    return refuse(`The ${which} is after today, ${today}.`, 'Send a file only when its last day is over, named');
  }
  return ok({ start: start.value, end: end.value });
}
