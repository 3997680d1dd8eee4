import type { Role } from '../../access/actor.ts';
import type { Desk } from '../../access/desk.ts';
import { useProof } from '../../access/sign_in/proof.ts';
import { isUuid } from '../../access/uuid.ts';
import { registrationOf } from '../../country/registration.ts';
import { type DeviceId, imeisOf } from '../../devices/device.ts';
import { demandDevice } from '../../devices/find.ts';
import type { DeviceIdentifier } from '../../devices/identifier.ts';
import { associate } from '../../devices/persons/association.ts';
import { rowOf } from '../account.ts';
import { type Charge, cancelCharges, chargesOf, openCharge } from '../fees/charge.ts';
import type { Money } from '../fees/money.ts';
import type { Knowledge } from '../knowledge.ts';
import { permit } from '../permit.ts';
import { badValue, line, unknown } from '../refusal.ts';
import { began, first, type Happening, move } from '../step.ts';
import { type Contact, type KeptContact, keepContact, personOf, tell } from '../tell.ts';
import { paymentFor } from '../trade/goods.ts';
import { countVolume } from '../trade/quota.ts';
import { demandApproved, takeUp } from './device_in_hand.ts';
import { demandHolderQuota, type HolderDocument, holderToken } from './holder.ts';
import { PERSONAL_IMPORT, type PersonalImportEvent, type PersonalImportState } from './holder_machines.ts';
import { endByRegistration } from './stay_end.ts';

/** The purpose of the code by which a holder confirms what was filed in his name. */
export const CONFIRM_PURPOSE = 'personal_import';

/** A device that somebody brings for himself, or regularises. */
export type ImportApplication = {
  /** All that it has. */
  readonly identifiers: readonly DeviceIdentifier[];
  readonly document: HolderDocument;
  /** A reference of how it came into the country, such as a number at the border. No personal data. */
  readonly proof: string;
  readonly value: Money;
  readonly contact?: Contact | undefined;
};

/** A personal import as it stands. */
export type PersonalImport = {
  readonly id: string;
  readonly state: PersonalImportState;
  readonly device: DeviceId;
  readonly deviceType: string | null;
  readonly value: Money;
  readonly at: Date;
};

type Row = Omit<PersonalImport, 'value'> &
  KeptContact & {
    readonly value: string;
    readonly currency: string;
    readonly holder: string;
    readonly person: string | null;
    readonly organisation: string | null;
  };

const COLUMNS = `id, state, device, device_type AS "deviceType", value, currency, holder, person, organisation, contact,
  language, at`;

const groundOf = (id: string): string => `personal_import:${id}`;

/** What is due for it, if anything; without that it is registered at once. */
export type Applied = { readonly id: string; readonly state: PersonalImportState; readonly charge: Charge | undefined };

/**
 * Applies for the registration of a device for own use: of one just brought, of a visitor who stays («I now live here»), or
 * of one that nobody declared, however late. What an office or a dealer files in somebody’s name waits for that person.
 * @throws Refused STATE_ROLE, REGISTRATION_…, DEVICE_…, FEE_…
 */
