import { type TProperties, Type } from 'typebox';

/** An object with these keys and no others: what is not named cannot be set. */
export const closed = <T extends TProperties>(properties: T) =>
  Type.Object(properties, { additionalProperties: false });

/** An id that the register gave out. */
export const ID = Type.String({ format: 'uuid', maxLength: 36 });

/** An IMEI as a person writes it, in digits of any script, with or without blanks, check digit or software version. */
export const IMEI = Type.String({ minLength: 1, maxLength: 64, description: 'An IMEI, in digits of any script.' });

/** A time, RFC 3339. */
export const TIME = Type.String({ format: 'date-time', maxLength: 40 });

/** A day, RFC 3339. */
export const DAY = Type.String({ format: 'date', maxLength: 10 });

/** A line of text that a person wrote. */
export const line = (most = 200) =>
  Type.String({ minLength: 1, maxLength: most, pattern: '^[^\\u0000-\\u001f\\u007f]+$' });

/** What a person wrote, of several lines. */
export const text = (most = 4000) =>
  Type.String({ minLength: 1, maxLength: most, pattern: '^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]+$' });

/** A refusal, as `problem.ts` makes it. */
export const PROBLEM = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    detail: Type.String(),
    remedy: Type.String(),
    pointer: Type.Optional(Type.String()),
    line: Type.Optional(Type.Integer()),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          code: Type.String(),
          detail: Type.String(),
          remedy: Type.String(),
          pointer: Type.Optional(Type.String()),
          line: Type.Optional(Type.Integer()),
        }),
      ),
    ),
    requestId: Type.String(),
  },
  { $id: 'Problem', description: 'A refusal (RFC 9457). Programs go by its code, which keeps its meaning.' },
);

/** What an input schema leaves open, as JSON pointers; a route with any such place cannot be registered. */
export function openPlaces(schema: unknown, at = ''): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const given = new Map<string, unknown>(Object.entries(schema));
  const own = isOpen(given) ? [at === '' ? '/' : at] : [];
  const below = [...given].flatMap(([key, value]) => {
    if (Array.isArray(value)) return value.flatMap((one: unknown, place) => openPlaces(one, `${at}/${key}/${place}`));
    return openPlaces(value, `${at}/${key}`);
  });
  return [...own, ...below];
}

const BOUNDS: Readonly<Record<string, readonly string[]>> = {
  object: ['additionalProperties'],
  string: ['maxLength', 'const', 'enum'],
  array: ['maxItems'],
  number: ['maximum', 'const'],
  integer: ['maximum', 'const'],
};

function isOpen(schema: ReadonlyMap<string, unknown>): boolean {
  const bounds = BOUNDS[String(schema.get('type'))];
  if (bounds === undefined) return false;
  if (schema.get('type') === 'object')
    return schema.get('additionalProperties') !== false && !schema.has('maxProperties');
  return !bounds.some((bound) => schema.has(bound));
}
