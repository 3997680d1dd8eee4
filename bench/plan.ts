import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freshFolder } from './place.ts';
import { type Cost, run } from './watch.ts';

/** One statement for the bare engine, with a name for its cost. */
export type Statement = { readonly name: string; readonly sql: string };

/** What a statement took; `answer` is its result as tab separated text. */
export type Taken = Omit<Cost, 'peakBytes'> & { readonly name: string; readonly answer: string };

/** Statements done by the bare engine: each by itself, and the whole process with its start. */
export type Bare = { readonly statements: readonly Taken[]; readonly whole: Cost };

/** Runs statements on a bare engine with a fresh store, in a process of its own, and removes the store. */
export async function runBare(statements: readonly Statement[]): Promise<Bare> {
  const folder = freshFolder('bare');
  try {
    const plan = path.join(folder, 'plan.json');
    writeFileSync(plan, JSON.stringify(statements));
    const script = path.join(import.meta.dirname, 'bare.ts');
    const { output, ...whole } = await run(process.execPath, [
      '--import',
      'tsx',
      script,
      path.join(folder, 'engine'),
      plan,
    ]);
    return { statements: JSON.parse(output) as Taken[], whole };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
