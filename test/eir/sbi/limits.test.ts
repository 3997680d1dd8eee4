import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { frame, framesOf, get, headerBlock, PREFACE, ping, reset, settings, TYPE } from '../../peers/frames.ts';
import { ask, type Ground, IMEIS, listen, PATH, request, until } from './ground.ts';

const PERMITTED = `${PATH}?pei=imei-${IMEIS.permitted}`;
const rootOf = ({ port }: Ground): string => `http://127.0.0.1:${port}`;

/** A client that sends what bytes it wants; its `bytes` grow as the server answers, unless it is told not to read. */
async function client({ port }: Ground): Promise<{ readonly socket: Socket; readonly bytes: () => Buffer }> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'connect');
  return { socket, bytes: () => Buffer.concat(chunks) };
}

const answered = async (ground: Ground): Promise<void> => {
  const seen = await ask(rootOf(ground), `?pei=imei-${IMEIS.permitted}`);
  assert.equal(seen.status, 200);
};

test('a peer that opens and resets streams is cut off, and others are served', async () => {
  const ground = await listen({ limits: { resets: 50 } });
  const { socket, bytes } = await client(ground);
  const flood = Array.from({ length: 400 }, (_, n) => [get(2 * n + 1, PERMITTED), reset(2 * n + 1)]).flat();
  socket.write(Buffer.concat([PREFACE, settings(), ...flood]));
  await once(socket, 'close');
  assert.equal(ground.counts.get('n5geir_cut resets'), 1);
  const [goaway] = framesOf(bytes()).filter(({ type }) => type === TYPE.goaway);
  assert.equal(goaway?.payload.readUInt32BE(4), 0xb, 'the GOAWAY says ENHANCE_YOUR_CALM');
  await answered(ground);
});

test('a peer that resets a few streams, as one that lost patience does, is kept', async () => {
  const ground = await listen({ limits: { unreadMs: 50, sweepMs: 10 } });
  const { socket, bytes } = await client(ground);
  const few = Array.from({ length: 20 }, (_, n) => [get(2 * n + 1, PERMITTED), reset(2 * n + 1)]).flat();
  socket.write(Buffer.concat([PREFACE, settings(), ...few, get(101, PERMITTED)]));
  await until('the last is answered', () =>
    framesOf(bytes()).some(({ type, stream }) => type === TYPE.data && stream === 101),
  );
  await pause(150);
  assert.deepEqual(
    [...ground.counts.keys()].filter((name) => name.startsWith('n5geir_cut')),
    [],
  );
  socket.destroy();
});

test('a peer that floods PINGs or SETTINGS is cut off', async () => {
  const ground = await listen({ limits: { pings: 50 } });
  for (const one of [ping(), settings()]) {
    const { socket } = await client(ground);
    socket.write(Buffer.concat([PREFACE, settings(), ...Array.from({ length: 300 }, () => one)]));
    await once(socket, 'close');
  }
  const cut = (ground.counts.get('n5geir_cut pings') ?? 0) + (ground.counts.get('n5geir_cut protocol') ?? 0);
  assert.equal(cut, 2);
  await answered(ground);
});

test('a request with too many or too large headers gets no answer but the end of its stream', async () => {
  const ground = await listen();
  const floods: readonly (readonly [string, string])[][] = [
    Array.from({ length: 500 }, (_, n) => [`x-${n}`, 'y'] as const),
    Array.from({ length: 3 }, (_, n) => [`x-${n}`, 'y'.repeat(5500)] as const),
  ];
  for (const more of floods) {
    const { socket, bytes } = await client(ground);
    const head: (readonly [string, string])[] = [
      [':method', 'GET'],
      [':scheme', 'http'],
      [':authority', 'eir'],
      [':path', PERMITTED],
    ];
    const block = headerBlock([...head, ...more]);
    const parts = [frame(TYPE.headers, 0x01, 1, block.subarray(0, 8000))];
    for (let at = 8000; at < block.length; at += 8000)
      parts.push(frame(TYPE.continuation, at + 8000 >= block.length ? 4 : 0, 1, block.subarray(at, at + 8000)));
    if (block.length <= 8000) parts[0] = frame(TYPE.headers, 0x05, 1, block);
    socket.write(Buffer.concat([PREFACE, settings()]));
    await until('the limits are told', () => framesOf(bytes()).length > 0);
    socket.write(Buffer.concat([frame(TYPE.settings, 1, 0), ...parts]));
    await until('the stream ends', () =>
      framesOf(bytes()).some(({ type }) => type === TYPE.reset || type === TYPE.goaway),
    );
    assert.equal(
      framesOf(bytes()).some(({ type }) => type === TYPE.data),
      false,
    );
    socket.destroy();
  }
  assert.equal(ground.checker.asked.length, 0);
  await answered(ground);
});

