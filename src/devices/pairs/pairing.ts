import type { Desk } from '../../access/desk.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import type { Imei } from '../../identifiers/imei.ts';
import type { Imsi } from '../../identifiers/imsi.ts';
import type { Msisdn } from '../../identifiers/msisdn.ts';
import { type Device, type DeviceId, imeisOf, type Origin, sourceOf } from '../device.ts';
import { deviceOf } from '../enter.ts';
import { checkTime } from '../fact.ts';
import { claimants, demandDevice } from '../find.ts';
import { demandReason } from '../finding.ts';
import { lockDevice } from '../happen.ts';
import { type PairChange, pairHolder } from './change.ts';
import { holdSubscribers, recount } from './moving.ts';
import { demandPair, type Pair, pairsOf } from './pair.ts';

/** A subscriber to be admitted with a device, whatever the lists say of its IMEIs. */
export type NewPair = Partial<Origin> & {
  /** With all of its IMEIs. */
  readonly of: { readonly device: Pick<Device, 'id'> } | { readonly imei: Imei };
  readonly imsi: Imsi;
  readonly msisdn?: Msisdn | undefined;
  /** Whose subscriber it is, by the country file's id. */
  readonly operator: string;
  /** Why: `baseline`, `genuine`, `activation`, `transfer`. */
  readonly reason: string;
  /** Pseudonym of the person it is kept for. */
  readonly holder?: string | undefined;
  /** From when on; now where left out. If the SIM was changed since then, the pair has the newer one. */
  readonly at?: Date | undefined;
};

/** A pair and what is to be changed at the networks: hand it on, see {@link PairChange}. */
export type Paired = { readonly pair: Pair; readonly toPlace: readonly PairChange[] };

/**
 * Pairs a device to a subscriber (ITU-T Suppl. 73 §7.1.4, the limits inferred). A pair that is there already is given
 * again, and nothing is to be placed.
 * @throws Refused PAIR_OPERATOR, DEVICE_LIMIT, DEVICE_TIME, DEVICE_UNKNOWN
 */
export async function pair(desk: Desk, told: NewPair): Promise<Paired> {
  const { vault } = desk;
  const at = told.at ?? desk.now;
  checkTime(desk, at);
  demandOperator(desk, told.operator);
  const device = 'device' in told.of ? told.of.device : await deviceOf(desk, told.of.imei);
  const { id } = await lockDevice(desk, device);
  const imsi = vault.pseudonym('imsi', told.imsi);
  const msisdn = told.msisdn === undefined ? undefined : vault.pseudonym('msisdn', told.msisdn);
  await holdSubscribers(desk, [imsi, msisdn]);
  const open = await pairsOf(desk, { id });
  const same = open.find((one) => one.imsi === imsi && one.operator === told.operator);
  if (same !== undefined) return { pair: same, toPlace: [] };
  await checkLimits(desk, { id, pairs: open.length, imsi });
  const [row] = await desk.query<{ id: string }>(
    `INSERT INTO device_pair (device, reason, holder, imsi_key, imsi, msisdn_key, msisdn, operator, happened_from, recorded,
       source, batch, actor)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING id`,
    [
      ...[id, told.reason, told.holder ?? null],
      ...[imsi, vault.seal('contact', told.imsi)],
      ...[msisdn ?? null, told.msisdn === undefined ? null : vault.seal('contact', told.msisdn)],
      ...[told.operator, at, desk.now, told.source ?? sourceOf(desk.actor), told.batch ?? null, desk.actor.id],
    ],
  );
  if (row === undefined) throw new Error('a pair was not recorded');
  const toPlace = await recount(desk, [row.id]);
  return { pair: await demandPair(desk, row.id), toPlace };
}

/** Which pair is to end, and why. */
export type Unpairing = {
  readonly of: { readonly pair: string } | { readonly device: Pick<Device, 'id'>; readonly imsi: Imsi };
  readonly because: string;
  /** When it ended; now where left out. */
  readonly at?: Date | undefined;
};

/** Ends a pair; gives what is to be changed at the networks: nothing where it has ended already. @throws Refused DEVICE_UNKNOWN, DEVICE_REASON, DEVICE_TIME */
export async function unpair(desk: Desk, { of, because, at = desk.now }: Unpairing): Promise<readonly PairChange[]> {
  checkTime(desk, at);
  const reason = demandReason(because, 'because');
  const ending = 'pair' in of ? [await demandPair(desk, of.pair)] : await pairsWith(desk, of);
  const changes: PairChange[] = [];
  for (const { id } of ending) {
    // It cannot end before it began: who says so says that it never was.
    const rows = await desk.query(
      `UPDATE device_pair SET happened_to = greatest($2, happened_from), ended = $3, ended_by = $4, ended_because = $5
       WHERE id = $1 AND ended IS NULL RETURNING id`,
      [id, at, desk.now, desk.actor.id, reason],
    );
    if (rows.length === 0) continue;
    await recount(desk, [id]);
    changes.push({ act: 'release', holder: pairHolder(id), because: reason });
  }
  return changes;
}

async function pairsWith(
  desk: Desk,
  { device, imsi }: { readonly device: Pick<Device, 'id'>; readonly imsi: Imsi },
): Promise<readonly Pair[]> {
  const key = desk.vault.pseudonym('imsi', imsi);
  const { id } = await demandDevice(desk, device.id);
  return (await pairsOf(desk, { id })).filter((one) => one.imsi === key);
}

/** Refuses an operator that no list is made for. @throws Refused PAIR_OPERATOR */
export function demandOperator({ policy }: Pick<Desk, 'policy'>, operator: string): void {
  if (policy.operators.some(({ id }) => id === operator)) return;
  const known = policy.operators.map(({ id }) => id).join(', ');
  const message = `${JSON.stringify(operator.slice(0, 40))} is no operator of the country.`;
  throw new Refused([{ code: 'PAIR_OPERATOR', message, remedy: `Give one of: ${known}.`, field: 'operator' }]);
}

type Count = { readonly id: DeviceId; readonly pairs: number; readonly imsi: string };

async function checkLimits(desk: Desk, { id, pairs, imsi }: Count): Promise<void> {
  const { perDevice, imsisPerImei } = desk.policy.devices.pairs;
  if (pairs >= perDevice) throw new Refused([full(`The device has ${pairs} pairs, of ${perDevice} that it may have.`)]);
  const imeis = imeisOf(await demandDevice(desk, id));
  const claiming = await claimants(
    desk,
    imeis.map((imei) => ({ kind: 'imei', imei })),
  );
  const subscribers = new Map<Imei, Set<string>>();
  for (const device of claiming) {
    const known = (await pairsOf(desk, device)).map((one) => one.imsi).filter((one) => one !== imsi);
    for (const imei of imeisOf(device)) subscribers.set(imei, new Set([...(subscribers.get(imei) ?? []), ...known]));
  }
  for (const imei of imeis) {
    const size = subscribers.get(imei)?.size ?? 0;
    if (size < imsisPerImei) continue;
    throw new Refused([full(`The IMEI ${imei} has ${size} subscribers, of ${imsisPerImei} that it may have.`)]);
  }
}

const full = (message: string): Fault => ({
  code: 'DEVICE_LIMIT',
  message,
  remedy: 'End a pair that is not used any more.',
  field: 'imsi',
});
