import { setImmediate as turn } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { type Attachment, View } from '../../../src/eir/memory/view.ts';

/** What a reading worker is given. Per key: the version whose writing has begun, and the one whose writing is over. */
export type Reading = {
  readonly attachment: Attachment;
  readonly begun: SharedArrayBuffer;
  readonly over: SharedArrayBuffer;
  /** Set to 1 when all is written. */
  readonly ended: SharedArrayBuffer;
};

/** What a reading worker saw: wrong things, in words, and how often it looked. */
export type Seen = { readonly wrong: readonly string[]; readonly looks: number; readonly versions: number };

export const KEYS = 64;

/** The identifier of a key: far from each other, near each other, and in one slot of the hash or another. */
export const imeiOf = (key: number): number => 35_000_000_000_000 + (key % 8) + Math.floor(key / 8) * 1_000_003;

/** Half of them have a pair all the time, and so are never quite off the lists. */
export const isPaired = (key: number): boolean => key % 2 === 0;

/** Reads until all is written, and once more. */
export async function read(): Promise<void> {
  const { attachment, begun, over, ended } = workerData as Reading;
  const view = new View(attachment);
  const [first, last, end] = [new Int32Array(begun), new Int32Array(over), new Int32Array(ended)];
  const [wrong, known] = [[] as string[], new Int32Array(KEYS)];
  let [looks, versions] = [0, 0];
  const look = (key: number, least: number): void => {
    const imei = imeiOf(key);
    const index = view.lookup(imei);
    const most = Atomics.load(first, key);
    const [of = '', version = '0'] = (view.entry(index).reasons || String(key)).split(' ');
    if (of !== String(key)) wrong.push(`key ${key} has the entry of ${of}`);
    // Without reasons it is on no list, which comes back again and again.
    if (version !== '0' && (Number(version) < least || Number(version) > most))
      wrong.push(`key ${key}: ${version} is not between ${least} and ${most}`);
    if (Number(version) > (known[key] ?? 0)) {
      known[key] = Number(version);
      versions += 1;
    }
    if (view.paired(imei, 7, 0, false) !== isPaired(key)) wrong.push(`key ${key} lost its pair`);
    if (view.paired(imei, 8, 9, true)) wrong.push(`key ${key} has a pair that never was`);
    looks += 1;
  };
  parentPort?.postMessage('ready');
  while (Atomics.load(end, 0) === 0 && wrong.length === 0) {
    for (let key = 0; key < KEYS; key += 1) look(key, known[key] ?? 0);
    await turn();
  }
  await turn();
  await turn();
  for (let key = 0; key < KEYS; key += 1) look(key, Atomics.load(last, key));
  view.close();
  parentPort?.postMessage({ wrong, looks, versions } satisfies Seen);
}
