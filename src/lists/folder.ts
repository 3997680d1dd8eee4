import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { type Fault, Refused } from '../faults/fault.ts';
import { deniedFault, errorCode, fullFault } from '../files/errno.ts';
import { type ManifestEntry, type ManifestHead, writeManifest } from '../files/manifest.ts';
import type { Progress } from '../files/progress.ts';
import { publishFolder, type Sink, type Written, writeWhole } from '../files/whole.ts';
import type { Analytics } from '../stores/analytics.ts';
import { dirbs, type Format, type Occasion, type Plan } from './dirbs.ts';
import { openceir } from './openceir.ts';
import { headerOf, linesIn, type Scope, type Sheet } from './sheet.ts';

/** The formats that lists are written in, by name. */
export const FORMATS = { openceir, dirbs } as const satisfies Readonly<Record<string, Format>>;
export type FormatName = keyof typeof FORMATS;

/** What is written where. */
export type Output = {
  readonly out: string;
  readonly format: FormatName;
  readonly occasion: Occasion;
  /** Hash of the country file the run was made under. */
  readonly country: string;
  readonly onProgress?: Progress['update'] | undefined;
};

/** Makes the folder that runs' folders stand in, where it is missing. @throws Refused where the system does not let us. */
export async function makeFolder(out: string): Promise<void> {
  try {
    await mkdir(out, { recursive: true });
  } catch (error) {
    const taken = ['EEXIST', 'ENOTDIR'].includes(errorCode(error) ?? '');
    const message = `${out} is no folder, or stands in what is none.`;
    const missing: Fault = { code: 'FILE_MISSING', file: out, message, remedy: 'Name a folder.' };
    const fault = fullFault(out, error) ?? deniedFault(out, error) ?? (taken ? missing : undefined);
    throw fault === undefined ? error : new Refused([fault]);
  }
}

/** Writes the files of a run to a new folder in `out`, whole or not at all, and gives its path and manifest. */
export async function writeFolder(
  analytics: Analytics,
  { out, format, occasion, country, onProgress }: Output,
): Promise<{ readonly folder: string; readonly files: readonly ManifestEntry[] }> {
  const { folder: nameOf, plans } = FORMATS[format];
  const target = path.join(out, nameOf(occasion));
  const files = await publishFolder(target, async (aside) => {
    const entries: ManifestEntry[] = [];
    const all = plans(occasion);
    let rows = 0;
    for (const plan of all) {
      const entry = await writePlan(analytics, { plan, scope: occasion, aside });
      entries.push(entry);
      rows += entry.rows;
      onProgress?.('lists', { done: entries.length, total: all.length, rows });
    }
    const { run, base, day } = occasion;
    const head: ManifestHead = { run, country, base, day, format, check_digit: occasion.options.checkDigit };
    await writeManifest(aside, entries, head);
    return entries;
  });
  return { folder: target, files };
}

type Counter = { rows: number };

/** The header and the lines of a sheet, counted on their way. */
async function* content(analytics: Analytics, sheet: Sheet, { scope, counter }: { scope: Scope; counter: Counter }) {
  yield Buffer.from(headerOf(sheet));
  for await (const chunk of linesIn(analytics, sheet, scope)) {
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) counter.rows += 1;
    yield chunk;
  }
}

async function writePlan(
  analytics: Analytics,
  { plan, scope, aside }: { plan: Plan; scope: Scope; aside: string },
): Promise<ManifestEntry> {
  const target = path.join(aside, plan.file);
  await mkdir(path.dirname(target), { recursive: true });
  const counter: Counter = { rows: 0 };
  const members = plan.sheets.map((sheet) => ({ sheet, lines: content(analytics, sheet, { scope, counter }) }));
  const written = plan.zip
    ? await zipAll(
        target,
        members.map(({ sheet, lines }) => ({ name: sheet.name, lines })),
      )
    : await writeWhole(target, async (sink) => {
        for (const { lines } of members) for await (const chunk of lines) await sink.write(chunk);
      });
  return { file: plan.file, rows: counter.rows, ...written };
}

/** The earliest time a zip archive can state: the same content gives the same bytes. */
const EPOCH = new Date(1980, 0, 1);

type Member = { readonly name: string; readonly lines: AsyncIterable<Buffer> };

/** Writes an archive of several members, one read after the other. */
const zipAll = (target: string, members: readonly Member[]): Promise<Written> =>
  writeWhole(target, async (sink: Sink) => {
    const zip = new ZipFile();
    const output = new PassThrough();
    const inputs = members.map(({ name, lines }) => ({ name, input: Readable.from(lines, { objectMode: false }) }));
    for (const { input } of inputs) input.once('error', (error: Error) => output.destroy(error));
    zip.once('error', (error: Error) => output.destroy(error));
    try {
      for (const { name, input } of inputs) {
        zip.addReadStream(input, name, { mtime: EPOCH, mode: 0o100644, forceDosTimestamp: true, compressionLevel: 1 });
      }
      zip.end();
      zip.outputStream.pipe(output);
      for await (const chunk of output) await sink.write(chunk);
    } finally {
      for (const { input } of inputs) input.destroy();
    }
  });