test('an endless header, in ever more CONTINUATION frames, ends the connection', async () => {
  const ground = await listen();
  const { socket } = await client(ground);
  const piece = headerBlock([['x', 'y'.repeat(8000)]]);
  socket.write(Buffer.concat([PREFACE, settings(), frame(TYPE.headers, 0x01, 1, piece)]));
  const more = frame(TYPE.continuation, 0, 1, piece);
  const ended = new Promise((resolve) => socket.on('close', resolve));
  for (let n = 0; n < 2000 && !socket.destroyed; n += 1)
    if (!socket.write(more)) await Promise.race([once(socket, 'drain').catch(() => undefined), ended]);
  await ended;
  await answered(ground);
});

test('what is no HTTP/2 ends the connection', async () => {
  const ground = await listen();
  for (const bytes of [
    'GET / HTTP/1.1\r\nHost: eir\r\n\r\n',
    '\u0016\u0003\u0001',
    Buffer.concat([PREFACE, frame(TYPE.data, 0, 0, Buffer.alloc(4))]),
  ]) {
    const { socket } = await client(ground);
    socket.write(bytes);
    if (bytes.length < 4) socket.end();
    await once(socket, 'close');
  }
  assert.equal(ground.counts.get('n5geir_cut protocol'), 3);
  await answered(ground);
});

test('a peer that says nothing, or falls silent, is cut off', async () => {
  const ground = await listen({ limits: { firstMs: 100, idleMs: 300, sweepMs: 20 } });
  const [mute, half, idle] = [await client(ground), await client(ground), await client(ground)];
  half.socket.write(PREFACE.subarray(0, 10));
  idle.socket.write(Buffer.concat([PREFACE, settings(), get(1, PERMITTED)]));
  await Promise.all([mute, half, idle].map(({ socket }) => once(socket, 'close')));
  assert.deepEqual([ground.counts.get('n5geir_cut silent'), ground.counts.get('n5geir_cut idle')], [2, 1]);
});

test('a quiet peer is asked whether it is there, and is kept while it answers', async () => {
  const ground = await listen({ limits: { firstMs: 60, quietMs: 30, sweepMs: 10 } });
  const session = connectHttp2(rootOf(ground));
  await once(session.request({ ':path': PERMITTED }).resume(), 'close');
  const { socket, bytes } = await client(ground);
  socket.write(Buffer.concat([PREFACE, settings(), get(1, PERMITTED)]));
  await once(socket, 'close');
  assert.equal(ground.counts.get('n5geir_cut dead'), 1, 'one that does not answer a PING is gone');
  assert.ok(framesOf(bytes()).some(({ type, flags }) => type === TYPE.ping && flags === 0));
  await pause(200);
  assert.equal(session.closed, false);
  session.destroy();
});

test('a connection whose HTTP/2 has failed does not stay', async () => {
  const ground = await listen({ limits: { firstMs: 60, unreadMs: 60, sweepMs: 10 } });
  const failures = [
    [get(1, PERMITTED), frame(TYPE.data, 1, 1, Buffer.from('x'))],
    [frame(TYPE.data, 1, 1, Buffer.from('x'))],
  ];
  for (const frames of failures) {
    const { socket } = await client(ground);
    socket.write(Buffer.concat([PREFACE, settings(), ...frames]));
    await once(socket, 'close');
  }
  // Newer versions of Node tell of the failure themselves; with older ones the sweep finds out.
  const cuts = ['protocol', 'unread', 'silent'].map((cause) => ground.counts.get(`n5geir_cut ${cause}`) ?? 0);
  assert.equal(
    cuts.reduce((sum, count) => sum + count, 0),
    2,
  );
});

