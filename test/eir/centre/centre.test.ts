import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { parseNodes } from '../../../src/eir/centre/nodes.ts';
import { ask, askWhole } from '../../../src/eir/follow/client.ts';
import { Lines } from '../../../src/eir/follow/lines.ts';
import { type Line, readLine } from '../../../src/eir/follow/wire.ts';
import { feedPlaces } from '../../../src/lists/feed.ts';
import { makeAuthority, withoutOpenssl } from '../../peers/certificates.ts';
import { adds, centreOf, folderFor, follow, publish, publishRules, rulesText, saidOf, sha, until } from './ground.ts';

/** What a stream says within a time. */
async function heard(
  url: string,
  token: string,
  ms: number,
): Promise<{ readonly lines: readonly Line[]; readonly text: string }> {
  const response = await ask({ url, token }, { path: '/v1/feed?log=0' });
  assert.equal(response.statusCode, 200);
  const [cutter, lines] = [new Lines(1 << 20), [] as Line[]];
  let text = '';
  response.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    for (const bytes of cutter.push(chunk)) {
      const line = readLine(bytes?.toString() ?? '');
      assert.ok(line !== undefined);
      lines.push(line);
    }
  });
  response.on('error', () => undefined);
  await wait(ms);
  response.destroy();
  return { lines, text };
}

test('nobody is told anything without a token of the nodes file, and nobody more than that allows', async (t) => {
  const folder = folderFor(t);
  await publish(folder, 'blocked', adds(1, 5));
  const { url, counted } = await centreOf(t, folder);
  const statusOf = async (token: string, path: string, method: 'GET' | 'POST' | 'PUT' = 'GET'): Promise<number> =>
    (await askWhole({ url, token }, { path, method })).status;
  const routes: readonly (readonly ['GET' | 'POST' | 'PUT', string])[] = [
    ['GET', '/v1/feed'],
    ['GET', '/v1/snapshot'],
    ['POST', '/v1/ack'],
    ['GET', '/v1/nodes'],
    ['POST', '/v1/check'],
    ['PUT', '/v1/events/a'],
    ['GET', '/'],
  ];
  for (const [method, route] of routes) {
    for (const token of ['wrong', sha('token-alfa-1'), 'token-alfa-12', '']) {
      assert.equal(await statusOf(token, route, method), 401, `${method} ${route}`);
    }
    if (route !== '/v1/nodes') assert.equal(await statusOf('token-admin', route, method), 403, route);
  }
  assert.equal(await statusOf('token-alfa-1', '/v1/nodes'), 403);
  assert.equal(await statusOf('token-admin', '/v1/nodes'), 200);
  assert.equal(await statusOf('token-alfa-1', '/v1/other'), 404);
  assert.ok(counted.get('feed_denied unknown') >= 28);
  for (const query of ['blocked=-1', 'blocked=x', 'golden=1', 'blocked=1e99'])
    assert.equal(await statusOf('token-alfa-1', `/v1/feed?${query}`), 400, query);
});

test('a node is sent its own operator’s exceptions and no other’s, before what they except from', async (t) => {
  const folder = folderFor(t);
  await publishRules(folder);
  await publish(folder, 'blocked', adds(1, 3));
  await publish(folder, 'tracked', adds(11, 1));
  await publish(folder, 'permitted', adds(21, 1, ''));
  await publish(folder, 'exceptions@alfa', [{ op: 'add', imei: 1, imsi: 999010000000001, msisdn: 41790000001 }]);
  await publish(folder, 'exceptions@beta', [{ op: 'add', imei: 1, imsi: 999020000000002, msisdn: 41790000002 }]);
  const { url } = await centreOf(t, folder);
  const [alfa, beta] = [await heard(url, 'token-alfa-1', 300), await heard(url, 'token-beta-1', 300)];
  const order = (lines: readonly Line[]): readonly string[] =>
    lines.flatMap((line) => ('list' in line ? [line.list] : 'rules' in line ? ['rules'] : []));
  assert.deepEqual(order(alfa.lines), ['rules', 'exceptions', 'permitted', 'tracked', 'blocked']);
  assert.ok('beat' in (alfa.lines[0] ?? {}) && alfa.lines.filter((line) => 'beat' in line).length > 3);
  assert.match(alfa.text, /999010000000001/);
  assert.doesNotMatch(alfa.text, /99902/);
  assert.match(beta.text, /999020000000002/);
  assert.doesNotMatch(beta.text, /99901/);
});

