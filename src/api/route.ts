import type { Readable } from 'node:stream';
import type { Static, TObject, TSchema } from 'typebox';
import type { ActionName } from '../access/actions.ts';
import type { Desk } from '../access/desk.ts';
import type { FaultCode } from '../faults/codes.ts';
import type { Fault } from '../faults/fault.ts';
import type { Caller } from './caller.ts';
import type { House } from './house.ts';
import type { LimitClass } from './limits.ts';

// How to add a route
// ==================
// A file `routes/<office>.ts` exports a list of routes, and `routes.ts` names it. A route is data and one function:
//
//   export const THEFT_ROUTES: readonly Route[] = [
//     route({
//       method: 'POST',
//       url: '/v1/thefts/:id/confirm',
//       action: 'theft.confirm',                              // of access/actions.ts; who may do it stands there
//       about: 'Confirms a theft by the number of the complaint.',
//       params: closed({ id: ID }),
//       body: closed({ complaint: line(64) }),
//       answer: THEFT,                                        // absent: 204, no content
//       faults: ['STATE_MOVE', 'THEFT_COMPLAINT'],            // each has a status in statuses.ts
//       version: ({ version }) => version,                    // the ETag
//       act: (desk, { params, body }) => confirmTheft(desk, params.id, body),
//     }),
//   ];
//
// What comes by itself: the schemas check what is asked, make the OpenAPI document and leave out of the answer what it
// does not name; one transaction around `act`, at whose desk the asker stands, once the role table lets him; the
// idempotency key of every write, recorded in that transaction; limits, request ids, problems, logs without addresses.
// An action that opens personal data makes its routes take the headers `X-Purpose` and `X-Case`: `asked.reading`, to be
// given to the service that calls `recordRead`.
//
// What a route must hold to, or it cannot be registered: an action that is in the table; inputs without open places
// (`closed`, a most for each text, list and number); nothing personal in the address: identifiers of persons and devices
// go into bodies. A POST that only looks something up says `isRead`. What belongs to others is `API_UNKNOWN`, by the
// service. `throw new Refused(…)` undoes everything; what has to stay although it is refused (a wrong code that counts)
// is returned as `refuse(faults)`.

/** What a route is asked. */
export type Asked<P extends TObject = TObject, Q extends TObject = TObject, B extends TSchema = TSchema> = {
  readonly params: Static<P>;
  readonly query: Static<Q>;
  readonly body: Static<B>;
  /** The file that is the body, where the route takes one. */
  readonly file: Buffer;
  /** The version in `If-Match`, to be held against the locked row by `demandVersion`. */
  readonly match: string | undefined;
  /** What personal data are read for, and in which case, as the asker says. */
  readonly reading: { readonly purpose: string; readonly case?: string };
  readonly caller: Caller;
  /** The token of the session, however it was shown; absent without one. */
  readonly token: string | undefined;
  readonly cookies: Readonly<Record<string, string | undefined>>;
  /** The network address, for services that count failures against it; it is not to be kept or logged. */
  readonly address: string;
  readonly house: House;
};

/** A refusal that leaves standing what the act has done: a wrong code that counts, an attempt that is logged. */
export class Refusal {
  readonly faults: readonly Fault[];
  constructor(faults: readonly Fault[]) {
    this.faults = faults;
  }
}

/** Refuses, and commits. Whatever is to be undone is refused by `throw new Refused(faults)` instead. */
export const refuse = (...faults: readonly Fault[]): Refusal => new Refusal(faults);

/** An answer that is no JSON of the route's schema. */
export class Content {
  readonly type: string;
  readonly bytes: string | Buffer | Readable;
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
  constructor(
    type: string,
    bytes: string | Buffer | Readable,
    {
      headers = {},
      status = 200,
    }: { readonly headers?: Readonly<Record<string, string>>; readonly status?: number } = {},
  ) {
    this.type = type;
    this.bytes = bytes;
    this.headers = headers;
    this.status = status;
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What every route says of itself. */
type About<P extends TObject, Q extends TObject, B extends TSchema, A extends TSchema> = {
  readonly method: Method;
  /** With `:name` for each of `params`. */
  readonly url: `/${string}`;
  readonly action: ActionName;
  /** One sentence, for the OpenAPI document. */
  readonly about: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Absent where nothing is told, or {@link Content}. */
  readonly answer?: A;
  /** 200, or 204 without an answer, where absent. */
  readonly status?: 200 | 201 | 202 | 303;
  /** What it may refuse with, beside what every route may; each has a status. */
  readonly faults?: readonly FaultCode[];
  /** Changes nothing although it is no GET: it takes no idempotency key. */
  readonly isRead?: true;
  /** `read` or `write` where absent. */
  readonly limit?: LimitClass;
  /** Bytes that a body of JSON may have, where it may be large. */
  readonly bytes?: number;
  /** A file is the body, of one of these types and at most so many bytes. */
  readonly file?: { readonly types: readonly string[]; readonly most: number };
  /** The body may also be a form, as OAuth has it (RFC 6749 §3.2). */
  readonly isForm?: true;
  /** The media type of an answer that is {@link Content}. */
  readonly produces?: string;
};

/** What a schema describes, as services give it: nothing of it is changed any more. */
type Told<T> = T extends readonly (infer Item)[]
  ? readonly Told<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Told<T[Key]> }
    : T;

/** A route whose act is one transaction. */
type Acting<P extends TObject, Q extends TObject, B extends TSchema, A extends TSchema> = About<P, Q, B, A> & {
  readonly act: (desk: Desk, asked: Asked<P, Q, B>) => Promise<Told<Static<A>> | Refusal | Content>;
  /** The version of what is told, for `ETag` and `If-Match`. */
  readonly version?: (value: Told<Static<A>>) => string | number;
  /** Where what was made can be read. */
  readonly location?: (value: Told<Static<A>>) => string;
};

/** A route that opens no transaction. It must not change anything. */
type Telling<P extends TObject, Q extends TObject, B extends TSchema, A extends TSchema> = About<P, Q, B, A> & {
  readonly tell: (asked: Asked<P, Q, B>) => Promise<Told<Static<A>> | Content> | Told<Static<A>> | Content;
};

/** Any route, as it is registered. */
export type Route = About<TObject, TObject, TSchema, TSchema> & {
  readonly act?: (desk: Desk, asked: Asked) => Promise<unknown>;
  readonly tell?: (asked: Asked) => unknown;
  readonly version?: (value: unknown) => string | number;
  readonly location?: (value: unknown) => string;
};

/** A route whose act is one transaction, at a desk. */
export const route = <P extends TObject, Q extends TObject, B extends TSchema, A extends TSchema>(
  spec: Acting<P, Q, B, A>,
): Route => spec as unknown as Route;

/** A route that is answered from memory, or cares for transactions itself. */
export const telling = <P extends TObject, Q extends TObject, B extends TSchema, A extends TSchema>(
  spec: Telling<P, Q, B, A>,
): Route => spec as unknown as Route;

/** Whether a route changes something, and so takes an idempotency key. */
export const isWrite = ({ method, isRead }: Pick<Route, 'method' | 'isRead'>): boolean =>
  method !== 'GET' && isRead !== true;
