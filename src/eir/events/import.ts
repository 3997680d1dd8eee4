import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Refused } from '../../faults/fault.ts';
import { errorCode } from '../../files/errno.ts';
import { literal, type Shard } from '../../stores/analytics.ts';
import { type Done, type Input, type Outcome, performRun, type Work } from '../../stores/run.ts';
import { shardOf } from '../../stores/schema.ts';
import type { Store } from '../../stores/store.ts';
import type { Asker } from '../checker.ts';
import { type ChecksFile, damaged, readChecks } from './file.ts';
import type { AnswerLine } from './record.ts';

/** Files of checks to be taken in. */
export type ChecksImport = { readonly files: readonly string[]; readonly dryRun?: boolean };

/** A file that was read whole. */
type Source = { readonly input: Input; readonly checks: ChecksFile };

async function open(file: string): Promise<Source> {
  const bytes = await readFile(file).catch((error: unknown) => {
    const message = `The file cannot be read (${errorCode(error) ?? 'unknown'}).`;
    throw new Refused([{ code: 'FILE_MISSING', file, message, remedy: 'Name files that a node has sent.' }]);
  });
  const checks = readChecks(bytes, file);
  if (!checks.ok) throw new Refused([checks.fault]);
  if (!checks.value.ended) throw new Refused([damaged(file, 'it was not ended, or its checksum is wrong')]);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { input: { name: path.basename(file), bytes: bytes.length, sha256 }, checks: checks.value };
}

/** Of these, the files that no run has taken in yet, each once. */
async function freshOf(store: Store, sources: readonly Source[]): Promise<readonly Source[]> {
  const runs = await store.registry.query<{ inputs: readonly Input[] }>(
    `SELECT inputs FROM run WHERE verb = 'import' AND kind = 'checks' AND status = 'done'`,
  );
  const known = new Set(runs.flatMap(({ inputs }) => inputs.map(({ sha256 }) => sha256)));
  return sources.filter(({ input: { sha256 } }) => {
    if (known.has(sha256)) return false;
    known.add(sha256);
    return true;
  });
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

const lines = (rows: readonly object[]): AsyncGenerator<Buffer> =>
  once(Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join('')));

/** A table of the run's own on a shard, with what it holds. */
type Loaded = { readonly columns: string; readonly format: string; readonly body: AsyncIterable<Buffer> };

async function fill(shard: Shard, name: string, { columns, format, body }: Loaded): Promise<void> {
  await shard.run(`DROP TABLE IF EXISTS ${name} SYNC`);
  await shard.run(`CREATE TABLE ${name} (${columns}) ENGINE = MergeTree ORDER BY tuple()`);
  await shard.load(name, format, body);
}

/** The records as they stand in the file are rows of the engine's RowBinary. */
const RECORD = `at Float64, imei Float64, subscriber UInt64, answer UInt16, asker UInt16, flags UInt16, unused UInt16`;
const TEXTS = ['status', 'intended', 'step', 'list', 'reason', 'exception'] as const;

/** Brings the checks of one file to the staging table, on each shard those whose IMEI belongs there. */
async function loadFile(store: Store, work: Work, staged: string, { checks }: Source): Promise<void> {
  const answers = new Map<number, AnswerLine>(checks.blocks.flatMap((block) => block.answers));
  const askers = new Map<number, Asker>(checks.blocks.flatMap((block) => block.askers));
  const records = Buffer.concat(checks.blocks.map((block) => block.records));
  const { shards } = store.analytics;
  const [rows, told, who] = ['records', 'answers', 'askers'].map((name) => work.scratch(name)) as [
    string,
    string,
    string,
  ];
  const text = (names: readonly string[]): string =>
    ['number UInt16', ...names.map((name) => `${name} String`)].join(', ');
  for (const shard of shards) {
    await fill(shard, rows, { columns: RECORD, format: 'RowBinary', body: once(records) });
    await fill(shard, told, {
      columns: text([...TEXTS, 'decided']),
      format: 'JSONEachRow',
      body: lines([...answers].map(([number, { by, level: _, ...rest }]) => ({ number, ...rest, decided: by }))),
    });
    await fill(shard, who, {
      columns: text(['protocol', 'operator', 'peer']),
      format: 'JSONEachRow',
      body: lines([...askers].map(([number, { protocol, operator, peer }]) => ({ number, protocol, operator, peer }))),
    });
    const key = 'if(r.imei < 0, bitShiftLeft(toUInt64(1), 63), toUInt64(r.imei))';
    await shard.run(
      `INSERT INTO ${staged} (run, node, at, imei, subscriber, protocol, operator, peer, ${TEXTS.join(', ')}, decided, flags)
        SELECT ${work.number}, ${literal(checks.head.node)}, toUInt64(r.at), ${key} AS key, r.subscriber,
          w.protocol, w.operator, w.peer, ${TEXTS.map((name) => `t.${name}`).join(', ')}, t.decided, r.flags
        FROM ${rows} AS r
        LEFT JOIN ${told} AS t ON t.number = r.answer
        LEFT JOIN ${who} AS w ON w.number = r.asker
        WHERE ${shardOf(shards.length, 'key')} = ${shard.number}`,
    );
  }
}

async function prepare(store: Store, work: Work, sources: readonly Source[]): Promise<Outcome> {
  const fresh = await freshOf(store, sources);
  const checks = fresh.reduce((sum, one) => sum + one.checks.records, 0);
  const result = { files: fresh.length, known: sources.length - fresh.length, checks };
  if (checks === 0) return { moves: [], result, inputs: fresh.map(({ input }) => input) };
  const staged = await work.stage('check');
  for (const source of fresh) await loadFile(store, work, staged, source);
  return {
    moves: [{ table: 'check', partition: String(work.number), from: staged }],
    result,
    inputs: fresh.map(({ input }) => input),
  };
}

/**
 * Takes in files of checks that nodes have sent. A file that was taken in before, whatever its name, changes nothing.
 * @throws Refused with every file that is none, or not whole
 */
export async function importChecks(store: Store, { files, dryRun }: ChecksImport): Promise<Done> {
  return performRun(store, { verb: 'import', kind: 'checks', dryRun }, async (work) => {
    const settled = await Promise.allSettled(files.map(open));
    const faults = settled.flatMap((one) => {
      if (one.status === 'fulfilled') return [];
      if (!(one.reason instanceof Refused)) throw one.reason;
      return one.reason.faults;
    });
    if (faults.length > 0) throw new Refused(faults);
    const sources = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    return prepare(store, work, sources);
  });
}
