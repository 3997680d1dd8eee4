// Loaded into all threads of a node before it begins: lets a test jump its clock, and have a worker die, by files.
import { existsSync, readFileSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { isMainThread } from 'node:worker_threads';

const folder = process.env['TEST_FOLDER'] ?? '';
const [clock, crash] = [path.join(folder, 'clock'), path.join(folder, 'crash')];
const now = Date.now.bind(Date);
let offset = 0;
Date.now = () => now() + offset;

setInterval(() => {
  if (existsSync(clock)) offset = Number(readFileSync(clock, 'utf8'));
  if (isMainThread || !existsSync(crash)) return;
  try {
    unlinkSync(crash);
  } catch {
    return; // another worker was faster
  }
  throw new TypeError('It worked on 999010000000777.');
}, 20).unref();
