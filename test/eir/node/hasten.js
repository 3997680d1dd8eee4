// Loaded into all threads of a process before it begins: lets a test hasten its time. All clocks and timers go on by
// themselves, and ahead of that by as much as the file `ahead` says: in steps of a second at most, with a turn of the event
// loop between them, so that nothing is passed over. Each thread writes into a file of its own how far it has come.
// Timeouts of sockets, which Node keeps inside, stay as slow as they are.
import { openSync, readSync, writeSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { threadId } from 'node:worker_threads';

const STEP_MS = 1000;
const IDLE_MS = 1;
const FOREVER_MS = 2 ** 31 - 1;

const folder = process.env['TEST_FOLDER'] ?? '';
const wish = openSync(path.join(folder, 'ahead'), 'r');
const told = openSync(path.join(folder, `passed-${process.pid}-${threadId}`), 'w');
const { setTimeout, clearTimeout, setImmediate } = globalThis;
const wall = Date.now.bind(Date);
const steady = performance.now.bind(performance);
const number = Buffer.alloc(8);

/** How far the test wants it; what is half written counts not yet. */
function wished(before) {
  const both = Buffer.alloc(16);
  readSync(wish, both, 0, 16, 0);
  return both.readDoubleLE(0) === both.readDoubleLE(8) ? both.readDoubleLE(0) : before;
}

let ahead = wished(0);
Date.now = () => wall() + ahead;
performance.now = () => steady() + ahead;
globalThis.Date = new Proxy(Date, {
  construct: (target, words, as) => Reflect.construct(target, words.length === 0 ? [target.now()] : words, as),
});

/** Timers by their handles, which are real ones that never go off: they can be unreferenced as any other. */
const waiting = new Map();

function later(act, { ms, words, isRepeated }) {
  const after = Math.max(1, ms || 0);
  const handle = setTimeout(() => undefined, FOREVER_MS);
  const begin = () => waiting.set(handle, { act, words, due: performance.now() + after, isRepeated, after });
  begin();
  handle.refresh = () => {
    begin();
    return handle;
  };
  return handle;
}

function never(handle) {
  waiting.delete(handle);
  clearTimeout(handle);
}

const pause = (ms, value, { signal, ref = true } = {}) =>
  new Promise((resolve, reject) => {
    const abort = () => {
      never(handle);
      reject(new DOMException('The operation was aborted', 'AbortError'));
    };
    const end = () => {
      signal?.removeEventListener('abort', abort);
      resolve(value);
    };
    const handle = later(end, { ms, words: [], isRepeated: false });
    if (!ref) handle.unref();
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });

const hastened = {
  setTimeout: (act, ms, ...words) => later(act, { ms, words, isRepeated: false }),
  setInterval: (act, ms, ...words) => later(act, { ms, words, isRepeated: true }),
  clearTimeout: never,
  clearInterval: never,
};
hastened.setTimeout[promisify.custom] = pause;
const require = createRequire(import.meta.url);
Object.assign(globalThis, hastened);
Object.assign(require('node:timers'), hastened);
require('node:timers/promises').setTimeout = pause;
syncBuiltinESMExports();

function goOff() {
  const now = performance.now();
  const due = [...waiting].filter(([, timer]) => timer.due <= now).sort(([, one], [, other]) => one.due - other.due);
  for (const [handle, timer] of due) {
    if (waiting.get(handle) !== timer) continue; // another one has ended it
    if (timer.isRepeated) timer.due = now + timer.after;
    else never(handle);
    timer.act(...timer.words);
  }
}

let wanted = ahead;
function go() {
  wanted = wished(wanted);
  ahead = Math.min(wanted, ahead + STEP_MS);
  if (ahead < wanted) setImmediate(go);
  else setTimeout(go, IDLE_MS).unref();
  goOff();
  number.writeDoubleLE(ahead);
  writeSync(told, number, 0, 8, 0);
}
go();
