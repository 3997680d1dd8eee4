import { Type } from 'typebox';
import { custodyOf } from '../../cases/thefts/custody.ts';
import { unitFigures } from '../../cases/thefts/figures.ts';
import { findTheft } from '../../cases/thefts/find.ts';
import { confirmTheft, handBack, locateTheft, passOn, rejectTheft, seizeTheft } from '../../cases/thefts/police.ts';
import { TASK, type TaskState } from '../../cases/traces/machine.ts';
import { readTraces } from '../../cases/traces/read.ts';
import { findTask, listTasks, type Task } from '../../cases/traces/task.ts';
import { acceptTask, finishTask, handOverTask } from '../../cases/traces/work.ts';
import { PAGE, pageOf } from '../cursor.ts';
import { nextOf, placeOf } from '../paging.ts';
import { type Route, route } from '../route.ts';
import { closed, ID, line, TIME } from '../schema.ts';
import { THEFT_OUT, theftVersion, toldTheft } from './theft_form.ts';

const ONE = closed({ id: Type.String({ minLength: 1, maxLength: 36 }) });
const MOVE = { params: ONE, answer: THEFT_OUT, version: theftVersion } as const;
const FAULTS = ['CASE_UNKNOWN', 'CASE_EVIDENCE', 'STATE_MOVE', 'STATE_ROLE', 'DEVICE_TIME'] as const;

const HANDING = {
  receipt: line(64),
  person: Type.Optional(line(128)),
  at: Type.Optional(TIME),
};
type HandingIn = { readonly receipt: string; readonly person?: string; readonly at?: string };
const handingOf = ({ receipt, person, at }: HandingIn) => ({
  receipt,
  person,
  at: at === undefined ? undefined : new Date(at),
});

const UNIT = Type.Optional(line(32));

const TASK_STATES = Object.keys(TASK.states) as readonly TaskState[];
const TASK_OUT = Type.Object({
  id: Type.String(),
  theft: Type.String(),
  unit: Type.Optional(Type.String()),
  state: Type.Enum([...TASK_STATES]),
  since: Type.String(),
  due: Type.String(),
  receipt: Type.String(),
  outcome: Type.Optional(Type.String()),
});

const toldTask = ({ id, theft, unit, state, since, due, receipt, outcome }: Task) => ({
  id,
  theft,
  state,
  since: since.toISOString(),
  due,
  receipt,
  ...(unit === undefined ? {} : { unit }),
  ...(outcome === undefined ? {} : { outcome }),
});
const TASK_MOVE = {
  params: closed({ id: ID }),
  answer: TASK_OUT,
  version: ({ state, since }: { readonly state: string; readonly since: string }) => `${state}-${Date.parse(since)}`,
} as const;

