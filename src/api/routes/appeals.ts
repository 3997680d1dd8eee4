import { Type } from 'typebox';
import { findAppeal, listAppeals } from '../../cases/appeals/appeal.ts';
import {
  addEvidence,
  answerAppeal,
  askEvidence,
  decideAppeal,
  takeAppeal,
  withdrawAppeal,
} from '../../cases/appeals/decide.ts';
import { readExhibits } from '../../cases/appeals/exhibit.ts';
import { openAppeal } from '../../cases/appeals/open.ts';
import { PAGE, pageOf } from '../cursor.ts';
import { nextOf, placeOf } from '../paging.ts';
import { type Route, route } from '../route.ts';
import { closed, line, text } from '../schema.ts';
import { APPEAL_IN, APPEAL_OUT, APPEAL_STATES, appealVersion, contactOf, imeiOf, toldAppeal } from './appeal_form.ts';
import { caseDesk } from './theft_form.ts';

/** By its id, or by its reference as people have it. */
const ONE = closed({ id: Type.String({ minLength: 1, maxLength: 36 }) });
const MOVE = { method: 'POST', params: ONE, answer: APPEAL_OUT, version: appealVersion } as const;
const FAULTS = ['CASE_UNKNOWN', 'CASE_EVIDENCE', 'STATE_MOVE', 'STATE_ROLE'] as const;

/** Appeals against decisions, and complaints about how they came about. */
export const APPEAL_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/appeals',
    action: 'appeal.open',
    about: 'Objects to a decision, or complains; where the law says so, the clock of a block stands still meanwhile.',
    body: APPEAL_IN,
    answer: APPEAL_OUT,
    status: 201,
    version: appealVersion,
    location: ({ id }) => `/v1/appeals/${id}`,
    faults: [
      ...(['APPEAL_AGAINST', 'APPEAL_OPEN', 'CASE_CONTACT', 'CASE_LIMIT', 'CASE_EVIDENCE'] as const),
      ...(['DEVICE_IDENTIFIER', 'API_BUSY'] as const),
    ],
    act: async (desk, { body, house }) => {
      const { imei, contact, ...wanted } = body;
      const given = {
        ...wanted,
        contact: contactOf(desk, contact),
        imei: imei === undefined ? undefined : imeiOf(imei),
      };
      return toldAppeal(desk, await openAppeal(caseDesk(desk, house), given));
    },
  }),
  route({
    method: 'GET',
    url: '/v1/appeals',
    action: 'appeal.read',
    about: 'Lists the appeals and complaints that one may read, the newest first.',
    query: closed({ ...PAGE, state: Type.Optional(Type.Enum([...APPEAL_STATES])) }),
    answer: pageOf(APPEAL_OUT),
    faults: ['API_CURSOR'],
    act: async (desk, { query }) => {
      const list = `appeals ${query.state ?? ''}`;
      const states = query.state === undefined ? {} : { states: [query.state] };
      const { appeals, next } = await listAppeals(desk, { ...placeOf(desk, { list, query }), ...states });
      return { items: appeals.map((one) => toldAppeal(desk, one)), next: nextOf(desk, list, next) };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/appeals/:id',
    action: 'appeal.read',
    about: 'Tells an appeal or complaint, and by when it is decided.',
    params: ONE,
    answer: APPEAL_OUT,
    version: appealVersion,
    faults: ['CASE_UNKNOWN'],
    act: async (desk, { params }) => toldAppeal(desk, await findAppeal(desk, params.id)),
  }),
  route({
    method: 'GET',
    url: '/v1/appeals/:id/evidence',
    action: 'appeal.read',
    about: 'Opens what was said and shown in an appeal; the reading is recorded.',
    params: ONE,
    answer: Type.Object({
      exhibits: Type.Array(
        Type.Object({
          party: Type.Enum(['appellant', 'inserter']),
          content: Type.Optional(Type.String({ description: 'Absent where its time is over.' })),
          at: Type.String(),
        }),
      ),
    }),
    faults: ['CASE_UNKNOWN', 'READ_PURPOSE', 'READ_QUOTA'],
    act: async (desk, { params, reading }) => {
      const exhibits = await readExhibits(desk, { id: params.id, purpose: reading.purpose });
      return {
        exhibits: exhibits.map(({ party, content, at }) => ({
          party,
          at: at.toISOString(),
          ...(content === undefined ? {} : { content }),
        })),
      };
    },
  }),
  route({
    ...MOVE,
    url: '/v1/appeals/:id/evidence',
    action: 'appeal.withdraw',
    about: 'Sends evidence for one’s own appeal, asked for or not.',
    body: closed({ evidence: text(10_000) }),
    faults: FAULTS,
    act: async (desk, { params, body }) => toldAppeal(desk, await addEvidence(desk, { id: params.id, ...body })),
  }),
  route({
    ...MOVE,
    url: '/v1/appeals/:id/withdraw',
    action: 'appeal.withdraw',
    about: 'Takes one’s own appeal back; a clock that it stopped goes on.',
    faults: FAULTS,
    act: async (desk, { params }) => toldAppeal(desk, await withdrawAppeal(desk, params.id)),
  }),
  route({
    ...MOVE,
    url: '/v1/appeals/:id/answer',
    action: 'appeal.answer',
    about: 'Says, as the organisation whose entry an appeal is against, what there is to say.',
    answer: Type.Object({ reference: Type.String(), state: Type.Enum([...APPEAL_STATES]), since: Type.String() }),
    body: closed({ statement: text(10_000) }),
    faults: FAULTS,
    act: async (desk, { params, body }) => {
      const { reference, state, since } = toldAppeal(desk, await answerAppeal(desk, { id: params.id, ...body }));
      return { reference, state, since };
    },
  }),
  route({
    ...MOVE,
    url: '/v1/appeals/:id/take',
    action: 'appeal.decide',
    about: 'Takes an appeal to examine it.',
    faults: FAULTS,
    act: async (desk, { params }) => toldAppeal(desk, await takeAppeal(desk, params.id)),
  }),
  route({
    ...MOVE,
    url: '/v1/appeals/:id/ask',
    action: 'appeal.decide',
    about: 'Asks who objected for evidence; the authority’s own limit waits until it comes.',
    body: closed({ what: line(120) }),
    faults: FAULTS,
    act: async (desk, { params, body }) => toldAppeal(desk, await askEvidence(desk, { id: params.id, ...body })),
  }),
  route({
    ...MOVE,
    url: '/v1/appeals/:id/decide',
    action: 'appeal.decide',
    about: 'Decides an appeal, by another person than who examined it or took part in what it is against.',
    body: closed({ outcome: Type.Enum(['upheld', 'overturned']), reasons: line(120) }),
    faults: [...FAULTS, 'APPEAL_SECOND_PERSON'],
    act: async (desk, { params, body }) => toldAppeal(desk, await decideAppeal(desk, { id: params.id, ...body })),
  }),
];
