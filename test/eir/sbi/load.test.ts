import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Latency } from '../../../src/eir/latency.ts';
import { loadSbi } from '../../../src/eir/sbi/load.ts';
import { COUNTERS, CUTS } from '../../../src/eir/sbi/session.ts';
import { freePort } from '../../servers/process.ts';
import { IMEIS, listen, until } from './ground.ts';

const MIXED = [IMEIS.permitted, IMEIS.tracked, IMEIS.blocked, IMEIS.unknown];
const ask = (n: number) => ({ imei: MIXED[n % MIXED.length] ?? '', imsi: '999010000000001' });

test('a load gets an answer to every check and tells them apart', async () => {
  const ground = await listen();
  const loaded = await loadSbi({
    root: `http://127.0.0.1:${ground.port}`,
    connections: 2,
    streams: 20,
    checks: 1000,
    ask,
  });
  assert.deepEqual([loaded.answered, loaded.failed, loaded.latency.count], [1000, 0, 1000]);
  assert.deepEqual(loaded.answers, { permitted: 250, tracked: 250, blocked: 250, '404': 250 });
  assert.ok(loaded.latency.percentile(0.5) <= loaded.latency.percentile(0.99));
  assert.ok(loaded.latency.percentile(1) <= loaded.latency.most);
});

test('a load with a rate does not ask faster', async () => {
  const ground = await listen();
  const loaded = await loadSbi({
    root: `http://127.0.0.1:${ground.port}`,
    connections: 2,
    streams: 20,
    checks: 200,
    rate: 500,
    ask,
  });
  assert.equal(loaded.answered, 200);
  assert.ok(loaded.seconds >= 0.39, `200 checks at 500/s took ${loaded.seconds} s`);
});

test('a load of some seconds lasts that long, at a rate and without', async () => {
  const ground = await listen();
  const load = { root: `http://127.0.0.1:${ground.port}`, connections: 2, streams: 20, seconds: 0.5, ask };
  for (const rate of [undefined, 200]) {
    const loaded = await loadSbi({ ...load, ...(rate === undefined ? {} : { rate }) });
    assert.ok(loaded.seconds >= 0.5, `${loaded.seconds} s`);
    assert.ok(loaded.answered > 0 && loaded.failed === 0, `${loaded.answered} answered, ${loaded.failed} failed`);
    assert.ok(rate === undefined || loaded.answered <= 100, `${loaded.answered} answered`);
  }
});

test('a load whose connections are all lost ends before its time, and tells what failed', async () => {
  const ground = await listen();
  const root = `http://127.0.0.1:${ground.port}`;
  const under = loadSbi({ root, connections: 2, streams: 5, seconds: 600, ask: () => ({ imei: IMEIS.never }) });
  await until('all is asked', () => ground.checker.asked.length === 10);
  await ground.server.close(0);
  const { answered, failed } = await under;
  assert.deepEqual([answered, failed], [0, 10]);
});

test('a load upon nobody ends, and tells that all failed', async () => {
  const root = `http://127.0.0.1:${await freePort()}`;
  const loaded = await loadSbi({ root, connections: 2, streams: 5, checks: 50, ask });
  assert.deepEqual([loaded.answered, loaded.failed], [0, 50]);
});

test('all that is counted has a name and a cause of the fixed lists', async () => {
  const ground = await listen({ limits: { rate: 10 }, peers: ['127.0.0.1'] });
  await loadSbi({ root: `http://127.0.0.1:${ground.port}`, connections: 1, streams: 5, checks: 50, ask });
  await ground.server.close(0);
  assert.ok(ground.counts.size >= 4);
  for (const counted of ground.counts.keys()) {
    const [name = '', label = ''] = counted.split(' ');
    assert.ok(
      COUNTERS.some((one) => one === name),
      name,
    );
    if (name === 'n5geir_cut')
      assert.ok(
        CUTS.some((one) => one === label),
        label,
      );
  }
});

test('percentiles are those of the values to within 1/64, whatever they are', () => {
  const values = fc.array(fc.integer({ min: 0, max: 60_000_000 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 100 }), (all, hundredth) => {
      const [whole, left, right] = [new Latency(), new Latency(), new Latency()];
      for (const [at, value] of all.entries()) {
        whole.record(value);
        (at % 2 === 0 ? left : right).record(value);
      }
      const share = hundredth / 100;
      const sorted = [...all].sort((a, b) => a - b);
      const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
      const told = whole.percentile(share);
      assert.ok(told >= exact && told <= exact + exact / 64, `${told} for ${exact}`);
      left.merge(right);
      assert.equal(left.percentile(share), told);
      assert.deepEqual([left.count, left.most], [all.length, Math.max(...all)]);
    }),
  );
});

test('no values, no percentile', () => {
  assert.equal(new Latency().percentile(0.99), 0);
});
