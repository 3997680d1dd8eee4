// Devices over HTTP: who sees how much of one, and what the regulator's staff enter and correct.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SYSTEM } from '../../src/access/actor.ts';
import type { Desk } from '../../src/access/desk.ts';
import { deviceOf } from '../../src/devices/enter.ts';
import { recordFindings } from '../../src/devices/finding.ts';
import { happen } from '../../src/devices/happen.ts';
import { associate } from '../../src/devices/persons/association.ts';
import { placeHold } from '../../src/lists/offices/control.ts';
import { keyOf } from '../../src/registration/trade/secret.ts';
import { ANALYST, CLERK, DEALER, imei, body as office, staff } from '../cases/desk.ts';
import { listOf, peopleHouse } from './people.ts';

const { act, post, get, citizen, house } = await peopleHouse();
const NONE = '00000000-0000-4000-8000-00000000dead';

const of = (serial: number) => ({ kind: 'imei', text: imei(serial) });
const find = (who: Parameters<typeof post>[0], serial: number) =>
  post(who, '/v1/devices/find', { identifier: of(serial) });

/** A device in the name of the citizen of a serial. */
const inTheName = (serial: number): Promise<string> =>
  act(async (desk) => {
    const { id } = await deviceOf(desk, imei(serial));
    const person = citizen(serial).id;
    await associate(desk, { device: { id }, person, basis: 'purchase', proof: `proof ${serial}` });
    return id;
  });

test('the analyst enters a device, corrects a fact of it, and what was known then stays', async () => {
  const made = await post(ANALYST, '/v1/devices', {
    identifiers: [of(1), { kind: 'imei', text: imei(2), slot: 2 }, { kind: 'serial', text: 'SN-1', maker: 'Acme' }],
    model: { maker: 'Acme', model: 'One' },
    at: '2026-01-02T10:00:00Z',
  });
  assert.equal(made.status, 201, made.text);
  const id = String(made.json['device']?.['id']);
  assert.equal(made.headers.get('location'), `/v1/devices/${id}`);
  const found = await find(ANALYST, 2);
  assert.deepEqual([found.json['id'], found.json['maker'], listOf(found.json['identifiers']).length], [id, 'Acme', 3]);
  assert.equal((await get(ANALYST, `/v1/devices/${id}`)).json['id'], id);
  const facts = await get(ANALYST, `/v1/devices/${id}/facts`);
  const second = listOf(facts.json['facts']).find((fact) => fact['slot'] !== undefined);
  const ended = { to: '2026-03-01T00:00:00Z', because: 'its board was replaced' };
  const corrected = await post(ANALYST, `/v1/facts/${second?.['id']}/correct`, ended);
  assert.equal(corrected.status, 200, corrected.text);
  assert.equal((await find(ANALYST, 2)).status, 404, 'it is not known by that any more');
  const then = await get(ANALYST, `/v1/devices/${id}/facts?asOf=2026-02-01T00:00:00Z`);
  const now = await get(ANALYST, `/v1/devices/${id}/facts`);
  assert.deepEqual([listOf(then.json['facts']).length, listOf(now.json['facts']).length], [5, 4]);
  const all = await get(ANALYST, `/v1/devices/${id}/timeline`);
  assert.deepEqual(
    listOf(all.json['facts'])
      .map((fact) => fact['superseded']?.['because'])
      .filter((why) => why !== undefined),
    [ended.because],
  );
  const again = await post(ANALYST, `/v1/facts/${second?.['id']}/withdraw`, { because: 'a mistake' });
  assert.equal(again.status, 404, 'it was corrected already');
});

