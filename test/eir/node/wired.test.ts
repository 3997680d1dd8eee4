// A whole node with everything that its file can wire at once: S13 over mutual TLS, N5g-eir over TLS with access tokens,
// made known at an NRF, and MAP over a link to a signalling transfer point; on two workers, by one centre's lists.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import tls from 'node:tls';
import { SignJWT } from 'jose';
import { DISCONNECT_PEER } from '../../../src/codecs/diameter/command.ts';
import { gatherMaterial } from '../../../src/eir/node/material.ts';
import { parseNode } from '../../../src/eir/node/parse.ts';
import { type Authority, type Certificate, makeAuthority, withoutOpenssl } from '../../peers/certificates.ts';
import { begin, connectMsc, dataOf, type Msc, udt } from '../../peers/msc.ts';
import { type Nrf, startNrf } from '../../peers/nrf.ts';
import { startStp, withoutStp } from '../../peers/stp.ts';
import { freePort } from '../../servers/process.ts';
import { publish, until } from '../centre/ground.ts';
import { request, type Seen } from '../sbi/ground.ts';
import {
  crash,
  crashable,
  folderFor,
  nodeFile,
  PAIRED,
  PLAIN,
  PROTOCOLS,
  STOLEN,
  smallCentre,
  startTestNode,
  sumOf,
  type TestNode,
  TRACKED,
  type Wish,
} from './ground.ts';
import { Mme } from './mme.ts';

const NRF = '0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d';
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** An access token as the NRF gives it to an AMF. */
const tokenBy = ({ privateKey }: typeof ec): Promise<string> =>
  new SignJWT({ scope: 'n5g-eir-eic' })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(NRF)
    .setSubject('11111111-2222-4333-8444-555555555555')
    .setAudience('5G_EIR')
    .setExpirationTime('10m')
    .sign(privateKey);

/** The certificates of a network, and the node file's words for those of the node. */
function certificatesIn(folder: string) {
  const [core, other] = [makeAuthority(folder, 'core'), makeAuthority(folder, 'other')];
  const eir = core.issue('eir.test');
  return { core, other, eir, mme: core.issue('mme.test'), files: { key: eir.keyFile, cert: eir.certFile } };
}
type Certificates = ReturnType<typeof certificatesIn>;

async function nrfFor(t: TestContext, wish: { readonly tls: Certificate; readonly core: Authority }): Promise<Nrf> {
  const nrf = await startNrf({
    port: await freePort(),
    heartBeatSeconds: 1,
    tls: { ...wish.tls, ca: wish.core.cert },
  });
  let isThere = true;
  const kill = async (): Promise<void> => {
    if (isThere) await nrf.kill();
    isThere = false;
  };
  t.after(kill);
  return { ...nrf, kill };
}

/** What a node file says of S13 over mutual TLS. */
const s13Over = ({ files, core }: Certificates) => [
  { ...PROTOCOLS.s13[0], tls: { ...files, ca: core.certFile }, peers: [{ host: 'mme.test', operator: 'alfa' }] },
];

/** What a node file says of N5g-eir over TLS, with access tokens and an NRF. */
const sbiOver = ({ files, core }: Certificates, { nrf, keys }: { readonly nrf: string; readonly keys: string }) => [
  {
    ...PROTOCOLS.n5g_eir[0],
    tls: files,
    oauth2: { keys, issuer: NRF },
    nrf: { url: nrf, ...files, ca: core.certFile, addresses: ['192.0.2.7'], plmns: ['999-01'] },
  },
];

/** An MME that the node has accepted over mutual TLS. */
async function mmeOf(node: TestNode, { core }: Certificates, { key, cert }: Certificate): Promise<Mme> {
  const [host = '', port = ''] = (node.addresses['s13[0]'] ?? '').split(':');
  const wish = { host, port: Number(port), key, cert, ca: core.cert, servername: 'eir.test' };
  const mme = new Mme(tls.connect(wish), 'mme.test');
  await mme.accepted;
  return mme;
}

/** Asks over S13 and mutual TLS. */
async function tlsS13(node: TestNode, by: Certificates, as: Certificate, imei: number): Promise<string> {
  const mme = await mmeOf(node, by, as);
  const [verdict = 'none'] = await mme.ask([{ imei, imsi: 999_010_000_000_001 }]);
  mme.close();
  return verdict;
}

