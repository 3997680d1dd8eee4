import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadS13 } from '../../../src/eir/diameter/load.ts';
import { startDiameter } from '../../../src/eir/diameter/server.ts';
import { digitChecker } from './harness.ts';
import { EIR, MME } from './messages.ts';

const served = async () => {
  const { checker, heard } = digitChecker();
  const server = await startDiameter({
    host: '127.0.0.1',
    port: 0,
    identity: EIR,
    peers: [MME, { host: `1.${MME.host}` }].map(({ host }) => ({ host, operator: '' })),
    checker,
    count: () => undefined,
  });
  let number = 0;
  const next = (): number => {
    number += 1;
    return 35_693_803_564_380 + (number % 10);
  };
  const options = {
    host: '127.0.0.1',
    port: Number(server.address.split(':').at(-1)),
    identity: MME,
    realm: EIR.realm,
    seconds: 0.2,
    imei: next,
    imsi: () => 1_010_000_000_001,
  };
  return { server, heard, options };
};

test('a load asks with a window on each connection, and counts what it is answered', async () => {
  const { server, heard, options } = await served();
  const { sent, lost, verdicts, latency } = await loadS13({ ...options, connections: 2, window: 8 });
  assert.equal(lost, 0);
  assert.equal(heard.length, sent);
  assert.equal(latency.count, sent);
  const tenth = sent / 10;
  const shares = [verdicts.white, verdicts.black, verdicts.grey, verdicts.unknown / 7];
  assert.ok(shares.every((count) => Math.abs(count - tenth) <= 1));
  assert.equal(heard[0]?.question.imsi, 1_010_000_000_001, 'an IMSI of zeros before is told as a number');
  await server.close(0);
});

test('a load at a rate sends no more than that', async () => {
  const { server, options } = await served();
  const { sent, lost } = await loadS13({ ...options, connections: 1, window: 1000, rate: 2000 });
  assert.deepEqual([sent, lost], [400, 0]);
  await server.close(0);
});

test('a load by a host that may not connect fails', async () => {
  const { server, options } = await served();
  const identity = { host: 'stranger.localdomain', realm: 'localdomain' };
  await assert.rejects(loadS13({ ...options, identity, connections: 1, window: 1 }), /CEA says 3010/);
  await server.close(0);
});
