// A centre that misbehaves: changes twice, out of order, malformed, snapshots cut in half or altered, silence. The node goes on
// with the last lists that were right.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { openingRecord } from '../../../src/eir/follow/record.ts';
import { FILE_LENGTH } from '../../../src/eir/follow/snapshot.ts';
import { writeLine } from '../../../src/eir/follow/wire.ts';
import { Builder } from '../../../src/eir/memory/build.ts';
import { folderFor, follow, saidOf, stand, until } from '../centre/ground.ts';

const LOG = 77;
const beat = (blocked: number): Buffer =>
  writeLine({ beat: Date.now(), log: LOG, heads: { exceptions: 0, permitted: 0, tracked: 0, blocked } });
const blocked = (from: number, ...imeis: readonly number[]): string =>
  `${JSON.stringify({ list: 'blocked', from, changes: imeis.map((imei) => ['add', imei, 'x']) })}\n`;

type Act = (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => void;

/** A server of ours that plays the centre as a test wants it. */
async function play(
  t: TestContext,
  acts: { readonly feed: Act; readonly snapshot?: Act },
): Promise<{ readonly url: string }> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://centre');
    if (pathname === '/v1/feed') acts.feed(request, response, searchParams);
    else if (pathname === '/v1/snapshot' && acts.snapshot !== undefined) acts.snapshot(request, response, searchParams);
    else response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('changes that come twice count once, and whatever comes out of order is asked for again', async (t) => {
  const asked: string[] = [];
  const { url } = await play(t, {
    feed: (_request, response, query) => {
      const number = Number(query.get('blocked'));
      asked.push(query.toString());
      response.write(beat(6));
      if (number === 0) {
        response.write(blocked(1, 11, 12, 13));
        response.write(blocked(1, 91, 92, 93)); // the same numbers again
        response.write(blocked(2, 94, 95, 14)); // and some of them
        response.write(blocked(6, 96)); // one is left out
      } else response.write(blocked(number + 1, 15, 16).repeat(2));
    },
  });
  const { follower, counted } = await follow(t, { url, folder: folderFor(t) });
  await until(() => follower.status.applied.blocked === 6 && counted.get('follow_repeated') === 3, 'all came');
  assert.deepEqual(saidOf(follower.writer, [11, 12, 13, 14, 15, 16]), Array(6).fill('1 x'));
  assert.deepEqual(saidOf(follower.writer, [91, 92, 93, 94, 95, 96]), Array(6).fill('0 '));
  assert.deepEqual([counted.get('follow_rejected gap'), follower.status.lag], [1, 0]);
  assert.match(asked[1] ?? '', /log=77&.*blocked=4/);
});

test('lines that are none are refused whole, and the node goes on with what it has', async (t) => {
  const bad = [
    '{"list":"blocked","from":3,"changes":[["add",13,"x"],["add","14","x"]]}\n',
    '{"list":"blocked","from":3,"changes":[["add",13,"x"],["erase",14,"x"]]}\n',
    '{"list":"exceptions","from":1,"changes":[["add",13,"x"]]}\n',
    '{"list":"golden","from":3,"changes":[]}\n',
    'no JSON at all\n',
    '[1,2,3]\n',
    '{"beat":1}\n',
    `${'x'.repeat(65 << 20)}`,
  ];
  let round = -1;
  const { url } = await play(t, {
    feed: (_request, response, query) => {
      round += 1;
      response.write(beat(3));
      if (query.get('blocked') === '0') response.write(blocked(1, 11, 12));
      response.write(bad[round] ?? blocked(3, 13));
    },
  });
  const { follower, counted } = await follow(t, { url, folder: folderFor(t) });
  await until(() => follower.status.applied.blocked === 3, 'at last one is right');
  assert.equal(counted.get('follow_rejected malformed'), bad.length);
  assert.deepEqual(saidOf(follower.writer, [11, 12, 13, 14]), ['1 x', '1 x', '1 x', '0 ']);
});

test('a centre that falls silent is left, and one that ends answers at once is asked with growing waits', async (t) => {
  let streams = 0;
  const { url } = await play(t, {
    feed: (_request, response) => {
      streams += 1;
      if (streams === 1)
        response.write(beat(0)); // and nothing more
      else response.writeHead(500).end();
    },
  });
  const { counted } = await follow(
    t,
    { url, folder: folderFor(t) },
    { times: { silenceMs: 300, waitMs: 50, waitMostMs: 400, reportMs: 50 } },
  );
  await until(() => counted.get('follow_broken SILENT') === 1, 'it notices');
  const before = streams;
  await wait(1500);
  assert.ok(streams - before <= 12, `${streams - before} tries in 1.5 s`);
  assert.ok(counted.get('follow_broken HTTP_500') >= 2);
});

/** A snapshot as the centre sends it. */
function snapshotOf(folder: string): { readonly body: Buffer; readonly file: number } {
  const name = path.join(folder, 'made.eir');
  const builder = new Builder(name);
  for (let imei = 1; imei <= 50_000; imei += 1) builder.add(imei * 7, builder.classOf(1, 'snap'));
  builder.finish({ state: { log: LOG, blocked: 900 } });
  const file = readFileSync(name);
  return {
    body: Buffer.concat([file, openingRecord({ stand: stand({ log: LOG, blocked: 900 }), crossed: [[7, 'odd']] })]),
    file: file.length,
  };
}

test('a snapshot that is cut in half is gone on with; the lists before it answer meanwhile', async (t) => {
  const { body, file } = snapshotOf(folderFor(t));
  const ranges: string[] = [];
  const own = folderFor(t);
  const { url } = await play(t, {
    feed: (_request, response, query) => {
      if (query.get('blocked') === '900') response.write(beat(900));
      else if (query.get('blocked') === '2') response.writeHead(410).end();
      else response.write(Buffer.concat([beat(2), Buffer.from(blocked(1, 11, 12))]), () => response.end());
    },
    snapshot: ({ headers }, response) => {
      ranges.push(headers.range ?? '');
      const from = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
      const head = { etag: '"one"', [FILE_LENGTH]: file, 'content-length': body.length - from };
      response.writeHead(from === 0 ? 200 : 206, head);
      const half = body.subarray(from, Math.ceil((from + body.length) / 2));
      if (ranges.length < 4) response.write(half, () => setTimeout(() => response.destroy(), 50));
      else response.end(body.subarray(from));
    },
  });
  const { follower, counted } = await follow(t, { url, folder: own });
  await until(() => ranges.length >= 2, 'it was cut once');
  assert.deepEqual(saidOf(follower.writer, [11, 7]), ['1 x', '0 '], 'the last good lists answer');
  await until(() => counted.get('follow_snapshot') === 1, 'it came in the end');
  assert.equal(ranges[0], '');
  assert.ok(
    ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range)),
    ranges.join(),
  );
  assert.deepEqual(saidOf(follower.writer, [7, 350_000, 11]), ['1 snap', '1 snap', '0 ']);
  assert.equal(follower.status.applied.blocked, 900);
  assert.ok(!existsSync(path.join(own, 'snapshot.part')));
});

