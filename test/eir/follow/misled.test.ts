// A centre that misbehaves: changes twice, out of order, malformed, snapshots cut in half or altered, silence. The node goes on
// with the last lists that were right.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { openingRecord } from '../../../src/eir/follow/record.ts';
import { FILE_LENGTH } from '../../../src/eir/follow/snapshot.ts';
import { NOWHERE, writeLine } from '../../../src/eir/follow/wire.ts';
import { Builder } from '../../../src/eir/memory/build.ts';
import { folderFor, follow, rulesText, saidOf, stand, until } from '../centre/ground.ts';

const LOG = 77;
const beat = (blocked: number): Buffer => writeLine({ beat: Date.now(), log: LOG, heads: { ...NOWHERE, blocked } });
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
    body: Buffer.concat([file, openingRecord({ stand: stand({ log: LOG, blocked: 900 }) })]),
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
      if (ranges.length >= 4) response.end(body.subarray(from));
      else {
        // Cut once the half is on the node's disk.
        response.write(half);
        const part = path.join(own, 'snapshot.part');
        const here = (): boolean => (statSync(part, { throwIfNoEntry: false })?.size ?? 0) >= from + half.length;
        void until(here, 'the half is there').finally(() => response.destroy());
      }
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
  await until(
    () => ['EIR_MEMORY_DAMAGED', 'FEED_DAMAGED'].every((code) => before.counted.get(`follow_broken ${code}`) > 0),
    'and counted by what is damaged',
  );
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

test('rules that cannot be read are refused; those before stay in force, also after a start', async (t) => {
  const own = folderFor(t);
  const { url } = await play(t, {
    feed: (_request, response) => {
      response.write(beat(2));
      response.write(writeLine({ rules: 1, document: rulesText({ mccs: ['998'] }) }));
      response.write(blocked(1, 11));
      response.write(writeLine({ rules: 2, document: 'no rules at all' }));
      response.write(writeLine({ rules: 3, document: rulesText().replace('"UTC"', '17') }));
      response.write(blocked(2, 12));
    },
  });
  const versions: number[] = [];
  const onRules = ({ version }: { readonly version: number }) => versions.push(version);
  const before = await follow(t, { url, folder: own }, { onRules, times: { silenceMs: 60_000 } });
  await until(() => before.follower.status.durable.blocked === 2, 'changes behind them count');
  const { rules, status } = before.follower;
  assert.deepEqual([rules?.version, rules?.rules.mccs, status.applied.rules, status.durable.rules], [1, ['998'], 1, 1]);
  assert.deepEqual([before.counted.get('follow_refused rules'), versions], [2, [1]]);
  await before.follower.close();
  const { follower } = await follow(t, { url: 'http://127.0.0.1:1', folder: own });
  assert.deepEqual([follower.rules?.version, follower.rules?.rules.mccs], [1, ['998']]);
});

test('a disk that is slow slows the centre down: no more than 8 MiB wait for it, and nothing is lost', async (t) => {
  // Each file of the node reaches the disk when this lets it.
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  t.after(() => release());
  const probe = await open(path.join(folderFor(t), 'probe'), 'w');
  const files = Object.getPrototypeOf(probe) as FileHandle;
  await probe.close();
  const flush = files.datasync;
  t.mock.method(files, 'datasync', async function (this: FileHandle) {
    await gate;
    await flush.call(this);
  });
  const filling = 'x'.repeat(1 << 20);
  const LINES = 60;
  const { url } = await play(t, {
    feed: async (_request, response, query) => {
      const gone = once(response, 'close');
      response.write(beat(LINES));
      for (let seq = Number(query.get('blocked')) + 1; seq <= LINES && !response.destroyed; seq += 1) {
        const line = `${JSON.stringify({ list: 'blocked', from: seq, changes: [['add', seq, 'x']], filling })}\n`;
        if (!response.write(line)) await Promise.race([once(response, 'drain'), gone]);
      }
    },
  });
  const options = { rebuild: { changes: 1e9 }, times: { silenceMs: 2000 } };
  const { follower, counted } = await follow(t, { url, folder: folderFor(t) }, options);
  await until(() => follower.status.applied.blocked >= 8, 'changes take effect before they are on the disk');
  const silent = counted.get('follow_broken SILENT');
  await wait(3000); // what is read wrongly would be read now
  assert.equal(follower.status.applied.blocked, 8);
  assert.equal(follower.status.durable.blocked, 0);
  assert.equal(counted.get('follow_broken SILENT'), silent, 'a centre that nobody listens to is not silent');
  release();
  await until(() => follower.status.durable.blocked === LINES, 'all of it came', 60_000);
  assert.deepEqual(saidOf(follower.writer, [1, LINES, LINES + 1]), ['1 x', '1 x', '0 ']);
  assert.equal(counted.get('follow_disk LOST'), 0);
});
