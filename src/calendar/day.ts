import type { Brand } from '../faults/brand.ts';
import { fail, ok, type Result } from '../faults/result.ts';

/** A calendar day in the country's own time zone, `YYYY-MM-DD`; strings compare as days do. Years 2000 to 2148. */
export type Day = Brand<string, 'Day'>;

/** A calendar month, `YYYYMM` as a number: 202609. */
export type Month = Brand<number, 'Month'>;

const MS_A_DAY = 86_400_000;
const FORM = /^(\d{4})-?(\d{2})-?(\d{2})$/;

/** Why a text is no day. */
export type DayFault = { readonly kind: 'form' } | { readonly kind: 'calendar' } | { readonly kind: 'range' };

/** Parses `YYYYMMDD` or `YYYY-MM-DD` of a real calendar day from 2000 to 2148 (the engine's Date ends there). */
export function parseDay(text: string): Result<Day, DayFault> {
  const match = FORM.exec(text);
  if (match === null) return fail({ kind: 'form' });
  const [, year = '', month = '', day = ''] = match;
  const iso = `${year}-${month}-${day}`;
  const time = Date.parse(`${iso}T00:00:00Z`);
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== iso) return fail({ kind: 'calendar' });
  if (year < '2000' || year > '2148') return fail({ kind: 'range' });
  return ok(iso as Day);
}

/** The same day as `YYYYMMDD`. */
export const compact = (day: Day): string => day.replaceAll('-', '');

/** Days since 1970-01-01, the engine's own count. */
export const dayNumber = (day: Day): number => Date.parse(`${day}T00:00:00Z`) / MS_A_DAY;

/** The day with that count since 1970-01-01. */
export const dayFromNumber = (count: number): Day => new Date(count * MS_A_DAY).toISOString().slice(0, 10) as Day;

/** `days` later (earlier when negative). */
export const addDays = (day: Day, days: number): Day => dayFromNumber(dayNumber(day) + days);

/** Whole days from `from` to `to`; negative when `to` is earlier. */
export const daysBetween = (from: Day, to: Day): number => dayNumber(to) - dayNumber(from);

/** Calendar subtraction: the same day of the month `months` later, or the month's last day where it has no such day. */
export function addMonths(day: Day, months: number): Day {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 1 + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  first.setUTCDate(Math.min(date, last));
  return first.toISOString().slice(0, 10) as Day;
}

/** The month a day lies in. */
export const monthOf = (day: Day): Month => Number(day.slice(0, 4) + day.slice(5, 7)) as Month;

/** The first day of a month. */
export const firstOfMonth = (month: Month): Day =>
  `${String(month).slice(0, 4)}-${String(month).slice(4, 6)}-01` as Day;

/** The day it is now in a time zone of the IANA database. */
export const today = (timeZone: string, now: Date = new Date()): Day =>
  new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(now) as Day;