describe('of a device', () => {
  test('its holder sees no whole identifier, and neither accounts nor persons', async () => {
    const id = await inTheName(10);
    await act((desk) =>
      happen(desk, { id }, { event: 'activate', roles: ['network'], at: desk.now, source: 'operator:alfa' }),
    );
    const own = await get(citizen(10), `/v1/devices/${id}`);
    assert.equal(own.status, 200, own.text);
    assert.match(String(own.json['identifiers']?.[0]?.['value']), /^…[0-9]{4}$/);
    assert.equal(own.json['stage'], 'active');
    for (const path of ['facts', 'timeline']) {
      const { text, status } = await get(citizen(10), `/v1/devices/${id}/${path}`);
      assert.deepEqual([status, text.includes(imei(10)), text.includes(citizen(10).id)], [200, false, false]);
    }
    assert.match((await get(CLERK, `/v1/devices/${id}`)).text, new RegExp(imei(10)));
  });

  test('others are told the same as of one that is not there', async () => {
    const id = await inTheName(11);
    const plain = (text: string) => text.replace(/"requestId":"[^"]+"/, '');
    for (const who of [citizen(12), DEALER]) {
      for (const path of ['', '/facts', '/timeline']) {
        const [theirs, nothing] = [
          await get(who, `/v1/devices/${id}${path}`),
          await get(who, `/v1/devices/${NONE}${path}`),
        ];
        assert.equal(theirs.status, 404, theirs.text);
        assert.equal(plain(theirs.text), plain(nothing.text));
      }
      assert.equal(plain((await find(who, 11)).text), plain((await find(who, 99)).text));
    }
  });

  test('an importer sees what it brought in, and no other importer does', async () => {
    const importer = office('importer');
    const { id } = await act((desk) => deviceOf(desk, imei(13)));
    await house.registry.query(
      `WITH g AS (
         INSERT INTO consignment (state, importer, number, supplier, origin, arrival, port, goods, quantity, value, currency, at)
         VALUES ('released', $1, 'G-13', 'Acme', 'CH', '2026-01-01', 'Port', 'phones', 1, 0, 'CHF', now()) RETURNING id),
       c AS (INSERT INTO consigned (id, consignment, tac, holder, device, state, secret)
         SELECT 13, g.id, '35209900', $2, $3, 'active', 0 FROM g RETURNING id)
       INSERT INTO consigned_key (key, item) SELECT $4, id FROM c`,
      [importer.id, DEALER.organisation?.id, id, keyOf(house, imei(13))],
    );
    assert.equal((await get(staff('importer', importer), `/v1/devices/${id}`)).status, 200);
    assert.equal((await get(DEALER, `/v1/devices/${id}`)).status, 200, 'the dealer has it');
    assert.equal((await get(staff('importer', office('importer')), `/v1/devices/${id}`)).status, 404);
  });
});

test('a finding is listed until somebody says what came of it, once', async () => {
  const device = await act(async (desk: Desk) => {
    const { id } = await deviceOf(desk, imei(20));
    const found = [{ kind: 'two_models', evidence: { tacs: ['1', '2'] } }] as const;
    await recordFindings(desk, id, { found, source: 'test' });
    return id;
  });
  const listed = await get(ANALYST, '/v1/findings?kind=two_models&limit=1');
  const id = String(listed.json['items']?.[0]?.['id']);
  assert.equal(listed.json['items']?.[0]?.['device'], device, listed.text);
  assert.equal(listOf((await get(ANALYST, `/v1/devices/${device}/findings`)).json['findings']).length, 1);
  const short = await post(ANALYST, `/v1/findings/${id}/close`, { event: 'explain', explanation: 'no' });
  assert.deepEqual([short.status, short.json['pointer']], [422, '/explanation']);
  const closing = { event: 'explain', explanation: 'a demonstration unit' };
  assert.equal((await post(ANALYST, `/v1/findings/${id}/close`, closing)).json['state'], 'explained');
  assert.equal((await post(ANALYST, `/v1/findings/${id}/close`, closing)).status, 409);
  assert.deepEqual((await get(ANALYST, '/v1/findings?kind=two_models')).json['items'], []);
});

test('a dealer makes ready again what is neither in somebody’s name nor looked for', async () => {
  const active = (serial: number) =>
    act(async (desk) => {
      const { id } = await deviceOf(desk, imei(serial));
      await happen(desk, { id }, { event: 'activate', roles: ['network'], at: desk.now, source: 'operator:alfa' });
      return id;
    });
  const refurbish = (serial: number) => post(DEALER, '/v1/devices/refurbish', { identifier: of(serial) });
  const id = await active(30);
  assert.equal((await refurbish(30)).status, 204);
  assert.equal((await get(ANALYST, `/v1/devices/${id}`)).json['stage'], 'refurbished');
  await active(31);
  await inTheName(31);
  assert.equal((await refurbish(31)).json['code'], 'REGISTRATION_PROOF');
  await active(32);
  const held = {
    list: 'blocked',
    imei: imei(32),
    reason: 'stolen',
    holder: 'theft:1',
    ground: { basis: 'Act' },
  } as const;
  await act((desk) => placeHold(desk, held), SYSTEM);
  assert.equal((await refurbish(32)).json['code'], 'REGISTRATION_HELD');
});

test('wrong bodies are refused by the field, and what is not asked for is not taken', async () => {
  const wrong = await post(ANALYST, '/v1/devices', {
    identifiers: [of(40), { kind: 'imei', text: '35209900000040x' }],
  });
  assert.deepEqual([wrong.status, wrong.json['pointer']], [422, '/identifiers/1/text'], wrong.text);
  const more = await post(ANALYST, '/v1/devices', { identifiers: [of(40)], source: 'customs', stage: 'active' });
  assert.deepEqual([more.status, listOf(more.json['errors']).length], [400, 2], more.text);
  const ahead = await post(ANALYST, '/v1/devices', { identifiers: [of(40)], at: '2030-01-01T00:00:00Z' });
  assert.deepEqual([ahead.status, ahead.json['pointer']], [422, '/at']);
});
