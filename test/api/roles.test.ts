import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACTIONS, may } from '../../src/access/actions.ts';
import { ROLES, type Role } from '../../src/access/actor.ts';
import { isWrite, type Route } from '../../src/api/route.ts';
import { ROUTES } from '../../src/api/routes.ts';
import { POLICY } from '../access/desk.ts';
import { ask, type Back, openApi, openHouse } from './ground.ts';
import { addressOf, sampleOf } from './sample.ts';

const { url } = await openApi(await openHouse({ policy: POLICY })); // passwords cost little work in it
let keys = 0;

/** Asks a route for something that its schemas take. */
function askRoute(route: Route, as: Role | undefined): Promise<Back> {
  keys += 1;
  const body = route.file === undefined ? sampleOf(route.body) : '35693803564380\n';
  const headers = route.file === undefined ? {} : { 'content-type': route.file.types[0] ?? '' };
  return ask(`${url}${addressOf(route)}`, route.method, {
    ...(as === undefined ? {} : { as }),
    ...(isWrite(route) ? { key: `key-of-roles-${keys}` } : {}),
    ...(body === undefined ? {} : { body }),
    headers,
  });
}

/** What tells that somebody was not let in. */
const SHUT = ['API_LOGIN', 'ACCESS_ROLE'];

for (const route of ROUTES) {
  test(`${route.method} ${route.url} is for whom «${route.action}» is, and for nobody else`, async () => {
    for (const role of [undefined, ...ROLES]) {
      const allowed = may({ roles: role === undefined ? [] : [role] }, route.action);
      const { status, json, text } = await askRoute(route, role);
      const code = String(json?.['code'] ?? '');
      const who = `${role ?? 'nobody'}: ${status} ${text.slice(0, 300)}`;
      if (allowed) assert.ok(!SHUT.includes(code), who);
      else assert.deepEqual([status, code], role === undefined ? [401, 'API_LOGIN'] : [403, 'ACCESS_ROLE'], who);
      assert.ok(status < 500 || code === 'API_BUSY', who);
    }
  });
}

test('the auditor can do nothing that changes the register', () => {
  const own = (route: Route): boolean => ACTIONS[route.action].effect === 'self';
  const changing = ROUTES.filter((route) => isWrite(route) && !own(route) && may({ roles: ['auditor'] }, route.action));
  // A check of many, and ending one's own, change nothing but one's own list of jobs.
  assert.deepEqual(
    changing.map(({ action }) => action).filter((action) => !['check.bulk', 'job.read'].includes(action)),
    [],
  );
});
