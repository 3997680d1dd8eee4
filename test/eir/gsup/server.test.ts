import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, TLSSocket } from 'node:tls';
import type { Server } from '../../../src/eir/checker.ts';
import { type GsupOptions, startGsup } from '../../../src/eir/gsup/server.ts';
import { makeAuthority, withoutOpenssl } from '../../peers/certificates.ts';
import {
  answerOf,
  CLASS,
  checkerOf,
  checkImei,
  counter,
  frame,
  gsup,
  hex,
  ID_ACK,
  ID_GET,
  idResp,
  imsiElement,
  locate,
  PING,
  PONG,
  result,
} from './frames.ts';
import { dial, type End, endOf, eventually, type FakeHlr, fakeHlr } from './sockets.ts';

const IMSI = '901700000004620';
const PERMITTED = '35693803564380';
const BLOCKED = '35693803564381';
const UNREACHED = gsup(Buffer.concat([hex('05'), imsiElement(IMSI), hex('020111'), CLASS]));
const located = (imsi: string): Buffer => gsup(Buffer.concat([hex('06'), imsiElement(imsi), CLASS]));

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function serve(options: Partial<GsupOptions> = {}): Promise<{ server: Server; counted: Map<string, number> }> {
  const { count, counted } = counter();
  const limits = { retryMs: 20, connectMs: 500, askMs: 200, ...options.limits };
  const server = await startGsup({ host: '127.0.0.1', port: 0, checker: checkerOf(), count, ...options, limits });
  ends.push(() => server.close(0));
  return { server, counted };
}
async function hlrOf(greeting = ID_GET, port = 0): Promise<FakeHlr> {
  const hlr = await fakeHlr(greeting, port);
  ends.push(hlr.stop);
  return hlr;
}
function client(server: Server): End {
  const end = dial(server.address);
  ends.push(async () => end.socket.destroy());
  return end;
}
/** A client that has told the HLR its name. */
async function introduced(server: Server, hlr: FakeHlr, at = 0): Promise<{ msc: End; link: End }> {
  const msc = client(server);
  await msc.until(ID_GET);
  msc.socket.write(Buffer.concat([idResp('MSC-1'), ID_ACK]));
  const link = await hlr.link(at);
  await link.until(idResp('MSC-1'));
  return { msc, link };
}

