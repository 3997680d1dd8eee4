// Pairs, associations and disputes over HTTP: what is whose, and how pairs follow a person.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Actor } from '../../src/access/actor.ts';
import type { House } from '../../src/api/house.ts';
import { ASSOCIATION_PURPOSE, PAIR_PURPOSE } from '../../src/api/routes/couple_form.ts';
import { deviceOf } from '../../src/devices/enter.ts';
import { associate } from '../../src/devices/persons/association.ts';
import { placeHold } from '../../src/lists/offices/control.ts';
import type { Analytics } from '../../src/stores/analytics.ts';
import { ANALYST, body, CLERK, DEALER, imei, imsi, NATIONAL, NORTHERN, SOUTHERN, staff } from '../cases/desk.ts';
import { listOf, number, peopleHouse } from './people.ts';

/** Networks saw the IMEI of a serial with the SIM and the number of that serial, whose last two digits are told. */
const analytics = {
  analytics: {
    gather: async (sql: string) => {
      const [, device] = /imei = (\d+)/.exec(sql) ?? [];
      const [, who] = /(?:imsi|msisdn) = (\d+)/.exec(sql) ?? [];
      return device !== undefined && device.slice(-2) === who?.slice(-2) ? [{ seen: 1 }] : [];
    },
    home: { query: async () => [] },
  } as unknown as Analytics,
} as unknown as NonNullable<House['analytics']>;

const { act, post, get, citizen, house } = await peopleHouse({ analytics });
const BRAVO = staff('operator', body('operator', { operator: 'bravo' }));
const AT = '2026-10-01T00:00:00Z';
const PURPOSE = { 'x-purpose': 'to look into a complaint' };

/** A proof of the number of a serial for a purpose. */
async function proved(of: number, purpose: string): Promise<string> {
  const rows = await house.registry.query<{ id: string }>(
    `INSERT INTO contact_proof (person, channel, purpose, proved, expires)
     VALUES ($1, 'sms', $2, $3::timestamptz, $3::timestamptz + interval '1 hour') RETURNING id`,
    [citizen(of).id, purpose, house.clock()],
  );
  return String(rows[0]?.id);
}

const pairOf = (of: number) => ({ imei: imei(of), imsi: imsi(of), msisdn: `+${number(of)}` });

/** A pair that the operator alfa made, by its number. */
async function paired(of: number): Promise<string> {
  const { status, json, text } = await post(CLERK, '/v1/pairs', pairOf(of));
  assert.equal(status, 201, text);
  return String(json['id']);
}

const placed = async (of: number): Promise<readonly string[]> =>
  (
    await house.registry.query<{ operator: string }>(
      `SELECT operator FROM control_entry WHERE list = 'exceptions' AND imei = $1 ORDER BY 1`,
      [imei(of)],
    )
  ).map(({ operator }) => operator);

const inTheName = (of: number): Promise<string> =>
  act(async (desk) => {
    const device = await deviceOf(desk, imei(of));
    return (await associate(desk, { device, person: citizen(of).id, basis: 'import', proof: `p-${of}` })).id;
  });

const deviceId = (of: number): Promise<string> => act(async (desk) => (await deviceOf(desk, imei(of))).id);