/** Asks over N5g-eir and TLS. */
async function tlsN5g(node: TestNode, { core }: Certificates, imei: number, token?: string): Promise<Seen> {
  const [seen] = await request(
    `https://${node.addresses['n5g_eir[0]']}`,
    [
      {
        ':path': `/n5g-eir-eic/v1/equipment-status?pei=imei-${imei}0`,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
    ],
    { ca: core.cert },
  );
  assert.ok(seen !== undefined);
  return seen;
}

const statusOf = ({ body }: Seen): string => String((JSON.parse(body) as { readonly status?: unknown }).status);

/** Asks over MAP, version 3. */
async function mapVerdict(msc: Msc, imei: number): Promise<string> {
  const answer = dataOf(await msc.ask(udt(begin({ version: 3, imei: `${imei}0` })))).toString('hex');
  return { '00': 'white', '01': 'black', '02': 'grey' }[/30030a01(0.)$/.exec(answer)?.[1] ?? ''] ?? answer;
}

/** What all protocols say of an equipment, in the words of S13. */
async function saidOf(node: TestNode, by: Certificates, imei: number, msc?: Msc): Promise<readonly string[]> {
  const words: Readonly<Record<string, string>> = { WHITELISTED: 'white', GREYLISTED: 'grey', BLACKLISTED: 'black' };
  const five = statusOf(await tlsN5g(node, by, imei, await tokenBy(ec)));
  const both = [await tlsS13(node, by, by.mme, imei), words[five] ?? five];
  return msc === undefined ? both : [...both, await mapVerdict(msc, imei)];
}

const ready = (node: TestNode): Promise<void> =>
  until(async () => (await fetch(`${node.admin}/ready`)).status === 200, 'it is ready', 40_000);

/** A node of two workers with all of it. */
async function wired(t: TestContext, more: Partial<Wish> = {}) {
  const { feed, centre } = await smallCentre(t);
  const folder = folderFor(t);
  const by = certificatesIn(folder);
  const nrf = await nrfFor(t, { tls: by.core.issue('nrf.test'), core: by.core });
  const keys = path.join(folder, 'nrf-token.pem');
  writeFileSync(keys, ec.publicKey.export({ type: 'spki', format: 'pem' }));
  const { protocols = {}, ...rest } = more;
  const all = { s13: s13Over(by), n5g_eir: sbiOver(by, { nrf: nrf.root, keys }), ...protocols };
  const node = await startTestNode(t, folder, { centre: centre.url, workers: 2, ...rest, protocols: all });
  await ready(node);
  return { feed, folder, by, nrf, node };
}

suite('a wired node', { skip: withoutOpenssl() }, () => {
  test('S13, N5g-eir and MAP at once: one verdict, and none without proof', async (t) => {
    const stp = withoutStp === false ? await startStp() : undefined;
    if (stp !== undefined) t.after(() => stp.stop());
    const link = { name: 'stp', kind: 'ipa', host: '127.0.0.1', port: stp?.port, unit_name: 'eir' };
    const { feed, by, nrf, node } = await wired(t, stp && { protocols: { map: { links: [link] } } });
    const linked = async (): Promise<Msc> => {
      await until(async () => sumOf(await node.metrics(), 'counter="map_link"', 'label="up"') === 1, 'the link is up');
      const msc = await connectMsc(stp?.port ?? 0, 'msc');
      t.after(() => msc.close());
      return msc;
    };
    const msc = stp === undefined ? undefined : await linked();
    const said = async (imei: number): Promise<string> => [...new Set(await saidOf(node, by, imei, msc))].join();

    await t.test('all answer by the same lists, and change with them', async () => {
      assert.equal((await saidOf(node, by, STOLEN, msc)).length, msc === undefined ? 2 : 3);
      assert.equal(await said(STOLEN), 'black');
      assert.equal(await said(TRACKED), 'grey');
      assert.equal(await said(PAIRED), 'black');
      assert.equal(await said(PLAIN), 'white');
      await publish(feed, 'blocked', [
        { op: 'remove', imei: STOLEN, reasons: 'stolen' },
        { op: 'add', imei: PLAIN, reasons: 'stolen' },
      ]);
      await until(async () => (await said(PLAIN)) === 'black', 'the change took effect');
      assert.equal(await said(STOLEN), 'white');
      const metrics = await node.metrics();
      for (const protocol of ['s13', 'n5g-eir'])
        assert.ok(sumOf(metrics, 'ceir_eir_answers_total', `protocol="${protocol}"`, 'status="blocked"') > 0, protocol);
    });

    await t.test('MAP was one of them, through OsmoSTP', { skip: withoutStp }, async () => {
      const words = ['ceir_eir_answers_total', 'protocol="map"'];
      assert.ok(sumOf(await node.metrics(), ...words, 'status="blocked"') > 0);
      assert.ok(sumOf(await node.metrics(), ...words, 'status="tracked"') > 0);
    });

    await t.test('S13 answers nobody without a certificate of the authority for its own name', async () => {
      const { core, other } = by;
      for (const bad of [other.issue('mme.test'), core.issue('mme.test', { days: -1 }), core.issue('smf.test')])
        await assert.rejects(tlsS13(node, by, bad, PLAIN));
      const [host = '', port = ''] = (node.addresses['s13[0]'] ?? '').split(':');
      await assert.rejects(new Mme(connect(Number(port), host), 'mme.test').accepted, 'nor without TLS');
    });

    await t.test('N5g-eir answers nobody without a token of the NRF', async () => {
      const answered = async () => sumOf(await node.metrics(), 'ceir_eir_answers_total', 'protocol="n5g-eir"');
      const before = await answered();
      assert.equal((await tlsN5g(node, by, STOLEN)).status, 401);
      assert.equal((await tlsN5g(node, by, STOLEN, await tokenBy(foreign))).status, 401);
      assert.equal(await answered(), before, 'nothing was checked for them');
    });

    await t.test(
      'one of the workers makes the node known at the NRF, its heart beats, and it says farewell',
      async () => {
        assert.equal(nrf.known.size, 1);
        const [profile = {}] = nrf.known.values();
        const [service] = profile['nfServices'] as readonly Readonly<Record<string, unknown>>[];
        assert.deepEqual([service?.['scheme'], service?.['oauth2Required']], ['https', true]);
        const port = Number(node.addresses['n5g_eir[0]']?.split(':').at(-1));
        assert.deepEqual(service?.['ipEndPoints'], [{ ipv4Address: '192.0.2.7', transport: 'TCP', port }]);
        const told = (method: string): number => nrf.told.filter((one) => one.method === method).length;
        await until(() => told('PATCH') >= 2, 'its heart beats');
        const mme = await mmeOf(node, by, by.mme);
        assert.equal(await node.end(), 0);
        await mme.ended;
        assert.equal(mme.last, DISCONNECT_PEER.code, 'so it does over S13');
        assert.deepEqual([nrf.known.size, told('PUT'), told('DELETE')], [0, 1, 1]);
        assert.deepEqual(nrf.wrong, []);
      },
    );
  });

  test('a worker that dies leaves one registration, and one that answers on the same port', async (t) => {
    const clock = folderFor(t);
    const { by, nrf, node } = await wired(t, { workers: 1, ...crashable(clock) });
    await until(() => nrf.known.size === 1, 'it is registered');
    crash(clock);
    await until(async () => sumOf(await node.metrics(), 'ceir_eir_worker_restarts_total') === 1, 'one died');
    await ready(node);
    assert.deepEqual(await saidOf(node, by, STOLEN), ['black', 'black']);
    const registrations = () => nrf.told.filter(({ method }) => method === 'PUT');
    await until(() => registrations().length === 2, 'the new one tells the NRF');
    assert.equal(new Set(registrations().map(({ instance }) => instance)).size, 1, 'under the same instance');
    assert.equal(nrf.known.size, 1);
    assert.equal(await node.end(), 0);
    assert.equal(nrf.known.size, 0);
  });

  test('an NRF that no longer answers keeps no peer from hearing the farewell', async (t) => {
    const { by, nrf, node } = await wired(t, { workers: 1 });
    await until(() => nrf.known.size === 1, 'it is registered');
    const mute = await muteAt(t, nrf);
    await until(() => mute() > 0, 'the node waits for an answer');
    const mme = await mmeOf(node, by, by.mme);
    assert.equal(await node.end(), 0);
    await mme.ended;
    assert.equal(mme.last, DISCONNECT_PEER.code);
  });
});

test('an NRF that is not told where the node is, and keys that are none, are faults of the node file', async (t) => {
  const folder = folderFor(t);
  const read = (nrf: Readonly<Record<string, unknown>>) => {
    const n5g_eir = [{ ...PROTOCOLS.n5g_eir[0], oauth2: { keys: './keys.json' }, nrf }];
    const file = nodeFile(folder, { protocols: { n5g_eir } });
    return { file, parsed: parseNode(readFileSync(file, 'utf8'), file) };
  };
  const bare = read({ url: 'http://127.0.0.1:1' }).parsed;
  assert.ok(!bare.ok);
  assert.deepEqual(
    bare.fault.map(({ field, line }) => [field, line !== undefined]),
    [['protocols.n5g_eir[0].nrf', true]],
  );
  const { file, parsed } = read({ url: 'http://127.0.0.1:1', fqdn: 'eir.test' });
  assert.ok(parsed.ok);
  for (const text of ['{', '{"keys":1}', '{"kty":"EC"}']) {
    writeFileSync(path.join(folder, 'keys.json'), text);
    await assert.rejects(gatherMaterial(parsed.value, file), /keys\.json begins as JSON and is no set of keys/, text);
  }
  writeFileSync(path.join(folder, 'keys.json'), '{"keys":[]}');
  assert.ok(await gatherMaterial(parsed.value, file));
});

/** Puts in the NRF's place what takes connections and says nothing; how many came. */
async function muteAt(t: TestContext, nrf: Nrf): Promise<() => number> {
  await nrf.kill();
  const sockets: Socket[] = [];
  const mute = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined).resume());
  });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    mute.close();
  });
  mute.listen(Number(new URL(nrf.root).port), '127.0.0.1');
  await once(mute, 'listening');
  return () => sockets.length;
}
