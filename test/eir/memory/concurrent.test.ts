import assert from 'node:assert/strict';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Writer } from '../../../src/eir/memory/writer.ts';
import { inFolder } from './model.ts';
import { imeiOf, isPaired, KEYS, type Reading, type Seen } from './reading.ts';

const VERSIONS = 300;

/** Where memory is replaced under the readers: it grows several times, and a new file is made twice. */
const REBUILDS = [80, 180];

test('workers see no value that was never current, and never an older one after a newer, while lists change', async () => {
  await inFolder(async (folder) => {
    const writer = await Writer.open(folder);
    const shared = (words: number): SharedArrayBuffer => new SharedArrayBuffer(4 * words);
    const [begun, over, ended] = [shared(KEYS), shared(KEYS), shared(1)];
    for (let key = 0; key < KEYS; key += 1) if (isPaired(key)) writer.pair({ imei: imeiOf(key), imsi: 7, msisdn: 0 });
    const workers = [0, 1].map(() => {
      const attachment = writer.attach();
      const workerData: Reading = { attachment, begun, over, ended };
      const file = path.join(import.meta.dirname, 'reader.js');
      return new Worker(file, { workerData, transferList: [attachment.port], execArgv: [] });
    });
    const seen = workers.map((worker) => once(worker, 'exit').then(() => last.get(worker)));
    const last = new Map<Worker, Seen>();
    await Promise.all(
      workers.map(
        (worker) =>
          new Promise((resolve) => {
            worker.on('message', (message: 'ready' | Seen) => {
              if (message === 'ready') resolve(undefined);
              else last.set(worker, message);
            });
          }),
      ),
    );
    try {
      let rebuild: Promise<unknown> | undefined;
      for (let version = 1; version <= VERSIONS; version += 1) {
        for (let key = 0; key < KEYS; key += 1) write(writer, { key, version, begun, over });
        if (REBUILDS.includes(version - 50)) await rebuild;
        if (REBUILDS.includes(version)) rebuild = writer.rebuild({});
        if (version % 5 === 0) await turn();
      }
    } finally {
      Atomics.store(new Int32Array(ended), 0, 1); // also when it failed: they end only then
    }
    for (const one of await Promise.all(seen)) {
      assert.ok(one !== undefined, 'a worker ended without a word');
      assert.deepEqual(one.wrong.slice(0, 3), []);
      assert.ok(one.versions > KEYS, `${one.versions} changes were seen in ${one.looks} looks`);
    }
    writer.close();
  });
});

type Write = { key: number; version: number; begun: SharedArrayBuffer; over: SharedArrayBuffer };

function write(writer: Writer, { key, version, begun, over }: Write): void {
  const imei = imeiOf(key);
  Atomics.store(new Int32Array(begun), key, version);
  if (version % 7 === 3) writer.set(imei, 0, '');
  writer.set(imei, 1 + (version % 7), `${key} ${version}`);
  Atomics.store(new Int32Array(over), key, version);
  // Others that come in between, so that memory has to grow.
  writer.set(36_000_000_000_000 + (version * KEYS + key) * 11, 1, 'other');
  if (!isPaired(key)) return;
  if (version % 3 === 0) writer.pair({ imei, imsi: 100 + (version % 24), msisdn: 0 });
  if (version % 3 === 1) writer.unpair({ imei, imsi: 100 + ((version - 1) % 24), msisdn: 0 });
}
