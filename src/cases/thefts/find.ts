import { type ActionName, demand, reaches, reachOf } from '../../access/actions.ts';
import type { Actor } from '../../access/actor.ts';
import type { Desk } from '../../access/desk.ts';
import { isUuid } from '../../access/uuid.ts';
import type { Day } from '../../calendar/day.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import { parseReference } from '../../identifiers/reference.ts';
import type { TheftState } from '../theft.ts';
import { isInserter, lockTheft, selectThefts, type TheftCase } from './case.ts';

/** Why a case, task, trace or appeal is not there: the same for what others have and for what does not exist. */
export const unknownCase = (what: string): Fault => ({
  code: 'CASE_UNKNOWN',
  message: `There is no such ${what}, or none for who asks.`,
  remedy: 'Look at its number or reference again.',
});

/** Whether an actor reaches a case by an act. */
export const reachesTheft = (actor: Actor, action: ActionName, theft: TheftCase): boolean =>
  reaches(actor, action, { organisation: theft.organisation, unit: theft.unit }) ||
  (isInserter(actor, theft) && reaches(actor, action, { person: actor.id, organisation: actor.organisation?.id }));

/** The id of a case by its id or by its reference as people write it. */
async function idOf({ query }: Pick<Desk, 'query'>, text: string): Promise<string | undefined> {
  if (isUuid(text)) return text;
  const reference = parseReference(text);
  if (!reference.ok) return undefined;
  const [row] = await query<{ id: string }>('SELECT id FROM theft WHERE reference = $1', [reference.value]);
  return row?.id;
}

/** A case for somebody who may do something with it, by id or reference. @throws Refused ACCESS_ROLE, CASE_UNKNOWN */
export async function findTheft(desk: Desk, text: string, action: ActionName = 'theft.read'): Promise<TheftCase> {
  demand(desk.actor, action);
  const id = await idOf(desk, text);
  const [theft] = id === undefined ? [] : await selectThefts(desk, { where: 't.id = $1' }, [id]);
  if (theft === undefined || !reachesTheft(desk.actor, action, theft)) throw new Refused([unknownCase('case')]);
  return theft;
}

/** As {@link findTheft}, and holds its row until the transaction ends. @throws Refused ACCESS_ROLE, CASE_UNKNOWN */
export async function takeTheft(desk: Desk, text: string, action: ActionName): Promise<TheftCase> {
  const { id } = await findTheft(desk, text, action);
  return lockTheft(desk, id);
}

/** Which cases are listed, the newest first. */
export type TheftPage = {
  readonly states?: readonly TheftState[] | undefined;
  /** The number of the last case of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
};

/** The cases that an actor may read, a page at a time. @throws Refused ACCESS_ROLE */
export async function listThefts(
  desk: Desk,
  { states, after, limit }: TheftPage,
): Promise<{ readonly thefts: readonly TheftCase[]; readonly next: string | undefined }> {
  demand(desk.actor, 'theft.read');
  const reach = reachOf(desk.actor, 'theft.read');
  const { person = null, organisation = null, unit = null } = reach === 'all' ? {} : reach;
  const own = `$4 OR (t.organisation IS NULL AND $1::text IN (t.reporter, t.msisdn_key, t.email_key))
    OR t.organisation::text = $2 OR t.unit = $3`;
  const thefts = await selectThefts(
    desk,
    {
      where: `(${own}) AND ($5::text[] IS NULL OR t.state = ANY ($5)) AND ($6::bigint IS NULL OR t.number < $6)`,
      rest: 'ORDER BY t.number DESC LIMIT $7',
    },
    [person, organisation, unit, reach === 'all', states ?? null, after ?? null, limit],
  );
  return { thefts, next: thefts.length < limit ? undefined : thefts.at(-1)?.number };
}

/** What anybody is told who knows a reference: nothing of the device, and nothing of persons. */
export type TheftProgress = {
  readonly state: TheftState;
  readonly since: Date;
  readonly due: Day | undefined;
  /** Who can end it, and whom to ask: what brought it in. */
  readonly insertedBy: TheftCase['party'];
};

/** How a case stands, for whoever has its reference. @throws Refused CASE_UNKNOWN */
export async function progressOf(desk: Pick<Desk, 'query'>, reference: string): Promise<TheftProgress> {
  const id = parseReference(reference).ok ? await idOf(desk, reference) : undefined;
  const [theft] = id === undefined ? [] : await selectThefts(desk, { where: 't.id = $1' }, [id]);
  if (theft === undefined) throw new Refused([unknownCase('case')]);
  const { state, since, due, party } = theft;
  return { state, since, due, insertedBy: party };
}

/** An event of a case, as it was recorded. */
export type TheftStep = {
  readonly event: string;
  readonly from: TheftState | undefined;
  readonly to: TheftState;
  readonly party: string;
  readonly at: Date;
  readonly recorded: Date;
  readonly evidence: Readonly<Record<string, unknown>>;
};

/** What happened in a case, in order. It names no persons; who acted for an office stays in the register. */
export async function historyOf(
  { query }: Pick<Desk, 'query'>,
  { id }: Pick<TheftCase, 'id'>,
): Promise<readonly TheftStep[]> {
  const rows = await query<Omit<TheftStep, 'from'> & { from: TheftState | null }>(
    `SELECT event, from_state AS from, to_state AS to, party, at, recorded, evidence FROM theft_event
     WHERE theft = $1 ORDER BY number`,
    [id],
  );
  return rows.map(({ from, ...row }) => ({ ...row, from: from ?? undefined }));
}
