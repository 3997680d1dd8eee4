import { type Fault, Refused } from '../faults/fault.ts';
import { advance } from '../states/machine.ts';
import { HEAVY, type HeavyKind, type HeavyName } from './actions/heavy.ts';
import { ACTIONS, demand, roleFault } from './actions.ts';
import type { Actor } from './actor.ts';
import type { Desk } from './desk.ts';
import {
  canonical,
  hashOf,
  type Payload,
  PROPOSAL,
  type Proposal,
  type ProposalEvent,
  type ProposalParty,
  type ProposalState,
} from './proposal.ts';
import { isUuid } from './uuid.ts';

type Row = Omit<Proposal, 'payload'> & { readonly payload: string };

const COLUMNS = `id, kind, subject, payload, hash, reason, state, proposer, at, expires, ARRAY(
  SELECT approver FROM proposal_vote v WHERE v.proposal = p.id AND v.approves ORDER BY v.number) AS approvers`;

const proposalOf = (row: Row): Proposal => ({ ...row, payload: JSON.parse(row.payload) });

/**
 * Proposes a heavy act. Nothing is done by it.
 * @throws Refused ACCESS_ROLE, ACCESS_REASON.
 */
export async function propose(
  desk: Desk,
  wanted: {
    readonly kind: HeavyName;
    readonly subject: string;
    readonly payload: Payload;
    readonly reason: string;
  },
): Promise<{ readonly id: string }> {
  demand(desk.actor, 'proposal.open');
  if (!holds(desk.actor, HEAVY[wanted.kind].proposers)) throw new Refused([kindFault(wanted.kind, 'proposers')]);
  const payload = canonical(wanted.payload);
  const [row] = await desk.query<{ id: string }>(
    `INSERT INTO proposal (kind, subject, payload, hash, reason, proposer, at, expires)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id`,
    [
      wanted.kind,
      wanted.subject,
      payload,
      hashOf(payload),
      reasonOf(wanted.reason),
      desk.actor.id,
      desk.now,
      new Date(desk.now.getTime() + desk.policy.access.approvalDays * 86_400_000),
    ],
  );
  if (row === undefined) throw new Error('a proposal without an id');
  return row;
}

/**
 * Approves what another person proposed; with the last approval its kind needs it becomes usable, once.
 * @throws Refused ACCESS_ROLE, ACCESS_SECOND_PERSON, ACCESS_PROPOSAL, STATE_MOVE.
 */
export async function approve(desk: Desk, id: string): Promise<Proposal> {
  const proposal = await locked(desk, id);
  demandSecond(desk.actor, proposal);
  const event = proposal.approvers.length + 1 < HEAVY[proposal.kind].needed ? 'vote' : 'approve';
  const state = next(desk, proposal, { event, roles: ['second'] });
  await vote(desk, { proposal, approves: true, reason: undefined });
  return moved(desk, id, state);
}

/**
 * Refuses what another person proposed; also what a third one approved already, as long as it is not used.
 * @throws Refused as `approve` does, and ACCESS_REASON.
 */
export async function decline(
  desk: Desk,
  { id, reason }: { readonly id: string; readonly reason: string },
): Promise<Proposal> {
  const proposal = await locked(desk, id);
  demandSecond(desk.actor, proposal, { voted: true });
  const state = next(desk, proposal, { event: 'decline', roles: ['second'] });
  await vote(desk, { proposal, approves: false, reason: reasonOf(reason) });
  return moved(desk, id, state);
}

/** Takes back what the actor proposed. @throws Refused ACCESS_ROLE, ACCESS_PROPOSAL, STATE_MOVE, STATE_ROLE. */
export async function withdraw(desk: Desk, id: string): Promise<Proposal> {
  demand(desk.actor, 'proposal.withdraw');
  const proposal = await locked(desk, id);
  const roles = proposal.proposer === desk.actor.id ? (['proposer'] as const) : [];
  return moved(desk, id, next(desk, proposal, { event: 'withdraw', roles }));
}

/** The approved proposal of this kind, if it may be used now; it is not used up by asking. */
export async function approvedFor(
  desk: Pick<Desk, 'query' | 'now'>,
  id: string,
  kind: HeavyName,
): Promise<Proposal | undefined> {
  if (!isUuid(id)) return undefined;
  const [row] = await desk.query<Row>(
    `SELECT ${COLUMNS} FROM proposal p WHERE id = $1 AND kind = $2 AND state = 'approved' AND expires > $3`,
    [id, kind, desk.now],
  );
  return row === undefined ? undefined : proposalOf(row);
}

/**
 * Uses an approval up, in the transaction of the heavy act itself: if that fails, the approval is not used. The act does
 * what the answered payload says; who has it from elsewhere gives it, to be compared.
 * @throws Refused ACCESS_PROPOSAL when it is none, of another kind, subject or payload; STATE_MOVE when it is not approved,
 * used already or too old.
 */
export async function useApproval(
  desk: Desk,
  wanted: {
    readonly id: string;
    readonly kind: HeavyName;
    readonly subject: string;
    readonly payload?: Payload;
  },
): Promise<Proposal> {
  const proposal = await locked(desk, wanted.id);
  if (proposal.kind !== wanted.kind || proposal.subject !== wanted.subject) throw unfit('kind or subject');
  if (wanted.payload !== undefined && hashOf(canonical(wanted.payload)) !== proposal.hash) throw unfit('payload');
  if (hashOf(canonical(proposal.payload)) !== proposal.hash) throw new Error(`proposal ${proposal.id} was altered`);
  return moved(desk, proposal.id, next(desk, proposal, { event: 'use', roles: ['office'] }));
}

