import { Refused } from '../../faults/fault.ts';
import type { Analytics } from '../../stores/analytics.ts';
import type { Work } from '../../stores/run.ts';
import { spread } from '../../stores/shuffle.ts';
import type { Store } from '../../stores/store.ts';
import { openVault } from '../../vault/open.ts';
import { type ControlChange, type ControlHead, controlChanges, controlHeads } from './control_journal.ts';
import { held } from './held.ts';

/** What a run has copied of the journal of offices, staged: nothing of it is official. */
export type StagedOffices = {
  readonly table: string;
  readonly changes: number;
  /** Engine query, per shard, of the `imei` that offices block as of this run. */
  readonly blocked: string;
};

/** Changes read at a time. */
const BATCH = 20_000;

/**
 * Stages what the journal of offices has beyond what earlier runs copied, up to one moment: so that the files of a run
 * can be written again, and its deltas hold, whatever offices do meanwhile.
 * @throws Refused FEED_GAP where the journal does not reach what was copied
 */
export async function stageOffices(store: Store, work: Work, timeZone: string): Promise<StagedOffices> {
  const { registry, analytics } = store;
  const [heads, copied] = [await controlHeads(registry), await lastCopied(analytics)];
  refuseBehind(heads, copied);
  const table = await work.stage('office_change');
  const due = heads.filter((head) => head.seq > (copied.get(idOf(head)) ?? 0));
  if (due.length > 0) {
    // Where offices never changed anything there may be no keys.
    const vault = await openVault(registry, store);
    const here = await work.stage('office_change', 'here');
    const lines = (async function* () {
      for (const head of due) {
        const range = { ...head, after: copied.get(idOf(head)) ?? 0, to: head.seq, batch: BATCH, timeZone };
        for await (const changes of controlChanges({ query: registry.query, vault }, range))
          yield Buffer.from(changes.map((change) => lineOf(head, change, work.number)).join(''));
      }
    })();
    await analytics.home.load(here, 'JSONEachRow', lines);
    await spread(analytics, `SELECT * FROM ${here}`, table);
  }
  const changes = due.reduce((sum, head) => sum + head.seq - (copied.get(idOf(head)) ?? 0), 0);
  const both = `(SELECT * FROM office_change UNION ALL SELECT * FROM ${table})`;
  const blocked = `(SELECT imei FROM ${held({ list: 'blocked', operator: '', runs: [2 ** 32 - 1] }, both)})`;
  return { table, changes, blocked };
}

type Key = Pick<ControlHead, 'list' | 'operator'>;
const idOf = ({ list, operator }: Key): string => `${list} ${operator}`;

/** The last number of each list that a run copied. */
async function lastCopied(analytics: Analytics): Promise<ReadonlyMap<string, number>> {
  const last = new Map<string, number>();
  const sql =
    'SELECT toString(list) AS list, toString(operator) AS operator, max(seq) AS seq FROM office_change GROUP BY list, operator';
  for (const { seq, ...key } of await analytics.gather<Key & { readonly seq: string }>(sql))
    last.set(idOf(key), Math.max(last.get(idOf(key)) ?? 0, Number(seq)));
  return last;
}

function refuseBehind(heads: readonly ControlHead[], copied: ReadonlyMap<string, number>): void {
  const reach = new Map(heads.map((head) => [idOf(head), head.seq]));
  for (const [id, last] of copied) {
    const seq = reach.get(id) ?? 0;
    if (seq >= last) continue;
    const message = `The journal of offices reaches ${seq} of ${id.trim()}, of which ${last} changes were copied.`;
    const remedy = 'Bring back the registry that belongs to these lists, or both stores from one backup.';
    throw new Refused([{ code: 'FEED_GAP', message, remedy }]);
  }
}

/** A change as the engine reads it. */
const lineOf = ({ list, operator }: Key, change: ControlChange, run: number): string => {
  const { seq, op, imei, imsi, msisdn, imsiKey, msisdnKey, reasons, since } = change;
  const subscriber = `${imsiKey}${msisdnKey}`;
  const row = { run, list, operator, seq, imei: Number(imei), imsi, msisdn, subscriber, op, reasons, since };
  return `${JSON.stringify(row)}\n`;
};
