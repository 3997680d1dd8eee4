import type { Actor } from '../../src/access/actor.ts';
import type { Desk } from '../../src/access/desk.ts';
import type { Eid } from '../../src/identifiers/eid.ts';
import { eidCheckDigits } from '../../src/identifiers/eid.ts';
import type { Imei } from '../../src/identifiers/imei.ts';
import type { Imsi } from '../../src/identifiers/imsi.ts';
import type { Msisdn } from '../../src/identifiers/msisdn.ts';
import type { Registry } from '../../src/stores/registry.ts';
import { vaultOf } from '../../src/vault/seal.ts';
import { parsed } from '../country/base.ts';
import { memoryKeys } from '../vault/memory.ts';

export const NOW = new Date('2026-06-01T10:00:00Z');
export const POLICY = parsed();
export const VAULT = vaultOf(memoryKeys());

export const ANALYST: Actor = { id: '7d444840-9dc0-11d1-b245-5ffdce74fad2', roles: ['analyst'] };
export const CITIZEN: Actor = { id: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', roles: ['citizen'] };
export const NETWORK: Actor = { id: 'system', roles: ['system'] };

/** The n-th IMEI of a TAC. */
export const imei = (serial: number, tac = '35209900'): Imei => `${tac}${String(serial).padStart(6, '0')}` as Imei;

/** The n-th EID. */
export const eid = (serial: number): Eid => {
  const digits = `89049032${String(serial).padStart(22, '0')}`;
  return `${digits}${eidCheckDigits(digits)}` as Eid;
};

export const imsi = (serial: number, plmn = '99901'): Imsi => `${plmn}${String(serial).padStart(10, '0')}` as Imsi;
export const msisdn = (serial: number): Msisdn => `999${String(serial).padStart(7, '0')}` as Msisdn;

/** A day of 2026, by how many days it is before {@link NOW}. */
export const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * 86_400_000);

type Work<T> = (desk: Desk) => Promise<T>;
type As = Partial<Omit<Desk, 'query'>>;
type Act = <T>(work: Work<T>, as?: As) => Promise<T>;

/** What an office does, each act in one transaction. */
export const office = (registry: Registry) => {
  const act: Act = (work, as = {}) =>
    registry.transaction((query) => work({ query, vault: VAULT, policy: POLICY, actor: ANALYST, now: NOW, ...as }));
  return { act, cross: crossing(registry, act) };
};

/**
 * Two acts at the same time: the second begins when the first is done and not committed, and the first commits once the
 * second waits for it, or is through. Gives what the first did, and how the second ended.
 */
const crossing =
  (registry: Registry, act: Act) =>
  async <T, U>(first: Work<T>, second: Work<U>, as: As = {}): Promise<readonly [T, PromiseSettledResult<U>]> => {
    const { done, other } = await act(async (desk) => {
      const found = await first(desk);
      let through = false;
      const crossed = Promise.allSettled([act(second, as)]).finally(() => {
        through = true;
      });
      const [me] = await desk.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const waits = 'SELECT FROM pg_stat_activity WHERE pg_blocking_pids(pid) @> ARRAY[$1::integer]';
      while (!through && (await registry.query(waits, [me?.pid])).length === 0);
      return { done: found, other: crossed };
    }, as);
    const [ended] = await other;
    return [done, ended];
  };