suite('GSUP server before an HLR', () => {
  test('answers checks and passes the rest, both ways', async () => {
    const hlr = await hlrOf();
    const { server } = await serve({ hlr });
    const { msc, link } = await introduced(server, hlr);
    msc.socket.write(Buffer.concat([checkImei(IMSI, BLOCKED), locate(IMSI), checkImei(IMSI, PERMITTED)]));
    await msc.until(Buffer.concat([result(IMSI, true), result(IMSI, false)]));
    await link.until(locate(IMSI));
    assert.equal(link.came(), Buffer.concat([idResp('MSC-1'), ID_ACK, locate(IMSI)]).toString('hex'));
    link.socket.write(located(IMSI));
    await msc.until(located(IMSI));
  });

  test('keeps the client while the HLR is away, and answers for it', async () => {
    const hlr = await hlrOf();
    const { server, counted } = await serve({ hlr });
    const { msc } = await introduced(server, hlr);
    await hlr.stop();
    await eventually(() => counted.has('gsup_hlr_cut gone'), 'the HLR is gone');
    msc.socket.write(Buffer.concat([checkImei(IMSI, BLOCKED), locate(IMSI)]));
    await msc.until(Buffer.concat([result(IMSI, true), UNREACHED]));
    const again = await hlrOf(ID_GET, hlr.port);
    const link = await again.link(0);
    await link.until(Buffer.concat([idResp('MSC-1'), ID_ACK]));
    msc.socket.write(locate(IMSI));
    await link.until(locate(IMSI));
    assert.equal(msc.came().split(ID_GET.toString('hex')).length, 2, 'the client was asked who it is but once');
  });

  test('serves a client that comes while the HLR is away, and tells the HLR later who it is', async () => {
    const hlr = await hlrOf();
    await hlr.stop();
    const { server, counted } = await serve({ hlr });
    const msc = client(server);
    await msc.until(ID_GET);
    msc.socket.write(Buffer.concat([idResp('MSC-1'), checkImei(IMSI, BLOCKED)]));
    await msc.until(Buffer.concat([ID_ACK, result(IMSI, true)]));
    await eventually(() => counted.has('gsup_hlr_cut unreachable'), 'the HLR is missed');
    const link = await (await hlrOf(ID_GET, hlr.port)).link(0);
    await link.until(idResp('MSC-1'));
  });

  test('an HLR that never asks who the client is gets frames nevertheless, also after it was away', async () => {
    const hlr = await hlrOf(Buffer.alloc(0));
    const { server } = await serve({ hlr });
    const msc = client(server);
    await msc.until(ID_GET);
    msc.socket.write(Buffer.concat([idResp('MSC-1'), locate(IMSI)]));
    await (await hlr.link(0)).until(locate(IMSI));
    (await hlr.link(0)).socket.destroy();
    const link = await hlr.link(1);
    msc.socket.write(locate(IMSI));
    await link.until(locate(IMSI));
  });

  test('closes the connection to the HLR with the client, and opens one for each', async () => {
    const hlr = await hlrOf();
    const { server, counted } = await serve({ hlr });
    const first = await introduced(server, hlr);
    first.msc.socket.write(locate(IMSI));
    first.msc.socket.end();
    await first.link.gone;
    assert.ok(first.link.came().endsWith(locate(IMSI).toString('hex')), 'what the client said last has come');
    const second = await introduced(server, hlr, 1);
    second.msc.socket.write(locate(IMSI));
    await second.link.until(locate(IMSI));
    assert.equal(counted.get('gsup_client_cut gone'), 1);
  });

  test('without an HLR it asks who the client is, and answers checks alone', async () => {
    const { server } = await serve();
    const msc = client(server);
    await msc.until(ID_GET);
    msc.socket.write(Buffer.concat([idResp('MSC-1'), PING, checkImei(IMSI, PERMITTED), locate(IMSI)]));
    const refused = gsup(Buffer.concat([hex('05'), imsiElement(IMSI), hex('020161'), CLASS]));
    await msc.until(Buffer.concat([ID_ACK, PONG, result(IMSI, false), refused]));
  });

  test('takes clients of the addresses and names that are allowed', async () => {
    const elsewhere = await serve({ addresses: new Set(['127.0.0.2']) });
    await client(elsewhere.server).gone;
    assert.equal(elsewhere.counted.get('gsup_client_cut address'), 1);
    const { server, counted } = await serve({ peers: new Map([['MSC-1', 'alfa']]), addresses: new Set(['127.0.0.1']) });
    const stranger = client(server);
    stranger.socket.write(idResp('MSC-2'));
    await stranger.gone;
    assert.equal(counted.get('gsup_client_cut stranger'), 1);
  });
});

