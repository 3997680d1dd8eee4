import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, test } from 'node:test';
import type { Imsi } from '../../src/identifiers/imsi.ts';
import type { Msisdn } from '../../src/identifiers/msisdn.ts';
import type { Receipt } from '../../src/notices/channel.ts';
import { ledgerOf } from '../../src/notices/ledger.ts';
import { operatorChannel } from '../../src/notices/operator/channel.ts';
import { readReceiptFile } from '../../src/notices/operator/receipts.ts';
import { queueNotice } from '../../src/notices/queue.ts';
import { takeReceipt } from '../../src/notices/receipts.ts';
import { freshRegistry } from '../office.ts';
import { sendAll } from './channel.ts';
import { countryOf, IMEI, NOW, officeOf } from './ground.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});
function folderOf(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-operator-'));
  folders.push(folder);
  return folder;
}
const later = new Date(NOW.getTime() + 3_600_000);

test('an operator gets its own notices in a file that appears whole, and tells of them by a file of receipts', async () => {
  const here = officeOf(await freshRegistry(), countryOf());
  const [alfa, bravo] = [folderOf(), folderOf()];
  const channel = operatorChannel({
    folders: new Map([
      ['alfa', alfa],
      ['bravo', bravo],
    ]),
    perSecond: 100,
    clock: () => later,
  });
  const to = (operator: string, number: number) =>
    ({
      channel: 'operator',
      operator,
      imsi: `99901000000000${number}` as Imsi,
      msisdn: `99979000000${number}` as Msisdn,
    }) as const;
  const values = { imei: IMEI, reference: 'A1', place: 'Station "North", 2nd floor' };
  const [first = '', second = '', third = ''] = await here.act(async (desk) => [
    await queueNotice(desk, { template: 'theft_finder', to: to('alfa', 1), values }),
    await queueNotice(desk, { template: 'theft_finder', to: to('alfa', 2), values }),
    await queueNotice(desk, { template: 'theft_finder', to: to('bravo', 3), values }),
  ]);
  assert.equal(await sendAll(here, channel, NOW), 3);

  const files = readdirSync(path.join(alfa, 'notices'));
  assert.equal(files.length, 1);
  assert.match(files[0] ?? '', /^notices_20260907T110000Z_\d+_\d+\.csv$/);
  const [header, row, ...others] = readFileSync(path.join(alfa, 'notices', files[0] ?? ''), 'utf8').split('\n');
  assert.equal(header, 'notice,msisdn,imsi,language,template,until,text');
  assert.ok(
    row?.startsWith(
      `"${first}","999790000001","999010000000001","en","theft_finder","","The device 350000000000014 that you use`,
    ),
    row,
  );
  assert.ok(row?.includes('to: Station ""North"", 2nd floor.'), row);
  assert.equal(others.length, 2, 'one more, and the end');
  assert.doesNotMatch(row ?? '', /999790000003/);

  const receipts = path.join(alfa, 'receipts');
  mkdirSync(receipts);
  const at = '2026-09-07T12:30:00+02:00';
  const lines = [
    `${first},delivered,${at},`,
    `${second},failed,${at},absent`,
    `${third},delivered,${at},`,
    `x,delivered,${at},`,
  ];
  writeFileSync(path.join(receipts, 'r1.csv'), `notice,state,at,reason\n${lines.join('\n')}\n`);
  mkdirSync(path.join(bravo, 'receipts'));
  writeFileSync(path.join(bravo, 'receipts', 'r1.csv'), `notice,state,at,reason\n${second},delivered,${at},\n`);
  writeFileSync(path.join(receipts, 'half.csv'), `notice,state,at,reason\n${first},deliv`);
  writeFileSync(path.join(receipts, 'wrong.csv'), 'number,state\n1,delivered\n');
  const collect = async () => channel.collect?.((receipt) => takeReceipt(here.registry, receipt, later));
  await collect();
  await collect();
  const states = await Promise.all(
    [first, second, third].map(async (id) => (await ledgerOf(here.registry, { id }))[0]),
  );
  assert.deepEqual(
    states.map((entry) => entry?.state),
    ['delivered', 'failed', 'sent'],
    'nobody speaks for another operator',
  );
  const steps = states[0]?.steps ?? [];
  assert.deepEqual(steps.at(-1)?.at, new Date(at));
  assert.equal(states[1]?.steps.find(({ state }) => state === 'refused')?.because, 'absent');
  assert.deepEqual(readdirSync(receipts).sort(), ['done', 'half.csv', 'refused']);
  assert.deepEqual(readdirSync(path.join(receipts, 'done')).sort(), ['r1.csv', 'r1.faults.csv']);
  assert.deepEqual(readdirSync(path.join(receipts, 'refused')).sort(), ['wrong.csv', 'wrong.faults.csv']);
  assert.equal(
    readFileSync(path.join(receipts, 'done', 'r1.faults.csv'), 'utf8'),
    'line,fault\n5,"notice is no number of a notice"\n',
  );
});

