import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { askWhole } from '../../src/eir/follow/client.ts';
import { Follower } from '../../src/eir/follow/follower.ts';
import { publish, until } from '../eir/centre/ground.ts';
import { answerOf, ceir, faultsOf, folderOf, start } from './ceir.ts';

const folder = folderOf('feed');
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const nodes = path.join(folder, 'nodes.yaml');
const token = path.join(folder, 'admin.token');
writeFileSync(token, 'token-admin\n');
writeFileSync(
  nodes,
  `admin: ${sha('token-admin')}\nnodes:\n  - { name: alfa-1, operator: alfa, token: ${sha('token-alfa-1')} }
  - { name: beta-1, operator: beta, token: ${sha('token-beta-1')} }\n`,
);

test('ceir feed serves nodes, ceir eir status shows them, and the logs name nobody', async () => {
  const feed = path.join(folder, 'feed');
  await publish(feed, 'blocked', [{ op: 'add', imei: 35000001000001, reasons: 'stolen' }]);
  const running = start(['feed', feed, '--listen', '127.0.0.1:0', '--nodes', nodes, '--json']);
  let said = '';
  running.child.stdout?.on('data', (text: string) => {
    said += text;
  });
  await until(() => said.endsWith('\n') || running.child.exitCode !== null, 'it listens');
  const { listening } = JSON.parse(said) as { listening: string };
  const url = `http://${listening}`;
  const centre = { url, token: 'token-alfa-1' };
  const self = () => ({ mode: 'hybrid', counts: { answers: 12 } });
  const follower = await Follower.start({ centre, folder: path.join(folder, 'node'), count: () => undefined, self });
  await until(() => follower.status.durable.blocked === 1, 'it follows');
  const status = ['eir', 'status', '--centre', url, '--token-file', token];
  await until(
    async () =>
      /alfa-1 +alfa +connected +whole +0 +0 +0 +hybrid .*blocked 1.*answers 12/.test((await ceir(status)).out),
    'it is shown',
  );
  const { nodes: all } = answerOf(await ceir([...status, '--json'])) as {
    nodes: { name: string; connected: boolean; ack?: unknown }[];
  };
  assert.deepEqual(
    all.map(({ name, connected, ack }) => [name, connected, ack !== undefined]),
    [
      ['alfa-1', true, true],
      ['beta-1', false, false],
    ],
  );

  for (const body of [
    '{"imei":1,"imsi":999010000000077,"msisdn":"41790000077"}',
    '999010000000077',
    '[{"imsi":999010000000077}]',
  ]) {
    const headers = { 'content-type': 'application/json' };
    assert.equal((await askWhole(centre, { method: 'POST', path: '/v1/check', headers, body })).status, 400);
  }
  await askWhole(centre, { path: '/v1/999010000000077?imsi=999010000000077' });
  await askWhole({ url, token: '999010000000077' }, { path: '/v1/feed' });
  await follower.close();
  await wait(50);
  running.child.kill('SIGTERM');
  const { code, err } = await running.said;
  assert.equal(code, 0, err);
  assert.match(err, /feed_denied/);
  assert.doesNotMatch(err, /00000000077|token-/);
});

test('what ceir feed and ceir eir status cannot do is said', async () => {
  const feed = path.join(folder, 'other');
  const taken = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  const address = taken.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const [occupied] = faultsOf(await ceir(['feed', feed, '--listen', `127.0.0.1:${port}`, '--nodes', nodes, '--json']));
  taken.close();
  assert.equal(occupied?.code, 'FEED_LISTEN');
  const bad = path.join(folder, 'bad.yaml');
  writeFileSync(bad, 'nodes:\n  - { name: A, operator: alfa }\n');
  const faults = faultsOf(await ceir(['feed', feed, '--listen', '127.0.0.1:0', '--nodes', bad, '--json']));
  assert.deepEqual(
    faults.map(({ code, line }) => [code, line]),
    [
      ['FEED_NODES', 2],
      ['FEED_NODES', 2],
    ],
  );
  const [missing] = faultsOf(
    await ceir(['feed', feed, '--listen', '127.0.0.1:0', '--nodes', path.join(folder, 'none'), '--json']),
  );
  assert.equal(missing?.code, 'FILE_MISSING');
  for (const words of [
    ['feed'],
    ['feed', feed, '--nodes', nodes],
    ['feed', feed, '--listen', 'x', '--nodes', nodes],
    ['feed', feed, '--listen', '127.0.0.1:1'],
    ['eir', 'status'],
    ['eir', 'status', '--centre', 'ftp://x', '--token-file', token],
  ])
    assert.equal((await ceir(words)).code, 2, words.join(' '));
  const [unreached] = faultsOf(
    await ceir(['eir', 'status', '--centre', 'http://127.0.0.1:1', '--token-file', token, '--json']),
  );
  assert.equal(unreached?.code, 'FEED_CENTRE');
});
