// A whole node: a process of its own, on a small feed, asked over real sockets.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { CAPABILITIES_EXCHANGE, DISCONNECT_PEER } from '../../../src/codecs/diameter/command.ts';
import { ceir } from '../../cli/ceir.ts';
import { publish, until } from '../centre/ground.ts';
import { cer } from '../diameter/messages.ts';
import { checkImei, result } from '../gsup/frames.ts';
import {
  askS13,
  crash,
  crashable,
  folderFor,
  OWNER,
  PAIRED,
  PLAIN,
  PROTOCOLS,
  STOLEN,
  smallCentre,
  startTestNode,
  sumOf,
  type TestNode,
  TRACKED,
  untilVerdict,
  verdictN5g,
  verdictS13,
} from './ground.ts';

/** Which command a Diameter message is. */
const commandOf = (bytes: Buffer): number => bytes.readUIntBE(5, 3);

/** What GSUP answers: whether the equipment is refused. */
async function refusedGsup(node: TestNode, imei: number, imsi: string): Promise<boolean> {
  const [host = '', port = ''] = (node.addresses['gsup[0]'] ?? '').split(':');
  const socket = connect(Number(port), host);
  socket.write(checkImei(imsi, String(imei)));
  let heard = Buffer.alloc(0);
  for await (const chunk of socket) {
    heard = Buffer.concat([heard, chunk as Buffer]);
    if (heard.includes(result(imsi, true))) return true;
    if (heard.includes(result(imsi, false))) return false;
  }
  assert.fail('there was no answer');
}

test('all protocols answer by the lists, and change with them', async (t) => {
  const { feed, centre } = await smallCentre(t);
  const node = await startTestNode(t, folderFor(t), { centre: centre.url });
  await until(async () => (await fetch(`${node.admin}/ready`)).status === 200, 'it is ready');
  assert.equal(await verdictS13(node, STOLEN), 'black');
  assert.equal(await verdictS13(node, TRACKED), 'grey');
  assert.equal(await verdictS13(node, PAIRED), 'black');
  assert.equal(await verdictS13(node, PAIRED, OWNER), 'white');
  assert.equal(await verdictS13(node, PLAIN), 'white');
  assert.equal(await verdictN5g(node, STOLEN), 'BLACKLISTED');
  assert.equal(await verdictN5g(node, TRACKED), 'GREYLISTED');
  assert.equal(await verdictN5g(node, PAIRED, OWNER), 'WHITELISTED');
  assert.equal(await refusedGsup(node, STOLEN, '999010000000001'), true);
  assert.equal(await refusedGsup(node, PAIRED, String(OWNER)), false);
  await publish(feed, 'blocked', [
    { op: 'remove', imei: STOLEN, reasons: 'stolen' },
    { op: 'add', imei: PLAIN, reasons: 'stolen' },
  ]);
  await untilVerdict(node, PLAIN, 'black', 'the change took effect');
  assert.equal(await verdictN5g(node, PLAIN), 'BLACKLISTED');
  assert.equal(await refusedGsup(node, PLAIN, '999010000000001'), true);
  assert.equal(await verdictN5g(node, STOLEN), 'WHITELISTED');
  const metrics = await node.metrics();
  for (const protocol of ['s13', 'n5g-eir', 'gsup']) {
    const words = [`protocol="${protocol}"`, 'status="blocked"'];
    assert.ok(sumOf(metrics, 'ceir_eir_answers_total', ...words) > 0, `${protocol} is counted`);
  }
  assert.ok(sumOf(metrics, 'ceir_eir_steps_total', 'step="pairing"') > 0);
  assert.ok(sumOf(metrics, 'ceir_eir_reasons_total', 'reason="stolen"') > 0);
  assert.equal(sumOf(metrics, 'ceir_eir_list_applied', 'list="blocked"'), 4);
  assert.equal(await node.end(), 0);
});

test('two workers serve one port, and one that dies is begun anew while the other answers', async (t) => {
  const { centre } = await smallCentre(t);
  const folder = folderFor(t);
  const node = await startTestNode(t, folder, { centre: centre.url, workers: 2, ...crashable(folder) });
  await until(async () => (await fetch(`${node.admin}/ready`)).status === 200, 'it is ready');
  await askS13(node, { imei: STOLEN, connections: 40, rate: 4000, seconds: 0.5 });
  await until(async () => sumOf(await node.metrics(), 'counter="s13_opened"') >= 40, 'all connections are counted');
  const served = await node.metrics();
  for (const worker of ['1', '2'])
    assert.ok(sumOf(served, 'counter="s13_opened"', `worker="${worker}"`) > 0, `worker ${worker} took connections`);
  const before = sumOf(served, 'ceir_eir_answers_total');
  for (let death = 1; death <= 3; death += 1) {
    crash(folder);
    await until(async () => sumOf(await node.metrics(), 'ceir_eir_worker_restarts_total') >= death, 'one died');
    await until(async () => sumOf(await node.metrics(), 'ceir_eir_workers_ready') === 2, 'it is back');
    const verdicts = await askS13(node, { imei: STOLEN, connections: 20, rate: 1000, seconds: 0.2 });
    assert.deepEqual(
      Object.entries(verdicts)
        .filter(([, times]) => times > 0)
        .map(([verdict]) => verdict),
      ['black'],
    );
  }
  const after = await node.metrics();
  assert.ok(sumOf(after, 'ceir_eir_answers_total') > before, 'what the dead had counted stays');
  assert.doesNotMatch(node.log(), /999010000000777/, 'what a worker died of may be personal');
  assert.match(node.log(), /"error":"TypeError"/);
  assert.equal(await node.end(), 0);
});