test('a peer that takes no answers is cut off when they have waited too long', async () => {
  const ground = await listen({ limits: { unreadMs: 100, sweepMs: 20, streams: 100 } });
  const { socket, bytes } = await client(ground);
  const many = Array.from({ length: 100 }, (_, n) => get(2 * n + 1, PERMITTED));
  socket.write(Buffer.concat([PREFACE, settings(0), ...many]));
  await once(socket, 'close');
  assert.equal(ground.counts.get('n5geir_cut unread'), 1);
  assert.equal(
    framesOf(bytes()).some(({ type }) => type === TYPE.data),
    false,
  );
});

test('a peer that stops reading keeps no more than its window waiting, and is cut off', async () => {
  const ground = await listen({ limits: { unreadMs: 200, sweepMs: 20 } });
  const { socket } = await client(ground);
  socket.pause();
  socket.write(Buffer.concat([PREFACE, settings()]));
  const gone = until('it is cut', () => ground.counts.get('n5geir_cut unread') === 1);
  for (let n = 0; n < 500; n += 50) {
    socket.write(Buffer.concat(Array.from({ length: 50 }, (_, at) => get(2 * (n + at) + 1, PATH))));
    await pause(2);
  }
  await gone;
  socket.destroy();
  await answered(ground);
});

test('a peer that asks more at once than it may is cut off', async () => {
  const ground = await listen({ limits: { streams: 50 } });
  const { socket } = await client(ground);
  const many = Array.from({ length: 1000 }, (_, n) => get(2 * n + 1, `${PATH}?pei=imei-${IMEIS.never}`));
  socket.write(Buffer.concat([PREFACE, settings(), ...many]));
  await once(socket, 'close');
  assert.equal(ground.counts.get('n5geir_cut protocol'), 1);
  assert.ok(ground.checker.asked.length <= 50);
});

test('of ten thousand half-open connections none takes the place of a real one', async () => {
  const ground = await listen({ limits: { connections: 200 } });
  const session = connectHttp2(rootOf(ground));
  const inside = async (): Promise<number> => {
    const stream = session.request({ ':path': PERMITTED });
    const [headers] = (await once(stream, 'response')) as [{ readonly ':status': number }];
    stream.resume();
    await once(stream, 'close');
    return headers[':status'];
  };
  assert.equal(await inside(), 200);
  const sockets = new Set<Socket>();
  for (let round = 0; round < 25; round += 1) {
    await Promise.all(
      Array.from({ length: 400 }, async () => {
        const socket = connect(ground.port, '127.0.0.1');
        sockets.add(socket);
        socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
        await once(socket, 'connect').catch(() => undefined);
      }),
    );
    if (round % 5 === 4) {
      assert.equal(await inside(), 200, 'the one from before is served');
      await answered(ground);
    }
  }
  assert.ok((ground.counts.get('n5geir_cut crowded') ?? 0) > 9000);
  for (const socket of sockets) socket.destroy();
  session.destroy();
});

test('when all places are taken by peers that ask, another one is not taken', async () => {
  const ground = await listen({ limits: { connections: 2 } });
  const sessions = [connectHttp2(rootOf(ground)), connectHttp2(rootOf(ground))];
  for (const session of sessions) await once(session.request({ ':path': PERMITTED }).resume(), 'close');
  const { socket } = await client(ground);
  await once(socket, 'close');
  assert.equal(ground.counts.get('n5geir_cut connections'), 1);
  for (const session of sessions) session.destroy();
});

test('a stranger is not served', async () => {
  const ground = await listen({ peers: ['192.0.2.1'] });
  const { socket } = await client(ground);
  await once(socket, 'close');
  assert.equal(ground.counts.get('n5geir_cut stranger'), 1);
});

test('above its rate a connection hears 429 and when to come again', async () => {
  const ground = await listen({ limits: { rate: 5, retryAfter: 3 } });
  const seen = await request(
    rootOf(ground),
    Array.from({ length: 30 }, () => ({ ':path': PERMITTED })),
  );
  const refused = seen.filter(({ status }) => status === 429);
  assert.ok(refused.length >= 20 && refused.length <= 25, `${refused.length} of 30 were refused`);
  assert.ok(
    refused.every(({ headers, body }) => headers['retry-after'] === '3' && body.includes('NF_CONGESTION_RISK')),
  );
});

