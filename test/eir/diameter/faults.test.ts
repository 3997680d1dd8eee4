import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import tls from 'node:tls';
import type { DiameterOptions } from '../../../src/eir/diameter/options.ts';
import { startDiameter } from '../../../src/eir/diameter/server.ts';
import { Session } from '../../../src/eir/diameter/session.ts';
import { type Authority, makeAuthority, withoutOpenssl } from '../../peers/certificates.ts';
import { digitChecker } from './harness.ts';
import { cer, dpr, dwr, EIR, ecr, MME, messagesOf, resultOf } from './messages.ts';

/** A server on the loopback, and what it counted. */
async function served(over: Partial<DiameterOptions> = {}) {
  const counts: string[] = [];
  const server = await startDiameter({
    host: '127.0.0.1',
    port: 0,
    identity: EIR,
    checker: digitChecker().checker,
    count: (name, label) => counts.push(label === undefined ? name : `${name} ${label}`),
    ...over,
  });
  const port = Number(server.address.split(':').at(-1));
  const seen = async (name: string, times = 1): Promise<void> => {
    while (counts.filter((one) => one === name).length < times) await pause(5);
  };
  return { server, port, counts, seen };
}

/** Sends requests and resolves to the results of as many answers. */
async function talk(socket: net.Socket, requests: readonly Buffer[]): Promise<readonly number[]> {
  let got = Buffer.alloc(0);
  socket.write(Buffer.concat(requests));
  while (true) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    got = Buffer.concat([got, chunk]);
    const answers = messagesOf(got);
    const whole = answers.reduce((sum, one) => sum + one.length, 0) === got.length && answers.at(-1);
    if (whole && answers.length >= requests.length) return answers.map(resultOf);
  }
}

const connected = async (port: number): Promise<net.Socket> => {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
};

