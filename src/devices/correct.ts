import type { Desk } from '../access/desk.ts';
import { type Fault, Refused } from '../faults/fault.ts';
import type { DeviceId, Origin } from './device.ts';
import { addFact, checkTime, type Fact, standingFact, supersede } from './fact.ts';
import { demandReason } from './finding.ts';
import { lockDevice, settle } from './happen.ts';
import { SINGLING } from './identifier.ts';
import type { PairChange } from './pairs/change.ts';
import { replacePairs } from './pairs/placing.ts';

/** What is truer of a fact than what was recorded. What is left out stays. */
export type Correction = Origin & {
  readonly from?: Date | undefined;
  /** When it ceased to be true: an IMEI after a repair. */
  readonly to?: Date | undefined;
  readonly because: string;
};

/** What came of it. */
export type Corrected = {
  /** The fact that stands in the other's place; undefined where none does. */
  readonly fact: string | undefined;
  /** To be handed to the lists of networks: see {@link PairChange}. */
  readonly toPlace: readonly PairChange[];
};

/**
 * Corrects when a fact was true, by a newer fact; the older stays readable by what was known then. The device's stage, and
 * by what it is known, follow.
 * @throws Refused DEVICE_UNKNOWN, DEVICE_TIME, DEVICE_REASON
 */
export async function correctFact(desk: Desk, id: string, correction: Correction): Promise<Corrected> {
  const because = demandReason(correction.because, 'because');
  const { device, fact } = await heldFact(desk, id);
  const from = correction.from ?? fact.from;
  const to = correction.to ?? fact.to;
  checkTime(desk, from);
  if (to !== undefined) checkTime(desk, to);
  if (to !== undefined && to < from) throw new Refused([BACKWARDS]);
  const { source, batch } = correction;
  const by = await addFact(desk, device, { ...fact, from, to, source, batch });
  await supersede(desk, { fact: id, because, by });
  return { fact: by, toPlace: await follow(desk, device, fact) };
}

/**
 * Ceases to hold a fact to be true at all; it stays readable by what was known before.
 * @throws Refused DEVICE_UNKNOWN, DEVICE_REASON
 */
export async function withdrawFact(desk: Desk, id: string, because: string): Promise<Corrected> {
  const reason = demandReason(because, 'because');
  const { device, fact } = await heldFact(desk, id);
  await supersede(desk, { fact: id, because: reason });
  return { fact: undefined, toPlace: await follow(desk, device, fact) };
}

/** The fact, with its device held: the device first, as everybody holds them. */
async function heldFact(desk: Desk, id: string): Promise<{ readonly device: DeviceId; readonly fact: Fact }> {
  const { device } = await standingFact(desk, id);
  await lockDevice(desk, { id: device });
  return standingFact(desk, id);
}

const BACKWARDS: Fault = {
  code: 'DEVICE_TIME',
  message: 'It would end before it began.',
  remedy: 'Give an end after the beginning.',
  field: 'to',
};

/** What hangs on facts: the stage on events, the key and the pairs on identifiers. */
async function follow(desk: Desk, device: DeviceId, { kind, value }: Fact): Promise<readonly PairChange[]> {
  if (kind === 'event') await settle(desk, device);
  if (!SINGLING.some((one) => one === kind)) return [];
  await rekey(desk, kind, value);
  return kind === 'imei' ? replacePairs(desk, device, 'the IMEIs of the device were corrected') : [];
}

/** Makes an identifier that of the first device that claims it now, or of none. */
async function rekey({ query }: Pick<Desk, 'query'>, kind: string, value: string): Promise<void> {
  const [first] = await query<{ device: DeviceId }>(
    `SELECT coalesce(d.united_into, d.id) AS device FROM device_fact f JOIN device d ON d.id = f.device
     WHERE f.kind = $1 AND f.value = $2 AND f.kind IN ('imei', 'eid', 'serial', 'mac')
     GROUP BY 1 HAVING bool_or(f.superseded IS NULL AND f.happened_to IS NULL) ORDER BY min(f.id) LIMIT 1`,
    [kind, value],
  );
  if (first === undefined) await query('DELETE FROM device_key WHERE kind = $1 AND value = $2', [kind, value]);
  else await query('UPDATE device_key SET device = $3 WHERE kind = $1 AND value = $2', [kind, value, first.device]);
}
