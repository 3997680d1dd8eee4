import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { startDiameter } from '../../../src/eir/diameter/server.ts';
import { type Authority, makeAuthority, withoutOpenssl } from '../../peers/certificates.ts';
import { runErlang, withoutErlang } from '../../peers/erlang.ts';
import { startRelay, withoutFreeDiameter } from '../../peers/freediameter.ts';
import { tapOf } from '../../peers/tap.ts';
import { freePort } from '../../servers/process.ts';
import { digitChecker } from './harness.ts';
import { EIR, messagesOf, show } from './messages.ts';

const skip = withoutErlang();

const QUESTIONS = [
  ['999010000000001', '35693803564380', '01'],
  ['999010000000001', '356938035643810', '01'],
  ['-', '35693803564382', '-'],
  ['999010000000001', '35693803564389', '-'],
  ['999010000000001', '3569380356438', '-'],
] as const;
const ANSWERS = ['2001 0 0 [] []', '2001 0 1 [] []', '2001 0 2 [] []', '5422 10415 -1 [] []', '5004 0 -1 [] []'];

suite('Erlang/OTP as MME', { skip }, () => {
  let folder = '';
  let authority: Authority;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ceir-otp-'));
    if (withoutOpenssl() === false) authority = makeAuthority(folder, 'authority');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const start = async () => {
    const { checker, heard } = digitChecker();
    const counts: string[] = [];
    const server = await startDiameter({
      host: '127.0.0.1',
      port: 0,
      identity: EIR,
      plmns: new Map(),
      checker,
      count: (name, label = '') => counts.push(`${name} ${label}`.trim()),
    });
    return { server, port: Number(server.address.split(':').at(-1)), heard, counts };
  };

  test('asks over TCP and finds no error in any answer', async () => {
    const { server, port, counts } = await start();
    try {
      const words = ['check', EIR.host, `${port}`, EIR.realm, ...QUESTIONS.flat()];
      assert.deepEqual(await runErlang(folder, words), ANSWERS);
      assert.deepEqual(counts.slice(0, 3), ['connected', 'opened', 'error 5004']);
    } finally {
      await server.close(500);
    }
  });

  test('finds no error in a protocol error either', async () => {
    const { server, port } = await start();
    try {
      const words = ['check', EIR.host, `${port}`, 'elsewhere', ...QUESTIONS[0]];
      assert.deepEqual(await runErlang(folder, words), ['3003 0 -1 [] []']);
    } finally {
      await server.close(500);
    }
  });

  const relayless = withoutFreeDiameter() || withoutOpenssl();
  test('asks through a relay, which rewrites Hop-by-Hop and adds Route-Record', { skip: relayless }, async () => {
    const { server, port, heard, counts } = await start();
    const tap = await tapOf(port);
    const relayPort = await freePort();
    const connect = { host: EIR.host, port: tap.port, tls: false };
    const daemon = { identity: 'dra.localdomain', realm: 'localdomain', authority, port: relayPort, connect };
    const relay = await startRelay(daemon, '*.localdomain', () => counts.includes('opened'));
    try {
      const words = ['check', daemon.identity, `${relayPort}`, EIR.realm, ...QUESTIONS.flat()];
      const through = ANSWERS.map((line) => line.replace(/\[\]$/, '["eir.localdomain"]'));
      assert.deepEqual(await runErlang(folder, words), through);
      const requests = messagesOf(tap.sent()).filter((one) => one.readUIntBE(5, 3) === 324);
      assert.equal(requests.length, QUESTIONS.length);
      for (const one of requests) {
        assert.match(show(one), / Route-Record=mme\.otp\.localdomain/);
        assert.notEqual(one.readUInt32BE(12), one.readUInt32BE(16));
      }
      assert.equal(heard[0]?.asker.peer, 'dra.localdomain');
    } finally {
      await relay.stop();
      await tap.close();
      await server.close(0);
    }
  });
});
