import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';

const CEIR = path.join(import.meta.dirname, '../../bin/ceir.js');

/** What a command said, and how it ended. */
export type Said = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
};

/** A command under way. */
export type Running = { readonly child: ChildProcess; readonly pid: number; readonly said: Promise<Said> };

/** Where a command runs. */
type Setting = { readonly cwd?: string; readonly input?: string; readonly env?: Readonly<Record<string, string>> };

/** Starts `ceir` in a process group of its own, as a shell does, from a folder that is not the checkout. */
export function start(words: readonly string[], { cwd = tmpdir(), input, env = {} }: Setting = {}): Running {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:CEIR_|NODE_)/.test(name));
  const child = spawn(process.execPath, [CEIR, ...words], {
    cwd,
    env: { ...Object.fromEntries(own), ...env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  child.stdin.on('error', () => undefined); // it need not read what it is given
  child.stdin.end(input);
  const said = new Promise<Said>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, out, err }));
  });
  return { child, pid: child.pid ?? 0, said };
}

/** Runs `ceir` to its end. */
export const ceir = (words: readonly string[], setting?: Setting): Promise<Said> => start(words, setting).said;

/** A fault as scripts read it. */
export type JsonFault = {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly field?: string;
};

/** The faults of a command that was refused under `--json`: its last line on standard error, and nothing unexpected. */
export function faultsOf({ code, out, err }: Said): readonly JsonFault[] {
  assert.equal(code, 1, `refused: ${err}`);
  assert.equal(out, '');
  const { faults } = JSON.parse(err.trimEnd().split('\n').at(-1) ?? '') as { faults: readonly JsonFault[] };
  for (const fault of faults) assert.ok(fault.message !== '' && fault.remedy !== '', 'every fault says what to do');
  return faults;
}

/** The answer of a command that succeeded under `--json`. */
export function answerOf({ code, out, err }: Said): Readonly<Record<string, unknown>> {
  assert.equal(code, 0, `done: ${err}`);
  return JSON.parse(out) as Readonly<Record<string, unknown>>;
}

/** A temporary folder that goes when the tests of the file are over. */
export function folderOf(name: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), `ceir-${name}-`));
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The country that the tests of the command line are of. */
export const COUNTRY = `name: Freedonia
mccs: ['999']
calling_codes: ['999']
time_zone: Europe/Zurich
operators:
  - { id: alfa, name: Alfa, plmns: [{ mcc: '999', mnc: '01' }] }
  - { id: beta, name: Beta, plmns: [{ mcc: '999', mnc: '02' }] }
import: { historic_fall: { imei: 0, imsi: 0, msisdn: 0 } }
conditions:
  - label: stolen
    reason: Reported stolen
    effect: blocked
    notice_exempt: 'Act, section 12'
    dimensions: [{ is: stolen }]
`;

/** Lines of operator data of September 2026: `rows` different IMEIs from number `from` on, of a home network. */
export function operatorRows(rows: number, from = 0, mnc: '01' | '02' = '01'): string {
  const lines = ['date,imei,imsi,msisdn,rat'];
  for (let n = from; n < from + rows; n += 1) {
    const day = String(1 + (n % 30)).padStart(2, '0');
    lines.push(`202609${day},${35_000_000_000_000 + n},999${mnc}${1_000_000_000 + n},${9991000000 + n},006`);
  }
  return `${lines.join('\n')}\n`;
}

/** Writes operator data of September 2026 into a folder and gives the file's path. */
export function writeFeed(folder: string, name: string, text: string | Buffer): string {
  const file = path.join(folder, `${name}_20260901_20260930.csv`);
  writeFileSync(file, text);
  return file;
}
