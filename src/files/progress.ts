import path from 'node:path';

/** How far a work has come. */
export type Advance = {
  /** Units done of `total`: bytes of the file, mostly. */
  readonly done: number;
  readonly total: number;
  /** Rows worked on so far, or what else `unit` names. */
  readonly rows: number;
  /** What is counted, in the plural; rows unless told. */
  readonly unit?: string;
};

/** Shows how far a work has come. */
export type Progress = {
  /**
   * Tells the state of the work named by the label; as often as convenient, since little of it is drawn. Of a path only
   * the last part is.
   */
  readonly update: (label: string, advance: Advance) => void;
  /** Ends the display and leaves the line free. */
  readonly end: () => void;
};

/** Shows nothing: for `--json` and for tests. */
export const silent: Progress = { update: () => undefined, end: () => undefined };

/** Where a bar is drawn; `process.stderr` is one. */
export type Screen = {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly write: (text: string) => unknown;
};

const REDRAW_MS = 100;
const LINE_MS = 10_000;
const BAR = 24;

/**
 * A bar that redraws itself on a terminal, and a line every ten seconds elsewhere.
 * The clock gives milliseconds; rate and remaining time are those since the label's first update.
 */
export function progressBar(screen: Screen = process.stderr, clock: () => number = () => performance.now()): Progress {
  const interval = screen.isTTY === true ? REDRAW_MS : LINE_MS;
  let work = { label: '', since: 0, rows: 0, done: 0 };
  // Elsewhere than on a terminal, a work shorter than the interval leaves no line.
  let drawn = screen.isTTY === true ? Number.NEGATIVE_INFINITY : clock();
  let dirty = false;
  return {
    update(label, advance) {
      const now = clock();
      if (label !== work.label) work = { label, since: now, rows: advance.rows, done: advance.done };
      if (now - drawn < interval) return;
      drawn = now;
      const text = describe(label, advance, { ...work, elapsed: (now - work.since) / 1000 });
      if (screen.isTTY === true) screen.write(`\r\u001b[2K${text.slice(0, (screen.columns ?? 80) - 1)}`);
      else screen.write(`${text}\n`);
      dirty = screen.isTTY === true;
    },
    end() {
      if (dirty) screen.write('\r\u001b[2K');
      dirty = false;
    },
  };
}

type Beginning = { readonly rows: number; readonly done: number; readonly elapsed: number };

function describe(label: string, { done, total, rows, unit = 'rows' }: Advance, from: Beginning): string {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  const full = Math.round(share * BAR);
  const rate = from.elapsed > 0 ? (rows - from.rows) / from.elapsed : 0;
  const speed = from.elapsed > 0 ? (done - from.done) / from.elapsed : 0;
  const left = speed > 0 ? `, ${duration((total - done) / speed)} left` : '';
  const bar = `${'█'.repeat(full)}${'░'.repeat(BAR - full)}`;
  const percent = `${Math.floor(share * 100)} %`.padStart(5);
  return `${path.basename(label)} ${bar} ${percent}, ${grouped(rows)} ${unit}, ${grouped(Math.round(rate))} ${unit}/s${left}`;
}

const grouped = (count: number): string => count.toLocaleString('en');

function duration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
