// A case of theft from the report to the hand-back, as people and offices carry it out over HTTP.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Actor } from '../../src/access/actor.ts';
import { SYSTEM } from '../../src/access/actor.ts';
import type { Caller } from '../../src/api/caller.ts';
import type { House } from '../../src/api/house.ts';
import { observe } from '../../src/cases/traces/observe.ts';
import type { Imsi } from '../../src/identifiers/imsi.ts';
import type { Msisdn } from '../../src/identifiers/msisdn.ts';
import type { Analytics } from '../../src/stores/analytics.ts';
import { ANALYST, APPROVER, CLERK, DEALER, imei, NATIONAL, NORTHERN, POLICY, SOUTHERN } from '../cases/desk.ts';
import { freshRegistry } from '../office.ts';
import { type PostgresServer, startPostgres15, withoutPostgres15 } from '../servers/postgres.ts';
import { ask, openApi, openHouse } from './ground.ts';

/** What operators saw: the IMEI of a serial with the number of that serial. */
const analytics = {
  analytics: {
    gather: async (sql: string) => {
      const [, seen] = /imei = (\d+)/.exec(sql) ?? [];
      const [, dialled] = /msisdn = (\d+)/.exec(sql) ?? [];
      return seen !== undefined && dialled !== undefined && seen.slice(-6) === dialled.slice(-6) ? [{ seen: 1 }] : [];
    },
  } as unknown as Analytics,
} as unknown as NonNullable<House['analytics']>;

/** A number that can be dialled in the country of these tests. */
const number = (of: number): Msisdn => `4179${String(of).padStart(7, '0')}` as Msisdn;
type Ground = { readonly house: House; readonly url: string; readonly people: Map<string, Actor> };

/** A register on one server of the registry; without one, on the embedded. */
async function groundOn(server?: PostgresServer): Promise<Ground> {
  const people = new Map<string, Actor>();
  const house = await openHouse({
    policy: { ...POLICY, callingCodes: ['41'] },
    analytics,
    ...(server === undefined ? {} : { registry: await freshRegistry(server) }),
    authenticate: async (shown): Promise<Caller | undefined> => {
      const actor = shown.kind === 'bearer' ? people.get(shown.token) : undefined;
      return actor && { actor, account: actor.id, by: 'bearer' };
    },
  });
  const { url } = await openApi(house);
  return { house, url, people };
}

