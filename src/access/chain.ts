import { createHash } from 'node:crypto';
import type { Fault } from '../faults/fault.ts';
import type { Ask } from '../stores/registry.ts';

/** A row of the log of readings, its time as the hash has it: `2026-10-31T09:00:00.000Z`. */
export type LogRow = {
  readonly number: string;
  readonly at: string;
  readonly actor: string;
  readonly roles: readonly string[];
  readonly organisation: string | null;
  readonly action: string;
  readonly purpose: string;
  readonly case_ref: string | null;
  readonly subject: string;
  readonly fields: readonly string[];
  readonly previous: Buffer;
  readonly hash: Buffer;
};

/** The number of a row and its hash in hexadecimal: who knows them knows all rows up to it. */
export type Head = { readonly number: number; readonly hash: string };

/** The head of an empty log. */
const START: Head = { number: 0, hash: '00'.repeat(32) };

/** The columns of a row as {@link LogRow} has them. */
export const LOG_COLUMNS = `number::text AS number, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at,
  actor, roles, organisation, action, purpose, case_ref, subject, fields, previous, hash`;

const net = (text: string | null): string => (text === null ? '-,' : `${Buffer.byteLength(text)}:${text},`);
const netList = (texts: readonly string[]): string => net(texts.map(net).join(''));

/** The hash that a row must have: SHA-256 of the one before and of every column as a netstring, `-,` for none. */
export function hashOf(row: LogRow): string {
  const { number, at, actor, roles, organisation, action, purpose, case_ref, subject, fields } = row;
  const who = net(actor) + netList(roles) + net(organisation);
  const what = net(action) + net(purpose) + net(case_ref) + net(subject) + netList(fields);
  return createHash('sha256')
    .update(row.previous)
    .update(net(number) + net(at) + who + what, 'utf8')
    .digest('hex');
}

/** Where the log ends. */
export async function headOf(query: Ask): Promise<Head> {
  const [head] = await query<{ number: string; hash: string }>(
    `SELECT number::text AS number, encode(hash, 'hex') AS hash FROM access_head`,
  );
  if (head === undefined) throw new Error('the log of readings has lost its head');
  return { number: Number(head.number), hash: head.hash };
}

/** How a log is walked. */
export type Walking = {
  /** Hashes that were signed: a row of such a number must have it. */
  readonly signed: readonly Head[];
  /** Told after each batch: rows done, rows in all. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
  /** Rows a batch. */
  readonly batch?: number | undefined;
};

/** The end of a log that fits; or the first row that does not, and why. */
export type Walked = { readonly head: Head; readonly fault?: Fault & { readonly number: number } };

/**
 * Walks the log from its first row to its head and holds every row against the one before it, against its own hash and
 * against what was signed. Rows that are appended meanwhile are left to the next walk.
 */
export async function walkLog(query: Ask, { signed, onProgress, batch = 5000 }: Walking): Promise<Walked> {
  const head = await headOf(query);
  const known = hashesOf(signed);
  let last = START;
  while (last.number < head.number) {
    const text = `SELECT ${LOG_COLUMNS} FROM access_log
      WHERE access_log.number > $1 AND access_log.number <= $2 ORDER BY access_log.number LIMIT $3`;
    const rows = await query<LogRow>(text, [last.number, head.number, batch]);
    for (const row of rows) {
      const why = misfit(row, last, known.get(last.number + 1));
      if (why !== undefined) return { head, fault: broken(last.number + 1, why) };
      last = { number: last.number + 1, hash: row.hash.toString('hex') };
    }
    if (rows.length === 0) return { head, fault: broken(last.number + 1, 'is missing, and all that follow') };
    onProgress?.(last.number, head.number);
  }
  const why = await misfitAtEnd(query, { head, last, signed: Math.max(0, ...known.keys()) });
  return why === undefined ? { head } : { head, fault: why };
}

/** All hashes that were signed of each number: two of one number are a fault wherever they come from. */
function hashesOf(signed: readonly Head[]): ReadonlyMap<number, readonly string[]> {
  const known = new Map<number, string[]>();
  for (const { number, hash } of signed) known.set(number, [...(known.get(number) ?? []), hash]);
  return known;
}

function misfit(row: LogRow, last: Head, signed: readonly string[] = []): string | undefined {
  if (Number(row.number) !== last.number + 1) return `is missing: row ${row.number} comes after row ${last.number}`;
  if (row.previous.toString('hex') !== last.hash) return 'does not follow the row before it';
  const hash = row.hash.toString('hex');
  if (hashOf(row) !== hash) return 'was altered: its content does not have its hash';
  if (signed.some((one) => one !== hash)) return 'is not the one that was signed: it, or rows before it, were altered';
  return undefined;
}

type End = { readonly head: Head; readonly last: Head; readonly signed: number };

async function misfitAtEnd(query: Ask, { head, last, signed }: End): Promise<Walked['fault']> {
  if (last.hash !== head.hash) return broken(head.number, 'is not the row at which the log ended');
  if (signed > head.number) return broken(head.number + 1, `is missing, and all up to row ${signed}, which was signed`);
  const [after] = await query<{ number: string | null }>(
    'SELECT min(number)::text AS number FROM access_log WHERE number > (SELECT number FROM access_head)',
  );
  const beyond = after?.number ?? null;
  return beyond === null ? undefined : broken(Number(beyond), 'comes after the end of the log');
}

/** The fault of one row of the log. */
export const broken = (number: number, why: string): Fault & { readonly number: number } => ({
  code: 'ACCESS_LOG_BROKEN',
  number,
  message: `Row ${number} of the log of readings ${why}.`,
  remedy: 'Keep the database as it is, and find out who could write to it since the last checkpoint that fits.',
});
