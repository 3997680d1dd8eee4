import type { FastifyInstance } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Convert, Default } from 'typebox/value';
import { type Fault, Refused } from '../faults/fault.ts';

/** The parts of a request as JSON pointers name them. */
const PLACES: Readonly<Record<string, string>> = {
  body: '',
  querystring: '/query',
  params: '/params',
  headers: '/headers',
};

/** Faults of one request that are told. */
const MOST = 20;

/** Where a text holds U+0000, which no column of the registry can; undefined where none does. */
function nulIn(value: unknown, place: string): string | undefined {
  if (typeof value === 'string') return value.includes('\u0000') ? place : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, one] of Object.entries(value)) {
    const found = nulIn(key, place) ?? nulIn(one, `${place}/${escaped(key.slice(0, 64))}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

const nulFault = (field: string): Fault => ({
  code: 'API_FORM',
  message: `${field} holds a NUL character.`,
  remedy: 'Leave it out.',
  field,
});

type Found = ReturnType<ReturnType<typeof Compile>['Errors']>;

/**
 * Has every part of a request held against its schema before anything else looks at it. What is text by its nature, in
 * addresses, is read as the number or truth value that is due, and gets defaults; bodies are taken as they are.
 */
export function holdInputs(app: FastifyInstance): void {
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => {
    const due = Compile(schema);
    const part = httpPart ?? 'body';
    const isText = part === 'querystring' || part === 'params';
    return (given: unknown) => {
      const value = isText ? Convert(schema, Default(schema, given)) : given;
      if (!due.Check(value)) return { error: new Refused(faultsOf(due.Errors(value), PLACES[part] ?? '')) };
      const nul = nulIn(value, PLACES[part] ?? '');
      return nul === undefined ? { value } : { error: new Refused([nulFault(nul)]) };
    };
  });
}

/** The deepest faults: that an alternative does not fit says less than what in it does not. */
function faultsOf(found: Found, place: string): readonly Fault[] {
  const faults = new Map<string, Fault>();
  for (const one of found) {
    for (const pointer of pointersOf(one)) {
      const field = `${place}${pointer}`;
      if (faults.size < MOST && !faults.has(field)) faults.set(field, faultOf(field, one));
    }
  }
  const deep = [...faults].filter(([field]) => ![...faults.keys()].some((other) => other.startsWith(`${field}/`)));
  return deep.map(([, fault]) => fault);
}

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

function pointersOf({ keyword, instancePath, params }: Found[number]): readonly string[] {
  const named = new Map<string, unknown>(Object.entries(params)).get(
    keyword === 'required' ? 'requiredProperties' : 'additionalProperties',
  );
  if (!Array.isArray(named)) return [instancePath];
  return named.map((key: unknown) => `${instancePath}/${escaped(String(key).slice(0, 64))}`);
}

function faultOf(field: string, { keyword, message }: Found[number]): Fault {
  if (field === '/headers/idempotency-key') return KEY_FAULT;
  const where = field === '' ? 'The body' : field;
  const isKey = keyword === 'additionalProperties' || keyword === 'boolean';
  const said = isKey ? 'is not known here' : keyword === 'required' ? 'is missing' : message;
  return {
    code: 'API_FORM',
    message: `${where} ${said}.`,
    remedy: isKey ? 'Leave it out.' : 'See the schema of the route in /v1/openapi.json.',
    ...(field === '' ? {} : { field }),
  };
}

const KEY_FAULT: Fault = {
  code: 'API_KEY',
  message: 'The header Idempotency-Key is missing, or has not 8 to 128 visible ASCII characters.',
  remedy: 'Make a key, such as a UUID, for each act, and send it again when you repeat the request.',
};
