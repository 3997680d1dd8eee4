// Some nodes in one process, as the bench of the feed wants them: they follow, and tell when each change took effect.
// Words: URL, folder, the first node's number, how many. The clock is the machine's monotonic one, the same in all processes.
import path from 'node:path';
import { LISTS } from '../src/decisions/core/entry.ts';
import { Follower } from '../src/eir/follow/follower.ts';
import { View } from '../src/eir/memory/view.ts';

/** What the process tells: for each line that took effect the last number and when, in milliseconds. */
export type Effect = { readonly node: number; readonly list: string; readonly last: number; readonly at: number };

type Pending = { readonly list: string; readonly last: number; readonly imei: number };

const [url = '', folder = '', first = '0', many = '1'] = process.argv.slice(2);
const now = (): number => Number(process.hrtime.bigint()) / 1e6;
let effects: Effect[] = [];

for (let node = Number(first); node < Number(first) + Number(many); node += 1) {
  let view: View | undefined;
  // It counts when whoever looks it up is told, as a worker would be; where memory was replaced that is a turn later.
  const note = (pending: Pending): void => {
    const { list, last, imei } = pending;
    const isThere = view !== undefined && (view.entry(view.lookup(imei)).bits & LISTS.blocked) !== 0;
    if (isThere) effects.push({ node, list, last, at: now() });
    else setImmediate(note, pending);
  };
  const follower = await Follower.start({
    centre: { url, token: `token-${node}` },
    folder: path.join(folder, `node-${node}`),
    count: (name, label) => {
      if (name !== 'follow_rebuilt') process.stderr.write(`node ${node}: ${name} ${label ?? ''}\n`);
    },
    onChanges: ({ list, from, changes }) =>
      note({ list, last: from + changes.length - 1, imei: changes.at(-1)?.[1] ?? -1 }),
  });
  view = new View(follower.writer.attach());
}

setInterval(() => {
  if (effects.length > 0) process.send?.(effects);
  effects = [];
}, 20);
process.on('disconnect', () => process.exit(0));
process.send?.([]);
