import { type Analytics, literal } from '../stores/analytics.ts';
import { bringHome } from '../stores/shuffle.ts';
import { ROW_FAULTS } from './fault.ts';
import type { Header } from './row.ts';
import type { RowPlace } from './survey.ts';

/** One row refused on import. `value` and `text` may hold personal data. */
export type Quarantined = {
  readonly file: string;
  readonly line: number;
  readonly field: string;
  readonly reason: string;
  readonly value: string;
  readonly text: string;
};

const faultList = Object.entries(ROW_FAULTS);
const numbers = `[${faultList.map(([number]) => number).join(', ')}]`;
const lookUp = (part: 'field' | 'reason'): string =>
  `transform(fault, ${numbers}, [${faultList.map(([, fault]) => literal(fault[part])).join(', ')}], '')`;

/** Engine expression: the value of the faulty column, cut out of the line again. */
function faultyValue(header: Header): string {
  const cases = Object.entries(header.at).map(
    ([name, index]) => `field = ${literal(name)}, splitByChar(',', text)[${index}]`,
  );
  return `multiIf(${cases.join(', ')}, '')`;
}

/** Puts the faulty rows of one staged file aside, under the run's number. */
export function keepFaulty(
  analytics: Analytics,
  rows: string,
  of: { readonly run: number; readonly file: number; readonly name: string; readonly header: Header },
): Promise<void> {
  const faulty = `SELECT line, fault, text FROM ${rows} WHERE fault != 0 AND file = ${of.file}`;
  const select = `SELECT ${of.run} AS run, ${literal(of.name)} AS file, line, ${lookUp('field')} AS field,
    ${lookUp('reason')} AS reason, ${faultyValue(of.header)} AS value, text FROM (${faulty})`;
  return bringHome(analytics, select, 'quarantine');
}

/** How many rows a run put aside, by reason. */
export async function countByReason(analytics: Analytics, rows: string): Promise<Readonly<Record<string, number>>> {
  const sql = `SELECT ${lookUp('field')} AS field, ${lookUp('reason')} AS reason, count() AS count FROM ${rows} WHERE fault != 0 GROUP BY fault`;
  const counts: Record<string, number> = {};
  for (const row of await analytics.gather<{ field: string; reason: string; count: string }>(sql)) {
    const key = row.field === '' ? row.reason : `${row.field}: ${row.reason}`;
    counts[key] = (counts[key] ?? 0) + Number(row.count);
  }
  return counts;
}

/** The first faulty rows with column and reason, without personal data. */
export async function firstFaulty(
  analytics: Analytics,
  rows: string,
  count: number,
): Promise<readonly (RowPlace & { readonly words: string })[]> {
  const sql = `SELECT file, line, ${lookUp('field')} AS field, ${lookUp('reason')} AS reason FROM ${rows} WHERE fault != 0 ORDER BY file, line LIMIT ${count}`;
  const found = await analytics.gather<{ file: number; line: string; field: string; reason: string }>(sql);
  return found
    .map(({ file, line, field, reason }) => ({
      file,
      line: Number(line),
      words: field === '' ? `: ${reason}` : `, ${field}: ${reason}`,
    }))
    .sort((a, b) => a.file - b.file || a.line - b.line)
    .slice(0, count);
}

/** The rows a run put aside, in the files' order. */
export async function* quarantined(analytics: Analytics, run: number, limit: number): AsyncGenerator<Quarantined> {
  const sql = `SELECT file, line, field, reason, value, text FROM quarantine WHERE run = ${run} ORDER BY file, line LIMIT ${limit}`;
  for (const row of await analytics.home.query<Quarantined>(sql)) yield { ...row, line: Number(row.line) };
}
