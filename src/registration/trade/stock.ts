import { organisationOf as organisationById } from '../../access/accounts/find.ts';
import { demand } from '../../access/actions.ts';
import type { Desk } from '../../access/desk.ts';
import { isUuid } from '../../access/uuid.ts';
import type { Imei } from '../../identifiers/imei.ts';
import type { Tac } from '../../identifiers/tac.ts';
import { organisationOf } from '../account.ts';
import { badValue, line, refused, unknown } from '../refusal.ts';
import { began, first, move } from '../step.ts';
import { keysOf } from './secret.ts';
import { HAND_OVER, type HandOverState } from './trade_machines.ts';

/** Stock of one model out of one consignment, by counts: what identifies the devices is told to nobody. */
export type StockLine = {
  readonly consignment: string;
  readonly tac: Tac;
  readonly devices: number;
  /** Of these, on their way to somebody else. */
  readonly moving: number;
  /** Of these, with a dealer. */
  readonly onSale: number;
};

/** What the actor's organisation has. @throws Refused ACCESS_ROLE, REGISTRATION_UNKNOWN */
export async function stockOf(desk: Desk): Promise<readonly StockLine[]> {
  demand(desk.actor, 'retail.read');
  return desk.query<StockLine>(
    `SELECT consignment, tac, count(*)::integer AS devices, count(moving)::integer AS moving,
       count(on_sale)::integer AS "onSale"
     FROM consigned WHERE holder = $1 AND state = 'stock' GROUP BY consignment, tac ORDER BY consignment, tac`,
    [organisationOf(desk).id],
  );
}

/** Which devices are passed on: those named by an IMEI each, or so many of a model of a consignment, whichever. */
export type Lot =
  | { readonly imeis: readonly Imei[] }
  | { readonly consignment: string; readonly tac: Tac; readonly devices: number };

/** IMEIs that one hand-over names. */
const NAMED = 10_000;

/**
 * Passes released stock on to another organisation of the trade. It stays the giver's until the receiver has counted it.
 * @throws Refused STATE_ROLE, REGISTRATION_UNKNOWN, REGISTRATION_VALUE, ACCESS_ORGANISATION
 */
