import type { Desk } from '../../access/desk.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import { type Imei, tacOf, writeImei15 } from '../../identifiers/imei.ts';
import type { Tac } from '../../identifiers/tac.ts';
import type { Models } from '../checks.ts';
import { type Asking, type Device, type DeviceId, imeisOf, type ModelName, type Origin, sourceOf } from '../device.ts';
import { checkTime } from '../fact.ts';
import { demandDevice } from '../find.ts';
import { demandReason } from '../finding.ts';
import { lockDevice } from '../happen.ts';
import { holdSubscribers } from '../pairs/moving.ts';
import { LAST_SEEN, usedSince } from '../seen.ts';

/** That a person has a device. */
export type Association = Origin & {
  readonly id: string;
  readonly device: DeviceId;
  /** Pseudonym. */
  readonly person: string;
  /** By what: `purchase`, `import`, `transfer`. */
  readonly basis: string;
  readonly from: Date;
  readonly to: Date | undefined;
  /** When its end was learnt, by whose act, and why. */
  readonly ended: { readonly at: Date; readonly by: string; readonly because: string } | undefined;
};

type Row = {
  readonly id: string;
  readonly device: DeviceId;
  readonly person: string;
  readonly basis: string;
  readonly from: Date;
  readonly to: Date | null;
  readonly source: string;
  readonly batch: string | null;
  readonly ended: Date | null;
  readonly ended_by: string | null;
  readonly ended_because: string | null;
};

const COLUMNS = `a.id, coalesce(d.united_into, d.id) AS device, a.person, a.basis, a.happened_from AS from,
  a.happened_to AS to, a.source, a.batch, a.ended, a.ended_by, a.ended_because`;

const associationOf = ({ to, batch, ended, ended_by: by, ended_because: because, ...row }: Row): Association => ({
  ...row,
  to: to ?? undefined,
  batch: batch ?? undefined,
  ended: ended === null ? undefined : { at: ended, by: by ?? '', because: because ?? '' },
});

/** A device to be put in a person's name. */
export type NewAssociation = Partial<Origin> & {
  readonly device: Pick<Device, 'id'>;
  /** The pseudonym `person`, never the number of a paper. */
  readonly person: string;
  readonly basis: string;
  /**
   * The person's confirmation, from a line of his own or by an electronic identity, by its id; whoever calls has seen that
   * it is this person's. Each confirms one device once.
   */
  readonly proof: string;
  /** From when on; now where left out. */
  readonly at?: Date | undefined;
};

/**
 * Puts a device in a person's name, which nobody but that person can bring about. Again, it does nothing.
 * @throws Refused DEVICE_PROOF, DEVICE_LIMIT, DEVICE_TAKEN, DEVICE_TIME, DEVICE_UNKNOWN
 */
export async function associate(desk: Desk, told: NewAssociation): Promise<Association> {
  const { person, basis, proof, at = desk.now } = told;
  checkTime(desk, at);
  if (proof.trim() === '') throw new Refused([proofFault('The person has not confirmed it.')]);
  const { id } = await lockDevice(desk, told.device);
  await holdSubscribers(desk, [person]);
  const holders = await associationsOf(desk, { id });
  const same = holders.find((one) => one.person === person);
  if (same !== undefined) return same;
  await checkLimits(desk, { person, holders: holders.length });
  const [row] = await desk.query<{ id: string }>(
    `INSERT INTO device_association (device, person, basis, proof, happened_from, recorded, source, batch, actor)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (proof) DO NOTHING RETURNING id`,
    [
      ...[id, person, basis, proof, at, desk.now],
      ...[told.source ?? sourceOf(desk.actor), told.batch ?? null, desk.actor.id],
    ],
  );
  if (row === undefined) throw new Refused([proofFault('The confirmation was used for another device.')]);
  return demandAssociation(desk, row.id);
}

const proofFault = (message: string): Fault => ({
  code: 'DEVICE_PROOF',
  message,
  remedy: 'Let the person confirm this device, by a code to a line of his own or by an electronic identity.',
  field: 'proof',
});

async function checkLimits(
  { query, policy }: Desk,
  { person, holders }: { readonly person: string; readonly holders: number },
): Promise<void> {
  const { devicesPerPerson, personsPerDevice } = policy.devices.associations;
  if (holders >= personsPerDevice) {
    const message = `The device is in the name of ${holders}, of ${personsPerDevice} that may have it.`;
    const remedy = 'Let who has it give it on, or say that it is not his.';
    throw new Refused([{ code: 'DEVICE_TAKEN', message, remedy, field: 'device' }]);
  }
  const [row] = await query<{ has: number }>(
    'SELECT count(*)::integer AS has FROM device_association WHERE person = $1 AND ended IS NULL',
    [person],
  );
  if ((row?.has ?? 0) < devicesPerPerson) return;
  const message = `The person has ${row?.has} devices, of ${devicesPerPerson} that one may have.`;
  throw new Refused([{ code: 'DEVICE_LIMIT', message, remedy: 'End one that is not used any more.', field: 'person' }]);
}

