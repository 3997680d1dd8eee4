import type { Desk } from '../access/desk.ts';
import type { Fault } from '../faults/fault.ts';
import { Refused } from '../faults/fault.ts';
import type { Result } from '../faults/result.ts';
import { type Attempt, advance, begin, type Step } from '../states/machine.ts';
import type { Asking, Device, DeviceId, Origin } from './device.ts';
import { addFact, checkTime } from './fact.ts';
import { unknownDevice } from './find.ts';
import { recordFindings } from './finding.ts';
import { type Actor, actsAs, LIFECYCLE, type LifeEvent, type Stage, targetOf } from './lifecycle.ts';

/** Something that happened to a device. */
export type Happening = Origin & {
  readonly event: LifeEvent;
  /** As whom it is brought about; as the actor's roles say where left out. */
  readonly roles?: readonly Actor[] | undefined;
  /** When it happened; not when it is told. */
  readonly at: Date;
  /** No personal data. */
  readonly note?: string | undefined;
};

/** What came of it. */
export type Happened = Step<Stage> & {
  /** It happened before what is known already: it was recorded, and the device stands where it stood. */
  readonly late: boolean;
  /** It was recorded before, and nothing was done. */
  readonly repeated: boolean;
  /** Where the device stands now. */
  readonly stage: Stage;
};

/** A device's row, held until the transaction ends. */
export type Locked = { readonly id: DeviceId; readonly stage: Stage | undefined; readonly stageAt: Date | undefined };

/** Holds a device, so that of two who act on it at once the second sees what the first did. @throws Refused DEVICE_UNKNOWN */
export async function lockDevice(desk: Asking, { id }: Pick<Device, 'id'>): Promise<Locked> {
  const [row] = await desk.query<{ stage: Stage | null; stage_at: Date | null; united_into: DeviceId | null }>(
    'SELECT stage, stage_at, united_into FROM device WHERE id = $1 FOR UPDATE',
    [id],
  );
  if (row === undefined) throw new Refused([unknownDevice(id)]);
  if (row.united_into !== null) return lockDevice(desk, { id: row.united_into });
  return { id, stage: row.stage ?? undefined, stageAt: row.stage_at ?? undefined };
}

/** What would come of an event for a device that stands so: where nothing of its life is known, it begins. */
export const stepFrom = (stage: Stage | undefined, attempt: Attempt<LifeEvent, Actor>): Result<Step<Stage>, Fault> =>
  stage === undefined ? begin(LIFECYCLE, attempt) : advance(LIFECYCLE, stage, attempt);

/**
 * Records what happened to a device, and moves it on. What happened before the newest that is known is history: it is
 * kept, and the device stands where it stood. The same event of the same moment is recorded once.
 * @throws Refused STATE_MOVE, STATE_ROLE, DEVICE_TIME, DEVICE_UNKNOWN
 */
export async function happen(desk: Desk, device: Pick<Device, 'id'>, act: Happening): Promise<Happened> {
  checkTime(desk, act.at);
  const locked = await lockDevice(desk, device);
  const late = locked.stageAt !== undefined && act.at < locked.stageAt;
  const before =
    locked.stageAt !== undefined && act.at <= locked.stageAt ? await eventsAround(desk, locked.id, act) : [];
  if (locked.stage !== undefined && before.some(({ same }) => same)) {
    return { to: targetOf(act.event), needs: undefined, finding: undefined, late, repeated: true, stage: locked.stage };
  }
  const roles = act.roles ?? actsAs(desk.actor.roles);
  const from = late ? before.at(0)?.stage : locked.stage;
  const step = late ? historic(from, { event: act.event, roles }) : stepFrom(from, { event: act.event, roles });
  if (!step.ok) throw new Refused([step.fault]);
  const { finding } = step.value;
  const { source, batch, note, at } = act;
  const detail = { roles, ...(finding && { finding }), ...(note && { note }), ...(late && { late }) };
  await addFact(desk, locked.id, { kind: 'event', value: act.event, detail, from: at, source, batch });
  if (!late)
    await desk.query('UPDATE device SET stage = $2, stage_at = $3 WHERE id = $1', [locked.id, step.value.to, at]);
  if (finding !== undefined && from !== undefined) {
    const evidence = { from, event: act.event, finding, at: at.toISOString() };
    await recordFindings(desk, locked.id, { found: [{ kind: 'life', evidence }], source, batch });
  }
  return { ...step.value, late, repeated: false, stage: late ? (locked.stage ?? step.value.to) : step.value.to };
}

/** Where the device stood at the moment of an event, and whether that event is known already. */
async function eventsAround(
  { query }: Asking,
  device: DeviceId,
  { event, at }: Happening,
): Promise<readonly { readonly stage: Stage; readonly same: boolean }[]> {
  const rows = await query<{ value: LifeEvent; same: boolean }>(
    `SELECT f.value, f.value = $2 AND f.happened_from = $3 AS same
     FROM device_fact f JOIN device d ON d.id = f.device
     WHERE (d.id = $1 OR d.united_into = $1) AND f.kind = 'event' AND f.superseded IS NULL AND f.happened_from <= $3
     ORDER BY f.happened_from DESC, f.id DESC`,
    [device, event, at],
  );
  return rows.map(({ value, same }) => ({ stage: targetOf(value), same }));
}

/** History is told as it was, also where it does not fit what is known of before; only who tells it must be one who may. */
function historic(from: Stage | undefined, attempt: Attempt<LifeEvent, Actor>): Result<Step<Stage>, Fault> {
  const fitting = stepFrom(from, attempt);
  if (fitting.ok || fitting.fault.code === 'STATE_ROLE') return fitting;
  const stages = Object.keys(LIFECYCLE.states) as Stage[];
  const ways = [undefined, ...stages].map((stage) => stepFrom(stage, attempt));
  const way = ways.find((one) => one.ok) ?? ways.find((one) => !one.ok && one.fault.code === 'STATE_ROLE') ?? fitting;
  return way.ok ? { ok: true, value: { ...way.value, finding: undefined } } : way;
}

/** Puts a device where the newest of its events brings it, after facts were corrected or devices united. */
export async function settle({ query }: Asking, device: DeviceId): Promise<void> {
  const [newest] = await query<{ value: LifeEvent; at: Date }>(
    `SELECT f.value, f.happened_from AS at FROM device_fact f JOIN device d ON d.id = f.device
     WHERE (d.id = $1 OR d.united_into = $1) AND f.kind = 'event' AND f.superseded IS NULL
     ORDER BY f.happened_from DESC, f.id DESC LIMIT 1`,
    [device],
  );
  const stage = newest === undefined ? null : targetOf(newest.value);
  await query('UPDATE device SET stage = $2, stage_at = $3 WHERE id = $1', [device, stage, newest?.at ?? null]);
}
