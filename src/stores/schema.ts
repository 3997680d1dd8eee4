/**
 * Every table of the analytics store, as data. The key column `imei` is a UInt64: an IMEI's 14 digits as a number
 * (below 10^14), or, for an observed value that is no IMEI, a keyless hash with the top bit set whose text stands in
 * `malformed` (see {@link OBSERVED_KEY}).
 *
 * `sharded` tables hold on each shard only the identifiers that hash there, so that every computation per IMEI stays
 * on its shard; `everywhere` tables are small or are joined by other keys, and stand whole on every shard; `home`
 * tables stand on the first shard alone.
 */
export type Table = {
  readonly name: string;
  readonly placement: 'sharded' | 'everywhere' | 'home';
  /** Column name and type (with codec), in order. */
  readonly columns: Readonly<Record<string, string>>;
  readonly engine: string;
  readonly order: string;
  /** The unit that publication replaces atomically. */
  readonly partition: string;
};

/** The day on which what is still open ends: the last day the engine's Date holds. */
export const OPEN_DAY = '2149-06-06';

/** The shard an `imei` belongs to, of `shards`. */
export const shardOf = (shards: number, column = 'imei'): string => `cityHash64(${column}) % ${shards}`;

/** Engine expression: the key of an observed identifier text `text` (trimmed, not empty). */
export const observedKey = (text: string): string =>
  `if(match(${text}, '^[0-9]{14}'), toUInt64(substring(${text}, 1, 14)), bitOr(bitShiftLeft(toUInt64(1), 63), cityHash64(upper(${text}))))`;

/** Engine expression: is the key that of an IMEI, not of a malformed value? */
export const isImei = (column = 'imei'): string => `${column} < 100000000000000`;

/** Engine expression: the TAC (8 digits, as a number) of an IMEI key. */
export const tacOf = (column = 'imei'): string => `toUInt32(intDiv(${column}, 1000000))`;

/**
 * Engine expression: an IMSI key is one of 14 or 15 digits. An IMSI is kept as a number; only the test networks' MCC
 * 001 begins with zeros, so that a number of 13 digits beginning with 1 is 15 digits of MCC 001.
 */
export const isImsi = (column = 'imsi'): string =>
  `(${column} >= 10000000000000 OR (${column} >= 1000000000000 AND ${column} < 2000000000000))`;

/** Engine expression: an IMSI key as its digits; '' where there is none. */
export const imsiText = (column = 'imsi'): string =>
  `multiIf(${column} = 0, '', ${column} >= 1000000000000 AND ${column} < 2000000000000, concat('00', toString(${column})), toString(${column}))`;

/** Engine expression: an MSISDN key as its digits; '' where there is none. */
export const msisdnText = (column = 'msisdn'): string => `if(${column} = 0, '', toString(${column}))`;

/** Engine expression: the 14 digits of an IMEI key. */
export const imeiText = (column = 'imei'): string => `leftPad(toString(${column}), 14, '0')`;

/** History columns: valid time as [valid_from, valid_to), recorded time as the runs that opened and closed the row. */
const HISTORY = {
  valid_from: 'Date',
  valid_to: 'Date',
  recorded: 'UInt32',
  closed: 'UInt32',
} as const;

/** Engine predicate: the rows of a list with history that are known now and valid on `day` (`YYYY-MM-DD`). */
export const validOn = (day: string): string => `valid_from <= toDate('${day}') AND valid_to > toDate('${day}')`;

const mergeTree = { engine: 'MergeTree', partition: 'tuple()' } as const;
const list = (placement: Table['placement'], name: string, order: string, columns: Record<string, string>): Table => ({
  name,
  placement,
  columns: { ...columns, ...HISTORY },
  order,
  ...mergeTree,
});

