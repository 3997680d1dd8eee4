import { Type } from 'typebox';
import type { Desk } from '../../access/desk.ts';
import { readContact } from '../../access/sign_in/code.ts';
import { type Day, parseDay } from '../../calendar/day.ts';
import { LANGUAGES } from '../../country/notices.ts';
import { Refused } from '../../faults/fault.ts';
import { parseMsisdn } from '../../identifiers/msisdn.ts';
import { writeReference } from '../../identifiers/reference.ts';
import { parseTac, type Tac } from '../../identifiers/tac.ts';
import type { Charge } from '../../registration/fees/charge.ts';
import { badValue } from '../../registration/refusal.ts';
import type { Kept } from '../../registration/step.ts';
import type { Contact } from '../../registration/tell.ts';
import { CHARGE, type ChargeState } from '../../registration/trade/trade_machines.ts';
import { nextOf, placeOf } from '../paging.ts';
import { closed } from '../schema.ts';

/** An amount in whole smallest units of a currency (ISO 4217). */
export const MONEY_IN = closed({
  amount: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  currency: Type.String({ minLength: 3, maxLength: 3 }),
});

/** The same, as it is told. */
export const MONEY_OUT = Type.Object({ amount: Type.Integer(), currency: Type.String() });

/** Where somebody is told what becomes of an application. */
export const CONTACT_IN = closed({
  channel: Type.Enum(['sms', 'email']),
  address: Type.String({ minLength: 1, maxLength: 254, description: 'A number with its country code, or an e-mail.' }),
  language: Type.Optional(Type.Enum(LANGUAGES)),
});

/** A contact as services take it. @throws Refused ACCESS_ADDRESS, which does not repeat it */
export function contactOf(
  { vault }: Pick<Desk, 'vault'>,
  given: Type.Static<typeof CONTACT_IN> | undefined,
): Contact | undefined {
  if (given === undefined) return undefined;
  const { language } = given;
  const known = readContact(vault, given);
  if (!known.ok) throw new Refused([{ ...known.fault, field: 'contact.address' }]);
  const { address } = known.value;
  const number = given.channel === 'sms' ? parseMsisdn(address) : undefined;
  if (number?.ok === true) return { to: { channel: 'sms', msisdn: number.value }, language };
  return { to: { channel: 'email', address }, language };
}

/** A TAC, of eight digits. */
export const TAC_IN = Type.String({ pattern: '^[0-9]{8}$', maxLength: 8 });

/** TACs as services take them. @throws Refused REGISTRATION_VALUE */
export const tacsOf = (written: readonly string[]): readonly Tac[] =>
  written.map((text, at) => {
    const read = parseTac(text);
    if (read.ok) return read.value;
    throw badValue(`tacs.${at}`, `${text} is no TAC.`, 'Give the first eight digits of the IMEIs.');
  });

/** A day as services take it. @throws Refused REGISTRATION_VALUE */
export function dayIn(text: string, field: string): Day {
  const read = parseDay(text);
  if (read.ok) return read.value;
  throw badValue(field, `${text} is no day that the register can count.`, 'Give a day such as 2026-11-30.');
}

const CHARGE_STATES = Object.keys(CHARGE.states) as readonly ChargeState[];

/** A line of a calculation. */
export const FEE_LINE = Type.Object({
  rule: Type.String(),
  name: Type.String(),
  kind: Type.String(),
  amount: Type.Integer(),
  free: Type.Optional(Type.String({ description: 'Why nothing is due by this rule.' })),
});

/** A demand as its payer sees it. */
export const CHARGE_OUT = Type.Object({
  reference: Type.String({ description: 'To be quoted with the payment.' }),
  ground: Type.String({ description: 'What it is for: `consignment:…`.' }),
  state: Type.Enum([...CHARGE_STATES]),
  total: MONEY_OUT,
  lines: Type.Array(FEE_LINE),
  payBy: Type.String(),
});

/** Tells a demand. */
export const toldCharge = ({ reference, ground, state, total, lines, payBy }: Charge) => ({
  reference: writeReference(reference),
  ground,
  state,
  total: { ...total },
  lines: lines.map(({ free, ...line }) => ({ ...line, ...(free === undefined ? {} : { free }) })),
  payBy,
});

/** What happened to an application so far. */
export const STEPS_OUT = Type.Object({
  steps: Type.Array(
    Type.Object({
      event: Type.String(),
      to: Type.String(),
      at: Type.String(),
      recorded: Type.String(),
      note: Type.Optional(Type.String()),
      finding: Type.Optional(Type.String()),
    }),
  ),
});

/** Tells it: not which account of an office it was. */
export const toldSteps = (steps: readonly Kept[]) => ({
  steps: steps.map(({ event, to, at, recorded, note, finding }) => ({
    ...{ event, to, at: at.toISOString(), recorded: recorded.toISOString() },
    ...(note === undefined ? {} : { note }),
    ...(finding === undefined ? {} : { finding }),
  })),
});

/** Which page of a list is asked for. */
type PageQuery = { readonly cursor?: string; readonly limit?: number; readonly state?: string };

/** A page of a list of registration, whose rows go by their ids. @throws Refused API_CURSOR */
export async function pageIn<Row extends { readonly id: string }>(
  desk: Desk,
  { name, query }: { readonly name: string; readonly query: PageQuery },
  list: (which: {
    readonly state?: string;
    readonly after?: string;
    readonly limit: number;
  }) => Promise<readonly Row[]>,
): Promise<{ readonly rows: readonly Row[]; readonly next: string | null }> {
  const { state } = query;
  const of = `${name} ${state ?? ''}`;
  const place = placeOf(desk, { list: of, query });
  const rows = await list({ ...place, ...(state === undefined ? {} : { state }) });
  return { rows, next: nextOf(desk, of, rows.length < place.limit ? undefined : rows.at(-1)?.id) };
}