/** Who has a device now. */
export async function associationsOf({ query }: Asking, device: Pick<Device, 'id'>): Promise<readonly Association[]> {
  const rows = await query<Row>(
    `SELECT ${COLUMNS} FROM device_association a JOIN device d ON d.id = a.device
     WHERE (d.id = $1 OR d.united_into = $1) AND a.ended IS NULL ORDER BY a.id`,
    [device.id],
  );
  return rows.map(associationOf);
}

/** An association by its number. @throws Refused DEVICE_UNKNOWN */
export async function demandAssociation({ query }: Asking, id: string): Promise<Association> {
  const [row] = await query<Row>(
    `SELECT ${COLUMNS} FROM device_association a JOIN device d ON d.id = a.device WHERE a.id::text = $1`,
    [id],
  );
  if (row !== undefined) return associationOf(row);
  const message = `There is no association ${JSON.stringify(id.slice(0, 40))}.`;
  const remedy = 'Take its number from the devices of the person.';
  throw new Refused([{ code: 'DEVICE_UNKNOWN', message, remedy, field: 'association' }]);
}

/** Which association is to end, and why. */
export type Dissociation = {
  readonly of: { readonly association: string } | { readonly device: Pick<Device, 'id'>; readonly person: string };
  readonly because: string;
  /** When it ended; now where left out. */
  readonly at?: Date | undefined;
};

/** Takes a device out of a person's name; gives whether it was in it. @throws Refused DEVICE_TIME, DEVICE_REASON */
export async function dissociate(desk: Desk, { of, because, at = desk.now }: Dissociation): Promise<boolean> {
  checkTime(desk, at);
  const rows = await desk.query(
    `UPDATE device_association a SET happened_to = greatest($4, a.happened_from), ended = $5, ended_by = $6,
       ended_because = $7
     WHERE a.ended IS NULL AND (a.id::text = $1 OR (a.person = $3
       AND a.device IN (SELECT id FROM device WHERE id = $2 OR united_into = $2))) RETURNING a.id`,
    [
      'association' in of ? of.association : null,
      ...('device' in of ? [(await demandDevice(desk, of.device.id)).id, of.person] : [null, null]),
      ...[at, desk.now, desk.actor.id, demandReason(because, 'because')],
    ],
  );
  return rows.length > 0;
}

/** A device as a person is shown it: never a whole identifier. */
export type OwnDevice = {
  readonly association: string;
  readonly model: ModelName | undefined;
  /** The last four digits of each IMEI as it is printed, the check digit being the last. */
  readonly endings: readonly string[];
  readonly basis: string;
  readonly from: Date;
  /** A network saw it within as many days as the country says: with this person, or without anybody named. */
  readonly active: boolean;
  /** This person says that it is not his, and nobody has decided. */
  readonly disputed: boolean;
};

/** Whose devices, and how models are looked up that nobody declared (`modelFacts`). */
export type OwnDevices = {
  readonly person: string;
  readonly modelsOf?: ((tacs: readonly Tac[]) => Promise<Models>) | undefined;
};

/**
 * The devices in a person's name, for that person: whoever calls has had a one-time code or an electronic identity
 * proved. What was loaded of former times is there, and active only what is used now.
 */
export async function devicesOfPerson(
  desk: Pick<Desk, 'query' | 'policy' | 'now'>,
  { person, modelsOf }: OwnDevices,
): Promise<readonly OwnDevice[]> {
  const rows = await desk.query<Row & { seen: Date | null; disputed: boolean }>(
    `SELECT ${COLUMNS}, ${LAST_SEEN('coalesce(d.united_into, d.id)', '$1::text')} AS seen,
       EXISTS (SELECT FROM device_dispute q WHERE q.association = a.id AND q.state IN ('open', 'in_review', 'overdue'))
         AS disputed
     FROM device_association a JOIN device d ON d.id = a.device
     WHERE a.person = $1 AND a.ended IS NULL ORDER BY a.happened_from DESC, a.id DESC`,
    [person],
  );
  const devices: Device[] = [];
  for (const { device } of rows) devices.push(await demandDevice(desk, device));
  const tacs = devices.filter(({ model }) => model === undefined).flatMap((one) => imeisOf(one).map(tacOf));
  const models = (await modelsOf?.(tacs)) ?? new Map();
  return rows.map(({ id, basis, from, seen, disputed }, at) => {
    const device = devices[at];
    const imeis = device === undefined ? [] : imeisOf(device);
    return {
      association: id,
      model: device?.model ?? modelOf(imeis, models),
      endings: imeis.map((imei) => writeImei15(imei).slice(-4)),
      basis,
      from,
      active: seen !== null && seen >= usedSince(desk),
      disputed,
    };
  });
}

function modelOf(imeis: readonly Imei[], models: Models): ModelName | undefined {
  const facts = imeis.map((imei) => models.get(tacOf(imei))).find((one) => one !== undefined);
  return facts === undefined ? undefined : { maker: facts.manufacturer, model: facts.model };
}
