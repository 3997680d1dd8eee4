import type { Desk } from '../../access/desk.ts';
import { addDays, type Day } from '../../calendar/day.ts';
import { noticesOf } from '../../country/notices.ts';
import { registrationOf } from '../../country/registration.ts';
import type { Device, DeviceId } from '../../devices/device.ts';
import type { Imsi } from '../../identifiers/imsi.ts';
import type { Msisdn } from '../../identifiers/msisdn.ts';
import { dayBegins } from '../../notices/clock.ts';
import { openLadder } from '../../notices/ladder.ts';
import { withdrawLadder } from '../../notices/ladder_end.ts';
import type { Recipient, To } from '../../notices/recipient.ts';
import { began, dayOf, first } from '../step.ts';
import { keepContact, tell } from '../tell.ts';
import {
  ADMISSION_COLUMNS,
  type AdmissionRow,
  admissionGround,
  dayAfter,
  endActionOf,
  imeisFor,
  insert,
  lastDayFrom,
  moveAdmission,
} from './admission.ts';
import { ADMISSION } from './holder_machines.ts';
import { laterDay } from './period.ts';

/** Who used a device when the network saw it. */
export type Use = {
  readonly operator: string;
  readonly imsi: Imsi;
  readonly msisdn?: Msisdn | undefined;
  readonly at: Date;
};

/** By what somebody who uses a device is told: the number, or else the operator who knows the SIM. */
function contactOf({ operator, imsi, msisdn }: Use): To {
  const home: Recipient = { channel: 'operator', operator, imsi, msisdn };
  return msisdn === undefined ? home : [{ channel: 'sms', msisdn }, home];
}

/**
 * The first use with a SIM of the country: the days of an admission begin. Whoever uses it is told, and is reminded before
 * they are over.
 */
export async function beginStay(desk: Desk, admission: AdmissionRow, use: Use): Promise<void> {
  const started = dayOf(desk, use.at);
  await moveAdmission(desk, admission, { event: 'begin', roles: ['system'], at: use.at });
  // The period may have changed since it was admitted: then the first day is all that is left.
  const ends = (await lastDayFrom(desk, { device: admission.device, start: started, days: admission.days })) ?? started;
  const { contact } = keepContact(desk, { to: contactOf(use) });
  await run(desk, { ...admission, contact, started, ends }, use.operator);
}

/**
 * A device that nobody declared is used: its user has so many days to regularise it, and is told. It is one of those in
 * whose name it stands that the number is theirs.
 */
export async function beginUndeclared(
  desk: Desk,
  device: Pick<Device, 'id'>,
  use: Use,
): Promise<{ readonly id: string }> {
  const step = first(desk, ADMISSION, { event: 'see', roles: ['system'] });
  const days = await daysLeft(desk, device);
  const started = dayOf(desk, use.at);
  const kept = keepContact(desk, { to: contactOf(use) });
  const { id } = await insert(desk, {
    state: 'admitted',
    kind: 'undeclared',
    device: device.id,
    days,
    holder: null,
    proof: null,
    person: use.msisdn === undefined ? null : desk.vault.pseudonym('msisdn', use.msisdn),
    organisation: null,
    ...kept,
  });
  await began(desk, 'admission', { id, event: 'see', to: step.to, at: use.at });
  await desk.query('UPDATE admission SET state = $2 WHERE id = $1', [id, step.to]);
  const row = await rowById(desk, id);
  // Days are never taken from somebody because the register learnt of the use late.
  const from = laterDay(dayOf(desk), started);
  await run(desk, { ...row, started, ends: addDays(from, days - 1) }, use.operator);
  return { id };
}

