import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Desk } from '../../access/desk.ts';
import { registrationOf } from '../../country/registration.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import { type OpenedFile, openLines } from '../../files/input.ts';
import type { Sink } from '../../files/whole.ts';
import { organisationOf } from '../account.ts';
import { alarm } from '../alarm.ts';
import type { Knowledge } from '../knowledge.ts';
import { refused } from '../refusal.ts';
import { dayOf } from '../step.ts';
import { type Consignment, lockConsignment, moveConsignment, tellOfFile } from './consignment.ts';
import { BatchCheck, type Terms, takeIn } from './file/batch.ts';
import { type Declared, FileReader } from './file/declared.ts';
import { ERROR_HEAD, type RowCode, writeRowFault } from './file/row_fault.ts';
import { type Sheet, sheetOf } from './file/sheet.ts';
import { countVolume, spendQuota } from './quota.ts';
import { lockSecrets } from './secret.ts';

/** A file of identifiers to be checked and taken. */
export type Upload = {
  readonly consignment: string;
  /** Plain, zip, gzip or Zstandard; UTF-8; a header and a row a device, or a row an IMEI with a column `device_id`. */
  readonly file: string;
  /** Takes the file of errors, which its sender may have: a header, and a line for each fault. */
  readonly errors: Sink;
  readonly knowledge: Knowledge;
  /** Told the rows read so far. */
  readonly progress?: ((rows: number) => void) | undefined;
};

/** What came of a file. */
export type Uploaded = {
  /** Its number in the register. */
  readonly file: string;
  readonly verdict: 'accepted' | 'in part' | 'refused';
  readonly rows: number;
  readonly devices: number;
  /** Devices taken into the consignment. */
  readonly accepted: number;
  /** Devices with at least one fault. */
  readonly bad: number;
  /** How often each fault was told. */
  readonly faults: Readonly<Partial<Record<RowCode, number>>>;
  /** The same file was accepted before: nothing was done, and nothing is in the file of errors. */
  readonly again: boolean;
  /** Columns that are not used. */
  readonly ignored: readonly string[];
};

/** Devices that are checked at a time. */
const BATCH = 5000;

/** Lines are far shorter; what is longer is no row. */
const READ = { blockBytes: 1 << 20, maxLineBytes: 16 << 10, maxBytes: 2 ** 32 } as const;

/**
 * Checks the identifiers of a consignment row by row and takes them in, or, where the country takes only whole files and
 * a row is bad, none of them. All of it is one transaction: a crash or a fault leaves the consignment as it was. The same
 * file again, once accepted, does nothing.
 *
 * @throws Refused REGISTRATION_UNKNOWN, STATE_…, FILE_…, CONSIGNMENT_COLUMNS, CONSIGNMENT_ROWS, CONSIGNMENT_QUANTITY,
 * REGISTRATION_QUOTA
 */
export async function uploadIdentifiers(desk: Desk, upload: Upload): Promise<Uploaded> {
  const consignment = await lockConsignment(desk, upload.consignment);
  const opened = await openLines(upload.file, READ);
  const sheet = sheetOf(opened.header, opened.name);
  const sha256 = await digestOf(upload.file);
  const before = await acceptedBefore(desk, { consignment: consignment.id, sha256 });
  if (before !== undefined) return { ...before, again: true, ignored: sheet.ignored };
  const file = await enterFile(desk, { consignment: consignment.id, sha256 });
  await lockSecrets(desk);
  await desk.query('SAVEPOINT upload');
  await moveConsignment(desk, consignment, { event: 'accept', note: `file ${file}` });
  const work = new Work({ desk, upload, consignment, file, all: takesAll(desk) });
  await work.run(opened, sheet);
  if (opened.digest() !== sha256) throw new Refused([changed(opened)]);
  const outcome = await work.settle();
  await keepOutcome(desk, { file, ...outcome });
  await tellOfFile(desk, consignment, outcome);
  return { file, ...outcome, again: false, ignored: sheet.ignored };
}

const takesAll = ({ policy }: Desk): boolean => registrationOf(policy).consignments.accept === 'all';

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}

type FileKey = { readonly consignment: string; readonly sha256: string };
type Counts = Omit<Uploaded, 'again' | 'ignored' | 'file'>;

async function acceptedBefore({ query }: Desk, { consignment, sha256 }: FileKey) {
  const [row] = await query<Counts & { file: string }>(
    `SELECT number AS file, verdict, rows, devices, accepted, bad, faults FROM consignment_file
     WHERE consignment = $1 AND sha256 = $2 AND verdict <> 'refused' ORDER BY number DESC LIMIT 1`,
    [consignment, sha256],
  );
  return row;
}

async function enterFile(desk: Desk, { consignment, sha256 }: FileKey): Promise<string> {
  const [row] = await desk.query<{ number: string }>(
    `INSERT INTO consignment_file (consignment, sha256, verdict, rows, devices, accepted, bad, faults, at, by_whom)
     VALUES ($1, $2, 'refused', 0, 0, 0, 0, '{}', $3, $4) RETURNING number`,
    [consignment, sha256, desk.now, desk.actor.id],
  );
  if (row === undefined) throw new Error('a file without a number');
  return row.number;
}

async function keepOutcome(
  { query }: Desk,
  { file, verdict, rows, devices, accepted, bad, faults }: Counts & { readonly file: string },
) {
  await query(
    `UPDATE consignment_file SET verdict = $2, rows = $3, devices = $4, accepted = $5, bad = $6, faults = $7 WHERE number = $1`,
    [file, verdict, rows, devices, accepted, bad, JSON.stringify(faults)],
  );
}