function thefts(name: string, { house, url, people }: Ground): void {
  describe(name, () => {
    const as = (actor: Actor): Readonly<Record<string, string>> => {
      people.set(`token-of-${actor.id}`, actor);
      return { authorization: `Bearer token-of-${actor.id}` };
    };
    const citizen = (of: number): Actor => ({ id: house.vault.pseudonym('msisdn', number(of)), roles: ['citizen'] });

    let keys = 0;
    const post = (actor: Actor, path: string, body?: unknown) => {
      keys += 1;
      return ask(`${url}${path}`, 'POST', {
        headers: as(actor),
        key: `key-of-thefts-${keys}`,
        ...(body === undefined ? {} : { body }),
      });
    };
    const get = (actor: Actor, path: string, headers = {}) =>
      ask(`${url}${path}`, 'GET', { headers: { ...as(actor), ...headers } });

    const report = (of: number, more = {}) => ({
      imeis: [imei(of)],
      kind: 'stolen',
      country: 'CH',
      day: '2026-10-18',
      station: 'Port Street',
      contact: { msisdn: `+${number(of)}`, language: 'fr' },
      owner: { name: 'Ada Example' },
      ...more,
    });

    const blocked = async (of: number): Promise<boolean> =>
      (await house.registry.query(`SELECT FROM control_entry WHERE list = 'blocked' AND imei = $1`, [imei(of)]))
        .length > 0;

    /** A citizen's case that has been proved. */
    async function proved(of: number): Promise<string> {
      const draft = await post(citizen(of), '/v1/thefts/drafts', report(of));
      assert.equal(draft.status, 201, draft.text);
      const id = String(draft.json['id']);
      assert.equal((await post(citizen(of), `/v1/thefts/${id}/submit`)).status, 200);
      assert.equal(await blocked(of), false, 'a word alone blocks nothing');
      const shown = await post(citizen(of), `/v1/thefts/${id}/prove`, {
        proof: { kind: 'number', msisdn: `+${number(of)}` },
      });
      assert.equal(shown.status, 200, shown.text);
      assert.equal(shown.json['state'], 'police_pending');
      return id;
    }

    test('a citizen reports, the police confirm, a trace is followed, and the owner has it back', async () => {
      const id = await proved(1);
      assert.equal(await blocked(1), true);
      const confirmed = await post(NORTHERN, `/v1/thefts/${id}/confirm`, { complaint: 'N-12' });
      assert.equal(confirmed.json['state'], 'active', confirmed.text);
      const at = house.clock();
      await house.registry.transaction((query) =>
        observe(
          { query, vault: house.vault, policy: house.policy, actor: SYSTEM, now: at },
          { imei: imei(1), imsi: '999010000000077' as Imsi, msisdn: number(77), operator: 'alfa', at },
        ),
      );
      const tasks = await get(NORTHERN, '/v1/tasks');
      const task = String(tasks.json['items']?.[0]?.['id']);
      const purpose = { 'x-purpose': 'find the device', 'x-case': 'N-12' };
      assert.equal((await get(NORTHERN, `/v1/tasks/${task}/traces`, purpose)).status, 422, 'nobody signed for it');
      assert.equal((await post(NORTHERN, `/v1/tasks/${task}/accept`)).json['state'], 'accepted');
      const traces = await get(NORTHERN, `/v1/tasks/${task}/traces`, purpose);
      assert.equal(traces.json['traces']?.[0]?.['msisdn'], number(77), traces.text);
      const [reading] = await house.registry.query<{ purpose: string }>(
        `SELECT purpose FROM access_log WHERE action = 'trace.read' ORDER BY number DESC LIMIT 1`,
      );
      assert.equal(reading?.purpose, 'find the device');
      assert.equal(
        (await post(NORTHERN, `/v1/thefts/${id}/seize`, { receipt: 'R-1', person: 'B. Finder' })).status,
        200,
      );
      const back = await post(NORTHERN, `/v1/thefts/${id}/hand-back`, { receipt: 'R-2', person: 'Ada Example' });
      assert.equal(back.json['state'], 'returned', back.text);
      assert.equal(await blocked(1), false);
      const custody = await get(NORTHERN, `/v1/thefts/${id}/custody`);
      assert.deepEqual(
        [...(custody.json['steps'] ?? [])].map((step) => step['holder']),
        ['police', 'owner'],
      );
      const history = await get(citizen(1), `/v1/thefts/${id}/history`);
      assert.deepEqual(
        [...(history.json['steps'] ?? [])].map((step) => step['to']),
        ['draft', 'submitted', 'police_pending', 'active', 'traced', 'recovered_by_police', 'returned'],
      );
    });

    describe('whoever it does not belong to', () => {
      test('is told the same of another’s case as of none', async () => {
        const id = await proved(2);
        const none = '00000000-0000-4000-8000-00000000dead';
        for (const who of [citizen(3), SOUTHERN, DEALER]) {
          const [theirs, nothing] = [await get(who, `/v1/thefts/${id}`), await get(who, `/v1/thefts/${none}`)];
          assert.equal(theirs.status, 404, theirs.text);
          const plain = (text: string) => text.replace(/"requestId":"[^"]+"/, '');
          assert.equal(plain(theirs.text), plain(nothing.text));
          assert.equal((await post(who, `/v1/thefts/${id}/recover`, {})).status, 404);
        }
        assert.equal((await get(NATIONAL, `/v1/thefts/${id}`)).status, 200, 'the national level sees all units');
      });

      test('cannot list it', async () => {
        const theirs = await get(SOUTHERN, '/v1/thefts');
        assert.deepEqual(theirs.json['items'], []);
      });

      test('cannot set what is not asked for', async () => {
        const answer = await post(citizen(4), '/v1/thefts/drafts', report(4, { state: 'active', unit: 'north' }));
        assert.equal(answer.status, 400, answer.text);
      });
    });

    test('of two officers at once one confirms, and the other is told what can still happen', async () => {
      const id = await proved(5);
      const both = await Promise.all([
        post(NORTHERN, `/v1/thefts/${id}/confirm`, { complaint: 'N-1' }),
        post(NATIONAL, `/v1/thefts/${id}/reject`, { reason: 'not true' }),
      ]);
      assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
      assert.equal(both.find(({ status }) => status === 409)?.json['code'], 'STATE_MOVE');
    });

    test('the same report twice with one key is one case', async () => {
      const once = {
        headers: as(CLERK),
        key: 'one-key-for-both',
        body: { report: report(6), proof: { kind: 'subscriber', msisdn: `+${number(6)}` } },
      };
      const both = await Promise.all([ask(`${url}/v1/thefts`, 'POST', once), ask(`${url}/v1/thefts`, 'POST', once)]);
      const again = await ask(`${url}/v1/thefts`, 'POST', once);
      const told = [...both, again].filter(({ status }) => status === 201).map(({ json }) => json['id']);
      assert.ok(told.length >= 2, both.map(({ text }) => text).join('\n'));
      assert.equal(new Set(told).size, 1);
      const other = await ask(`${url}/v1/thefts`, 'POST', { ...once, body: { ...once.body, report: report(8) } });
      assert.equal(other.status, 422);
    });

    test('a wrong report is refused with every field that is wrong', async () => {
      const answer = await post(
        citizen(9),
        '/v1/thefts/drafts',
        report(9, { imeis: ['35209900000009x'], day: '2027-01-01' }),
      );
      assert.equal(answer.status, 422, answer.text);
      const fields = [answer.json, ...(answer.json['errors'] ?? [])].map((one) => String(one['pointer']));
      assert.ok(fields.includes('/imeis/0') || fields.includes('/day'), answer.text);
    });

    test('persons of a case are opened for a purpose, and that is recorded', async () => {
      const id = await proved(10);
      const opened = await post(NORTHERN, `/v1/thefts/${id}/persons`, { purpose: 'call the owner' });
      assert.equal(opened.json['owner']?.['name'], 'Ada Example', opened.text);
      const rows = await house.registry.query(`SELECT FROM access_log WHERE purpose = 'call the owner'`);
      assert.equal(rows.length, 1);
      assert.equal((await post(ANALYST, `/v1/thefts/${id}/persons`, { purpose: 'curious' })).status, 200);
      assert.equal(
        (await post(APPROVER, `/v1/thefts/${id}/lift`, { order: 'C-1', approval: id })).status,
        409,
        'not approved',
      );
    });

    test('whoever has the reference learns how the case stands, and nothing else', async () => {
      const id = await proved(11);
      const { json } = await get(citizen(11), `/v1/thefts/${id}`);
      const progress = await ask(`${url}/v1/thefts/progress`, 'POST', { body: { reference: json['reference'] } });
      assert.deepEqual(Object.keys(progress.json).sort(), ['due', 'insertedBy', 'since', 'state']);
      assert.equal(
        (await ask(`${url}/v1/thefts/progress`, 'POST', { body: { reference: '0000-0000-0000' } })).status,
        404,
      );
    });
  });
}

const server = withoutPostgres15 === false ? await startPostgres15() : undefined;
const grounds = [await groundOn(), ...(server === undefined ? [] : [await groundOn(server)])];
after(() => server?.stop());
for (const [at, ground] of grounds.entries())
  thefts(at === 0 ? 'on the embedded PostgreSQL' : 'on PostgreSQL 15', ground);
if (withoutPostgres15 !== false) test('on PostgreSQL 15', { skip: withoutPostgres15 }, () => undefined);
