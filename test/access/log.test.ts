import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import pg from 'pg';
import type { Actor } from '../../src/access/actor.ts';
import { alarms } from '../../src/access/alarm.ts';
import { hashOf, headOf, LOG_COLUMNS, type LogRow, walkLog } from '../../src/access/chain.ts';
import { readHead, signHead, verifyLog } from '../../src/access/checkpoint.ts';
import { appendRead, type Reading, recordRead } from '../../src/access/log.ts';
import { reportQuota, spendRead } from '../../src/access/quota.ts';
import { trail } from '../../src/access/trail.ts';
import { Refused } from '../../src/faults/fault.ts';
import type { Registry } from '../../src/stores/registry.ts';
import { publicKeys, signerOf } from '../../src/vault/signing.ts';
import { parsed } from '../country/base.ts';
import { freshRegistry } from '../office.ts';
import { embeddedPostgres } from '../servers/embedded.ts';
import { freshDatabase } from '../servers/postgres.ts';
import { memoryKeys } from '../vault/memory.ts';

const NOW = new Date('2026-06-01T10:00:00.123Z');
const POLICY = { ...parsed(), access: { ...parsed().access, readQuota: { perDay: 10, alarmAt: 0.8 } } };
const OFFICER: Actor = {
  id: '7d444840-9dc0-11d1-b245-5ffdce74fad2',
  roles: ['police'],
  organisation: { id: '6ba7b810-9dad-11d1-80b4-00c04fd430c8', kind: 'police', name: 'North', unit: 'north' },
};
const READING: Reading = {
  action: 'theft.read',
  purpose: 'to call the owner',
  case: 'T-1',
  subject: '49015420323751',
  fields: ['msisdn', 'name'],
};

const read = (registry: Registry, reading: Partial<Reading> = {}, actor = OFFICER): Promise<void> =>
  registry.transaction((query) => appendRead({ query, actor, now: NOW }, { ...READING, ...reading }));

async function withReadings(count: number): Promise<Registry> {
  const registry = await freshRegistry();
  await registry.transaction(async (query) => {
    for (let n = 1; n <= count; n += 1)
      await appendRead({ query, actor: OFFICER, now: NOW }, { ...READING, case: `T-${n}` });
  });
  return registry;
}

/** What somebody does who owns the database: no trigger stops them. */
const tamper = (registry: Registry, text: string): Promise<void> =>
  registry.transaction(async (query) => {
    await query('ALTER TABLE access_log DISABLE TRIGGER access_log_stays');
    await query(text);
    await query('ALTER TABLE access_log ENABLE TRIGGER access_log_stays');
  });

const faultOf = async ({ query }: Pick<Registry, 'query'>, batch?: number): Promise<string> => {
  const { fault } = await walkLog(query, { signed: [], batch });
  assert.ok(fault === undefined || (fault.code === 'ACCESS_LOG_BROKEN' && fault.message.includes(`${fault.number}`)));
  return fault === undefined ? 'whole' : `${fault.number}: ${fault.message}`;
};

/** What the log is found to be after some damage, which is undone. */
async function faultAfter(registry: Registry, text: string): Promise<string> {
  let found = '';
  const undone = registry.transaction(async (query) => {
    await query('ALTER TABLE access_log DISABLE TRIGGER access_log_stays');
    await query(text);
    found = await faultOf({ query }, 2);
    throw new Error('undone');
  });
  await assert.rejects(undone, /undone/);
  return found;
}

test('a reading is recorded with who, what, what for and in which case, and each row vouches for the one before', async () => {
  const registry = await withReadings(2);
  const [second, first] = await trail(registry, { limit: 9 });
  assert.ok(first !== undefined && second !== undefined);
  const { previous, hash, ...content } = first;
  assert.deepEqual(content, {
    number: '1',
    at: '2026-06-01T10:00:00.123Z',
    actor: OFFICER.id,
    roles: ['police'],
    organisation: OFFICER.organisation?.id,
    action: 'theft.read',
    purpose: 'to call the owner',
    case_ref: 'T-1',
    subject: '49015420323751',
    fields: ['msisdn', 'name'],
  });
  assert.deepEqual(previous, Buffer.alloc(32));
  assert.deepEqual(second.previous, hash);
  assert.deepEqual(await headOf(registry.query), { number: 2, hash: second.hash.toString('hex') });
  assert.equal(await faultOf(registry), 'whole');
});

test('what is not committed is not in the log, and leaves no gap', async () => {
  const registry = await withReadings(1);
  const undone = registry.transaction(async (query) => {
    await appendRead({ query, actor: OFFICER, now: NOW }, READING);
    throw new Error('undone');
  });
  await assert.rejects(undone, /undone/);
  await read(registry);
  assert.equal((await headOf(registry.query)).number, 2);
  assert.equal(await faultOf(registry), 'whole');
  assert.deepEqual(await registry.query('SELECT 1 FROM access_pending'), []);
});

