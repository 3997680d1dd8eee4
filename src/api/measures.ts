import { type Metric, type Sample, writeMetrics } from '../eir/node/exposition.ts';
import type { Ask } from '../stores/registry.ts';
import { Content, type Route, telling } from './route.ts';

/** Upper bounds of latencies that are told apart, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] as const;

type Answered = { readonly method: string; readonly route: string; readonly status: number; readonly ms: number };

type Times = { readonly buckets: number[]; sum: number; count: number };

/** What a server counts of its answers: by patterns of addresses, never by what stood in them. */
export class Measures {
  readonly #answers = new Map<string, { readonly labels: Sample[0]; value: number }>();
  readonly #times = new Map<string, Times>();

  /** Counts an answer. */
  add({ method, route, status, ms }: Answered): void {
    const key = `${method} ${route} ${status}`;
    const known = this.#answers.get(key);
    if (known === undefined) this.#answers.set(key, { labels: { method, route, status: String(status) }, value: 1 });
    else known.value += 1;
    const times = this.#times.get(route) ?? { buckets: BOUNDS.map(() => 0), sum: 0, count: 0 };
    this.#times.set(route, times);
    const seconds = ms / 1000;
    times.sum += seconds;
    times.count += 1;
    for (const [at, bound] of BOUNDS.entries()) if (seconds <= bound) times.buckets[at] = (times.buckets[at] ?? 0) + 1;
  }

  /** All of it, for Prometheus. */
  get metrics(): readonly Metric[] {
    const times = [...this.#times].flatMap(([route, { buckets, sum, count }]): Metric['samples'] => [
      ...BOUNDS.map((le, at) => [{ route, le: String(le) }, buckets[at] ?? 0, '_bucket'] as const),
      [{ route, le: '+Inf' }, count, '_bucket'],
      [{ route }, sum, '_sum'],
      [{ route }, count, '_count'],
    ]);
    return [
      {
        name: 'ceir_api_answers_total',
        help: 'Answers, by method, pattern of the address, and status.',
        type: 'counter',
        samples: [...this.#answers.values()].map(({ labels, value }): Sample => [labels, value]),
      },
      {
        name: 'ceir_api_seconds',
        help: 'From the head of a request to the end of its answer.',
        type: 'histogram',
        samples: times,
      },
    ];
  }
}

async function jobMetrics(query: Ask): Promise<Metric> {
  const rows = await query<{ kind: string; state: string; count: string }>(
    `SELECT kind, state, count(*) AS count FROM job WHERE state IN ('waiting', 'working') GROUP BY kind, state`,
  );
  const samples = rows.map(({ kind, state, count }): Sample => [{ kind, state }, Number(count)]);
  return { name: 'ceir_jobs', help: 'Jobs that are not done.', type: 'gauge', samples };
}

function processMetrics(): readonly Metric[] {
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const one = (name: string, help: string, value: number): Metric => ({
    name,
    help,
    type: 'gauge',
    samples: [[{}, value]],
  });
  return [
    { ...one('process_cpu_seconds_total', 'Processor time.', (user + system) / 1e6), type: 'counter' },
    one('process_resident_memory_bytes', 'Resident memory.', rss),
    one('nodejs_heap_used_bytes', 'Heap of the main thread.', heapUsed),
    one('process_start_time_seconds', 'When the process began, since 1970.', Date.now() / 1000 - process.uptime()),
  ];
}

/** The route by which the measures of a server are read. */
export const measuresRoute = (measures: Measures): Route =>
  telling({
    method: 'GET',
    url: '/metrics',
    action: 'metrics.read',
    about: 'The measures of this process, in the text format of Prometheus.',
    produces: 'text/plain',
    tell: async ({ house }) => {
      const own = [...measures.metrics, await jobMetrics(house.registry.query), ...processMetrics()];
      const all = [...own, ...(house.measures?.() ?? [])];
      return new Content('text/plain; version=0.0.4; charset=utf-8', writeMetrics(all));
    },
  });
