import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { ZipFile } from 'yazl';
import { embeddedDatabase } from '../servers/embedded.ts';
import { answerOf, COUNTRY, ceir, faultsOf, folderOf, operatorRows, type Said, writeFeed } from './ceir.ts';

type JsonRow = Readonly<Record<'file' | 'line' | 'field' | 'value' | 'text', unknown>>;

const folder = folderOf('refusals');
let registry = '';
before(async () => {
  registry = await embeddedDatabase();
  writeFileSync(path.join(folder, 'country.yaml'), COUNTRY);
});

const run = (...words: readonly string[]): Promise<Said> =>
  ceir([...words, '--json'], { cwd: folder, env: { CEIR_REGISTRY: registry, CEIR_DATA: path.join(folder, 'data') } });

const importAlfa = (...files: readonly string[]): Promise<Said> =>
  run('import', 'operator', ...files, '--operator', 'alfa');

async function zipped(name: string, text: string): Promise<string> {
  const file = path.join(folder, `${name}_20260901_20260930.zip`);
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(text), `${name}_20260901_20260930.csv`);
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  writeFileSync(file, Buffer.concat(chunks));
  return file;
}

test('files that are none are refused together, each with its code, file and remedy', async () => {
  const utf16 = writeFeed(folder, 'utf16', Buffer.from(`\ufeff${operatorRows(3)}`, 'utf16le'));
  const columns = writeFeed(folder, 'columns', 'date;imei;imsi;msisdn\n20260901;1;2;3\n');
  const empty = writeFeed(folder, 'empty', '');
  const unnamed = path.join(folder, 'september.csv');
  writeFileSync(unnamed, operatorRows(3));
  const absent = path.join(folder, 'absent_20260901_20260930.csv');
  const faults = faultsOf(await importAlfa(utf16, columns, empty, unnamed, absent));
  assert.deepEqual(
    faults.map(({ code, file, line }) => [code, file, line]),
    [
      ['FILE_ENCODING', utf16, undefined],
      ['IMPORT_COLUMNS', columns, 1],
      ['FILE_EMPTY', empty, undefined],
      ['FILE_NAME', unnamed, undefined],
      ['FILE_MISSING', absent, undefined],
    ],
  );
  assert.match(faults[0]?.message ?? '', /UTF-16/);
});

test('a zip that is cut short is refused, and the same command succeeds once it is whole', async () => {
  const text = operatorRows(2000);
  const whole = await zipped('whole', text);
  const cut = await zipped('cut', text);
  truncateSync(cut, 9000);
  const [fault] = faultsOf(await importAlfa(whole, cut));
  assert.deepEqual([fault?.code, fault?.file], ['FILE_TRUNCATED', cut]);
  await zipped('cut', text);
  const { rows, imported } = answerOf(await importAlfa(whole, cut));
  assert.deepEqual([rows, imported], [4000, 4000]);
});

test('a limit that is passed names count, limit and first examples; the rows put aside are shown', async () => {
  const bad = Array.from({ length: 30 }, (_, n) => `20260915,3500000000${n + 1000},no number,${9991111111 + n},006`);
  const file = writeFeed(folder, 'bad', `${operatorRows(100)}${bad.join('\n')}\n`);
  const [fault] = faultsOf(await importAlfa(file));
  assert.deepEqual([fault?.code, fault?.field], ['IMPORT_QUARANTINED', 'quarantined']);
  assert.match(fault?.message ?? '', /^30 of 130 \(23\.08 %\).*limit is.*First: line 102, imsi: /);
  assert.doesNotMatch(fault?.message ?? '', /no number/, 'a message carries no value of a person');
  const runs = JSON.parse((await run('runs', '--limit', '1')).out) as { number: number; status: string }[];
  assert.equal(runs[0]?.status, 'refused');
  const aside = JSON.parse((await run('quarantine', String(runs[0]?.number), '--limit', '2')).out) as JsonRow[];
  assert.deepEqual(
    aside.map(({ file: name, line, field, value, text }) => [name, line, field, value, text]),
    [102, 103].map((line) => [path.basename(file), line, 'imsi', '(9 characters)', '']),
  );
});

test('a list is refused with file, line and field', async () => {
  const file = path.join(folder, 'stolen.csv');
  writeFileSync(file, 'imei,reporting_date,status,change_type\n35000000000001,20260901,,remove\n');
  const [fault] = faultsOf(await run('import', 'stolen', file, '--delta', '--date', '2026-09-30'));
  assert.deepEqual([fault?.code, fault?.file, fault?.line, fault?.field], ['LIST_DELTA', file, 2, 'change_type']);
  assert.match(fault?.remedy ?? '', /--override removes/);
});

test('without --json a fault is a line with place and code, and its remedy on the next', async () => {
  const words = ['import', 'operator', 'x_20260901_20260930.csv', '--operator', 'gamma', '--registry', registry];
  const said = await ceir(words, { cwd: folder });
  assert.deepEqual([said.code, said.out], [1, '']);
  assert.equal(
    said.err,
    'There is no operator gamma. [IMPORT_OPERATOR]\n  → Name one of the country file: alfa, beta.\n',
  );
});
