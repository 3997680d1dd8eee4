// Everything in use on a day is registered by itself, once two persons have agreed on it, and networks learn of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { approve, propose } from '../../src/access/approval.ts';
import type { Desk } from '../../src/access/desk.ts';
import { baselineProgress, baselineSubject, beginBaseline } from '../../src/registration/baseline.ts';
import { baselineDuty } from '../../src/serve/baseline.ts';
import { turn } from '../../src/serve/duty.ts';
import type { Ask } from '../../src/stores/registry.ts';
import { openWorld, type World } from '../detection/world.ts';
import { ANALYST, APPROVER, country, imeiOf, NOW, openOffice, SYSTEM, TACS } from '../registration/office.ts';

let world: World;
before(async () => {
  world = await openWorld();
});
after(() => world.close());

test('a baseline that was begun is carried out to its end', async () => {
  const policy = country('{ baseline: { day: 2026-09-30, window_days: 60 } }');
  const office = await openOffice(policy);
  await world.use(
    ...[1, 2, 3].map((serial) => ({
      imei: Number(imeiOf(TACS.single, serial)),
      on: ['2026-09-20'],
      imsi: 999_010_000_000_000 + serial,
      msisdn: 999_700_000_000 + serial,
    })),
  );
  const { registry, vault } = office;
  const desk = (query: Ask): Desk => ({ query, vault, policy, actor: SYSTEM, now: NOW });
  const work = { registry, analytics: world.analytics, desk };
  const service = { ...work, clock: () => NOW, onFailure: () => undefined };
  const go = () => turn(service, baselineDuty(work), new AbortController().signal);
  assert.equal(await go(), 0, 'nobody has begun it');
  const { id } = await office.act(ANALYST, (desk) =>
    propose(desk, { kind: 'baseline', subject: baselineSubject(desk), payload: null, reason: 'The register begins' }),
  );
  await office.act(APPROVER, (desk) => approve(desk, id));
  await office.act(APPROVER, (desk) => beginBaseline(desk, { proposal: id }));
  assert.ok((await go()) > 0);
  const progress = await office.act(ANALYST, baselineProgress);
  assert.deepEqual([progress?.identifiers, progress?.pairs, progress?.done !== null], [3, 3, true]);
  assert.equal(await go(), 0, 'all is done');
  const pairs = await registry.query('SELECT FROM control_pair WHERE released IS NULL');
  assert.equal(pairs.length, 3, 'networks know of each pair');
});
