import { Type } from 'typebox';
import type { Desk } from '../../access/desk.ts';
import { AGAINST, type Appeal, dueOf, UNDECIDED } from '../../cases/appeals/appeal.ts';
import { APPEAL, type AppealState } from '../../cases/appeals/machine.ts';
import { REPORT_FORM } from '../../cases/thefts/form.ts';
import type { Contact } from '../../cases/thefts/report.ts';
import { Refused } from '../../faults/fault.ts';
import { writeIdentifierFault } from '../../identifiers/fault.ts';
import { type Imei, parseImei } from '../../identifiers/imei.ts';
import { parseDialled } from '../../identifiers/msisdn.ts';
import { writeReference } from '../../identifiers/reference.ts';
import { closed, IMEI, line, text } from '../schema.ts';

/** The states of an appeal. */
export const APPEAL_STATES = Object.keys(APPEAL.states) as readonly AppealState[];

/** An appeal or complaint as it is opened. */
export const APPEAL_IN = closed({
  form: Type.Optional(Type.Enum(['appeal', 'complaint'])),
  against: closed({
    kind: Type.Enum(AGAINST),
    id: Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'Of a standing the IMEI and the label, as 35209900000001:cloned; of others the id or reference.',
    }),
  }),
  imei: Type.Optional(IMEI),
  rule: Type.Optional(line(64)),
  contact: REPORT_FORM.properties.contact,
  grounds: text(10_000),
  evidence: Type.Optional(Type.Array(text(10_000), { maxItems: 10 })),
});

/** An appeal as it is told: neither who objects nor what was said in it. */
export const APPEAL_OUT = Type.Object({
  id: Type.String(),
  reference: Type.String(),
  form: Type.Enum(['appeal', 'complaint']),
  against: Type.Object({ kind: Type.Enum(AGAINST), id: Type.String() }),
  imei: Type.Optional(Type.String()),
  rule: Type.Optional(Type.String()),
  state: Type.Enum([...APPEAL_STATES]),
  since: Type.String(),
  due: Type.Optional(
    Type.String({ description: 'The last day of the limit that runs: to decide, or to send the evidence asked for.' }),
  ),
  reasons: Type.Optional(Type.String()),
  opened: Type.String(),
  decided: Type.Optional(Type.String()),
});

/** Tells an appeal. */
export function toldAppeal(desk: Pick<Desk, 'policy'>, appeal: Appeal) {
  const { id, reference, form, against, imei, rule, state, since, reasons, opened, decided } = appeal;
  return {
    id,
    reference: writeReference(reference),
    form,
    against: { ...against },
    state,
    since: since.toISOString(),
    opened: opened.toISOString(),
    ...(imei === undefined ? {} : { imei }),
    ...(rule === undefined ? {} : { rule }),
    ...(UNDECIDED.includes(state) ? { due: dueOf(appeal, desk) } : {}),
    ...(reasons === undefined ? {} : { reasons }),
    ...(decided === undefined ? {} : { decided: decided.toISOString() }),
  };
}

/** The version of an appeal, for `ETag`: it changes with each move to another state. */
export const appealVersion = ({ state, since }: { readonly state: string; readonly since: string }): string =>
  `${state}-${Date.parse(since)}`;

const wrong = (message: string, field: string): Refused =>
  new Refused([
    { code: 'CASE_CONTACT', message, remedy: 'Write the number as it is dialled, or an electronic address.', field },
  ]);

/** Where somebody is reached, as services take it. @throws Refused CASE_CONTACT */
export function contactOf(
  { policy }: Pick<Desk, 'policy'>,
  { msisdn, ...others }: Type.Static<typeof REPORT_FORM.properties.contact>,
): Contact {
  if (msisdn === undefined) {
    if (others.email !== undefined) return others;
    throw wrong('The contact has neither a number nor an electronic address.', 'contact');
  }
  const read = parseDialled(msisdn, { callingCode: policy.callingCodes[0] ?? '' });
  if (!read.ok) throw wrong(`The number cannot be read: ${writeIdentifierFault(read.fault)}`, 'contact.msisdn');
  return { ...others, msisdn: read.value };
}

/** An IMEI as somebody wrote it. @throws Refused DEVICE_IDENTIFIER */
export function imeiOf(written: string, field = 'imei'): Imei {
  const read = parseImei(written);
  if (read.ok) return read.value.imei;
  const message = `The IMEI cannot be read: ${writeIdentifierFault(read.fault)}`;
  throw new Refused([{ code: 'DEVICE_IDENTIFIER', message, remedy: 'Dial *#06#, or read it off the box.', field }]);
}