suite('faults of peers over TCP', () => {
  test('a fault of ours in what one peer sent ends that connection only', async (t) => {
    const { server, port, counts, seen } = await served();
    const poison = Buffer.from('poison');
    const receive = Session.prototype.receive;
    t.mock.method(Session.prototype, 'receive', function take(this: Session, chunk: Buffer) {
      if (chunk.includes(poison)) throw new RangeError('out of bounds');
      receive.call(this, chunk);
    });
    const [bad, good] = [await connected(port), await connected(port)];
    assert.deepEqual(await talk(good, [cer()]), [2001]);
    bad.write(poison);
    await once(bad, 'close');
    await seen('closed fault');
    assert.deepEqual(await talk(good, [ecr()]), [2001]);
    good.destroy();
    await server.close(0);
    assert.equal(counts.filter((one) => one === 'closed fault').length, 1);
  });

  test('a peer that never reads is cut at its limit, and others are served meanwhile', async () => {
    const { server, port, counts, seen } = await served({ limits: { unreadBytes: 100_000 } });
    const [mute, other] = [await connected(port), await connected(port)];
    mute.pause();
    mute.write(cer({ values: { 'Origin-Host': 'mute.localdomain' } }));
    await seen('opened');
    const flood = Buffer.concat(Array.from({ length: 2000 }, () => ecr()));
    const stop = setInterval(() => mute.writableLength < 5_000_000 && mute.write(flood), 1);
    assert.deepEqual(await talk(other, [cer(), ecr()]), [2001, 2001]);
    await seen('closed unread');
    clearInterval(stop);
    assert.deepEqual(await talk(other, [ecr()]), [2001]);
    assert.ok(!counts.includes('closed transport'));
    mute.destroy();
    other.destroy();
    await server.close(0);
  });

  // Both ends of each connection are descriptors of this process: where it may not have enough for 10,000, fewer are made.
  const files = Number(
    /^Max open files\s+(?<soft>\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.groups?.['soft'],
  );
  const many = Math.max(500, Math.min(10_000, Math.floor((files - 1000) / 1000) * 500));
  test(`${many} connections that say nothing keep nobody out`, async () => {
    const waiting = many / 10;
    const { server, port, seen } = await served({ limits: { waiting } });
    const silent: net.Socket[] = [];
    for (let at = 0; at < many; at += 250)
      silent.push(...(await Promise.all(Array.from({ length: 250 }, () => connected(port)))));
    await seen('closed crowded', many - waiting);
    const peer = await connected(port);
    assert.deepEqual(await talk(peer, [cer(), ecr()]), [2001, 2001]);
    for (const socket of [...silent, peer]) socket.destroy();
    await server.close(0);
  });

  test('beyond the most connections a newcomer is refused, and those open stay', async () => {
    const { server, port, seen } = await served({ limits: { connections: 2 } });
    const named = (host: string): Buffer => cer({ values: { 'Origin-Host': host } });
    const [one, two] = [await connected(port), await connected(port)];
    await talk(one, [named('a.localdomain')]);
    await talk(two, [named('b.localdomain')]);
    const three = await connected(port);
    await seen('closed full');
    assert.deepEqual(await talk(one, [ecr()]), [2001]);
    assert.deepEqual(await talk(two, [ecr()]), [2001]);
    for (const socket of [one, two, three]) socket.destroy();
    await server.close(0);
  });

  test('a peer that stops in the middle of a message, or sends one too long, is cut', async () => {
    const { server, port, seen } = await served({ limits: { firstMs: 100, messageBytes: 1024 } });
    const stopped = await connected(port);
    stopped.write(cer().subarray(0, 60));
    await seen('closed silent');
    const long = await connected(port);
    await talk(long, [cer()]);
    const header = ecr().subarray(0, 20);
    header.writeUIntBE(1028, 1, 3);
    assert.deepEqual(await talk(long, [header]), [5015]);
    await seen('closed length');
    for (const socket of [stopped, long]) socket.destroy();
    await server.close(0);
  });

  test('hundreds of peers at once', async () => {
    const { server, port } = await served();
    const sockets = await Promise.all(Array.from({ length: 300 }, () => connected(port)));
    const results = await Promise.all(
      sockets.map((socket, at) => talk(socket, [cer({ values: { 'Origin-Host': `m${at}.x` } }), ecr(), dwr(), ecr()])),
    );
    assert.ok(results.every((one) => one.join() === '2001,2001,2001,2001'));
    for (const socket of sockets) socket.destroy();
    await server.close(0);
  });

  test('closing asks peers to part and waits for them, then cuts those that do not', async () => {
    const { server, port, counts } = await served();
    const [good, bad] = [await connected(port), await connected(port)];
    await talk(good, [cer()]);
    await talk(bad, [cer({ values: { 'Origin-Host': 'bad.localdomain' } })]);
    good.on('data', (request: Buffer) => {
      assert.equal(request.readUIntBE(5, 3), 282);
      good.end(dpr({ flags: 0 }));
    });
    await server.close(150);
    assert.deepEqual(
      counts.filter((name) => name.startsWith('closed')),
      ['closed drained', 'closed drained'],
    );
    await assert.rejects(connected(port), 'it listens no more');
    bad.destroy();
  });
});

suite('faults of peers over TLS', { skip: withoutOpenssl() }, () => {
  let folder = '';
  let ours: Authority;
  let others: Authority;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ceir-s13-tls-'));
    ours = makeAuthority(folder, 'ours');
    others = makeAuthority(folder, 'others');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const secured = (limits: DiameterOptions['limits'] = {}) =>
    served({ tls: { ...ours.issue(EIR.host), ca: ours.cert }, limits });

  /** What becomes of a peer with a certificate: the result of its CER, or why there is none. */
  async function result(port: number, certificate: Partial<tls.ConnectionOptions>, host: string = MME.host) {
    const socket = tls.connect({ port, host: '127.0.0.1', servername: EIR.host, ca: ours.cert, ...certificate });
    const ended = new Promise<string>((resolve) =>
      socket.on('error', () => undefined).once('close', () => resolve('closed')),
    );
    const spoken = talk(socket, [cer({ values: { 'Origin-Host': host } })]).catch(() => ended);
    const outcome = await Promise.race([spoken, ended]);
    socket.destroy();
    return outcome;
  }

  test('a certificate of the authority for the Origin-Host comes in; another name does not', async () => {
    const { server, port, counts } = await secured();
    const certificate = ours.issue(MME.host);
    assert.deepEqual(await result(port, certificate), [2001]);
    assert.deepEqual(await result(port, certificate, 'mme2.localdomain'), [3010]);
    assert.ok(counts.includes('closed certificate'));
    await server.close(0);
  });

  test('no certificate, one of another authority, one that has run out, and no TLS at all', async () => {
    const { server, port, seen } = await secured({ firstMs: 300 });
    assert.equal(await result(port, {}), 'closed');
    assert.equal(await result(port, others.issue(MME.host)), 'closed');
    assert.equal(await result(port, ours.issue(MME.host, { days: -1 })), 'closed');
    await seen('closed tls', 3);
    const plain = await connected(port);
    plain.write(cer());
    await seen('closed tls', 4);
    const mute = await connected(port);
    await seen('closed tls', 5);
    assert.deepEqual(await result(port, ours.issue(MME.host)), [2001], 'others are served');
    plain.destroy();
    mute.destroy();
    await server.close(0);
  });

  test('nothing below TLS 1.2 is spoken, and a session is not renegotiated', async () => {
    const { server, port } = await secured();
    const certificate = ours.issue(MME.host);
    const old = { ...certificate, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } as const;
    assert.equal(await result(port, { ...old, ciphers: 'DEFAULT@SECLEVEL=0' }), 'closed');
    const socket = tls.connect({
      port,
      host: '127.0.0.1',
      servername: EIR.host,
      ca: ours.cert,
      ...certificate,
      maxVersion: 'TLSv1.2',
    });
    await once(socket, 'secureConnect');
    const refused = once(socket, 'error');
    assert.deepEqual(await talk(socket, [cer()]), [2001]);
    socket.renegotiate({}, () => undefined);
    const [error] = (await refused) as [Error];
    assert.match(String(error), /renegotiation/i);
    socket.destroy();
    await server.close(0);
  });
});
