import type { Desk } from '../access/desk.ts';
import { type Fault, Refused } from '../faults/fault.ts';
import { advance, type Machine } from '../states/machine.ts';
import type { FindingKind, Found } from './checks.ts';
import type { Asking, DeviceId, Origin } from './device.ts';
import { type Actor, actsAs } from './lifecycle.ts';

/** Whether somebody has looked into a finding, and what came of it. */
export type FindingState = 'open' | 'explained' | 'confirmed';

/** What happens to a finding. */
export type FindingEvent = 'find' | 'explain' | 'confirm';

/** A finding changes nothing by itself: somebody looks into it. */
export const FINDING: Machine<FindingState, FindingEvent, Actor> = {
  subject: 'finding',
  states: {
    open: 'nobody has looked into it',
    explained: 'there is a good reason for it',
    confirmed: 'it is as it looks',
  },
  begins: [{ event: 'find', to: 'open', who: ['network'] }],
  moves: [
    { event: 'explain', from: ['open'], to: 'explained', who: ['regulator'], needs: 'the explanation' },
    { event: 'confirm', from: ['open'], to: 'confirmed', who: ['regulator'], needs: 'what was looked into' },
  ],
};

/** A finding about a device. */
export type Finding = Found &
  Origin & {
    readonly id: string;
    readonly device: DeviceId;
    readonly state: FindingState;
    readonly found: Date;
    /** Who looked into it, when, and what they say; undefined while it is open. */
    readonly closed: { readonly at: Date; readonly by: string; readonly explanation: string } | undefined;
  };

type Row = {
  readonly id: string;
  readonly device: DeviceId;
  readonly kind: FindingKind;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly state: FindingState;
  readonly found: Date;
  readonly source: string;
  readonly batch: string | null;
  readonly closed: Date | null;
  readonly closed_by: string | null;
  readonly explanation: string | null;
};

const COLUMNS = 'id, device, kind, evidence, state, found, source, batch, closed, closed_by, explanation';

const findingOf = ({ batch, closed, closed_by: by, explanation, ...row }: Row): Finding => ({
  ...row,
  batch: batch ?? undefined,
  closed: closed === null ? undefined : { at: closed, by: by ?? '', explanation: explanation ?? '' },
});

/** Records what was found; gives what is new: what was found before, also when it was explained, is not found again. */
export async function recordFindings(
  desk: Pick<Desk, 'query' | 'now'>,
  device: DeviceId,
  { found, source, batch }: Origin & { readonly found: readonly Found[] },
): Promise<readonly Finding[]> {
  const fresh: Finding[] = [];
  for (const { kind, evidence } of found) {
    const rows = await desk.query<Row>(
      `INSERT INTO device_finding (device, kind, evidence, found, source, batch) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
      [device, kind, evidence, desk.now, source, batch ?? null],
    );
    fresh.push(...rows.map(findingOf));
  }
  return fresh;
}

/** All findings about a device, also those of others that name it; the newest first. */
export async function findingsOf({ query }: Asking, device: { readonly id: DeviceId }): Promise<readonly Finding[]> {
  const rows = await query<Row>(
    `SELECT ${COLUMNS} FROM device_finding
     WHERE device IN (SELECT id FROM device WHERE id = $1 OR united_into = $1) OR evidence -> 'devices' ? $1::text
     ORDER BY id DESC`,
    [device.id],
  );
  return rows.map(findingOf);
}

/** Which findings are listed, a page at a time. */
export type FindingPage = {
  readonly state?: FindingState | undefined;
  readonly kind?: FindingKind | undefined;
  /** The last finding of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
};

/** Findings for those who look into them, the oldest first. */
export async function listFindings(
  { query }: Asking,
  { state = 'open', kind, after, limit }: FindingPage,
): Promise<readonly Finding[]> {
  const rows = await query<Row>(
    `SELECT ${COLUMNS} FROM device_finding
     WHERE state = $1 AND ($2::text IS NULL OR kind = $2) AND id > coalesce($3::bigint, 0) ORDER BY id LIMIT $4`,
    [state, kind ?? null, after ?? null, limit],
  );
  return rows.map(findingOf);
}

/** How a finding is closed. */
export type Closing = { readonly event: 'explain' | 'confirm'; readonly explanation: string };

/** Closes a finding, with what was looked into. @throws Refused STATE_MOVE, STATE_ROLE, DEVICE_UNKNOWN, DEVICE_REASON */
export async function closeFinding(desk: Desk, id: string, { event, explanation }: Closing): Promise<Finding> {
  const [row] = await desk.query<Row>(`SELECT ${COLUMNS} FROM device_finding WHERE id::text = $1 FOR UPDATE`, [id]);
  if (row === undefined) throw new Refused([unknownFinding(id)]);
  const step = advance(FINDING, row.state, { event, roles: actsAs(desk.actor.roles) });
  if (!step.ok) throw new Refused([step.fault]);
  const [closed] = await desk.query<Row>(
    `UPDATE device_finding SET state = $2, closed = $3, closed_by = $4, explanation = $5 WHERE id = $1
     RETURNING ${COLUMNS}`,
    [row.id, step.value.to, desk.now, desk.actor.id, demandReason(explanation, 'explanation')],
  );
  if (closed === undefined) throw new Error('the finding vanished');
  return findingOf(closed);
}

const unknownFinding = (id: string): Fault => ({
  code: 'DEVICE_UNKNOWN',
  message: `There is no finding ${JSON.stringify(id.slice(0, 40))}.`,
  remedy: 'Take its number from the list of findings.',
  field: 'finding',
});

/** A reason that others can judge. @throws Refused DEVICE_REASON */
export function demandReason(text: string, field: string): string {
  const reason = text.trim();
  if (reason.length >= 3 && reason.length <= 2000) return reason;
  const message = `The ${field} has ${reason.length} characters.`;
  throw new Refused([
    { code: 'DEVICE_REASON', message, remedy: 'Write 3 to 2000 characters that others can judge.', field },
  ]);
}
