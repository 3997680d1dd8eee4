import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Command } from '../../src/cli/command.ts';
import { helpOf, parseCall } from '../../src/cli/command.ts';
import { Misused } from '../../src/faults/fault.ts';
import { COUNTRY, ceir, faultsOf, folderOf } from './ceir.ts';

const folder = folderOf('usage');
const bin = path.join(import.meta.dirname, '../../bin/ceir.js');
const src = path.join(import.meta.dirname, '../../src/cli');

const overview = await ceir(['--help']);
const VERBS = [...overview.out.matchAll(/^ {2}([a-z-]+) {2,}\S/gm)].map((match) => match[1] ?? '');

test('the overview names every verb, and each is a file of its own', () => {
  assert.deepEqual([overview.code, overview.err], [0, '']);
  assert.ok(VERBS.length >= 10, VERBS.join());
  for (const verb of ['import', 'inbox', 'quarantine', 'classify', 'explain', 'lists', 'country', 'runs', 'prune'])
    assert.ok(VERBS.includes(verb), verb);
});

test('no verb at all is wrong usage, and shows the overview', async () => {
  const said = await ceir([]);
  assert.deepEqual([said.code, said.out], [2, overview.out]);
});

/** The command objects, by the files that export one. */
async function commands(): Promise<readonly Command[]> {
  const found: Command[] = [];
  for (const name of readdirSync(src).filter((file) => file.endsWith('.ts') && file !== 'main.ts')) {
    const room = (await import(path.join(src, name))) as { readonly command?: Command };
    if (room.command !== undefined) found.push(room.command);
  }
  return found;
}

test('every verb explains its options and shows examples that it would take', async () => {
  const all = await commands();
  assert.deepEqual(all.map(({ name }) => name).sort(), [...VERBS].sort());
  for (const command of all) {
    const help = helpOf(command);
    for (const name of [...Object.keys(command.options), 'json', 'help'])
      assert.match(help, new RegExp(`--${name}\\b`));
    assert.ok(command.examples.length > 0, command.name);
    for (const [line] of command.examples) {
      assert.match(help, new RegExp(`^ {2}${line.replace(/[^\w ]/g, '.')}$`, 'm'));
      const words = (line.split(' > ')[0] ?? '').match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
      assert.deepEqual(words.slice(0, 2), ['ceir', command.name]);
      assert.equal(typeof parseCall(command, words.slice(2)), 'object', line);
    }
  }
});

test('--help of a verb goes to standard output, with exit code 0, whatever else is asked', async () => {
  const { code, out, err } = await ceir(['import', '--help', '--nonsense']);
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, /^ceir import KIND FILE…\n[\s\S]*\nOptions\n[\s\S]*\nExamples\n {2}ceir import/);
});

