import type { Desk } from '../../access/desk.ts';
import { registrationOf } from '../../country/registration.ts';
import { type Device, type DeviceId, imeisOf } from '../../devices/device.ts';
import { enterDevice } from '../../devices/enter.ts';
import { findDevice } from '../../devices/find.ts';
import { happen, lockDevice } from '../../devices/happen.ts';
import { type Imei, tacOf } from '../../identifiers/imei.ts';
import type { Imsi } from '../../identifiers/imsi.ts';
import type { Msisdn } from '../../identifiers/msisdn.ts';
import { alarm } from '../alarm.ts';
import { applyPairChanges } from '../apply.ts';
import { isApproved } from '../approval/approved.ts';
import { rangeOf } from '../approval/production.ts';
import type { Knowledge } from '../knowledge.ts';
import { isPermitted, permit } from '../permit.ts';
import { dayOf } from '../step.ts';
import { activateGoods, LOOKED_FOR, lockGoods } from '../trade/goods.ts';
import { openAdmissionOf } from './admission.ts';
import { beginStay, beginUndeclared, type Use } from './stay.ts';

/** That a network saw a device. */
export type Sighting = {
  readonly imei: Imei;
  readonly imsi?: Imsi | undefined;
  readonly msisdn?: Msisdn | undefined;
  /** By the country file's id. */
  readonly operator: string;
  /** When; not when it is told. */
  readonly at: Date;
};

/** What a sighting means for the registration of a device. */
export const OUTCOMES = {
  registered: 'goods on sale or of the country’s own making: registered by being used',
  before_release: 'of a consignment that customs have not released; its user has a time to regularise it',
  grandfathered: 'nobody declared it, and the country registers all that is used by a day',
  exempt: 'of a type that needs no registration',
  admitted: 'a visitor’s, whose days began',
  undeclared: 'nobody declared it; its user has a time to regularise it',
  known: 'its registration is settled, or under way',
  held: 'reported lost or stolen: not for this office',
  roamer: 'a visitor with a SIM from elsewhere: nothing is needed',
  unclear: 'not known, and seen without a SIM that would tell whose',
} as const;

/** One of {@link OUTCOMES}. */
export type Outcome = keyof typeof OUTCOMES;

/** What came of a sighting. */
export type FirstSeen = { readonly outcome: Outcome; readonly device?: DeviceId | undefined };

/**
 * A network saw a device: if it is used for the first time, that registers it, and its holder does nothing (as in
 * national-systems §2.2). Visitors with SIMs from elsewhere need nothing (Suppl. 73), and of them nothing is kept. The
 * same device seen again changes nothing.
 * @throws Refused DEVICE_TIME
 */
export async function firstSeen(desk: Desk, knowledge: Knowledge, sighting: Sighting): Promise<FirstSeen> {
  const { imei, imsi } = sighting;
  if (imsi !== undefined && !isHome(desk, imsi)) return { outcome: 'roamer' };
  if (await isSettled(desk, imei)) return { outcome: 'known' };
  // One sighting of an IMEI at a time: of two at once the second finds what the first did.
  await desk.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 10))', [imei]);
  const seen = await judge(desk, knowledge, sighting);
  if (seen.outcome !== 'unclear') await keep(desk, sighting, seen);
  return seen;
}

/** A SIM of the country. */
const isHome = ({ policy }: Pick<Desk, 'policy'>, imsi: Imsi): boolean =>
  policy.mccs.some((mcc) => imsi.startsWith(mcc));

/** What nearly every sighting is: of a device that is registered for good, and seen before. */
async function isSettled({ query }: Desk, imei: Imei): Promise<boolean> {
  const [row] = await query(
    `SELECT FROM first_seen f WHERE imei = $1
       AND EXISTS (SELECT FROM permit p WHERE p.imei = $1 AND p.ended IS NULL AND p.ground NOT LIKE 'admission:%')
       AND NOT EXISTS (SELECT FROM device d WHERE d.id = f.device AND d.stage IN ('transferred', 'exported', 'retired'))`,
    [imei],
  );
  return row !== undefined;
}

async function keep(desk: Desk, { imei, at, operator }: Sighting, { outcome, device }: FirstSeen): Promise<void> {
  await desk.query(
    `INSERT INTO first_seen (imei, at, operator, outcome, device, recorded) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (imei) DO NOTHING`,
    [imei, at, operator, outcome, device ?? null, desk.now],
  );
}

async function judge(desk: Desk, knowledge: Knowledge, sighting: Sighting): Promise<FirstSeen> {
  const goods = await lockGoods(desk, sighting.imei);
  if (goods !== undefined) {
    const models = await knowledge.models([tacOf(sighting.imei)], dayOf(desk, goods.declared));
    const { device, outcome } = await activateGoods(desk, goods, { ...sighting, models });
    if (outcome === 'held') return { outcome, device: device.id };
    if (outcome === 'released') return { outcome: 'registered', device: device.id };
    await waitFor(desk, device, sighting);
    return { outcome: 'before_release', device: device.id };
  }
  const device = await findDevice(desk, { kind: 'imei', imei: sighting.imei });
  return device?.stage === undefined
    ? unheardOf(desk, knowledge, sighting)
    : again(desk, knowledge, { device, sighting });
}

type Met = { readonly device: Device; readonly sighting: Sighting };

/** Stages that a use does not change. */
const USED: readonly Device['stage'][] = ['active', ...LOOKED_FOR];