export const TABLES: readonly Table[] = [
  {
    // One row an (operator, month, IMEI, IMSI, MSISDN). Bit d-1 of `days` is day d of the month: first and last day
    // follow from it. Bit positions of `rats` are those of RATS in observations/rat.ts. Absent IMSI or MSISDN: 0.
    name: 'triplet',
    placement: 'sharded',
    columns: {
      month: 'UInt32',
      operator: 'LowCardinality(String)',
      imei: 'UInt64 CODEC(Delta, ZSTD(1))',
      imsi: 'UInt64 CODEC(T64, ZSTD(1))',
      msisdn: 'UInt64 CODEC(T64, ZSTD(1))',
      days: 'UInt32 CODEC(ZSTD(1))',
      rats: 'UInt32 CODEC(ZSTD(1))',
    },
    engine: 'MergeTree',
    order: 'imei, imsi, msisdn',
    partition: '(month, operator)',
  },
  {
    // The text behind a key that is no IMEI. Rows are facts about the hash, so a repeated insert changes nothing.
    name: 'malformed',
    placement: 'sharded',
    columns: { imei: 'UInt64', text: 'String' },
    engine: 'ReplacingMergeTree',
    order: 'imei, text',
    partition: 'tuple()',
  },
  {
    // Events with time and place; `at` counts seconds of local time since 1970-01-01T00:00:00 local.
    name: 'event',
    placement: 'sharded',
    columns: {
      day: 'Date',
      operator: 'LowCardinality(String)',
      imei: 'UInt64',
      imsi: 'UInt64',
      msisdn: 'UInt64',
      at: 'UInt32',
      duration: 'UInt32',
      cell: 'LowCardinality(String)',
      rats: 'UInt32',
    },
    engine: 'MergeTree',
    order: 'imei, at, imsi, msisdn, cell',
    partition: '(toYYYYMM(day), operator)',
  },
  {
    // First and last day seen and RATs of months that retention has dropped; the months kept are in `triplet`.
    name: 'seen_before',
    placement: 'sharded',
    columns: { imei: 'UInt64', operator: 'LowCardinality(String)', first: 'Date', last: 'Date', rats: 'UInt32' },
    order: 'imei, operator',
    ...mergeTree,
  },
  {
    // Mergeable counts of distinct values a day and operator, for the fall against the operator's own history.
    name: 'daily',
    placement: 'home',
    columns: {
      day: 'Date',
      operator: 'LowCardinality(String)',
      imeis: 'AggregateFunction(uniqCombined(12), UInt64)',
      imsis: 'AggregateFunction(uniqCombined(12), UInt64)',
      msisdns: 'AggregateFunction(uniqCombined(12), UInt64)',
    },
    engine: 'MergeTree',
    order: 'day',
    partition: '(toYYYYMM(day), operator)',
  },
  {
    // Rows refused on import, as they came, with the reason: kept for inspection.
    name: 'quarantine',
    placement: 'home',
    columns: {
      run: 'UInt32',
      file: 'String',
      line: 'UInt64',
      field: 'LowCardinality(String)',
      reason: 'LowCardinality(String)',
      value: 'String',
      text: 'String',
    },
    engine: 'MergeTree',
    order: 'file, line',
    partition: 'run',
  },

  list('everywhere', 'tac', 'tac', {
    tac: 'UInt32',
    manufacturer: 'String',
    model: 'String',
    brand: 'String',
    device_type: 'LowCardinality(String)',
    bands: 'String',
    // 1970-01-01 = not stated
    allocated: 'Date',
    // generations the bands allow, bits as in observations/rat.ts GENERATIONS; 0 = not stated
    generations: 'UInt8',
    // SIM slots the file states; 0 = not stated
    slots: 'UInt8',
    // columns of the file that have no column here, as a JSON object
    other: 'String',
  }),
  list('everywhere', 'plmn', 'mcc, mnc', {
    mcc: 'String',
    mnc: 'String',
    iso: 'String',
    country: 'String',
    calling_code: 'String',
    network: 'String',
  }),
  list('everywhere', 'cell', 'cell', {
    cell: 'String',
    lat: 'Float64',
    lon: 'Float64',
    radius_m: 'Float32',
    // the days as the register states them, 1970-01-01 and OPEN_DAY where it does not; valid_from and valid_to follow
    since: 'Date',
    until: 'Date',
  }),
  list('sharded', 'stolen', 'imei', { imei: 'UInt64', reporting_date: 'Date', status: 'LowCardinality(String)' }),
  list('sharded', 'registration', 'imei, device_id', {
    imei: 'UInt64',
    make: 'String',
    model: 'String',
    status: 'LowCardinality(String)',
    model_number: 'String',
    brand_name: 'String',
    device_type: 'LowCardinality(String)',
    radio_interface: 'String',
    device_id: 'String',
  }),
  list('sharded', 'pairing', 'imei, imsi, msisdn', { imei: 'UInt64', imsi: 'UInt64', msisdn: 'UInt64' }),
  // Only a keyed hash of the IMEI is kept, so that the list of protected people cannot be read back.
  list('everywhere', 'golden', 'hash', { hash: 'UInt128', legal_basis: 'String', expires: 'Date' }),
  list('sharded', 'barred', 'imei', { imei: 'UInt64' }),
  list('everywhere', 'barred_tac', 'tac', { tac: 'UInt32' }),
  list('sharded', 'monitoring', 'imei', { imei: 'UInt64' }),
  // uid: keyed pseudonym of the person (sipHash128Keyed), never the identifier itself.
  list('everywhere', 'subscriber', 'imsi, uid', { imsi: 'UInt64', uid: 'UInt128' }),
  list('sharded', 'association', 'imei, uid', { imei: 'UInt64', uid: 'UInt128' }),
  list('everywhere', 'sim_change', 'old_imsi, changed, new_imsi', {
    new_imsi: 'UInt64',
    old_imsi: 'UInt64',
    msisdn: 'UInt64',
    changed: 'Date',
  }),

  {
    // What each condition concludes of an identifier. Open while `closed` = 0; the open rows are the present.
    // `since`: first day of the unbroken match. `block_date`: fixed at that first match; OPEN_DAY where the effect
    // is not blocked. `ended`: the day it stopped matching, OPEN_DAY while it matches.
    name: 'standing',
    placement: 'sharded',
    columns: {
      imei: 'UInt64',
      condition: 'LowCardinality(String)',
      effect: "Enum8('blocked' = 1, 'tracked' = 2, 'informative' = 3)",
      since: 'Date',
      block_date: 'Date',
      amnesty: 'Bool',
      ended: 'Date',
      recorded: 'UInt32',
      closed: 'UInt32',
      // JSON object: dimension name -> its numbers at the last match
      evidence: 'String CODEC(ZSTD(1))',
    },
    engine: 'MergeTree',
    order: 'imei, since',
    partition: 'condition',
  },
  {
    // What new standings were found with, so that a notice can be explained later, when `standing` has later numbers.
    // A table of its own: a run writes only what is new to it. Standings of versions without it have no row here.
    name: 'first_found',
    placement: 'sharded',
    columns: {
      run: 'UInt32',
      imei: 'UInt64 CODEC(Delta, ZSTD(1))',
      condition: 'LowCardinality(String)',
      since: 'Date',
      // as in `standing`
      evidence: 'String CODEC(ZSTD(1))',
    },
    engine: 'MergeTree',
    order: 'imei, since',
    partition: 'run',
  },
  {
    // The ordered change log: lists change only by appending here. `seq` is gapless from 1 per (list, operator).
    // Lists common to all operators have operator ''. Subscriber-less lists have imsi = msisdn = 0.
    name: 'change',
    placement: 'sharded',
    columns: {
      run: 'UInt32',
      list: "Enum8('blocked' = 1, 'tracked' = 2, 'permitted' = 3, 'exceptions' = 4, 'notifications' = 5)",
      operator: 'LowCardinality(String)',
      seq: 'UInt64',
      imei: 'UInt64',
      imsi: 'UInt64',
      msisdn: 'UInt64',
      op: "Enum8('add' = 1, 'remove' = 2, 'update' = 3)",
      // blocked|unblocked|changed, new|resolved|blacklisted|no_longer_seen|changed, added|removed (dirbs delta reasons)
      reason: 'LowCardinality(String)',
      block_date: 'Date',
      // distinct reasons, sorted, joined by '|'
      reasons: 'LowCardinality(String)',
      amnesty: 'Bool',
    },
    engine: 'MergeTree',
    order: 'list, operator, imei, imsi, msisdn, seq',
    partition: 'run',
  },
  {
    // What offices changed in the lists of networks: their journal in the registry (`control_change`), of which each run
    // of lists copies what is new. `seq` is gapless from 1 per (list, operator), there and here. `subscriber` tells pairs
    // of an IMEI apart by pseudonyms; a removal needs no numbers, and may have none.
    name: 'office_change',
    placement: 'sharded',
    columns: {
      run: 'UInt32',
      list: "Enum8('blocked' = 1, 'tracked' = 2, 'permitted' = 3, 'exceptions' = 4)",
      operator: 'LowCardinality(String)',
      seq: 'UInt64',
      imei: 'UInt64',
      imsi: 'UInt64',
      msisdn: 'UInt64',
      subscriber: 'String CODEC(ZSTD(1))',
      op: "Enum8('add' = 1, 'remove' = 2, 'update' = 3)",
      reasons: 'LowCardinality(String)',
      // the day it came on the list
      since: 'Date',
    },
    engine: 'MergeTree',
    order: 'list, operator, imei, seq',
    partition: 'run',
  },
  {
    // What networks asked of the nodes of the live register, and what they were told. `at`: milliseconds since 1970, by
    // the node's clock. `imei`: 2^63 where the equipment has none. `subscriber`: keyed pseudonym of the IMSI, 0 where it
    // was not told. Bits of `flags` are those of FLAGS in eir/events/record.ts.
    name: 'check',
    placement: 'sharded',
    columns: {
      run: 'UInt32',
      node: 'LowCardinality(String)',
      at: 'UInt64 CODEC(Delta, ZSTD(1))',
      imei: 'UInt64 CODEC(Delta, ZSTD(1))',
      subscriber: 'UInt64',
      protocol: 'LowCardinality(String)',
      operator: 'LowCardinality(String)',
      peer: 'LowCardinality(String)',
      status: 'LowCardinality(String)',
      intended: 'LowCardinality(String)',
      step: 'LowCardinality(String)',
      list: 'LowCardinality(String)',
      reason: 'LowCardinality(String)',
      exception: 'LowCardinality(String)',
      decided: 'LowCardinality(String)',
      flags: 'UInt16',
    },
    engine: 'MergeTree',
    order: 'imei, at',
    partition: 'run',
  },
];

/** The table of that name. @throws when there is none: a programming error. */
export function table(name: string): Table {
  const found = TABLES.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no table ${name}`);
  return found;
}

/** DDL of a table of the schema, or of a staging table of the same structure under another name. */
export function createTable(of: Table, name = of.name): string {
  const columns = Object.entries(of.columns).map(([column, type]) => `${column} ${type}`);
  return `CREATE TABLE IF NOT EXISTS ${name} (${columns.join(', ')}) ENGINE = ${of.engine} PARTITION BY ${of.partition} ORDER BY (${of.order}) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`;
}