test('a damaged segment is not sent, nor what follows it, until it is whole again', async (t) => {
  const [folder, own] = [folderFor(t), folderFor(t)];
  await publish(folder, 'blocked', adds(1, 10));
  await publish(folder, 'blocked', adds(101, 10));
  await publish(folder, 'blocked', adds(201, 10));
  const { changes } = feedPlaces(folder);
  const middle = path.join(changes, readdirSync(changes).sort()[1] ?? '');
  const good = readFileSync(middle);
  const bad = Buffer.from(good);
  bad[200] = (bad[200] ?? 0) ^ 1;
  writeFileSync(middle, bad);
  const { url, counted } = await centreOf(t, folder);
  const { follower } = await follow(t, { url, folder: own });
  await publish(folder, 'tracked', adds(7, 1));
  await until(() => follower.status.applied.tracked === 1, 'other lists go on');
  await wait(300);
  assert.deepEqual([follower.status.applied.blocked, follower.status.lag], [10, 20]);
  assert.equal(counted.get('feed_damaged'), 1, 'looked at once, and counted');
  writeFileSync(middle, good);
  await until(() => follower.status.applied.blocked === 30, 'repaired');
  assert.deepEqual(saidOf(follower.writer, [110, 210]), ['1 local', '1 local']);
});

test('a node that never reads is cut, and costs no memory while it hangs', async (t) => {
  const folder = folderFor(t);
  await publish(folder, 'blocked', adds(1, 400_000, 'a reason that takes some room on the wire'));
  const { url, counted, address } = await centreOf(t, folder);
  const [host = '', port] = address.split(':');
  const before = process.memoryUsage().external;
  const sockets = ['alfa-1', 'alfa-2', 'beta-1'].map((name) => {
    const socket = connect(Number(port), host);
    socket.on('error', () => undefined);
    socket.pause();
    socket.write(`GET /v1/feed HTTP/1.1\r\nhost: x\r\nauthorization: Bearer token-${name}\r\n\r\n`);
    return socket;
  });
  t.after(() => sockets.forEach((socket) => void socket.destroy()));
  await until(() => counted.get('feed_streams opened') === 3, 'they are there');
  await wait(500);
  const grown = process.memoryUsage().external - before;
  assert.ok(grown < 40 << 20, `${grown} bytes`);
  await until(() => counted.get('feed_streams stalled') === 3, 'they are cut');
  const { follower } = await follow(t, { url, folder: folderFor(t) });
  await until(() => follower.status.applied.blocked === 400_000, 'whoever reads is served');
});

test('of two streams of one node the older ends, and the newer goes on', async (t) => {
  const folder = folderFor(t);
  await publish(folder, 'blocked', adds(1, 5));
  const { url, counted } = await centreOf(t, folder);
  const open = async (name: string): Promise<{ ended: boolean; text: string }> => {
    const response = await ask({ url, token: `token-${name}` }, { path: '/v1/feed?log=0' });
    assert.equal(response.statusCode, 200);
    const seen = { ended: false, text: '' };
    response.on('data', (chunk: Buffer) => {
      seen.text += chunk.toString();
    });
    response.on('error', () => undefined);
    response.once('close', () => {
      seen.ended = true;
    });
    t.after(() => response.destroy());
    return seen;
  };
  const [older, other] = [await open('alfa-1'), await open('alfa-2')];
  await until(() => older.text.includes('["add",5,'), 'the first is served');
  const newer = await open('alfa-1');
  await until(() => older.ended && counted.get('feed_streams closed') === 1, 'the older ended');
  await publish(folder, 'blocked', adds(71, 1));
  await until(() => [newer, other].every(({ text }) => text.includes('["add",71,')), 'the others go on');
  assert.ok(!older.text.includes('["add",71,') && !newer.ended && !other.ended);
  const { body } = await askWhole({ url, token: 'token-admin' }, { path: '/v1/nodes' });
  assert.match(body, /"name":"alfa-1"[^}]*"connected":true/, 'the newer one counts as its stream');
});

