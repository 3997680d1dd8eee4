import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openStore, type Store } from '../../src/stores/store.ts';

const CEIR = path.join(import.meta.dirname, '../../bin/ceir.js');

const COUNTRY = `name: Freedonia
mccs: ['999']
calling_codes: ['999']
time_zone: Europe/Zurich
operators:
  - { id: alfa, name: Alfa, plmns: [{ mcc: '999', mnc: '01' }] }
import: { historic_fall: { imei: 0, imsi: 0, msisdn: 0 } }
lists: { permitted: false }
conditions:
  - label: many
    reason: Many subscriptions
    effect: blocked
    grace_days: 0
    notice_exempt: 'Act, section 12'
    max_matching_ratio: 1
    dimensions: [{ is: subscription_threshold, threshold: 1, period_days: 90 }]
`;

/** What a killed command was, and whether it had said that it was done. */
type Killed = { readonly acknowledged: boolean; readonly ended: boolean };

/** Runs `ceir` with its helpers in a process group of its own and kills all of it after so many milliseconds. */
async function killed(words: readonly string[], afterMs: number): Promise<Killed> {
  const child = spawn(process.execPath, [CEIR, ...words], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let [said, faults] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    faults += chunk.toString();
  });
  let ended = false;
  const end = new Promise<void>((resolve) => child.once('close', resolve)).then(() => {
    ended = true;
  });
  await Promise.race([wait(afterMs, undefined, { ref: false }), end]); // a timer must not outlive the tests
  if (!ended && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  const wasEnded = ended;
  await end;
  assert.ok(!wasEnded || child.exitCode === 0, `the command failed by itself: ${faults}`);
  return { acknowledged: said.endsWith('}\n'), ended: wasEnded };
}

/** One import over two months and all tables: whole, it adds one to each month for each of its IMEIs. */
function writeFeed(folder: string, round: number): string {
  const file = path.join(folder, `feed${round}_20260901_20261031.csv`);
  const rows = Array.from({ length: 3000 }, (_, n) => {
    const subscriber = round * 3000 + n;
    const date = n % 2 === 0 ? '20260910' : '20261020';
    const imei = n % 500 === 0 ? `*#${subscriber}` : String(35_000_000_000_000 + subscriber);
    return `${date},${imei},${99901_0000000000 + subscriber},${9991000000 + subscriber},006`;
  });
  writeFileSync(file, `date,imei,imsi,msisdn,rat\n${rows.join('\n')}\n`);
  return file;
}

type State = { readonly months: readonly number[]; readonly open: number; readonly listed: number };

/** What is official: IMEIs by month, open standings, entries ever appended to the change log. */
async function stateOf(store: Store): Promise<State> {
  const one = async (sql: string) => Number((await store.analytics.home.query<{ n: string }>(sql))[0]?.n);
  return {
    months: [
      await one('SELECT count() AS n FROM triplet WHERE month = 202609'),
      await one('SELECT count() AS n FROM triplet WHERE month = 202610'),
    ],
    open: await one('SELECT count() AS n FROM standing WHERE closed = 0'),
    listed: await one('SELECT count() AS n FROM change'),
  };
}

async function doneOf(store: Store, verb: string): Promise<number> {
  const [row] = await store.registry.query<{ n: string }>(
    `SELECT count(*) AS n FROM run WHERE verb = $1 AND status = 'done'`,
    [verb],
  );
  return Number(row?.n);
}

async function assertSettled(store: Store): Promise<void> {
  const cut = await store.registry.query(`SELECT number FROM run WHERE status IN ('running', 'publishing')`);
  assert.deepEqual(cut, [], 'no run is half done');
  const staging = `SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'staging_')`;
  assert.deepEqual(await store.analytics.home.query(staging), [], 'no staging table is left');
}

/** A data folder that is worked by commands that are killed. */
export type Killing = { readonly folder: string; readonly data: string; readonly country: string };

/** Prepares the folder. */
export function prepareKilling(folder: string): Killing {
  mkdirSync(folder, { recursive: true });
  const country = path.join(folder, 'country.yaml');
  writeFileSync(country, COUNTRY);
  return { folder, data: path.join(folder, 'data'), country };
}

/**
 * One round: an import, a classification or a list generation is killed after `afterMs`; the stores are opened again
 * and must hold each acknowledged run whole and each other one whole or not at all.
 * @returns how far the command had come.
 */
export async function killRound(
  of: Killing,
  round: number,
  afterMs: number,
): Promise<Killed & { readonly verb: string }> {
  const verb = ['import', 'import', 'classify', 'lists'][round % 4] ?? 'import';
  const common = ['--data', of.data, '--country', of.country, '--json'];
  const verbs: Readonly<Record<string, () => readonly string[]>> = {
    import: () => ['import', 'operator', writeFeed(of.folder, round), '--operator', 'alfa'],
    classify: () => ['classify', '--date', '2026-11-01'],
    lists: () => ['lists', path.join(of.folder, 'lists'), '--date', '2026-11-01'],
  };
  const words = verbs[verb]?.() ?? [];
  const before = await withStore(of, async (store) => ({
    state: await stateOf(store),
    done: await doneOf(store, verb),
  }));
  const outcome = await killed([...words, ...common], afterMs);
  const after = await withStore(of, async (store) => {
    await assertSettled(store);
    return { state: await stateOf(store), done: await doneOf(store, verb) };
  });
  const more = after.done - before.done;
  assert.ok(more === 0 || more === 1);
  assert.ok(!outcome.acknowledged || more === 1, 'what was acknowledged is there');
  if (verb === 'import') {
    assert.deepEqual(
      after.state.months,
      before.state.months.map((n) => n + 1500 * more),
      'the import is whole or absent',
    );
  }
  const seen = after.state.months.reduce((sum, n) => sum + n, 0);
  if (verb === 'classify')
    assert.equal(after.state.open, more === 1 ? seen : before.state.open, 'the classification is whole or absent');
  if (verb === 'lists') assert.equal(after.state.listed >= before.state.listed, true);
  if (verb === 'lists' && more === 0)
    assert.equal(after.state.listed, before.state.listed, 'no change without its run');
  return { ...outcome, verb };
}

async function withStore<T>(of: Killing, act: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore({ folder: of.data });
  try {
    return await act(store);
  } finally {
    await store.close();
  }
}
