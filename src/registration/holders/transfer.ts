import type { Role } from '../../access/actor.ts';
import type { Desk } from '../../access/desk.ts';
import { useProof } from '../../access/sign_in/proof.ts';
import { isUuid } from '../../access/uuid.ts';
import { addDays } from '../../calendar/day.ts';
import { type Device, type DeviceId, imeisOf } from '../../devices/device.ts';
import { demandDevice, findDevice } from '../../devices/find.ts';
import { happen, lockDevice } from '../../devices/happen.ts';
import { pairsOf } from '../../devices/pairs/pair.ts';
import { unpair } from '../../devices/pairs/pairing.ts';
import { associate, associationsOf, dissociate } from '../../devices/persons/association.ts';
import type { Imei } from '../../identifiers/imei.ts';
import type { Msisdn } from '../../identifiers/msisdn.ts';
import { applyPairChanges } from '../apply.ts';
import type { Knowledge } from '../knowledge.ts';
import { refused, unknown } from '../refusal.ts';
import { began, dayOf, first, type Happening, move } from '../step.ts';
import { demandNotHeld } from './device_in_hand.ts';
import { TRANSFER, type TransferEvent, type TransferState } from './holder_machines.ts';

/** The purposes of the codes of both sides. */
export const GIVE_PURPOSE = 'transfer_give';
export const TAKE_PURPOSE = 'transfer_take';

/** A device that is to pass to another person. */
export type Offer = {
  readonly imei: Imei;
  /** The number that was used with it. */
  readonly number: Msisdn;
  /** That a code to that number was proved; not needed of the number by which one is signed in. */
  readonly proof?: string | undefined;
  /** The pseudonym of the new holder’s number or address: see `readContact`. */
  readonly to: string;
};

type Row = {
  readonly id: string;
  readonly state: TransferState;
  readonly device: DeviceId;
  readonly from: string;
  readonly to: string;
  readonly until: Date;
};

const COLUMNS = `id, state, device, from_person AS "from", to_person AS "to", until`;

/** Days that the new holder has to confirm. Ours. */
const DAYS = 7;

/** How far back a number counts as having been used with a device, in days. Ours. */
const USED_DAYS = 180;

/**
 * The present holder offers a device to another person: by a code to a number that was used with it, or that it is in the
 * name of. @throws Refused STATE_ROLE, REGISTRATION_PROOF, REGISTRATION_HELD, REGISTRATION_TAKEN, REGISTRATION_UNKNOWN, ACCESS_PROOF
 */
export async function offerTransfer(desk: Desk, knowledge: Knowledge, offer: Offer): Promise<{ readonly id: string }> {
  const step = first(desk, TRANSFER, { event: 'offer' });
  const from = await proved(desk, offer);
  const device = await findDevice(desk, { kind: 'imei', imei: offer.imei });
  if (device === undefined) throw unknown('device');
  await lockDevice(desk, device);
  await demandHolder(desk, knowledge, { device, offer, from });
  await demandGoing(desk, device);
  const [row] = await desk.query<{ id: string }>(
    `INSERT INTO transfer (state, device, from_person, to_person, until, at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT DO NOTHING RETURNING id`,
    [step.to, device.id, from, offer.to, new Date(desk.now.getTime() + DAYS * 86_400_000), desk.now],
  );
  if (row === undefined)
    throw refused('REGISTRATION_TAKEN', 'The device is being passed on already.', 'Take that offer back first.');
  await began(desk, 'transfer', { id: row.id, event: 'offer', to: step.to });
  return row;
}

/** Whose number it is, as the person who acts has shown. */
async function proved(desk: Desk, { number, proof }: Offer): Promise<string> {
  const person = desk.vault.pseudonym('msisdn', number);
  if (desk.actor.id === person) return person;
  if (proof === undefined) throw unproved();
  const shown = await useProof(desk, { proof, purpose: GIVE_PURPOSE });
  if (shown.person !== person) throw unproved();
  return person;
}

type Claim = { readonly device: Device; readonly offer: Offer; readonly from: string };

