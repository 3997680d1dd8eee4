import fc from 'fast-check';
import { advance, begin, type Machine } from '../../src/states/machine.ts';

/** All states that can come after those given, and they themselves. */
export function reachable<S extends string>({ moves }: Machine<S, string, string>, from: readonly S[]): ReadonlySet<S> {
  const found = new Set(from);
  for (const state of found) for (const move of moves) if (move.from.includes(state)) found.add(move.to);
  return found;
}

/** Ways through a machine: a beginning, and attempts of any event by any role, of which those that are refused change nothing. */
export const walks = <S extends string, E extends string, R extends string>(
  machine: Machine<S, E, R>,
  roles: readonly R[],
): fc.Arbitrary<readonly { readonly from: S | undefined; readonly event: E; readonly role: R; readonly to: S }[]> => {
  const events = [...new Set([...machine.begins, ...machine.moves].map(({ event }) => event))];
  const attempt = fc.tuple(fc.constantFrom(...events), fc.constantFrom(...roles));
  return fc.tuple(fc.constantFrom(...machine.begins), fc.array(attempt, { maxLength: 60 })).map(([first, attempts]) => {
    const role = first.who[0];
    const begun = role === undefined ? undefined : begin(machine, { event: first.event, roles: [role] });
    if (role === undefined || begun?.ok !== true) throw new Error(`nobody begins by ${first.event}`);
    const steps = [{ from: undefined as S | undefined, event: first.event, role, to: begun.value.to }];
    let state = begun.value.to;
    for (const [event, by] of attempts) {
      const next = advance(machine, state, { event, roles: [by] });
      if (!next.ok) continue;
      steps.push({ from: state, event, role: by, to: next.value.to });
      state = next.value.to;
    }
    return steps;
  });
};
