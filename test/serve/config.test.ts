// The serve file: everything can be left out, and all that is wrong is told at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServe } from '../../src/serve/config.ts';

test('without a file the register is for this machine only', () => {
  const read = parseServe('', 'serve.yaml');
  assert.ok(read.ok);
  assert.deepEqual(read.value.listen, { host: '127.0.0.1', port: 8080 });
  assert.deepEqual([read.value.sms, read.value.email, read.value.feed], [undefined, undefined, {}]);
});

test('unknown keys, halves of a whole, and serving others in the clear are refused together, by line', () => {
  const read = parseServe('listen: { host: 0.0.0.0 }\nfeed: { nodes: nodes.yaml }\nsmss: {}\n', 'serve.yaml');
  assert.ok(!read.ok);
  assert.deepEqual(read.fault.map(({ code, line }) => [code, line]).sort(), [
    ['SERVE_FILE', 1],
    ['SERVE_FILE', 2],
    ['SERVE_FILE', 3],
  ]);
});

test('behind a proxy that speaks TLS it may listen for others', () => {
  assert.ok(parseServe('public_url: https://ceir.example\nlisten: { host: 0.0.0.0 }\n', 'serve.yaml').ok);
});