test('no reading without a purpose', async () => {
  const registry = await freshRegistry();
  const refused = (error: unknown) => error instanceof Refused && error.faults[0]?.code === 'READ_PURPOSE';
  await assert.rejects(read(registry, { purpose: ' ' }), refused);
  assert.equal((await headOf(registry.query)).number, 0);
});

test('nobody who works through the register changes a row', async () => {
  const registry = await withReadings(1);
  for (const text of ['DELETE FROM access_log', `UPDATE access_log SET purpose = 'x'`, 'TRUNCATE access_log'])
    await assert.rejects(registry.query(text), /access_log is append-only/);
  await assert.rejects(registry.query('TRUNCATE access_checkpoint'), /append-only/);
  await assert.rejects(registry.query('DELETE FROM access_alarm'), /append-only/);
});

test('thirty transactions at once make one chain, whatever else they lock and in whatever order', async () => {
  const registry = await freshRegistry();
  await registry.query('CREATE TABLE held (id integer PRIMARY KEY); INSERT INTO held VALUES (1), (2), (3)');
  const one = (n: number) =>
    registry.transaction(async (query) => {
      const record = () => appendRead({ query, actor: OFFICER, now: NOW }, { ...READING, case: `T-${n}` });
      // Half of them record before they lock, half after: were the head locked at once, they would wait in a circle.
      if (n % 2 === 0) await record();
      await query('SELECT 1 FROM held WHERE id = $1 FOR UPDATE', [1 + (n % 3)]);
      await record();
    });
  await Promise.all(Array.from({ length: 30 }, (_, n) => one(n)));
  assert.equal((await headOf(registry.query)).number, 45);
  assert.equal(await faultOf(registry, 7), 'whole');
});

test('the hash that the database writes is the one that is checked, whatever the texts', async () => {
  const registry = await freshRegistry();
  const word = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.replaceAll('\0', ''));
  await fc.assert(
    fc.asyncProperty(word, word, fc.array(word, { maxLength: 3 }), fc.option(word), async (a, b, fields, inCase) => {
      await read(registry, { action: a, purpose: `x${b}`, subject: b, fields, case: inCase ?? undefined });
    }),
    { numRuns: 40 },
  );
  assert.equal(await faultOf(registry), 'whole');
  const [row] = await registry.query<LogRow>(`SELECT ${LOG_COLUMNS} FROM access_log WHERE access_log.number = 1`);
  assert.ok(row !== undefined);
  // What stands in one column cannot be moved into the next.
  const moved = { ...row, action: `${row.action}${row.purpose}`, purpose: '' };
  assert.notEqual(hashOf(moved), hashOf(row));
  assert.notEqual(hashOf({ ...row, fields: ['a', 'b'] }), hashOf({ ...row, fields: ['ab'] }));
  assert.notEqual(hashOf({ ...row, case_ref: null }), hashOf({ ...row, case_ref: '' }));
});

const COLUMN_CHANGES = [
  `at = at + interval '1 millisecond'`,
  `actor = 'x'`,
  `roles = '{admin}'`,
  'organisation = NULL',
  `action = 'theft.list'`,
  `purpose = 'to call the owne'`,
  `case_ref = 'T-11'`,
  `subject = '49015420323752'`,
  `fields = '{msisdn}'`,
  `hash = set_byte(hash, 31, get_byte(hash, 31) # 1)`,
  `previous = set_byte(previous, 0, get_byte(previous, 0) # 128)`,
];

test('one byte changed in any column is found, with its row', async () => {
  const registry = await withReadings(4);
  for (const change of COLUMN_CHANGES) {
    const fault = await faultAfter(registry, `UPDATE access_log SET ${change} WHERE number = 3`);
    assert.match(fault, /^3: .*(altered|follow)/, change);
  }
});

const DAMAGES: readonly (readonly [what: string, text: string, says: RegExp])[] = [
  ['a row taken out', 'DELETE FROM access_log WHERE number = 3', /^3: .*missing: row 4 comes after row 2/],
  [
    'two rows changed about',
    `UPDATE access_log SET number = number + 100 WHERE number IN (2, 4);
     UPDATE access_log SET number = 106 - number WHERE number > 100`,
    /^2: .*does not follow/,
  ],
  [
    'the last row written anew with its hash',
    `UPDATE access_log SET purpose = 'for nothing' WHERE number = 5;
     UPDATE access_log AS entry SET hash = access_log_hash(entry) WHERE number = 5`,
    /^5: .*not the row at which the log ended/,
  ],
  ['the end cut off', 'DELETE FROM access_log WHERE number > 2', /^3: .*missing, and all that follow/],
  ['everything gone', 'DELETE FROM access_log', /^1: .*missing/],
  [
    'a row put in',
    `INSERT INTO access_log SELECT 6, at, actor, roles, organisation, action, purpose, case_ref, subject, fields, hash, hash
     FROM access_log WHERE number = 5`,
    /^6: .*after the end/,
  ],
];