test('networks that ask the centre are answered by the same lists and rules, in batches, until too many wait', async (t) => {
  const folder = folderFor(t);
  await publishRules(
    folder,
    rulesText({
      modes: [
        {
          from: '2020-01-01' as never,
          mode: 'authorization',
          unlisted: 'blocked',
          onlyPermitted: false,
          shadow: true,
          percentage: 1,
          asking: { ttlSeconds: 1, timeoutMs: 100, fallback: 'permitted' },
        },
      ],
    }),
  );
  await publish(folder, 'exceptions@alfa', [{ op: 'add', imei: 35000001000002, imsi: 999010000000001, msisdn: 0 }]);
  await publish(folder, 'permitted', adds(35000001000009, 1, ''));
  await publish(folder, 'blocked', [
    { op: 'add', imei: 35000001000001, reasons: 'stolen' },
    { op: 'add', imei: 35000001000002, reasons: 'x' },
  ]);
  const { url } = await centreOf(t, folder, { limits: { questions: 50 } });
  const asking = { url, token: 'token-alfa-1' };
  const question = (imei: number, imsi = 0) => ({ imei, equipment: 'imei', svn: -1, imsi, msisdn: 0, rat: 0, at: 1 });
  const check = async (body: unknown, token = 'token-alfa-1') => {
    const headers = { 'content-type': 'application/json' };
    const { status, body: told } = await askWhole(
      { ...asking, token },
      { method: 'POST', path: '/v1/check', headers, body: JSON.stringify(body) },
    );
    return {
      status,
      told: JSON.parse(told) as { status: string; step: string; reason: string } & {
        status: string;
        step: string;
        reason: string;
      }[],
    };
  };
  await until(async () => (await check(question(1))).status === 200, 'it has lists of its own');
  await until(async () => (await check(question(1), 'token-beta-1')).status === 200, 'for each operator');
  const { told } = await check([
    question(35000001000001),
    question(35000001000002, 999010000000001),
    question(35000001000002),
    question(35000001000009),
    question(5),
    question(-1),
  ]);
  assert.deepEqual(
    told.map(({ status, step, reason }) => `${status} ${step} ${reason}`),
    [
      'blocked stolen stolen',
      'permitted pairing x',
      'blocked blocked x',
      'permitted permitted ',
      'blocked default ',
      'permitted equipment ',
    ],
  );
  const foreign = await check(question(35000001000002, 999010000000001), 'token-beta-1');
  assert.deepEqual([foreign.told.status, foreign.told.step], ['blocked', 'blocked'], 'a pair of another operator');
  await publish(folder, 'blocked', [{ op: 'remove', imei: 35000001000001, reasons: 'stolen' }]);
  await until(async () => (await check(question(35000001000001))).told.step === 'default', 'changes take effect');
  assert.equal((await check(Array(51).fill(question(1)))).status, 503);
  assert.equal((await check(Array(50).fill(question(1)))).told.length, 50);
  for (const wrong of [
    {},
    [],
    { ...question(1), imei: 1e14 },
    { ...question(1), name: 'x' },
    Array(1001).fill(question(1)),
  ])
    assert.equal((await check(wrong)).status, 400);
});

test('an event file is kept once under its name, whole, whatever is sent again', async (t) => {
  const folder = folderFor(t);
  const { url } = await centreOf(t, folder);
  const put = async (
    name: string,
    body: Buffer,
    more: Record<string, string> = {},
    node = 'alfa-1',
  ): Promise<number> => {
    const headers = {
      'content-type': 'application/octet-stream',
      'x-sha256': createHash('sha256').update(body).digest('hex'),
      ...more,
    };
    const { status } = await askWhole(
      { url, token: `token-${node}` },
      { method: 'PUT', path: `/v1/events/${name}`, headers, body },
    );
    return status;
  };
  const [one, other] = [randomBytes(3 << 20), randomBytes(100)];
  assert.deepEqual(
    [await put('a-1.events', one), await put('a-1.events', one), await put('a-1.events', other)],
    [201, 200, 409],
  );
  assert.equal(await put('a-1.events', other, {}, 'beta-1'), 201, 'each node has its own names');
  assert.ok(readFileSync(path.join(folder, 'events/alfa-1/a-1.events')).equals(one));
  assert.equal(await put('b.events', one, { 'x-sha256': sha('else') }), 422);
  for (const name of ['..', '.hidden', 'a%2Fb', '%2e%2e%2fx', 'a b'.replace(' ', '%20')]) {
    assert.ok([400, 404].includes(await put(name, other)), name);
  }
  assert.equal(await put('c.events', other, { 'x-sha256': 'short' }), 400);
  assert.deepEqual(readdirSync(path.join(folder, 'events/alfa-1')), ['a-1.events']);
});

