import type { Desk } from '../access/desk.ts';
import { type Day, today } from '../calendar/day.ts';
import { type Fault, Refused } from '../faults/fault.ts';
import type { Result } from '../faults/result.ts';
import { advance, begin, type Machine, type Step } from '../states/machine.ts';

/** What goes through states here: each is a table of its own with a row for each. */
export const THINGS = [
  'type_approval',
  'consignment',
  'hand_over',
  'charge',
  'admission',
  'personal_import',
  'transfer',
] as const;

/** One of {@link THINGS}. */
export type Thing = (typeof THINGS)[number];

/** An event that somebody brings about, or the clock or a network did, with when it happened if that was not now. */
export type Happening<Event extends string, Role extends string> = {
  readonly event: Event;
  /** The roles it is brought about in; those of the actor unless told. */
  readonly roles?: readonly Role[];
  readonly at?: Date;
  /** A reason, or a reference of papers: no personal data. */
  readonly note?: string | undefined;
};

/** What is to be gone on with, its row being locked. */
export type Standing<State extends string, Event extends string, Role extends string> = {
  readonly machine: Machine<State, Event, Role>;
  readonly thing: Thing;
  readonly id: string;
  readonly state: State;
};

/** The day it is for the register, or the one on which something happened, in the country's calendar. */
export const dayOf = (desk: Pick<Desk, 'policy' | 'now'>, at: Date = desk.now): Day => today(desk.policy.timeZone, at);

/** The first state of something new; the caller makes its row and then {@link record}s it. @throws Refused STATE_… */
export function first<State extends string, Event extends string, Role extends string>(
  desk: Desk,
  machine: Machine<State, Event, Role>,
  happening: Happening<Event, Role>,
): Step<State> {
  return demand(begin(machine, { event: happening.event, roles: rolesOf(desk, happening) }));
}

/** Keeps how something began. */
export async function began<Event extends string, Role extends string>(
  desk: Desk,
  thing: Thing,
  {
    id,
    to,
    finding,
    ...happening
  }: { readonly id: string; readonly to: string; readonly finding?: string | undefined } & Happening<Event, Role>,
): Promise<void> {
  await keep(desk, { ...happening, thing, id, from: null, to, finding });
}

/**
 * Goes on: the new state stands in the row, and the step in the history. The caller has locked the row, so that of two at
 * once the second meets the state that the first left. @throws Refused STATE_MOVE, STATE_ROLE
 */
export async function move<State extends string, Event extends string, Role extends string>(
  desk: Desk,
  { machine, thing, id, state }: Standing<State, Event, Role>,
  happening: Happening<Event, Role>,
): Promise<Step<State>> {
  const step = demand(advance(machine, state, { event: happening.event, roles: rolesOf(desk, happening) }));
  await desk.query(`UPDATE ${thing} SET state = $2 WHERE id = $1`, [id, step.to]);
  await keep(desk, { ...happening, thing, id, from: state, to: step.to, finding: step.finding });
  return step;
}

/** One step as it is kept. */
export type Kept = {
  readonly event: string;
  readonly from: string | undefined;
  readonly to: string;
  readonly at: Date;
  readonly recorded: Date;
  readonly by: string;
  readonly note: string | undefined;
  readonly finding: string | undefined;
};

/** What happened to something so far, in the order in which it was learnt. */
export async function stepsOf(
  { query }: Pick<Desk, 'query'>,
  of: { readonly thing: Thing; readonly id: string },
): Promise<readonly Kept[]> {
  type Row = Omit<Kept, 'from' | 'note' | 'finding'> & {
    from: string | null;
    note: string | null;
    finding: string | null;
  };
  const rows = await query<Row>(
    `SELECT event, from_state AS "from", to_state AS "to", at, recorded, by_whom AS "by", note, finding
     FROM registration_step WHERE thing = $1 AND id = $2 ORDER BY number`,
    [of.thing, of.id],
  );
  return rows.map((row) => ({
    ...row,
    from: row.from ?? undefined,
    note: row.note ?? undefined,
    finding: row.finding ?? undefined,
  }));
}

// The machines' roles are those of accounts; those of an actor are looked up among them.
const rolesOf = <Role extends string>(
  { actor }: Pick<Desk, 'actor'>,
  { roles }: Pick<Happening<string, Role>, 'roles'>,
): readonly Role[] => roles ?? (actor.roles as readonly string[] as readonly Role[]);

function demand<T>(result: Result<T, Fault>): T {
  if (!result.ok) throw new Refused([result.fault]);
  return result.value;
}

type Row = Happening<string, string> & {
  readonly thing: Thing;
  readonly id: string;
  readonly from: string | null;
  readonly to: string;
  readonly finding: string | undefined;
};

async function keep(desk: Desk, { thing, id, event, from, to, at = desk.now, note, finding }: Row): Promise<void> {
  await desk.query(
    `INSERT INTO registration_step (thing, id, event, from_state, to_state, at, day, recorded, by_whom, note, finding)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [thing, id, event, from, to, at, dayOf(desk, at), desk.now, desk.actor.id, note ?? null, finding ?? null],
  );
}
