import { rmSync } from 'node:fs';
import { killRound, prepareKilling } from '../test/stores/killing.ts';
import type { Bench, Cell, Found } from './bench.ts';
import { freshFolder } from './place.ts';

/** How far the killed commands of one verb had come. */
type Tally = { rounds: number; cut: number; acknowledged: number; ended: number };

/** Kills come within this time of the start, in milliseconds; it follows how long commands take on this machine. */
const FIRST_SPAN_MS = 4000;

export const bench: Bench = {
  name: 'kills',
  about: `Commands killed with all their processes (SIGKILL) at random moments, again and again on one data folder. After each
the stores are opened: what was acknowledged is whole, everything else is whole or absent. The first violation ends it.`,
  options: {
    rounds: { type: 'string', about: 'how many (default 200)' },
    keep: { type: 'boolean', about: 'keep the data folder, to look into it' },
  },
  run: async (call): Promise<Found> => {
    const rounds = call.count('rounds', 200);
    const folder = freshFolder('kills');
    const killing = prepareKilling(folder);
    const tallies = new Map<string, Tally>();
    const started = performance.now();
    let span = FIRST_SPAN_MS;
    for (let round = 0; round < rounds; round += 1) {
      const afterMs = 200 + Math.floor(Math.random() * span);
      const said = await killRound(killing, round, afterMs).catch((error: unknown) => {
        const details = `round ${round}, killed after ${afterMs} ms; the data are kept in ${folder}`;
        throw new Error(`A violation: ${details}`, { cause: error });
      });
      const tally = tallies.get(said.verb) ?? { rounds: 0, cut: 0, acknowledged: 0, ended: 0 };
      tally.rounds += 1;
      tally.ended += Number(said.ended);
      tally.acknowledged += Number(said.acknowledged);
      tally.cut += Number(!said.ended);
      tallies.set(said.verb, tally);
      // One command in five may end before its kill: moments after the end prove nothing.
      span = Math.min(60_000, Math.max(500, span * (said.ended ? 0.9 : 1.03)));
      if ((round + 1) % 20 === 0) process.stderr.write(`  ${round + 1} of ${rounds}\n`);
    }
    if (!call.flag('keep')) rmSync(folder, { recursive: true, force: true });
    const head = ['verb', 'rounds', 'killed', 'ended before', 'acknowledged', 'violations'];
    const body = [...tallies].map(([verb, one]): readonly Cell[] => [
      verb,
      one.rounds,
      one.cut,
      one.ended,
      one.acknowledged,
      0,
    ]);
    const seconds = Math.round((performance.now() - started) / 1000);
    return {
      tables: [{ title: `${rounds} kills in ${seconds} s`, rows: [head, ...body] }],
      figures: { rounds, seconds, verbs: Object.fromEntries(tallies) },
    };
  },
};
