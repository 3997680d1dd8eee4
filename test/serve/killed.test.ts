// Whatever a served register has acknowledged is there after it was killed, whole; what it did not acknowledge can be sent
// again with the same key, and is there once.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { openRegistry } from '../../src/stores/registry.ts';
import { embeddedDatabase } from '../servers/embedded.ts';
import type { Served } from './register.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ceir-killed-'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function start(registry: string): Promise<{ readonly child: ChildProcess; readonly served: Served }> {
  const child = fork(path.join(import.meta.dirname, 'register.ts'), [folder, '', registry], {
    execArgv: ['--import', import.meta.resolve('tsx')],
  });
  const served = await new Promise<Served>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Served));
    child.once('exit', (code) => reject(new Error(`the register ended with ${code}`)));
  });
  return { child, served };
}

const gone = (child: ChildProcess): Promise<void> => new Promise((resolve) => child.once('exit', () => resolve()));

const imei = (serial: number): string => `35209900${String(serial).padStart(6, '0')}`;

/** Reports a theft; the id of the case where that was acknowledged. */
async function report({ url, token }: Served, serial: number): Promise<string | undefined> {
  try {
    const answer = await fetch(`${url}/v1/thefts`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': `report-of-${serial}`,
      },
      body: JSON.stringify({
        report: {
          imeis: [imei(serial)],
          kind: 'stolen',
          country: 'CH',
          day: '2026-11-01',
          complaint: `N-${serial}`,
          contact: { email: 'owner@example.com' },
        },
      }),
    });
    const text = await answer.text();
    assert.equal(answer.status, 201, text);
    return (JSON.parse(text) as { readonly id: string }).id;
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return undefined; // the connection went with the process
  }
}

test('killed at any moment, the register has what it acknowledged', async () => {
  const url = await embeddedDatabase();
  const registry = await openRegistry({ connectionString: url });
  const acknowledged = new Map<number, string>();
  let serial = 0;
  let lost: number[] = [];
  /** Sends again what was not acknowledged, and then reports until it is killed amid one; the last time it is killed at rest. */
  const round = async (reports: number): Promise<void> => {
    const { child, served } = await start(url);
    const ended = gone(child);
    for (const one of lost) {
      const id = await report(served, one);
      assert.ok(id !== undefined);
      acknowledged.set(one, id);
    }
    lost = [];
    let left = reports;
    const worker = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        if (left === 0) child.kill('SIGKILL'); // while the others wait for their answers
        const mine = serial;
        serial += 1;
        const id = await report(served, mine);
        if (id === undefined) lost.push(mine);
        else acknowledged.set(mine, id);
      }
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    child.kill('SIGKILL');
    await ended;
  };
  for (const reports of fc.sample(fc.integer({ min: 5, max: 40 }), { numRuns: 2, seed: 20261130 }))
    await round(reports);
  await round(0);
  const cases = await registry.query<{ id: string; imei: string }>(
    'SELECT t.id, i.imei FROM theft AS t JOIN theft_imei AS i ON i.theft = t.id ORDER BY i.imei',
  );
  const expected = [...acknowledged].sort(([a], [b]) => a - b).map(([of, id]) => ({ id, imei: imei(of) }));
  assert.deepEqual(cases, expected, 'each report is one case');
  const blocked = await registry.query<{ imei: string }>(
    `SELECT imei FROM control_entry WHERE list = 'blocked' ORDER BY imei`,
  );
  assert.deepEqual(
    blocked.map((row) => row.imei),
    expected.map((row) => row.imei),
  );
  const [numbers] = await registry.query<{ count: string; last: string }>(
    `SELECT count(*), max(seq) AS last FROM control_change WHERE list = 'blocked'`,
  );
  assert.equal(numbers?.count, numbers?.last, 'the journal has no gap');
  await registry.close();
});
