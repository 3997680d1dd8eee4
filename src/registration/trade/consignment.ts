import type { Role } from '../../access/actor.ts';
import type { Desk } from '../../access/desk.ts';
import type { Day } from '../../calendar/day.ts';
import { registrationOf } from '../../country/registration.ts';
import { parseCountryCode } from '../../identifiers/iso3166.ts';
import { organisationOf, rowOf } from '../account.ts';
import { type Charge, cancelCharges, demandSettled, openCharge } from '../fees/charge.ts';
import type { Money } from '../fees/money.ts';
import { badValue, line, quotable, refused } from '../refusal.ts';
import { began, first, type Happening, move } from '../step.ts';
import { type Contact, keepContact, tell } from '../tell.ts';
import { permitEarly } from './early.ts';
import { countVolume, returnQuota } from './quota.ts';
import { CONSIGNMENT, type ConsignmentEvent, type ConsignmentState } from './trade_machines.ts';

/** A consignment as its importer declares it, before it arrives. */
export type Declaration = {
  /** The importer's own number for it; each once. */
  readonly number: string;
  readonly supplier: string;
  /** Country of origin, two letters (ISO 3166). */
  readonly origin: string;
  readonly arrival: Day;
  readonly port: string;
  readonly goods: string;
  /** As the TAC database writes it; fees and exemptions go by it. */
  readonly deviceType?: string | undefined;
  /** Devices. */
  readonly quantity: number;
  /** Of all goods. */
  readonly value: Money;
  readonly contact?: Contact | undefined;
};

/** A consignment as it stands, without its identifiers. */
export type Consignment = Omit<Declaration, 'contact' | 'deviceType'> & {
  readonly id: string;
  readonly state: ConsignmentState;
  /** The importer. */
  readonly organisation: string;
  readonly deviceType: string | null;
  /** Devices whose identifiers were accepted so far. */
  readonly accepted: number;
  /** When it was declared. */
  readonly at: Date;
  readonly approved: Date | null;
  readonly approvedBy: string | null;
  readonly released: Date | null;
  readonly releasedBy: string | null;
};

type Row = Omit<Consignment, 'value'> & {
  readonly value: string;
  readonly currency: string;
  readonly contact: Buffer | null;
  readonly language: Contact['language'] | null;
};

const COLUMNS = `id, state, importer AS organisation, number, supplier, origin, arrival::text AS arrival, port, goods,
  device_type AS "deviceType", quantity, accepted, value, currency, contact, language, at, approved,
  approved_by AS "approvedBy", released, released_by AS "releasedBy"`;

const QUANTITY = 10_000_000;

/** Declares a consignment, and demands what is due for it. @throws Refused STATE_ROLE, REGISTRATION_VALUE, REGISTRATION_TAKEN, FEE_… */
export async function declareConsignment(
  desk: Desk,
  declared: Declaration,
): Promise<{ readonly id: string; readonly charge: Charge | undefined }> {
  const step = first(desk, CONSIGNMENT, { event: 'declare' });
  const importer = organisationOf(desk);
  const { deviceType, quantity, value } = declared;
  const { contact, language } = keepContact(desk, declared.contact);
  const [row] = await desk.query<{ id: string }>(
    `INSERT INTO consignment (state, importer, number, supplier, origin, arrival, port, goods, device_type, quantity, value,
       currency, contact, language, at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
     ON CONFLICT (importer, number) DO NOTHING RETURNING id`,
    [step.to, importer.id, ...checked(declared), quantity, value.amount, value.currency, contact, language, desk.now],
  );
  if (row === undefined) {
    const message = `You declared a consignment of the number ${declared.number} before.`;
    throw refused('REGISTRATION_TAKEN', message, 'Go on with that one, or choose another number.');
  }
  await began(desk, 'consignment', { id: row.id, event: 'declare', to: step.to });
  const ground = `consignment:${row.id}`;
  const act = { act: 'consignment', deviceType, devices: quantity, value } as const;
  return {
    id: row.id,
    charge: await openCharge(desk, { ...act, ground, payer: importer.id, contact: { contact, language } }),
  };
}

function checked({ number, supplier, origin, arrival, port, goods, deviceType, quantity, value }: Declaration) {
  if (!Number.isSafeInteger(quantity) || quantity < 1 || quantity > QUANTITY)
    throw badValue('quantity', `${quantity} is no number of devices.`, `Give a whole number from 1 to ${QUANTITY}.`);
  if (!Number.isSafeInteger(value.amount) || value.amount < 0)
    throw badValue(
      'value',
      'The value is no amount.',
      'Give it in whole numbers of the smallest unit of the currency.',
    );
  if (!/^[A-Z]{3}$/.test(value.currency))
    throw badValue('currency', 'The currency is no code of three letters.', 'Give a code of ISO 4217.');
  const country = parseCountryCode(origin);
  if (country === undefined)
    throw badValue('origin', 'The origin is no code of a country.', 'Give two letters of ISO 3166.');
  return [
    quotable('number', number),
    line('supplier', supplier),
    country,
    arrival,
    line('port', port),
    line('goods', goods),
    deviceType === undefined ? null : line('deviceType', deviceType),
  ] as const;
}

const find = (desk: Desk, id: string, lock?: true): Promise<Row> =>
  rowOf<Row>(desk, {
    table: 'consignment',
    columns: COLUMNS,
    id,
    noun: 'consignment',
    action: 'consignment.read',
    ...(lock && { lock }),
  });

