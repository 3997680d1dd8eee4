import { demand } from '../../access/actions.ts';
import type { Desk } from '../../access/desk.ts';
import { type Device, imeisOf, sourceOf } from '../../devices/device.ts';
import { findDevice } from '../../devices/find.ts';
import { happen } from '../../devices/happen.ts';
import { associationsOf } from '../../devices/persons/association.ts';
import type { Imei } from '../../identifiers/imei.ts';
import { organisationOf } from '../account.ts';
import { endPermits } from '../permit.ts';
import { line, refused, unknown } from '../refusal.ts';
import { lockGoods } from '../trade/goods.ts';
import { demandNotHeld } from './device_in_hand.ts';

/** A device that leaves the country, or is out of use for good. */
export type Leaving = {
  readonly imei: Imei;
  /** For the register; no personal data. */
  readonly reason: string;
};

/**
 * A device leaves the country for good, or is out of use: it is no longer registered, and a later use is reported. What is
 * reported lost or stolen stays here. Of goods the organisation that has them says so, of a device in use its holder or
 * an office. @throws Refused ACCESS_ROLE, REGISTRATION_HELD, REGISTRATION_UNKNOWN, REGISTRATION_PROOF, STATE_…
 */
export async function deregister(
  desk: Desk,
  { imei, reason, event }: Leaving & { readonly event: 'export' | 'retire' },
): Promise<void> {
  demand(desk.actor, event === 'export' ? 'device.export' : 'device.retire');
  const note = line('reason', reason);
  await demandNotHeld(desk, [imei]);
  const goods = await lockGoods(desk, imei);
  if (goods !== undefined) return endGoods(desk, { item: goods.item, event });
  const device = await findDevice(desk, { kind: 'imei', imei });
  if (device === undefined) throw unknown('device');
  await demandNotHeld(desk, imeisOf(device));
  if (device.stage === 'lost' || device.stage === 'stolen')
    throw refused('REGISTRATION_HELD', 'The device is reported lost or stolen.', 'Tell the police where it is.');
  await demandHis(desk, device);
  await happen(desk, device, { event, at: desk.now, source: sourceOf(desk.actor), note });
  await endPermits(desk, { device: device.id, because: note });
}

/**
 * Customs and the regulator answer for what they enter; of a device in use everybody else ends only what is in his own
 * name, also a dealer: what somebody else uses is not his stock.
 */
async function demandHis(desk: Desk, device: Device): Promise<void> {
  if (desk.actor.roles.some((role) => role === 'customs' || role === 'analyst')) return;
  if ((await associationsOf(desk, device)).some(({ person }) => person === desk.actor.id)) return;
  throw refused(
    'REGISTRATION_PROOF',
    'The device is not in your name.',
    'Prove the number that it is used with, and take it into your name first.',
  );
}

type Ended = { readonly item: string; readonly event: 'export' | 'retire' };

/** Goods that go out again as they came, or are destroyed: their identifiers are free. @throws Refused REGISTRATION_UNKNOWN */
async function endGoods(desk: Desk, { item, event }: Ended): Promise<void> {
  const rows = await desk.query(
    `UPDATE consigned SET state = $4, ended = $3, moving = NULL WHERE id = $1 AND holder = $2 RETURNING id`,
    [item, organisationOf(desk).id, desk.now, event === 'export' ? 'exported' : 'retired'],
  );
  if (rows.length === 0) throw unknown('device');
  await desk.query('UPDATE consigned_key SET open = false WHERE item = $1 AND open', [item]);
}
