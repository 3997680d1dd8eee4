import { type Static, Type } from 'typebox';
import { listEvents } from '../../access/accounts/event.ts';
import { alarms } from '../../access/alarm.ts';
import type { LogRow } from '../../access/chain.ts';
import { readHead, signHead, verifyLog } from '../../access/checkpoint.ts';
import type { Desk } from '../../access/desk.ts';
import { trail } from '../../access/trail.ts';
import { Refused } from '../../faults/fault.ts';
import { deletions } from '../../vault/retention.ts';
import { cut, PAGE, pageOf, writeCursor } from '../cursor.ts';
import type { House } from '../house.ts';
import { ownTrail } from '../own_trail.ts';
import { nextOf, placeOf } from '../paging.ts';
import { type Route, route, telling } from '../route.ts';
import { closed, ID, line, TIME } from '../schema.ts';

const nullable = Type.Union([Type.String(), Type.Null()]);

/** A reading as auditors see it; it holds no personal data itself. */
const READING = Type.Object({
  number: Type.String(),
  at: TIME,
  actor: Type.String(),
  roles: Type.Array(Type.String()),
  organisation: nullable,
  action: Type.String(),
  purpose: Type.String(),
  case: nullable,
  subject: Type.String(),
  fields: Type.Array(Type.String()),
  hash: Type.String({ description: 'SHA-256 over the row and the hash of the one before it.' }),
});

const toldReading = ({ roles, case_ref, fields, previous: _, hash, ...row }: LogRow) => ({
  ...row,
  roles: [...roles],
  case: case_ref,
  fields: [...fields],
  hash: hash.toString('hex'),
});

const EVENT = Type.Object({
  number: Type.String(),
  at: TIME,
  event: Type.String(),
  account: nullable,
  organisation: nullable,
  actor: Type.String(),
  detail: Type.Unknown(),
});

const OWN = Type.Object({
  at: TIME,
  action: Type.String(),
  organisation: nullable,
  case: nullable,
  fields: Type.Array(Type.String()),
});

const ALARM = Type.Object({
  id: Type.String(),
  at: TIME,
  kind: Type.String({ description: 'read_quota, read_refused, rule_paused …' }),
  actor: Type.String({ description: 'The account that it is about.' }),
  detail: Type.Record(Type.String(), Type.Unknown()),
});

const DELETION = Type.Object({
  id: Type.String(),
  at: TIME,
  rules: Type.Array(
    Type.Object({
      table: Type.String(),
      class: Type.String(),
      how: Type.Enum(['deleted', 'emptied']),
      rows: Type.Integer(),
      sha256: Type.String({ description: 'Of the keys of the rows, sorted, one a line.' }),
    }),
  ),
  keys: Type.Array(Type.Object({ class: Type.String(), version: Type.Integer() })),
});

const HEAD = { number: Type.Integer(), hash: Type.String() };

/** What a list by numbers is asked for, and its page made of what it gave: one more than fits, the latest first. */
async function latest<Row extends object>(
  desk: Desk,
  { list, query, keyOf }: { list: string; query: Static<typeof PAGED>; keyOf: (row: Row) => string },
  ask: (page: { readonly limit: number; readonly before?: string }) => Promise<readonly Row[]>,
): Promise<{ readonly items: readonly Row[]; readonly next: string | null }> {
  const { limit, after } = placeOf(desk, { list, query });
  const rows = await ask({ limit: limit + 1, ...(after === undefined ? {} : { before: after }) });
  return cut(rows, limit, (last) => writeCursor(desk, list, [keyOf(last)]));
}

const PAGED = closed(PAGE);

/** The heads of the log that an auditor kept elsewhere. @throws Refused SIGNED_FORM, SIGNED_KEY */
async function keptHeads({ signer, clock }: House, tokens: readonly string[]) {
  const read = await Promise.all(tokens.map((token) => readHead(token, signer.keys(), clock())));
  return read.map((head, at) => {
    if (!head.ok) throw new Refused([{ ...head.fault, field: `heads.${at}` }]);
    return head.value;
  });
}

