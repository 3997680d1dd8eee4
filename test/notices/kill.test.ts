import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { SYSTEM } from '../../src/access/actor.ts';
import { ledgerOf } from '../../src/notices/ledger.ts';
import { queueNotice } from '../../src/notices/queue.ts';
import { sendDue } from '../../src/notices/sender.ts';
import { LEASE_MS } from '../../src/notices/work.ts';
import { openRegistry } from '../../src/stores/registry.ts';
import { openVault } from '../../src/vault/open.ts';
import { embeddedDatabase } from '../servers/embedded.ts';
import { fakeChannel } from './channel.ts';
import { countryOf, IMEI, NOW, sms } from './ground.ts';

test('a sender that is killed between handing over and recording loses nothing, and repeats what it had in hand once', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-killed-'));
  const url = await embeddedDatabase();
  const registry = await openRegistry({ connectionString: url });
  try {
    const vault = await openVault(registry, { folder });
    const policy = countryOf();
    const values = { imei: IMEI, reference: 'A1' };
    const ids: string[] = [];
    for (const number of [1, 2, 3])
      ids.push(
        await registry.transaction((query) =>
          queueNotice(
            { query, vault, policy, actor: SYSTEM, now: NOW },
            { template: 'theft_found', to: sms(number), values },
          ),
        ),
      );
    const file = path.join(folder, 'taken');
    const program = path.join(import.meta.dirname, 'killed_sender.ts');
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), program, url, folder, file], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [, signal] = await once(child, 'exit');
    assert.equal(signal, 'SIGKILL');
    const taken = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; to: unknown });
    assert.deepEqual(
      taken,
      ids.slice(0, 2).map((id, at) => ({ id, to: sms(at + 1) })),
    );

    const channel = fakeChannel();
    const send = async (later: number): Promise<number> => {
      const now = new Date(NOW.getTime() + later);
      return sendDue(registry, { vault, policy, channel, now, most: 10 });
    };
    assert.equal(await send(0), 1, 'the third; the others may still be in hand');
    assert.equal(await send(LEASE_MS), 2);
    assert.equal(await send(100 * LEASE_MS), 0);
    assert.deepEqual(channel.given.map(({ id }) => id).sort(), [...ids].sort(), 'under the same numbers');
    const [first] = await ledgerOf(registry, { id: ids[0] ?? '' });
    assert.deepEqual(
      first?.steps.map(({ state, attempt }) => `${state} ${attempt}`),
      ['tried 1', 'tried 2', 'sent 2'],
      'and the ledger tells of both',
    );
  } finally {
    await registry.close();
    rmSync(folder, { recursive: true });
  }
});
