import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Channel, Outgoing } from '../../src/notices/channel.ts';
import { isPublic } from '../../src/notices/webhook/address.ts';
import { type WebhookOptions, webhookChannel } from '../../src/notices/webhook/channel.ts';
import { makeAuthority, withoutOpenssl } from '../peers/certificates.ts';
import { NOW } from './ground.ts';

test('only addresses of the public internet are public, however they are written', () => {
  const inside = [
    ...[
      '0.0.0.0',
      '10.1.2.3',
      '100.64.0.1',
      '127.0.0.1',
      '169.254.169.254',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
    ],
    ...['198.18.0.1', '224.0.0.1', '255.255.255.255', '192.0.2.1', '203.0.113.9'],
    ...[
      '::',
      '::1',
      '::ffff:127.0.0.1',
      '::ffff:7f00:1',
      '64:ff9b::10.0.0.1',
      '64:ff9b::a00:1',
      'fe80::1',
      'fc00::1',
      'fd12::1',
    ],
    ...['ff02::1', '2001:db8::1', '2002:a00:1::1', '::127.0.0.1', 'fec0::1', '100::1'],
    ...['localhost', '', '127.1', '0x7f000001'],
  ];
  for (const address of inside) assert.equal(isPublic(address), false, address);
  for (const address of [
    '1.1.1.1',
    '172.32.0.1',
    '8.8.8.8',
    '2606:4700:4700::1111',
    '::ffff:8.8.8.8',
    '64:ff9b::808:808',
  ])
    assert.equal(isPublic(address), true, address);
});

const SECRET = Buffer.from('a key of thirty-two octets, shared');
const noticeTo = (url: string): Outgoing => ({
  id: '4711',
  to: { channel: 'webhook', url },
  language: 'en',
  template: 'theft_found',
  title: 'Your device',
  text: 'You are told. 您的设备',
});

suite('webhooks', { skip: withoutOpenssl() }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-webhook-'));
  const authority = makeAuthority(folder, 'ca');
  const { key, cert } = authority.issue('hooks.example');
  const seen: { readonly path: string; readonly headers: IncomingMessage['headers']; readonly body: string }[] = [];
  const open: Channel[] = [];
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const at = request.url ?? '';
      seen.push({ path: at, headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
      if (at === '/silent') return;
      if (at === '/endless') {
        response.writeHead(200);
        response.write('and so on');
        return;
      }
      if (at === '/moved') response.setHeader('location', '/good');
      response.writeHead({ '/moved': 302, '/gone': 410, '/busy': 503, '/wrong': 404 }[at] ?? 204).end();
    });
  };
  const server = createServer({ key, cert }, answer);
  let place = '';
  before(async () => {
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    place = `https://localhost:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    for (const channel of open) await channel.close();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  const channelOf = (more: Partial<WebhookOptions> = {}): Channel => {
    const secretOf = (): Buffer => SECRET;
    const channel = webhookChannel({
      secretOf,
      allowPrivate: true,
      ca: authority.cert,
      perSecond: 10,
      clock: () => NOW,
      ...more,
    });
    open.push(channel);
    return channel;
  };
  const sent = async (where: string, more: Partial<WebhookOptions> = {}) => {
    const [result] = await channelOf(more).send([noticeTo(where.startsWith('/') ? place + where : where)]);
    return result;
  };

  test('a notice is posted with a signature over its number, the time and its body', async () => {
    assert.deepEqual(await sent('/good'), { kind: 'accepted', messages: [] });
    const { headers = {}, body = '' }: Partial<(typeof seen)[number]> = seen.at(-1) ?? {};
    const seconds = String(NOW.getTime() / 1000);
    assert.deepEqual(
      [headers['webhook-id'], headers['webhook-timestamp'], headers['content-type']],
      ['4711', seconds, 'application/json'],
    );
    const expected = createHmac('sha256', SECRET).update(`4711.${seconds}.${body}`).digest('base64');
    assert.equal(headers['webhook-signature'], `v1,${expected}`);
    const { template, text } = JSON.parse(body) as Record<string, string>;
    assert.deepEqual([template, text], ['theft_found', 'You are told. 您的设备']);
  });

  test('what the other side answers decides; redirects are not followed', async () => {
    const later = (because: string) => ({ kind: 'later', because, spares: false });
    assert.deepEqual(await sent('/moved'), later('302'));
    assert.notEqual(seen.at(-1)?.path, '/good');
    assert.deepEqual(await sent('/busy'), later('503'));
    assert.deepEqual(await sent('/wrong'), later('404'));
    assert.deepEqual(await sent('/gone'), { kind: 'refused', because: '410' });
    assert.deepEqual(await sent('/silent', { answerMs: 100 }), later('ABORT_ERR'));
    assert.deepEqual(await sent('/endless'), { kind: 'accepted', messages: [] }, 'its content is nothing to us');
    assert.deepEqual(await sent('https://localhost:1/'), later('ECONNREFUSED'));
  });

  test('a certificate that nobody vouches for, and an address that is not registered, get nothing', async () => {
    const before = seen.length;
    const untrusted = await sent('/good', { ca: undefined });
    assert.ok(
      untrusted?.kind === 'later' && /CERT|SELF_SIGNED|UNABLE/.test(untrusted.because),
      JSON.stringify(untrusted),
    );
    assert.deepEqual(await sent('/good', { secretOf: () => undefined }), {
      kind: 'refused',
      because: 'not registered',
    });
    assert.equal(seen.length, before);
  });

  test('private addresses are refused, by number, in any writing, and by a name that leads there', async () => {
    const before = seen.length;
    const port = new URL(place).port;
    const ways = [
      `localhost:${port}`,
      `127.0.0.1:${port}`,
      '2130706433',
      '0x7f.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '10.0.0.1',
      '169.254.169.254',
    ];
    for (const way of ways)
      assert.deepEqual(
        await sent(`https://${way}/good`, { allowPrivate: false }),
        { kind: 'refused', because: 'private address' },
        way,
      );
    assert.equal(seen.length, before);
  });
});