const shown = ({ contact: _, language: __, value, currency, ...row }: Row): Consignment => ({
  ...row,
  value: { amount: Number(value), currency },
});

/** A consignment that the actor may see. @throws Refused REGISTRATION_UNKNOWN */
export const consignmentOf = async (desk: Desk, id: string): Promise<Consignment> => shown(await find(desk, id));

/** The same, locked until the commit. */
export const lockConsignment = async (desk: Desk, id: string): Promise<Consignment> =>
  shown(await find(desk, id, true));

/** Tells the importer what came of a file. */
export async function tellOfFile(
  desk: Desk,
  { id, number }: Pick<Consignment, 'id' | 'number'>,
  { accepted, bad }: { readonly accepted: number; readonly bad: number },
): Promise<void> {
  const row = keptOf(await find(desk, id));
  const about = { case: `consignment:${id}` };
  const values = { reference: number, rows: accepted };
  if (bad === 0) await tell(desk, row, { ...about, template: 'consignment_accepted', values });
  else
    await tell(desk, row, {
      ...about,
      template: 'consignment_faulty',
      values: { ...values, rows: accepted + bad, faults: bad },
    });
}

/** Moves a locked consignment on. @throws Refused STATE_… */
export const moveConsignment = (
  desk: Desk,
  { id, state }: Pick<Consignment, 'id' | 'state'>,
  happening: Happening<ConsignmentEvent, Role>,
) => move(desk, { machine: CONSIGNMENT, thing: 'consignment', id, state }, happening);

/** The regulator agrees to what is declared. @throws Refused STATE_…, REGISTRATION_UNKNOWN */
export async function approveConsignment(desk: Desk, id: string): Promise<void> {
  const row = await find(desk, id, true);
  await moveConsignment(desk, row, { event: 'approve' });
  await desk.query('UPDATE consignment SET approved = $2, approved_by = $3 WHERE id = $1', [
    id,
    desk.now,
    desk.actor.id,
  ]);
  await countVolume(desk, row.accepted);
}

/** A decision of customs or the regulator on a consignment. */
export type Decision = { readonly id: string; readonly reason?: string | undefined };

/**
 * Customs let a consignment into the country: what was held with a reason, too, and nothing before the regulator agreed
 * and everything is paid. @throws Refused STATE_…, REGISTRATION_UNPAID, REGISTRATION_APPROVAL, REGISTRATION_VALUE
 */
export async function releaseConsignment(desk: Desk, { id, reason }: Decision): Promise<void> {
  const row = await find(desk, id, true);
  const note = row.state === 'held' ? line('reason', reason) : reason;
  await moveConsignment(desk, row, { event: 'release', note });
  if (row.approved === null)
    throw refused('REGISTRATION_APPROVAL', 'The regulator has not agreed to the consignment.', 'Wait until it does.');
  if (registrationOf(desk.policy).consignments.paidBeforeRelease) await demandSettled(desk, `consignment:${id}`);
  await desk.query('UPDATE consignment SET released = $2, released_by = $3 WHERE id = $1', [
    id,
    desk.now,
    desk.actor.id,
  ]);
  await permitEarly(desk, { consignment: id, approvedBy: row.approvedBy, releasedBy: desk.actor.id, at: desk.now });
  await tell(desk, keptOf(row), { template: 'consignment_released', values: { reference: row.number } });
}

/** Customs hold a consignment, or it is refused: with a reason, which the importer is told. @throws Refused STATE_…, REGISTRATION_VALUE */
export async function stopConsignment(
  desk: Desk,
  { id, event, reason }: Decision & { readonly event: 'hold' | 'refuse' },
): Promise<void> {
  const row = await find(desk, id, true);
  const why = line('reason', reason);
  await moveConsignment(desk, row, { event, note: why });
  if (event === 'refuse') await drop(desk, row);
  await tell(desk, keptOf(row), {
    template: event === 'hold' ? 'consignment_held' : 'consignment_refused',
    values: { reference: row.number, why: why.slice(0, 120) },
  });
}

/** The importer takes a consignment back that was not released. @throws Refused STATE_…, REGISTRATION_UNKNOWN */
export async function withdrawConsignment(desk: Desk, id: string): Promise<void> {
  const row = await find(desk, id, true);
  await moveConsignment(desk, row, { event: 'withdraw' });
  await drop(desk, row);
}

const keptOf = ({ contact, language }: Row) => ({ contact, language: language ?? null });

/** What does not come into the country is free again: its identifiers, its place in the quota, what was to be paid. */
async function drop(desk: Desk, { id, organisation }: Row): Promise<void> {
  await desk.query(
    `UPDATE consigned_key k SET open = false FROM consigned c
     WHERE c.consignment = $1 AND c.state = 'stock' AND k.item = c.id AND k.open`,
    [id],
  );
  await desk.query(`UPDATE consigned SET state = 'withdrawn', ended = $2 WHERE consignment = $1 AND state = 'stock'`, [
    id,
    desk.now,
  ]);
  const files = await desk.query<{ devices: number; counted: Date }>(
    'SELECT accepted AS devices, at AS counted FROM consignment_file WHERE consignment = $1 AND accepted > 0',
    [id],
  );
  for (const file of files) await returnQuota(desk, organisation, file);
  await cancelCharges(desk, `consignment:${id}`);
}
