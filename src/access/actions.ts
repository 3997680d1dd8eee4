import { type Fault, Refused } from '../faults/fault.ts';
import type { Action } from './actions/action.ts';
import { CASE_ACTIONS } from './actions/cases.ts';
import { OFFICE_ACTIONS } from './actions/office.ts';
import { TRADE_ACTIONS } from './actions/trade.ts';
import type { Actor, Role } from './actor.ts';

/** The name of something that can be done: `theft.confirm`. */
export type ActionName = keyof typeof CASE_ACTIONS | keyof typeof TRADE_ACTIONS | keyof typeof OFFICE_ACTIONS;

/**
 * Everything that can be done in the register and who may do it: the one table. `docs/access.md` is written from it, and
 * every route names one of these.
 */
export const ACTIONS: Readonly<Record<ActionName, Action>> = { ...CASE_ACTIONS, ...TRADE_ACTIONS, ...OFFICE_ACTIONS };

/** The names in the order of the table. */
export const ACTION_NAMES: readonly ActionName[] = Object.keys(ACTIONS) as ActionName[];

const granting = (actor: Pick<Actor, 'roles'>, { roles }: Action): readonly Role[] =>
  actor.roles.filter((role) => roles.includes(role));

/** Whether one of the actor's roles allows it. What it reaches is another question: {@link reachOf}. */
export const may = (actor: Pick<Actor, 'roles'>, name: ActionName): boolean =>
  ACTIONS[name].open === true || granting(actor, ACTIONS[name]).length > 0;

/** Refuses who may not. @throws Refused ACCESS_ROLE. */
export function demand(actor: Pick<Actor, 'roles'>, name: ActionName): void {
  if (!may(actor, name)) throw new Refused([roleFault(name)]);
}

/** Why somebody may not. */
export const roleFault = (name: ActionName): Fault => ({
  code: 'ACCESS_ROLE',
  message: `«${name}» (${ACTIONS[name].about}) is not for the roles of this account.`,
  remedy: `It is for: ${ACTIONS[name].roles.join(', ')}.`,
});

/** To whom a thing belongs, as far as it is known: who brought it in, for which organisation, which unit has it. */
export type Belonging = {
  readonly person?: string | undefined;
  readonly organisation?: string | undefined;
  readonly unit?: string | undefined;
};

/** What an actor reaches by an act: everything, or what belongs to one of these. */
export type Reach = 'all' | Belonging;

/**
 * What an actor reaches by an act. Police without a unit are the national level and reach what all units have.
 * Somebody who may not do it reaches nothing: `{}`.
 */
export function reachOf(actor: Actor, name: ActionName): Reach {
  const action = ACTIONS[name];
  const own = granting(actor, action).filter((role) => action.own?.includes(role) === true);
  const wider = own.length < granting(actor, action).length || (action.open === true && action.own === undefined);
  if (wider) return 'all';
  const { organisation } = actor;
  if (own.includes('police') && organisation?.kind === 'police' && organisation.unit === undefined) return 'all';
  return {
    ...(own.includes('citizen') ? { person: actor.id } : {}),
    ...(own.some((role) => role !== 'citizen') ? ownedBy(actor) : {}),
    ...(own.includes('police') && organisation?.unit !== undefined ? { unit: organisation.unit } : {}),
  };
}

const ownedBy = ({ id, organisation }: Actor): Belonging =>
  organisation === undefined ? { person: id } : { organisation: organisation.id };

/**
 * Whether an actor reaches a thing by an act. Where this is false, answer as if there were no such thing: that it exists
 * is not for others to learn.
 */
export function reaches(actor: Actor, name: ActionName, thing: Belonging): boolean {
  const reach = reachOf(actor, name);
  if (reach === 'all') return true;
  return (['person', 'organisation', 'unit'] as const).some(
    (key) => reach[key] !== undefined && reach[key] === thing[key],
  );
}
