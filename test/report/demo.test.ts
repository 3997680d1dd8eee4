import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Report } from '../../src/report/report.ts';
import { servePage } from '../../src/report/serve.ts';
import { SOUGHT } from '../../src/simulator/country.ts';
import { openStore, type Store } from '../../src/stores/store.ts';

const ceir = path.join(import.meta.dirname, '../../bin/ceir.js');
const folder = mkdtempSync(path.join(tmpdir(), 'ceir-demo-test-'));
const out = path.join(folder, 'demo');

const start = (...words: readonly string[]): ChildProcess =>
  spawn(process.execPath, [ceir, 'demo', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });

/** What a child wrote, once it has ended. */
async function ended(child: ChildProcess): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => (said[name] += text));
  const [code] = await once(child, 'close');
  return { code, ...said };
}

let report: Report & { readonly url: string | null };
let store: Store;
/** Identifiers of the standings now, by condition, as the truth file writes them. */
const found = new Map<string, Set<string>>();

before(async () => {
  const { code, stdout, stderr } = await ended(
    start('--devices', '2000', '--seed', '5', '--no-serve', '--json', '--out', out),
  );
  assert.equal(code, 0, stderr);
  report = JSON.parse(stdout);
  store = await openStore({ folder: path.join(out, report.places.data) });
  const rows = await store.analytics.gather<{ condition: string; identifier: string }>(
    `SELECT toString(s.condition) AS condition, if(s.imei < 100000000000000, leftPad(toString(s.imei), 14, '0'), m.text) AS identifier
    FROM standing AS s LEFT JOIN (SELECT imei, min(upper(text)) AS text FROM malformed GROUP BY imei) AS m ON m.imei = s.imei WHERE s.closed = 0`,
  );
  for (const { condition, identifier } of rows)
    found.set(condition, (found.get(condition) ?? new Set()).add(identifier));
});
after(async () => {
  await store?.close();
  rmSync(folder, { recursive: true, force: true });
});

const linesOf = (file: string): readonly string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .slice(1);
const within = (name: string): string => path.join(out, name);

test('the demonstration leaves country, truth, lists, stores and report', () => {
  const { places } = report;
  for (const name of [places.country, places.truth, places.lists, places.data, places.report])
    assert.ok(existsSync(within(name)), name);
  assert.equal(report.url, null);
  assert.equal(report.devices, 2000);
  assert.match(readFileSync(within(places.report), 'utf8'), /<h1>Meridia, /);
});

test('precision and recall are those of a recount of standings against the truth file', () => {
  const facts = linesOf(within(report.places.truth)).map((line) => line.split(','));
  assert.deepEqual(report.accuracy.map(({ label }) => label).sort(), Object.keys(SOUGHT).sort());
  for (const { label, actual, found: many, hits } of report.accuracy) {
    const sought: readonly string[] = SOUGHT[label] ?? [];
    const truth = new Set(
      facts.filter(([, fact = '']) => sought.includes(fact)).map(([identifier = '']) => identifier),
    );
    const standing = found.get(label) ?? new Set();
    const both = [...standing].filter((identifier) => truth.has(identifier));
    assert.deepEqual(
      { label, actual, many, hits },
      { label, actual: truth.size, many: standing.size, hits: both.length },
    );
  }
  assert.ok(report.accuracy.filter(({ hits }) => hits > 0).length > 10, 'most conditions find something');
});

test('what each condition holds is the recount of the standings', () => {
  for (const { label, open } of report.figures.conditions) assert.equal(open, found.get(label)?.size ?? 0, label);
});

test('rows of the lists are those of the files', () => {
  const folderOfLists = within(report.places.lists);
  const files = readdirSync(folderOfLists, { recursive: true, encoding: 'utf8' });
  for (const { list, operator, rows } of report.figures.lists) {
    const file = files.find((name) => name === path.join(operator === '' ? 'common' : operator, `${list}.csv`));
    assert.ok(file !== undefined, `${list} of ${operator}`);
    assert.equal(linesOf(path.join(folderOfLists, file)).length, rows, file);
  }
});