export async function handOver(
  desk: Desk,
  { to, ...lot }: { readonly to: string } & Lot,
): Promise<{ readonly id: string; readonly devices: number }> {
  const step = first(desk, HAND_OVER, { event: 'offer' });
  const giver = organisationOf(desk);
  const { organisation: receiver, disabled } = await organisationById(desk, to);
  if (disabled || receiver.id === giver.id || !['importer', 'maker', 'dealer'].includes(receiver.kind))
    throw badValue('to', `${receiver.name} takes no stock.`, 'Name another importer, distributor or dealer.');
  const items = 'imeis' in lot ? await named(desk, giver.id, lot.imeis) : await counted(desk, giver.id, lot);
  const [row] = await desk.query<{ id: string }>(
    `INSERT INTO hand_over (state, from_holder, to_holder, retail, devices, at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
    [step.to, giver.id, receiver.id, receiver.kind === 'dealer', items.length, desk.now],
  );
  if (row === undefined) throw new Error('a hand-over without an id');
  await began(desk, 'hand_over', { id: row.id, event: 'offer', to: step.to });
  await desk.query('UPDATE consigned SET moving = $2 WHERE id = ANY($1)', [items, row.id]);
  return { id: row.id, devices: items.length };
}

/** What can be passed on: stock of the giver, that customs released, and that is not on its way already. */
const MINE = `c.holder = $1 AND c.state = 'stock' AND c.moving IS NULL
  AND EXISTS (SELECT FROM consignment g WHERE g.id = c.consignment AND g.state = 'released')`;

async function named(desk: Desk, giver: string, imeis: readonly Imei[]): Promise<readonly string[]> {
  const keys = keysOf(desk, [...new Set(imeis)]);
  if (keys.length === 0 || keys.length > NAMED)
    throw badValue('imeis', `${keys.length} IMEIs are named.`, `Name 1 to ${NAMED}, one of each device.`);
  const rows = await desk.query<{ id: string; keys: number }>(
    `SELECT c.id, k.keys FROM consigned c JOIN (
       SELECT item, count(*)::integer AS keys FROM consigned_key WHERE open AND key = ANY($2::uuid[]) GROUP BY item) k
     ON k.item = c.id WHERE ${MINE} ORDER BY c.id FOR UPDATE OF c`,
    [giver, keys],
  );
  const found = rows.reduce((sum, row) => sum + row.keys, 0);
  if (found === keys.length) return rows.map(({ id }) => id);
  const message = `${keys.length - found} of ${keys.length} IMEIs are not of released stock that you have here.`;
  throw badValue('imeis', message, 'Take them out; what is on its way is passed on once it has arrived.');
}

async function counted(
  desk: Desk,
  giver: string,
  { consignment, tac, devices }: Extract<Lot, { readonly consignment: string }>,
): Promise<readonly string[]> {
  if (!isUuid(consignment)) throw unknown('consignment');
  if (!Number.isInteger(devices) || devices < 1)
    throw badValue('devices', `${devices} is no number of devices.`, 'Give a whole number from 1 on.');
  const rows = await desk.query<{ id: string }>(
    `SELECT c.id FROM consigned c WHERE ${MINE} AND c.consignment = $2 AND c.tac = $3
     ORDER BY c.id LIMIT $4 FOR UPDATE OF c SKIP LOCKED`,
    [giver, consignment, tac, devices],
  );
  if (rows.length === devices) return rows.map(({ id }) => id);
  const message = `You have ${rows.length} such devices here, released and not on their way; ${devices} were to be passed on.`;
  throw badValue('devices', message, 'Pass on fewer.');
}

type Row = {
  readonly id: string;
  readonly state: HandOverState;
  readonly from: string;
  readonly to: string;
  readonly retail: boolean;
  readonly devices: number;
};

/** The receiver has counted what came: if the numbers agree it is his, and on sale where he is a dealer. @throws Refused STATE_…, REGISTRATION_PROOF, REGISTRATION_UNKNOWN */
export async function takeOver(
  desk: Desk,
  { id, counted: count }: { readonly id: string; readonly counted: number },
): Promise<void> {
  const row = await lockedFor(desk, id, 'to');
  await go(desk, row, { event: 'take' });
  if (count !== row.devices)
    throw refused(
      'REGISTRATION_PROOF',
      `${row.devices} devices were passed on; you counted ${count}.`,
      'Count again; if it stays so, decline it and ask who sent it.',
    );
  await desk.query(
    `UPDATE consigned SET holder = $2, moving = NULL, on_sale = CASE WHEN $3 THEN $4::timestamptz ELSE on_sale END
     WHERE moving = $1`,
    [id, row.to, row.retail, desk.now],
  );
}

/** The receiver does not take it, with a reason, or the giver takes it back on its way. @throws Refused STATE_…, REGISTRATION_UNKNOWN */
export async function giveBack(
  desk: Desk,
  {
    id,
    event,
    reason,
  }: { readonly id: string; readonly event: 'decline' | 'recall'; readonly reason?: string | undefined },
): Promise<void> {
  const row = await lockedFor(desk, id, event === 'decline' ? 'to' : 'from');
  await go(desk, row, { event, note: event === 'decline' ? line('reason', reason) : reason });
  await desk.query('UPDATE consigned SET moving = NULL WHERE moving = $1', [id]);
}

const go = (
  desk: Desk,
  { id, state }: Row,
  happening: { readonly event: 'take' | 'decline' | 'recall'; readonly note?: string | undefined },
) => move(desk, { machine: HAND_OVER, thing: 'hand_over', id, state }, happening);

async function lockedFor(desk: Desk, id: string, side: 'from' | 'to'): Promise<Row> {
  const [row] = isUuid(id)
    ? await desk.query<Row>(
        `SELECT id, state, from_holder AS "from", to_holder AS "to", retail, devices FROM hand_over WHERE id = $1 FOR UPDATE`,
        [id],
      )
    : [];
  if (row === undefined || row[side] !== organisationOf(desk).id) throw unknown('hand-over');
  return row;
}

/** A hand-over as either side sees it. */
export type HandOver = Row & { readonly at: Date };

/** What is on its way from or to the actor's organisation. @throws Refused ACCESS_ROLE */
export async function handOvers(desk: Desk): Promise<readonly HandOver[]> {
  demand(desk.actor, 'retail.read');
  return desk.query<HandOver>(
    `SELECT id, state, from_holder AS "from", to_holder AS "to", retail, devices, at FROM hand_over
     WHERE state = 'offered' AND (from_holder = $1 OR to_holder = $1) ORDER BY at, id`,
    [organisationOf(desk).id],
  );
}
