import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import { type Route, refuse, route, telling } from '../../src/api/route.ts';
import { closed, ID, line } from '../../src/api/schema.ts';
import { makeApi } from '../../src/api/server.ts';
import { demandVersion } from '../../src/api/version.ts';
import { Refused } from '../../src/faults/fault.ts';
import { ask, openApi, openHouse } from './ground.ts';

const NOTE = Type.Object({ id: Type.String(), text: Type.String(), version: Type.Integer() });
const FULL = { code: 'CONTROL_VALUE', message: 'The page is full.', remedy: 'Turn it.', field: 'text' } as const;
type Note = { readonly id: string; readonly text: string; readonly version: number; readonly secret: string };

const NOTES: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/notes',
    action: 'appeal.open',
    about: 'Writes a note.',
    body: closed({ text: line(80) }),
    answer: NOTE,
    status: 201,
    faults: ['CONTROL_VALUE'],
    version: ({ version }) => version,
    location: ({ id }) => `/v1/notes/${id}`,
    act: async ({ query, actor }, { body }) => {
      if (body.text === 'full') throw new Refused([FULL]);
      const rows = await query<Note>(
        `INSERT INTO note (text, secret) VALUES ($1, $2) RETURNING id, text, version, secret`,
        [body.text, actor.id],
      );
      if (body.text === 'counted') return refuse(FULL);
      if (body.text === 'broken') throw new Error('a secret that nobody may be told');
      return rows[0] as Note;
    },
  }),
  route({
    method: 'GET',
    url: '/v1/notes/:id',
    action: 'appeal.read',
    about: 'Reads a note.',
    params: closed({ id: ID }),
    answer: NOTE,
    version: ({ version }) => version,
    act: async ({ query }, { params }) =>
      (await query<Note>('SELECT * FROM note WHERE id = $1', [params.id]))[0] as Note,
  }),
  route({
    method: 'PATCH',
    url: '/v1/notes/:id',
    action: 'appeal.withdraw',
    about: 'Changes a note.',
    params: closed({ id: ID }),
    body: closed({ text: line(80) }),
    answer: NOTE,
    version: ({ version }) => version,
    act: async ({ query }, asked) => {
      const [found] = await query<Note>('SELECT * FROM note WHERE id = $1 FOR UPDATE', [asked.params.id]);
      demandVersion(asked, found?.version ?? 0);
      const sql = 'UPDATE note SET text = $2, version = version + 1 WHERE id = $1 RETURNING *';
      return (await query<Note>(sql, [asked.params.id, asked.body.text]))[0] as Note;
    },
  }),
  telling({
    method: 'GET',
    url: '/v1/numbers',
    action: 'health.read',
    about: 'Tells numbers.',
    query: closed({ from: Type.Integer({ minimum: 0, maximum: 9, default: 3 }) }),
    answer: Type.Object({ from: Type.Integer() }),
    tell: ({ query }) => ({ ...query, more: 'not in the schema' }),
  }),
];

const house = await openHouse();
await house.registry.query(
  'CREATE TABLE note (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), text text, secret text, version int DEFAULT 1)',
);
const { url } = await openApi(house, NOTES);

const write = (text: unknown, key: string, as = 'citizen' as const) =>
  ask(`${url}/v1/notes`, 'POST', { as, key, body: { text } });
const notes = async (text: string): Promise<number> =>
  (await house.registry.query('SELECT 1 FROM note WHERE text = $1', [text])).length;

test('a write is carried out once for its key, however often it is sent', async () => {
  const first = await write('once', 'key-of-once');
  const again = await write('once', 'key-of-once');
  assert.equal(first.status, 201);
  assert.deepEqual([again.status, again.text], [201, first.text]);
  assert.equal(again.headers.get('location'), `/v1/notes/${first.json['id']}`);
  assert.equal(again.headers.get('etag'), '"1"');
  assert.equal(await notes('once'), 1);
});

test('two requests with one key at the same time are one act with one answer', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => write('at once', 'key-of-both')));
  assert.deepEqual(new Set(all.map(({ status }) => status)), new Set([201]));
  assert.equal(new Set(all.map(({ text }) => text)).size, 1);
  assert.equal(await notes('at once'), 1);
});

test('a key does not stand for another request, nor for that of another account', async () => {
  await write('mine', 'key-of-mine');
  const other = await write('other', 'key-of-mine');
  assert.deepEqual([other.status, other.json['code']], [422, 'API_KEY_REUSED']);
  const operator = await ask(`${url}/v1/notes`, 'POST', { as: 'operator', key: 'key-of-mine', body: { text: 'mine' } });
  assert.equal(operator.status, 201);
  assert.equal(await notes('mine'), 2);
});

test('what was refused has not happened, and its key is free', async () => {
  const refused = await write('full', 'key-of-full');
  assert.deepEqual([refused.status, refused.json['code'], refused.json['pointer']], [422, 'CONTROL_VALUE', '/text']);
  assert.equal((await write('not full', 'key-of-full')).status, 201);
});

test('a refusal that keeps what was done is recorded with it', async () => {
  const refused = await write('counted', 'key-of-counted');
  const again = await write('counted', 'key-of-counted');
  assert.deepEqual([refused.status, again.status, again.text], [422, 422, refused.text]);
  assert.equal(await notes('counted'), 1);
});

