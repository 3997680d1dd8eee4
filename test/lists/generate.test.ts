import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openPromise } from 'yauzl';
import type { Day } from '../../src/calendar/day.ts';
import { Refused } from '../../src/faults/fault.ts';
import type { ManifestEntry } from '../../src/files/manifest.ts';
import { generateLists, render } from '../../src/lists/generate.ts';
import { OPEN_DAY } from '../../src/stores/schema.ts';
import { openStore, type Store } from '../../src/stores/store.ts';
import { embeddedDatabase } from '../servers/embedded.ts';
import { country, put, temporary, type World } from './world.ts';

let store: Store;
let folder: string;
let remove: () => Promise<void>;
before(async () => {
  ({ folder, remove } = await temporary());
  store = await openStore({ folder: path.join(folder, 'data'), registry: await embeddedDatabase() });
});
after(async () => {
  await store.close();
  await remove();
});

const lists = { lookbackDays: 60, exceptionsOnlyBlocked: false, barredInExceptions: false, permitted: true } as const;
const policy = country({ ...lists, checkDigit: true, malformed: true, notifyImsiChange: false }, true);
const history = { valid_from: '2024-01-01', valid_to: OPEN_DAY, recorded: 1, closed: 0 };
const decided = {
  effect: 'blocked',
  since: '2024-01-01',
  ended: OPEN_DAY,
  recorded: 1,
  closed: 0,
  evidence: '{}',
} as const;
const [STOLEN, DUE, ODD] = [49015420323751n, 35209900176148n, 2n ** 63n + 1n];

const facts: World = {
  standing: [
    { imei: STOLEN, condition: 'stolen', block_date: '2024-02-01', amnesty: false, ...decided },
    { imei: DUE, condition: 'dup', block_date: '2024-04-01', amnesty: true, ...decided },
    { imei: ODD, condition: 'odd', block_date: '2024-02-02', amnesty: false, ...decided },
  ],
  golden: [],
  pairing: [{ imei: DUE, imsi: 999030000000001n, msisdn: 41790000003n, ...history }],
  sim_change: [],
  registration: [{ imei: DUE, status: 'whitelist', device_id: '1', ...history }],
  barred: [],
  barred_tac: [],
  triplet: [
    { month: 202403, operator: 'beta', imei: DUE, imsi: 999010000000001n, msisdn: 41790000001n, days: 1, rats: 1 },
    { month: 202403, operator: 'beta', imei: DUE, imsi: 228010000000001n, msisdn: 41790000002n, days: 1, rats: 1 },
  ],
};
const now = new Date('2024-03-10T10:20:30Z');
const wish = (out: string) => ({ country: policy, out: path.join(folder, out), now });

/** Every file below a folder; of archives their members. */
async function contents(root: string): Promise<Readonly<Record<string, string>>> {
  const found: [string, string][] = [];
  for (const name of (await readdir(root, { recursive: true, withFileTypes: true })).filter((one) => one.isFile())) {
    const file = path.join(name.parentPath, name.name);
    if (file.endsWith('.zip')) found.push(...(await members(file)));
    else found.push([path.relative(root, file), await readFile(file, 'utf8')]);
  }
  return Object.fromEntries(found);
}

async function members(file: string): Promise<readonly [string, string][]> {
  const found: [string, string][] = [];
  const zip = await openPromise(file);
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    found.push([`${path.basename(file)}/${entry.fileName}`, Buffer.concat(chunks).toString()]);
  }
  return found;
}

