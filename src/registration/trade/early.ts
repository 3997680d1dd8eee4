import type { Desk } from '../../access/desk.ts';
import type { DeviceId } from '../../devices/device.ts';
import { demandDevice } from '../../devices/find.ts';
import { endByRegistration } from '../holders/stay_end.ts';
import { permitGoods } from './goods.ts';

/** A consignment that was released just now. */
export type Released = {
  readonly consignment: string;
  readonly approvedBy: string | null;
  readonly releasedBy: string;
  readonly at: Date;
};

/**
 * Devices of a consignment that were used before it was released: now they may be, and who bought one in good faith does
 * not have to do anything any more.
 */
export async function permitEarly(desk: Desk, released: Released): Promise<void> {
  const rows = await desk.query<{ device: DeviceId }>(
    `SELECT device FROM consigned WHERE consignment = $1 AND state = 'active' ORDER BY id`,
    [released.consignment],
  );
  for (const { device: id } of rows) {
    const device = await demandDevice(desk, id);
    await permitGoods(desk, device, released);
    await endByRegistration(desk, device.id);
  }
}