test('a receipt that was not recorded is read again', async () => {
  const folder = folderOf();
  mkdirSync(path.join(folder, 'receipts'));
  writeFileSync(path.join(folder, 'receipts', 'r.csv'), 'notice,state,at,reason\n1,delivered,2026-09-07T10:00:00Z,\n');
  const channel = operatorChannel({ folders: new Map([['alfa', folder]]), perSecond: 100, clock: () => later });
  await assert.rejects(
    channel.collect?.(() => Promise.reject(new Error('no registry'))) ?? Promise.resolve(),
    /no registry/,
  );
  const taken: Receipt[] = [];
  await channel.collect?.(async (receipt) => void taken.push(receipt));
  assert.deepEqual(taken, [
    { gateway: 'operator', message: 'alfa 1', state: 'delivered', at: new Date('2026-09-07T10:00:00Z') },
  ]);
});

test('an operator without a folder, or whose folder cannot be written, gets its notices later', async () => {
  const folder = folderOf();
  writeFileSync(path.join(folder, 'notices'), 'a file in the folder’s place');
  let now = NOW;
  const channel = operatorChannel({ folders: new Map([['alfa', folder]]), perSecond: 100, clock: () => now });
  const notice = (operator: string) =>
    ({
      id: operator,
      to: { channel: 'operator', operator, msisdn: '999790000001' as Msisdn },
      language: 'en',
      template: 't',
      title: 't',
      text: 't',
    }) as const;
  const [none, full] = await channel.send([notice('bravo'), notice('alfa')]);
  assert.deepEqual(none, { kind: 'later', because: 'no folder', spares: false });
  assert.ok(full?.kind === 'later' && full.spares, JSON.stringify(full));
  assert.equal(channel.ready(), false);
  now = later;
  assert.equal(channel.ready(), true);
});

test('every row of receipts is judged by itself', () => {
  const faultOf = (line: string): string | undefined =>
    readReceiptFile(`notice,state,at,reason\n${line}\n`, later).faults[0]?.fault;
  assert.equal(faultOf('1,delivered,2026-09-07T10:00:00Z,'), undefined);
  assert.equal(faultOf('"1","failed","2026-09-07T10:00+02:00","absent"'), undefined);
  assert.equal(faultOf('1,delivered,2026-09-07T10:00:00Z'), 'it has 3 fields, not 4');
  assert.equal(faultOf('0,delivered,2026-09-07T10:00:00Z,'), 'notice is no number of a notice');
  assert.equal(faultOf('1,sent,2026-09-07T10:00:00Z,'), 'state is neither delivered nor failed');
  assert.equal(faultOf('1,delivered,2026-09-07 10:00,'), 'at is no moment such as 2026-09-07T10:00:00Z');
  assert.equal(faultOf('1,delivered,2026-19-07T10:00:00Z,'), 'at is no moment such as 2026-09-07T10:00:00Z');
  assert.equal(faultOf('1,delivered,2026-09-07T12:00:00Z,'), 'at lies ahead');
  assert.equal(faultOf('1,failed,2026-09-07T10:00:00Z,+41790000001'), 'reason is not a word of letters and digits');
  assert.deepEqual(
    readReceiptFile('\ufeffnotice,state,at,reason\r\n1,delivered,2026-09-07T10:00:00Z,\r\n', later).receipts.length,
    1,
  );
});