test('our own files: whole lists, deltas, and only an operator learns of its subscribers', async () => {
  await put(store.analytics, facts);
  await store.analytics.home.run(`INSERT INTO malformed VALUES (${ODD}, 'ab,c')`);
  const golden = (imei: string): string => `toUInt128(${imei})`;
  const made = await generateLists(store, { ...wish('own'), day: '2024-03-10' as Day, format: 'openceir', golden });
  assert.equal(path.basename(made.folder), `lists_${made.run}_20240310`);
  const { 'manifest.json': manifest = '', ...files } = await contents(made.folder);
  const subscriber = 'imei,imsi,msisdn';
  assert.deepEqual(files, {
    'common/blocked.csv':
      'imei,block_date,reasons\n490154203237518,2024-02-01,"Stolen, or ""lost"""\n"AB,C",2024-02-02,Duplicate\n',
    'common/blocked.delta.csv':
      'seq,op,reason,imei,block_date,reasons\n1,add,blocked,490154203237518,2024-02-01,"Stolen, or ""lost"""\n2,add,blocked,"AB,C",2024-02-02,Duplicate\n',
    'common/tracked.csv': 'imei,reasons\n',
    'common/tracked.delta.csv': 'seq,op,reason,imei,reasons\n',
    'common/permitted.csv': 'imei\n352099001761481\n',
    'common/permitted.delta.csv': 'seq,op,reason,imei\n1,add,added,352099001761481\n',
    'alfa/exceptions.csv': `${subscriber}\n`,
    'alfa/exceptions.delta.csv': `seq,op,reason,${subscriber}\n`,
    'beta/exceptions.csv': `${subscriber}\n352099001761481,999030000000001,41790000003\n`,
    'beta/exceptions.delta.csv': `seq,op,reason,${subscriber}\n1,add,added,352099001761481,999030000000001,41790000003\n`,
    'alfa/notifications.csv': `${subscriber},block_date,reasons,amnesty\n352099001761481,999010000000001,41790000001,2024-04-01,Duplicate,true\n`,
    'alfa/notifications.delta.csv': `seq,op,reason,${subscriber},block_date,reasons,amnesty\n1,add,new,352099001761481,999010000000001,41790000001,2024-04-01,Duplicate,true\n`,
    'beta/notifications.csv': `${subscriber},block_date,reasons,amnesty\n352099001761481,228010000000001,41790000002,2024-04-01,Duplicate,true\n`,
    'beta/notifications.delta.csv': `seq,op,reason,${subscriber},block_date,reasons,amnesty\n1,add,new,352099001761481,228010000000001,41790000002,2024-04-01,Duplicate,true\n`,
  });
  const { files: entries, ...head } = JSON.parse(manifest) as { files: readonly ManifestEntry[] };
  const about = {
    run: made.run,
    country: policy.hash,
    base: 0,
    day: '2024-03-10',
    format: 'openceir',
    check_digit: true,
  };
  assert.deepEqual(head, about);
  const texts = new Map(Object.entries<string>(files));
  for (const { file, rows, bytes, sha256 } of entries) {
    const text = texts.get(file) ?? '';
    assert.equal(rows, text.split('\n').length - 2, file);
    assert.equal(bytes, Buffer.byteLength(text));
    assert.equal(sha256, createHash('sha256').update(text).digest('hex'));
  }
  assert.equal(entries.length, Object.keys(files).length);
});

