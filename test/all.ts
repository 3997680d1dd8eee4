// The whole suite in one process. Each file becomes a suite of its own, so that its hooks hold for its tests alone. Three
// files are under way at a time, since most wait for servers of their own; within a file, tests follow one another.
import { readdirSync } from 'node:fs';
import { suite, test } from 'node:test';

/**
 * Files that change or measure what the process has only one of: its clock, its time zone, its memory, its turn. A test that
 * ends others amid their work needs its turn at the right moment.
 */
const ALONE = [
  'cli/interrupt.test.ts',
  'eir/centre/centre.test.ts',
  'eir/follow/follower.test.ts',
  'eir/follow/machine.test.ts',
  'eir/follow/misled.test.ts',
  'eir/gsup/server.test.ts',
  'eir/node/faults.test.ts',
  'eir/node/node.test.ts',
  'eir/sbi/limits.test.ts',
  'files/cut.test.ts',
  'files/whole.test.ts',
];

/** Files that take longest: begun last, one of them would be all that is still under way. */
const LONG = [
  'country_to_lists.test.ts',
  'observations/import.test.ts',
  'reference/history.test.ts',
  'lists/law.test.ts',
  'eir/centre/snapshot.test.ts',
  'report/demo.test.ts',
  'lists/feed.test.ts',
  'oracle/oracle.test.ts',
  'stores/crash.test.ts',
];

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .sort();
/** The runner reads all files as soon as it is told of them, and begins with the first meanwhile. */
const read: Promise<unknown>[] = [];
const add = (name: string): void => {
  suite(name, { concurrency: 1 }, async () => {
    const file = import(`./${name}`);
    read.push(file);
    await file;
  });
};

let toldAll = (): void => undefined;
const told = new Promise<void>((resolve) => {
  toldAll = resolve;
});
test('all files are read before the first test has its turn', async () => {
  await told;
  await Promise.all(read);
});

for (const name of files.filter((file) => ALONE.includes(file))) add(name);
suite('three at a time', { concurrency: 3 }, () => {
  const together = files.filter((file) => !ALONE.includes(file));
  const isLong = (name: string): boolean => LONG.includes(name);
  for (const name of [...together.filter(isLong), ...together.filter((file) => !isLong(file))]) add(name);
});
toldAll();