suite('GSUP server under faults', () => {
  const big = frame(0xee, Buffer.concat([hex('05 40'), Buffer.alloc(60_000, 1)]));

  test('reads of either side no faster than the other takes it, and loses nothing', async () => {
    const hlr = await hlrOf();
    const { server, counted } = await serve({ hlr });
    const { msc, link } = await introduced(server, hlr);
    const [up, down] = [link.came().length / 2, msc.came().length / 2];
    for (const end of [msc, link]) end.socket.pause();
    for (let turn = 0; turn < 300; turn += 1) for (const end of [msc, link]) end.socket.write(big);
    await pause(300);
    const unsent = [msc, link].map(({ socket }) => socket.writableLength);
    assert.ok(
      unsent.every((octets) => octets > 4_000_000),
      `what the other side does not read is not read either: ${unsent}`,
    );
    for (const end of [msc, link]) end.socket.resume();
    await eventually(() => link.socket.bytesRead === up + 300 * big.length, 'all came to the HLR');
    await eventually(() => msc.socket.bytesRead === down + 300 * big.length, 'all came to the client');
    assert.deepEqual(
      [...counted.keys()].filter((name) => name.includes('cut')),
      [],
    );
  });

  test('a client that never reads its answers is cut, having been read no further than they could go', async () => {
    // So long that the client, of this process too, has had its turns to write.
    const { server, counted } = await serve({ limits: { unreadMs: 3000 } });
    const msc = client(server);
    await msc.until(ID_GET);
    msc.socket.pause();
    const many = Buffer.concat(Array.from({ length: 4000 }, () => checkImei(IMSI, PERMITTED)));
    let held = 0;
    const feed = setInterval(() => {
      held = Math.max(held, msc.socket.writableLength);
      if (msc.socket.writableLength < 8_000_000) msc.socket.write(many);
    }, 1);
    await eventually(() => counted.has('gsup_client_cut unread'), 'it is cut');
    clearInterval(feed);
    await msc.gone;
    assert.ok(held >= 8_000_000, `its requests were left with it: ${held}`);
  });

  test('an HLR that never reads is cut; its client is kept, and answered', async () => {
    const hlr = await hlrOf();
    const { server, counted } = await serve({ hlr, limits: { unreadMs: 200, retryMs: 5000 } });
    const { msc, link } = await introduced(server, hlr);
    link.socket.pause();
    for (let turn = 0; turn < 200; turn += 1) msc.socket.write(big);
    await eventually(() => counted.has('gsup_hlr_cut unread'), 'the HLR is cut');
    msc.socket.write(checkImei(IMSI, BLOCKED));
    await msc.until(result(IMSI, true));
    assert.ok(!counted.has('gsup_client_cut unread'));
  });

  test('a side that answers no ping is cut: with the client all, with the HLR the HLR alone', async () => {
    const hlr = await hlrOf();
    const { server, counted } = await serve({ hlr, limits: { idleMs: 60, pongMs: 1000 } });
    const { msc, link } = await introduced(server, hlr);
    msc.socket.on('data', (chunk) => {
      if (chunk.toString('hex').endsWith(PING.toString('hex'))) msc.socket.write(PONG);
    });
    await link.until(PING);
    await link.gone;
    assert.equal(counted.get('gsup_hlr_cut silent'), 1);
    await pause(1300);
    assert.ok(!msc.socket.destroyed, 'the client, which answers, is there');
    msc.socket.removeAllListeners('data');
    msc.socket.resume();
    await msc.gone;
    assert.equal(counted.get('gsup_client_cut silent'), 1);
  });

  test('10 000 connections that say nothing keep nobody out, and are gone in time', async () => {
    const { server, counted } = await serve({ limits: { connections: 64, firstMs: 500 } });
    const known = client(server);
    known.socket.write(idResp('MSC-1'));
    await known.until(ID_ACK);
    for (let batch = 0; batch < 50; batch += 1) {
      const opened = Array.from({ length: 200 }, () => dial(server.address));
      ends.push(async () => opened.map(({ socket }) => socket.destroy()));
      const seen = ({ socket, gone }: End): Promise<unknown> =>
        Promise.race([gone, new Promise((resolve) => socket.once('data', resolve))]);
      await Promise.all(opened.map(seen));
    }
    const comer = client(server);
    comer.socket.write(checkImei(IMSI, BLOCKED));
    await comer.until(result(IMSI, true));
    known.socket.write(checkImei(IMSI, BLOCKED));
    await known.until(result(IMSI, true));
    const cut = (cause: string): number => counted.get(`gsup_client_cut ${cause}`) ?? 0;
    await eventually(() => cut('crowded') + cut('unidentified') + cut('gone') === 10_000, 'all are gone');
    assert.ok(cut('crowded') > 5000, `most were not kept for long: ${cut('crowded')}`);
  });

  test('where all places are taken by clients that have shown themselves, another is not taken', async () => {
    const { server, counted } = await serve({ limits: { connections: 1 } });
    const first = client(server);
    first.socket.write(idResp('MSC-1'));
    await first.until(ID_ACK);
    await client(server).gone;
    assert.equal(counted.get('gsup_client_cut crowded'), 1);
    first.socket.write(checkImei(IMSI, PERMITTED));
    await first.until(result(IMSI, false));
  });

  test('a clock that jumps ends no connection', async (context) => {
    const hlr = await hlrOf();
    const limits = { idleMs: 5000, pongMs: 5000, firstMs: 5000, unreadMs: 5000 };
    const { server, counted } = await serve({ hlr, limits });
    const { msc, link } = await introduced(server, hlr);
    const now = Date.now;
    let shift = 86_400_000;
    // One mock only: of two, the second would be taken for the original when all are undone.
    context.mock.method(Date, 'now', () => now() + shift);
    await pause(100);
    shift = -shift;
    await pause(60);
    msc.socket.write(Buffer.concat([checkImei(IMSI, BLOCKED), locate(IMSI)]));
    await msc.until(result(IMSI, true));
    await link.until(locate(IMSI));
    assert.deepEqual(
      [...counted.keys()].filter((name) => name.includes('cut')),
      [],
    );
  });

  test('a checker that fails is answered for as if it did not know', async () => {
    const failing = (): never => {
      throw new Error('no lists');
    };
    for (const check of [failing, () => undefined]) {
      const { server, counted } = await serve({ checker: { check, ask: async () => failing() } });
      const msc = client(server);
      msc.socket.write(checkImei(IMSI, BLOCKED));
      await msc.until(result(IMSI, false));
      assert.equal(counted.get('gsup_failed'), 1);
    }
  });

  test('on closing it answers what it has read', async () => {
    let settle = (): void => undefined;
    const settled = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const { server } = await serve({
      checker: {
        check: () => undefined,
        ask: async () => {
          await settled;
          return answerOf('blocked');
        },
      },
    });
    const msc = client(server);
    msc.socket.write(checkImei(IMSI, PERMITTED));
    await msc.until(ID_GET);
    const closed = server.close(5000);
    await pause(50);
    settle();
    await closed;
    await msc.gone;
    assert.ok(msc.came().endsWith(result(IMSI, true).toString('hex')));
  });
});