/** What the police do in cases of theft: confirm, follow traces, take into custody, hand back (ITU-T Q.5051 §8.4). */
export const POLICE_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/thefts/:id/confirm',
    action: 'theft.confirm',
    about: 'Confirms a report by the number of the complaint: it holds until it is ended.',
    ...MOVE,
    body: closed({ complaint: line(64), station: Type.Optional(line(128)) }),
    faults: [...FAULTS, 'CASE_OPEN', 'CASE_DEVICES', 'CASE_BASIS'],
    act: async (desk, { params, body }) => toldTheft(await confirmTheft(desk, { id: params.id, ...body })),
  }),
  route({
    method: 'POST',
    url: '/v1/thefts/:id/reject',
    action: 'theft.reject',
    about: 'Rejects a report; its reporter is told why.',
    ...MOVE,
    body: closed({ reason: line(200) }),
    faults: FAULTS,
    act: async (desk, { params, body }) => toldTheft(await rejectTheft(desk, { id: params.id, ...body })),
  }),
  route({
    method: 'POST',
    url: '/v1/thefts/:id/locate',
    action: 'theft.locate',
    about: 'Enters that the device was located; where, does not stand in the register.',
    ...MOVE,
    faults: FAULTS,
    act: async (desk, { params }) => toldTheft(await locateTheft(desk, params.id)),
  }),
  route({
    method: 'POST',
    url: '/v1/thefts/:id/seize',
    action: 'theft.seize',
    about: 'Takes the device into custody, with a receipt.',
    ...MOVE,
    body: closed(HANDING),
    faults: FAULTS,
    act: async (desk, { params, body }) => toldTheft(await seizeTheft(desk, { id: params.id, ...handingOf(body) })),
  }),
  route({
    method: 'POST',
    url: '/v1/thefts/:id/pass-on',
    action: 'theft.seize',
    about: 'Passes the device on to another unit, or without one to the national level.',
    ...MOVE,
    body: closed({ ...HANDING, unit: UNIT }),
    faults: FAULTS,
    act: async (desk, { params, body }) =>
      toldTheft(await passOn(desk, { id: params.id, unit: body.unit, ...handingOf(body) })),
  }),
  route({
    method: 'POST',
    url: '/v1/thefts/:id/hand-back',
    action: 'theft.hand_back',
    about: 'Hands the device back to its owner, who signs for it; networks take it again.',
    ...MOVE,
    body: closed(HANDING),
    faults: FAULTS,
    act: async (desk, { params, body }) => toldTheft(await handBack(desk, { id: params.id, ...handingOf(body) })),
  }),
  route({
    method: 'GET',
    url: '/v1/thefts/:id/custody',
    action: 'theft.read',
    about: 'Tells in whose hands the device was, step by step; each step is linked to the one before by its hash.',
    params: ONE,
    answer: Type.Object({
      steps: Type.Array(
        Type.Object({
          step: Type.Integer(),
          holder: Type.String(),
          unit: Type.Optional(Type.String()),
          receipt: Type.String(),
          at: Type.String(),
          hash: Type.String(),
        }),
      ),
    }),
    faults: ['CASE_UNKNOWN'],
    act: async (desk, { params }) => {
      const steps = await custodyOf(desk, await findTheft(desk, params.id));
      return {
        steps: steps.map(({ step, holder, unit, receipt, at, hash }) => ({
          step,
          holder,
          receipt,
          at: at.toISOString(),
          hash,
          ...(unit === undefined ? {} : { unit }),
        })),
      };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/tasks',
    action: 'trace.read',
    about: 'Lists the tasks of one’s unit, the newest first.',
    query: closed({ ...PAGE, state: Type.Optional(Type.Enum([...TASK_STATES])) }),
    answer: pageOf(TASK_OUT),
    faults: ['API_CURSOR'],
    act: async (desk, { query }) => {
      const list = `tasks ${query.state ?? ''}`;
      const states = query.state === undefined ? {} : { states: [query.state] };
      const { tasks, next } = await listTasks(desk, { ...placeOf(desk, { list, query }), ...states });
      return { items: tasks.map(toldTask), next: nextOf(desk, list, next) };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/tasks/:id',
    action: 'trace.read',
    about: 'Tells a task.',
    ...TASK_MOVE,
    faults: ['CASE_UNKNOWN'],
    act: async (desk, { params }) => toldTask(await findTask(desk, params.id, 'trace.read')),
  }),
  route({
    method: 'POST',
    url: '/v1/tasks/:id/accept',
    action: 'trace.receive',
    about: 'Signs for a task; only then can its traces be opened.',
    ...TASK_MOVE,
    faults: FAULTS,
    act: async (desk, { params }) => toldTask(await acceptTask(desk, params.id)),
  }),
  route({
    method: 'POST',
    url: '/v1/tasks/:id/finish',
    action: 'trace.receive',
    about: 'Tells what came of a task, in a line without personal data.',
    ...TASK_MOVE,
    body: closed({ outcome: line(200) }),
    faults: FAULTS,
    act: async (desk, { params, body }) => toldTask(await finishTask(desk, { id: params.id, ...body })),
  }),
  route({
    method: 'POST',
    url: '/v1/tasks/:id/hand-over',
    action: 'trace.assign',
    about: 'Hands a task over to another unit, or without one to the national level.',
    params: closed({ id: ID }),
    body: closed({ unit: UNIT, because: line(200) }),
    answer: Type.Object({ task: TASK_OUT, next: TASK_OUT }),
    faults: FAULTS,
    act: async (desk, { params, body }) => {
      const { task, next } = await handOverTask(desk, { id: params.id, unit: body.unit, because: body.because });
      return { task: toldTask(task), next: toldTask(next) };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/tasks/:id/traces',
    action: 'trace.read',
    about: 'Opens the traces of a task that one has signed for: who used the device; the reading is recorded.',
    params: closed({ id: ID }),
    answer: Type.Object({
      traces: Type.Array(
        Type.Object({
          id: Type.String(),
          imei: Type.String(),
          at: Type.String(),
          operator: Type.String(),
          imsi: Type.Optional(Type.String()),
          msisdn: Type.Optional(Type.String()),
        }),
      ),
    }),
    faults: ['CASE_UNKNOWN', 'CASE_EVIDENCE', 'READ_PURPOSE', 'READ_QUOTA'],
    act: async (desk, { params, reading }) => {
      const traces = await readTraces(desk, { task: params.id, purpose: reading.purpose });
      return {
        traces: traces.map(({ id, imei, at, operator, imsi, msisdn }) => ({
          id,
          imei,
          at: at.toISOString(),
          operator,
          ...(imsi === undefined ? {} : { imsi }),
          ...(msisdn === undefined ? {} : { msisdn }),
        })),
      };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/figures/police',
    action: 'report.read',
    about: 'Tells what became of cases, by unit: confirmed, seen, taken into custody, returned, and in how many days.',
    query: closed({ from: TIME, to: TIME }),
    answer: Type.Object({ units: Type.Array(Type.Record(Type.String(), Type.Unknown())) }),
    act: async (desk, { query }) => {
      const units = await unitFigures(desk, { from: new Date(query.from), to: new Date(query.to) });
      return { units: units.map((one) => ({ ...one })) };
    },
  }),
];
