import type { Desk } from '../../access/desk.ts';
import { type Device, imeisOf } from '../../devices/device.ts';
import { enterDevice } from '../../devices/enter.ts';
import { claimants } from '../../devices/find.ts';
import { happen } from '../../devices/happen.ts';
import { type DeviceIdentifier, singles } from '../../devices/identifier.ts';
import type { LifeEvent } from '../../devices/lifecycle.ts';
import { type Imei, tacOf } from '../../identifiers/imei.ts';
import type { Tac } from '../../identifiers/tac.ts';
import { alarm } from '../alarm.ts';
import { applyPairChanges } from '../apply.ts';
import type { Model } from '../knowledge.ts';
import { permit } from '../permit.ts';
import { keyOf, keysOf, openSecret, rowOfItem } from './secret.ts';
import type { ConsignmentState } from './trade_machines.ts';

/** A device of a consignment that nobody has used yet, and what happened to its consignment. */
export type Goods = {
  readonly item: string;
  readonly sealed: Buffer;
  readonly onSale: Date | null;
  readonly consignment: string;
  readonly state: ConsignmentState;
  readonly importer: string;
  readonly declared: Date;
  readonly approved: Date | null;
  readonly approvedBy: string | null;
  readonly released: Date | null;
  readonly releasedBy: string | null;
};

/** The goods that an IMEI is of, locked until the commit; undefined where it is of none that still wait for their first use. */
export async function lockGoods(desk: Pick<Desk, 'query' | 'vault'>, imei: Imei): Promise<Goods | undefined> {
  const [row] = await desk.query<Goods>(
    `SELECT c.id AS item, s.sealed, c.on_sale AS "onSale", g.id AS consignment, g.state, g.importer, g.at AS declared,
       g.approved, g.approved_by AS "approvedBy", g.released, g.released_by AS "releasedBy"
     FROM consigned_key k JOIN consigned c ON c.id = k.item JOIN consigned_secret s ON s.id = c.secret
     JOIN consignment g ON g.id = c.consignment
     WHERE k.key = $1 AND k.open AND c.state = 'stock' FOR UPDATE OF c`,
    [keyOf(desk, imei)],
  );
  return row;
}

/** Whether any of some IMEIs is of goods that wait for their first use. */
export async function areGoods(desk: Pick<Desk, 'query' | 'vault'>, imeis: readonly Imei[]): Promise<boolean> {
  const [row] = await desk.query(
    `SELECT FROM consigned_key k JOIN consigned c ON c.id = k.item
     WHERE k.key = ANY($1::uuid[]) AND k.open AND c.state = 'stock' LIMIT 1`,
    [keysOf(desk, imeis)],
  );
  return row !== undefined;
}

/** That a network saw it, and what the TAC list says of models. */
export type Activation = {
  readonly imei: Imei;
  readonly operator: string;
  readonly at: Date;
  readonly models: ReadonlyMap<Tac, Model>;
};

/** Stages in which a device is looked for, or was found and is not back yet. */
export const LOOKED_FOR: readonly Device['stage'][] = ['lost', 'stolen', 'recovered'];

/** What came of the first use of goods. */
export type Activated = { readonly device: Device; readonly outcome: 'released' | 'early' | 'held' };

/**
 * The first use of goods: the secret ends, the device is entered with all of its identifiers and what happened to it so
 * far, and, if customs released it, may be used. If they did not, customs and the regulator are told (P15).
 */
export async function activateGoods(desk: Desk, goods: Goods, seen: Activation): Promise<Activated> {
  const device = await enterGoods(desk, goods, seen);
  await desk.query(`UPDATE consigned SET state = 'active', device = $2, ended = $3, moving = NULL WHERE id = $1`, [
    goods.item,
    device.id,
    seen.at,
  ]);
  // Stolen out of trade: that its identifiers are known now helps whoever looks for it.
  if (LOOKED_FOR.includes(device.stage)) return { device, outcome: 'held' };
  await liveOn(desk, { device, goods, seen });
  if (goods.state === 'released') await permitGoods(desk, device, { ...goods, at: seen.at });
  if (goods.released === null || goods.released > seen.at)
    await alarm(desk, {
      kind: 'active_before_release',
      subject: `consignment:${goods.consignment}`,
      figures: { imei: seen.imei, operator: seen.operator },
      at: seen.at,
      offices: ['customs', 'regulator'],
    });
  return { device, outcome: goods.state === 'released' ? 'released' : 'early' };
}

