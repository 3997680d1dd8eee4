import { PROTOCOLS } from '../checker.ts';
import type { Source } from '../events/desk.ts';
import type { FollowStatus } from '../follow/follower.ts';
import { FEED_LISTS } from '../follow/wire.ts';
import type { Metric, Sample } from './exposition.ts';
import { BUCKETS, STATUSES, type Tally } from './tally.ts';

/** Peers that are told apart; the others are one. */
const MOST_PEERS = 200;
/** Reasons that are told apart. */
const MOST_REASONS = 200;

/** What counts on its own: a worker, or the node's own thread. */
export type Counting = {
  readonly name: string;
  readonly tally: Tally;
  readonly source: Source;
  readonly counts: ReadonlyMap<string, ReadonlyMap<string, number>>;
};

/** What a node says of itself in numbers. */
export type Vitals = {
  readonly status: FollowStatus;
  readonly rulesVersion: number;
  readonly rows: number;
  readonly changed: { readonly entries: number; readonly pairs: number };
  readonly workers: { readonly ready: number; readonly restarts: number };
  readonly events: {
    readonly recorded: number;
    readonly lost: number;
    readonly bytes: number;
    readonly files: number;
    readonly waiting: number;
  };
  readonly visitors: number;
  readonly clockJumps: number;
  readonly startedAt: number;
};

/** Sums by labels. */
class Sums {
  readonly #sums = new Map<string, { readonly labels: Readonly<Record<string, string>>; value: number }>();
  readonly #most: number;
  readonly #others: Readonly<Record<string, string>>;

  constructor(most = Number.POSITIVE_INFINITY, others: Readonly<Record<string, string>> = {}) {
    this.#most = most;
    this.#others = others;
  }

