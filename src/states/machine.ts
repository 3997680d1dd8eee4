import type { Fault } from '../faults/fault.ts';
import { fail, ok, type Result } from '../faults/result.ts';

/** One way from a state to another. */
export type Move<State extends string, Event extends string, Role extends string> = {
  readonly from: readonly State[];
  readonly event: Event;
  readonly to: State;
  /** Who may bring it about. */
  readonly who: readonly Role[];
  /** What has to be shown, in words, where the role alone is not enough. */
  readonly needs?: string;
  /** What is strange about it although it happens: to be looked into. */
  readonly finding?: string;
};

/**
 * A state machine that is data. What may happen is looked up in it, and the pictures in the documents are drawn from it, so
 * that neither can say what the other does not.
 */
export type Machine<State extends string, Event extends string, Role extends string> = {
  /** What goes through the states, for messages: `device`. */
  readonly subject: string;
  /** Each state with what it means. */
  readonly states: Readonly<Record<State, string>>;
  /** Where it may begin, by which event, and who may begin it. */
  readonly begins: readonly Omit<Move<State, Event, Role>, 'from'>[];
  readonly moves: readonly Move<State, Event, Role>[];
};

/** What comes of an event: the state afterwards, and what the move needs and tells. */
export type Step<State extends string> = {
  readonly to: State;
  readonly needs: string | undefined;
  readonly finding: string | undefined;
};

/** An event that somebody wants to bring about, who may act in several roles at once: as police, and as the reporter. */
export type Attempt<Event extends string, Role extends string> = {
  readonly event: Event;
  readonly roles: readonly Role[];
};

const stepOf = <State extends string>({
  to,
  needs,
  finding,
}: {
  readonly to: State;
  readonly needs?: string;
  readonly finding?: string;
}): Step<State> => ({ to, needs, finding });

/** Begins: the first state, or why nobody in these roles begins so. Faults: STATE_MOVE, STATE_ROLE. */
export function begin<State extends string, Event extends string, Role extends string>(
  machine: Machine<State, Event, Role>,
  { event, roles }: Attempt<Event, Role>,
): Result<Step<State>, Fault> {
  const ways = machine.begins.filter((move) => move.event === event);
  if (ways.length === 0) return fail(moveFault(machine, 'Nothing', event));
  const way = ways.find(({ who }) => roles.some((role) => who.includes(role)));
  return way === undefined ? fail(roleFault(machine, event, ways)) : ok(stepOf(way));
}

/** Goes on from a state: the next one, or why not. Nothing is changed. Faults: STATE_MOVE, STATE_ROLE. */
export function advance<State extends string, Event extends string, Role extends string>(
  machine: Machine<State, Event, Role>,
  state: State,
  { event, roles }: Attempt<Event, Role>,
): Result<Step<State>, Fault> {
  const ways = machine.moves.filter((move) => move.event === event && move.from.includes(state));
  if (ways.length === 0) return fail(moveFault(machine, `«${state}»`, event, eventsFrom(machine, state)));
  const way = ways.find(({ who }) => roles.some((role) => who.includes(role)));
  return way === undefined ? fail(roleFault(machine, event, ways)) : ok(stepOf(way));
}

/** The events that can happen in a state, in the order of the table; with roles, those that they may bring about. */
export function eventsFrom<State extends string, Event extends string, Role extends string>(
  { moves }: Machine<State, Event, Role>,
  state: State,
  roles?: readonly Role[],
): readonly Event[] {
  const may = (who: readonly Role[]): boolean => roles === undefined || roles.some((role) => who.includes(role));
  const can = moves.filter(({ from, who }) => from.includes(state) && may(who));
  return [...new Set(can.map(({ event }) => event))];
}

const moveFault = (
  { subject }: { readonly subject: string },
  from: string,
  event: string,
  possible: readonly string[] = [],
): Fault => ({
  code: 'STATE_MOVE',
  message: `${from === 'Nothing' ? `No ${subject} begins` : `A ${subject} that is ${from} cannot go on`} by «${event}».`,
  remedy:
    possible.length === 0 ? 'Nothing more can happen to it.' : `What can happen to it now: ${possible.join(', ')}.`,
});

const roleFault = (
  { subject }: { readonly subject: string },
  event: string,
  ways: readonly { readonly who: readonly string[] }[],
): Fault => ({
  code: 'STATE_ROLE',
  message: `«${event}» of a ${subject} is not for who asked.`,
  remedy: `It is for: ${[...new Set(ways.flatMap(({ who }) => who))].join(', ')}.`,
});
