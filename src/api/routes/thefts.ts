import { Type } from 'typebox';
import { today } from '../../calendar/day.ts';
import { amendTheft, beginTheft, proveTheft, submitTheft, withdrawTheft } from '../../cases/thefts/citizen.ts';
import { closeTheft, liftTheft, recoverTheft } from '../../cases/thefts/end.ts';
import { findTheft, historyOf, listThefts, progressOf } from '../../cases/thefts/find.ts';
import { CARGO_FORM, REPORT_FORM } from '../../cases/thefts/form.ts';
import { adviceOf, setKillSwitch } from '../../cases/thefts/kill_switch.ts';
import { minimumRecord } from '../../cases/thefts/minimum.ts';
import { reportCargo, reportTheft } from '../../cases/thefts/office.ts';
import { readPersons } from '../../cases/thefts/persons.ts';
import { parseCargo } from '../../cases/thefts/report.ts';
import { KILL_SWITCHES } from '../../cases/thefts/words.ts';
import { Refused } from '../../faults/fault.ts';
import { parseImsi } from '../../identifiers/imsi.ts';
import { PAGE, pageOf } from '../cursor.ts';
import { nextOf, placeOf } from '../paging.ts';
import { type Route, route } from '../route.ts';
import { closed, ID, line } from '../schema.ts';
import {
  caseDesk,
  PROOF_IN,
  proofOf,
  reportOf,
  THEFT_OUT,
  THEFT_STATES,
  theftVersion,
  toldTheft,
} from './theft_form.ts';

/** By its id, or by its reference as people have it. */
const ONE = closed({ id: Type.String({ minLength: 1, maxLength: 36 }) });
const OWN = { params: ONE, answer: THEFT_OUT, version: theftVersion } as const;
const FAULTS = ['CASE_UNKNOWN', 'CASE_EVIDENCE', 'STATE_MOVE', 'STATE_ROLE'] as const;
const OPENING = ['CASE_REPORT', 'CASE_CONTACT', 'CASE_LIMIT', 'CASE_PROOF', 'CASE_DEVICES', 'CASE_BASIS'] as const;

const OFFICE_PROOF = Type.Union([
  closed({ kind: Type.Literal('subscriber'), msisdn: Type.String({ minLength: 3, maxLength: 32 }) }),
  closed({ kind: Type.Literal('subscriber'), imsi: Type.String({ minLength: 6, maxLength: 15 }) }),
  closed({ kind: Type.Literal('invoice'), reference: line(128) }),
]);

const CARGO = closed({
  ...CARGO_FORM.properties,
  devices: Type.Array(CARGO_FORM.properties.devices.items, { minItems: 1, maxItems: 5000 }),
});

const unreadable = (field: string): Refused =>
  new Refused([
    {
      code: 'CASE_REPORT',
      message: 'The number of the subscriber cannot be read.',
      remedy: 'Give the whole IMSI, or the number as it is dialled.',
      field,
    },
  ]);

/** What an office shows, as the service takes it. @throws Refused CASE_REPORT */
function officeProofOf(desk: Parameters<typeof proofOf>[0], shown: Type.Static<typeof OFFICE_PROOF>) {
  if (shown.kind === 'invoice') return shown;
  if ('imsi' in shown) {
    const imsi = parseImsi(shown.imsi);
    if (!imsi.ok) throw unreadable('proof.imsi');
    return { kind: 'subscriber', imsi: imsi.value } as const;
  }
  const number = proofOf(desk, { kind: 'number', msisdn: shown.msisdn });
  if (number.kind !== 'number') throw unreadable('proof.msisdn');
  return { kind: 'subscriber', msisdn: number.msisdn } as const;
}