test('what waits for the centre is bounded, for each connection and for all, with room kept for urgent ones', async () => {
  const ground = await listen({ limits: { waiting: 10, waitingEach: 9, askMs: 300 } });
  const never = { ':path': `${PATH}?pei=imei-${IMEIS.never}` };
  const statuses = (seen: readonly { readonly status: number }[]): number[] => seen.map(({ status }) => status).sort();
  const first = await request(
    rootOf(ground),
    Array.from({ length: 10 }, () => never),
  );
  assert.deepEqual(statuses(first), [...Array.from({ length: 9 }, () => 504), 429].sort());
  const [ordinary] = await request(rootOf(ground), [never]);
  assert.deepEqual([ordinary?.status, ordinary?.headers['retry-after']], [503, '1']);
  assert.match(ordinary?.body ?? '', /"NF_CONGESTION"/);
  const [urgent] = await request(rootOf(ground), [{ ...never, '3gpp-sbi-message-priority': '1' }]);
  assert.equal(urgent?.status, 504);
  await answered(ground);
});

test('a consumer that waits no longer hears so, and its answer is not sent to nobody', async () => {
  const ground = await listen();
  const seen = await ask(rootOf(ground), `?pei=imei-${IMEIS.never}`, { '3gpp-sbi-max-rsp-time': '20' });
  assert.equal(seen.status, 504);
  assert.match(seen.body, /TIMED_OUT_REQUEST/);
  const session = connectHttp2(rootOf(ground));
  const stream = session.request({ ':path': `${PATH}?pei=imei-${IMEIS.asked}` });
  stream.on('error', () => undefined);
  await until('it was read', () => ground.checker.asked.length === 2);
  stream.close(8);
  await until('the answer had no taker', () => ground.counts.get('n5geir_unsent blocked') === 1);
  session.destroy();
});

test('a clock that jumps by hours ends no connection', async () => {
  const ground = await listen({ limits: { sweepMs: 10 } });
  const session = connectHttp2(rootOf(ground));
  const inside = async (): Promise<void> => {
    const stream = session.request({ ':path': PERMITTED });
    const [headers] = (await once(stream.resume(), 'response')) as [{ readonly ':status': number }];
    await once(stream, 'close');
    assert.equal(headers[':status'], 200);
  };
  await inside();
  const { now } = Date;
  try {
    for (const hours of [24, -24]) {
      Date.now = () => now() + hours * 3_600_000;
      await pause(50);
      await inside();
    }
  } finally {
    Date.now = now;
  }
  assert.deepEqual(
    [...ground.counts.keys()].filter((name) => name.startsWith('n5geir_cut')),
    [],
  );
  session.destroy();
});

test('a drain answers what is under way, says GOAWAY, and takes no more', async () => {
  const ground = await listen();
  const session = connectHttp2(rootOf(ground));
  const stream = session.request({ ':path': `${PATH}?pei=imei-${IMEIS.asked}` });
  await until('it was read', () => ground.checker.asked.length === 1);
  const goaways: number[] = [];
  session.on('goaway', (code: number) => goaways.push(code));
  const response = once(stream.resume(), 'response');
  const gone = once(session, 'close');
  const closed = ground.server.close();
  const [headers] = (await response) as [{ readonly ':status': number }];
  assert.equal(headers[':status'], 200);
  await Promise.all([closed, gone]);
  assert.ok(goaways.length > 0 && goaways.every((code) => code === 0));
  assert.equal(ground.counts.get('n5geir_cut grace'), undefined);
  const late = connect(ground.port, '127.0.0.1');
  const [fault] = (await once(late, 'error')) as [NodeJS.ErrnoException];
  assert.equal(fault.code, 'ECONNREFUSED');
});

test('a drain ends who does not go within the grace', async () => {
  const ground = await listen();
  const { socket } = await client(ground);
  socket.write(Buffer.concat([PREFACE, settings(), get(1, `${PATH}?pei=imei-${IMEIS.never}`)]));
  await until('it was read', () => ground.checker.asked.length === 1);
  const gone = once(socket, 'close');
  await ground.server.close(50);
  await gone;
  assert.equal(ground.counts.get('n5geir_cut grace'), 1);
});
