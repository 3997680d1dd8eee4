import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Month } from '../calendar/day.ts';
import type { Cells } from './cells.ts';
import { CARRIERS } from './numbering.ts';
import { Output } from './output.ts';
import { mix } from './random.ts';
import { RAT_CHOICES, RAT_TAILS } from './rats.ts';
import { CERTAIN, WALKS } from './usages.ts';
import { dayOf } from './walk.ts';
import { type World, writeDay } from './world.ts';

/** One file of a network: whose it is, and its good and its broken lines. */
export type FeedFile = {
  readonly operator: string;
  readonly file: string;
  readonly rows: number;
  readonly broken: number;
};

/** What the networks reported in a month. */
export type Feeds = { readonly operator: readonly FeedFile[]; readonly events: readonly FeedFile[] };

/** A month of the data: its days, counted from the first day of the data, the last not included. */
export type Stretch = { readonly month: Month; readonly from: number; readonly until: number };

type Feed = { readonly rows: readonly Output[]; readonly events: readonly Output[]; readonly broken: number[] };

/** What the networks see follows from the seed alone. */
export type Sight = { readonly world: World; readonly seed: number; readonly cells: Cells };

/** Writes a month of all networks, day by day; calls `each` after every day. */
export async function writeMonth(
  out: string,
  { sight, stretch }: { readonly sight: Sight; readonly stretch: Stretch },
  each: (day: number) => void,
): Promise<Feeds> {
  const { world } = sight;
  const days = `${writeDay(world, stretch.from)}_${writeDay(world, stretch.until - 1)}`;
  using rows = new Outputs(path.join(out, 'operator'), { infix: '', days, header: 'date,imei,imsi,msisdn,rat' });
  using events = new Outputs(path.join(out, 'events'), {
    infix: '_events',
    days,
    header: 'date,imei,imsi,msisdn,rat,time,cell,duration',
  });
  const feed: Feed = { rows: rows.files, events: events.files, broken: CARRIERS.map(() => 0) };
  for (let day = stretch.from; day < stretch.until; day += 1) {
    writeDayOf(feed, sight, day);
    each(day);
    // Lets timers and signals through: a day of a large country takes a while.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const files = (outputs: readonly Output[], broken: readonly number[]): readonly FeedFile[] =>
    CARRIERS.map(({ id }, at) => {
      const lines = broken[at] ?? 0;
      return { operator: id, file: outputs[at]?.file ?? '', rows: (outputs[at]?.rows ?? 0) - lines, broken: lines };
    });
  return { operator: files(feed.rows, feed.broken), events: files(feed.events, []) };
}

type Naming = { readonly infix: string; readonly days: string; readonly header: string };

/** One file a network in a folder. */
class Outputs implements Disposable {
  readonly files: readonly Output[];

  constructor(folder: string, { infix, days, header }: Naming) {
    mkdirSync(folder, { recursive: true });
    this.files = CARRIERS.map(({ id }) => new Output(path.join(folder, `${id}${infix}_${days}.csv`), header));
  }

  [Symbol.dispose](): void {
    for (const file of this.files) file[Symbol.dispose]();
  }
}

/** One line in so many is broken, from the 200th on. */
const BREAKS = { every: 20_011, from: 199 };

function writeDayOf(feed: Feed, sight: Sight, day: number): void {
  const { world, seed } = sight;
  const { usages } = world;
  const { count, froms, tos, thresholds, flags, carriers, radios, lengths, texts } = usages;
  const head = Buffer.from(`${writeDay(world, day)},`, 'latin1');
  const stretch = { of: texts, from: 0, to: 0 };
  for (let usage = 0; usage < count; usage += 1) {
    const from = froms[usage] ?? 0;
    const to = tos[usage] ?? 0;
    if (day < from || day > to) continue;
    const flag = flags[usage] ?? 0;
    const certain = (flag & CERTAIN) !== 0;
    const lot = mix(seed, usage, day);
    if (lot >= (thresholds[usage] ?? 0) && !(certain && (day === from || day === to))) continue;
    const carrier = carriers[usage] ?? 0;
    const output = feed.rows[carrier];
    if (output === undefined) continue;
    const dice = mix(lot, usage, day);
    const tail = RAT_TAILS[(radios[usage] ?? 0) * RAT_CHOICES + (dice & (RAT_CHOICES - 1))] ?? LINE_END;
    stretch.from = usages.textAt(usage);
    stretch.to = stretch.from + (lengths[usage] ?? 0);
    if (certain || dice >>> 4 >= GAPS) output.row(head, stretch, tail);
    else writeGap(output, { head, text: textOf(stretch), tail, field: dice >>> 4 });
    if (output.rows % BREAKS.every === BREAKS.from) {
      writeBroken(output, { head, text: textOf(stretch), kind: feed.broken[carrier] ?? 0 });
      feed.broken[carrier] = (feed.broken[carrier] ?? 0) + 1;
    }
    if ((flag & WALKS) !== 0)
      writeEvents(feed, sight, { usage, day, carrier, start: head.toString('latin1') + textOf(stretch), tail });
  }
}

const LINE_END = Buffer.from('\n', 'latin1');
const textOf = ({ of, from, to }: { readonly of: Uint8Array; readonly from: number; readonly to: number }): string =>
  Buffer.from(of.buffer, of.byteOffset + from, to - from).toString('latin1');

/** Of 2^28 rows so many lack a field: 1.5 %, as feeds do. */
const GAPS = Math.round(0.015 * 2 ** 28);

type Row = { readonly head: Buffer; readonly text: string };

/** A row without its IMEI, IMSI, MSISDN or RAT; numbers are missing most often. */
function writeGap(
  output: Output,
  { head, text, tail, field }: Row & { readonly tail: Uint8Array; readonly field: number },
): void {
  const [imei, imsi, msisdn] = text.split(',');
  const rats = Buffer.from(tail).toString('latin1').trimEnd();
  const date = head.toString('latin1');
  const part = field / GAPS;
  if (part < 0.3) output.line(`${date},${imsi},${msisdn},${rats}`);
  else if (part < 0.4) output.line(`${date}${imei},,${msisdn},${rats}`);
  else if (part < 0.8) output.line(`${date}${imei},${imsi},,${rats}`);
  else output.line(`${date}${text}`);
}

/** A line that no reader should take for data, in six ways by turns; the row it was made from is there unharmed. */
function writeBroken(output: Output, { head, text, kind }: Row & { readonly kind: number }): void {
  const date = head.toString('latin1');
  const [imei = '', imsi = '', msisdn = ''] = text.split(',');
  const lines = [
    `${date.slice(0, 4)}0231,${text}006`,
    `${date}${imei}`,
    `${date}"${text}006`,
    `${date}${imei},${imsi.slice(0, 9)}X${imsi.slice(10)},${msisdn},006`,
    `${date}${text}999`,
    `${date}${text}006,,extra`,
  ];
  output.line(lines[kind % lines.length] ?? date);
}

type Seen = {
  readonly usage: number;
  readonly day: number;
  readonly carrier: number;
  readonly start: string;
  readonly tail: Uint8Array;
};

/** The day's events of a device that moves about: those on which it is this line's turn. */
function writeEvents(feed: Feed, { world, seed, cells }: Sight, { usage, day, carrier, start, tail }: Seen): void {
  const walker = world.walkers.get(usage);
  const output = feed.events[carrier];
  if (walker === undefined || output === undefined) return;
  const rats = Buffer.from(tail).toString('latin1').trimEnd().split('|');
  for (const [index, { start: at, seconds, place }] of dayOf(walker, seed, day).entries()) {
    if (index % walker.turns !== walker.turn) continue;
    const rat = rats[index % rats.length] ?? '';
    output.line(`${start}${rat},${clock(at)},${cells.at(place, day)},${seconds}`);
  }
}

/** Seconds since midnight as `HH:MM:SS`. */
const clock = (seconds: number): string =>
  [seconds / 3600, (seconds / 60) % 60, seconds % 60]
    .map((part) => String(Math.floor(part)).padStart(2, '0'))
    .join(':');
