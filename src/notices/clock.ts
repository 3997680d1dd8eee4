import { addDays, type Day, dayNumber, today } from '../calendar/day.ts';
import type { QuietHours } from '../country/notices.ts';

const MINUTE = 60_000;

const clocks = new Map<string, Intl.DateTimeFormat>();

/** `2026-11-30 21:05` in a time zone; formatters are dear to make, and kept. */
function localOf(now: Date, timeZone: string): string {
  const known = clocks.get(timeZone);
  const clock =
    known ??
    new Intl.DateTimeFormat('en-CA', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  if (known === undefined) clocks.set(timeZone, clock);
  return clock.format(now).replace(', ', ' ');
}

/**
 * The first moment of a day in a time zone, to the minute. Where clocks are put forward at midnight a day begins at one.
 */
export function dayBegins(day: Day, timeZone: string): Date {
  // Local time is at most 14 hours ahead of UTC, and 12 behind it.
  const middle = dayNumber(day) * 86_400_000;
  let [before, after] = [middle / MINUTE - 16 * 60, middle / MINUTE + 16 * 60];
  while (after - before > 1) {
    const between = Math.floor((before + after) / 2);
    if (localOf(new Date(between * MINUTE), timeZone).slice(0, 10) < day) before = between;
    else after = between;
  }
  return new Date(after * MINUTE);
}

/** Whether a moment lies in quiet hours, which may go over midnight; equal times mean none. */
export function isQuiet(now: Date, { from, until }: QuietHours, timeZone: string): boolean {
  const time = localOf(now, timeZone).slice(11);
  return from <= until ? time >= from && time < until : time >= from || time < until;
}

/** The day of a moment in a time zone. */
export const dayOf = (now: Date, timeZone: string): Day => today(timeZone, now);

/** The first moment after a day. */
export const dayEnds = (day: Day, timeZone: string): Date => dayBegins(addDays(day, 1), timeZone);

/** A moment as `2026-11-30 21:05` in a time zone. */
export const writeTime = localOf;
