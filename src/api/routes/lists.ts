import { Type } from 'typebox';
import { approvedFor, propose, useApproval } from '../../access/approval.ts';
import type { Desk } from '../../access/desk.ts';
import type { Payload } from '../../access/proposal.ts';
import { Refused } from '../../faults/fault.ts';
import type { Imei } from '../../identifiers/imei.ts';
import { type Ground, type NewHold, placeHolds, releaseHolds } from '../../lists/offices/control.ts';
import { controlHeads } from '../../lists/offices/control_journal.ts';
import { CONTROL_LISTS, type ControlList } from '../../lists/offices/office.ts';
import { PAGE, pageOf } from '../cursor.ts';
import { changesOf, entriesOf } from '../list_pages.ts';
import { nextOf, placeOf } from '../paging.ts';
import { operatorOf } from '../reach.ts';
import { type Route, route } from '../route.ts';
import { closed, ID, IMEI, line, text } from '../schema.ts';
import { imeiOf } from './appeal_form.ts';
import { NUMBER } from './device_form.ts';

const LISTS = ['blocked', 'tracked', 'permitted'] as const satisfies readonly NewHold['list'][];
const ONE = closed({ list: Type.Enum(CONTROL_LISTS) });

const ENTRY = { imei: Type.String(), reasons: Type.Array(Type.String()), since: Type.String(), seq: Type.Integer() };

/** Whose copy of a list one reads: the common one, or of the exceptions the own. @throws Refused API_UNKNOWN */
function copyOf({ actor }: Desk, list: ControlList): string {
  if (list !== 'exceptions') return '';
  const operator = operatorOf(actor);
  if (operator !== undefined) return operator;
  const message = 'Exceptions are a list of each operator, and the account acts for none.';
  throw new Refused([{ code: 'API_UNKNOWN', message, remedy: 'Read the pairs of a device instead.' }]);
}

type Row = { readonly imei: string; readonly reasons: string; readonly since: Date; readonly seq: string };
const told = ({ imei, reasons, since, seq }: Row) => ({
  imei,
  reasons: reasons === '' ? [] : reasons.split('|'),
  since: since.toISOString(),
  seq: Number(seq),
});

/** What is approved of a change by hand. The holder of what is placed is the proposal. */
type ByHand =
  | {
      readonly act: 'place';
      readonly list: NewHold['list'];
      readonly imeis: readonly Imei[];
      readonly reason: string;
      readonly ground: Ground | null;
    }
  | { readonly act: 'release'; readonly placing: string; readonly imeis: readonly Imei[]; readonly because: string };

const IMEIS = Type.Array(IMEI, { minItems: 1, maxItems: 1000 });
const imeisOf = (written: readonly string[]): readonly Imei[] => [
  ...new Set(written.map((one, at) => imeiOf(one, `imeis.${at}`))),
];

/** What was approved of such a change, used up. @throws Refused ACCESS_PROPOSAL, STATE_MOVE */
async function approved<Act extends ByHand['act']>(
  desk: Desk,
  id: string,
  act: Act,
): Promise<Extract<ByHand, { readonly act: Act }>> {
  const found = await approvedFor(desk, id, 'list_by_hand');
  const byHand = found?.payload as ByHand | undefined;
  const subject = byHand?.act === act ? (found?.subject ?? '') : `no ${act}`;
  const { payload } = await useApproval(desk, { id, kind: 'list_by_hand', subject });
  return payload as Extract<ByHand, { readonly act: Act }>;
}

const holderOf = (proposal: string): string => `hand:${proposal}`;

const CHANGED = Type.Object({ imeis: Type.Integer({ description: 'Holds that were placed, or let go.' }) });
const PROPOSED = Type.Object({ id: Type.String() });

