import { Type } from 'typebox';
import { chargesOf } from '../../registration/fees/charge.ts';
import {
  applyForImport,
  confirmImport,
  personalImportOf,
  refuseImport,
  withdrawImport,
} from '../../registration/holders/personal_import.ts';
import { knowledgeIn } from '../knowledge.ts';
import { type Route, route } from '../route.ts';
import { closed, ID, line } from '../schema.ts';
import { APPLIED_OUT, APPLYING_FAULTS, IMPORT_IN, IMPORT_STATES, importOf, toldApplied } from './holder_form.ts';
import { CHARGE_OUT, MONEY_OUT, toldCharge } from './trade_form.ts';

const ONE = closed({ id: ID });
const FAULTS = ['REGISTRATION_UNKNOWN', 'STATE_MOVE', 'STATE_ROLE'] as const;

/** Devices that people bring for themselves. */
export const IMPORT_ROUTES: readonly Route[] = [
  route({
    method: 'POST',
    url: '/v1/imports',
    action: 'device.import',
    about:
      'Applies for a device for own use; what customs file in somebody’s name waits until that person confirms it.',
    body: IMPORT_IN,
    answer: APPLIED_OUT,
    status: 201,
    location: ({ id }) => `/v1/imports/${id}`,
    faults: [...APPLYING_FAULTS, 'REGISTRATION_APPROVAL'],
    act: async (desk, { body, house }) =>
      toldApplied(await applyForImport(desk, knowledgeIn(house), importOf(desk, body))),
  }),
  route({
    method: 'GET',
    url: '/v1/imports/:id',
    action: 'admission.read',
    about: 'Tells an application for a device for own use, and what is to be paid.',
    params: ONE,
    answer: Type.Object({
      id: Type.String(),
      state: Type.Enum([...IMPORT_STATES]),
      device: Type.String(),
      deviceType: Type.Optional(Type.String()),
      value: MONEY_OUT,
      at: Type.String(),
      charges: Type.Array(CHARGE_OUT),
    }),
    faults: ['REGISTRATION_UNKNOWN'],
    act: async (desk, { params }) => {
      const { id, state, device, deviceType, value, at } = await personalImportOf(desk, params.id);
      return {
        ...{ id, state, device, value: { ...value }, at: at.toISOString() },
        ...(deviceType === null ? {} : { deviceType }),
        charges: (await chargesOf(desk, `personal_import:${id}`)).map(toldCharge),
      };
    },
  }),
  route({
    method: 'POST',
    url: '/v1/imports/:id/confirm',
    action: 'device.import',
    about:
      'Stands to what an office filed in one’s name, by the proof of a code to the number or address that it gave.',
    params: ONE,
    body: closed({ proof: ID }),
    answer: APPLIED_OUT,
    faults: [...FAULTS, 'ACCESS_PROOF', 'FEE_CURRENCY', 'FEE_AMOUNT', 'NOTICE_RECIPIENT'],
    act: async (desk, { params, body }) => toldApplied(await confirmImport(desk, { id: params.id, ...body })),
  }),
  route({
    method: 'POST',
    url: '/v1/imports/:id/refuse',
    action: 'device.refuse_import',
    about: 'Refuses an application, with a reason that its holder is told.',
    params: ONE,
    body: closed({ reason: line(200) }),
    faults: [...FAULTS, 'REGISTRATION_VALUE', 'NOTICE_RECIPIENT'],
    act: (desk, { params, body }) => refuseImport(desk, { id: params.id, ...body }),
  }),
  route({
    method: 'POST',
    url: '/v1/imports/:id/withdraw',
    action: 'device.import',
    about: 'Takes an application back.',
    params: ONE,
    faults: FAULTS,
    act: (desk, { params }) => withdrawImport(desk, params.id),
  }),
];
