import type { Count } from '../checker.ts';
import type { Desk, Source } from '../events/desk.ts';
import { ringMemory } from '../events/ring.ts';
import type { Centre } from '../follow/client.ts';
import { View } from '../memory/view.ts';
import { NodeChecker } from './check.ts';
import type { NodeConfig } from './config.ts';
import { Consult } from './consult.ts';
import type { NodeLists } from './lists.ts';
import { Tally, tallyMemory } from './tally.ts';
import type { Visitors } from './visitors.ts';

/** The checker of the main thread. */
export type OwnChecker = {
  readonly checker: NodeChecker;
  readonly view: View;
  readonly tally: Tally;
  readonly source: Source;
  readonly close: () => void;
};

export type OwnParts = {
  readonly config: NodeConfig;
  readonly lists: NodeLists;
  readonly desk: Desk;
  readonly controls: Int32Array;
  readonly visitors: Visitors;
  readonly centre: Centre | undefined;
  readonly count: Count;
  readonly goldenKey: Buffer | undefined;
};

/** The checker of the main thread, for people who ask the node itself. */
export function ownChecker({
  config,
  lists,
  desk,
  controls,
  visitors,
  centre,
  count,
  goldenKey,
}: OwnParts): OwnChecker {
  const view = new View(lists.writer.attach());
  const source = desk.add(ringMemory(1 << 12));
  const tally = new Tally(tallyMemory());
  const consult = centre === undefined ? undefined : new Consult(centre, count);
  const checker = new NodeChecker({
    view,
    control: controls,
    ring: source.ring,
    tally,
    visitors,
    operator: config.operator,
    goldenKey,
    ...(consult === undefined ? {} : { consult }),
    tell: {
      answer: (number, line) => desk.answer(source, number, line),
      asker: (number, asker) => desk.asker(source, number, asker),
    },
  });
  return {
    checker,
    view,
    tally,
    source,
    close: () => {
      consult?.close();
      view.close();
    },
  };
}