const MISUSED: readonly (readonly [words: string, says: RegExp])[] = [
  ['import', /name a kind and at least one file/],
  ['import operator x.csv', /need --operator ID/],
  ['import operator x.csv --operator alfa --delta', /--delta is for lists/],
  ['import stolen x.csv --operator alfa', /--operator is for operator data/],
  ['import stollen x.csv', /KIND is operator, .*stolen/],
  ['import stolen x.csv --override history', /--override takes size/],
  ['import operator x.csv --operator alfa --override size', /--override takes quarantined/],
  ['import stolen x.csv --date tomorrow', /--date must be a day/],
  ['import stolen x.csv --speed 3', /Unknown option '--speed'/],
  ['classify now', /options only/],
  ['classify --date', /'--date.*argument/],
  ['explain', /name one identifier/],
  ['lists', /name one folder/],
  ['lists out --format xml', /--format/],
  ['quarantine twelve', /number of a run/],
  ['audit-log', /name one of them/],
  ['audit-log show --alarms --deletions', /not both/],
  ['vault rotate everything', /rotate takes contact,/],
  ['runs --limit 0', /--limit must be a whole number/],
  ['country', /check FILE/],
  ['country check', /check FILE/],
  ['inbox', /name one folder/],
  ['simulate', /name one folder/],
  ['runs --registry mysql://somewhere', /--registry must be a URL that begins with postgres:/],
  ['runs --analytics localhost:8123', /--analytics must be a URL/],
];

test('wrong usage is told before anything is read or opened', async () => {
  const all = await commands();
  for (const [line, says] of MISUSED) {
    const [verb = '', ...words] = line.split(' ');
    const command = all.find(({ name }) => name === verb);
    assert.ok(command !== undefined, verb);
    const run = async (): Promise<number> => command.run(parseCall(command, words));
    await assert.rejects(run, (error) => error instanceof Misused && says.test(error.message), line);
  }
});

test('wrong usage is exit code 2 with its reason, also for scripts, and touches nothing', async () => {
  const cwd = folderOf('misused');
  const [verb, option, text] = await Promise.all([
    ceir(['clasify', '--json'], { cwd }),
    ceir(['import', 'stolen', 'x.csv', '--speed', '3', '--json'], { cwd }),
    ceir(['runs', '--limit', '0'], { cwd }),
  ]);
  assert.deepEqual([verb.code, verb.out, verb.err], [2, '', '{"misused":"There is no verb «clasify»."}\n']);
  assert.deepEqual([option.code, option.out], [2, '']);
  assert.match((JSON.parse(option.err) as { misused: string }).misused, /^Unknown option '--speed'/);
  assert.deepEqual([text.code, text.out], [2, '']);
  assert.match(text.err, /^--limit must be .*\nceir --help shows how\.\n$/);
  assert.deepEqual(readdirSync(cwd), [], 'no data folder was made for a command that cannot be done');
});

test('the example of a country file is right, whether piped or written to a file', async () => {
  const example = await ceir(['country', 'example']);
  assert.equal(example.code, 0);
  const piped = await ceir(['country', 'check', '-', '--json'], { input: example.out });
  const file = path.join(folder, 'example.yaml');
  writeFileSync(file, example.out);
  const read = await ceir(['country', 'check', file, '--json']);
  assert.deepEqual([piped.code, piped.out], [0, read.out]);
  assert.ok(Number((JSON.parse(read.out) as { conditions: number }).conditions) > 5);
});

test('a reader that has read enough is no failure', async () => {
  const shell = spawn('sh', [
    '-c',
    '{ "$@" || echo "failed with $?"; } | head -n 1',
    'sh',
    process.execPath,
    bin,
    'country',
    'example',
  ]);
  let out = '';
  for await (const chunk of shell.stdout) out += String(chunk);
  assert.equal(out.split('\n').length, 2);
  assert.match(out, /^# The country file/);
});

test('all faults of a country file come at once, with line, column and remedy', async () => {
  const file = path.join(folder, 'wrong.yaml');
  writeFileSync(file, COUNTRY.replace("mnc: '01'", 'mnc: 01').replace('effect: blocked', 'efect: blocked'));
  const faults = faultsOf(await ceir(['country', 'check', file, '--json']));
  assert.ok(faults.length >= 2);
  for (const fault of faults) assert.deepEqual([fault.file, typeof fault.line], [file, 'number']);
  assert.deepEqual([faults[0]?.code, faults[0]?.line], ['COUNTRY_MNC', 6]);
  const text = await ceir(['country', 'check', file]);
  assert.equal(text.code, 1);
  assert.match(text.err, /^.*wrong\.yaml:6:\d+: .* \[COUNTRY_MNC\]\n {2}→ ./);
});

test('a country file that is not there is a refusal that says how to make one, before any store is opened', async () => {
  const empty = folderOf('empty');
  const [fault] = faultsOf(await ceir(['import', 'stolen', 'x.csv', '--json'], { cwd: empty }));
  assert.equal(fault?.code, 'FILE_MISSING');
  assert.match(fault?.remedy ?? '', /ceir country example > country\.yaml/);
  assert.equal(existsSync(path.join(empty, 'ceir-data')), false);
});
