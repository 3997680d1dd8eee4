import { demand } from '../../access/actions.ts';
import type { Desk } from '../../access/desk.ts';
import { recordRead } from '../../access/log.ts';
import type { Imei } from '../../identifiers/imei.ts';
import { badValue } from '../refusal.ts';
import { consignmentOf } from './consignment.ts';
import { keyOf, openSecret, rowOfItem, type Secret } from './secret.ts';

/** A device in hand, whose identifiers are read from itself. */
export type InHand = {
  readonly consignment: string;
  readonly imei: Imei;
  /** Its serial number, to be compared: a copy has the IMEI, but hardly the number that goes with it. */
  readonly serial?: string | undefined;
  readonly eid?: string | undefined;
};

/** Whether it is of the consignment; nothing else is told of it. */
export type Membership = {
  readonly member: boolean;
  /** Whether the other numbers are those that were declared with the IMEI; undefined where none were, or none is given. */
  readonly serial: boolean | undefined;
  readonly eid: boolean | undefined;
};

/**
 * Customs ask whether a device that they have in hand was declared with a consignment. No list can be had: who asks has to
 * know the identifier already, and each question is logged and counted. @throws Refused ACCESS_ROLE, REGISTRATION_UNKNOWN, READ_QUOTA
 */
export async function customsCheck(desk: Desk, { consignment, imei, serial, eid }: InHand): Promise<Membership> {
  demand(desk.actor, 'consignment.ask');
  const { id } = await consignmentOf(desk, consignment);
  await recordRead(desk, {
    action: 'consignment.ask',
    purpose: 'customs check of goods',
    case: `consignment:${id}`,
    subject: imei,
    fields: ['membership'],
  });
  const [row] = await desk.query<{ id: string; sealed: Buffer }>(
    `SELECT c.id, s.sealed FROM consigned_key k JOIN consigned c ON c.id = k.item JOIN consigned_secret s ON s.id = c.secret
     WHERE k.key = $1 AND k.open AND c.consignment = $2`,
    [keyOf(desk, imei), id],
  );
  const secret = row === undefined ? undefined : openSecret(desk, row.sealed, rowOfItem(row.id));
  return {
    member: row !== undefined,
    serial: compared(secret?.serial, serial?.trim().toUpperCase()),
    eid: compared(secret?.eid, eid?.replace(/[\s-]/g, '')),
  };
}

const compared = (declared: string | undefined, given: string | undefined): boolean | undefined =>
  declared === undefined || given === undefined ? undefined : declared === given;

/** Devices in one sample, at most: enough to look at, too few to make a list of. */
export const LARGEST_SAMPLE = 20;

/**
 * Devices of a consignment drawn at random, for customs to look for among the goods: each is logged and counted against
 * the quota of who asks. @throws Refused ACCESS_ROLE, REGISTRATION_UNKNOWN, REGISTRATION_VALUE, READ_QUOTA
 */
export async function randomSample(desk: Desk, consignment: string, size: number): Promise<readonly Secret[]> {
  demand(desk.actor, 'consignment.ask');
  const { id } = await consignmentOf(desk, consignment);
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_SAMPLE)
    throw badValue('size', `A sample has no ${size} devices.`, `Ask for 1 to ${LARGEST_SAMPLE}.`);
  const rows = await desk.query<{ id: string; sealed: Buffer }>(
    `SELECT c.id, s.sealed FROM (SELECT id, secret FROM consigned WHERE consignment = $1 AND state = 'stock'
       ORDER BY random() LIMIT $2) c JOIN consigned_secret s ON s.id = c.secret`,
    [id, size],
  );
  for (const row of rows)
    await recordRead(desk, {
      action: 'consignment.ask',
      purpose: 'random sample of goods',
      case: `consignment:${id}`,
      subject: `goods:${row.id}`,
      fields: ['imei', 'serial', 'eid', 'gtin'],
    });
  return rows.flatMap((row) => {
    const secret = openSecret(desk, row.sealed, rowOfItem(row.id));
    return secret === undefined ? [] : [secret];
  });
}
