import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { after, test } from 'node:test';
import { capture, type Segment, tshark } from '../../peers/pcap.ts';
import { IMEIS, listen, PATH, run, without } from './ground.ts';

/** Stands between a client and a server and keeps what went over each connection. */
async function between(port: number): Promise<{ readonly port: number; readonly segments: Segment[] }> {
  const segments: Segment[] = [];
  const proxy = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    client.on('data', (bytes: Buffer) => {
      segments.push({ from: 'client', bytes });
      server.write(bytes);
    });
    server.on('data', (bytes: Buffer) => {
      segments.push({ from: 'server', bytes });
      client.write(bytes);
    });
    client.on('error', () => server.destroy()).on('close', () => server.end());
    server.on('error', () => client.destroy()).on('close', () => client.end());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  after(() => proxy.close());
  const address = proxy.address();
  assert.ok(address !== null && typeof address === 'object');
  return { port: address.port, segments };
}

test('tshark dissects a conversation of nghttp without a warning', {
  skip: without('tshark') || without('nghttp'),
}, async () => {
  const ground = await listen();
  const { port, segments } = await between(ground.port);
  const url = (imei: string): string => `http://127.0.0.1:${port}${PATH}?pei=imei-${imei}`;
  const { permitted, tracked, blocked, unknown } = IMEIS;
  await run('nghttp', ['-n', ...[permitted, tracked, blocked, unknown].map(url)]);
  const bytes = capture(port, segments);
  const decode = ['-d', `tcp.port==${port},http2`];
  const fields = (...names: readonly string[]) => names.flatMap((name) => ['-e', name]);
  const statuses = tshark(
    bytes,
    ...decode,
    '-Y',
    'http2.headers.status',
    '-T',
    'fields',
    ...fields('http2.headers.status'),
  );
  assert.deepEqual(statuses.match(/\d{3}/g)?.sort(), ['200', '200', '200', '404']);
  const asked = tshark(bytes, ...decode, '-Y', 'http2.headers.path', '-T', 'fields', ...fields('http2.headers.path'));
  assert.equal(asked.match(/equipment-status\?pei=imei-\d{15}/g)?.length, 4);
  const said = tshark(bytes, ...decode, '-V');
  for (const word of ['WHITELISTED', 'GREYLISTED', 'BLACKLISTED', 'ERROR_EQUIPMENT_UNKNOWN'])
    assert.ok(said.includes(word), word);
  const warnings = tshark(bytes, ...decode, '-Y', '_ws.expert.severity >= warning || _ws.malformed');
  assert.equal(warnings, '');
});
