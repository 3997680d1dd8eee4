import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { ACTIONS } from '../../src/access/actions.ts';
import { ROUTES } from '../../src/api/routes.ts';
import { STATUSES } from '../../src/api/statuses.ts';
import { ask, openApi, openHouse } from './ground.ts';

const { url } = await openApi(await openHouse());

type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly security?: unknown[];
  readonly parameters?: { name: string; in: string; required: boolean }[];
  readonly responses: Record<string, unknown>;
};
type Document = { readonly openapi: string; readonly paths: Record<string, Record<string, Operation>> };

test('the document is OpenAPI 3.1, and knows every route', async () => {
  const { status, text } = await ask(`${url}/v1/openapi.json`, 'GET');
  assert.equal(status, 200);
  const validator = new Validator();
  const { valid, errors } = await validator.validate(JSON.parse(text));
  assert.deepEqual([valid, errors], [true, undefined]);
  assert.equal(validator.version, '3.1');
  const { paths } = JSON.parse(text) as Document;
  for (const { method, url: address } of ROUTES) {
    const operation = paths[address.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
    assert.ok(operation !== undefined && operation.summary !== '', `${method} ${address}`);
  }
});

test('it says which writes take a key, and what is open to anybody', async () => {
  const { paths } = (await ask(`${url}/v1/openapi.json`, 'GET')).json as unknown as Document;
  const keyed = paths['/v1/certificates']?.['post']?.parameters?.find(({ name }) => name === 'idempotency-key');
  assert.deepEqual([keyed?.in, keyed?.required], ['header', true]);
  assert.equal(paths['/v1/check']?.['post']?.parameters, undefined);
  assert.deepEqual(paths['/v1/check']?.['post']?.security, []);
  assert.equal(paths['/v1/jobs/{id}']?.['get']?.security, undefined);
  assert.ok(paths['/api/v2/msisdn/{msisdn}']?.['get']?.parameters?.some(({ name }) => name === 'x-purpose'));
});

test('every operation has a name of its own', async () => {
  const { paths } = (await ask(`${url}/v1/openapi.json`, 'GET')).json as unknown as Document;
  const names = Object.values(paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
  assert.equal(new Set(names).size, names.length);
});

test('every fault that a route may give has a status', () => {
  const without = ROUTES.flatMap(({ method, url: address, faults = [] }) =>
    faults.filter((code) => STATUSES[code] === undefined).map((code) => `${method} ${address}: ${code}`),
  );
  assert.deepEqual(without, []);
  assert.ok(Object.values(STATUSES).every((status) => status >= 400 && status < 600));
});

test('every route stands once, under an action of the table', () => {
  const names = ROUTES.map(({ method, url: address }) => `${method} ${address}`);
  assert.equal(new Set(names).size, names.length);
  for (const { action } of ROUTES) assert.ok(action in ACTIONS);
});

test('nothing that could be personal has a place in addresses, but in those that DIRBS has', () => {
  const own = ROUTES.filter(({ url: address }) => !address.startsWith('/api/v2/'));
  const names = own.flatMap(({ params, query }) => [
    ...Object.keys(params?.properties ?? {}),
    ...Object.keys(query?.properties ?? {}),
  ]);
  assert.deepEqual(
    names.filter((name) => /imei|imsi|msisdn|number|name|phone|mail|uid|serial|eid/i.test(name)),
    [],
  );
});