const changed = ({ path }: OpenedFile): Fault => ({
  code: 'FILE_CHANGED',
  message: 'The file was changed while it was read.',
  remedy: 'Send it again.',
  file: path,
});

type Task = {
  readonly desk: Desk;
  readonly upload: Upload;
  readonly consignment: Consignment;
  readonly file: string;
  /** One bad device refuses the whole file. */
  readonly all: boolean;
};

/** The checking of one file, batch after batch: the next is read while stores work on the last. */
class Work {
  readonly #task: Task;
  readonly #check: BatchCheck;
  readonly #faults: Partial<Record<RowCode, number>> = {};
  #rows = 0;
  #devices = 0;
  #good = 0;
  #bad = 0;
  #underway: Promise<void> = Promise.resolve();

  constructor(task: Task) {
    this.#task = task;
    const { desk, upload, consignment } = task;
    const terms: Terms = {
      desk,
      knowledge: upload.knowledge,
      importer: organisationOf(desk),
      on: dayOf(desk, consignment.at),
    };
    this.#check = new BatchCheck(terms);
  }

  /** Reads the file to its end. @throws Refused CONSIGNMENT_ROWS, FILE_… */
  async run(opened: OpenedFile, sheet: Sheet): Promise<void> {
    const { upload } = this.#task;
    await upload.errors.write(ERROR_HEAD);
    try {
      const reader = new FileReader(sheet);
      let batch: Declared[] = [];
      for await (const { lines, firstLine, release } of opened.blocks) {
        const texts = lines.toString('utf8').split('\n');
        release();
        for (let at = 0; at < texts.length - 1; at += 1) {
          const line = texts[at] ?? '';
          const text = line.endsWith('\r') ? line.slice(0, -1) : line;
          if (text !== '') this.#rows += 1;
          for (const one of reader.take(text, firstLine + at)) batch.push(one);
          if (batch.length >= BATCH) batch = await this.#hand(batch);
        }
        this.#refuseMany();
        upload.progress?.(this.#rows);
      }
      batch.push(...reader.end());
      await this.#hand(batch);
      await this.#underway;
    } finally {
      // Nothing of ours may still speak in a transaction that the caller undoes.
      await this.#underway.catch(() => undefined);
    }
    if (this.#devices === 0) throw refused('CONSIGNMENT_ROWS', 'The file has no rows.', 'Send a file with rows.');
  }

  /** Starts on a batch once the last one is done; gives an empty one to be filled meanwhile. */
  async #hand(batch: readonly Declared[]): Promise<Declared[]> {
    await this.#underway;
    this.#underway = this.#work(batch);
    this.#underway.catch(() => undefined); // awaited later; this only keeps it from being called unhandled
    return [];
  }

  async #work(batch: readonly Declared[]): Promise<void> {
    const { desk, upload, consignment, file, all } = this.#task;
    const { good, faults, bad } = await this.#check.check(batch);
    this.#devices += batch.length;
    this.#good += good.length;
    this.#bad += bad;
    for (const { code } of faults) this.#faults[code] = (this.#faults[code] ?? 0) + 1;
    if (faults.length > 0) await upload.errors.write(faults.map(writeRowFault).join(''));
    if (all && this.#bad > 0) return;
    this.#refuseExcess();
    await takeIn(desk, good, { consignment: consignment.id, file, holder: consignment.organisation });
  }

  #refuseMany(): void {
    const { maxRows } = registrationOf(this.#task.desk.policy).consignments;
    if (this.#rows <= maxRows) return;
    const message = `The file has more than ${maxRows} rows.`;
    throw refused('CONSIGNMENT_ROWS', message, 'Split it into several files.');
  }

  #refuseExcess(): void {
    const { quantity, accepted } = this.#task.consignment;
    if (this.#good <= quantity - accepted) return;
    const message = `The file has more devices than the ${quantity - accepted} that the consignment still lacks.`;
    throw refused('CONSIGNMENT_QUANTITY', message, 'Take the others out, or declare them as another consignment.');
  }

  /** Takes what was checked, or undoes it, and counts it. @throws Refused REGISTRATION_QUOTA */
  async settle(): Promise<Counts> {
    const { desk, consignment, all, file } = this.#task;
    const refusedWhole = this.#good === 0 || (all && this.#bad > 0);
    if (refusedWhole) await desk.query('ROLLBACK TO SAVEPOINT upload');
    else {
      await spendQuota(desk, organisationOf(desk), this.#good);
      await countVolume(desk, this.#good);
      await desk.query('UPDATE consignment SET accepted = accepted + $2 WHERE id = $1', [consignment.id, this.#good]);
    }
    await desk.query('RELEASE SAVEPOINT upload');
    const twice = this.#faults.ROW_DECLARED ?? 0;
    if (twice > 0)
      await alarm(desk, {
        kind: 'declared_twice',
        subject: `consignment:${consignment.id}`,
        figures: { file, identifiers: twice },
        at: desk.now,
        offices: ['regulator'],
      });
    return {
      verdict: refusedWhole ? 'refused' : this.#bad > 0 ? 'in part' : 'accepted',
      rows: this.#rows,
      devices: this.#devices,
      accepted: refusedWhole ? 0 : this.#good,
      bad: this.#bad,
      faults: this.#faults,
    };
  }
}
