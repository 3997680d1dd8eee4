import { readdirSync } from 'node:fs';
import path from 'node:path';
import { mutant, type Target } from '../test/fuzz/mutate.ts';
import { type Bench, type Cell, type Found, mebibytes } from './bench.ts';

const FOLDER = path.join(import.meta.dirname, '../test/fuzz');
const PROTOCOLS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.ts') && !/^(mutate|fuzz\.test)\.ts$/.test(name))
  .map((name) => path.basename(name, '.ts'));

type Round = {
  readonly protocol: string;
  readonly inputs: number;
  readonly seconds: number;
  readonly grownBytes: number;
  readonly slowestMs: number;
  readonly outcomes: Readonly<Record<string, number>>;
};

/** An input that takes longer than this hangs the peer's other calls: a failure. */
const HANG_MS = 1000;

async function fuzz(protocol: string, count: number, seed: number): Promise<Round> {
  const { target } = (await import(path.join(FOLDER, `${protocol}.ts`))) as { target: Target };
  const outcomes: Record<string, number> = {};
  const settled = Math.min(count, 20_000);
  let before = 0;
  let slowestMs = 0;
  const started = performance.now();
  for (let round = 0; round < count; round += 1) {
    if (round === settled) before = held(); // by then everything that is made once has been made
    const input = mutant(target, seed, round);
    const asked = performance.now();
    let outcome: string;
    try {
      outcome = await target.act(input);
    } catch (error) {
      throw new Error(`${protocol}, seed ${seed}, round ${round}: ${input.toString('hex')}`, { cause: error });
    }
    slowestMs = Math.max(slowestMs, performance.now() - asked);
    if (slowestMs > HANG_MS) throw new Error(`${protocol}, seed ${seed}, round ${round} took ${slowestMs} ms`);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (round % 100_000 === 99_999) process.stderr.write(`  ${protocol}: ${(round + 1).toLocaleString('en')}\n`);
  }
  const seconds = (performance.now() - started) / 1000;
  return { protocol, inputs: count, seconds, grownBytes: Math.max(0, held() - before), slowestMs, outcomes };
}

/** Bytes that live objects and buffers hold. */
function held(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

export const bench: Bench = {
  name: 'fuzz',
  about: `Changed inputs, the same for the same seed, into the session of every protocol. Each must be answered as the
standard says, or its peer be dropped with a counted cause; a crash, a hang, or a broken promise ends the bench with the
input. Growth is of memory after the first 20,000; with node --expose-gc it is exact.`,
  options: {
    inputs: { type: 'string', about: 'inputs a protocol (default 1000000)' },
    seed: { type: 'string', about: 'another series of inputs (default 1)' },
    protocol: { type: 'string', about: `one only: ${PROTOCOLS.join(', ')}` },
  },
  run: async (call): Promise<Found> => {
    const wanted = call.text('protocol');
    const protocols = PROTOCOLS.filter((name) => wanted === undefined || name === wanted);
    if (protocols.length === 0) throw new Error(`--protocol is one of ${PROTOCOLS.join(', ')}`);
    const rounds: Round[] = [];
    for (const protocol of protocols)
      rounds.push(await fuzz(protocol, call.count('inputs', 1_000_000), call.count('seed', 1)));
    const head: readonly Cell[] = ['protocol', 'inputs', 'seconds', 'slowest ms', 'MiB grown', 'kinds of outcome'];
    const body = rounds.map((round): readonly Cell[] => [
      round.protocol,
      round.inputs,
      round.seconds,
      round.slowestMs,
      mebibytes(round.grownBytes),
      Object.keys(round.outcomes).length,
    ]);
    return { tables: [{ title: 'Changed inputs', rows: [head, ...body] }], figures: rounds };
  },
};