/** Ends the proposals whose time is over, and answers how many; a job of the clock. */
export async function expireProposals(desk: Pick<Desk, 'query' | 'now'>): Promise<number> {
  const rows = await desk.query(
    `UPDATE proposal SET state = 'expired', ended = $1 WHERE state IN ('open', 'approved') AND expires <= $1 RETURNING id`,
    [desk.now],
  );
  return rows.length;
}

/** Proposals, the newest first, a page at a time. @throws Refused ACCESS_ROLE. */
export async function listProposals(
  desk: Desk,
  page: { readonly state?: ProposalState; readonly after?: string; readonly limit: number },
): Promise<{ readonly proposals: readonly Proposal[]; readonly next: string | undefined }> {
  demand(desk.actor, 'proposal.read');
  const rows = await desk.query<Row & { number: string }>(
    `SELECT number, ${COLUMNS} FROM proposal p
     WHERE ($1::text IS NULL OR state = $1) AND ($2::bigint IS NULL OR number < $2) ORDER BY number DESC LIMIT $3`,
    [page.state ?? null, page.after ?? null, page.limit],
  );
  const last = rows.length < page.limit ? undefined : rows.at(-1)?.number;
  return { proposals: rows.map(({ number: _, ...row }) => proposalOf(row)), next: last };
}

/** The proposal, locked until the transaction ends, so that of two who act at once the second sees what the first did. */
async function locked(desk: Desk, id: string): Promise<Proposal> {
  if (!isUuid(id)) throw unfit('id');
  await desk.query('SELECT FROM proposal WHERE id = $1 FOR UPDATE', [id]);
  const [row] = await desk.query<Row>(`SELECT ${COLUMNS} FROM proposal p WHERE id = $1`, [id]);
  if (row === undefined) throw unfit('id');
  return proposalOf(row);
}

async function moved(desk: Desk, id: string, state: ProposalState): Promise<Proposal> {
  const ended = state === 'open' || state === 'approved' ? null : desk.now;
  const [row] = await desk.query<Row>(
    `UPDATE proposal p SET state = $2, ended = $3, ended_by = CASE WHEN $3::timestamptz IS NULL THEN NULL ELSE $4 END
     WHERE id = $1 RETURNING ${COLUMNS}`,
    [id, state, ended, desk.actor.id],
  );
  if (row === undefined) throw new Error(`proposal ${id} vanished`);
  return proposalOf(row);
}

async function vote(
  desk: Desk,
  {
    proposal,
    approves,
    reason,
  }: { readonly proposal: Proposal; readonly approves: boolean; readonly reason: string | undefined },
): Promise<void> {
  await desk.query(
    `INSERT INTO proposal_vote (proposal, proposer, approver, approves, reason, at) VALUES ($1, $2, $3, $4, $5, $6)`,
    [proposal.id, proposal.proposer, desk.actor.id, approves, reason ?? null, desk.now],
  );
}

function next(
  desk: Desk,
  proposal: Proposal,
  attempt: { readonly event: ProposalEvent; readonly roles: readonly ProposalParty[] },
): ProposalState {
  // The clock's job may not have come round yet.
  const state =
    proposal.expires <= desk.now && ['open', 'approved'].includes(proposal.state) ? 'expired' : proposal.state;
  const step = advance(PROPOSAL, state, attempt);
  if (!step.ok) throw new Refused([step.fault]);
  return step.value.to;
}

function demandSecond(actor: Actor, { kind, proposer, subject, approvers }: Proposal, { voted = false } = {}): void {
  if (!holds(actor, ACTIONS['proposal.approve'].roles)) throw new Refused([roleFault('proposal.approve')]);
  if (!holds(actor, HEAVY[kind].approvers)) throw new Refused([kindFault(kind, 'approvers')]);
  const because =
    proposer === actor.id ? 'proposed it' : subject === `account:${actor.id}` ? 'is its subject' : undefined;
  if (because !== undefined) throw new Refused([secondFault(because)]);
  if (!voted && approvers.includes(actor.id)) throw new Refused([secondFault('has approved it already')]);
}

const holds = (actor: Actor, roles: readonly string[]): boolean => actor.roles.some((role) => roles.includes(role));

const kindFault = (kind: HeavyName, part: keyof HeavyKind & ('proposers' | 'approvers')): Fault => ({
  code: 'ACCESS_ROLE',
  message: `To ${part === 'proposers' ? 'propose' : 'approve'} «${kind}» is not for the roles of this account.`,
  remedy: `It is for: ${HEAVY[kind][part].join(', ')}.`,
});

const secondFault = (because: string): Fault => ({
  code: 'ACCESS_SECOND_PERSON',
  message: `A proposal is approved by another person, not by who ${because}.`,
  remedy: 'Let another approver decide.',
});

const unfit = (field: string): Refused =>
  new Refused([
    {
      code: 'ACCESS_PROPOSAL',
      message: `No proposal of this ${field} was found for the act.`,
      remedy: 'Propose exactly what is to be done, and have it approved.',
      field: field === 'id' ? 'id' : 'proposal',
    },
  ]);

function reasonOf(text: string): string {
  const reason = text.trim();
  if (reason.length >= 3 && reason.length <= 2000) return reason;
  const message = `The reason has ${reason.length} characters.`;
  const remedy = 'Write a reason of 3 to 2000 characters that others can judge.';
  throw new Refused([{ code: 'ACCESS_REASON', message, remedy, field: 'reason' }]);
}
