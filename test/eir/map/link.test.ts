import assert from 'node:assert/strict';
import { afterEach, suite, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { MapLimits, MapLink } from '../../../src/eir/map/options.ts';
import { type MapServer, startMap } from '../../../src/eir/map/server.ts';
import { type Gateway, startGateway } from '../../peers/gateway.ts';
import { begin, hex, ipa, ipaFrames, m3ua, m3uaMessages, protocolData, udt } from '../../peers/msc.ts';
import { ground, until } from './ground.ts';

const QUESTION = udt(begin({ version: 1, imei: '356938030000010' }));
const WAITS = udt(begin({ version: 1, imei: '356938030000040' }));
const WHITE = '64154904000000016c0da20b020101300602012b0a0100';

suite('links are made, and made again', () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function gateway(port = 0): Promise<Gateway> {
    const made = await startGateway(port);
    closing.push(made.close);
    return made;
  }
  function eir(
    links: readonly MapLink[],
    limits: Partial<MapLimits> = {},
  ): ReturnType<typeof ground> & { eir: MapServer } {
    const on = ground();
    const made = startMap({
      links,
      checker: on.checker,
      count: on.count,
      limits: { pauseMs: 10, longestPauseMs: 50, ...limits },
    });
    closing.unshift(() => made.close(100));
    return { ...on, eir: made };
  }
  const ipaLink = (port: number): MapLink => ({ kind: 'ipa', name: 'one', host: '127.0.0.1', port, unitName: 'eir' });
  const m3uaLink = (port: number): MapLink => ({ kind: 'm3ua', name: 'two', host: '127.0.0.1', port });

  test('IPA: says who it is, is acknowledged, answers pings and questions', async () => {
    const sg = await gateway();
    const { eir: server } = eir([ipaLink(sg.port)]);
    const { socket, read } = await sg.accept();
    socket.write(ipa('fe', hex('04 0108 0107 0102 0101 0100')));
    // 05, then for unit name and serial number: length of two octets, tag, text, NUL
    assert.equal((await read(18)).toString('hex'), '000ffe05 0005 01 65697200 0005 00 65697200'.replaceAll(' ', ''));
    assert.equal(server.links()[0]?.state, 'inactive');
    socket.write(ipa('fe', hex('06')));
    assert.equal((await read(4)).toString('hex'), '0001fe06');
    assert.equal(server.links()[0]?.state, 'active');
    socket.write(ipa('fe', hex('00')));
    assert.equal((await read(4)).toString('hex'), '0001fe01');
    for (const octet of ipa('fd', QUESTION)) {
      socket.write(Buffer.of(octet));
      await pause(0);
    }
    const [frame] = ipaFrames(await read(37));
    assert.equal(frame?.payload.toString('hex', 12), WHITE);
  });

  test('M3UA over TCP: comes up, answers, and leaves politely', async () => {
    const sg = await gateway();
    const { eir: server } = eir([m3uaLink(sg.port)]);
    const { socket, read } = await sg.accept();
    assert.equal((await read(8)).toString('hex'), '0100030100000008');
    socket.write(m3ua('0304'));
    assert.equal((await read(16)).toString('hex'), '0100040100000010000b000800000002');
    socket.write(Buffer.concat([m3ua('0403'), m3ua('0101', protocolData('00000102', '00000101', QUESTION))]));
    const [answer] = m3uaMessages(await read(60));
    assert.match(
      answer?.message.toString('hex') ?? '',
      new RegExp(`^010001010000003c021000330000010100000102030200050900.*${WHITE}00$`),
    );
    assert.equal(server.links()[0]?.state, 'active');
    const closed = server.close(1000);
    assert.equal((await read(8)).toString('hex'), '0100040200000008');
    await closed;
    assert.equal(server.links()[0]?.state, 'down');
  });

  test('many questions of one read are answered in one write, and all of them', async () => {
    const sg = await gateway();
    const { counted } = eir([ipaLink(sg.port)]);
    const { socket, read } = await sg.accept();
    socket.write(Buffer.concat(Array.from({ length: 1000 }, () => ipa('fd', QUESTION))));
    const frames = [...ipaFrames(await read(38 * 1000))];
    assert.deepEqual([frames.length, counted.get('map_answer permitted')], [1000, 1000]);
  });

  test('a link that is refused, lost or closed is made again', async () => {
    const first = await gateway();
    const { eir: server, counted } = eir([ipaLink(first.port)]);
    (await first.accept()).socket.write(ipa('fe', hex('06')));
    await until(() => server.links()[0]?.state === 'active');
    await first.close();
    await until(() => (counted.get('map_link refused') ?? 0) > 2);
    assert.deepEqual([server.links()[0]?.state, counted.get('map_link closed')], ['down', 1]);
    const second = await gateway(first.port);
    (await second.accept()).socket.write(ipa('fd', QUESTION));
    await until(() => server.links()[0]?.state === 'active');
    assert.equal(counted.get('map_link up'), 2);
  });

  test('one link that is down does not hold another', async () => {
    const [dead, alive] = [await gateway(), await gateway()];
    await dead.close();
    const { eir: server } = eir([ipaLink(dead.port), m3uaLink(alive.port)]);
    const { socket } = await alive.accept();
    socket.write(Buffer.concat([m3ua('0304'), m3ua('0403')]));
    await until(() => server.links()[1]?.state === 'active');
    assert.deepEqual(
      server.links().map(({ name, state }) => `${name} ${state}`),
      ['one down', 'two active'],
    );
  });

  test('a peer that says nothing is asked, then left; one that never makes us active too', async () => {
    const sg = await gateway();
    const { counted } = eir([ipaLink(sg.port)], { silentMs: 100, activeMs: 60_000 });
    const { read } = await sg.accept();
    assert.equal((await read(4)).toString('hex'), '0001fe00', 'a ping');
    await until(() => (counted.get('map_link silent') ?? 0) > 0);
    const slow = await gateway();
    const other = eir([m3uaLink(slow.port)], { activeMs: 100 });
    await until(() => (other.counted.get('map_link inactive') ?? 0) > 0);
  });

  test('a peer that never reads is cut when its answers pass the limit', async () => {
    const sg = await gateway();
    const { counted } = eir([ipaLink(sg.port)], { unsent: 1 << 16 });
    const { socket } = await sg.accept();
    socket.pause();
    const many = Buffer.concat(Array.from({ length: 5000 }, () => ipa('fd', QUESTION)));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const write = (): void => {
      if (socket.writable) socket.write(many, () => setImmediate(write));
    };
    write();
    await until(() => (counted.get('map_link unread') ?? 0) > 0);
    socket.destroy();
    await closed;
  });

  test('a frame above the limit ends the link, and the next one begins afresh', async () => {
    const sg = await gateway();
    const { counted } = eir([ipaLink(sg.port)]);
    (await sg.accept()).socket.write(hex('ffff fd 00'));
    const { socket, read } = await sg.accept();
    assert.equal(counted.get('map_link oversize'), 1);
    socket.write(ipa('fd', QUESTION));
    assert.equal((await read(38)).length, 38);
  });

  test('closing waits for the centre as long as it may, and no longer', async () => {
    const sg = await gateway();
    const { eir: server, release } = eir([ipaLink(sg.port)]);
    const { socket, read } = await sg.accept();
    socket.write(ipa('fd', WAITS));
    await until(() => server.links()[0]?.outstanding === 1);
    const closed = server.close(10_000);
    setTimeout(release, 30);
    assert.match((await read(38)).toString('hex'), /0a0100$/);
    await closed;
    const other = await gateway();
    const never = eir([ipaLink(other.port)]);
    (await other.accept()).socket.write(ipa('fd', WAITS));
    await until(() => never.eir.links()[0]?.outstanding === 1);
    await never.eir.close(50);
    assert.equal(never.eir.links()[0]?.state, 'down');
  });
});
