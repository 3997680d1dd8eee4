import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, suite, test } from 'node:test';
import type { Question } from '../../../src/decisions/core/question.ts';
import type { Server } from '../../../src/eir/checker.ts';
import { startGsup } from '../../../src/eir/gsup/server.ts';
import { type Bsc, startBsc } from '../../peers/bsc.ts';
import {
  GSUP_PORT,
  loopback,
  startGsupClient,
  startHlr,
  startMsc,
  subscriber,
  without,
  withoutLibrary,
} from '../../peers/osmocom.ts';
import { capture, type Segment, tshark } from '../../peers/pcap.ts';
import { checkerOf, counter, hex } from './frames.ts';
import { eventually } from './sockets.ts';

const PERMITTED = { imsi: '001010000000001', imei: '356938035643800', svn: '07' };
const BLOCKED = { imsi: '001010000000002', imei: '356938035643810', svn: '07' };

/** What tshark calls a warning or worse. */
const WARNINGS = '_ws.expert.severity >= 0x600000 || _ws.malformed';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type Eir = {
  readonly server: Server;
  readonly port: number;
  readonly asked: readonly (Question & { readonly peer: string })[];
  readonly counted: ReadonlyMap<string, number>;
};
async function eir(hlr?: { host: string; port: number }, store = false): Promise<Eir> {
  const checker = checkerOf();
  const { count, counted } = counter();
  const places = hlr === undefined ? {} : { hlr };
  const limits = { retryMs: 50 };
  const server = await startGsup({ host: '127.0.0.1', port: 0, checker, count, store, limits, ...places });
  ends.push(() => server.close(0));
  return { server, port: Number(server.address.split(':')[1]), asked: checker.asked, counted };
}

/** OsmoHLR on an address of its own, which can be killed and started again with the subscribers it had. */
async function hlrOf() {
  const host = await loopback(GSUP_PORT);
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-hlr-'));
  const database = path.join(folder, 'hlr.db');
  let running = await startHlr(host, database);
  ends.push(async () => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    place: { host, port: GSUP_PORT },
    stop: () => running.stop(),
    start: async () => {
      running = await startHlr(host, database);
    },
  };
}

/** Stands between client and server and keeps what goes over. */
async function tapped(port: number): Promise<{ readonly port: number; readonly segments: Segment[] }> {
  const segments: Segment[] = [];
  const listener = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port });
    near.on('data', (bytes) => segments.push({ from: 'client', bytes })).on('error', () => far.destroy());
    far.on('data', (bytes) => segments.push({ from: 'server', bytes })).on('error', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve);
  });
  ends.push(() => listener.close());
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP listener without a port');
  return { port: address.port, segments };
}

const clientOf = (port: number) => {
  const client = startGsupClient('127.0.0.1', port, 'MSC-lib');
  ends.push(client.close);
  return client;
};
const about = (imsi: string) => (line: string) => line.includes(imsi);

suite("Osmocom's GSUP client", { skip: withoutLibrary('libosmo-gsup-client') }, () => {
  test('asks a server without HLR, and understands what it is told', { skip: without('tshark') }, async () => {
    const { port, asked } = await eir();
    const tap = await tapped(port);
    const client = clientOf(tap.port);
    await client.line((line) => line === 'up');
    await eventually(() => tap.segments.some(({ bytes }) => bytes.includes('MSC-lib')), 'it said its name');
    client.send(`check ${PERMITTED.imsi} ${PERMITTED.imei.slice(0, 14)}`);
    assert.equal(await client.line(about(PERMITTED.imsi)), `CHECK_IMEI_RESULT ${PERMITTED.imsi} ack`);
    client.send(`check ${BLOCKED.imsi} ${BLOCKED.imei.slice(0, 14)}`);
    assert.equal(await client.line(about(BLOCKED.imsi)), `CHECK_IMEI_RESULT ${BLOCKED.imsi} nack`);
    client.send(`check ${BLOCKED.imsi} ${BLOCKED.imei}`);
    assert.equal(await client.line(about(BLOCKED.imsi)), `CHECK_IMEI_RESULT ${BLOCKED.imsi} nack`, '15 digits will do');
    client.send(`check ${PERMITTED.imsi} 123456`);
    assert.equal(await client.line(about(PERMITTED.imsi)), `CHECK_IMEI_ERROR ${PERMITTED.imsi} cause 96`);
    client.send(`locate ${PERMITTED.imsi}`);
    assert.equal(await client.line(about(PERMITTED.imsi)), `UPDATE_LOCATION_ERROR ${PERMITTED.imsi} cause 97`);
    assert.deepEqual(
      asked.map(({ imei, peer }) => [imei, peer]),
      [
        [35_693_803_564_380, 'MSC-lib'],
        [35_693_803_564_381, 'MSC-lib'],
        [35_693_803_564_381, 'MSC-lib'],
      ],
    );
    const dissected = capture(GSUP_PORT, tap.segments);
    const decode = ['-d', `tcp.port==${GSUP_PORT},gsm_ipa`];
    const types = tshark(dissected, ...decode, '-Y', 'gsup', '-T', 'fields', '-e', 'gsup.msg_type');
    assert.deepEqual(types.trim().split(/[\s,]+/), '48 50 48 50 48 50 48 49 4 5'.split(' '));
    assert.equal(tshark(dissected, ...decode, '-Y', WARNINGS), '');
    const spoilt = capture(GSUP_PORT, [{ from: 'client', bytes: hex('0005 ee05 300108') }]);
    assert.notEqual(tshark(spoilt, ...decode, '-Y', WARNINGS), '', 'it warns of what is malformed');
  });
});