/** Days are given once: who says that he left, and did not, has what is left of them. */
async function daysLeft(desk: Desk, device: Pick<Device, 'id'>): Promise<number> {
  const [row] = await desk.query<{ used: number }>(
    `SELECT coalesce(sum(least(ends, coalesce(ended, ends)) - started + 1), 0)::integer AS used FROM admission
     WHERE kind = 'undeclared' AND started IS NOT NULL
       AND device IN (SELECT id FROM device WHERE id = $1 OR united_into = $1)`,
    [device.id],
  );
  return Math.max(1, registrationOf(desk.policy).activation.regulariseDays - (row?.used ?? 0));
}

async function rowById({ query }: Desk, id: string): Promise<AdmissionRow> {
  const [row] = await query<AdmissionRow>(`SELECT ${ADMISSION_COLUMNS} FROM admission WHERE id = $1`, [id]);
  if (row === undefined) throw new Error('an admission vanished');
  return row;
}

type Running = AdmissionRow & { readonly started: Day; readonly ends: Day };

/** Keeps the days, tells whoever uses the device, and plans what comes before their end. */
async function run(desk: Desk, stay: Running, operator: string): Promise<void> {
  await desk.query('UPDATE admission SET started = $2, ends = $3, operator = $4, contact = $5 WHERE id = $1', [
    stay.id,
    stay.started,
    stay.ends,
    operator,
    stay.contact,
  ]);
  const imei = await firstImei(desk, stay);
  const about = { imei, case: admissionGround(stay) };
  const values = { imei, reference: stay.id, until: stay.ends };
  if (stay.kind === 'visitor') await tell(desk, stay, { ...about, template: 'admission_started', values });
  else await tell(desk, stay, { ...about, template: 'regularise', values });
  await planEnd(desk, stay);
}

/** Reminders before the last day, and, where a block follows, the notices that must come before it. */
export async function planEnd(desk: Desk, stay: Running): Promise<void> {
  const imeis = await imeisFor(desk, stay);
  const imei = await firstImei(desk, stay);
  for (const days of registrationOf(desk.policy).admission.reminderDays) {
    const due = dayBegins(addDays(stay.ends, -days), desk.policy.timeZone);
    if (due <= desk.now) continue;
    await tell(desk, stay, {
      template: 'admission_reminder',
      values: { imei, reference: stay.id, until: stay.ends, days },
      imei,
      case: admissionGround(stay),
      due,
      once: `${admissionGround(stay)}:${stay.ends}:${days}`,
    });
  }
  if (stay.ladder !== null) await withdrawLadder(desk, stay.ladder, { because: 'another last day', tell: false });
  const ladder =
    endActionOf(desk, stay) === 'blocked'
      ? await ladderFor(
          desk,
          stay,
          imeis.filter((one) => one !== imei),
        )
      : null;
  await desk.query('UPDATE admission SET ladder = $2 WHERE id = $1', [stay.id, ladder]);
}

async function ladderFor(
  desk: Desk,
  stay: Running,
  others: Awaited<ReturnType<typeof imeisFor>>,
): Promise<string | null> {
  const text = stay.contact === null ? undefined : desk.vault.open('contact', stay.contact);
  if (text === undefined) return null;
  return openLadder(desk, {
    subject: {
      imei: await firstImei(desk, stay),
      others,
      case: admissionGround(stay),
      reason: stay.kind === 'visitor' ? 'admission_over' : 'not_registered',
      reference: stay.id,
    },
    recipients: [{ to: JSON.parse(text) as To, language: stay.language ?? undefined }],
    blockOn: laterDay(dayAfter(stay.ends), soonestBlock(desk)),
  });
}

/** The first day on which something can be blocked that is told of today. */
export const soonestBlock = (desk: Pick<Desk, 'policy' | 'now'>): Day =>
  addDays(dayOf(desk), Math.max(1, noticesOf(desk.policy).ladder.minimumDays));

/** The IMEI by which a device is spoken of. @throws Error when it has none, which its admission excludes */
export async function firstImei(desk: Desk, of: { readonly device: DeviceId }) {
  const [imei] = await imeisFor(desk, of);
  if (imei === undefined) throw new Error(`device ${of.device} has an admission and no IMEI`);
  return imei;
}
