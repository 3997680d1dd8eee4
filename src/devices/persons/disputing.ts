import type { Desk } from '../../access/desk.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import type { Imei } from '../../identifiers/imei.ts';
import { advance } from '../../states/machine.ts';
import type { Asking, Device, DeviceId } from '../device.ts';
import { demandReason } from '../finding.ts';
import type { PairChange } from '../pairs/change.ts';
import { demandPair } from '../pairs/pair.ts';
import { unpair } from '../pairs/pairing.ts';
import { demandAssociation, dissociate } from './association.ts';
import { DISPUTE, type Disputant, type DisputeEvent, type DisputeState } from './dispute.ts';

/** What is said not to be one's own: a device in one's name, or a pair of one's number. */
export type Disputed = { readonly association: string } | { readonly pair: string };

/** A dispute. */
export type Dispute = {
  readonly id: string;
  /** Its place in the order of arrival, by which pages go. */
  readonly number: string;
  readonly device: DeviceId;
  readonly of: Disputed;
  /** Whose word it is: an account, or the pseudonym of a proved number. */
  readonly opener: string;
  readonly state: DisputeState;
  readonly opened: Date;
  /** By when it is to be decided. */
  readonly due: Date;
  /** How it was decided, where it was. */
  readonly outcome: { readonly at: Date; readonly by: string; readonly reason: string | undefined } | undefined;
};

type Row = {
  readonly id: string;
  readonly number: string;
  readonly device: DeviceId;
  readonly association: string | null;
  readonly pair: string | null;
  readonly opener: string;
  readonly state: DisputeState;
  readonly opened: Date;
  readonly due: Date;
  readonly at: Date | null;
  readonly by: string | null;
  readonly reason: string | null;
};

const UNDECIDED = "('open', 'in_review', 'overdue')";

const DISPUTES = `SELECT q.id, q.number, coalesce(d.united_into, d.id) AS device, q.association, q.pair, q.opener, q.state,
    q.opened, q.due, s.at, s.actor AS by, s.reason
  FROM device_dispute q LEFT JOIN device_association a ON a.id = q.association LEFT JOIN device_pair p ON p.id = q.pair
  JOIN device d ON d.id = coalesce(a.device, p.device)
  LEFT JOIN LATERAL (SELECT at, actor, reason FROM device_dispute_step s
    WHERE s.dispute = q.id AND q.state NOT IN ${UNDECIDED} ORDER BY s.number DESC LIMIT 1) s ON true`;

const disputeOf = ({ association, pair, at, by, reason, ...row }: Row): Dispute => ({
  ...row,
  of: association === null ? { pair: pair ?? '' } : { association },
  outcome: at === null ? undefined : { at, by: by ?? '', reason: reason ?? undefined },
});

/** What is said, and by whom. */
export type NewDispute = {
  readonly of: Disputed;
  /** In the person's words; it is sealed. */
  readonly statement?: string | undefined;
};

const DAY = 86_400_000;

/**
 * Opens a dispute about a couple. Whoever calls has seen that the actor is the person, or speaks for him.
 * @throws Refused DEVICE_UNKNOWN, DISPUTE_OPEN
 */
export async function openDispute(desk: Desk, { of, statement }: NewDispute): Promise<Dispute> {
  const { query, vault, now, policy, actor } = desk;
  const subject = 'pair' in of ? await demandPair(desk, of.pair) : await demandAssociation(desk, of.association);
  if (subject.ended !== undefined) throw new Refused([ENDED]);
  const [row] = await query<{ id: string }>(
    `INSERT INTO device_dispute (association, pair, opener, statement, state, opened, due)
     VALUES ($1, $2, $3, $4, 'open', $5, $6) ON CONFLICT DO NOTHING RETURNING id`,
    [
      'association' in of ? subject.id : null,
      'pair' in of ? subject.id : null,
      actor.id,
      statement === undefined ? null : vault.seal('proof', statement),
      now,
      new Date(now.getTime() + policy.devices.disputeDays * DAY),
    ],
  );
  if (row === undefined) throw new Refused([OPEN]);
  await recordStep(desk, { dispute: row.id, event: 'dispute', to: 'open' });
  return demandDispute(desk, row.id);
}

const OPEN: Fault = {
  code: 'DISPUTE_OPEN',
  message: 'The same is in dispute already.',
  remedy: 'Wait for the decision; nothing is decided against the couple until then.',
};

const ENDED: Fault = {
  code: 'PAIR_ENDED',
  message: 'What is disputed has ended already.',
  remedy: 'Nothing is to be done: it has no effect any more.',
};

/** What is done with a dispute. */
export type DisputeAct = {
  readonly event: Exclude<DisputeEvent, 'dispute' | 'fall_due'>;
  /** As whom; `person` is for who opened it, which whoever calls has seen. */
  readonly roles: readonly Disputant[];
  /** What the person is told; needed to uphold and to reject. No personal data. */
  readonly reason?: string | undefined;
};

/** What came of it. */
export type Settled = {
  readonly dispute: Dispute;
  /** What is to be changed at the networks: hand it on, see {@link PairChange}. */
  readonly toPlace: readonly PairChange[];
};

/**
 * Goes on with a dispute. Upheld, the couple ends as if it had never been.
 * @throws Refused STATE_MOVE, STATE_ROLE, DEVICE_UNKNOWN, DEVICE_REASON
 */
