import { spawnSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { newFile } from '../src/eir/memory/folder.ts';
import { load } from '../src/eir/memory/load.ts';
import { View } from '../src/eir/memory/view.ts';
import { Writer } from '../src/eir/memory/writer.ts';
import { type Bench, type Cell, type Found, mebibytes, median } from './bench.ts';
import { eachImei } from './imeis.ts';
import { freshFolder } from './place.ts';
import { type Cost, run } from './watch.ts';

const QUESTIONS = 1 << 20;
const TIMES = 3;
const CHANGES = 10_000;

/** What everybody would write first: a sorted array, halved until the number is found. */
function binary(sorted: Float64Array, imei: number): number {
  let [low, high] = [0, sorted.length - 1];
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = sorted[middle] ?? 0;
    if (found === imei) return 1;
    if (found < imei) low = middle + 1;
    else high = middle - 1;
  }
  return 0;
}

type Ask = { readonly name: string; readonly questions: Float64Array };

/** Questions for identifiers that are listed, and for others of listed TACs; each as likely, or few far more than the rest. */
function asks(sorted: Float64Array): readonly Ask[] {
  const rows = sorted.length;
  const evenly = (): number => Math.floor(Math.random() * rows);
  const unevenly = (): number => (Math.floor(rows ** Math.random()) * 48_271) % rows;
  const hit = (place: number): number => sorted[place] ?? 0;
  const miss = (place: number): number => {
    const tac = Math.floor(hit(place) / 1e6) * 1e6;
    let imei = hit(place);
    while (binary(sorted, imei) === 1) imei = tac + Math.floor(Math.random() * 1e6);
    return imei;
  };
  const made = (of: () => number): Float64Array => Float64Array.from({ length: QUESTIONS }, of);
  return [
    { name: 'listed, each as likely', questions: made(() => hit(evenly())) },
    { name: 'not listed, each as likely', questions: made(() => miss(evenly())) },
    { name: 'listed, few very often', questions: made(() => hit(unevenly())) },
    { name: 'not listed, few TACs very often', questions: made(() => miss(unevenly())) },
  ];
}

/** Nanoseconds of processor time a question takes, the middle of several times. */
function nanoseconds({ questions }: Ask, lookup: (imei: number) => number): number {
  let found = 0;
  const times = Array.from({ length: TIMES }, () => {
    const started = process.cpuUsage();
    for (let at = 0; at < questions.length; at += 1) found += lookup(questions[at] ?? 0);
    const { user, system } = process.cpuUsage(started);
    return ((user + system) * 1e3) / questions.length;
  });
  if (found < 0) throw new Error('never'); // so that nothing is left out as useless
  return median(times);
}

async function built(file: string, rows: number, order: string): Promise<Cost> {
  const words = ['--import', 'tsx', path.join(import.meta.dirname, 'builder.ts'), file, String(rows), order];
  return run(process.execPath, words);
}

/** Seconds to load a file, from the disk and from the memory of the system. */
async function loads(file: string): Promise<{ cold: number | undefined; warm: number }> {
  const time = async (): Promise<number> => {
    const started = performance.now();
    const loaded = await load(file);
    if (!loaded.ok) throw new Error(loaded.fault.message);
    return (performance.now() - started) / 1000;
  };
  const dropped = spawnSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0']).status === 0;
  const cold = dropped ? await time() : undefined;
  return { cold, warm: await time() };
}

/** Nanoseconds of processor time to apply a change. */
function changes(writer: Writer, sorted: Float64Array): number {
  const some = Float64Array.from({ length: CHANGES }, () => sorted[Math.floor(Math.random() * sorted.length)] ?? 0);
  const started = process.cpuUsage();
  for (const imei of some) writer.set(imei, 1, 'changed');
  const { user, system } = process.cpuUsage(started);
  return ((user + system) * 1e3) / CHANGES;
}

/** Reading words of an array of the size of the base at random, each place known only after the word before. */
function reading(sorted: Float64Array): Ask & { readonly words: Uint32Array } {
  const words = new Uint32Array(new SharedArrayBuffer(4 * sorted.length)).fill(2);
  return {
    name: 'memory',
    words,
    questions: Float64Array.from({ length: QUESTIONS }, () => Math.floor(Math.random() * (sorted.length - 2))),
  };
}

