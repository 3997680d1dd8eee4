import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { EirProfile } from '../../../src/codecs/sbi/profile.ts';
import { joinNrf, type NrfOptions, type Registration } from '../../../src/eir/sbi/nrf.ts';
import { makeAuthority, withoutOpenssl } from '../../peers/certificates.ts';
import { type NrfWishes, startNrf } from '../../peers/nrf.ts';
import { freePort } from '../../servers/process.ts';
import { INSTANCE, until } from './ground.ts';

const profile: EirProfile = {
  instance: INSTANCE,
  addresses: ['192.0.2.7'],
  port: 7777,
  scheme: 'http',
  prefix: '',
  plmns: ['999-01'],
  capacity: 100,
  priority: 0,
  oauth2: true,
  allowedNfTypes: ['AMF'],
};

/** A registration at an NRF, left when the test is over. */
function join(
  root: string,
  options: Partial<NrfOptions> = {},
): { readonly me: Registration; readonly counts: Map<string, number> } {
  const counts = new Map<string, number>();
  const count = (_: string, label = ''): void => {
    counts.set(label, (counts.get(label) ?? 0) + 1);
  };
  const me = joinNrf({ root, profile, count, retryMs: { least: 20, most: 100 }, ...options });
  after(() => me.leave());
  return { me, counts };
}

const start = async (wishes: Partial<NrfWishes> = {}) => {
  const port = wishes.port ?? (await freePort());
  const nrf = await startNrf({ port, heartBeatSeconds: 1, ...wishes });
  let alive = true;
  const kill = async (): Promise<void> => {
    if (alive) await nrf.kill();
    alive = false;
  };
  after(kill);
  return { ...nrf, port, kill };
};

test('an EIR registers its service, beats at the pace the NRF sets, and leaves', async () => {
  const nrf = await start();
  const { me, counts } = join(nrf.root);
  await until('it is registered', () => me.registered);
  await until('it has beaten twice', () => (counts.get('beat') ?? 0) >= 2);
  const beats = nrf.told.filter(({ method }) => method === 'PATCH');
  assert.ok(beats.length >= 2);
  assert.deepEqual([...nrf.known.keys()], [INSTANCE]);
  await me.leave();
  assert.deepEqual([nrf.known.size, nrf.told.at(-1)?.method, me.registered], [0, 'DELETE', false]);
  assert.deepEqual([nrf.wrong, counts.get('left'), nrf.connections()], [[], 1, 1]);
});

test('an NRF that was killed and comes back empty hears of the EIR again', async () => {
  const first = await start();
  const { me, counts } = join(first.root);
  await until('it is registered', () => me.registered);
  await first.kill();
  await until('it notices', () => (counts.get('unreachable') ?? 0) >= 2);
  assert.equal(me.registered, false);
  const second = await start({ port: first.port });
  await until('it is registered again', () => me.registered);
  assert.deepEqual([second.told[0]?.method, second.wrong], ['PUT', []]);
});

test('an NRF that forgot the EIR is told at once', async () => {
  const nrf = await start();
  const { me, counts } = join(nrf.root);
  await until('it is registered', () => me.registered);
  nrf.known.clear();
  await until('it is registered again', () => nrf.known.has(INSTANCE));
  assert.equal(counts.get('unknown'), 1);
  assert.deepEqual(
    nrf.told.slice(-2).map(({ method }) => method),
    ['PATCH', 'PUT'],
  );
});

test('an NRF that refuses is asked again, ever more slowly, until it takes the EIR', async () => {
  let refusing = true;
  const nrf = await start({ refuse: () => (refusing ? 503 : undefined) });
  const { me, counts } = join(nrf.root);
  await until('it was refused three times', () => (counts.get('refused') ?? 0) >= 3);
  refusing = false;
  await until('it is registered', () => me.registered);
  assert.equal(nrf.known.size, 1);
});

test('an NRF that is not there does not hinder anybody, and leaving does not wait for it', async () => {
  const { me, counts } = join(`http://127.0.0.1:${await freePort()}`);
  await until('it has tried', () => (counts.get('unreachable') ?? 0) >= 3);
  const before = Date.now();
  await me.leave();
  assert.ok(Date.now() - before < 2000);
  const tries = counts.get('unreachable');
  await pause(150);
  assert.equal(counts.get('unreachable'), tries, 'after leaving it tries no more');
});

test('over TLS both show certificates', { skip: withoutOpenssl() }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-nrf-'));
  after(() => rmSync(folder, { recursive: true }));
  const authority = makeAuthority(folder, 'core');
  const nrf = await start({ tls: { ...authority.issue('nrf.localdomain'), ca: authority.cert } });
  const { key, cert } = authority.issue('eir.localdomain');
  const { me } = join(nrf.root, { tls: { ca: authority.cert, key, cert } });
  await until('it is registered', () => me.registered);
  const stranger = makeAuthority(folder, 'other').issue('eir.localdomain');
  const { me: other, counts } = join(nrf.root, { tls: { ca: authority.cert, key: stranger.key, cert: stranger.cert } });
  await until('it is not let in', () => (counts.get('unreachable') ?? 0) >= 2);
  assert.equal(other.registered, false);
  assert.deepEqual(nrf.wrong, []);
});