describe('a pair', () => {
  test('is made by the operator for its own subscriber, is told to networks, and ends', async () => {
    const id = await paired(1);
    assert.deepEqual(await placed(1), ['alfa']);
    assert.equal(await paired(1), id, 'the same again');
    const foreign = await post(BRAVO, '/v1/pairs', pairOf(2));
    assert.deepEqual([foreign.status, foreign.json['code'], foreign.json['pointer']], [422, 'PAIR_OPERATOR', '/imsi']);
    const named = await post(CLERK, '/v1/pairs', { ...pairOf(2), operator: 'bravo' });
    assert.deepEqual([named.status, named.json['pointer']], [400, '/operator'], 'whose it is stands in the account');
    const device = await deviceId(1);
    assert.equal(listOf((await get(CLERK, `/v1/devices/${device}/pairs`)).json['pairs']).length, 1);
    assert.deepEqual((await get(BRAVO, `/v1/devices/${device}/pairs`)).json['pairs'], []);
    assert.equal((await post(CLERK, `/v1/pairs/${id}/end`, { because: 'the contract ended' })).status, 200);
    assert.deepEqual(await placed(1), []);
  });

  test('of others is told as if it were not there, and its numbers only for a purpose', async () => {
    const id = await paired(3);
    const plain = (text: string) => text.replace(/"requestId":"[^"]+"/, '');
    for (const who of [BRAVO, citizen(4), NORTHERN]) {
      const theirs = await get(who, `/v1/pairs/${id}/subscriber`, PURPOSE);
      assert.equal(theirs.status, 404, theirs.text);
      assert.equal(plain(theirs.text), plain((await get(who, '/v1/pairs/999999/subscriber', PURPOSE)).text));
    }
    assert.equal((await post(BRAVO, `/v1/pairs/${id}/end`, { because: 'not mine at all' })).status, 404);
    assert.equal((await get(CLERK, `/v1/pairs/${id}/subscriber`)).json['code'], 'READ_PURPOSE');
    const read = await get(NATIONAL, `/v1/pairs/${id}/subscriber`, PURPOSE);
    assert.deepEqual([read.json['imsi'], read.json['msisdn']], [imsi(3), number(3)], read.text);
    const logged = await house.registry.query(`SELECT FROM access_log WHERE subject = $1`, [`pair:${id}`]);
    assert.equal(logged.length, 1);
    const found = await post(ANALYST, '/v1/pairs/find', { imsi: imsi(3) }, PURPOSE);
    assert.deepEqual(
      listOf(found.json['pairs']).map((one) => one['id']),
      [id],
    );
    assert.deepEqual((await post(BRAVO, '/v1/pairs/find', { imsi: imsi(3) }, PURPOSE)).json['pairs'], []);
  });

  test('of a device that a case holds is seen by the unit that has the case, and by no other', async () => {
    await paired(8);
    const device = await deviceId(8);
    const seen = async (who: Actor) => listOf((await get(who, `/v1/devices/${device}/pairs`)).json['pairs']).length;
    assert.equal(await seen(NORTHERN), 0, 'there is no case');
    const report = { imeis: [imei(8)], kind: 'stolen', country: 'CH', day: '2026-10-18', complaint: 'N-8' };
    const theft = await post(NORTHERN, '/v1/thefts', { report: { ...report, contact: { msisdn: `+${number(8)}` } } });
    assert.equal(theft.status, 201, theft.text);
    assert.deepEqual([await seen(NORTHERN), await seen(SOUTHERN), await seen(NATIONAL)], [1, 0, 1]);
  });

  test('is made by a citizen only of a device in the own name, the own number and a SIM that was seen in it', async () => {
    const refused = async (of: number, more = {}, who = citizen(of)) => {
      const { json, text } = await post(who, '/v1/pairs', { ...pairOf(of), ...more });
      assert.equal(json['code'], 'DEVICE_PROOF', text);
      return json['pointer'];
    };
    assert.equal(await refused(5), '/imei');
    await inTheName(5);
    assert.equal(await refused(5, {}, citizen(6)), '/msisdn');
    assert.equal(await refused(5, { imsi: imsi(6) }), '/imsi');
    const made = await post(citizen(5), '/v1/pairs', pairOf(5));
    assert.deepEqual([made.status, made.json['operator']], [201, 'alfa'], made.text);
  });

  test('of what is reported stolen is not made, by nobody', async () => {
    const ground = { ground: { basis: 'Act' } } as const;
    await act((desk) =>
      placeHold(desk, { list: 'blocked', imei: imei(7), reason: 'stolen', holder: 'theft:7', ...ground }),
    );
    assert.equal((await post(CLERK, '/v1/pairs', pairOf(7))).json['code'], 'REGISTRATION_HELD');
  });
});

