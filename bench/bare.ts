// Runs statements on the engine alone, in a process of its own, and tells the cost of each: what the engine itself
// takes, without anything of ours. Arguments: a folder for its store, and a JSON file of the statements.
import { readFileSync } from 'node:fs';
import { Session } from 'chdb';
import type { Statement, Taken } from './plan.ts';

const [folder = '', plan = ''] = process.argv.slice(2);
const session = new Session(folder);
const taken: Taken[] = [];
for (const { name, sql } of JSON.parse(readFileSync(plan, 'utf8')) as Statement[]) {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const answer = (await session.queryAsync(sql, { format: 'TSV' })).text();
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - started) / 1000;
  taken.push({ name, seconds, cpuSeconds: (user + system) / 1e6, answer });
}
session.close();
process.stdout.write(JSON.stringify(taken));
