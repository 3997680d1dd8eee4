// Devices that pass from hand to hand, leave the country or are out of use, over HTTP.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Actor } from '../../src/access/actor.ts';
import { deviceOf } from '../../src/devices/enter.ts';
import { happen } from '../../src/devices/happen.ts';
import { associate } from '../../src/devices/persons/association.ts';
import { placeHold } from '../../src/lists/offices/control.ts';
import { GIVE_PURPOSE, TAKE_PURPOSE } from '../../src/registration/holders/transfer.ts';
import { ANALYST, CUSTOMS, country, imeiOf, NOW, printed, staff, TACS } from '../registration/office.ts';
import { proofOf } from '../registration/proof.ts';
import { number } from './people.ts';
import { NONE, plain, tradeHouse } from './trade.ts';

const { post, act, house, citizen, dealer, importer } = await tradeHouse(country('{ approval: { required: false } }'));
const office = { registry: house.registry, vault: house.vault, act: (actor: Actor, work: never) => act(work, actor) };
const proof = (serial: number, purpose: string) => proofOf(office as never, number(serial), { purpose });

/** A device that is in use with the number of its serial, and in the name of that citizen where that is asked for. */
const inUse = (serial: number, { named = false } = {}): Promise<string> =>
  act(async (desk) => {
    const device = await deviceOf(desk, imeiOf(TACS.single, serial));
    const at = new Date(NOW.getTime() - 86_400_000);
    await happen(desk, device, { event: 'activate', roles: ['network'], at, source: 'operator:alfa' });
    if (named)
      await associate(desk, { device, person: citizen(serial).id, basis: 'purchase', proof: `invoice ${serial}` });
    return device.id;
  });

const offer = (serial: number, to: number, more = {}) => ({
  ...{ imei: printed(TACS.single, serial), number: `+${number(serial)}` },
  to: { channel: 'sms', address: `+${number(to)}` },
  ...more,
});

const stageOf = async (device: string): Promise<unknown> => {
  const rows = await house.registry.query<{ stage: string }>('SELECT stage FROM device WHERE id = $1', [device]);
  return rows[0]?.stage;
};

test('the holder offers, the new one confirms by the number that was named: it is his', async () => {
  const device = await inUse(1);
  const offered = await post(citizen(1), '/v1/transfers', offer(1, 2));
  assert.equal(offered.status, 201, offered.text);
  assert.equal((await post(citizen(1), '/v1/transfers', offer(1, 2))).json['code'], 'REGISTRATION_TAKEN');
  const path = `/v1/transfers/${offered.json['id']}`;
  const wrong = await post(citizen(3), `${path}/confirm`, { proof: await proof(3, TAKE_PURPOSE) });
  const none = await post(citizen(3), `/v1/transfers/${NONE}/confirm`, { proof: await proof(3, TAKE_PURPOSE) });
  assert.deepEqual([wrong.status, plain(wrong)], [404, plain(none)]);
  const done = await post(citizen(2), `${path}/confirm`, { proof: await proof(2, TAKE_PURPOSE) });
  assert.equal(done.status, 204, done.text);
  assert.equal(await stageOf(device), 'transferred');
  assert.equal((await post(citizen(1), '/v1/transfers', offer(1, 4))).json['code'], 'REGISTRATION_PROOF');
});

test('a dealer offers for whoever is at the counter, by a code to that number', async () => {
  await inUse(5);
  assert.equal((await post(dealer, '/v1/transfers', offer(5, 6))).json['code'], 'REGISTRATION_PROOF');
  const shown = { proof: await proof(5, GIVE_PURPOSE) };
  assert.equal((await post(dealer, '/v1/transfers', offer(5, 6, shown))).status, 201);
});

test('an offer is taken back or declined by its own sides only', async () => {
  await inUse(7);
  const one = `/v1/transfers/${(await post(citizen(7), '/v1/transfers', offer(7, 8))).json['id']}`;
  assert.equal((await post(citizen(9), `${one}/withdraw`)).status, 404);
  assert.equal((await post(citizen(7), `${one}/decline`)).status, 404, 'it was not offered to him');
  assert.equal((await post(citizen(8), `${one}/decline`)).status, 204);
  const other = `/v1/transfers/${(await post(citizen(7), '/v1/transfers', offer(7, 8))).json['id']}`;
  assert.equal((await post(citizen(7), `${other}/withdraw`)).status, 204);
  assert.equal((await post(citizen(8), `${other}/decline`)).json['code'], 'STATE_MOVE');
});

describe('a device leaves', () => {
  const leaving = (serial: number, more = {}) => ({
    imei: printed(TACS.single, serial),
    reason: 'sold abroad',
    ...more,
  });

  test('by the word of its holder, or of an office', async () => {
    const [mine, theirs] = [await inUse(10, { named: true }), await inUse(11, { named: true })];
    assert.equal((await post(citizen(12), '/v1/devices/export', leaving(10))).json['code'], 'REGISTRATION_PROOF');
    assert.equal((await post(citizen(10), '/v1/devices/export', leaving(10))).status, 204);
    assert.equal(await stageOf(mine), 'exported');
    assert.equal((await post(ANALYST, '/v1/devices/retire', leaving(11))).status, 204);
    assert.equal(await stageOf(theirs), 'retired');
    assert.equal((await post(CUSTOMS, '/v1/devices/export', leaving(99))).status, 404);
  });

  test('not while it is looked for, nor by who may not say so', async () => {
    await inUse(13, { named: true });
    const imei = imeiOf(TACS.single, 13);
    const hold = { list: 'tracked', imei, reason: 'stolen', holder: `theft:${NONE}` } as const;
    await act((desk) => placeHold(desk, hold));
    const refused = await post(citizen(13), '/v1/devices/export', leaving(13));
    assert.deepEqual([refused.status, refused.json['code']], [409, 'REGISTRATION_HELD']);
    assert.equal((await post(citizen(13), '/v1/transfers', offer(13, 14))).json['code'], 'REGISTRATION_HELD');
    assert.equal((await post(importer, '/v1/devices/retire', leaving(13))).status, 403);
    assert.equal((await post(staff('lab'), '/v1/transfers', offer(13, 14))).status, 403);
    assert.equal((await post(citizen(13), '/v1/devices/export', leaving(13, { stage: 'active' }))).status, 400);
  });
});
