import type { Ask } from '../../stores/registry.ts';
import type { JsonObject } from '../../stores/run.ts';

/** DIRBS's names of what our runs do. */
const COMMANDS: Readonly<Record<string, string>> = {
  import: 'dirbs-import',
  classify: 'dirbs-classify',
  lists: 'dirbs-listgen',
  prune: 'dirbs-prune',
};

const STATUSES: Readonly<Record<string, 'running' | 'success' | 'error'>> = {
  running: 'running',
  publishing: 'running',
  done: 'success',
  refused: 'error',
  failed: 'error',
  undone: 'error',
};

/** Which runs are asked for. */
export type RunWish = {
  readonly command?: readonly string[];
  readonly subcommand?: readonly string[];
  readonly run_id?: readonly number[];
  readonly status?: readonly ('running' | 'success' | 'error')[];
  readonly max_results: number;
  readonly show_details: boolean;
};

type Row = {
  readonly number: number;
  readonly verb: string;
  readonly kind: string | null;
  readonly operator: string | null;
  readonly status: string;
  readonly started: Date;
  readonly ended: Date | null;
  readonly result: JsonObject | null;
};

const ours = (names: readonly string[], table: Readonly<Record<string, string>>): readonly string[] =>
  names.flatMap((name) => [name, ...Object.keys(table).filter((own) => table[own] === name)]);

/** The newest runs, as DIRBS tells its jobs (`/job_metadata`). */
export async function runsOf(query: Ask, wish: RunWish) {
  const rows = await query<Row>(
    `SELECT number, verb, kind, operator, status, started, ended, result FROM run
    WHERE ($1::text[] IS NULL OR verb = ANY($1)) AND ($2::text[] IS NULL OR kind = ANY($2) OR operator = ANY($2))
      AND ($3::int[] IS NULL OR number = ANY($3)) AND ($4::text[] IS NULL OR status = ANY($4))
    ORDER BY number DESC LIMIT $5`,
    [
      wish.command === undefined ? null : ours(wish.command, COMMANDS),
      wish.subcommand ?? null,
      wish.run_id ?? null,
      wish.status === undefined ? null : ours(wish.status, STATUSES),
      wish.max_results,
    ],
  );
  return rows.map(({ number, verb, kind, operator, status, started, ended, result }) => ({
    run_id: number,
    command: COMMANDS[verb] ?? verb,
    subcommand: kind ?? operator ?? '',
    status: STATUSES[status] ?? 'error',
    start_time: started.toISOString(),
    end_time: ended?.toISOString() ?? null,
    ...(wish.show_details ? { extra_metadata: { ...result } } : {}),
  }));
}

/** The files that runs have read, the latest first (`/catalog`, also called `/data_catalog`). */
export async function filesOf(
  query: Ask,
  { file_type, max_results }: { readonly file_type?: string | undefined; readonly max_results: number },
) {
  const rows = await query<{ name: string; bytes: string; sha256: string; kind: string; number: number; at: Date }>(
    `SELECT f.value ->> 'name' AS name, f.value ->> 'bytes' AS bytes, f.value ->> 'sha256' AS sha256,
      coalesce(r.kind, r.verb) AS kind, r.number, r.started AS at
    FROM run AS r, jsonb_array_elements(r.inputs) AS f
    WHERE r.status = 'done' AND ($1::text IS NULL OR coalesce(r.kind, r.verb) = $1)
    ORDER BY r.number DESC, name LIMIT $2`,
    [file_type ?? null, max_results],
  );
  return rows.map(({ name, bytes, sha256, kind, number, at }) => ({
    filename: name,
    file_type: kind,
    compressed_size_bytes: Number(bytes),
    sha256,
    run_id: number,
    last_seen: at.toISOString(),
  }));
}