const READING: readonly Route[] = [
  route({
    method: 'GET',
    url: '/v1/lists',
    action: 'list.read',
    about: 'Tells how far the journals of the lists reach that offices change.',
    answer: Type.Object({
      lists: Type.Array(Type.Object({ list: Type.Enum(CONTROL_LISTS), operator: Type.String(), seq: Type.Integer() })),
    }),
    act: async (desk) => {
      const own = operatorOf(desk.actor);
      const isOperator = desk.actor.roles.includes('operator');
      const heads = await controlHeads(desk);
      const seen = heads.filter(({ operator }) => operator === '' || !isOperator || operator === own);
      return { lists: seen.map((head) => ({ ...head })) };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/lists/:list/entries',
    action: 'list.read',
    about: 'Lists what is on a control list of the offices now, by IMEI; of exceptions an operator’s own.',
    params: ONE,
    query: closed(PAGE),
    answer: pageOf(Type.Object(ENTRY)),
    faults: ['API_CURSOR', 'API_UNKNOWN'],
    act: async (desk, { params, query }) => {
      const operator = copyOf(desk, params.list);
      const name = `entries ${params.list} ${operator}`;
      const { limit, after } = placeOf(desk, { list: name, query });
      const rows = await entriesOf(desk, { list: params.list, operator, after, limit });
      const next = rows.length < limit ? undefined : rows.at(-1)?.imei;
      return { items: rows.map(told), next: nextOf(desk, name, next) };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/lists/:list/changes',
    action: 'list.read',
    about: 'Lists the changes of a control list of the offices in their order, without gaps.',
    params: ONE,
    query: closed(PAGE),
    answer: pageOf(Type.Object({ ...ENTRY, op: Type.Enum(['add', 'remove', 'update']) })),
    faults: ['API_CURSOR', 'API_UNKNOWN'],
    act: async (desk, { params, query }) => {
      const operator = copyOf(desk, params.list);
      const name = `changes ${params.list} ${operator}`;
      const { limit, after } = placeOf(desk, { list: name, query });
      const rows = await changesOf(desk, { list: params.list, operator, after, limit });
      const next = rows.length < limit ? undefined : rows.at(-1)?.seq;
      return { items: rows.map((row) => ({ ...told(row), op: row.op })), next: nextOf(desk, name, next) };
    },
  }),
];

const CHANGING: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/lists/placings',
    action: 'list.propose',
    about: 'Proposes to put IMEIs on a control list without case or condition; a block names its law, or its notices.',
    body: closed({
      list: Type.Enum(LISTS),
      imeis: IMEIS,
      reason: line(200),
      basis: Type.Optional(line(200)),
      ladder: Type.Optional(NUMBER),
      because: text(2000),
    }),
    answer: PROPOSED,
    status: 201,
    faults: ['DEVICE_IDENTIFIER', 'CONTROL_NOTICE', 'ACCESS_REASON'],
    act: (desk, { body: { list, imeis, reason, basis, ladder, because } }) => {
      const ground = basis !== undefined ? { basis } : ladder !== undefined ? { ladder } : null;
      if (list === 'blocked' && ground === null) throw new Refused([NO_GROUND]);
      const byHand = { act: 'place', list, imeis: imeisOf(imeis), reason, ground } satisfies ByHand;
      return proposed(desk, byHand, { subject: `list:${list}`, reason: because });
    },
  }),
  route({
    method: 'POST',
    url: '/v1/lists/releases',
    action: 'list.propose',
    about: 'Proposes to take IMEIs off again that were put on a list by hand: named by the proposal of that.',
    body: closed({ placing: ID, imeis: IMEIS, because: line(200) }),
    answer: PROPOSED,
    status: 201,
    faults: ['DEVICE_IDENTIFIER', 'ACCESS_REASON'],
    act: (desk, { body: { placing, imeis, because } }) => {
      const byHand = { act: 'release', placing, imeis: imeisOf(imeis), because } satisfies ByHand;
      return proposed(desk, byHand, { subject: holderOf(placing), reason: because });
    },
  }),
  route({
    method: 'POST',
    url: '/v1/lists/place',
    action: 'list.place',
    about: 'Puts on a control list what another person has approved; networks are told at once.',
    limit: 'heavy',
    body: closed({ approval: ID }),
    answer: CHANGED,
    faults: ['ACCESS_PROPOSAL', 'STATE_MOVE', 'CONTROL_NOTICE', 'CONTROL_VALUE'],
    act: async (desk, { body: { approval } }) => {
      const { list, imeis, reason, ground } = await approved(desk, approval, 'place');
      const hold = { imeis, reason, holder: holderOf(approval) };
      if (list !== 'blocked') return { imeis: (await placeHolds(desk, { ...hold, list })).length };
      if (ground === null) throw new Refused([NO_GROUND]);
      return { imeis: (await placeHolds(desk, { ...hold, list, ground })).length };
    },
  }),
  route({
    method: 'POST',
    url: '/v1/lists/release',
    action: 'list.release',
    about: 'Takes off a control list what another person has approved; what else holds an IMEI there stays.',
    limit: 'heavy',
    body: closed({ approval: ID }),
    answer: CHANGED,
    faults: ['ACCESS_PROPOSAL', 'STATE_MOVE'],
    act: async (desk, { body: { approval } }) => {
      const { placing, imeis, because } = await approved(desk, approval, 'release');
      let released = 0;
      for (const imei of imeis)
        released += (await releaseHolds(desk, { holder: holderOf(placing), imei, because })).length;
      return { imeis: released };
    },
  }),
];

const NO_GROUND = {
  code: 'CONTROL_NOTICE',
  message: 'A block by hand names neither a law that exempts it from notice nor a ladder of notices.',
  remedy: 'Give basis or ladder.',
  field: 'basis',
} as const;

const proposed = (
  desk: Desk,
  byHand: ByHand,
  { subject, reason }: { readonly subject: string; readonly reason: string },
) => propose(desk, { kind: 'list_by_hand', subject, payload: byHand as unknown as Payload, reason });

/** The control lists that offices change, and changes of them by hand. */
export const LIST_ROUTES: readonly Route[] = [...READING, ...CHANGING];
