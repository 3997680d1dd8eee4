import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Desk } from '../../src/access/desk.ts';
import {
  makersGround,
  myRanges,
  rangeOf,
  registerRange,
  withdrawRange,
} from '../../src/registration/approval/production.ts';
import { allowanceOf } from '../../src/registration/trade/quota.ts';
import {
  codes,
  country,
  imeiOf,
  importer,
  knowing,
  NOW,
  type Office,
  openOffice,
  organisation,
  staff,
  TACS,
} from './office.ts';

const maker = (brands = ['acme']) => staff('maker', organisation('maker', { brands }));
const MAKER = maker();

/**
 * One act in a transaction that does not commit before the other one has begun and either waits for it, or has ended: then
 * nothing held it up.
 */
async function inTurn<T>(office: Office, other: () => Promise<unknown>, act: (desk: Desk) => Promise<T>) {
  let done = (): void => undefined;
  let open = (): void => undefined;
  const acted = new Promise<void>((resolve) => {
    done = resolve;
  });
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = office.act(MAKER, async (desk) => {
    const value = await act(desk);
    done();
    await gate;
    return value;
  });
  await acted;
  const second = other();
  let ended = false;
  second.then(
    () => {
      ended = true;
    },
    () => {
      ended = true;
    },
  );
  const waiting = async (): Promise<boolean> =>
    (await office.registry.query('SELECT FROM pg_locks WHERE NOT granted')).length > 0;
  while (!ended && !(await waiting()));
  open();
  return { first, second };
}

const register = (office: Office, from: number, to: number, actor = MAKER) =>
  office.act(actor, (desk) => registerRange(desk, knowing(), { tac: TACS.single, from, to, domestic: true, at: NOW }));

test('a maker registers what it made, of its brands, and each serial number once', async () => {
  const office = await openOffice();
  await register(office, 0, 99);
  for (const [from, to] of [
    [99, 200],
    [50, 60],
    [0, 99],
  ] as const)
    assert.deepEqual(await codes(register(office, from, to)), ['REGISTRATION_TAKEN']);
  await register(office, 100, 999_999);
  assert.deepEqual(await codes(register(office, 5, 1)), ['REGISTRATION_VALUE']);
  assert.deepEqual(await codes(register(office, 0, 1_000_000)), ['REGISTRATION_VALUE']);
  assert.deepEqual(await codes(register(office, 0, 9, maker(['other']))), ['REGISTRATION_BRAND']);
  assert.deepEqual(await codes(register(office, 0, 9, importer())), ['STATE_ROLE']);
});

test('of two that register the same at once one is refused', async () => {
  const office = await openOffice();
  const { first, second } = await inTurn(
    office,
    () => register(office, 50, 149, maker()),
    (desk) => registerRange(desk, knowing(), { tac: TACS.single, from: 0, to: 99, domestic: true, at: NOW }),
  );
  assert.ok((await first).id.length > 0);
  assert.deepEqual(await codes(second), ['REGISTRATION_TAKEN']);
});

test('ranges are counted against the quota, and given back when they are withdrawn', async () => {
  const office = await openOffice(country('{ quotas: { maker: 150 } }'));
  const { id } = await register(office, 0, 99);
  assert.deepEqual(await codes(register(office, 100, 199)), ['REGISTRATION_QUOTA']);
  await office.act(MAKER, (desk) => withdrawRange(desk, id));
  await register(office, 100, 199);
  const { organisation: its } = MAKER;
  assert.ok(its !== undefined);
  const allowance = await office.act(MAKER, (desk) => allowanceOf(desk, its));
  assert.deepEqual(allowance, { period: '2026', quota: 150, used: 100 });
});

test('a maker sees its own ranges only, and brings forward only what it made itself', async () => {
  const office = await openOffice();
  const rival = maker();
  await register(office, 0, 99);
  await register(office, 100, 199, rival);
  assert.deepEqual(
    (await office.act(MAKER, (desk) => myRanges(desk, { limit: 9 }))).map(({ from }) => from),
    [0],
  );
  const ground = (serial: number) => office.act(MAKER, (desk) => makersGround(desk, imeiOf(TACS.single, serial)));
  const { imei, brand } = await ground(7);
  assert.deepEqual([imei, brand], [imeiOf(TACS.single, 7), 'Acme']);
  for (const serial of [150, 500]) assert.deepEqual(await codes(ground(serial)), ['REGISTRATION_UNKNOWN']);
  assert.equal(await rangeOf(office.registry, imeiOf(TACS.single, 500)), undefined);
});
