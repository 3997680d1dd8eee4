import assert from 'node:assert/strict';
import { test } from 'node:test';
import { progressBar, silent } from '../../src/files/progress.ts';

function screen(isTTY: boolean) {
  const written: string[] = [];
  let now = 0;
  const progress = progressBar({ isTTY, columns: 200, write: (text) => written.push(text) }, () => now);
  const at = (ms: number, done: number, rows: number): void => {
    now = ms;
    progress.update('op1.csv', { done, total: 1000, rows });
  };
  return { written, at, progress };
}

test('a terminal gets one line, redrawn and at last removed', () => {
  const { written, at, progress } = screen(true);
  at(0, 0, 0);
  at(50, 10, 100);
  at(2000, 500, 10_000);
  progress.end();
  progress.end();
  assert.equal(written.length, 3);
  assert.ok(written.slice(0, 2).every((text) => text.startsWith('\r\u001b[2Kop1.csv ') && !text.includes('\n')));
  assert.match(written[1] ?? '', /█{12}░{12} {2}50 %, 10,000 rows, 5,000 rows\/s, 2 s left$/);
  assert.equal(written[2], '\r\u001b[2K');
});

test('elsewhere there is a line every ten seconds', () => {
  const { written, at, progress } = screen(false);
  for (let second = 0; second <= 25; second++) at(second * 1000, second, second * 10);
  progress.end();
  assert.deepEqual(
    written.map((text) => text.replace(/[█░]/g, '')),
    [
      'op1.csv    1 %, 100 rows, 10 rows/s, 16 min 30 s left\n',
      'op1.csv    2 %, 200 rows, 10 rows/s, 16 min 20 s left\n',
    ],
  );
});

test('a work of unknown size and the silent display are no trouble', () => {
  const { written, progress } = screen(true);
  progress.update('list', { done: 0, total: 0, rows: 0 });
  assert.match(written[0] ?? '', / 0 %, 0 rows, 0 rows\/s$/);
  assert.equal(silent.update('list', { done: 1, total: 1, rows: 1 }), undefined);
  assert.equal(silent.end(), undefined);
});

test('a path is shown by its name, and what is counted by its unit', () => {
  const { written, progress } = screen(true);
  progress.update('/srv/lists/stolen.csv', { done: 1, total: 2, rows: 5 });
  assert.ok(written[0]?.startsWith('\r\u001b[2Kstolen.csv █'));
  const days = screen(true);
  days.progress.update('simulating', { done: 3, total: 6, rows: 3, unit: 'days' });
  assert.match(days.written[0] ?? '', / 3 days, 0 days\/s$/);
});
