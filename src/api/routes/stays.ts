import { Type } from 'typebox';
import type { Desk } from '../../access/desk.ts';
import { imeisOf } from '../../devices/device.ts';
import { demandDevice, findDevice } from '../../devices/find.ts';
import { chargesOf } from '../../registration/fees/charge.ts';
import { type Admission, admissionOf, openAdmission } from '../../registration/holders/admission.ts';
import { ADMISSION, type AdmissionState } from '../../registration/holders/holder_machines.ts';
import { applyForImport, type ImportApplication } from '../../registration/holders/personal_import.ts';
import { leaveCountry, renewAdmission, withdrawAdmission } from '../../registration/holders/stay_end.ts';
import { listAdmissions } from '../../registration/listing.ts';
import { refused } from '../../registration/refusal.ts';
import { PAGE, pageOf } from '../cursor.ts';
import { knowledgeIn } from '../knowledge.ts';
import { type Route, route } from '../route.ts';
import { closed, ID } from '../schema.ts';
import {
  APPLIED_OUT,
  APPLYING_FAULTS,
  BROUGHT_IN,
  broughtOf,
  IMPORT_IN,
  importOf,
  toldApplied,
} from './holder_form.ts';
import { CHARGE_OUT, pageIn, toldCharge } from './trade_form.ts';

const ONE = closed({ id: ID });
const STATES = Object.keys(ADMISSION.states) as readonly AdmissionState[];
const FAULTS = ['REGISTRATION_UNKNOWN', 'STATE_MOVE', 'STATE_ROLE'] as const;

const LINE = {
  id: Type.String(),
  state: Type.Enum([...STATES]),
  kind: Type.Enum(['visitor', 'undeclared']),
  device: Type.String(),
  days: Type.Integer({ description: 'Granted from the first use on, that day included.' }),
  renewals: Type.Integer(),
  started: Type.Optional(Type.String()),
  ends: Type.Optional(Type.String({ description: 'The last day.' })),
  ended: Type.Optional(Type.String()),
  at: Type.String(),
};

/** An admission as it is told: nothing of its holder. */
const TOLD = Type.Object({ ...LINE, charges: Type.Array(CHARGE_OUT) });

const toldLine = ({ started, ends, ended, at, ...rest }: Admission) => ({
  ...rest,
  at: at.toISOString(),
  ...(started === null ? {} : { started }),
  ...(ends === null ? {} : { ends }),
  ...(ended === null ? {} : { ended }),
});

async function told(desk: Desk, id: string) {
  const admission = await admissionOf(desk, id);
  const charges = [
    ...(await chargesOf(desk, `admission:${id}`)),
    ...(await chargesOf(desk, `renewal:${id}_${admission.renewals + 1}`)),
  ];
  return { ...toldLine(admission), charges: charges.map(toldCharge) };
}

/** Refuses an application for another device than the one that was admitted. @throws Refused REGISTRATION_IDENTIFIERS */
async function demandIts(desk: Desk, admission: Admission, { identifiers }: ImportApplication): Promise<void> {
  const { id } = await demandDevice(desk, admission.device);
  for (const imei of imeisOf({ identifiers })) if ((await findDevice(desk, { kind: 'imei', imei }))?.id === id) return;
  const message = 'The identifiers are not those of the device that was admitted.';
  throw refused('REGISTRATION_IDENTIFIERS', message, 'Name all IMEIs that it shows for *#06#.');
}

const OPENING: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/admissions',
    action: 'admission.open',
    about: 'Admits the device of a visitor for a time, which begins with its first use with a SIM of the country.',
    body: closed(BROUGHT_IN),
    answer: Type.Object({ id: Type.String(), charges: Type.Array(CHARGE_OUT) }),
    status: 201,
    location: ({ id }) => `/v1/admissions/${id}`,
    faults: APPLYING_FAULTS,
    act: async (desk, { body, house }) => {
      const { id } = await openAdmission(desk, knowledgeIn(house), broughtOf(desk, body));
      return { id, charges: (await chargesOf(desk, `admission:${id}`)).map(toldCharge) };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/admissions',
    action: 'admission.read',
    about: 'Lists the admissions that one may read, the newest first.',
    query: closed({ ...PAGE, state: Type.Optional(Type.Enum([...STATES])) }),
    answer: pageOf(Type.Object(LINE)),
    faults: ['API_CURSOR'],
    act: async (desk, { query }) => {
      const page = await pageIn(desk, { name: 'admissions', query }, (which) => listAdmissions(desk, which));
      return { items: page.rows.map(toldLine), next: page.next };
    },
  }),
  route({
    method: 'GET',
    url: '/v1/admissions/:id',
    action: 'admission.read',
    about: 'Tells an admission: its days, and what is to be paid.',
    params: ONE,
    answer: TOLD,
    faults: ['REGISTRATION_UNKNOWN'],
    act: (desk, { params }) => told(desk, params.id),
  }),
];

const GOING_ON: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/admissions/:id/renew',
    action: 'admission.extend',
    about: 'Gives an admission more days; where that costs something, it is demanded first, and done by a later call.',
    params: ONE,
    answer: Type.Object({
      ends: Type.Optional(Type.String({ description: 'The last day now.' })),
      charges: Type.Array(CHARGE_OUT, { description: 'To be paid before it is renewed.' }),
    }),
    faults: [...FAULTS, 'REGISTRATION_QUOTA', 'REGISTRATION_UNPAID', 'NOTICE_RECIPIENT'],
    act: async (desk, { params }) => {
      const { renewals } = await admissionOf(desk, params.id);
      const outcome = await renewAdmission(desk, params.id);
      if ('ends' in outcome) return { ends: outcome.ends, charges: [] };
      return { charges: (await chargesOf(desk, `renewal:${params.id}_${renewals + 1}`)).map(toldCharge) };
    },
  }),
  route({
    method: 'POST',
    url: '/v1/admissions/:id/leave',
    action: 'admission.end',
    about: 'Tells that the device left the country: its days stop.',
    params: ONE,
    answer: TOLD,
    faults: FAULTS,
    act: async (desk, { params }) => {
      await leaveCountry(desk, params.id);
      return told(desk, params.id);
    },
  }),
  route({
    method: 'POST',
    url: '/v1/admissions/:id/withdraw',
    action: 'admission.end',
    about: 'Takes back an admission whose days did not begin.',
    params: ONE,
    answer: TOLD,
    faults: FAULTS,
    act: async (desk, { params }) => {
      await withdrawAdmission(desk, params.id);
      return told(desk, params.id);
    },
  }),
  route({
    method: 'POST',
    url: '/v1/admissions/:id/regularise',
    action: 'admission.regularise',
    about: 'Applies for the registration of an admitted device for good, also after its days; see /v1/imports.',
    params: ONE,
    body: IMPORT_IN,
    answer: APPLIED_OUT,
    status: 201,
    location: ({ id }) => `/v1/imports/${id}`,
    faults: [...APPLYING_FAULTS, 'REGISTRATION_APPROVAL', 'STATE_MOVE'],
    act: async (desk, { params, body, house }) => {
      const admission = await admissionOf(desk, params.id);
      const wanted = importOf(desk, body);
      await demandIts(desk, admission, wanted);
      return toldApplied(await applyForImport(desk, knowledgeIn(house), wanted));
    },
  }),
];

/** Devices that are in the country for a time. */
export const STAY_ROUTES: readonly Route[] = [...OPENING, ...GOING_ON];