const withoutHlr = withoutLibrary('libosmo-gsup-client') || without('osmo-hlr');
suite('OsmoHLR behind', { skip: withoutHlr }, () => {
  test('answers all but the checks, keeps the IMEI, and may be killed and come back', async () => {
    const hlr = await hlrOf();
    const { port, counted } = await eir(hlr.place, true);
    const client = clientOf(port);
    await client.line((line) => line === 'up');
    const { imsi, imei } = BLOCKED;
    const located = async (): Promise<string> => {
      client.send(`locate ${imsi}`);
      return client.line((line) => line.startsWith('UPDATE_LOCATION'));
    };
    const checked = async (): Promise<string> => {
      client.send(`check ${imsi} ${imei.slice(0, 14)}`);
      return client.line(about('CHECK'));
    };
    assert.equal(await checked(), `CHECK_IMEI_RESULT ${imsi} nack`);
    assert.equal(await located(), `UPDATE_LOCATION_RESULT ${imsi}`);
    assert.match(await subscriber(hlr.place.host, imsi), new RegExp(`IMEI: ${imei.slice(0, 14)}`));
    await hlr.stop();
    await eventually(() => counted.has('gsup_hlr_cut gone'), 'the HLR is gone');
    assert.equal(await checked(), `CHECK_IMEI_RESULT ${imsi} nack`);
    assert.equal(await located(), `UPDATE_LOCATION_ERROR ${imsi} cause 17`);
    await hlr.start();
    await eventually(() => counted.get('gsup_hlr_up') === 2, 'the HLR is back');
    assert.match(await located(), /RESULT|ERROR/);
    assert.equal(await located(), `UPDATE_LOCATION_RESULT ${imsi}`);
    assert.equal(counted.get('gsup_client_up'), 1, 'the client noticed nothing');
  });

  test('the client that is killed and comes again is served', async () => {
    const hlr = await hlrOf();
    const { port } = await eir(hlr.place);
    for (let turn = 0; turn < 2; turn += 1) {
      const client = startGsupClient('127.0.0.1', port, 'MSC-lib');
      await client.line((line) => line === 'up');
      client.send(`locate ${PERMITTED.imsi}`);
      assert.match(await client.line((line) => line.startsWith('UPDATE_LOCATION')), /_RESULT /);
      await client.close();
    }
  });
});

const withoutMsc = without('osmo-msc', 'osmo-hlr', 'gcc');
suite('OsmoMSC before, OsmoHLR behind', { skip: withoutMsc }, () => {
  for (const checkImei of ['1', 'early'] as const) {
    test(`check-imei-rqd ${checkImei}: a permitted phone is accepted, a blocked one is rejected as illegal`, async () => {
      const hlr = await hlrOf();
      const { port, asked, counted } = await eir(hlr.place);
      const bsc = await startBsc(2, 1);
      ends.push(bsc.close);
      const host = await loopback(4254);
      const msc = await startMsc({ host, bsc: bsc.port, hlr: { host: '127.0.0.1', port }, checkImei });
      ends.push(msc.stop);
      await bsc.ready;
      assert.equal(await bsc.locate(PERMITTED), 'accept');
      assert.equal(await bsc.locate(BLOCKED), 'reject 6');
      assert.equal(asked.at(-1)?.peer, 'MSC-test');
      assert.deepEqual(
        [asked.at(-1)?.imei, asked.at(-1)?.imsi],
        [Number(BLOCKED.imei.slice(0, 14)), Number(BLOCKED.imsi)],
      );
      assert.ok(bsc.asked().includes(checkImei === 'early' ? 'imeisv' : 'imei'));
      if (checkImei === 'early') return;
      await restart(hlr, counted, bsc);
    });
  }
});

/** Without its HLR the phone is told that the network failed (cause 17), not that it is illegal; with it all is as before. */
async function restart(
  hlr: Awaited<ReturnType<typeof hlrOf>>,
  counted: ReadonlyMap<string, number>,
  bsc: Bsc,
): Promise<void> {
  await hlr.stop();
  await eventually(() => counted.has('gsup_hlr_cut gone'), 'the HLR is gone');
  assert.equal(await bsc.locate(PERMITTED), 'reject 17');
  await hlr.start();
  await eventually(() => counted.get('gsup_hlr_up') === 2, 'the HLR is back');
  for (let tries = 0; (await bsc.locate(PERMITTED)) !== 'accept'; tries += 1)
    assert.ok(tries < 20, 'it is accepted again');
  assert.equal(await bsc.locate(BLOCKED), 'reject 6');
  assert.equal(counted.get('gsup_client_up'), 1, 'the MSC noticed nothing');
}
