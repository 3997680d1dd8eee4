import { Refused } from '../faults/fault.ts';
import { carryOut, dropStaging, type Move, STAGING } from './recovery.ts';
import type { Ask } from './registry.ts';
import { createTable, table } from './schema.ts';
import type { Store } from './store.ts';

export type { Move } from './recovery.ts';

/** What JSON can say. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** What a run sets out to do, recorded before it does anything. */
export type Intent = {
  readonly verb: string;
  readonly kind?: string | undefined;
  readonly operator?: string | undefined;
  /** `YYYY-MM-DD`, the day the run speaks of. */
  readonly day?: string | undefined;
  /** The country file it runs under: stored once by its hash. */
  readonly country?: { readonly hash: string; readonly text: string } | undefined;
  /** Does everything but the publication, and leaves no trace. */
  readonly dryRun?: boolean | undefined;
};

/** A file a run has read. */
export type Input = { readonly name: string; readonly bytes: number; readonly sha256: string };

/** A run under way. */
export type Work = {
  /** The run's number; 0 in a dry run. */
  readonly number: number;
  /**
   * Makes an empty staging table with the structure of an official one, on every shard that has that, and gives its
   * name. `suffix` tells several of one table apart.
   */
  stage(of: string, suffix?: string): Promise<string>;
  /** The staging name for a table of the act's own making; the act creates it, the run drops it. */
  scratch(name: string): string;
};

/** What a run has prepared: nothing of it is official yet. */
export type Outcome = {
  readonly moves: readonly Move[];
  /** Stored with the run and shown to whoever asked. */
  readonly result: JsonObject;
  readonly inputs?: readonly Input[];
  /** Registry rows that become official in the same transaction. */
  readonly official?: (query: Ask) => Promise<void>;
};

/** A run that is done. */
export type Done = { readonly number: number; readonly result: JsonObject };

function workOf(store: Store, number: number): Work {
  const prefix = `${STAGING}${number === 0 ? `dry${process.pid}` : number}_`;
  return {
    number,
    scratch: (name) => `${prefix}${name}`,
    stage: async (of, suffix = '') => {
      const official = table(of);
      const name = `${prefix}${of}${suffix === '' ? '' : `_${suffix}`}`;
      const { shards, home } = store.analytics;
      for (const shard of official.placement === 'home' ? [home] : shards) await shard.run(createTable(official, name));
      return name;
    },
  };
}

async function begin(store: Store, intent: Intent): Promise<number> {
  return store.registry.transaction(async (query) => {
    const { country } = intent;
    if (country !== undefined) {
      const values = [country.hash, country.text];
      await query('INSERT INTO country_file (hash, text) VALUES ($1, $2) ON CONFLICT DO NOTHING', values);
    }
    const rows = await query<{ number: number }>(
      'INSERT INTO run (verb, kind, operator, day, country) VALUES ($1, $2, $3, $4, $5) RETURNING number',
      [intent.verb, intent.kind ?? null, intent.operator ?? null, intent.day ?? null, country?.hash ?? null],
    );
    return rows[0]?.number ?? 0;
  });
}

async function publish(store: Store, work: Work, outcome: Outcome): Promise<void> {
  const { registry, analytics } = store;
  await registry.transaction(async (query) => {
    await outcome.official?.(query);
    const values = [outcome.moves, outcome.result, outcome.inputs ?? []].map((value) => JSON.stringify(value));
    const text = `UPDATE run SET status = 'publishing', moves = $2, result = $3, inputs = $4 WHERE number = $1`;
    await query(text, [work.number, ...values]);
  });
  await carryOut(analytics, outcome.moves);
  await registry.query(`UPDATE run SET status = 'done', ended = now() WHERE number = $1`, [work.number]);
}

/** Marks a run refused or failed. Not so one past its point of no return: whoever opens the stores next completes it. */
async function giveUp(store: Store, number: number, error: unknown): Promise<boolean> {
  const faults = error instanceof Refused ? JSON.stringify(error.faults) : null;
  const status = error instanceof Refused ? 'refused' : 'failed';
  const text = `UPDATE run SET status = $2, faults = $3, ended = now() WHERE number = $1 AND status = 'running'
    RETURNING number`;
  return (await store.registry.query(text, [number, status, faults])).length > 0;
}

/** What broke a run may break its undoing too, a full disk above all: then the next opening of the stores undoes it. */
async function undo(store: Store, work: Work, error: unknown): Promise<void> {
  try {
    const undone = work.number === 0 || (await giveUp(store, work.number, error));
    if (undone) await dropStaging(store.analytics, work.scratch(''));
  } catch {
    // the caller hears of the first failure, not of this one
  }
}

/**
 * Carries out one run: everything `act` prepares goes to staging tables; one registry transaction makes it official;
 * then each move replaces a partition. Killed at any moment, the run is whole or absent once the stores open again.
 * In a dry run nothing becomes official and nothing stays.
 * @throws what `act` throws, after the run is marked refused or failed.
 */
export async function performRun(store: Store, intent: Intent, act: (work: Work) => Promise<Outcome>): Promise<Done> {
  const dry = intent.dryRun === true;
  const work = workOf(store, dry ? 0 : await begin(store, intent));
  try {
    const outcome = await act(work);
    if (!dry) await publish(store, work, outcome);
    await dropStaging(store.analytics, work.scratch(''));
    return { number: work.number, result: outcome.result };
  } catch (error) {
    await undo(store, work, error);
    throw error;
  }
}