test('DIRBS files: an archive a list with its deltas, CRLF, dates without hyphens', async () => {
  const made = await generateLists(store, { ...wish('dirbs'), day: '2024-04-01' as Day, format: 'dirbs' });
  const stamp = '20240310_102030';
  assert.equal(path.basename(made.folder), `listgen__${stamp}`);
  const { 'manifest.json': _, ...files } = await contents(made.folder);
  const of = (list: string, reason = ''): string => {
    const delta = reason === '' ? '' : `_delta_${made.base}_${made.run}_${reason}`;
    return `${stamp}_${list}.zip/${stamp}_${list}${delta}.csv`;
  };
  const blocked = '352099001761481,20240401,Duplicate\r\n';
  const rest = '490154203237518,20240201,"Stolen, or ""lost"""\r\n"AB,C",20240202,Duplicate\r\n';
  const header = { block: 'imei,block_date,reasons\r\n', pair: 'imei,imsi,msisdn\r\n' };
  const notice = 'imei,imsi,msisdn,block_date,reasons,amnesty_granted\r\n';
  const gone = (subscriber: string): string => `${notice}352099001761481,${subscriber},20240401,Duplicate,True\r\n`;
  assert.deepEqual(files, {
    [of('blacklist')]: header.block + blocked + rest,
    [of('blacklist', 'blocked')]: header.block + blocked,
    [of('blacklist', 'unblocked')]: header.block,
    [of('blacklist', 'changed')]: header.block,
    ...Object.fromEntries(
      [['alfa', '999010000000001,41790000001'] as const, ['beta', '228010000000001,41790000002'] as const].flatMap(
        ([id, subscriber]) => [
          ...['', 'new', 'resolved', 'no_longer_seen', 'changed'].map((one) => [
            of(`notifications_${id}`, one),
            notice,
          ]),
          [of(`notifications_${id}`, 'blacklisted'), gone(subscriber)],
          ...['added', 'removed'].map((one) => [of(`exceptions_${id}`, one), header.pair]),
        ],
      ),
    ),
    [of('exceptions_alfa')]: header.pair,
    [of('exceptions_beta')]: `${header.pair}352099001761481,999030000000001,41790000003\r\n`,
  });
  const first = await render(store, { ...wish('first'), run: made.base, base: 0, full: false, format: 'dirbs' });
  const names = Object.keys(await contents(first.folder));
  assert.ok(names.includes(`${stamp}_blacklist.zip/${stamp}_blacklist_delta_-1_${made.base}_blocked.csv`));
  assert.ok(!names.includes(of('blacklist')), 'no whole lists were asked for');
});

test('a run on an unchanged state appends nothing and gives the same lists', async () => {
  const again = { ...wish('again'), day: '2024-04-01' as Day, format: 'openceir' } as const;
  const [one, other] = [await generateLists(store, again), await generateLists(store, again)];
  assert.deepEqual([one.lists, other.lists], [[], []]);
  const { 'manifest.json': _, ...files } = await contents(one.folder);
  const { 'manifest.json': __, ...same } = await contents(other.folder);
  assert.deepEqual(files, same);
});

const codes = (error: unknown): readonly string[] =>
  error instanceof Refused ? error.faults.map(({ code }) => code) : [];
const refused =
  (code: string) =>
  (error: unknown): boolean =>
    codes(error).includes(code);

test('where the folder cannot appear the run is whole all the same, and its files are written again', async () => {
  const out = path.join(folder, 'taken');
  const last =
    (await store.registry.query<{ number: number }>('SELECT max(number) AS number FROM run'))[0]?.number ?? 0;
  await mkdir(path.join(out, `lists_${last + 1}_20240402`), { recursive: true });
  const taken = generateLists(store, { ...wish('taken'), day: '2024-04-02' as Day, format: 'openceir' });
  await assert.rejects(taken, refused('FILE_EXISTS'));
  const files = await render(store, { ...wish('elsewhere'), run: last + 1, format: 'openceir' });
  assert.equal(files.base, last);
  assert.equal((await contents(files.folder))['common/tracked.csv'], 'imei,reasons\n');
});

test('a base or run that is none is refused, and so is a file in the place of the folder, before anything is done', async () => {
  const runs = async (): Promise<unknown> => store.registry.query('SELECT count(*) FROM run');
  const before = await runs();
  const wanted = { day: '2024-04-02' as Day, format: 'openceir' } as const;
  await assert.rejects(generateLists(store, { ...wish('no'), ...wanted, base: 999 }), refused('LISTS_BASE'));
  await assert.rejects(render(store, { ...wish('no'), format: 'dirbs', run: 1, base: 1 }), refused('LISTS_BASE'));
  await assert.rejects(render(store, { ...wish('no'), format: 'dirbs', run: 999 }), refused('LISTS_RUN'));
  await writeFile(path.join(folder, 'file'), '');
  await assert.rejects(generateLists(store, { ...wish('file'), ...wanted }), refused('FILE_MISSING'));
  await assert.rejects(generateLists(store, { ...wish('file/below'), ...wanted }), refused('FILE_MISSING'));
  assert.deepEqual(await runs(), before);
});