const line = (name: string, { seconds, cpuSeconds, peakBytes }: Cost): readonly Cell[] => [
  name,
  seconds,
  cpuSeconds,
  mebibytes(peakBytes),
];

async function rebuilt(writer: Writer): Promise<{ seconds: number; longestMs: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const started = performance.now();
  await writer.rebuild({ blocked: 1 });
  delay.disable();
  return { seconds: (performance.now() - started) / 1000, longestMs: delay.max / 1e6 };
}

export const bench: Bench = {
  name: 'lookup',
  about: `The lists in a node's memory: bytes an identifier, building, loading, looking up, changing, making a new file of
all; against a plain sorted array of numbers in the same process.`,
  options: {
    rows: { type: 'string', about: 'identifiers (default 100000000)' },
    unsorted: { type: 'boolean', about: 'also build from identifiers in no order' },
  },
  run: async (call): Promise<Found> => {
    const rows = call.count('rows', 100_000_000);
    const folder = freshFolder('lookup');
    try {
      const file = await newFile(folder);
      const made = await built(file, rows, 'nothing');
      const build = await built(file, rows, 'sorted');
      const bytes = statSync(file).size;
      const unsorted = call.flag('unsorted') ? await built(`${file}2`, rows, 'any') : undefined;
      rmSync(`${file}2`, { force: true });
      const loading = await loads(file);
      const sorted = new Float64Array(rows);
      let next = 0;
      eachImei(rows, 'sorted', (imei) => {
        sorted[next] = imei;
        next += 1;
      });
      const questions = asks(sorted);
      const writer = await Writer.open(folder);
      await writer.adopt(file);
      const view = new View(writer.attach());
      const ask = (lookup: (imei: number) => number): readonly number[] =>
        questions.map((one) => nanoseconds(one, lookup));
      const plain = ask((imei) => binary(sorted, imei));
      const ours = ask((imei) => view.lookup(imei));
      const memory = reading(sorted);
      let word = 0;
      const read = nanoseconds(memory, (place) => {
        word = memory.words[place + (word & 1)] ?? 0;
        return word;
      });
      const perChange = changes(writer, sorted);
      const changed = ask((imei) => view.lookup(imei));
      const rebuild = await rebuilt(writer);
      view.close();
      writer.close();
      const lookups = questions.map(({ name }, at): readonly Cell[] => [
        name,
        ours[at] ?? 0,
        changed[at] ?? 0,
        plain[at] ?? 0,
        (plain[at] ?? 0) / (changed[at] ?? 1),
      ]);
      const costs: readonly (readonly Cell[])[] = [
        ['', 'seconds', 'CPU s', 'peak MiB'],
        line('making the numbers alone', made),
        line('building, with making them', build),
        ...(unsorted ? [line('the same in no order', unsorted)] : []),
        ...(loading.cold === undefined ? [] : [['loading from the disk', loading.cold, '', '']]),
        ['loading from memory of the system', loading.warm, '', ''],
        [`a new file with ${CHANGES.toLocaleString('en')} changes`, rebuild.seconds, '', ''],
      ];
      const head = ['ns of processor time', 'base', 'and changes', 'sorted array', 'ratio'];
      return {
        tables: [
          { title: `${rows.toLocaleString('en')} identifiers, ${(bytes / rows).toFixed(2)} bytes each`, rows: costs },
          { title: `${QUESTIONS.toLocaleString('en')} lookups, medians of ${TIMES}`, rows: [head, ...lookups] },
        ],
        figures: { rows, bytes, made, build, unsorted, loading, ours, changed, plain, perChange, rebuild },
        notes: [
          `To read one word of so much memory at random took ${Math.round(read)} ns: a lookup reads two or three, and the ` +
            'machine decides.',
          `A change takes ${Math.round(perChange)} ns; while the new file was made and taken, nothing waited longer than ` +
            `${rebuild.longestMs.toFixed(1)} ms.`,
        ],
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
