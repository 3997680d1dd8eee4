import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { may } from '../../src/access/actions.ts';
import { ROLES, type Role } from '../../src/access/actor.ts';
import { LIMITS } from '../../src/api/limits.ts';
import { isWrite, type Route } from '../../src/api/route.ts';
import { ROUTES } from '../../src/api/routes.ts';
import { ask, type Back, openApi, openHouse, tokenOf } from './ground.ts';
import { told } from './octets.ts';
import { addressOf, fullSampleOf, isClosed, objectsIn, replaced, sampleOf, schemaAt, textsIn } from './sample.ts';

// Routes that come later are in these tests by themselves.

const house = await openHouse();
const { url } = await openApi(house);
const roleFor = (route: Route): Role => ROLES.find((role) => may({ roles: [role] }, route.action)) ?? 'admin';

let keys = 0;
const send = (
  route: Route,
  { address, body }: { readonly address?: string; readonly body?: unknown },
): Promise<Back> => {
  keys += 1;
  const key = isWrite(route) ? { key: `key-of-security-${keys}` } : {};
  const asked = body === undefined ? {} : { body };
  return ask(`${url}${address ?? addressOf(route)}`, route.method, { as: roleFor(route), ...key, ...asked });
};

const INJECTIONS = [
  `\\'"; SELECT pg_sleep(60); DROP TABLE job; --`,
  '<script>{{7*7}}$' + '{7*7}</script>../../etc/passwd%00%0d%0aSet-Cookie: a=b',
  '__proto__',
  '\u202e𝟛𝟝𝟞𝟡𝟛',
  'a\u0000b',
];

/** Whatever is answered, it is an answer of ours, and tells nothing of what is behind it. */
function assertOurs({ status, text }: Back, what: string): void {
  assert.ok(status < 500 || /API_BUSY/.test(text), `${what}: ${status} ${text.slice(0, 300)}`);
  assert.doesNotMatch(text, /syntax error|relation "|ClickHouse|DB::Exception|\bat \/|node_modules/i, what);
}

for (const route of ROUTES.filter(({ body }) => body !== undefined)) {
  const due = Compile(route.body as TSchema);

  test(`${route.method} ${route.url} takes texts for what they are`, async () => {
    const full = fullSampleOf(route.body);
    const ways = textsIn(full);
    const [first = '', ...others] = INJECTIONS;
    const fits = (body: unknown, way: readonly (string | number)[], text: string): unknown => {
      const changed = replaced(body, way, () => text);
      return due.Check(changed) ? changed : body;
    };
    const bodies = [
      ...ways.map((way) => ({ what: way.join('.'), body: replaced(full, way, () => first) })),
      ...others.map((text) => ({ what: text, body: ways.reduce((body, way) => fits(body, way, text), full) })),
    ];
    // What the schema refuses does not come further, which one shows for all.
    const refused = bodies.find(({ body }) => !due.Check(body));
    if (refused !== undefined) assert.equal((await send(route, refused)).status, 400, refused.what);
    for (const one of bodies.filter(({ body }) => due.Check(body))) assertOurs(await send(route, one), one.what);
  });

  test(`${route.method} ${route.url} takes no key that it does not name`, async () => {
    const sample = sampleOf(route.body);
    const closed = objectsIn(sample).filter((way) => isClosed(schemaAt(route.body, way)));
    assert.ok(closed.length > 0);
    for (const way of closed) {
      const key = 'isAdmin';
      const back = await send(route, { body: replaced(sample, way, (old) => ({ ...(old as object), [key]: true })) });
      assert.deepEqual([back.status, back.json['code']], [400, 'API_FORM'], `/${[...way, key].join('/')}`);
    }
    for (const body of ['{"__proto__":{"isAdmin":true}}', '{"constructor":{"prototype":{"isAdmin":true}}}'])
      assert.equal((await send(route, { body })).status, 400);
  });
}

for (const route of ROUTES.filter(({ params }) => params !== undefined)) {
  test(`${route.method} ${route.url} takes its address for what it is`, async () => {
    for (const injection of INJECTIONS) {
      const body = route.body === undefined ? {} : { body: sampleOf(route.body) };
      assertOurs(await send(route, { address: addressOf(route, () => injection), ...body }), injection);
    }
  });
}

test('what injections were after is still there', async () => {
  assert.equal((await house.registry.query('SELECT count(*) FROM job')).length, 1);
  assert.equal(({} as Record<string, unknown>)['isAdmin'], undefined);
});

for (const route of ROUTES.filter(({ body, file }) => body !== undefined || file !== undefined)) {
  test(`${route.method} ${route.url} takes no more than it says`, async () => {
    const most = route.file?.most ?? route.bytes ?? LIMITS.body;
    const head = [
      `${route.method} ${addressOf(route)} HTTP/1.1`,
      'host: x',
      `authorization: Bearer ${tokenOf(roleFor(route))}`,
      'idempotency-key: key-of-size',
      `content-type: ${route.file?.types[0] ?? 'application/json'}`,
      `content-length: ${most + 1}`, // alone it is enough to be refused
    ];
    assert.match(
      await told(Number(new URL(url).port), `${head.join('\r\n')}\r\n\r\n`),
      /^HTTP\/1\.1 413 .*"API_SIZE"/s,
    );
  });
}
