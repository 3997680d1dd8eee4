import type { FaultCode } from '../../../faults/codes.ts';

/** A code that is told of a row. */
export type RowCode = Extract<FaultCode, `ROW_${string}`>;

/** What is wrong with a value of a row, for who sent the file. */
export type RowFault = {
  /** The line of the file, the header being 1. */
  readonly row: number;
  /** The column, as the file names it. */
  readonly field: string;
  readonly value: string;
  readonly code: RowCode;
  readonly reason: string;
  readonly remedy: string;
};

/** The first line of a file of errors. */
export const ERROR_HEAD = 'row,field,value,code,reason,remedy\n';

/** A fault as a line of the file of errors. */
export const writeRowFault = ({ row, field, value, code, reason, remedy }: RowFault): string =>
  `${row},${cell(field)},${cell(value)},${code},${cell(reason)},${cell(remedy)}\n`;

/** What somebody else wrote is opened in spreadsheets: it must be no formula there, and no longer than people read. */
function cell(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 79)}…` : text;
  const plain = short.replace(/\p{Cc}/gu, ' ');
  const safe = /^[=+\-@]/.test(plain) ? `'${plain}` : plain;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