for (const [what, text, says] of DAMAGES) {
  test(`${what} is found, with the number`, async () => {
    assert.match(await faultAfter(await withReadings(5), text), says);
  });
}

test('an end that was cut off is found by the head, and by a checkpoint where the head was cut too', async () => {
  const registry = await withReadings(4);
  const keys = memoryKeys();
  const signer = signerOf(keys, 'Freedonia');
  const verify = (kept: readonly { number: number; hash: string }[] = []) =>
    verifyLog(registry.query, { keys: publicKeys(keys), kept, now: NOW });
  const point = await registry.transaction((query) => signHead({ query, now: NOW }, signer));
  assert.deepEqual(await verify(), { head: await headOf(registry.query), checkpoints: 1 });
  await tamper(registry, 'DELETE FROM access_log WHERE number > 2');
  assert.equal((await verify()).fault?.number, 3);
  await tamper(
    registry,
    'UPDATE access_head SET (number, hash) = (SELECT number, hash FROM access_log WHERE number = 2)',
  );
  const cut = (await verify()).fault;
  assert.match(`${cut?.number} ${cut?.message}`, /^3 .*all up to row 4, which was signed/);
  await tamper(registry, 'ALTER TABLE access_checkpoint DISABLE TRIGGER USER; DELETE FROM access_checkpoint');
  assert.equal((await verify()).fault, undefined, 'here nothing tells of it any more …');
  const kept = await readHead(`${point.token}\n`, publicKeys(keys), NOW);
  assert.ok(kept.ok);
  assert.equal((await verify([kept.value])).fault?.number, 3, '… but a copy elsewhere does');
});

test('a log that was written anew from one row on does not fit what was signed', async () => {
  const registry = await withReadings(4);
  const keys = memoryKeys();
  const signer = signerOf(keys, 'Freedonia');
  const point = await registry.transaction((query) => signHead({ query, now: NOW }, signer));
  await tamper(
    registry,
    `CREATE TABLE copy AS SELECT * FROM access_log ORDER BY number; DELETE FROM access_log;
     UPDATE access_head SET number = 0, hash = decode(repeat('00', 32), 'hex');
     INSERT INTO access_pending (at, actor, roles, organisation, action, purpose, case_ref, subject, fields)
       SELECT at, replace(actor, '7d', '7e'), roles, organisation, action, purpose, case_ref, subject, fields FROM copy;
     SET CONSTRAINTS access_append IMMEDIATE`,
  );
  assert.equal(await faultOf(registry), 'whole', 'in itself it is');
  const verify = (kept: readonly { number: number; hash: string }[]) =>
    verifyLog(registry.query, { keys: publicKeys(keys), kept, now: NOW });
  assert.match((await verify([])).fault?.message ?? '', /^Row 4 .*signed/);
  await tamper(registry, 'ALTER TABLE access_checkpoint DISABLE TRIGGER USER; DELETE FROM access_checkpoint');
  await registry.transaction((query) => signHead({ query, now: NOW }, signer));
  assert.equal((await verify([])).fault, undefined);
  assert.match((await verify([point])).fault?.message ?? '', /^Row 4 .*signed/);
});

test('a checkpoint that the register did not sign is found', async () => {
  const registry = await withReadings(2);
  const keys = memoryKeys();
  await registry.transaction((query) => signHead({ query, now: NOW }, signerOf(memoryKeys(), 'Freedonia')));
  const { fault } = await verifyLog(registry.query, { keys: publicKeys(keys), kept: [], now: NOW });
  assert.match(fault?.message ?? '', /^Row 2 .*did not sign/);
});

test('one head is signed once, and its token is no other signed text', async () => {
  const registry = await withReadings(1);
  const keys = memoryKeys();
  const signer = signerOf(keys, 'Freedonia');
  const sign = (at: Date) => registry.transaction((query) => signHead({ query, now: at }, signer));
  const first = await sign(NOW);
  assert.deepEqual(await sign(new Date(NOW.getTime() + 5000)), first);
  const other = await signer.sign('clean', { number: 1, hash: first.hash }, { at: NOW });
  const wrong = await readHead(other, publicKeys(keys), NOW);
  assert.equal(wrong.ok ? '' : wrong.fault.code, 'SIGNED_FORM');
});

