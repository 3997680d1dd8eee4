import { mkdir, readdir, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { errorCode } from '../../files/errno.ts';
import { writeWhole } from '../../files/whole.ts';
import type { Receipt } from '../channel.ts';

/** A row of an operator's file of receipts. */
export type OperatorReceipt = Pick<Receipt, 'state' | 'at' | 'because'> & { readonly notice: string };

/** What a file of receipts says, and what is wrong with it: rows by line from 1, and why. */
export type ReceiptFile = {
  readonly receipts: readonly OperatorReceipt[];
  readonly faults: readonly { readonly line: number; readonly fault: string }[];
};

const HEADER = ['notice', 'state', 'at', 'reason'];
const STATES: Readonly<Record<string, Receipt['state']>> = { delivered: 'delivered', failed: 'refused' };

/**
 * Reads a file of receipts: columns `notice,state,at,reason`; state is `delivered` or `failed`, `at` a moment of ISO 8601 with
 * its offset, not later than now, `reason` a word for failures. The last line must end, too: a file that is still being
 * written is not taken for a whole one.
 */
export function readReceiptFile(content: string, now: Date): ReceiptFile {
  if (!content.endsWith('\n')) return { receipts: [], faults: [{ line: 1, fault: 'the last line has no end' }] };
  const [first = '', ...lines] = content
    .replace(/^\ufeff/, '')
    .trimEnd()
    .split(/\r?\n/);
  if (fieldsOf(first).join() !== HEADER.join())
    return { receipts: [], faults: [{ line: 1, fault: `the header is not ${HEADER.join()}` }] };
  const read = lines.map((line) => receiptOf(fieldsOf(line), now));
  return {
    receipts: read.flatMap((one) => (typeof one === 'string' ? [] : [one])),
    faults: read.flatMap((one, at) => (typeof one === 'string' ? [{ line: at + 2, fault: one }] : [])),
  };
}

const fieldsOf = (line: string): readonly string[] =>
  line.split(',').map((field) => field.trim().replace(/^"(.*)"$/, '$1'));

function receiptOf(fields: readonly string[], now: Date): OperatorReceipt | string {
  const [notice = '', word = '', moment = '', reason = ''] = fields;
  if (fields.length !== HEADER.length) return `it has ${fields.length} fields, not ${HEADER.length}`;
  if (!/^[1-9]\d{0,17}$/.test(notice)) return 'notice is no number of a notice';
  const state = STATES[word];
  if (state === undefined) return 'state is neither delivered nor failed';
  const at = new Date(moment);
  if (
    !/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/.test(moment) ||
    Number.isNaN(at.getTime())
  )
    return 'at is no moment such as 2026-09-07T10:00:00Z';
  if (at > now) return 'at lies ahead';
  if (!/^[A-Za-z0-9_ -]{0,32}$/.test(reason)) return 'reason is not a word of letters and digits';
  return { notice, state, at, ...(reason === '' ? {} : { because: reason }) };
}

/** A file of receipts is read in one piece; larger ones are not taken. */
const FILE_BYTES = 64 << 20;

/**
 * Takes the files of receipts that lie in an operator's folder, each row once recorded before the file is moved to `done/`;
 * rows with faults are listed beside it, in a file of the same name that ends in `.faults.csv`. A file with no right row at
 * all is moved to `refused/`. After a crash rows may be taken again, which changes nothing.
 */
export async function collectReceipts(
  { folder, clock }: { readonly folder: string; readonly clock: () => Date },
  take: (receipt: OperatorReceipt) => Promise<void>,
): Promise<void> {
  const inbox = path.join(folder, 'receipts');
  for (const name of await filesIn(inbox)) {
    const file = path.join(inbox, name);
    const { size } = await stat(file);
    const whole = size > FILE_BYTES ? '' : await readFile(file, 'utf8');
    if (size <= FILE_BYTES && !whole.endsWith('\n')) continue; // its writer is still at it
    const { receipts, faults } =
      size > FILE_BYTES
        ? { receipts: [], faults: [{ line: 1, fault: 'the file is too large' }] }
        : readReceiptFile(whole, clock());
    for (const receipt of receipts) await take(receipt);
    const target = path.join(inbox, receipts.length === 0 && faults.length > 0 ? 'refused' : 'done');
    await mkdir(target, { recursive: true });
    if (faults.length > 0)
      await writeWhole(path.join(target, `${name.replace(/\.csv$/, '')}.faults.csv`), async (sink) => {
        await sink.write('line,fault\n');
        for (const { line, fault } of faults) await sink.write(`${line},"${fault}"\n`);
      });
    await rename(file, path.join(target, name));
  }
}

async function filesIn(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isFile() && /^[^.].*\.csv$/.test(entry.name) ? [entry.name] : [])).sort();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
