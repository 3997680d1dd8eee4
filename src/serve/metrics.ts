import type { Metric, Sample } from '../eir/node/exposition.ts';
import type { Record } from './duty.ts';

/** How what the register does by itself fares, as metrics. */
export function dutyMetrics(records: readonly Record[]): readonly Metric[] {
  const each = (value: (record: Record) => number): readonly Sample[] =>
    records.map((record): Sample => [{ duty: record.name }, value(record)]);
  return [
    {
      name: 'ceir_duty_turns_total',
      help: 'Turns that ended well.',
      type: 'counter',
      samples: each(({ turns }) => turns),
    },
    { name: 'ceir_duty_done_total', help: 'What was done.', type: 'counter', samples: each(({ done }) => done) },
    {
      name: 'ceir_duty_failures_total',
      help: 'Turns that failed.',
      type: 'counter',
      samples: each(({ failures }) => failures),
    },
    {
      name: 'ceir_duty_last_success_seconds',
      help: 'When the last turn ended well, since 1970; 0 before the first.',
      type: 'gauge',
      samples: each(({ last }) => (last?.getTime() ?? 0) / 1000),
    },
  ];
}