test('what was recorded before there was a chain begins it', async () => {
  const url = await freshDatabase(await embeddedPostgres());
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const migration = (name: string) =>
    readFileSync(path.join(import.meta.dirname, '../../src/stores/migrations', name), 'utf8');
  try {
    await client.query(migration('001_run.sql'));
    await client.query(`INSERT INTO personal_read (at, reader, verb, subject) VALUES
      ('2026-01-02 03:04:05.678901Z', 'lucy', 'explain', '49015420323751'), (now(), 'max', 'quarantine', 'run 7')`);
    await client.query('BEGIN');
    await client.query(migration('003_vault.sql'));
    await client.query('COMMIT');
    const query = async <T extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
      (await client.query<T>(text, [...values])).rows;
    const rows = await trail({ query }, { limit: 9 });
    assert.deepEqual(
      rows.map(({ number, actor, action, subject }) => [number, actor, action, subject]),
      [
        ['2', 'shell:max', 'quarantine', 'run 7'],
        ['1', 'shell:lucy', 'explain', '49015420323751'],
      ],
    );
    assert.equal((await walkLog(query, { signed: [] })).fault, undefined);
  } finally {
    await client.end();
  }
});

test('the auditor finds readings by account, subject and case', async () => {
  const registry = await withReadings(5);
  await read(registry, { subject: 'case-9', case: 'T-5' }, { id: 'other', roles: ['analyst'] });
  const numbers = async (wish: object) =>
    (await trail(registry, { limit: 3, ...wish })).map((row) => Number(row.number));
  assert.deepEqual(await numbers({}), [6, 5, 4]);
  assert.deepEqual(await numbers({ before: 3 }), [2, 1]);
  assert.deepEqual(await numbers({ actor: 'other' }), [6]);
  assert.deepEqual(await numbers({ case: 'T-5' }), [6, 5]);
  assert.deepEqual(await numbers({ case: 'T-5', subject: 'case-9' }), [6]);
});

test('an official reads up to the quota of the day, with an alarm on the way, and no further', async () => {
  const registry = await freshRegistry();
  const desk = (query: Registry['query'], now = NOW) => ({ query, actor: OFFICER, policy: POLICY, now });
  const reading = (now = NOW) => registry.transaction((query) => recordRead(desk(query, now), READING));
  const refused = (error: unknown) => error instanceof Refused && error.faults[0]?.code === 'READ_QUOTA';
  for (let n = 1; n <= 7; n += 1) await reading();
  assert.deepEqual(await alarms(registry, { limit: 9 }), []);
  for (let n = 8; n <= 10; n += 1) await reading();
  const told = await alarms(registry, { limit: 9 });
  assert.deepEqual(
    told.map(({ kind, actor, detail }) => [kind, actor, detail]),
    [['read_quota', OFFICER.id, { reads: 8, perDay: 10 }]],
  );
  await assert.rejects(reading(), refused);
  assert.equal((await headOf(registry.query)).number, 10, 'what was refused was not read');
  for (let n = 0; n < 2; n += 1) await registry.transaction((query) => reportQuota(desk(query)));
  const [last, ...rest] = await alarms(registry, { limit: 9 });
  assert.deepEqual([last?.kind, rest.length], ['read_refused', 1], 'told once a day');
  assert.deepEqual(await alarms(registry, { limit: 9, before: last?.id }), rest);
  // The day is the country's: in Zurich it ends at 22:00 UTC.
  await assert.rejects(reading(new Date('2026-06-01T21:59:59Z')), refused);
  await reading(new Date('2026-06-01T22:00:00Z'));
});

test('many readings at once are counted as many, and one that is too much by itself is refused', async () => {
  const registry = await freshRegistry();
  const spend = (n: number, actor = OFFICER) =>
    registry.transaction((query) => spendRead({ query, actor, policy: POLICY, now: NOW }, n));
  await assert.rejects(spend(11), Refused);
  await spend(10);
  await assert.rejects(spend(1), Refused);
  for (const roles of [['system'], ['citizen']] as const) await spend(999, { id: roles[0], roles });
  await assert.rejects(spend(999, { id: 'nobody', roles: [] }), Refused);
  await assert.rejects(spend(999, { id: 'both', roles: ['citizen', 'customs'] }), Refused);
});

test('of readings at once no more get through than the quota allows', async () => {
  const registry = await freshRegistry();
  const reading = () =>
    registry.transaction((query) => recordRead({ query, actor: OFFICER, policy: POLICY, now: NOW }, READING));
  const settled = await Promise.allSettled(Array.from({ length: 16 }, reading));
  assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 10);
  assert.equal((await headOf(registry.query)).number, 10);
  assert.equal((await alarms(registry, { limit: 9 })).length, 1);
});
