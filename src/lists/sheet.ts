import type { ListOptions } from '../country/country.ts';
import type { Analytics, Shard } from '../stores/analytics.ts';
import { imsiText, isImei } from '../stores/schema.ts';
import type { Key } from './log.ts';
import type { ControlList } from './offices/office.ts';
import { type UnionOptions, united } from './offices/union.ts';

/** One CSV of a list, as data: what its rows are and how they are written. */
export type Sheet = {
  readonly name: string;
  readonly key: Key;
  /** The whole list, what changed since the base, or of that only what changed for one reason. */
  readonly rows: 'state' | 'delta' | { readonly reason: string };
  /** Header names and engine expressions of text over the columns of `state` of log.ts and `imei_text`. */
  readonly columns: Readonly<Record<string, string>>;
  /** What ends a line before its LF: '' or CR. */
  readonly ending: '' | '\r';
};

/** Which runs a sheet speaks of, and how identifiers are written. */
export type Scope = {
  readonly run: number;
  /** 0: the empty list. */
  readonly base: number;
  readonly options: Pick<ListOptions, 'checkDigit' | 'malformed'> & UnionOptions;
  /** The lists of which offices ever changed anything, up to the run. */
  readonly offices: readonly ControlList[];
};

/** Engine expression: a text as a CSV field, quoted only where it must be (RFC 4180 §2). */
export const field = (text: string): string =>
  `if(match(${text}, '[",\\r\\n]'), concat('"', replaceAll(${text}, '"', '""'), '"'), ${text})`;

/** Engine expression: the Luhn check digit of a 14-digit IMEI key: every second digit from the right is doubled. */
export function checkDigit(imei = 'imei'): string {
  const digit = (at: number): string => `intDiv(${imei}, toUInt64(${10 ** at})) % 10`;
  const sum = Array.from({ length: 14 }, (_, at) =>
    at % 2 === 0 ? `2 * (${digit(at)}) - 9 * (${digit(at)} > 4)` : `(${digit(at)})`,
  );
  return `toString((10 - (${sum.join(' + ')}) % 10) % 10)`;
}

/** The columns that sheets are made of. */
export const IMEI = { imei: 'imei_text' } as const;
export const SUBSCRIBER = { imsi: imsiText('imsi'), msisdn: 'toString(msisdn)' } as const;
export const REASONS = { reasons: field('toString(reasons)') } as const;

/** The first line, with its end. */
export const headerOf = (sheet: Sheet): string => `${Object.keys(sheet.columns).join(',')}${sheet.ending}\n`;

function source({ key, rows }: Sheet, { run, base, options, offices }: Scope, where: string): string {
  const queries = united(offices, options);
  if (rows === 'state') return queries.state({ ...key, where }, run);
  const all = queries.delta({ ...key, where }, base, run);
  return rows === 'delta' ? all : `(SELECT * FROM ${all} WHERE reason = '${rows.reason}')`;
}

// Each IMEI is on one shard, so that rows of several shards are merged by this alone.
const SORT_KEY = "leftPad(toString(imei), 20, '0')";
const SORT_WIDTH = 20;

/** Rows of IMEIs, or of the other identifiers, whose texts stand apart. */
function linesOf(sheet: Sheet, scope: Scope, { malformed, keyed }: { malformed: boolean; keyed: boolean }): string {
  const digits = `leftPad(toString(imei), 14, '0')`;
  const text = scope.options.checkDigit ? `concat(${digits}, ${checkDigit()})` : digits;
  const from = source(sheet, scope, malformed ? `NOT (${isImei()})` : isImei());
  const named = malformed
    ? `SELECT *, ${field('m.found')} AS imei_text FROM ${from} AS r LEFT JOIN (
        SELECT imei, min(upper(text)) AS found FROM malformed GROUP BY imei) AS m USING (imei)`
    : `SELECT *, ${text} AS imei_text FROM ${from}`;
  const parts = Object.values(sheet.columns).flatMap((column, at) => (at === 0 ? [column] : ["','", column]));
  const all = [...(keyed ? [SORT_KEY] : []), ...parts, ...(sheet.ending === '\r' ? ["'\\r'"] : [])];
  // concat wants two arguments
  return `SELECT concat(${all.join(', ')}, '') AS line FROM (${named}) ORDER BY imei, imsi, msisdn`;
}

/** The lines of a sheet below its header, sorted by identifier, IMSI and MSISDN, in pieces that end with a line. */
export async function* linesIn(analytics: Analytics, sheet: Sheet, scope: Scope): AsyncGenerator<Buffer> {
  const { shards } = analytics;
  const keyed = shards.length > 1;
  for (const malformed of scope.options.malformed ? [false, true] : [false]) {
    // What is no IMEI is held by no office.
    const sql = linesOf(sheet, malformed ? { ...scope, offices: [] } : scope, { malformed, keyed });
    const streams = shards.map((shard: Shard) => shard.stream(sql, 'TSVRaw'));
    const [only] = streams;
    if (only !== undefined && !keyed) yield* only;
    else yield* merged(streams);
  }
}

const GATHER = 1 << 18;

/** The lines of sorted streams as one sorted stream, without the key at their beginning. */
async function* merged(streams: readonly AsyncIterable<Buffer>[]): AsyncGenerator<Buffer> {
  const readers = streams.map(lines);
  let heads = await Promise.all(readers.map(async (reader) => ({ reader, line: (await reader.next()).value })));
  let gathered: Buffer[] = [];
  let size = 0;
  try {
    for (;;) {
      heads = heads.filter(({ line }) => line !== undefined);
      const first = heads.reduce<(typeof heads)[number] | undefined>(
        (least, one) =>
          least?.line === undefined || (one.line !== undefined && before(one.line, least.line)) ? one : least,
        undefined,
      );
      if (first?.line === undefined) break;
      gathered.push(first.line.subarray(SORT_WIDTH));
      size += first.line.length;
      if (size >= GATHER) {
        yield Buffer.concat(gathered);
        gathered = [];
        size = 0;
      }
      first.line = (await first.reader.next()).value;
    }
    yield Buffer.concat(gathered);
  } finally {
    for (const reader of readers) await reader.return(undefined);
  }
}

const before = (a: Buffer, b: Buffer): boolean => a.compare(b, 0, SORT_WIDTH, 0, SORT_WIDTH) < 0;

/** Lines with their LF. */
async function* lines(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer, undefined> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    const block = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = block.indexOf(10); end !== -1; end = block.indexOf(10, start)) {
      yield block.subarray(start, end + 1);
      start = end + 1;
    }
    rest = block.subarray(start);
  }
  if (rest.length > 0) throw new Error('the engine ended a stream within a line');
  return undefined;
}
