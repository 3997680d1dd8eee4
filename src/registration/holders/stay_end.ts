import type { Desk } from '../../access/desk.ts';
import { addDays, type Day } from '../../calendar/day.ts';
import { registrationOf } from '../../country/registration.ts';
import type { DeviceId } from '../../devices/device.ts';
import { placeHold, releaseHolds } from '../../lists/offices/control.ts';
import { isComplete } from '../../notices/ladder.ts';
import { renewLadder, withdrawLadder } from '../../notices/ladder_end.ts';
import { demandSettled, openCharge } from '../fees/charge.ts';
import { endPermits, permit } from '../permit.ts';
import { refused } from '../refusal.ts';
import { dayOf } from '../step.ts';
import { tell } from '../tell.ts';
import {
  ADMISSION_COLUMNS,
  type AdmissionRow,
  admissionGround,
  dropReminders,
  endActionOf,
  imeisFor,
  lastDayFrom,
  lockAdmission,
  moveAdmission,
  openAdmissionOf,
} from './admission.ts';
import { laterDay } from './period.ts';
import { firstImei, planEnd, soonestBlock } from './stay.ts';

/**
 * Gives an admission more days, as often as the country allows; what has lapsed lives again. A fee for it has to be paid
 * first: it is demanded at the first call, and the admission is renewed by a later one.
 * @throws Refused STATE_…, REGISTRATION_QUOTA, REGISTRATION_UNKNOWN
 */
export async function renewAdmission(
  desk: Desk,
  id: string,
): Promise<{ readonly ends: Day } | { readonly charge: string }> {
  const row = await lockAdmission(desk, id);
  const { renewals, renewalDays } = registrationOf(desk.policy).admission;
  if (row.kind !== 'visitor' || row.renewals >= renewals)
    throw refused(
      'REGISTRATION_QUOTA',
      'It cannot be renewed any more.',
      'Register the device for good: that is possible.',
    );
  const charge = await renewalCharge(desk, row);
  if (charge !== undefined) return { charge };
  await moveAdmission(desk, row, { event: 'renew' });
  if (row.started === null || row.ends === null) throw new Error('a running admission without days');
  const from = laterDay(row.ends, addDays(dayOf(desk), -1));
  const ends = await lastDayFrom(desk, { device: row.device, start: addDays(from, 1), days: renewalDays });
  if (ends === undefined)
    throw refused('REGISTRATION_QUOTA', 'The device has had all its days of this period.', 'Register it for good.');
  await dropReminders(desk, row, 'renewed');
  await free(desk, row, 'renewed');
  await desk.query('UPDATE admission SET ends = $2, renewals = renewals + 1, blocked = NULL WHERE id = $1', [id, ends]);
  await permit(desk, {
    device: row.device,
    imeis: await imeisFor(desk, row),
    ground: admissionGround(row),
    approvedBy: [desk.actor.id],
    at: desk.now,
  });
  await planEnd(desk, { ...row, started: row.started, ends });
  const imei = await firstImei(desk, row);
  await tell(desk, row, { template: 'admission_renewed', values: { imei, reference: id, until: ends }, imei });
  return { ends };
}

/** What a renewal costs, demanded once; undefined where nothing is due any more. */
async function renewalCharge(desk: Desk, row: AdmissionRow): Promise<string | undefined> {
  const ground = `renewal:${row.id}_${row.renewals + 1}`;
  const [known] = await desk.query('SELECT FROM charge WHERE ground = $1 LIMIT 1', [ground]);
  if (known !== undefined) {
    await demandSettled(desk, ground);
    return undefined;
  }
  const charge = await openCharge(desk, {
    act: 'renewal',
    ground,
    payer: row.holder ?? row.id,
    contact: row,
    deviceType: undefined,
    devices: 1,
    value: { amount: 0, currency: registrationOf(desk.policy).fees.currency },
  });
  return charge?.reference;
}

/** «I left the country»: the days stop, and the device is not waited for. @throws Refused STATE_…, REGISTRATION_UNKNOWN */
export async function leaveCountry(desk: Desk, id: string): Promise<void> {
  const row = await lockAdmission(desk, id);
  await moveAdmission(desk, row, { event: 'leave' });
  await close(desk, row, 'left the country');
}

/** An admission that was not begun is taken back. @throws Refused STATE_…, REGISTRATION_UNKNOWN */
export async function withdrawAdmission(desk: Desk, id: string): Promise<void> {
  const row = await lockAdmission(desk, id);
  await moveAdmission(desk, row, { event: 'withdraw' });
  await close(desk, row, 'withdrawn');
}

