import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import type { Day } from '../../src/calendar/day.ts';
import { addDays } from '../../src/calendar/day.ts';
import type { Condition } from '../../src/country/condition.ts';
import type { Country, ListOptions } from '../../src/country/country.ts';
import type { Analytics } from '../../src/stores/analytics.ts';
import { OPEN_DAY } from '../../src/stores/schema.ts';

/** Days around the one the lists are for. */
export const TODAY = '2024-03-10' as Day;
const day = (spread = 40): fc.Arbitrary<string> =>
  fc.integer({ min: -spread, max: spread }).map((n) => addDays(TODAY, n));
const start = fc.integer({ min: -90, max: 5 }).map((n): string => addDays(TODAY, n));
const end = fc.oneof({ weight: 4, arbitrary: fc.constant(OPEN_DAY) }, { weight: 1, arbitrary: day(5) });
const rarely = fc.nat({ max: 7 }).map((n): number => (n === 0 ? 9 : 0));

/** Few identifiers, so that rules meet on them; the last two are no IMEIs. */
export const imei = fc.constantFrom<bigint>(
  ...Array.from({ length: 8 }, (_, n) => 35000001000000n + BigInt(n)),
  ...Array.from({ length: 3 }, (_, n) => 35000002000000n + BigInt(n)),
  5n,
  2n ** 63n + 7n,
  2n ** 64n - 1n,
);
/** Homes: alfa, beta (PLMN of 5 and of 6 digits), none. */
export const imsi = fc.constantFrom<bigint>(
  ...[0n, 1n, 2n].flatMap((n) => [
    999010000000001n + n,
    999020000000001n + n,
    999030100000001n + n,
    228010000000001n + n,
  ]),
);
export const msisdn = fc.constantFrom<bigint>(41790000001n, 41790000002n, 41790000003n);

const valid = { valid_from: start, valid_to: end, recorded: fc.constant<number>(1), closed: rarely };
const orNone = (known: fc.Arbitrary<bigint>): fc.Arbitrary<bigint> =>
  fc.oneof({ weight: 8, arbitrary: known }, { weight: 1, arbitrary: fc.constant(0n) });

export const CONDITIONS = ['stolen', 'dup', 'odd', 'dropped'] as const;

const rows = {
  standing: fc.record({
    imei,
    condition: fc.constantFrom(...CONDITIONS),
    effect: fc.constantFrom('blocked', 'blocked', 'tracked', 'informative'),
    since: start,
    block_date: fc.oneof(
      { weight: 4, arbitrary: day() },
      { weight: 1, arbitrary: fc.constantFrom<string>(TODAY, OPEN_DAY) },
    ),
    amnesty: fc.boolean(),
    ended: end,
    recorded: fc.constant<number>(1),
    closed: rarely,
    evidence: fc.constant('{}'),
  }),
  golden: fc.record({ hash: imei, legal_basis: fc.constant('law'), expires: day(20), ...valid }),
  pairing: fc.record({ imei, imsi, msisdn, ...valid }),
  sim_change: fc.record({ new_imsi: imsi, old_imsi: imsi, msisdn, changed: day(60), ...valid }),
  registration: fc.record({
    imei,
    status: fc.constantFrom('', 'whitelist', 'Whitelist', 'pending'),
    device_id: fc.constantFrom('1', '2'),
    ...valid,
  }),
  barred: fc.record({ imei, ...valid }),
  barred_tac: fc.record({ tac: fc.constantFrom(35000002), ...valid }),
  triplet: fc.record({
    month: fc.constantFrom(202312, 202401, 202402, 202403),
    operator: fc.constantFrom('alfa', 'beta', 'gone'),
    imei,
    imsi: orNone(imsi),
    msisdn: orNone(msisdn),
    days: fc.oneof(
      fc.nat({ max: 28 }).map((n) => 2 ** n),
      fc.integer({ min: 1, max: 2 ** 29 - 1 }),
    ),
    rats: fc.constant(1),
  }),
} as const;

export type World = {
  readonly [Name in keyof typeof rows]: readonly ((typeof rows)[Name] extends fc.Arbitrary<infer Row> ? Row : never)[];
};