test('rows taken in and put aside are the lines of the feeds', () => {
  for (const { operator, rows, imported, quarantined } of report.figures.imports) {
    const files = ['operator', 'events'].flatMap((kind) =>
      readdirSync(within(`country/${kind}`))
        .filter((name) => name.startsWith(operator))
        .map((name) => within(`country/${kind}/${name}`)),
    );
    assert.equal(
      rows,
      files.reduce((sum, file) => sum + linesOf(file).length, 0),
      operator,
    );
    assert.equal(imported + quarantined, rows);
  }
  const aside = report.figures.imports.reduce((sum, { quarantined }) => sum + quarantined, 0);
  assert.equal(
    report.figures.reasons.reduce((sum, { rows }) => sum + rows, 0),
    aside,
  );
});

test('sharing, generations, models and blocks are those of a recount', async () => {
  const { figures } = report;
  const rows = await store.analytics.gather<{ imei: string; operator: string; imsis: string[] }>(
    `SELECT toString(imei) AS imei, toString(operator) AS operator, groupUniqArray(toString(imsi)) AS imsis FROM triplet GROUP BY imei, operator`,
  );
  const sims = new Map<string, Set<string>>();
  for (const { imei, imsis } of rows) {
    const known = sims.get(imei) ?? new Set();
    for (const imsi of imsis) if (imsi !== '0') known.add(imsi);
    sims.set(imei, known);
  }
  assert.equal(figures.imeis + figures.malformed, sims.size);
  for (const { from, to, identifiers } of figures.sharing) {
    assert.equal(
      [...sims.values()].filter(({ size }) => size >= from && size <= to).length,
      identifiers,
      `${from} to ${to}`,
    );
  }
  const operators = [...new Set(figures.generations.map(({ operator }) => operator))];
  for (const id of operators) {
    const counted = figures.generations.reduce(
      (sum, { operator, identifiers }) => sum + (operator === id ? identifiers : 0),
      0,
    );
    assert.equal(counted, rows.filter(({ operator }) => operator === id).length, id);
  }
  const effects = new Map(figures.conditions.map(({ label, effect }) => [label, effect]));
  const blocking = [...found].filter(([label]) => effects.get(label) === 'blocked').flatMap(([, all]) => [...all]);
  assert.equal(
    figures.blocks.reduce((sum, { identifiers }) => sum + identifiers, 0),
    new Set(blocking).size,
  );
  assert.ok(figures.models.length > 0 && figures.models.every(({ listed, seen }) => listed > 0 && listed <= seen));
});

test('a folder that is in use is refused, and the words of a wrong call are told', async () => {
  const again = await ended(start('--devices', '10', '--no-serve', '--out', out));
  assert.equal(again.code, 1);
  assert.match(again.stderr, /FILE_EXISTS/);
  const wrong = await ended(start('--port', '70000'));
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /--port must be a number/);
  const other = await servePage('', 0);
  const taken = await ended(start('--port', new URL(other.url).port, '--out', path.join(folder, 'taken')));
  await other.close();
  assert.equal(taken.code, 1);
  assert.match(taken.stderr, /REPORT_PORT/);
  assert.equal(existsSync(path.join(folder, 'taken')), false);
});

test('the report is served until the interrupt, which ends it well', async () => {
  const child = start('--devices', '100', '--months', '1', '--out', path.join(folder, 'served'));
  const end = ended(child);
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let said = '';
      child.stdout?.on('data', (text: string) => {
        said += text;
        const [, found] = /The report: (\S+)/.exec(said) ?? [];
        if (found !== undefined) resolve(found);
      });
      child.once('close', () => reject(new Error('it ended before it served')));
    });
    const page = await (await fetch(url)).text();
    assert.equal(page, readFileSync(path.join(folder, 'served', 'report.html'), 'utf8'));
    child.kill('SIGINT');
    const { code, stdout } = await end;
    assert.equal(code, 0);
    assert.match(stdout, /All of it is in .+ and stays there/);
  } finally {
    child.kill('SIGKILL');
  }
});
