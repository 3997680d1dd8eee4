import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Day } from '../../../src/calendar/day.ts';
import { goldenHash, goldenOf } from '../../../src/decisions/core/golden.ts';
import type { Analytics } from '../../../src/stores/analytics.ts';
import { openEmbedded } from '../../../src/stores/embedded.ts';
import { pseudonyms } from '../../../src/stores/secret.ts';

suite('protected equipment as a node knows it', () => {
  let folder: string;
  let analytics: Analytics;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'ceir-golden-'));
    analytics = await openEmbedded(path.join(folder, 'analytics'));
  });
  after(async () => {
    await analytics.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('the hash is the one that the stores keep', async () => {
    const { golden } = pseudonyms(folder);
    const key = Buffer.from(readFileSync(path.join(folder, 'pseudonym.key'), 'utf8').trim(), 'hex');
    const imeis = [0, 7, 1234567, 1000000000000, 35209900176148, 99999999999999];
    const rows = await analytics.home.query<{ imei: string; hash: string }>(
      `SELECT imei, leftPad(lower(hex(${golden('imei')})), 32, '0') AS hash FROM (SELECT toUInt64(arrayJoin([${imeis.join(', ')}])) AS imei)`,
    );
    assert.equal(rows.length, imeis.length);
    for (const { imei, hash } of rows) assert.equal(goldenHash(key, Number(imei)), hash, imei);
  });

  test('it protects until and with the day of expiry, and under its own key only', () => {
    const [key, other] = [Buffer.alloc(16, 7), Buffer.alloc(16, 8)];
    const list = [{ hash: goldenHash(key, 35209900176148), expires: '2026-10-31' as Day }];
    const isGolden = goldenOf(list, key);
    assert.equal(isGolden(35209900176148, '2026-10-31' as Day), true);
    assert.equal(isGolden(35209900176148, '2026-11-01' as Day), false);
    assert.equal(isGolden(35209900176149, '2026-10-31' as Day), false);
    assert.equal(goldenOf(list, other)(35209900176148, '2026-10-31' as Day), false);
  });
});
