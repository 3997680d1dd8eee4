import type { Desk } from '../access/desk.ts';
import { type Fault, Refused } from '../faults/fault.ts';
import type { Imei } from '../identifiers/imei.ts';
import type { Models } from './checks.ts';
import { type Device, type DeviceId, type ModelName, type Origin, sourceOf } from './device.ts';
import { examine } from './examine.ts';
import { addFact, checkTime, supersede } from './fact.ts';
import { claimants, demandDevice, findDevice } from './find.ts';
import type { Finding } from './finding.ts';
import { type Happened, happen, lockDevice, stepFrom } from './happen.ts';
import { checkIdentifier, type DeviceIdentifier, type SinglingIdentifier, singles, textOf } from './identifier.ts';
import { type Actor, actsAs, type LifeEvent } from './lifecycle.ts';
import type { PairChange } from './pairs/change.ts';
import { replacePairs } from './pairs/placing.ts';
import { likenessOf, takenOf, unite } from './unite.ts';

/** A device as somebody tells of it. */
export type NewDevice = Origin & {
  /** One at least that singles it out. */
  readonly identifiers: readonly DeviceIdentifier[];
  readonly model?: ModelName | undefined;
  /** What happened to it; undefined: nothing of its life is told. */
  readonly event?: LifeEvent | undefined;
  /** As whom; as the actor's roles say where left out. */
  readonly roles?: readonly Actor[] | undefined;
  /** Since when it has these identifiers, and when the event happened. */
  readonly at: Date;
  /** No personal data. */
  readonly note?: string | undefined;
  /** These are all of its identifiers, so that too few are a finding; where left out, of what is declared or brought. */
  readonly whole?: boolean | undefined;
  /** What the TAC list says of its models (`modelFacts`); without it only equal TACs are known to be of one model. */
  readonly models?: Models | undefined;
};

/** What came of it. */
export type Entered = {
  readonly device: Device;
  /** It was not known before; also where another claims one of its identifiers, which is a finding. */
  readonly created: boolean;
  /** What came of the event. */
  readonly step: Happened | undefined;
  /** What is strange and was not found before. */
  readonly findings: readonly Finding[];
  /** To be handed to the lists of networks: see {@link PairChange}. Empty unless a device with pairs got an identifier. */
  readonly toPlace: readonly PairChange[];
};

/**
 * Enters a device, or what is told anew of one that is known: by which rule it is one of those is told at `likenessOf`. No
 * identifier is ever lost because another device claims it. Told again, it does nothing.
 * @throws Refused DEVICE_IDENTIFIER, DEVICE_TIME, STATE_MOVE, STATE_ROLE
 */
export async function enterDevice(desk: Desk, told: NewDevice): Promise<Entered> {
  checkIdentifiers(told.identifiers);
  checkTime(desk, told.at);
  const { id, created, united } = await deviceFor(desk, told);
  const step = told.event === undefined ? undefined : await happen(desk, { id }, { ...told, event: told.event });
  const grown = await addIdentifiers(desk, id, told);
  await addModel(desk, id, told);
  return outcome(desk, { id, created, step, grown: grown || united, told });
}

/** A device that one has to act on, known or not: by its IMEI. What happens to it is told by `happen`. */
export async function deviceOf(desk: Desk, imei: Imei, origin?: Origin & { readonly at?: Date }): Promise<Device> {
  const known = await findDevice(desk, { kind: 'imei', imei });
  if (known !== undefined) return known;
  const { source = sourceOf(desk.actor), batch, at = desk.now } = origin ?? {};
  return (await enterDevice(desk, { identifiers: [{ kind: 'imei', imei }], at, source, batch })).device;
}

/** An identifier that a device is found to have besides. */
export type NewIdentifier = Pick<NewDevice, 'at' | 'source' | 'batch' | 'models'> & {
  readonly identifier: DeviceIdentifier;
};

/**
 * Adds an identifier to a device, by whoever knows that it is the device's. Told again, it does nothing.
 * @throws Refused DEVICE_IDENTIFIER, DEVICE_TIME, DEVICE_UNKNOWN
 */
export async function addIdentifier(
  desk: Desk,
  device: Pick<Device, 'id'>,
  { identifier, ...rest }: NewIdentifier,
): Promise<Omit<Entered, 'created' | 'step'>> {
  const told = { ...rest, identifiers: [identifier] };
  const checked = checkIdentifier(identifier);
  if (!checked.ok) throw new Refused([checked.fault]);
  checkTime(desk, told.at);
  const { id } = await lockDevice(desk, device);
  const grown = await addIdentifiers(desk, id, told);
  const { created: _, step: __, ...added } = await outcome(desk, { id, created: false, step: undefined, grown, told });
  return added;
}

function checkIdentifiers(identifiers: readonly DeviceIdentifier[]): void {
  const faults = identifiers.map(checkIdentifier).flatMap((checked) => (checked.ok ? [] : [checked.fault]));
  if (!identifiers.some(singles)) faults.push(NOTHING);
  if (faults.length > 0) throw new Refused(faults);
}

const NOTHING: Fault = {
  code: 'DEVICE_IDENTIFIER',
  message: 'No identifier is given that singles out one device.',
  remedy: 'Give an IMEI, an EID, a serial number with its maker, or a MAC address.',
  field: 'identifiers',
};

/** The device that is told of, held. */
type Meant = { readonly id: DeviceId; readonly created: boolean; readonly united: boolean };