suite('GSUP server over TLS', { skip: withoutOpenssl() }, () => {
  test('takes clients with a certificate of its authority only, and grants no second handshake', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ceir-gsup-'));
    ends.push(async () => rmSync(folder, { recursive: true, force: true }));
    const ours = makeAuthority(folder, 'ours');
    const theirs = makeAuthority(folder, 'theirs');
    const own = ours.issue('eir');
    const { server, counted } = await serve({ tls: { key: own.key, cert: own.cert, ca: ours.cert } });
    const reach = (certificate?: { key: Buffer; cert: Buffer }, maxVersion?: 'TLSv1.2'): End => {
      const port = Number(server.address.split(':')[1]);
      const keys = certificate === undefined ? {} : { key: certificate.key, cert: certificate.cert };
      const versions = maxVersion === undefined ? {} : { maxVersion };
      return endOf(connect({ host: '127.0.0.1', port, ca: ours.cert, servername: 'eir', ...keys, ...versions }));
    };
    const good = reach(ours.issue('msc'));
    await good.until(ID_GET);
    good.socket.write(checkImei(IMSI, BLOCKED));
    await good.until(result(IMSI, true));
    good.socket.destroy();
    const bad = [reach(), reach(theirs.issue('msc')), reach(ours.issue('late', { days: -1 }))];
    for (const one of bad) {
      await one.gone;
      assert.equal(one.came(), '');
    }
    await eventually(() => counted.get('gsup_client_cut tls') === 3, 'all three were counted');
    const again = reach(ours.issue('msc'), 'TLSv1.2');
    await again.until(ID_GET);
    const { socket } = again;
    assert.ok(socket instanceof TLSSocket);
    const handshake = socket.getFinished()?.toString('hex');
    socket.renegotiate({}, () => undefined);
    socket.write(checkImei(IMSI, PERMITTED));
    await Promise.race([again.gone, again.until(result(IMSI, false)).catch(() => undefined)]);
    assert.ok(socket.destroyed || socket.getFinished()?.toString('hex') === handshake, 'there was no second handshake');
  });
});
