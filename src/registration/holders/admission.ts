import type { Role } from '../../access/actor.ts';
import type { Desk } from '../../access/desk.ts';
import { addDays, type Day } from '../../calendar/day.ts';
import { type EndAction, registrationOf } from '../../country/registration.ts';
import { type DeviceId, imeisOf } from '../../devices/device.ts';
import { demandDevice } from '../../devices/find.ts';
import type { DeviceIdentifier } from '../../devices/identifier.ts';
import type { Imei } from '../../identifiers/imei.ts';
import { withdrawNotices } from '../../notices/ledger.ts';
import { rowOf } from '../account.ts';
import { openCharge } from '../fees/charge.ts';
import type { Knowledge } from '../knowledge.ts';
import { permit } from '../permit.ts';
import { line, refused } from '../refusal.ts';
import { began, dayOf, first, type Happening, move } from '../step.ts';
import { type Contact, type KeptContact, keepContact } from '../tell.ts';
import { countVolume } from '../trade/quota.ts';
import { takeUp } from './device_in_hand.ts';
import { demandHolderQuota, type HolderDocument, holderToken } from './holder.ts';
import { ADMISSION, type AdmissionEvent, type AdmissionState } from './holder_machines.ts';
import { lastDay, type Stay } from './period.ts';

/** A visitor’s device that is to be admitted for a time. */
export type AdmissionApplication = {
  /** All that it has. */
  readonly identifiers: readonly DeviceIdentifier[];
  /** Of the holder; it is not kept. */
  readonly document: HolderDocument;
  /** A reference of the entry into the country, such as a number at the border. No personal data. */
  readonly proof: string;
  readonly contact?: Contact | undefined;
};

/** An admission as it stands. */
export type Admission = {
  readonly id: string;
  readonly state: AdmissionState;
  readonly kind: 'visitor' | 'undeclared';
  readonly device: DeviceId;
  /** Days granted from the first use on, that day included. */
  readonly days: number;
  readonly renewals: number;
  readonly started: Day | null;
  /** The last day. */
  readonly ends: Day | null;
  readonly ended: Day | null;
  readonly at: Date;
};

/** An admission with what only the register reads of it. */
export type AdmissionRow = Admission &
  KeptContact & {
    readonly person: string | null;
    readonly organisation: string | null;
    readonly holder: string | null;
    readonly ladder: string | null;
    readonly blocked: Date | null;
  };

/** The columns of an {@link AdmissionRow}. */
export const ADMISSION_COLUMNS = `id, state, kind, device, days, renewals, started::text AS started, ends::text AS ends,
  ended::text AS ended, at, contact, language, person, organisation, holder, ladder, blocked`;

/** Under which name an admission stands in permissions, holds and notices. */
export const admissionGround = ({ id }: Pick<Admission, 'id'>): string => `admission:${id}`;

/**
 * Admits a visitor’s device for a time. Its days begin with its first use with a SIM of the country, whichever of its IMEIs
 * is seen; they are counted for the device and, with other devices, for the holder. A fee is demanded where there is one.
 * @throws Refused STATE_ROLE, REGISTRATION_…, DEVICE_…, FEE_…
 */
export async function openAdmission(
  desk: Desk,
  knowledge: Knowledge,
  { identifiers, document, proof, contact }: AdmissionApplication,
): Promise<{ readonly id: string; readonly charge: string | undefined }> {
  const step = first(desk, ADMISSION, { event: 'admit' });
  const { device, model } = await takeUp(desk, knowledge, { identifiers, at: desk.now });
  await demandNone(desk, device.id);
  const { days, devicesPerHolder: most, period } = registrationOf(desk.policy).admission;
  const holder = holderToken(desk, document);
  await demandHolderQuota(desk, { table: 'admission', holder, most, period });
  if ((await lastDayFrom(desk, { device: device.id, start: dayOf(desk), days })) === undefined)
    throw refused(
      'REGISTRATION_QUOTA',
      'The device has had all its days of this period.',
      'Register it for good: that is always possible.',
    );
  const kept = keepContact(desk, contact);
  const row = await insert(desk, {
    state: step.to,
    kind: 'visitor',
    device: device.id,
    days,
    holder,
    proof: line('proof', proof),
    person: desk.actor.roles.includes('citizen') ? desk.actor.id : null,
    organisation: desk.actor.organisation?.id ?? null,
    ...kept,
  });
  await began(desk, 'admission', { id: row.id, event: 'admit', to: step.to });
  if (!desk.actor.roles.includes('citizen')) await countVolume(desk, 1);
  const ground = admissionGround(row);
  await permit(desk, { device: device.id, imeis: imeisOf(device), ground, approvedBy: [desk.actor.id], at: desk.now });
  const charge = await openCharge(desk, {
    act: 'admission',
    ground,
    payer: holder,
    contact: kept,
    deviceType: model?.deviceType,
    devices: 1,
    value: { amount: 0, currency: registrationOf(desk.policy).fees.currency },
  });
  return { id: row.id, charge: charge?.reference };
}