  add(labels: Readonly<Record<string, string>>, value: number): void {
    if (value === 0) return;
    const key = JSON.stringify(labels);
    const known = this.#sums.get(key);
    if (known !== undefined) known.value += value;
    else if (this.#sums.size < this.#most) this.#sums.set(key, { labels, value });
    else if (key !== JSON.stringify({ ...labels, ...this.#others })) this.addOther(labels, value);
  }

  /** Adds to what stands for all others. */
  addOther(labels: Readonly<Record<string, string>>, value: number): void {
    const others = { ...labels, ...this.#others };
    const key = JSON.stringify(others);
    const known = this.#sums.get(key);
    if (known === undefined) this.#sums.set(key, { labels: others, value });
    else known.value += value;
  }

  get samples(): readonly Sample[] {
    return [...this.#sums.values()].map(({ labels, value }) => [labels, value]);
  }
}

/** The metrics of a node. */
export function metricsOf(counting: readonly Counting[], vitals: Vitals): readonly Metric[] {
  return [...answers(counting), times(counting), counters(counting), ...listMetrics(vitals), ...selfMetrics(vitals)];
}

function answers(counting: readonly Counting[]): readonly Metric[] {
  const byStatus = new Sums();
  const byPeer = new Sums(MOST_PEERS * STATUSES.length, { peer: 'others', operator: 'others' });
  const byStep = new Sums();
  const byReason = new Sums(MOST_REASONS, { reason: 'others' });
  for (const { tally, source } of counting) {
    for (const [number, { protocol, peer, operator }] of source.askers.entries()) {
      for (const [at, status] of STATUSES.entries()) {
        const times = tally.ofAsker(number, at);
        byStatus.add({ protocol, status }, times);
        byPeer.add({ protocol, peer, operator, status }, times);
      }
    }
    for (const [number, { status, intended, step, exception, by, reason }] of source.lines.entries()) {
      const times = tally.ofAnswer(number);
      byStep.add({ step, status, intended, exception, by }, times);
      if (reason !== '') byReason.add({ reason, status }, times);
    }
  }
  const counter = (name: string, help: string, { samples }: Sums): Metric => ({ name, help, type: 'counter', samples });
  return [
    counter('ceir_eir_answers_total', 'Checks answered, by protocol and verdict.', byStatus),
    counter('ceir_eir_peer_answers_total', 'Checks answered, by who asked.', byPeer),
    counter('ceir_eir_steps_total', 'Checks answered, by the step of the precedence table that decided.', byStep),
    counter('ceir_eir_reasons_total', 'Checks that an entry with this reason decided.', byReason),
  ];
}

function times(counting: readonly Counting[]): Metric {
  const samples: Metric['samples'][number][] = [];
  for (const [at, protocol] of PROTOCOLS.entries()) {
    const all = counting.map(({ tally }) => tally.times(at));
    const count = all.reduce((sum, one) => sum + one.count, 0);
    if (count === 0) continue;
    let below = 0;
    for (const [bucket, bound] of [...BUCKETS, Number.POSITIVE_INFINITY].entries()) {
      below += all.reduce((sum, one) => sum + (one.buckets[bucket] ?? 0), 0);
      samples.push([
        { protocol, le: bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound / 1e6) },
        below,
        '_bucket',
      ]);
    }
    samples.push(
      [{ protocol }, all.reduce((sum, one) => sum + one.sum, 0) / 1e6, '_sum'],
      [{ protocol }, count, '_count'],
    );
  }
  const help = 'How long decisions took: of one in 64 from the lists, of all that the centre was asked for.';
  return { name: 'ceir_eir_decision_seconds', help, type: 'histogram', samples };
}

function counters(counting: readonly Counting[]): Metric {
  const samples = counting.flatMap(({ name, counts }) =>
    [...counts].flatMap(([counter, labels]) =>
      [...labels].map(([label, value]): Sample => [{ worker: name, counter, label }, value]),
    ),
  );
  return {
    name: 'ceir_eir_counts_total',
    help: 'What servers and the node count, by cause.',
    type: 'counter',
    samples,
  };
}

const gauge = (name: string, help: string, value: number): Metric => ({
  name,
  help,
  type: 'gauge',
  samples: [[{}, value]],
});
const counter = (name: string, help: string, value: number): Metric => ({
  ...gauge(name, help, value),
  type: 'counter',
});

function listMetrics({ status, rulesVersion, rows, changed }: Vitals): readonly Metric[] {
  const { applied, durable, connected, lag, levelAgoMs, lists } = status;
  return [
    gauge('ceir_eir_centre_connected', 'Whether the centre is connected.', connected ? 1 : 0),
    gauge('ceir_eir_lag_changes', 'Changes of the lists that are known to be missing here.', lag),
    ...(Number.isFinite(levelAgoMs)
      ? [gauge('ceir_eir_level_age_seconds', 'Since the lists were last known to be complete.', levelAgoMs / 1000)]
      : []),
    gauge('ceir_eir_lists_whole', 'Whether the node has lists that it goes by.', lists === 'whole' ? 1 : 0),
    {
      name: 'ceir_eir_list_applied',
      help: 'The number of the last change that counts.',
      type: 'gauge',
      samples: FEED_LISTS.map((list): Sample => [{ list }, applied[list]]),
    },
    {
      name: 'ceir_eir_list_durable',
      help: 'The number of the last change that is on the disk.',
      type: 'gauge',
      samples: FEED_LISTS.map((list): Sample => [{ list }, durable[list]]),
    },
    gauge('ceir_eir_rules_version', 'Version of the rules.', rulesVersion),
    gauge('ceir_eir_identifiers', 'Identifiers in the file of the lists.', rows),
    gauge('ceir_eir_changed_identifiers', 'Identifiers that changed since that file was made.', changed.entries),
    gauge('ceir_eir_changed_pairs', 'Pairs that changed since that file was made.', changed.pairs),
  ];
}

function selfMetrics({ workers, events, visitors, clockJumps, startedAt }: Vitals): readonly Metric[] {
  const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return [
    gauge('ceir_eir_workers_ready', 'Workers that answer.', workers.ready),
    counter('ceir_eir_worker_restarts_total', 'Workers begun anew after they died.', workers.restarts),
    counter('ceir_eir_checks_recorded_total', 'Checks that became records.', events.recorded),
    counter('ceir_eir_checks_lost_total', 'Checks that were answered and not recorded.', events.lost),
    gauge('ceir_eir_checks_waiting', 'Checks that wait to become records.', events.waiting),
    gauge('ceir_eir_spool_bytes', 'Bytes of records that the centre does not have yet.', events.bytes),
    gauge('ceir_eir_spool_files', 'Complete files that the centre does not have yet.', events.files),
    gauge('ceir_eir_visitors', 'Visitors whose first day is known.', visitors),
    counter(
      'ceir_eir_clock_jumps_total',
      'Times that the clock of the machine jumped by more than a second.',
      clockJumps,
    ),
    counter('process_cpu_seconds_total', 'Processor time.', (user + system) / 1e6),
    gauge('process_start_time_seconds', 'When the node began, since 1970.', startedAt / 1000),
    gauge('process_resident_memory_bytes', 'Resident memory.', rss),
    gauge('nodejs_heap_used_bytes', 'Heap of the main thread.', heapUsed),
    gauge('nodejs_external_memory_bytes', 'Memory outside the heap, of this thread.', external),
    gauge('nodejs_array_buffer_bytes', 'Memory of buffers, of this thread.', arrayBuffers),
  ];
}
