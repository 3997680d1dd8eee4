import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import type { Day } from '../../src/calendar/day.ts';
import { type Country, parseCountry } from '../../src/country/country.ts';
import { DIMENSIONS } from '../../src/detection/catalogue.ts';
import { writeFault } from '../../src/faults/fault.ts';
import { literal, type Row } from '../../src/stores/analytics.ts';
import { OPEN_DAY, TABLES } from '../../src/stores/schema.ts';
import { openStore, type Store } from '../../src/stores/store.ts';
import { embeddedDatabase } from '../servers/embedded.ts';

export const day = (text: string): Day => text as Day;

const HEAD = `name: Freedonia
mccs: ['999']
calling_codes: ['999']
time_zone: Europe/Zurich
operators:
  - { id: alfa, name: Alfa Mobile, plmns: [{ mcc: '999', mnc: '01' }] }
  - { id: bravo, name: Bravo, plmns: [{ mcc: '999', mnc: '02' }] }
`;

export const STOLEN = `  - label: stolen
    reason: Reported stolen
    code: '0011'
    effect: blocked
    grace_days: 0
    notice_exempt: 'Act, section 12'
    max_matching_ratio: 1
    dimensions: [{ is: stolen }]
`;

export const UNALLOCATED = `  - label: unallocated
    reason: The TAC was never allocated
    effect: blocked
    grace_days: 30
    amnesty_eligible: true
    max_matching_ratio: 0.5
    dimensions: [{ is: tac_not_allocated }, { is: test_tac, not: true }]
`;

export const CLONED = `  - label: cloned
    reason: Many devices
    effect: tracked
    sticky: true
    max_matching_ratio: 1
    dimensions: [{ is: subscription_threshold, threshold: 3, period_days: 30 }]
`;

/** A country with these conditions and these further lines before them. */
export function countryOf(conditions: readonly string[], more = ''): Country {
  const body = conditions.length === 0 ? 'conditions: []\n' : `conditions:\n${conditions.join('')}`;
  const result = parseCountry(`${HEAD}${more}${body}`, 'country.yaml', DIMENSIONS);
  assert.ok(result.ok, result.ok ? '' : result.fault.map(writeFault).join('\n'));
  return result.value;
}

/** Use of an identifier by one subscription on days of a month. */
export type Use = {
  readonly imei: string;
  readonly imsi?: string;
  readonly msisdn?: string;
  readonly month?: number;
  readonly days?: readonly number[];
  readonly operator?: string;
  /** Bits of RATs. */
  readonly rats?: number;
};

const useRow = (use: Use): string => {
  const mask = (use.days ?? [1]).reduce((bits, one) => bits + 2 ** (one - 1), 0);
  const { month = 202609, operator = 'alfa', imei, imsi = '999010000000001', msisdn = '99970000001' } = use;
  return `(${month}, ${literal(operator)}, ${imei}, ${imsi}, ${msisdn}, ${mask}, ${use.rats ?? 64})`;
};

/** One store for a file of tests, on data that stand in its tables as imports would have left them. */
export function ground(): {
  readonly store: () => Store;
  readonly seen: (...uses: readonly Use[]) => Promise<void>;
  /** Rows of a list, valid from a day on; columns as the table has them. */
  readonly listed: (
    table: string,
    rows: readonly Readonly<Record<string, string | number>>[],
    from?: string,
  ) => Promise<void>;
  readonly rows: (sql: string) => Promise<readonly Row[]>;
  /** Empties all tables and forgets all runs, for the next test. */
  readonly clear: () => Promise<void>;
} {
  let folder = '';
  let opened: Store | undefined;
  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'ceir-decisions-'));
    opened = await openStore({ folder: path.join(folder, 'data'), registry: await embeddedDatabase() });
  });
  after(async () => {
    await opened?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const store = (): Store => {
    if (opened === undefined) throw new Error('the store is not open');
    return opened;
  };
  const value = (one: string | number): string => (typeof one === 'number' ? String(one) : literal(one));
  return {
    store,
    seen: (...uses) =>
      store().analytics.home.run(
        `INSERT INTO triplet (month, operator, imei, imsi, msisdn, days, rats) VALUES ${uses.map(useRow).join(', ')}`,
      ),
    listed: async (table, rows, from = '2026-01-01') => {
      for (const row of rows) {
        const all = { ...row, valid_from: from, valid_to: OPEN_DAY, recorded: 1, closed: 0 };
        const values = Object.values(all).map(value).join(', ');
        await store().analytics.home.run(`INSERT INTO ${table} (${Object.keys(all).join(', ')}) VALUES (${values})`);
      }
    },
    rows: (sql) => store().analytics.gather(sql),
    clear: async () => {
      for (const { name } of TABLES) await store().analytics.everywhere(`TRUNCATE TABLE ${name}`);
      await store().registry.query('DELETE FROM run');
    },
  };
}