/** Thefts and losses, for citizens and offices (ITU-T Q.5051). */
export const THEFT_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/thefts/drafts',
    action: 'theft.report',
    about: 'Begins a citizen’s report; nothing is blocked by it yet.',
    body: REPORT_FORM,
    answer: THEFT_OUT,
    status: 201,
    version: theftVersion,
    location: ({ id }) => `/v1/thefts/${id}`,
    faults: [...OPENING, 'STATE_ROLE'],
    act: async (desk, { body }) => toldTheft(await beginTheft(desk, reportOf(desk, body))),
  }),
  route({
    method: 'PUT',
    url: '/v1/thefts/:id/draft',
    action: 'theft.prove',
    about: 'Writes a draft anew.',
    ...OWN,
    body: REPORT_FORM,
    faults: [...FAULTS, ...OPENING],
    act: async (desk, { params, body }) =>
      toldTheft(await amendTheft(desk, { id: params.id, report: reportOf(desk, body) })),
  }),
  route({
    method: 'POST',
    url: '/v1/thefts/:id/submit',
    action: 'theft.prove',
    about: 'Hands a draft in.',
    ...OWN,
    faults: FAULTS,
    act: async (desk, { params }) => toldTheft(await submitTheft(desk, params.id)),
  }),
  route({
    method: 'POST',
    url: '/v1/thefts/:id/prove',
    action: 'theft.prove',
    about: 'Proves past use or ownership: all networks refuse the device at once, until the police confirm.',
    ...OWN,
    body: closed({ proof: PROOF_IN }),
    faults: [...FAULTS, ...OPENING, 'ACCESS_PROOF', 'API_BUSY'],
    act: async (desk, { params, body, house }) =>
      toldTheft(await proveTheft(caseDesk(desk, house), { id: params.id, proof: proofOf(desk, body.proof) })),
  }),
  route({
    method: 'POST',
    url: '/v1/thefts/:id/withdraw',
    action: 'theft.withdraw',
    about: 'Withdraws a report that holds nothing yet.',
    ...OWN,
    faults: FAULTS,
    act: async (desk, { params }) => toldTheft(await withdrawTheft(desk, params.id)),
  }),
  route({
    method: 'POST',
    url: '/v1/thefts',
    action: 'theft.report',
    about: 'Takes the report of an operator, of the police, or of a dealer: all networks are told at once.',
    body: closed({ report: REPORT_FORM, proof: Type.Optional(OFFICE_PROOF) }),
    answer: THEFT_OUT,
    status: 201,
    version: theftVersion,
    location: ({ id }) => `/v1/thefts/${id}`,
    faults: [...OPENING, 'CASE_EVIDENCE', 'STATE_ROLE', 'API_BUSY'],
    act: async (desk, { body, house }) => {
      const proof = body.proof === undefined ? undefined : officeProofOf(desk, body.proof);
      return toldTheft(await reportTheft(caseDesk(desk, house), { report: reportOf(desk, body.report), proof }));
    },
  }),
  route({
    method: 'POST',
    url: '/v1/thefts/cargo',
    action: 'theft.report',
    about: 'Takes a dealer’s report of a stolen cargo: each device is a case, all of them or none.',
    body: CARGO,
    answer: Type.Object({ id: Type.String(), reference: Type.String(), thefts: Type.Array(THEFT_OUT) }),
    status: 201,
    limit: 'heavy',
    faults: [...OPENING, 'CASE_CARGO', 'CASE_EVIDENCE', 'STATE_ROLE', 'API_BUSY'],
    act: async (desk, { body, house }) => {
      const cargo = parseCargo(body, {
        today: today(desk.policy.timeZone, desk.now),
        callingCode: desk.policy.callingCodes[0] ?? '',
      });
      if (!cargo.ok) throw new Refused(cargo.fault);
      const { thefts, ...file } = await reportCargo(caseDesk(desk, house), cargo.value);
      return { ...file, thefts: thefts.map(toldTheft) };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/thefts',
    action: 'theft.read',
    about: 'Lists the cases that one may read, the newest first.',
    query: closed({ ...PAGE, state: Type.Optional(Type.Enum([...THEFT_STATES])) }),
    answer: pageOf(THEFT_OUT),
    faults: ['API_CURSOR'],
    act: async (desk, { query }) => {
      const list = `thefts ${query.state ?? ''}`;
      const states = query.state === undefined ? {} : { states: [query.state] };
      const { thefts, next } = await listThefts(desk, { ...placeOf(desk, { list, query }), ...states });
      return { items: thefts.map(toldTheft), next: nextOf(desk, list, next) };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/thefts/:id',
    action: 'theft.read',
    about: 'Tells a case.',
    ...OWN,
    faults: ['CASE_UNKNOWN'],
    act: async (desk, { params }) => toldTheft(await findTheft(desk, params.id)),
  }),
  route({
    method: 'GET',
    url: '/v1/thefts/:id/history',
    action: 'theft.read',
    about: 'Tells what happened in a case, in order.',
    params: ONE,
    answer: Type.Object({
      steps: Type.Array(
        Type.Object({
          event: Type.String(),
          to: Type.String(),
          party: Type.String(),
          at: Type.String(),
          recorded: Type.String(),
          evidence: Type.Record(Type.String(), Type.Unknown()),
        }),
      ),
    }),
    faults: ['CASE_UNKNOWN'],
    act: async (desk, { params }) => {
      const steps = await historyOf(desk, await findTheft(desk, params.id));
      return {
        steps: steps.map(({ event, to, party, at, recorded, evidence }) => ({
          event,
          to,
          party,
          at: at.toISOString(),
          recorded: recorded.toISOString(),
          evidence: { ...evidence },
        })),
      };
    },
  }),
  route({
    method: 'POST',
    url: '/v1/thefts/:id/persons',
    action: 'theft.read',
    about: 'Opens who reported a case and whose device it is; the reading is recorded.',
    isRead: true,
    params: ONE,
    body: closed({ purpose: line(200) }),
    answer: Type.Object({
      contact: Type.Optional(
        Type.Object({
          msisdn: Type.Optional(Type.String()),
          email: Type.Optional(Type.String()),
          language: Type.Optional(Type.String()),
        }),
      ),
      owner: Type.Optional(
        Type.Object({
          name: Type.String(),
          address: Type.Optional(Type.String()),
          document: Type.Optional(Type.String()),
        }),
      ),
      invoice: Type.Optional(Type.String()),
    }),
    faults: ['CASE_UNKNOWN', 'READ_PURPOSE', 'READ_QUOTA'],
    act: async (desk, { params, body }) => {
      const { contact, owner, invoice } = await readPersons(desk, { id: params.id, purpose: body.purpose });
      return {
        ...(contact === undefined ? {} : { contact }),
        ...(owner === undefined ? {} : { owner }),
        ...(invoice === undefined ? {} : { invoice }),
      };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/thefts/:id/minimum',
    action: 'theft.share',
    about: 'Tells what other countries are told: identifiers, characteristics, country and day (ITU-T Q.5051 §10.1).',
    params: ONE,
    answer: Type.Object({
      imeis: Type.Array(Type.String()),
      characteristics: Type.Record(Type.String(), Type.Unknown()),
      country: Type.String(),
      date: Type.String(),
    }),
    faults: ['CASE_UNKNOWN'],
    act: async (desk, { params }) => {
      const { imeis, characteristics, country, date } = minimumRecord(await findTheft(desk, params.id, 'theft.share'));
      return { imeis: [...imeis], characteristics: { ...characteristics }, country, date };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/thefts/:id/kill-switch',
    action: 'theft.read',
    about: 'Tells how the kill switch stands, and what the maker says that the owner can do (ITU-T X.1127).',
    params: ONE,
    answer: Type.Object({ state: Type.Enum([...KILL_SWITCHES]), advice: Type.Record(Type.String(), Type.Unknown()) }),
    faults: ['CASE_UNKNOWN'],
    act: async (desk, { params }) => {
      const { state, advice } = adviceOf(await findTheft(desk, params.id));
      return { state, advice: { ...advice } };
    },
  }),
  route({
    method: 'PUT',
    url: '/v1/thefts/:id/kill-switch',
    action: 'theft.recover',
    about: 'Enters how the kill switch stands now.',
    ...OWN,
    body: closed({ state: Type.Enum([...KILL_SWITCHES]) }),
    faults: FAULTS,
    act: async (desk, { params, body }) => toldTheft(await setKillSwitch(desk, { id: params.id, state: body.state })),
  }),
  route({
    method: 'POST',
    url: '/v1/thefts/:id/recover',
    action: 'theft.recover',
    about: 'Says that one has the device again; whoever did not report it by an office shows the proof again.',
    ...OWN,
    body: closed({ proof: Type.Optional(PROOF_IN) }),
    faults: [...FAULTS, ...OPENING, 'ACCESS_PROOF'],
    act: async (desk, { params, body }) => {
      const proof = body.proof === undefined ? undefined : proofOf(desk, body.proof);
      return toldTheft(await recoverTheft(desk, { id: params.id, proof }));
    },
  }),
  route({
    method: 'POST',
    url: '/v1/thefts/:id/lift',
    action: 'theft.lift',
    about: 'Ends a case by order of a court, once two others have approved it.',
    ...OWN,
    body: closed({ order: line(64), approval: ID }),
    faults: [...FAULTS, 'ACCESS_PROPOSAL'],
    act: async (desk, { params, body }) => toldTheft(await liftTheft(desk, { id: params.id, ...body })),
  }),
  route({
    method: 'POST',
    url: '/v1/thefts/:id/close',
    action: 'theft.close',
    about: 'Closes a case that has ended.',
    ...OWN,
    faults: FAULTS,
    act: async (desk, { params }) => toldTheft(await closeTheft(desk, params.id)),
  }),
  route({
    method: 'POST',
    url: '/v1/thefts/progress',
    action: 'check.public',
    about: 'Tells whoever has the reference of a case how it stands: nothing of the device, nothing of persons.',
    isRead: true,
    limit: 'check',
    body: closed({ reference: Type.String({ minLength: 1, maxLength: 32 }) }),
    answer: Type.Object({
      state: Type.Enum([...THEFT_STATES]),
      since: Type.String(),
      due: Type.Optional(Type.String()),
      insertedBy: Type.String(),
    }),
    faults: ['CASE_UNKNOWN'],
    act: async (desk, { body }) => {
      const { state, since, due, insertedBy } = await progressOf(desk, body.reference);
      return { state, since: since.toISOString(), insertedBy, ...(due === undefined ? {} : { due }) };
    },
  }),
];