/** Where the key of the secret was destroyed, the IMEI that was seen is all that is left. */
const NOTHING_ELSE = { serial: undefined, eid: undefined, gtin: undefined } as const;

/** The device, with all that it was declared with. */
async function enterGoods(desk: Desk, goods: Goods, { at, imei, models }: Activation): Promise<Device> {
  const secret = openSecret(desk, goods.sealed, rowOfItem(goods.item));
  const { imeis, serial, eid, gtin } = secret ?? { ...NOTHING_ELSE, imeis: [imei] };
  const model = models.get(tacOf(imei));
  const identifiers: readonly DeviceIdentifier[] = [
    ...imeis.map((one, slot) => ({ kind: 'imei', imei: one, slot: slot + 1 }) as const),
    ...(eid === undefined ? [] : [{ kind: 'eid', eid } as const]),
    // Without its maker a serial number says nothing.
    ...(serial === undefined || model === undefined || model.manufacturer === ''
      ? []
      : [{ kind: 'serial', serial, maker: model.manufacturer, model: model.model } as const]),
    ...(gtin === undefined ? [] : [{ kind: 'gtin', gtin } as const]),
  ];
  // Of a device that the register has met, say because it was reported stolen, the declaration only tells what it has.
  const met = (await claimants(desk, identifiers.filter(singles))).some(({ stage }) => stage !== undefined);
  const { device, toPlace } = await enterDevice(desk, {
    identifiers,
    ...(met ? {} : { event: 'declare', roles: ['importer'] }),
    at: earlier(goods.declared, at),
    source: `importer:${goods.importer}`,
    batch: goods.consignment,
    models,
    whole: true,
  });
  await applyPairChanges(desk, toPlace);
  return device;
}

type Living = { readonly device: Device; readonly goods: Goods; readonly seen: Activation };

/** What happened to the consignment happened to the device, up to its first use. */
async function liveOn(desk: Desk, { device, goods, seen: { at, operator } }: Living): Promise<void> {
  const origin = { source: `importer:${goods.importer}`, batch: goods.consignment };
  // A device that went another way before has a life of its own; what was declared of it stays history.
  if (device.stage === 'declared')
    for (const { event, as, when } of lifeOf(goods))
      if (when !== null && when <= at) await happen(desk, device, { event, roles: [as], at: when, ...origin });
  if (device.stage !== 'active')
    await happen(desk, device, { event: 'activate', roles: ['network'], at, source: `operator:${operator}` });
}

const earlier = (one: Date, other: Date): Date => (one < other ? one : other);

/** What happened to goods, in the order of a device’s life: it may be sold once it is released, whenever the regulator agreed. */
function lifeOf({ released, onSale }: Goods): readonly {
  readonly event: LifeEvent;
  readonly as: 'customs' | 'regulator' | 'dealer';
  readonly when: Date | null;
}[] {
  return [
    { event: 'release', as: 'customs', when: released },
    { event: 'approve', as: 'regulator', when: released },
    { event: 'offer', as: 'dealer', when: onSale },
  ];
}

/** What permits goods to be used: the regulator approved them, customs released them. */
type Leave = Pick<Goods, 'consignment' | 'approvedBy' | 'releasedBy'> & { readonly at: Date };

/** Lets goods be used that two offices agreed to. */
export async function permitGoods(
  desk: Desk,
  device: Device,
  { consignment, approvedBy, releasedBy, at }: Leave,
): Promise<void> {
  const by = [approvedBy, releasedBy].filter((one) => one !== null);
  const payment = await paymentFor(desk, `consignment:${consignment}`);
  const ground = `consignment:${consignment}`;
  await permit(desk, { device: device.id, imeis: imeisOf(device), ground, approvedBy: by, payment, at });
}

/** The reference of what was paid for an application, if anything was. */
export async function paymentFor({ query }: Pick<Desk, 'query'>, ground: string): Promise<string | undefined> {
  const [row] = await query<{ reference: string }>(
    `SELECT reference FROM charge WHERE ground = $1 AND state = 'paid' ORDER BY at DESC LIMIT 1`,
    [ground],
  );
  return row?.reference;
}
