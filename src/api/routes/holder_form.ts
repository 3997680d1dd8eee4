import { Type } from 'typebox';
import type { Desk } from '../../access/desk.ts';
import { PERSONAL_IMPORT, type PersonalImportState } from '../../registration/holders/holder_machines.ts';
import type { Applied, ImportApplication } from '../../registration/holders/personal_import.ts';
import { closed, line } from '../schema.ts';
import { IDENTIFIER_IN, identifiersOf } from './device_form.ts';
import { CHARGE_OUT, CONTACT_IN, contactOf, MONEY_IN, toldCharge } from './trade_form.ts';

/** A device that somebody has in hand, its holder, and how it came into the country. */
export const BROUGHT_IN = {
  identifiers: Type.Array(IDENTIFIER_IN, { minItems: 1, maxItems: 32, description: 'All that the device has.' }),
  document: closed({
    kind: Type.Enum(['passport', 'identity_card', 'residence_permit', 'laissez_passer']),
    country: Type.String({ minLength: 2, maxLength: 2, description: 'Of the state that issued it, ISO 3166.' }),
    number: Type.String({
      minLength: 4,
      maxLength: 64,
      description: 'It is turned into a token at once, and not kept.',
    }),
  }),
  proof: line(200),
  contact: Type.Optional(CONTACT_IN),
};

const BROUGHT = closed(BROUGHT_IN);

/** What was brought, as services take it. @throws Refused DEVICE_IDENTIFIER, ACCESS_ADDRESS */
export const broughtOf = (desk: Desk, { identifiers, document, proof, contact }: Type.Static<typeof BROUGHT>) => ({
  identifiers: identifiersOf(identifiers, (at) => `identifiers.${at}.text`),
  document,
  proof,
  contact: contactOf(desk, contact),
});

/** An application for a device for own use. */
export const IMPORT_IN = closed({ ...BROUGHT_IN, value: MONEY_IN });

/** The same, as services take it. @throws Refused DEVICE_IDENTIFIER, ACCESS_ADDRESS */
export const importOf = (desk: Desk, { value, ...brought }: Type.Static<typeof IMPORT_IN>): ImportApplication => ({
  ...broughtOf(desk, brought),
  value,
});

/** The states of a personal import. */
export const IMPORT_STATES = Object.keys(PERSONAL_IMPORT.states) as readonly PersonalImportState[];

/** What became of an application: registered at once, or what is due first. */
export const APPLIED_OUT = Type.Object({
  id: Type.String(),
  state: Type.Enum([...IMPORT_STATES]),
  charge: Type.Optional(CHARGE_OUT),
});

/** Tells it. */
export const toldApplied = ({ id, state, charge }: Applied) => ({
  id,
  state,
  ...(charge === undefined ? {} : { charge: toldCharge(charge) }),
});

/** What applying for a device may be refused with. */
export const APPLYING_FAULTS = [
  'REGISTRATION_UNKNOWN',
  'REGISTRATION_VALUE',
  'REGISTRATION_IDENTIFIERS',
  'REGISTRATION_HELD',
  'REGISTRATION_TAKEN',
  'REGISTRATION_QUOTA',
  'DEVICE_IDENTIFIER',
  'DEVICE_TIME',
  'FEE_CURRENCY',
  'FEE_AMOUNT',
  'ACCESS_ADDRESS',
  'NOTICE_RECIPIENT',
  'STATE_ROLE',
  'API_BUSY',
] as const;
