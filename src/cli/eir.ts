import { Misused } from '../faults/fault.ts';
import type { Call, Command, Option } from './command.ts';
import type { Act } from './eir/act.ts';
import { check } from './eir/check.ts';
import { example } from './eir/example.ts';
import { history } from './eir/history.ts';
import { load } from './eir/load.ts';
import { node } from './eir/node.ts';
import { precedence } from './eir/precedence.ts';
import { status } from './eir/status.ts';

/** What `ceir eir` does, by the first word after it. A new act is a file in `eir/` and a line here. */
const ACTS: readonly Act[] = [node, example, check, load, history, precedence, status];

/** The options of all acts: those of one name are one option. */
const OPTIONS: Readonly<Record<string, Option>> = Object.assign({}, ...ACTS.map(({ options }) => options));

/** The first option that was given although the act does not take it. */
function strayOf(call: Call, act: Act): string | undefined {
  const given = (name: string): boolean =>
    call.flag(name) || call.text(name) !== undefined || call.texts(name).length > 0;
  return Object.keys(OPTIONS).find((name) => !Object.hasOwn(act.options, name) && given(name));
}

export const command: Command = {
  name: 'eir',
  usage: ACTS.map(({ name, usage }) => `${name} ${usage}`.trim()).join(' | '),
  about: ACTS.map(({ name, about }) => `${name}: ${about}`).join('\n'),
  options: OPTIONS,
  examples: ACTS.flatMap(({ examples }) => examples),
  run: async (call) => {
    // A node file says enough.
    const [name, ...args] = call.args.length === 0 && call.text('config') !== undefined ? ['run'] : call.args;
    const act = ACTS.find((one) => one.name === name);
    if (act === undefined) throw new Misused(`ceir eir ${ACTS.map((one) => one.name).join(', ')}: name one of these`);
    const stray = strayOf(call, act);
    if (stray !== undefined) throw new Misused(`--${stray} is not for ceir eir ${act.name}`);
    return act.run({ ...call, args });
  },
};