const many = <Row>(row: fc.Arbitrary<Row>, minLength: number, maxLength: number): fc.Arbitrary<readonly Row[]> =>
  fc.array(row, { minLength, maxLength, size: 'max' });

/** The facts that lists are made of. */
export const world: fc.Arbitrary<World> = fc.record({
  standing: many(rows.standing, 20, 40),
  golden: many(rows.golden, 0, 3),
  pairing: many(rows.pairing, 10, 25),
  sim_change: many(rows.sim_change, 0, 14),
  registration: many(rows.registration, 10, 25),
  barred: many(rows.barred, 0, 3),
  barred_tac: many(rows.barred_tac, 0, 1),
  triplet: many(rows.triplet, 60, 120),
});

export const options: fc.Arbitrary<ListOptions> = fc.record({
  lookbackDays: fc.integer({ min: 1, max: 80 }),
  exceptionsOnlyBlocked: fc.boolean(),
  checkDigit: fc.boolean(),
  malformed: fc.boolean(),
  barredInExceptions: fc.boolean(),
  notifyImsiChange: fc.boolean(),
  permitted: fc.constantFrom(true, true, true, false),
});

const condition = (label: string, reason: string): Condition => ({
  label,
  reason,
  effect: 'blocked',
  graceDays: 0,
  sticky: false,
  amnestyEligible: false,
  maxMatchingRatio: 1,
  dimensions: [],
});

/** A country with these list options. */
export const country = (lists: ListOptions, amnesty = false): Country => ({
  name: 'Testland',
  mccs: ['999'],
  callingCodes: ['41'],
  timeZone: 'UTC',
  operators: [
    { id: 'alfa', name: 'Alfa', plmns: [{ mcc: '999', mnc: '01' }] },
    {
      id: 'beta',
      name: 'Beta',
      plmns: [
        { mcc: '999', mnc: '02' },
        { mcc: '999', mnc: '030' },
      ],
    },
  ],
  // Lists read no import limits.
  import: {} as Country['import'],
  exemptDeviceTypes: [],
  retentionMonths: 6,
  // … and open nothing that is sealed.
  retention: {} as Country['retention'],
  access: {} as Country['access'],
  appeals: {} as Country['appeals'],
  devices: {} as Country['devices'],
  theft: {} as Country['theft'],
  lists,
  // Two conditions share a reason; 'dropped' is no longer in the file.
  conditions: [condition('stolen', 'Stolen, or "lost"'), condition('dup', 'Duplicate'), condition('odd', 'Duplicate')],
  ...(amnesty ? { amnesty: { evaluationEnds: TODAY, ends: addDays(TODAY, 30) } } : {}),
  text: 'name: Testland',
  hash: '0'.repeat(64),
});

const json = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);

/** Puts the facts in the place of those that are there, each on the shard where it belongs. */
export async function put(analytics: Analytics, facts: World): Promise<void> {
  for (const shard of analytics.shards) {
    for (const [table, given] of Object.entries(facts)) {
      await shard.run(`TRUNCATE TABLE ${table}`);
      const own = given.filter(
        (one) => !('imei' in one) || Number(one.imei % BigInt(analytics.shards.length)) === shard.number,
      );
      if (own.length === 0) continue;
      const body = own.map((one) => JSON.stringify(one, json)).join('\n');
      const names = Object.keys(own[0] ?? {});
      await shard.run(`INSERT INTO ${table} (${names.join(', ')}) SELECT ${names.join(', ')}
        FROM format(JSONEachRow, ${quoted(await columnsOf(analytics, table, names))}, ${quoted(body)})`);
    }
  }
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const known = new Map<string, string>();
async function columnsOf({ home }: Analytics, table: string, names: readonly string[]): Promise<string> {
  const structure =
    known.get(table) ??
    (await home.query<{ name: string; type: string }>(`DESCRIBE TABLE ${table}`))
      .filter(({ name }) => names.includes(name))
      .map(({ name, type }) => `${name} ${type}`)
      .join(', ');
  known.set(table, structure);
  return structure;
}

/** A folder of this test's own. */
export async function temporary(): Promise<{ readonly folder: string; readonly remove: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ceir-lists-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
