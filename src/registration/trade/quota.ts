import { demand } from '../../access/actions.ts';
import type { Organisation } from '../../access/actor.ts';
import { raiseAlarm } from '../../access/alarm.ts';
import type { Desk } from '../../access/desk.ts';
import { addDays } from '../../calendar/day.ts';
import { registrationOf } from '../../country/registration.ts';
import { periodOf } from '../holders/period.ts';
import { badValue, line, refused } from '../refusal.ts';
import { dayOf } from '../step.ts';

/** How much an account may still declare in the period that today lies in. */
export type Allowance = { readonly period: string; readonly quota: number; readonly used: number };

/** What an organisation may declare and has declared. */
export async function allowanceOf(
  desk: Pick<Desk, 'query' | 'policy' | 'now'>,
  organisation: Organisation,
): Promise<Allowance> {
  const quota = await quotaOf(desk, organisation);
  const period = periodNow(desk);
  const [row] = await desk.query<{ devices: string }>(
    'SELECT devices FROM trade_use WHERE organisation = $1 AND period = $2',
    [organisation.id, period],
  );
  return { period, quota, used: Number(row?.devices ?? 0) };
}

/**
 * Counts devices against the quota of an organisation. The row of the period is held until the commit: of two that count at
 * once, the second sees what the first used. @throws Refused REGISTRATION_QUOTA
 */
export async function spendQuota(desk: Desk, organisation: Organisation, devices: number): Promise<void> {
  const period = periodNow(desk);
  const [row] = await desk.query<{ devices: string }>(
    `INSERT INTO trade_use AS held (organisation, period, devices) VALUES ($1, $2, $3)
     ON CONFLICT (organisation, period) DO UPDATE SET devices = held.devices + excluded.devices RETURNING devices`,
    [organisation.id, period, devices],
  );
  // Read after the row is held, so that a quota that was just set counts.
  const quota = await quotaOf(desk, organisation);
  const used = Number(row?.devices ?? devices);
  if (used <= quota) return;
  const message = `${devices} devices are more than the ${Math.max(0, quota - (used - devices))} that ${organisation.name} may still declare in the period ${period}.`;
  throw refused('REGISTRATION_QUOTA', message, 'Declare fewer, or ask the regulator for a greater quota.');
}

/** Gives devices back that do not come, in the period in which they were counted. */
export async function returnQuota(
  desk: Desk,
  organisation: string,
  { devices, counted }: { readonly devices: number; readonly counted: Date },
): Promise<void> {
  await desk.query('UPDATE trade_use SET devices = greatest(0, devices - $3) WHERE organisation = $1 AND period = $2', [
    organisation,
    periodNow(desk, counted),
    devices,
  ]);
}

/** Sets what one organisation may declare in a period, with the reason. @throws Refused ACCESS_ROLE, REGISTRATION_VALUE */
export async function setQuota(
  desk: Desk,
  {
    organisation,
    devices,
    reason,
  }: { readonly organisation: string; readonly devices: number; readonly reason: string },
): Promise<void> {
  demand(desk.actor, 'quota.set');
  if (!Number.isSafeInteger(devices) || devices < 0)
    throw badValue('devices', `${devices} is no number of devices.`, 'Give a whole number, 0 or more.');
  await desk.query('INSERT INTO trade_quota (organisation, devices, at, by_whom, reason) VALUES ($1, $2, $3, $4, $5)', [
    organisation,
    devices,
    desk.now,
    desk.actor.id,
    line('reason', reason),
  ]);
}

const periodNow = (desk: Pick<Desk, 'policy' | 'now'>, at = desk.now): string =>
  periodOf(dayOf(desk, at), registrationOf(desk.policy).quotas.period).name;

async function quotaOf({ query, policy }: Pick<Desk, 'query' | 'policy'>, { id, kind }: Organisation): Promise<number> {
  const [row] = await query<{ devices: string }>(
    'SELECT devices FROM trade_quota WHERE organisation = $1 ORDER BY number DESC LIMIT 1',
    [id],
  );
  const { importer, maker } = registrationOf(policy).quotas;
  return row === undefined ? (kind === 'maker' ? maker : importer) : Number(row.devices);
}

/** Days before today whose mean is what is usual for an account. */
const USUAL_DAYS = 30;

/**
 * Counts devices that the actor's account brings in or approves, and tells the auditor, once a day, when they are far more
 * than usual for it (P3: 191,965 identifiers were once entered in ten days by nobody's leave).
 */
export async function countVolume(desk: Desk, devices: number): Promise<void> {
  const day = dayOf(desk);
  const [row] = await desk.query<{ devices: string; usual: string }>(
    `INSERT INTO account_volume AS held (account, day, devices) VALUES ($1, $2, $3)
     ON CONFLICT (account, day) DO UPDATE SET devices = held.devices + excluded.devices
     RETURNING devices, (SELECT coalesce(sum(p.devices), 0)::float / $5 FROM account_volume p
       WHERE p.account = $1 AND p.day >= $4 AND p.day < $2) AS usual`,
    [desk.actor.id, day, devices, addDays(day, -USUAL_DAYS), USUAL_DAYS],
  );
  const [today, usual] = [Number(row?.devices ?? devices), Number(row?.usual ?? 0)];
  const { factor, atLeast } = registrationOf(desk.policy).volume;
  const mark = Math.max(atLeast, factor * usual);
  if (today <= mark || today - devices > mark) return;
  await raiseAlarm(desk, {
    kind: 'registration_volume',
    actor: desk.actor.id,
    detail: { day, devices: today, usual: Math.round(usual), mark: Math.round(mark) },
  });
}