test('a nodes file is read with all its faults at once, by line', () => {
  const good = `admin: ${sha('x')}\nnodes:\n  - { name: alfa-1, operator: alfa, token: ${sha('a')} }\n`;
  assert.ok(parseNodes(good, 'nodes.yaml').ok);
  const bad = parseNodes(`${good}  - { name: alfa-1, operator: Alfa!, token: secret, more: 1 }\n`, 'nodes.yaml');
  assert.ok(!bad.ok);
  assert.deepEqual(bad.fault.map(({ code, line, field }) => [code, line, field]).sort(), [
    ['FEED_NODES', 4, 'nodes[1].more'],
    ['FEED_NODES', 4, 'nodes[1].operator'],
    ['FEED_NODES', 4, 'nodes[1].token'],
  ]);
  const twice = parseNodes(`${good}  - { name: alfa-1, operator: alfa, token: ${sha('a')} }\n`, 'nodes.yaml');
  assert.deepEqual(twice.ok ? [] : twice.fault.map(({ field }) => field), ['nodes[1].name', 'nodes[1].token']);
  for (const text of ['', 'nodes: []', 'nodes: [', '- 1', 'nodes: { a: 1 }']) {
    const read = parseNodes(text, 'nodes.yaml');
    assert.ok(
      !read.ok && read.fault.length > 0 && read.fault.every(({ message }) => !message.includes('country')),
      text,
    );
  }
});

test('over TLS both show a certificate of the authority; whoever does not is not heard', {
  skip: withoutOpenssl(),
}, async (t) => {
  const [folder, keys] = [folderFor(t), folderFor(t)];
  await publish(folder, 'blocked', adds(1, 5));
  const [ours, others] = [makeAuthority(keys, 'ours'), makeAuthority(keys, 'others')];
  const server = ours.issue('centre');
  const { url } = await centreOf(t, folder, { tls: { key: server.key, cert: server.cert, ca: ours.cert } });
  const shown = (certificate: { readonly key: Buffer; readonly cert: Buffer }, ca = ours.cert) => ({
    centre: { url, token: 'token-alfa-1', tls: { ca, key: certificate.key, cert: certificate.cert } },
  });
  const { follower } = await follow(t, { url, folder: folderFor(t) }, shown(ours.issue('node')));
  await until(() => follower.status.durable.blocked === 5, 'followed over TLS');
  const bad = [
    shown(others.issue('node')),
    shown(ours.issue('late', { days: -1 })),
    shown(ours.issue('node'), others.cert),
  ];
  for (const options of [...bad, { centre: { url, token: 'token-alfa-1', tls: { ca: ours.cert } } }]) {
    const { follower: stranger, counted } = await follow(t, { url, folder: folderFor(t) }, options);
    await until(() => counted.get('follow_broken') > 1, 'turned away');
    assert.equal(stranger.status.lists, 'none');
    await stranger.close();
  }
});

test('a session with the centre is not renegotiated, and below TLS 1.2 there is none', {
  skip: withoutOpenssl(),
}, async (t) => {
  const [folder, keys] = [folderFor(t), folderFor(t)];
  await publish(folder, 'blocked', adds(1, 5));
  const ours = makeAuthority(keys, 'ours');
  const [server, node] = [ours.issue('centre'), ours.issue('node')];
  const { url, address } = await centreOf(t, folder, { tls: { key: server.key, cert: server.cert, ca: ours.cert } });
  const [host = '', port] = address.split(':');
  const shown = { host, port: Number(port), ca: ours.cert, key: node.key, cert: node.cert };
  const old = connectTls({ ...shown, maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
  await assert.rejects(once(old, 'secureConnect'));

  const socket = connectTls({ ...shown, maxVersion: 'TLSv1.2' });
  t.after(() => socket.destroy());
  await once(socket, 'secureConnect');
  const answered = once(socket, 'data');
  socket.write('GET /v1/feed HTTP/1.1\r\nhost: x\r\nauthorization: Bearer token-alfa-1\r\n\r\n');
  assert.match(String((await answered)[0]), /^HTTP\/1.1 200/);
  const handshake = socket.getFinished()?.toString('hex');
  const refused = once(socket, 'error');
  socket.renegotiate({}, () => undefined);
  assert.match(String((await refused)[0]), /renegotiation/i);
  assert.equal(socket.getFinished()?.toString('hex') ?? handshake, handshake, 'there was no second handshake');
  const { follower } = await follow(
    t,
    { url, folder: folderFor(t) },
    { centre: { url, token: 'token-alfa-2', tls: { ca: ours.cert, key: node.key, cert: node.cert } } },
  );
  await until(() => follower.status.applied.blocked === 5, 'others are served');
});