/** The device was registered, however late: whatever its admission brought about is taken back. */
export async function endByRegistration(desk: Desk, device: DeviceId): Promise<void> {
  const row = await openAdmissionOf(desk, device);
  if (row === undefined) return;
  await moveAdmission(desk, row, { event: 'regularise', roles: ['system'] });
  await close(desk, row, 'registered');
}

async function close(desk: Desk, row: AdmissionRow, because: string): Promise<void> {
  await dropReminders(desk, row, because);
  if (row.ladder !== null) await withdrawLadder(desk, row.ladder, { because });
  await free(desk, row, because);
  await endPermits(desk, { ground: admissionGround(row), because });
  await desk.query('UPDATE admission SET ended = $2, ladder = NULL WHERE id = $1', [row.id, dayOf(desk)]);
}

/** What was held of the device because its days were over is let go. */
const free = (desk: Desk, row: AdmissionRow, because: string) =>
  releaseHolds(desk, { holder: endHolder(row), because });

/** Under which name the end of an admission holds a device. */
const endHolder = ({ id }: Pick<AdmissionRow, 'id'>): string => `admission_end:${id}`;

const BLOCK_DAY = 'SELECT l.block_on FROM notice_ladder l WHERE l.id = admission.ladder';

/** What a round of the clock did. */
export type AdmissionRound = { readonly lapsed: number; readonly blocked: number; readonly renewedLadders: number };

/**
 * The clock of admissions: those whose last day has passed lapse, with what the country lets follow; a block follows only
 * once all notices before it were given. Some at a time: to be called again, in further transactions, until nothing was
 * done. Rows that somebody just acts on are left to the next round.
 */
export async function runAdmissions(desk: Desk, { limit }: { readonly limit: number }): Promise<AdmissionRound> {
  const today = dayOf(desk);
  const over = await desk.query<AdmissionRow>(
    `SELECT ${ADMISSION_COLUMNS} FROM admission WHERE state = 'running' AND ends < $1
     ORDER BY ends, id LIMIT $2 FOR UPDATE SKIP LOCKED`,
    [today, limit],
  );
  for (const row of over) await lapse(desk, row);
  const waiting = await desk.query<AdmissionRow & { blockOn: Day }>(
    `SELECT ${ADMISSION_COLUMNS}, (${BLOCK_DAY})::text AS "blockOn" FROM admission
     WHERE state = 'lapsed' AND ladder IS NOT NULL AND blocked IS NULL AND (${BLOCK_DAY}) <= $1
     ORDER BY ends, id LIMIT $2 FOR UPDATE SKIP LOCKED`,
    [today, limit],
  );
  let [blocked, renewedLadders] = [0, 0];
  for (const { blockOn, ...row } of waiting) {
    if (await block(desk, row)) blocked += 1;
    // A day for receipts that are still on their way; what was missed by then is told anew.
    else if (blockOn < addDays(today, -1)) {
      await renew(desk, row);
      renewedLadders += 1;
    }
  }
  return { lapsed: over.length, blocked, renewedLadders };
}

async function lapse(desk: Desk, row: AdmissionRow): Promise<void> {
  await moveAdmission(desk, row, { event: 'lapse', roles: ['system'] });
  await endPermits(desk, { ground: admissionGround(row), because: 'its days are over' });
  if (endActionOf(desk, row) === 'tracked')
    for (const imei of await imeisFor(desk, row))
      await placeHold(desk, { list: 'tracked', imei, reason: endReason(row), holder: endHolder(row) });
  const imei = await firstImei(desk, row);
  await tell(desk, row, { template: 'admission_ended', values: { imei, reference: row.id }, imei });
}

/** What networks are told: a matter of papers, and nothing about whether the device is genuine (P7). */
const endReason = ({ kind }: Pick<AdmissionRow, 'kind'>): string =>
  kind === 'visitor' ? 'admission over' : 'not registered';

/** Blocks all identifiers of the device, if the notices before it were all given. */
async function block(desk: Desk, row: AdmissionRow): Promise<boolean> {
  if (row.ladder === null || endActionOf(desk, row) !== 'blocked') return false;
  if (!(await isComplete(desk, row.ladder))) return false;
  for (const imei of await imeisFor(desk, row))
    await placeHold(desk, {
      list: 'blocked',
      imei,
      reason: endReason(row),
      holder: endHolder(row),
      ground: { ladder: row.ladder },
    });
  await desk.query('UPDATE admission SET blocked = $2 WHERE id = $1', [row.id, desk.now]);
  return true;
}

async function renew(desk: Desk, row: AdmissionRow): Promise<void> {
  if (row.ladder === null) return;
  const ladder = await renewLadder(desk, row.ladder, soonestBlock(desk));
  await desk.query('UPDATE admission SET ladder = $2 WHERE id = $1', [row.id, ladder]);
}