/** The device that is told of: one that is known, several made one, or a new one. */
async function deviceFor(desk: Desk, told: NewDevice): Promise<Meant> {
  const keys = told.identifiers.filter(singles);
  const claiming = (await claimants(desk, keys)).map(({ id }) => id).sort();
  for (const id of claiming) await lockDevice(desk, { id });
  // Read again, since another transaction may have changed them before they were held.
  const candidates = claiming.length === 0 ? [] : await claimants(desk, keys);
  const taken = await takenOf(
    desk,
    candidates.map(({ id }) => id),
  );
  const likeness = likenessOf(
    told.identifiers,
    candidates.map((device) => ({ device, taken: taken.has(device.id) })),
    told.models ?? new Map(),
  );
  if (likeness.is === 'known') return { id: likeness.device.id, created: false, united: false };
  if (likeness.is === 'one') {
    await unite(desk, { into: likeness.into.id, others: likeness.others.map(({ id }) => id) });
    return { id: likeness.into.id, created: false, united: true };
  }
  return freshDevice(desk, told, candidates.length > 0);
}

/**
 * A new device with the keys that nobody has. Where none was to be had and now somebody has one, another transaction
 * entered the same at the same time, and has just committed: what it entered is looked at again.
 */
async function freshDevice(desk: Desk, told: NewDevice, contested: boolean): Promise<Meant> {
  if (told.event !== undefined) {
    const step = stepFrom(undefined, { event: told.event, roles: told.roles ?? actsAs(desk.actor.roles) });
    if (!step.ok) throw new Refused([step.fault]);
  }
  const [row] = await desk.query<{ id: DeviceId }>('INSERT INTO device (entered) VALUES ($1) RETURNING id', [desk.now]);
  if (row === undefined) throw new Error('a device was not entered');
  const keys = told.identifiers.filter(singles);
  const won = await takeKeys(desk, row.id, keys);
  if (contested || won === new Set(keys.map((one) => `${one.kind} ${textOf(one)}`)).size)
    return { ...row, created: true, united: false };
  await desk.query('DELETE FROM device_key WHERE device = $1', [row.id]);
  await desk.query('DELETE FROM device WHERE id = $1', [row.id]);
  return deviceFor(desk, told);
}

/** Makes a device known by identifiers that nobody is known by; gives how many. In one order, so that no two wait in a circle. */
async function takeKeys(
  { query }: Pick<Desk, 'query'>,
  id: DeviceId,
  keys: readonly SinglingIdentifier[],
): Promise<number> {
  const rows = await query(
    `INSERT INTO device_key (kind, value, device)
     SELECT DISTINCT kind, value, $3::uuid FROM unnest($1::text[], $2::text[]) AS k (kind, value) ORDER BY kind, value
     ON CONFLICT DO NOTHING RETURNING kind`,
    [keys.map(({ kind }) => kind), keys.map(textOf), id],
  );
  return rows.length;
}

type Given = Pick<NewDevice, 'identifiers' | 'at' | 'source' | 'batch'>;

/** An identifier that the device has. */
type Had = {
  readonly id: string;
  readonly kind: string;
  readonly value: string;
  readonly slot: number | null;
  readonly from: Date;
};

/** Records the identifiers that the device does not have, and what is told better of others; whether an IMEI is new. */
async function addIdentifiers(desk: Desk, id: DeviceId, { identifiers, at, source, batch }: Given): Promise<boolean> {
  const has = await desk.query<Had>(
    `SELECT f.id, f.kind, f.value, f.slot, f.happened_from AS from FROM device_fact f JOIN device d ON d.id = f.device
     WHERE (d.id = $1 OR d.united_into = $1) AND f.kind IN ('imei', 'eid', 'serial', 'gtin', 'mac')
       AND f.superseded IS NULL AND f.happened_to IS NULL`,
    [id],
  );
  let grown = false;
  const done = new Set<string>();
  for (const identifier of identifiers) {
    const { kind } = identifier;
    const value = textOf(identifier);
    const slot = 'slot' in identifier ? identifier.slot : undefined;
    const same = has.filter((one) => one.kind === kind && one.value === value);
    const known = same.find((one) => slot === undefined || one.slot === slot) ?? same.find((one) => one.slot === null);
    const key = JSON.stringify([kind, value, slot]);
    const says = known === undefined || at < known.from || (slot !== undefined && known.slot === null);
    if (done.has(key) || !says) continue;
    done.add(key);
    const from = known !== undefined && known.from < at ? known.from : at;
    const place = slot ?? known?.slot ?? undefined;
    const by = await addFact(desk, id, { kind, value, slot: place, from, source, batch });
    if (known !== undefined) await supersede(desk, { fact: known.id, because: 'its slot or beginning is known', by });
    grown ||= kind === 'imei' && same.length === 0;
  }
  await takeKeys(desk, id, identifiers.filter(singles));
  return grown;
}

async function addModel(desk: Desk, id: DeviceId, { model, at, source, batch }: NewDevice): Promise<void> {
  if (model === undefined) return;
  const { model: known } = await demandDevice(desk, id);
  for (const kind of ['maker', 'model'] as const) {
    const value = model[kind].trim();
    if (value === '' || value === known?.[kind]) continue;
    await addFact(desk, id, { kind, value, from: at, source, batch });
  }
}

type Done = Pick<Entered, 'created' | 'step'> & {
  readonly id: DeviceId;
  readonly grown: boolean;
  readonly told: Omit<NewDevice, 'identifiers'>;
};

async function outcome(desk: Desk, { id, created, step, grown, told }: Done): Promise<Entered> {
  const whole = told.whole ?? (told.event === 'declare' || told.event === 'bring');
  const findings = await examine(desk, { id }, { ...told, whole });
  const toPlace = grown && !created ? await replacePairs(desk, id, 'the device has another IMEI') : [];
  return { device: await demandDevice(desk, id), created, step, findings, toPlace };
}
