import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { makeAuthority, withoutOpenssl } from '../../peers/certificates.ts';
import { ask, IMEIS, listen, PATH, request, run, until, without } from './ground.ts';

const absent = withoutOpenssl();

/** Certificates of these tests, in a folder that goes when they are over. */
function make() {
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-sbi-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const authority = makeAuthority(folder, 'core');
  return {
    authority,
    other: makeAuthority(folder, 'other'),
    server: authority.issue('eir.localdomain'),
    client: authority.issue('amf.localdomain'),
  };
}
const made = absent === false ? make() : undefined;
const certificates = (): ReturnType<typeof make> => {
  assert.ok(made !== undefined);
  return made;
};
const serverTls = (mutual: boolean) => {
  const { server, authority } = certificates();
  return { key: server.key, cert: server.cert, ...(mutual ? { ca: authority.cert } : {}) };
};
const PERMITTED = `${PATH}?pei=imei-${IMEIS.permitted}`;

/** Connects by TLS as told and says what came of it: `secure` with the protocol agreed upon, or `refused`. */
async function shake(port: number, options: ConnectionOptions): Promise<string> {
  const socket: TLSSocket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  const outcome = await Promise.race([
    once(socket, 'secureConnect').then(() => `secure ${socket.alpnProtocol}`),
    once(socket, 'close').then(() => 'refused'),
  ]).catch(() => 'refused');
  socket.destroy();
  return outcome;
}

test('curl and h2load agree upon h2 by ALPN and are answered', { skip: absent || without('h2load') }, async () => {
  const ground = await listen({ tls: serverTls(false) });
  const url = `https://127.0.0.1:${ground.port}${PERMITTED}`;
  const words = ['-s', '--http2', '--cacert', certificates().authority.certFile, '-w', '|%{http_version}', url];
  assert.equal(await run('curl', words), '{"status":"WHITELISTED"}|2');
  assert.match(await run('h2load', ['-n500', '-c2', '-m20', url]), /500 succeeded, 0 failed/);
});

test('a peer that only speaks HTTP/1.1 is refused', { skip: absent }, async () => {
  const ground = await listen({ tls: serverTls(false) });
  assert.equal(await shake(ground.port, { ALPNProtocols: ['http/1.1'] }), 'refused');
  const silent = connect({ port: ground.port, host: '127.0.0.1', rejectUnauthorized: false });
  silent.on('error', () => undefined);
  await once(silent, 'close');
  assert.equal(ground.counts.get('n5geir_cut no-h2'), 1, 'one that names no protocol is cut off');
});

test('with mutual TLS only certificates of the authority that have not run out are let in', {
  skip: absent,
}, async () => {
  const { authority, other, client } = certificates();
  const ground = await listen({ tls: serverTls(true) });
  const root = `https://127.0.0.1:${ground.port}`;
  const get = (tls: { readonly key: Buffer; readonly cert: Buffer } | Record<string, never>) =>
    request(root, [{ ':path': PERMITTED }], { ca: authority.cert, ...tls });
  const [seen] = await get({ key: client.key, cert: client.cert });
  assert.equal(seen?.status, 200);
  assert.equal(ground.checker.asked[0]?.asker.peer, 'amf.localdomain');
  const expired = authority.issue('amf.localdomain', { days: -1 });
  const foreign = other.issue('amf.localdomain');
  for (const bad of [{}, expired, foreign]) await assert.rejects(get(bad), 'is not let in');
  await until('each was counted', () => (ground.counts.get('n5geir_cut handshake') ?? 0) >= 3);
  assert.equal(ground.checker.asked.length, 1);
});

test('with mutual TLS only peers whose names are allowed are let in', { skip: absent }, async () => {
  const { authority, client } = certificates();
  const ground = await listen({ tls: serverTls(true), peers: ['amf.localdomain'] });
  const root = `https://127.0.0.1:${ground.port}`;
  const [seen] = await request(root, [{ ':path': PERMITTED }], { ca: authority.cert, ...client });
  assert.equal(seen?.status, 200);
  const smf = authority.issue('smf.localdomain');
  await assert.rejects(request(root, [{ ':path': PERMITTED }], { ca: authority.cert, ...smf }));
  await until('it was counted', () => ground.counts.get('n5geir_cut stranger') === 1);
});

test('old TLS is refused, and no peer can renegotiate', { skip: absent }, async () => {
  const ground = await listen({ tls: serverTls(false) });
  const old = {
    minVersion: 'TLSv1.1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
    ALPNProtocols: ['h2'],
  } as const;
  assert.equal(await shake(ground.port, old), 'refused');
  const socket = connect({
    port: ground.port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    maxVersion: 'TLSv1.2',
    ALPNProtocols: ['h2'],
  });
  await once(socket, 'secureConnect');
  socket.on('error', () => undefined);
  const granted = new Promise<boolean>((resolve) => {
    socket.on('close', () => resolve(false));
    socket.renegotiate({}, (fault) => resolve(fault === null));
  });
  // The server may also pass the wish over, so that neither happens.
  assert.equal(await Promise.race([granted, pause(300, false)]), false);
  socket.destroy();
  const [seen] = await request(`https://127.0.0.1:${ground.port}`, [{ ':path': PERMITTED }], {
    ca: certificates().authority.cert,
  });
  assert.equal(seen?.status, 200);
});

test('a peer that does not finish its handshake is cut off, and plain octets are no handshake', {
  skip: absent,
}, async () => {
  const ground = await listen({ tls: serverTls(false), limits: { firstMs: 100 } });
  const mute = connectTcp(ground.port, '127.0.0.1');
  const plain = connectTcp(ground.port, '127.0.0.1');
  plain.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  for (const socket of [mute, plain]) socket.on('error', () => undefined);
  await Promise.all([mute, plain].map((socket) => once(socket, 'close')));
  assert.equal(ground.counts.get('n5geir_cut handshake'), 2);
});

test('without TLS nothing of it is needed', async () => {
  const ground = await listen();
  assert.equal((await ask(`http://127.0.0.1:${ground.port}`, `?pei=imei-${IMEIS.permitted}`)).status, 200);
});