describe('pairs follow a person', () => {
  test('to a new SIM and to another operator, in batches that are known a second time', async () => {
    await paired(10);
    const change = { oldImsi: imsi(10), newImsi: imsi(11), msisdn: `+${number(10)}`, at: AT };
    const rows = { rows: [{ ...change, at: '2026-10-20T12:00:00Z' }] };
    const first = await post(CLERK, '/v1/pairs/sim-changes', rows);
    assert.deepEqual(first.json, { rows: 1, repeated: 0, pairs: 1 }, first.text);
    assert.deepEqual((await post(CLERK, '/v1/pairs/sim-changes', rows)).json, { rows: 1, repeated: 1, pairs: 0 });
    const port = {
      msisdn: `+${number(10)}`,
      imsi: imsi(12, '99902'),
      fromOperator: 'alfa',
      at: '2026-10-20T12:01:00Z',
    };
    const ported = await post(BRAVO, '/v1/pairs/ported', { rows: [port] });
    assert.deepEqual(ported.json, { rows: 1, repeated: 0, pairs: 1 }, ported.text);
    assert.deepEqual(await placed(10), ['bravo']);
  });

  test('only by the operator whose SIMs they are, and bad rows are named', async () => {
    const row = { oldImsi: imsi(13), newImsi: imsi(14), msisdn: `+${number(13)}`, at: AT };
    const theft = await post(BRAVO, '/v1/pairs/sim-changes', { rows: [row] });
    assert.deepEqual(
      [theft.status, theft.json['code'], theft.json['pointer']],
      [422, 'PAIR_OPERATOR', '/rows/0/oldImsi'],
    );
    const port = { msisdn: `+${number(13)}`, imsi: imsi(13), fromOperator: 'bravo', at: AT };
    const away = await post(BRAVO, '/v1/pairs/ported', { rows: [port] });
    assert.equal(away.json['pointer'], '/rows/0/imsi', 'a number is told by whom it was taken to');
    const own = await post(CLERK, '/v1/pairs/ported', { rows: [{ ...port, fromOperator: 'alfa' }] });
    assert.equal(own.json['pointer'], '/rows/0/fromOperator');
    const bad = { rows: [row, { ...row, newImsi: '999x1234567890' }, { ...row, at: '2030-01-01T00:00:00Z' }] };
    const wrong = await post(CLERK, '/v1/pairs/sim-changes', bad);
    assert.deepEqual([wrong.json['line'], wrong.json['pointer']], [2, '/rows/1/newImsi'], wrong.text);
    assert.ok(!wrong.text.includes('1234567890'), 'numbers are not told back');
    const ahead = await post(CLERK, '/v1/pairs/sim-changes', { rows: [bad.rows[2]] });
    assert.deepEqual([ahead.json['code'], ahead.json['pointer']], ['DEVICE_TIME', '/rows/0/at'], ahead.text);
    assert.equal((await post(CLERK, '/v1/pairs/sim-changes', { rows: [] })).status, 400);
  });

  test('by a code to the number of the pair, once', async () => {
    const id = await paired(15);
    const repair = async (who: Actor, proof: string) =>
      post(who, `/v1/pairs/${id}/repair`, { imsi: imsi(115), msisdn: `+${number(15)}`, proof });
    assert.equal((await repair(citizen(15), '00000000-0000-4000-8000-00000000dead')).json['code'], 'ACCESS_PROOF');
    assert.equal((await repair(citizen(15), await proved(16, PAIR_PURPOSE))).status, 404, 'a code to another number');
    const proof = await proved(15, PAIR_PURPOSE);
    const moved = await repair(citizen(15), proof);
    assert.equal(moved.status, 200, moved.text);
    assert.equal((await repair(citizen(15), proof)).json['code'], 'ACCESS_PROOF', 'it is used');
    const read = await get(CLERK, `/v1/pairs/${id}/subscriber`, PURPOSE);
    assert.equal(read.json['imsi'], imsi(115));
  });
});