/** Refuses who has neither the device in his name nor used it. */
async function demandHolder(desk: Desk, knowledge: Knowledge, { device, offer, from }: Claim): Promise<void> {
  const associations = await associationsOf(desk, device);
  if (associations.some(({ person }) => person === from)) return;
  // What is in somebody’s name is not given away by whoever has used it.
  if (associations.length > 0) throw unproved();
  if ((await pairsOf(desk, device)).some(({ msisdn, disputed }) => msisdn === from && !disputed)) return;
  if (await knowledge.usedWith(imeisOf(device), offer.number, addDays(dayOf(desk), -USED_DAYS))) return;
  throw unproved();
}

const unproved = () =>
  refused(
    'REGISTRATION_PROOF',
    'It was not shown that the device is yours: the number was not used with it.',
    'Prove a number that was used with it by a code.',
  );

/** Refuses a device that is looked for, or not in anybody’s hands. */
async function demandGoing(desk: Desk, device: Device): Promise<void> {
  await demandNotHeld(desk, imeisOf(device));
  if (device.stage === 'active' || device.stage === 'transferred') return;
  const code = device.stage === 'lost' || device.stage === 'stolen' ? 'REGISTRATION_HELD' : 'STATE_MOVE';
  throw refused(code, `A device that is «${device.stage ?? 'unknown'}» cannot be passed on.`, 'Ask the regulator.');
}

/**
 * The new holder confirms, by the number that he was named by: the device is in his name, and those who were admitted with
 * it by leave of the old holder no longer are. @throws Refused ACCESS_PROOF, STATE_…, REGISTRATION_UNKNOWN, REGISTRATION_HELD
 */
export async function confirmTransfer(
  desk: Desk,
  { id, proof }: { readonly id: string; readonly proof: string },
): Promise<void> {
  const { person } = await useProof(desk, { proof, purpose: TAKE_PURPOSE });
  const row = await locked(desk, id, person);
  if (row.to !== person) throw unknown('transfer');
  const device = await demandDevice(desk, row.device);
  await go(desk, row, { event: 'confirm', roles: ['citizen'] });
  await demandGoing(desk, device);
  await happen(desk, device, { event: 'transfer', roles: ['holder'], at: desk.now, source: `transfer:${id}` });
  const because = 'the device was passed on';
  for (const one of await associationsOf(desk, device))
    await dissociate(desk, { of: { association: one.id }, because });
  for (const pair of await pairsOf(desk, device))
    if (pair.msisdn === row.from || pair.holder === row.from)
      await applyPairChanges(desk, await unpair(desk, { of: { pair: pair.id }, because }));
  await associate(desk, {
    device,
    person: row.to,
    basis: 'transfer',
    proof: `transfer:${id}`,
    source: `transfer:${id}`,
  });
}

/** The present holder takes an offer back, or the new one does not want it. @throws Refused STATE_…, REGISTRATION_UNKNOWN */
export async function endTransfer(
  desk: Desk,
  { id, event }: { readonly id: string; readonly event: 'withdraw' | 'decline' },
): Promise<void> {
  const row = await locked(desk, id, desk.actor.id);
  if ((event === 'withdraw' ? row.from : row.to) !== desk.actor.id) throw unknown('transfer');
  await go(desk, row, { event });
}

/** Offers that nobody answered in time end; gives how many. To be called again until it gives none. */
export async function expireTransfers(desk: Desk, { limit }: { readonly limit: number }): Promise<number> {
  const rows = await desk.query<Row>(
    `SELECT ${COLUMNS} FROM transfer WHERE state = 'offered' AND until <= $1 ORDER BY until, id LIMIT $2
     FOR UPDATE SKIP LOCKED`,
    [desk.now, limit],
  );
  for (const row of rows) await go(desk, row, { event: 'expire', roles: ['system'] });
  return rows.length;
}

async function locked({ query, now }: Desk, id: string, person: string): Promise<Row> {
  const [row] = isUuid(id)
    ? await query<Row>(
        `SELECT ${COLUMNS} FROM transfer WHERE id = $1 AND (from_person = $2 OR to_person = $2) FOR UPDATE`,
        [id, person],
      )
    : [];
  if (row === undefined || (row.state === 'offered' && row.until <= now)) throw unknown('transfer');
  return row;
}

const go = (desk: Desk, { id, state }: Row, happening: Happening<TransferEvent, Role>) =>
  move(desk, { machine: TRANSFER, thing: 'transfer', id, state }, happening);
