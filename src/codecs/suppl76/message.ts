import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { fail, ok, type Result } from '../../faults/result.ts';
import { NAMES, RAT_BITS } from './names.ts';

const { fields, events, statuses } = NAMES;

/** A query as JSON Schema: the only description of the message. Fields that are not in it are refused. */
export const LU_STATUS_REQ = Type.Object(
  {
    [fields.message]: Type.String({ minLength: 1, maxLength: 64 }),
    [fields.imei]: Type.String({ pattern: '^[0-9]{14,16}$' }),
    [fields.time]: Type.Optional(Type.String({ maxLength: 40 })),
    [fields.eir]: Type.Optional(Type.String({ maxLength: 64 })),
    [fields.imsi]: Type.Optional(Type.String({ pattern: '^[0-9]{5,15}$' })),
    [fields.msisdn]: Type.Optional(Type.String({ pattern: '^[0-9]{3,15}$' })),
    [fields.rat]: Type.Optional(Type.Union(Object.keys(RAT_BITS).map((name) => Type.Literal(name)))),
    [fields.event]: Type.Optional(Type.Union(events.map((name) => Type.Literal(name)))),
  },
  { additionalProperties: false, title: NAMES.request },
);

/** An answer as JSON Schema. */
export const LU_STATUS_RESP = Type.Object(
  {
    [fields.message]: Type.String(),
    [fields.time]: Type.String(),
    [fields.status]: Type.Union(Object.values(statuses).map((name) => Type.Literal(name))),
    [fields.reason]: Type.Optional(Type.String()),
    [fields.ttl]: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false, title: NAMES.response },
);

/** A query as it was read; identifiers in numbers, 0 where they are not told. */
export type LuStatusReq = {
  readonly message: string;
  readonly imei: number;
  /** -1 where it is not told: only 16 digits tell it. */
  readonly svn: number;
  readonly imsi: number;
  readonly msisdn: number;
  /** A mask of one bit; 0 where it is not told. */
  readonly rat: number;
};

/** An answer to be written. */
export type LuStatusResp = {
  readonly message: string;
  readonly at: Date;
  readonly status: keyof typeof statuses;
  /** '' for none. */
  readonly reason: string;
  /** How long the asker may keep the answer. */
  readonly ttlSeconds: number;
};

const query = Compile(LU_STATUS_REQ);

/** Reads a query; the fault is the field that is wrong, '' where it is no JSON object. */
export function readLuStatusReq(told: unknown): Result<LuStatusReq, string> {
  if (!query.Check(told)) {
    const [first] = query.Errors(told);
    return fail(first?.instancePath.slice(1) ?? '');
  }
  const given: Readonly<Record<string, unknown>> = told;
  const text = (field: string): string => String(given[field] ?? '');
  const imei = text(fields.imei);
  const bit = RAT_BITS[text(fields.rat)];
  return ok({
    message: text(fields.message),
    imei: Number(imei.slice(0, 14)),
    svn: imei.length === 16 ? Number(imei.slice(14)) : -1,
    imsi: Number(text(fields.imsi)),
    msisdn: Number(text(fields.msisdn)),
    rat: bit === undefined ? 0 : 1 << bit,
  });
}

/** The message of an answer. */
export const writeLuStatusResp = ({
  message,
  at,
  status,
  reason,
  ttlSeconds,
}: LuStatusResp): Record<string, unknown> => ({
  [fields.message]: message,
  [fields.time]: at.toISOString(),
  [fields.status]: statuses[status],
  ...(reason === '' ? {} : { [fields.reason]: reason }),
  [fields.ttl]: ttlSeconds,
});
