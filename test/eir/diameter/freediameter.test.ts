import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { startDiameter } from '../../../src/eir/diameter/server.ts';
import { type Authority, makeAuthority, withoutOpenssl } from '../../peers/certificates.ts';
import { askByFreeDiameter, type Daemon, withoutFreeDiameter } from '../../peers/freediameter.ts';
import { freePort } from '../../servers/process.ts';
import { digitChecker } from './harness.ts';
import { EIR } from './messages.ts';

const skip = withoutFreeDiameter() || withoutOpenssl();

const QUESTIONS = [
  { imsi: '999010000000001', imei: '35693803564380', version: '01' },
  { imsi: '999010000000001', imei: '356938035643810', version: '01' },
  { imsi: '-', imei: '35693803564382', version: '-' },
  { imsi: '999010000000001', imei: '35693803564389', version: '-' },
  { imsi: '999010000000001', imei: '356938035643x1', version: '-' },
  { imsi: '999010000000001', imei: '-', version: '01' },
];
const ANSWERS = [
  '2001 0 0 rules hold',
  '2001 0 1 rules hold',
  '2001 0 2 rules hold',
  '5422 10415 -1 rules hold',
  '5004 0 -1 rules hold',
  '5005 0 -1 rules hold',
];

suite('freeDiameter as MME', { skip }, () => {
  let folder = '';
  let authority: Authority;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'ceir-s13-'));
    authority = makeAuthority(folder, 'authority');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const ask = async (identity: string, tls: boolean) => {
    const { checker, heard } = digitChecker();
    const counts: string[] = [];
    const server = await startDiameter({
      host: '127.0.0.1',
      port: 0,
      ...(tls ? { tls: { ...authority.issue(EIR.host), ca: authority.cert } } : {}),
      identity: EIR,
      peers: [{ host: identity, realm: 'localdomain', operator: 'alfa' }],
      checker,
      count: (name, label = '') => counts.push(`${name} ${label}`.trim()),
    });
    const port = Number(server.address.split(':').at(-1));
    const daemon: Daemon = {
      identity,
      realm: 'localdomain',
      authority,
      port: await freePort(),
      connect: { host: EIR.host, port, tls },
    };
    try {
      return {
        told: await askByFreeDiameter(folder, daemon, { realm: EIR.realm, questions: QUESTIONS }),
        heard,
        counts,
      };
    } finally {
      await server.close(500);
    }
  };

  test('asks over TCP, and its strict rules hold for every answer', async () => {
    const { told, heard, counts } = await ask('mme1.localdomain', false);
    assert.deepEqual(told, ANSWERS);
    assert.deepEqual(
      heard.map(({ question: { imei, svn, imsi }, asker }) => [imei, svn, imsi, asker.operator]),
      [
        [35693803564380, 1, 999010000000001, 'alfa'],
        [35693803564381, 1, 999010000000001, 'alfa'],
        [35693803564382, -1, 0, 'alfa'],
        [35693803564389, -1, 999010000000001, 'alfa'],
      ],
    );
    assert.deepEqual(counts, ['connected', 'opened', 'error 5004', 'error 5005', 'closed disconnect']);
  });

  test('asks over TLS, both sides with certificates', async () => {
    const { told, counts } = await ask('mme2.localdomain', true);
    assert.deepEqual(told, ANSWERS);
    assert.ok(counts.includes('opened'));
  });
});
