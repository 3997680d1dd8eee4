import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ceir } from '../../cli/ceir.ts';
import { until } from '../centre/ground.ts';
import { askS13, folderFor, OWNER, PAIRED, PROTOCOLS, STOLEN, smallCentre, startTestNode } from '../node/ground.ts';

test('what a node recorded is taken in once, and tells the history of an equipment', async (t) => {
  const { feed, centre } = await smallCentre(t);
  const node = await startTestNode(t, folderFor(t), { centre: centre.url, protocols: { s13: PROTOCOLS.s13 } });
  await until(async () => (await fetch(`${node.admin}/ready`)).status === 200, 'it is ready');
  await askS13(node, { imei: STOLEN, imsi: OWNER });
  await askS13(node, { imei: STOLEN, imsi: OWNER + 1 });
  await askS13(node, { imei: PAIRED, imsi: OWNER });
  assert.equal(await node.end(), 0);
  const events = path.join(feed, 'events', 'alfa-1');
  const files = readdirSync(events).map((name) => path.join(events, name));
  const data = path.join(folderFor(t), 'data');
  const take = async (): Promise<unknown> => {
    const { code, out, err } = await ceir(['import', 'checks', ...files, '--data', data, '--json']);
    assert.equal(code, 0, err);
    const { run: _, ...result } = JSON.parse(out) as Readonly<Record<string, unknown>>;
    return result;
  };
  const first = (await take()) as { readonly files: number; readonly checks: number };
  assert.equal(first.files, files.length);
  assert.ok(first.checks >= 3);
  assert.deepEqual(await take(), { files: 0, known: files.length, checks: 0 }, 'again, it changes nothing');
  const [file = ''] = files;
  const bytes = readFileSync(file);
  const altered = path.join(data, '..', path.basename(file));
  for (const bad of [Buffer.from(bytes).fill(0x55, 100, 101), bytes.subarray(0, -5)]) {
    writeFileSync(altered, bad);
    const { code, err } = await ceir(['import', 'checks', altered, '--data', data, '--json']);
    assert.deepEqual([code, /"code":"CHECKS_DAMAGED"/.test(err)], [1, true], 'one that was altered is not taken in');
  }
  const told = await ceir(['eir', 'history', String(STOLEN), '--data', data, '--json']);
  const history = JSON.parse(told.out) as {
    readonly checks: number;
    readonly subscribers: number;
    readonly days: readonly { readonly status: string; readonly reason: string; readonly hints: readonly string[] }[];
  };
  assert.equal(history.subscribers, 2);
  assert.ok(history.days.every(({ status, reason }) => status === 'blocked' && reason === 'stolen'));
  assert.ok(history.days.some(({ hints }) => hints.includes('simChanged') && hints.includes('first') === false));
  assert.doesNotMatch(told.out, new RegExp(String(OWNER)));
  const paired = await ceir(['eir', 'history', String(PAIRED), '--data', data]);
  assert.match(
    paired.out,
    /permitted \(copy; pairing\) over s13 for alfa, subscriber [0-9a-f]{15,16} \[first, deviceChanged\]/,
  );
});
