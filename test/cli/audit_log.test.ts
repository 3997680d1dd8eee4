import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { signerOf } from '../../src/vault/signing.ts';
import { memoryKeys } from '../vault/memory.ts';
import { answerOf, COUNTRY, ceir, faultsOf, folderOf } from './ceir.ts';

test('a reading is in the log with its purpose, and the log can be held against a head that was kept', async () => {
  const folder = folderOf('audit');
  const file = path.join(folder, 'country.yaml');
  writeFileSync(file, COUNTRY);
  const env = { CEIR_COUNTRY: file, CEIR_DATA: path.join(folder, 'data') };
  const call = (...words: string[]) => ceir(words, { env });
  answerOf(await call('explain', '490154203237518', '--reveal', '--purpose', 'for a court', '--case', 'T-7', '--json'));
  const head = await call('audit-log', 'head');
  assert.equal(head.code, 0, head.err);
  const kept = path.join(folder, 'head.jws');
  writeFileSync(kept, head.out);
  const { rows, checkpoints } = answerOf(await call('audit-log', 'verify', '--head', kept, '--json'));
  assert.deepEqual([rows, checkpoints], [1, 2]);
  const shown = await call('audit-log', 'show', '--subject', '49015420323751');
  assert.match(shown.out, /explain with numbers: 49015420323751 \(imsi, msisdn\); for a court, case T-7\n$/);
  writeFileSync(kept, await signerOf(memoryKeys(), 'Freedonia').sign('access-head', { number: 1, hash: 'x' }));
  const [fault] = faultsOf(await call('audit-log', 'verify', '--head', kept, '--json'));
  assert.equal(fault?.code, 'SIGNED_KEY');
});