describe('a device in a person’s name', () => {
  test('got there by the person’s code and use, and the person sees its last digits', async () => {
    await act((desk) => deviceOf(desk, imei(20)));
    const claim = async (of: number, who = citizen(of)) =>
      post(who, '/v1/associations', {
        imei: imei(20),
        number: `+${number(of)}`,
        proof: await proved(of, ASSOCIATION_PURPOSE),
        basis: 'use',
      });
    const stranger = await claim(21);
    assert.deepEqual([stranger.status, stranger.json['code']], [422, 'DEVICE_PROOF'], stranger.text);
    assert.equal((await claim(20, citizen(21))).json['code'], 'DEVICE_PROOF', 'a code to another’s number');
    const made = await claim(20);
    assert.equal(made.status, 201, made.text);
    const own = await get(citizen(20), '/v1/devices/mine');
    assert.equal(own.json['devices']?.[0]?.['association'], made.json['id'], own.text);
    assert.ok(!own.text.includes(imei(20)));
    assert.deepEqual((await get(citizen(21), '/v1/devices/mine')).json['devices'], []);
    assert.equal((await claim(22, DEALER)).json['code'], 'DEVICE_TAKEN', 'it is somebody’s already');
    const device = await deviceId(20);
    const told = await get(ANALYST, `/v1/devices/${device}/associations`);
    assert.deepEqual([listOf(told.json['associations']).length, told.text.includes(citizen(20).id)], [1, false]);
    assert.equal((await get(citizen(21), `/v1/devices/${device}/associations`)).status, 404);
    const end = (who: Actor) => post(who, `/v1/associations/${made.json['id']}/end`, { because: 'I sold it' });
    assert.equal((await end(citizen(21))).status, 404);
    assert.equal((await end(citizen(20))).status, 200);
    assert.deepEqual((await get(citizen(20), '/v1/devices/mine')).json['devices'], []);
  });

  test('that is not his is disputed by himself alone, and ends when the office agrees', async () => {
    const association = await inTheName(30);
    const dispute = (who: Actor, more = {}) =>
      post(who, '/v1/disputes', { of: { association }, statement: 'I never had it.', ...more });
    assert.equal((await dispute(citizen(31))).status, 404);
    assert.equal((await dispute(citizen(30), { opener: 'somebody else' })).status, 400);
    const opened = await dispute(citizen(30));
    assert.equal(opened.status, 201, opened.text);
    assert.equal((await dispute(citizen(30))).json['code'], 'DISPUTE_OPEN');
    const id = String(opened.json['id']);
    assert.equal((await get(citizen(31), `/v1/disputes/${id}`)).status, 404);
    assert.deepEqual((await get(citizen(31), '/v1/disputes')).json['items'], []);
    assert.equal(listOf((await get(ANALYST, '/v1/disputes')).json['items']).length, 1);
    const said = await get(ANALYST, `/v1/disputes/${id}/statement`, PURPOSE);
    assert.equal(said.json['statement'], 'I never had it.', said.text);
    assert.equal((await post(ANALYST, `/v1/disputes/${id}/take`)).json['state'], 'in_review');
    const reason = 'The dealer mistyped it.';
    const settled = await post(ANALYST, `/v1/disputes/${id}/settle`, { event: 'uphold', reason });
    assert.equal(settled.json['state'], 'upheld', settled.text);
    assert.deepEqual((await get(citizen(30), '/v1/devices/mine')).json['devices'], []);
    assert.equal((await post(citizen(30), `/v1/disputes/${id}/withdraw`)).status, 409);
  });

  test('a pair that is not of the number’s holder is taken from the networks', async () => {
    const pair = await paired(32);
    const opened = await post(citizen(32), '/v1/disputes', { of: { pair } });
    const id = String(opened.json['id']);
    assert.equal(opened.status, 201, opened.text);
    const settled = await post(ANALYST, `/v1/disputes/${id}/settle`, { event: 'uphold', reason: 'not theirs' });
    assert.equal(settled.status, 200, settled.text);
    assert.deepEqual(await placed(32), []);
  });
});
