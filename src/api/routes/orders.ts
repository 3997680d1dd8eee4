import { Type } from 'typebox';
import { propose } from '../../access/approval.ts';
import { findTheft } from '../../cases/thefts/find.ts';
import { type Route, route } from '../route.ts';
import { closed, line, text } from '../schema.ts';

/** Orders of a court: what is proposed by them, to be approved by two others. */
export const ORDER_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/thefts/:id/orders',
    action: 'theft.propose',
    about: 'Proposes to end a confirmed hold by order of a court; two other persons have to approve it.',
    params: closed({ id: Type.String({ minLength: 1, maxLength: 36 }) }),
    body: closed({ order: line(64), reason: text(2000) }),
    answer: Type.Object({ id: Type.String() }),
    status: 201,
    faults: ['CASE_UNKNOWN', 'ACCESS_REASON'],
    act: async (desk, { params, body: { order, reason } }) => {
      const { id } = await findTheft(desk, params.id);
      return propose(desk, { kind: 'unblock_by_order', subject: `theft:${id}`, payload: { order }, reason });
    },
  }),
];