export async function applyForImport(desk: Desk, knowledge: Knowledge, wanted: ImportApplication): Promise<Applied> {
  const own = desk.actor.roles.includes('citizen');
  const event = own ? 'apply' : 'file';
  const step = first(desk, PERSONAL_IMPORT, { event });
  const inHand = await takeUp(desk, knowledge, { identifiers: wanted.identifiers, at: desk.now });
  await demandApproved(desk, inHand);
  const { device, model } = inHand;
  const holder = holderToken(desk, wanted.document);
  const { devicesPerHolder: most, period } = registrationOf(desk.policy).personalImport;
  await demandHolderQuota(desk, { table: 'personal_import', holder, most, period });
  const { value } = wanted;
  if (!Number.isSafeInteger(value.amount) || value.amount < 0 || !/^[A-Z]{3}$/.test(value.currency))
    throw badValue('value', 'The value is no amount of a currency.', 'Give whole smallest units, and three letters.');
  const kept = keepContact(desk, wanted.contact);
  const person = own ? desk.actor.id : named(desk, wanted.contact);
  const [row] = await desk.query<Row>(
    `INSERT INTO personal_import (state, device, holder, person, organisation, proof, device_type, value, currency, contact,
       language, at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
    [
      ...[step.to, device.id, holder, person, desk.actor.organisation?.id ?? null],
      ...[line('proof', wanted.proof), model?.deviceType ?? null, value.amount, value.currency],
      ...[kept.contact, kept.language, desk.now],
    ],
  );
  if (row === undefined)
    throw badValue('identifiers', 'The device has such an application already.', 'Go on with that one.');
  await began(desk, 'personal_import', { id: row.id, event, to: step.to });
  if (!own) await countVolume(desk, 1);
  return own ? becomeDue(desk, row) : { id: row.id, state: row.state, charge: undefined };
}

/** Who has to confirm what is filed: whoever has the number or address that is given for the holder. @throws Refused REGISTRATION_VALUE */
function named({ vault }: Pick<Desk, 'vault'>, contact: Contact | undefined): string {
  const person = contact === undefined ? undefined : personOf(vault, contact.to);
  if (person !== undefined) return person;
  throw badValue('contact', 'Nobody could confirm it.', 'Give a number or address of the holder, who is sent a code.');
}

/**
 * Who is named as the holder confirms what was filed, by a code to the own number: from then on it is his.
 * @throws Refused ACCESS_PROOF, STATE_…, REGISTRATION_UNKNOWN
 */
export async function confirmImport(
  desk: Desk,
  { id, proof }: { readonly id: string; readonly proof: string },
): Promise<Applied> {
  const { person } = await useProof(desk, { proof, purpose: CONFIRM_PURPOSE });
  const row = await lockedById(desk, id);
  if (row.person !== person) throw unknown('personal import');
  await go(desk, row, { event: 'confirm', roles: ['citizen'] });
  return becomeDue(desk, { ...row, state: 'due' });
}

async function becomeDue(desk: Desk, row: Row): Promise<Applied> {
  const charge = await openCharge(desk, {
    act: 'personal_import',
    ground: groundOf(row.id),
    payer: row.holder,
    contact: row,
    deviceType: row.deviceType ?? undefined,
    devices: 1,
    value: { amount: Number(row.value), currency: row.currency },
  });
  if (charge !== undefined) return { id: row.id, state: row.state, charge };
  await complete(desk, row);
  return { id: row.id, state: 'registered', charge: undefined };
}

/** Goes on with a personal import for which something was paid or waived. Called by what settles charges. */
export async function completeImport(desk: Desk, id: string): Promise<void> {
  const row = await lockedById(desk, id);
  const due = (await chargesOf(desk, groundOf(id))).some(({ state }) => state === 'due');
  if (row.state === 'due' && !due) await complete(desk, row);
}

/** Nothing is due any more: the device is its holder’s, and may be used. Whatever waited for it ends. */
async function complete(desk: Desk, row: Row): Promise<void> {
  await go(desk, row, { event: 'register', roles: ['system'] });
  const device = await demandDevice(desk, row.device);
  const ground = groundOf(row.id);
  const payment = await paymentFor(desk, ground);
  const approvedBy = [payment === undefined ? 'rule:registration.fees' : desk.actor.id];
  await permit(desk, { device: device.id, imeis: imeisOf(device), ground, approvedBy, payment, at: desk.now });
  await endByRegistration(desk, device.id);
  if (row.person !== null)
    await associate(desk, { device, person: row.person, basis: 'import', proof: ground, at: desk.now });
  const [imei] = imeisOf(device);
  if (imei !== undefined)
    await tell(desk, row, { template: 'registered', values: { imei, reference: row.id }, imei, case: ground });
}

/** Refuses an application, with a reason that its holder is told. @throws Refused STATE_…, REGISTRATION_UNKNOWN */
export async function refuseImport(
  desk: Desk,
  { id, reason }: { readonly id: string; readonly reason: string },
): Promise<void> {
  const row = await lockedById(desk, id);
  const why = line('reason', reason);
  await go(desk, row, { event: 'refuse', note: why });
  await cancelCharges(desk, groundOf(id));
  const [imei] = imeisOf(await demandDevice(desk, row.device));
  if (imei === undefined) return;
  await tell(desk, row, { template: 'import_refused', values: { imei, reference: id, why: why.slice(0, 120) }, imei });
}

/** Its holder takes an application back. @throws Refused STATE_…, REGISTRATION_UNKNOWN */
export async function withdrawImport(desk: Desk, id: string): Promise<void> {
  const row = await reached(desk, id, true);
  await go(desk, row, { event: 'withdraw' });
  await cancelCharges(desk, groundOf(id));
}

/** A personal import that the actor may see. @throws Refused REGISTRATION_UNKNOWN */
export async function personalImportOf(desk: Desk, id: string): Promise<PersonalImport> {
  const { state, device, deviceType, value, currency, at } = await reached(desk, id);
  return { id, state, device, deviceType, value: { amount: Number(value), currency }, at };
}

const go = (desk: Desk, { id, state }: Row, happening: Happening<PersonalImportEvent, Role>) =>
  move(desk, { machine: PERSONAL_IMPORT, thing: 'personal_import', id, state }, happening);

const reached = (desk: Desk, id: string, lock?: true): Promise<Row> =>
  rowOf<Row>(desk, {
    table: 'personal_import',
    columns: COLUMNS,
    id,
    noun: 'personal import',
    action: 'admission.read',
    ...(lock && { lock }),
  });

async function lockedById({ query }: Desk, id: string): Promise<Row> {
  const [row] = isUuid(id)
    ? await query<Row>(`SELECT ${COLUMNS} FROM personal_import WHERE id = $1 FOR UPDATE`, [id])
    : [];
  if (row === undefined) throw unknown('personal import');
  return row;
}