export async function settleDispute(desk: Desk, id: string, { event, roles, reason }: DisputeAct): Promise<Settled> {
  await desk.query('SELECT FROM device_dispute WHERE id::text = $1 FOR UPDATE', [id]);
  const dispute = await demandDispute(desk, id);
  const step = advance(DISPUTE, dispute.state, { event, roles });
  if (!step.ok) throw new Refused([step.fault]);
  const decides = event === 'uphold' || event === 'reject';
  const told = decides ? demandReason(reason ?? '', 'reason') : reason;
  await desk.query('UPDATE device_dispute SET state = $2 WHERE id = $1', [dispute.id, step.value.to]);
  await recordStep(desk, { dispute: dispute.id, event, to: step.value.to, reason: told });
  const toPlace = event === 'uphold' ? await endCouple(desk, dispute.of) : [];
  return { dispute: await demandDispute(desk, dispute.id), toPlace };
}

async function endCouple(desk: Desk, of: Disputed): Promise<readonly PairChange[]> {
  const because = 'it was disputed, and not theirs';
  if ('pair' in of) return unpair(desk, { of, because, at: (await demandPair(desk, of.pair)).from });
  await dissociate(desk, { of, because, at: (await demandAssociation(desk, of.association)).from });
  return [];
}

/** Marks disputes whose time is over; gives how many. To be called by the clock. */
export async function fallDue(desk: Desk): Promise<number> {
  const rows = await desk.query<{ id: string; state: DisputeState }>(
    `SELECT id, state FROM device_dispute WHERE state IN ${UNDECIDED} AND state <> 'overdue' AND due <= $1
     ORDER BY number FOR UPDATE SKIP LOCKED`,
    [desk.now],
  );
  for (const { id, state } of rows) {
    const step = advance(DISPUTE, state, { event: 'fall_due', roles: ['clock'] });
    if (!step.ok) throw new Refused([step.fault]);
    await desk.query('UPDATE device_dispute SET state = $2 WHERE id = $1', [id, step.value.to]);
    await recordStep(desk, { dispute: id, event: 'fall_due', to: step.value.to });
  }
  return rows.length;
}

type Step = {
  readonly dispute: string;
  readonly event: DisputeEvent;
  readonly to: DisputeState;
  readonly reason?: string | undefined;
};

async function recordStep({ query, now, actor }: Desk, { dispute, event, to, reason }: Step): Promise<void> {
  await query(
    'INSERT INTO device_dispute_step (dispute, event, to_state, at, actor, reason) VALUES ($1, $2, $3, $4, $5, $6)',
    [dispute, event, to, now, actor.id, reason ?? null],
  );
}

/** A dispute by its id. @throws Refused DEVICE_UNKNOWN */
export async function demandDispute({ query }: Asking, id: string): Promise<Dispute> {
  const [row] = await query<Row>(`${DISPUTES} WHERE q.id::text = $1`, [id]);
  if (row !== undefined) return disputeOf(row);
  const message = `There is no dispute ${JSON.stringify(id.slice(0, 40))}.`;
  throw new Refused([
    { code: 'DEVICE_UNKNOWN', message, remedy: 'Take its id from the list of disputes.', field: 'dispute' },
  ]);
}

/** Which disputes are listed, a page at a time. */
export type DisputePage = {
  /** All that are undecided where left out. */
  readonly state?: DisputeState | undefined;
  readonly opener?: string | undefined;
  /** The number of the last dispute of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
};

/** Disputes for the offices, or those of a person, in the order of arrival: so those are first that are due first. */
export async function listDisputes(
  { query }: Asking,
  { state, opener, after, limit }: DisputePage,
): Promise<readonly Dispute[]> {
  const rows = await query<Row>(
    `${DISPUTES} WHERE (CASE WHEN $1::text IS NULL THEN q.state IN ${UNDECIDED} ELSE q.state = $1 END)
       AND ($2::text IS NULL OR q.opener = $2) AND q.number > coalesce($3::bigint, 0) ORDER BY q.number LIMIT $4`,
    [state ?? null, opener ?? null, after ?? null, limit],
  );
  return rows.map(disputeOf);
}

/** A couple: a device with a person, or an IMEI with a subscriber, by pseudonyms. */
export type Couple =
  | { readonly device: Pick<Device, 'id'>; readonly person: string }
  | { readonly imei: Imei; readonly imsi: string };

/** Whether nothing may be decided against a couple, since somebody disputes it. Ask before any adverse decision. */
export async function isDisputed({ query }: Asking, couple: Couple): Promise<boolean> {
  const rows =
    'person' in couple
      ? await query(
          `SELECT FROM device_dispute q JOIN device_association a ON a.id = q.association JOIN device d ON d.id = a.device
           WHERE q.state IN ${UNDECIDED} AND a.person = $2 AND (d.id = $1 OR d.united_into = $1) LIMIT 1`,
          [couple.device.id, couple.person],
        )
      : await query(
          `SELECT FROM device_dispute q JOIN device_pair_sim s ON s.pair = q.pair AND s.superseded IS NULL
           JOIN device_pair p ON p.id = q.pair JOIN device d ON d.id = p.device
           JOIN device o ON o.id = d.id OR o.id = d.united_into OR o.united_into = coalesce(d.united_into, d.id)
           JOIN device_fact f ON f.device = o.id AND f.kind = 'imei' AND f.superseded IS NULL AND f.happened_to IS NULL
           WHERE q.state IN ${UNDECIDED} AND f.value = $1 AND s.imsi_key = $2 LIMIT 1`,
          [couple.imei, couple.imsi],
        );
  return rows.length > 0;
}
