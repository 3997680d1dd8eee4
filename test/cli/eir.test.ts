import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TABLE } from '../../src/decisions/core/precedence.ts';
import { ceir } from './ceir.ts';

test('ceir eir precedence shows the table, for people and for scripts', async () => {
  const [text, json] = await Promise.all([ceir(['eir', 'precedence']), ceir(['eir', 'precedence', '--json'])]);
  assert.deepEqual([text.code, text.err, json.code], [0, '', 0]);
  assert.deepEqual(JSON.parse(json.out), TABLE);
  const steps = text.out.split('\n').map((line) => line.split(' ')[0]);
  for (const { step } of TABLE) assert.ok(steps.includes(step), step);
});

test('an act that is none, or too many words, is wrong usage', async () => {
  const [none, more] = await Promise.all([ceir(['eir']), ceir(['eir', 'precedence', 'now'])]);
  assert.deepEqual([none.code, more.code], [2, 2]);
  assert.match(none.err, /ceir eir .*precedence.*: name one of these/);
});