/** Who read personal data, that the log of it is whole, what was deleted, what auditors are to look at. */
export const AUDIT_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/audit/readings',
    action: 'audit.read',
    about: 'Lists readings of personal data, the latest first; by who read, whose data, in which case.',
    isRead: true, // whose data it is has no place in an address
    body: closed({
      ...PAGE,
      actor: Type.Optional(line(128)),
      subject: Type.Optional(line(128)),
      case: Type.Optional(line(300)),
    }),
    answer: pageOf(READING),
    faults: ['API_CURSOR'],
    act: async (desk, { body: { cursor, limit, ...wish } }) => {
      const query = { ...(cursor === undefined ? {} : { cursor }), ...(limit === undefined ? {} : { limit }) };
      const list = `readings ${JSON.stringify(wish)}`;
      const { items, next } = await latest<LogRow>(desk, { list, query, keyOf: ({ number }) => number }, (page) =>
        trail(desk, {
          ...wish,
          limit: page.limit,
          before: page.before === undefined ? undefined : Number(page.before),
        }),
      );
      return { items: items.map(toldReading), next };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/audit/own',
    action: 'audit.own',
    about: 'Tells a citizen which authority opened the citizen’s data, when and what.',
    query: PAGED,
    answer: pageOf(OWN),
    faults: ['API_CURSOR'],
    act: async (desk, { query }) => {
      const wanted = {
        list: `own readings ${desk.actor.id}`,
        query,
        keyOf: ({ number }: { number: string }) => number,
      };
      const { items, next } = await latest(desk, wanted, (page) => ownTrail(desk, page));
      return {
        items: items.map(({ at, case_ref, fields, action, organisation }) => ({
          at: at.toISOString(),
          action,
          organisation,
          case: case_ref,
          fields: [...fields],
        })),
        next,
      };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/audit/events',
    action: 'audit.read',
    about: 'Lists what happened to organisations, accounts and sign-ins, failures too; the latest first.',
    query: closed({
      ...PAGE,
      account: Type.Optional(ID),
      event: Type.Optional(Type.String({ maxLength: 64, pattern: '^[a-z_.]+$' })),
    }),
    answer: pageOf(EVENT),
    faults: ['API_CURSOR'],
    act: async (desk, { query }) => {
      const { account, event } = query;
      const list = `events ${account ?? ''} ${event ?? ''}`;
      const which = { ...(account === undefined ? {} : { account }), ...(event === undefined ? {} : { event }) };
      const { events, next } = await listEvents(desk, { ...placeOf(desk, { list, query }), ...which });
      return { items: events.map((one) => ({ ...one, at: one.at.toISOString() })), next: nextOf(desk, list, next) };
    },
  }),
  route({
    method: 'POST',
    url: '/v1/audit/head',
    action: 'log.verify',
    about: 'Signs where the log of readings ends, to be kept elsewhere.',
    isRead: true, // a head is signed once, however often it is asked for
    answer: Type.Object({ ...HEAD, at: TIME, token: Type.String() }),
    act: async (desk, { house }) => {
      const { at, ...head } = await signHead(desk, house.signer);
      return { ...head, at: at.toISOString() };
    },
  }),
  telling({
    method: 'POST',
    url: '/v1/audit/verify',
    action: 'log.verify',
    about:
      'Walks the whole log of readings: against itself, what was signed of it, and heads that were kept elsewhere.',
    isRead: true,
    limit: 'heavy',
    body: closed({
      heads: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 4096 }), { maxItems: 10 })),
    }),
    answer: Type.Object({
      whole: Type.Boolean(),
      head: Type.Object(HEAD),
      checkpoints: Type.Integer({ description: 'Signed heads that it was held against.' }),
      fault: Type.Union([Type.Object({ number: Type.Integer(), message: Type.String() }), Type.Null()]),
    }),
    faults: ['SIGNED_FORM', 'SIGNED_KEY'],
    tell: async ({ house, body }) => {
      const { registry, signer, clock } = house;
      const kept = await keptHeads(house, body.heads ?? []);
      const { head, checkpoints, fault } = await verifyLog(registry.query, { keys: signer.keys(), kept, now: clock() });
      const told = fault === undefined ? null : { number: fault.number, message: fault.message };
      return { whole: told === null, head, checkpoints, fault: told };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/alarms',
    action: 'alarm.read',
    about: 'Lists alarms, the latest first: quotas of reading, paused rules, and what else is to be looked at.',
    query: PAGED,
    answer: pageOf(ALARM),
    faults: ['API_CURSOR'],
    act: async (desk, { query }) => {
      const wanted = { list: 'alarms', query, keyOf: ({ id }: { id: string }) => id };
      const { items, next } = await latest(desk, wanted, (page) => alarms(desk, page));
      return { items: items.map((one) => ({ ...one, at: one.at.toISOString(), detail: { ...one.detail } })), next };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/deletions',
    action: 'retention.read',
    about: 'Lists what was deleted because its time was over, with the proof of it; the latest run first.',
    query: PAGED,
    answer: pageOf(DELETION),
    faults: ['API_CURSOR'],
    act: async (desk, { query }) => {
      const wanted = { list: 'deletions', query, keyOf: ({ id }: { id: string }) => id };
      const { items, next } = await latest(desk, wanted, (page) => deletions(desk, page));
      return {
        items: items.map(({ id, at, rules, keys }) => ({
          id,
          at: at.toISOString(),
          rules: [...rules],
          keys: [...keys],
        })),
        next,
      };
    },
  }),
];
