import { createHash } from 'node:crypto';
import { type Actor, SYSTEM } from '../../src/access/actor.ts';
import type { Desk } from '../../src/access/desk.ts';
import type { Imei } from '../../src/identifiers/imei.ts';
import type { Imsi } from '../../src/identifiers/imsi.ts';
import type { Msisdn } from '../../src/identifiers/msisdn.ts';
import type { Ask, Registry } from '../../src/stores/registry.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { country } from './world.ts';

/** A vault whose seals are told apart, but hide nothing; keys that were destroyed open nothing. */
export function openVault(): Vault & { destroyed: boolean } {
  let seals = 0;
  return {
    destroyed: false,
    seal(kind, text) {
      seals += 1;
      return Buffer.from(`${kind} ${seals} ${text}`);
    },
    open(kind, sealed) {
      const [its, , ...text] = sealed.toString().split(' ');
      if (its !== kind) throw new Error('This is no seal of this class.');
      return this.destroyed ? undefined : text.join(' ');
    },
    pseudonym: (domain, text) => createHash('sha256').update(`${domain} ${text}`).digest('hex').slice(0, 32),
  };
}

export const NOW = new Date('2024-03-10T12:00:00Z');
const POLICY = country({
  lookbackDays: 60,
  exceptionsOnlyBlocked: false,
  checkDigit: false,
  malformed: false,
  barredInExceptions: false,
  notifyImsiChange: false,
  permitted: true,
});

/** Carries out acts at desks of one vault, each within a transaction of its own. */
export const officeOf =
  (registry: Registry, vault: Vault = openVault()) =>
  <T>(act: (desk: Desk) => Promise<T>, { now = NOW, actor = SYSTEM }: { now?: Date; actor?: Actor } = {}): Promise<T> =>
    registry.transaction((query: Ask) => act({ query, vault, policy: POLICY, actor, now }));

export const imeiOf = (number: number): Imei => String(35_000_001_000_000 + number) as Imei;
export const imsiOf = (number: number): Imsi => String(999_010_000_000_001 + number) as Imsi;
export const msisdnOf = (number: number): Msisdn => String(41_790_000_001 + number) as Msisdn;

/** A row of the journal or of the entries, as both have it. */
export type ControlRow = {
  readonly list: string;
  readonly operator: string;
  readonly seq: string;
  readonly op: 'add' | 'remove' | 'update';
  readonly imei: string;
  readonly imsi_key: string;
  readonly msisdn_key: string;
  readonly reasons: string;
  readonly since: Date;
};

export const journalOf = ({ query }: Registry): Promise<readonly ControlRow[]> =>
  query<ControlRow>('SELECT * FROM control_change ORDER BY list, operator, seq');

const ENTRY = 'list, operator, imei, imsi_key, msisdn_key';
const written = (row: Omit<ControlRow, 'op'>): string =>
  [row.list, row.operator, row.imei, row.imsi_key, row.msisdn_key, row.reasons, row.since.toISOString(), row.seq].join(
    ' ',
  );

/** The entries as texts. */
export const entriesOf = async ({ query }: Registry): Promise<readonly string[]> =>
  (await query<ControlRow>(`SELECT * FROM control_entry ORDER BY ${ENTRY}`)).map(written).sort();

/** What a reader who knows the journal alone holds in the end. */
export function replayed(journal: readonly ControlRow[]): readonly string[] {
  const held = new Map<string, string>();
  for (const row of journal) {
    const key = [row.list, row.operator, row.imei, row.imsi_key, row.msisdn_key].join(' ');
    if (held.has(key) === (row.op === 'add')) throw new Error(`${row.op} of ${key}`);
    if (row.op === 'remove') held.delete(key);
    else held.set(key, written(row));
  }
  return [...held.values()].sort();
}

/** The numbers of each list are 1, 2, 3 …, up to its head. */
export async function gaps(registry: Registry): Promise<readonly string[]> {
  const rows = await registry.query<{ head: string }>(
    `SELECT h.list || '@' || h.operator AS head FROM control_head AS h
      LEFT JOIN control_change AS c USING (list, operator)
      GROUP BY h.list, h.operator
      HAVING count(c.seq) <> coalesce(max(c.seq), 0)`,
  );
  return rows.map(({ head }) => head);
}

/** In place of the ladders of notices: the ladder 7 allows all blocks, no other does. */
export const ladders = async ({ query }: Registry): Promise<void> => {
  const name = 'notice_ladder_allows(bigint, text, timestamptz)';
  await query(`DROP FUNCTION IF EXISTS ${name}`);
  await query(`CREATE FUNCTION ${name} RETURNS boolean LANGUAGE sql AS 'SELECT $1 = 7'`);
};