/** Refuses a device that has an admission open. @throws Refused REGISTRATION_TAKEN */
async function demandNone(desk: Desk, device: DeviceId): Promise<void> {
  const open = await openAdmissionOf(desk, device);
  if (open === undefined) return;
  const message = open.state === 'lapsed' ? 'The days of the device are over.' : 'The device has an admission already.';
  throw refused(
    'REGISTRATION_TAKEN',
    message,
    'Renew it, register the device for good, or tell that it left the country.',
  );
}

type New = Pick<AdmissionRow, 'state' | 'kind' | 'device' | 'days' | 'holder' | 'person' | 'organisation'> &
  KeptContact & { readonly proof: string | null };

/** Makes the row of an admission. */
export async function insert({ query, now }: Desk, row: New): Promise<{ readonly id: string }> {
  const { state, kind, device, days, holder, proof, person, organisation, contact, language } = row;
  const [made] = await query<{ id: string }>(
    `INSERT INTO admission (state, kind, device, days, holder, proof, person, organisation, contact, language, at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id`,
    [state, kind, device, days, holder, proof, person, organisation, contact, language, now],
  );
  if (made === undefined) throw new Error('an admission without an id');
  return made;
}

/** The admission of a device that is not over, locked until the commit. */
export async function openAdmissionOf(
  { query }: Pick<Desk, 'query'>,
  device: DeviceId,
): Promise<AdmissionRow | undefined> {
  const [row] = await query<AdmissionRow>(
    `SELECT ${ADMISSION_COLUMNS} FROM admission
     WHERE device IN (SELECT id FROM device WHERE id = $1 OR united_into = $1) AND state IN ('admitted', 'running', 'lapsed')
     ORDER BY at DESC LIMIT 1 FOR UPDATE`,
    [device],
  );
  return row;
}

/** An admission that the actor may act on, locked until the commit. @throws Refused REGISTRATION_UNKNOWN */
export const lockAdmission = (desk: Desk, id: string): Promise<AdmissionRow> =>
  rowOf<AdmissionRow>(desk, {
    table: 'admission',
    columns: ADMISSION_COLUMNS,
    id,
    noun: 'admission',
    action: 'admission.read',
    lock: true,
  });

/** An admission that the actor may see, without what is sealed. @throws Refused REGISTRATION_UNKNOWN */
export async function admissionOf(desk: Desk, id: string): Promise<Admission> {
  const row = await rowOf<AdmissionRow>(desk, {
    table: 'admission',
    columns: ADMISSION_COLUMNS,
    id,
    noun: 'admission',
    action: 'admission.read',
  });
  const { state, kind, device, days, renewals, started, ends, ended, at } = row;
  return { id: row.id, state, kind, device, days, renewals, started, ends, ended, at };
}

/** Moves a locked admission on. @throws Refused STATE_… */
export const moveAdmission = (
  desk: Desk,
  { id, state }: Pick<Admission, 'id' | 'state'>,
  happening: Happening<AdmissionEvent, Role>,
) => move(desk, { machine: ADMISSION, thing: 'admission', id, state }, happening);

/** How many days, from which on, of which device. */
export type Span = { readonly device: DeviceId; readonly start: Day; readonly days: number };

/**
 * The last day of a stay: all its days, or as many as the device may have in each period; undefined where it has none left.
 * Days of the same device count together, whoever held it, and whichever of its IMEIs was seen.
 */
export async function lastDayFrom(desk: Desk, { device, start, days }: Span): Promise<Day | undefined> {
  const { period, daysPerDevice: most } = registrationOf(desk.policy).admission;
  const others = await desk.query<Stay>(
    `SELECT started::text AS "from", least(ends, coalesce(ended, ends))::text AS "to" FROM admission
     WHERE device IN (SELECT id FROM device WHERE id = $1 OR united_into = $1) AND kind = 'visitor' AND started IS NOT NULL`,
    [device],
  );
  return lastDay({ start, days, period, most, others });
}

/** What follows when the days of an admission are over. */
export const endActionOf = ({ policy }: Pick<Desk, 'policy'>, { kind }: Pick<Admission, 'kind'>): EndAction => {
  const { admission, activation } = registrationOf(policy);
  return kind === 'visitor' ? admission.end : activation.end;
};

/** The IMEIs of the device of an admission, all of them. */
export const imeisFor = async (desk: Desk, { device }: Pick<Admission, 'device'>): Promise<readonly Imei[]> =>
  imeisOf(await demandDevice(desk, device));

/** Reminders that are planned for an admission are not sent. */
export const dropReminders = (desk: Desk, admission: Pick<Admission, 'id'>, because: string): Promise<number> =>
  withdrawNotices(desk, { case: admissionGround(admission) }, because);

/** The day after the last. */
export const dayAfter = (day: Day): Day => addDays(day, 1);
