import type { Route } from '../../src/api/route.ts';

type Schema = { readonly [key: string]: unknown };
const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;

const FORMATS: Readonly<Record<string, string>> = {
  uuid: '00000000-0000-4000-8000-000000000000',
  'date-time': '2026-10-20T12:00:00Z',
  date: '2026-10-20',
  email: 'somebody@example.org',
  uri: 'https://example.org/',
};

/** Texts that fit most patterns. */
const TEXTS = [
  'sample text',
  'somebody@example.org',
  '356938035643809',
  '35693803',
  'A1B2C3',
  'abc',
  '12',
  'CH',
  'a'.repeat(64),
];

function textOf({ format, pattern, minLength = 0, maxLength = 1e9 }: Schema): string {
  if (typeof format === 'string') return FORMATS[format] ?? 'sample';
  const fits = (text: string): boolean =>
    text.length >= Number(minLength) &&
    text.length <= Number(maxLength) &&
    (typeof pattern !== 'string' || new RegExp(pattern, 'u').test(text));
  const found = TEXTS.find(fits);
  if (found === undefined) throw new Error(`no sample fits ${String(pattern)}; add one to TEXTS`);
  return found;
}

/** Something that a schema takes: all keys that must be there, and none that may. */
export function sampleOf(schema: unknown): unknown {
  if (!isSchema(schema)) return undefined;
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  for (const way of ['anyOf', 'oneOf'] as const) if (Array.isArray(schema[way])) return sampleOf(schema[way][0]);
  switch (schema['type']) {
    case 'object': {
      const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
      const properties = isSchema(schema['properties']) ? schema['properties'] : {};
      return Object.fromEntries(required.map((key) => [key, sampleOf(properties[key])]));
    }
    case 'array':
      return Array.from({ length: Math.max(1, Number(schema['minItems'] ?? 0)) }, () => sampleOf(schema['items']));
    case 'string':
      return textOf(schema);
    case 'integer':
    case 'number':
      return Number(schema['minimum'] ?? 1);
    case 'boolean':
      return true;
    default:
      return null;
  }
}

/** The same with keys that may be there, too. */
export function fullSampleOf(schema: unknown): unknown {
  if (!isSchema(schema) || schema['type'] !== 'object' || !isSchema(schema['properties'])) return sampleOf(schema);
  return Object.fromEntries(Object.entries(schema['properties']).map(([key, of]) => [key, fullSampleOf(of)]));
}

/** The address of a route with values in the places of its parameters. */
export function addressOf({ url, params }: Route, value?: (name: string) => string): string {
  const values = sampleOf(params) as Readonly<Record<string, string>>;
  return url.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(value?.(name) ?? String(values[name])));
}

/** The texts in a value, as the way to each. */
export function textsIn(
  value: unknown,
  way: readonly (string | number)[] = [],
): readonly (readonly (string | number)[])[] {
  if (typeof value === 'string') return [way];
  if (!isSchema(value)) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    textsIn(one, [...way, Array.isArray(value) ? Number(key) : key]),
  );
}

/** The schema of what stands at a place. */
export function schemaAt(schema: unknown, [key, ...rest]: readonly (string | number)[]): unknown {
  if (!isSchema(schema)) return schema;
  for (const way of ['anyOf', 'oneOf'] as const)
    if (Array.isArray(schema[way])) return schemaAt(schema[way][0], key === undefined ? [] : [key, ...rest]);
  if (key === undefined) return schema;
  const below =
    typeof key === 'number' ? schema['items'] : isSchema(schema['properties']) ? schema['properties'][key] : undefined;
  return schemaAt(below, rest);
}

/** Whether an object's schema takes only what it names. */
export const isClosed = (schema: unknown): boolean => isSchema(schema) && schema['additionalProperties'] === false;

/** The objects in a value, as the way to each. */
export function objectsIn(
  value: unknown,
  way: readonly (string | number)[] = [],
): readonly (readonly (string | number)[])[] {
  if (!isSchema(value)) return [];
  const below = Object.entries(value).flatMap(([key, one]) =>
    objectsIn(one, [...way, Array.isArray(value) ? Number(key) : key]),
  );
  return Array.isArray(value) ? below : [way, ...below];
}

/** A value with another one at a place. */
export function replaced(
  value: unknown,
  [key, ...rest]: readonly (string | number)[],
  by: (old: unknown) => unknown,
): unknown {
  if (key === undefined) return by(value);
  if (Array.isArray(value)) return value.map((one: unknown, at) => (at === key ? replaced(one, rest, by) : one));
  return { ...(value as Schema), [key]: replaced((value as Schema)[key], rest, by) };
}