/** A device that the register knows is used. */
async function again(desk: Desk, knowledge: Knowledge, { device, sighting }: Met): Promise<FirstSeen> {
  if (LOOKED_FOR.includes(device.stage)) return { outcome: 'held', device: device.id };
  // Of two of its IMEIs that are seen at once the second finds what the first did.
  await lockDevice(desk, device);
  const admission = await openAdmissionOf(desk, device.id);
  if (!USED.includes(device.stage)) {
    const { at, operator } = sighting;
    await happen(desk, device, { event: 'activate', roles: ['network'], at, source: `operator:${operator}` });
    // Who told that it comes again comes by right.
    const ended = device.stage === 'exported' || device.stage === 'retired';
    if (ended && admission === undefined) await reportEnded(desk, { device, sighting });
  }
  if (admission?.state === 'admitted') {
    const use = useOf(sighting);
    if (use === undefined) return { outcome: 'unclear', device: device.id };
    await beginStay(desk, admission, use);
    return { outcome: 'admitted', device: device.id };
  }
  if (admission !== undefined || (await isPermitted(desk, device.id))) return { outcome: 'known', device: device.id };
  return settleUnknown(desk, knowledge, { device, sighting });
}

const reportEnded = (desk: Desk, { device, sighting }: Met): Promise<void> =>
  alarm(desk, {
    kind: 'active_after_end',
    subject: `device:${device.id}`,
    figures: { imei: sighting.imei, stage: device.stage ?? '' },
    at: sighting.at,
    offices: ['regulator'],
  });

/** A device of which the register knows nothing, or no more than its identifiers. */
async function unheardOf(desk: Desk, knowledge: Knowledge, sighting: Sighting): Promise<FirstSeen> {
  const { imei, at, operator } = sighting;
  const range = await rangeOf(desk, imei);
  const source = `operator:${operator}`;
  if (range?.domestic === true && (await mayBeSold(desk, imei))) {
    const identifiers = [{ kind: 'imei', imei } as const];
    // That it was made is told by its maker, and happened before; whether these are all of its IMEIs is not told.
    const made = { identifiers, event: 'declare', roles: ['maker'], whole: false } as const;
    const { device } = await enterDevice(desk, {
      ...made,
      at: range.at,
      source: `maker:${range.maker}`,
      batch: range.id,
    });
    await happen(desk, device, { event: 'activate', roles: ['network'], at, source });
    await permit(desk, {
      device: device.id,
      imeis: [imei],
      ground: `production_range:${range.id}`,
      approvedBy: [range.maker],
      at,
    });
    return { outcome: 'registered', device: device.id };
  }
  return settleUnknown(desk, knowledge, { sighting });
}

const mayBeSold = async (desk: Desk, imei: Imei): Promise<boolean> =>
  !registrationOf(desk.policy).approval.required || isApproved(desk, tacOf(imei), dayOf(desk));

type Unsettled = { readonly device?: Device | undefined; readonly sighting: Sighting };

/** What the country lets follow for a device that nobody declared. */
async function settleUnknown(desk: Desk, knowledge: Knowledge, { device, sighting }: Unsettled): Promise<FirstSeen> {
  const { imei, at } = sighting;
  const rule = await ruleFor(desk, knowledge, sighting);
  const use = useOf(sighting);
  if (rule === undefined && use === undefined) return { outcome: 'unclear', device: device?.id };
  const met = device ?? (await entered(desk, sighting, rule?.outcome === 'grandfathered'));
  if (rule === undefined) {
    await waitFor(desk, met, sighting);
    return { outcome: 'undeclared', device: met.id };
  }
  const { ground, approvedBy, outcome } = rule;
  const imeis = [...new Set([imei, ...imeisOf(met)])];
  await permit(desk, { device: met.id, imeis, ground, approvedBy: [approvedBy], at });
  return { outcome, device: met.id };
}

/** The rule of the country file that registers what nobody declared, if one does. */
async function ruleFor(desk: Desk, knowledge: Knowledge, { imei, at }: Sighting) {
  const day = dayOf(desk, at);
  const { grandfatheredUntil } = registrationOf(desk.policy).activation;
  if (grandfatheredUntil !== undefined && day <= grandfatheredUntil) {
    const approvedBy = 'rule:registration.activation.grandfathered_until';
    return { outcome: 'grandfathered', ground: `grandfathered:${grandfatheredUntil}`, approvedBy } as const;
  }
  const { exemptDeviceTypes } = desk.policy;
  if (exemptDeviceTypes.length === 0) return undefined;
  const model = (await knowledge.models([tacOf(imei)], day)).get(tacOf(imei));
  if (model === undefined || !exemptDeviceTypes.includes(model.deviceType)) return undefined;
  return { outcome: 'exempt', ground: 'exempt:device_type', approvedBy: 'rule:exempt_device_types' } as const;
}

async function entered(desk: Desk, { imei, at, operator }: Sighting, grandfathered: boolean): Promise<Device> {
  const identifiers = [{ kind: 'imei', imei } as const];
  const how = grandfathered
    ? ({ event: 'baseline', roles: ['regulator'] } as const)
    : ({ event: 'activate', roles: ['network'] } as const);
  const { device, toPlace } = await enterDevice(desk, { identifiers, ...how, at, source: `operator:${operator}` });
  await applyPairChanges(desk, toPlace);
  return device;
}

/** Begins the time in which a device is to be regularised, unless it runs already. */
async function waitFor(desk: Desk, device: Device, sighting: Sighting): Promise<void> {
  const use = useOf(sighting);
  if (use === undefined || (await openAdmissionOf(desk, device.id)) !== undefined) return;
  await beginUndeclared(desk, device, use);
}

const useOf = ({ imsi, msisdn, operator, at }: Sighting): Use | undefined =>
  imsi === undefined ? undefined : { imsi, msisdn, operator, at };
