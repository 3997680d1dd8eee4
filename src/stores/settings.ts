import type { MemoryPlan } from './memory.ts';

/**
 * The engine settings every statement of ours runs under, embedded or on a server, so that both give the same rows.
 * Values are engine literals.
 */
export const settings = (plan: MemoryPlan): Readonly<Record<string, string>> => ({
  // Heavy steps go to disk instead of failing: memory is a setting, not a function of the country's size.
  max_bytes_before_external_group_by: String(plan.spill),
  max_bytes_before_external_sort: String(plan.spill),
  max_bytes_ratio_before_external_group_by: '0',
  max_bytes_ratio_before_external_sort: '0',
  join_algorithm: "'parallel_hash,grace_hash'",
  max_bytes_in_join: String(plan.spill),
  // An absent row of an outer join gives default values, as our statements are written for: servers may say otherwise.
  join_use_nulls: '0',
  // A move whose source is empty means: nothing is left of this partition.
  allow_replace_partition_from_empty_source: '1',
  max_partitions_per_insert_block: '10000',
  throw_on_max_partitions_per_insert_block: '1',
  // A set of millions would be held against the statistics of every part, and be held in memory for it several times over.
  use_index_for_in_with_subqueries_max_values: '100000',
  // A run is many different statements, each over few of the engine's blocks: compiling costs more than it saves.
  compile_expressions: '0',
  compile_aggregate_expressions: '0',
  compile_sort_description: '0',
  date_time_input_format: "'basic'",
  session_timezone: "'UTC'",
  output_format_json_quote_64bit_integers: '1',
  // Statements may carry keys of pseudonyms.
  log_queries: '0',
});