test('a node drains: it is unready, says farewell, and ends with 0', async (t) => {
  const { centre } = await smallCentre(t);
  const node = await startTestNode(t, folderFor(t), { centre: centre.url });
  const [host = '', port = ''] = (node.addresses['gsup[0]'] ?? '').split(':');
  const socket = connect(Number(port), host);
  await once(socket, 'connect');
  socket.resume();
  const gone = once(socket, 'close');
  const [s13Host = '', s13Port = ''] = (node.addresses['s13[0]'] ?? '').split(':');
  const peer = connect(Number(s13Port), s13Host);
  peer.write(cer());
  assert.equal(commandOf((await once(peer, 'data'))[0] as Buffer), CAPABILITIES_EXCHANGE.code);
  const farewell = once(peer, 'data');
  const began = performance.now();
  const ended = node.end();
  // While the peer does not part, the node says that it drains.
  assert.equal(commandOf((await farewell)[0] as Buffer), DISCONNECT_PEER.code);
  const ready = await fetch(`${node.admin}/ready`);
  const { unready } = (await ready.json()) as { readonly unready: readonly string[] };
  assert.deepEqual([ready.status, unready.includes('draining')], [503, true]);
  peer.destroy();
  assert.equal(await ended, 0);
  await gone;
  assert.ok(performance.now() - began < 14_000, 'within its limit');
  assert.match(node.log(), /"msg":"draining"/);
  await assert.rejects(fetch(`${node.admin}/health`), 'nothing listens any more');
});

test('people and scripts ask a node by the command line', async (t) => {
  const { centre } = await smallCentre(t);
  const protocols = { s13: PROTOCOLS.s13, n5g_eir: PROTOCOLS.n5g_eir };
  const node = await startTestNode(t, folderFor(t), { centre: centre.url, protocols });
  await until(async () => (await fetch(`${node.admin}/ready`)).status === 200, 'it is ready');
  const ask = (...words: readonly string[]) => ceir(['eir', 'check', ...words, '--node', node.admin]);
  const text = await ask(`${STOLEN}9`, '--explain');
  assert.equal(text.code, 0, text.err);
  assert.match(text.out, /^blocked \(stolen\)\n {2}The IMEI is on these lists: blocked\.\n {2}Reasons: stolen\./);
  assert.match(text.out, /Decided by the row «stolen»/);
  const paired = await ceir(['eir', 'check', String(PAIRED), '--imsi', '-', '--json', '--node', node.admin], {
    input: `${OWNER}\n`,
  });
  const answer = JSON.parse(paired.out) as Readonly<Record<string, unknown>>;
  assert.equal(answer['status'], 'permitted');
  assert.equal(answer['exception'], 'pairing');
  const short = await ask('12');
  assert.equal(short.code, 2);
  assert.match(short.err, /It has 2 digits; 14, 15 or 16 are allowed/);
  const printed = await ask(...(`${STOLEN}`.match(/^(..)(.{6})(.{6})$/)?.slice(1) ?? []));
  assert.match(printed.out, /^blocked \(stolen\)/, printed.err);
  const away = await ceir(['eir', 'check', String(PLAIN), '--json', '--node', 'http://127.0.0.1:1']);
  assert.equal(away.code, 1);
  assert.match(away.err, /NODE_ASK/);
  const words = ['--seconds', '1', '--rate', '500', '--realm', 'test', '--json'];
  const loaded = await ceir(['eir', 'load', 's13', node.addresses['s13[0]'] ?? '', ...words]);
  const told = JSON.parse(loaded.out) as { answered: number; answers: Readonly<Record<string, number>> };
  assert.ok(told.answered > 400 && told.answers['permitted'] === told.answered, loaded.out);
  const sbi = await ceir([
    'eir',
    'load',
    'n5g-eir',
    node.addresses['n5g_eir[0]'] ?? '',
    '--seconds',
    '1',
    '--rate',
    '200',
  ]);
  assert.match(sbi.out, /^200 of 200 answered/);
  const malformed = await fetch(`${node.admin}/check`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ imei: '35', imsi: String(OWNER) }),
  });
  assert.equal(malformed.status, 400);
  assert.doesNotMatch(await malformed.text(), /999010/);
});

test('the admin address of a node beyond this machine wants its token', async (t) => {
  const { centre } = await smallCentre(t);
  const folder = folderFor(t);
  writeFileSync(`${folder}/admin.token`, 'a-token-of-some-length\n');
  const admin = { host: '0.0.0.0', port: 0, token_file: './admin.token' };
  const wish = { centre: centre.url, protocols: { s13: PROTOCOLS.s13 }, more: { admin } };
  const node = await startTestNode(t, folder, wish);
  const statusOf = async (path: string, token?: string): Promise<number> =>
    (await fetch(`${node.admin}${path}`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }))
      .status;
  assert.equal(await statusOf('/health'), 200);
  assert.equal(await statusOf('/metrics'), 401);
  assert.equal(await statusOf('/metrics', 'another-token-of-length'), 401);
  assert.equal(await statusOf('/metrics', 'a-token-of-some-length'), 200);
  assert.equal(await statusOf('/nothing'), 401);
});