test('a damaged snapshot is refused and fetched again; the last good lists answer, also after a start', async (t) => {
  const { body, file } = snapshotOf(folderFor(t));
  const own = folderFor(t);
  let [sent, isGood] = [0, false];
  const { url } = await play(t, {
    feed: (_request, response, query) => {
      if (query.get('blocked') === '900') response.write(beat(900));
      else if (query.get('blocked') === '2') response.writeHead(410).end();
      else
        response.write(Buffer.concat([beat(2), Buffer.from(blocked(1, 11, 12))]), () =>
          setTimeout(() => response.end(), 100),
        );
    },
    snapshot: (_request, response) => {
      sent += 1;
      const bytes = Buffer.from(body);
      const at = [1500, file - 20, file + 20, 10][sent % 4] ?? 0; // in the lists, at their end, in the record, in the head
      if (!isGood) bytes[at] = (bytes[at] ?? 0) ^ 0x55;
      response.writeHead(200, { etag: `"${sent}"`, [FILE_LENGTH]: file, 'content-length': bytes.length }).end(bytes);
    },
  });
  const before = await follow(t, { url, folder: own });
  await until(() => sent >= 5, 'refused, each time');
  assert.deepEqual(saidOf(before.follower.writer, [11, 7]), ['1 x', '0 ']);
  assert.equal(before.follower.status.applied.blocked, 2);
  await before.follower.close();
  const again = await follow(t, { url: 'http://127.0.0.1:1', folder: own });
  assert.deepEqual(
    [again.follower.status.applied.blocked, ...saidOf(again.follower.writer, [11, 7])],
    [2, '1 x', '0 '],
  );
  await again.follower.close();
  isGood = true;
  const { follower } = await follow(t, { url, folder: own });
  await until(() => follower.status.durable.blocked === 900, 'a good one');
  await follower.close();
  const last = await follow(t, { url: 'http://127.0.0.1:1', folder: own });
  assert.deepEqual(saidOf(last.follower.writer, [7, 11]), ['1 snap', '0 ']);
  assert.deepEqual(
    readdirSync(own).filter((name) => name.endsWith('.part')),
    [],
  );
});

test('nothing that a clock does matters: it may jump a year forth and back', async (t) => {
  const real = Date.now;
  t.after(() => {
    Date.now = real;
  });
  const YEAR = 31_536_000_000;
  let beats = 0;
  const { url } = await play(t, {
    feed: (_request, response) => {
      response.write(beat(200));
      const timer = setInterval(() => {
        beats += 1;
        Date.now = () => real() + (beats % 2 === 0 ? YEAR : -YEAR);
        response.write(beat(200));
        response.write(blocked(beats, beats));
      }, 20);
      response.once('close', () => clearInterval(timer));
    },
  });
  const { follower, counted } = await follow(t, { url, folder: folderFor(t) });
  await until(() => follower.status.applied.blocked >= 40, 'it follows');
  assert.deepEqual(
    [follower.status.connected, [...counted.of.keys()].filter((key) => key.startsWith('follow_broken'))],
    [true, []],
  );
  assert.ok(follower.status.levelAgoMs >= 0);
});