test('a failure that nobody foresaw tells nothing but the id of the request', async () => {
  const broken = await write('broken', 'key-of-broken');
  assert.equal(broken.status, 500);
  assert.equal(broken.json['code'], 'UNFORESEEN');
  assert.equal(broken.json['requestId'], broken.headers.get('x-request-id'));
  assert.doesNotMatch(broken.text, /secret|stack|Error/);
  assert.equal(await notes('broken'), 0);
});

test('what the schema of an answer does not name is not sent', async () => {
  const { json } = await write('named', 'key-of-named');
  assert.deepEqual(Object.keys(json).sort(), ['id', 'text', 'version']);
});

test('a write needs a key', async () => {
  const back = await ask(`${url}/v1/notes`, 'POST', { as: 'citizen', body: { text: 'keyless' } });
  assert.deepEqual([back.status, back.json['code']], [400, 'API_KEY']);
});

test('faults of form name their place', async () => {
  const back = await ask(`${url}/v1/notes`, 'POST', {
    as: 'citizen',
    key: 'key-of-form',
    body: { text: 7, role: 'admin' },
  });
  assert.equal(back.status, 400);
  assert.equal(back.headers.get('content-type'), 'application/problem+json; charset=utf-8');
  const places = [...(back.json['errors'] as unknown as { pointer: string }[])].map(({ pointer }) => pointer);
  assert.deepEqual(places.sort(), ['/role', '/text']);
});

test('what one has already is not sent again', async () => {
  const { json } = await write('kept', 'key-of-kept');
  const address = `${url}/v1/notes/${json['id']}`;
  const etag = (await ask(address, 'GET', { as: 'citizen' })).headers.get('etag') ?? '';
  const again = await ask(address, 'GET', { as: 'citizen', headers: { 'if-none-match': etag } });
  assert.deepEqual([etag, again.status, again.text], ['"1"', 304, '']);
  const numbers = await ask(`${url}/v1/numbers`, 'GET');
  const known = { 'if-none-match': numbers.headers.get('etag') ?? '' };
  assert.equal((await ask(`${url}/v1/numbers`, 'GET', { headers: known })).status, 304);
});

test('a change is made of the version that its maker saw, or not at all', async () => {
  const { json } = await write('first', 'key-of-first');
  const change = (text: string, key: string, match?: string) => {
    const headers = match === undefined ? {} : { 'if-match': match };
    return ask(`${url}/v1/notes/${json['id']}`, 'PATCH', { as: 'citizen', key, headers, body: { text } });
  };
  assert.equal((await change('blind', 'key-blind')).status, 428);
  assert.equal((await change('second', 'key-second', '"1"')).headers.get('etag'), '"2"');
  const late = await change('late', 'key-late', '"1"');
  assert.deepEqual([late.status, late.json['code']], [412, 'API_VERSION']);
});

test('numbers in addresses are read as numbers, and have defaults', async () => {
  assert.deepEqual((await ask(`${url}/v1/numbers?from=7`, 'GET')).json, { from: 7 });
  assert.deepEqual((await ask(`${url}/v1/numbers`, 'GET')).json, { from: 3 });
  const back = await ask(`${url}/v1/numbers?from=12&more=1`, 'GET');
  const places = [...(back.json['errors'] as unknown as { pointer: string }[])].map(({ pointer }) => pointer);
  assert.deepEqual(places.sort(), ['/query/from', '/query/more']);
});

test('who is not known, and who may not, is told so before what he sent is looked at', async () => {
  const body = { nonsense: true };
  const nobody = await ask(`${url}/v1/notes`, 'POST', { body });
  assert.deepEqual([nobody.status, nobody.headers.get('www-authenticate')], [401, 'Bearer']);
  const forged = await ask(`${url}/v1/notes`, 'POST', {
    body,
    headers: { authorization: 'Bearer somebody-elses-token' },
  });
  assert.equal(forged.status, 401);
  const police = await ask(`${url}/v1/notes`, 'POST', { as: 'police', body });
  assert.deepEqual([police.status, police.json['code']], [403, 'ACCESS_ROLE']);
});

test('an address that takes other methods says which', async () => {
  const back = await ask(`${url}/v1/notes`, 'DELETE', { as: 'citizen' });
  assert.deepEqual([back.status, back.json['code'], back.headers.get('allow')], [405, 'API_METHOD', 'POST']);
  assert.equal((await ask(`${url}/v1/nothing`, 'GET')).json['code'], 'API_UNKNOWN');
});

const bad = (change: Partial<Route>): readonly Route[] => [{ ...(NOTES[0] as Route), ...change }];

test('a route that leaves something open cannot be registered', async () => {
  const cases: readonly (readonly [readonly Route[], RegExp])[] = [
    [bad({ action: 'nothing.of_the_table' as 'appeal.open' }), /no action/],
    [bad({ body: Type.Object({ text: line() }) }), /no bounds at \//],
    [bad({ body: closed({ text: Type.String() }) }), /no bounds at \/properties\/text/],
    [bad({ body: closed({ texts: Type.Array(line()) }) }), /no bounds at \/properties\/texts/],
    [bad({ url: '/v1/notes/:id' }), /not those of its address/],
    [bad({ isRead: true, action: 'theft.confirm' }), /changes something/],
  ];
  for (const [routes, message] of cases) await assert.rejects(makeApi({ house, routes }), message);
});

test('a server takes no route beside those that say their action', async () => {
  const { app } = await openApi(house, NOTES);
  assert.throws(() => app.get('/v1/back-door', async () => 'open'), /listening|names no action/);
});
