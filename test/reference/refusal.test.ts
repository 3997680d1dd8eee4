import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Day } from '../../src/calendar/day.ts';
import type { Country } from '../../src/country/country.ts';
import { headerNames, readHeader } from '../../src/reference/header.ts';
import { importList, type ListImport } from '../../src/reference/import.ts';
import { KINDS, type KindName } from '../../src/reference/kinds.ts';
import { onStore } from '../stores/ground.ts';
import { handsOn, LENIENT, refusalOf } from './ground.ts';

const read = (kind: KindName, line: string, delta = false) =>
  readHeader(line, { kind: KINDS[kind], file: 'x.csv', delta, defaults: {} });
const messages = (kind: KindName, line: string, delta = false): readonly string[] => {
  const result = read(kind, line, delta);
  return result.ok ? [] : result.fault.map((fault) => fault.message);
};

describe('headers of lists', () => {
  test('names are lower case, blanks are underscores, repeated names are numbered', () => {
    assert.deepEqual(headerNames('TAC,"Model Name", name,NAME', ','), ['tac', 'model_name', 'name', 'name#2']);
    assert.deepEqual(headerNames('"TAC"|Model  Name', '|'), ['tac', 'model_name']);
  });

  const faulty: readonly (readonly [kind: KindName, header: string, delta: boolean, found: readonly RegExp[]])[] = [
    ['stolen', 'reporting_date,status', false, [/no column imei/]],
    ['stolen', 'imei;status', false, [/no column imei/]],
    ['stolen', 'imei,status,imei', false, [/imei twice/]],
    ['pairing', 'imei', false, [/no column imsi/, /no column msisdn/]],
    ['golden', 'imei', false, [/no column legal_basis/, /no column expires/]],
    ['stolen', 'imei,change_type', false, [/would end all other rows/]],
    ['stolen', 'imei', true, [/needs the column change_type/]],
    ['tac', 'tac|model|change_type', true, [/full file only/]],
    ['sim_changes', 'new_imsi,old_imsi,msisdn', true, [/sim_change_date/]],
  ];
  for (const [kind, header, delta, found] of faulty) {
    test(`${kind}${delta ? ' as a delta' : ''} with «${header}» is refused with every reason`, () => {
      const said = messages(kind, header, delta);
      assert.equal(said.length, found.length, said.join('; '));
      for (const [at, one] of said.entries()) assert.match(one, found[at] ?? /^$/);
    });
  }

  test('the other names of a column are taken, the first before the next', () => {
    for (const header of ['approved_imei,device_id', 'device_id,IMEI', 'imei,approved_imei,device_id']) {
      assert.deepEqual(messages('registration', header), []);
    }
    const result = read('registration', 'imei,approved_imei,device_id');
    assert.deepEqual(result.ok && result.value.others, [{ name: 'imei', field: 1 }]);
  });
});

const FIRST = '2026-10-01' as Day;

onStore('refusals of lists', (ground) => {
  const { clear, file, rows, take } = handsOn(ground);
  const strict = (limits: Partial<Country['import']>): Country => ({
    ...LENIENT,
    import: { ...LENIENT.import, ...limits },
  });
  const refused = async (kind: KindName, lines: readonly string[], more?: Partial<ListImport>) =>
    (await refusalOf(take(kind, lines, more))).faults;
  const listed = async (): Promise<readonly string[]> =>
    (await rows('stolen', 'SELECT imei, status FROM stolen WHERE closed = 0'))
      .map((row) => `${row['imei']} ${row['status']}`)
      .sort();

  test('too many bad rows: counts, limit and the first lines are told, without values; equality passes', async () => {
    await clear('pairing');
    const good = Array.from({ length: 9 }, (_, n) => `3536200800123${n},99901000000000${n},99955${n}`);
    const lines = ['imei,imsi,msisdn', ...good, '35362008001234,99901SECRET,1'];
    const country = strict({ quarantined: 0.09 });
    const [fault] = await refused('pairing', lines, { country });
    assert.equal(fault?.code, 'LIST_ROWS');
    assert.equal(fault?.line, 11);
    assert.match(fault?.message ?? '', /1 of 10 rows \(10 %\).*limit is 9 %.*line 11, imsi/);
    assert.doesNotMatch(JSON.stringify(fault), /SECRET/);
    assert.deepEqual(await rows('pairing', 'SELECT * FROM pairing'), []);
    const kept = `SELECT line FROM quarantine WHERE run = (SELECT max(run) FROM quarantine)`;
    assert.deepEqual(await ground.store().analytics.home.query(kept), [{ line: '11' }]);
    assert.equal((await take('pairing', lines, { country: strict({ quarantined: 0.1 }) })).adds, 9);
  });

  test('the limit is each file’s own', async () => {
    await clear('barred');
    const clean = file('clean.csv', ['imei', ...Array.from({ length: 20 }, (_, n) => String(35362008001200 + n))]);
    const dirty = file('dirty.csv', ['imei', '35362008009999', 'x']);
    const request = { kind: 'barred', files: [clean, dirty], country: strict({ quarantined: 0.4 }) } as const;
    const { faults } = await refusalOf(importList(ground.store(), request));
    assert.deepEqual(
      faults.map(({ file: named }) => named),
      [dirty],
    );
    const done = await importList(ground.store(), { ...request, country: LENIENT });
    assert.equal(done.result.adds, 21);
  });

  test('rows that contradict each other are refused with their lines; equal ones are counted', async () => {
    await clear('stolen');
    const lines = ['imei,status', '35362008001234,', '35362008001235,', '353620080012349,pending', '35362008001235,'];
    const [fault] = await refused('stolen', lines);
    assert.equal(fault?.code, 'LIST_CONFLICT');
    assert.match(fault?.message ?? '', /^1 entry .*stolen\.csv:2 and .*stolen\.csv:4$/);
    const { adds, duplicates } = await take('stolen', lines.toSpliced(3, 1));
    assert.deepEqual({ adds, duplicates }, { adds: 2, duplicates: 1 });
  });

  test('rows of two files may contradict each other too', async () => {
    await clear('stolen');
    const files = ['', 'pending'].map((status, at) => file(`${at}.csv`, ['imei,status', `35362008001234,${status}`]));
    const { faults } = await refusalOf(importList(ground.store(), { kind: 'stolen', files, country: LENIENT }));
    assert.equal(faults[0]?.code, 'LIST_CONFLICT');
  });

  test('a delta must fit the list, each way with its own override', async () => {
    await clear('stolen');
    await take('stolen', ['imei,status', '35362008001231,a', '35362008001232,b'], { date: FIRST });
    const delta = { delta: true, date: FIRST };
    const head = 'imei,status,change_type';
    const cases = [
      ['deltaAdds', '35362008001231,z,add', /add what is on/, ['35362008001231 z', '35362008001232 b']],
      ['deltaRemoves', '35362008001239,,remove', /remove what is not/, ['35362008001231 z', '35362008001232 b']],
      [
        'deltaUpdates',
        '35362008001238,u,update',
        /update what is not/,
        ['35362008001231 z', '35362008001232 b', '35362008001238 u'],
      ],
    ] as const;
    for (const [override, line, message, then] of cases) {
      const before = await listed();
      const faults = await refused('stolen', [head, line], delta);
      assert.deepEqual(
        faults.map(({ code }) => code),
        ['LIST_DELTA'],
      );
      assert.match(faults[0]?.message ?? '', message);
      assert.deepEqual(await listed(), before);
      await take('stolen', [head, line], { ...delta, overrides: { [override]: true } });
      assert.deepEqual(await listed(), then);
    }
    const both = [head, '35362008001231,,remove', '35362008001231,,add'];
    assert.equal(
      (await refused('stolen', both, { ...delta, overrides: { deltaAdds: true } }))[0]?.code,
      'LIST_CONFLICT',
    );
  });

  test('a change that the kind does not know is a bad row', async () => {
    await clear('barred');
    const result = await take('barred', ['imei,change_type', '35362008001231,update', '35362008001232,ADD'], {
      delta: true,
    });
    assert.deepEqual([result.quarantined, result.adds], [1, 1]);
  });

  test('a list may not shrink beyond the limits, unless that is overridden; an empty list may grow from nothing', async () => {
    await clear('stolen');
    const limits = { ...LENIENT.import.lists, stolen: { sizeVariationAbsolute: -1, sizeVariationPercent: 0.75 } };
    const country = strict({ lists: limits });
    const lines = ['imei', ...Array.from({ length: 8 }, (_, n) => String(35362008001200 + n))];
    await take('stolen', lines, { country });
    assert.equal((await take('stolen', lines.slice(0, 7), { country, dryRun: true })).after, 6);
    const [fault] = await refused('stolen', lines.slice(0, 6), { country });
    assert.equal(fault?.code, 'LIST_SIZE');
    assert.match(fault?.message ?? '', /from 8 to 5 rows; the limit is 6/);
    const removes = ['imei,change_type', ...lines.slice(1, 4).map((imei) => `${imei},remove`)];
    assert.equal((await refused('stolen', removes, { country, delta: true }))[0]?.code, 'LIST_SIZE');
    const override = { country, overrides: { sizeVariation: true } };
    assert.equal((await take('stolen', lines.slice(0, 6), override)).removes, 3);
    assert.equal((await take('stolen', ['imei'], override)).after, 0);
    assert.equal((await take('stolen', lines, { country })).adds, 8);
  });

  test('a dry run tells what would be, and leaves no trace', async () => {
    await clear('stolen');
    const trace = async () => [
      await rows('stolen', 'SELECT count() FROM stolen'),
      await rows('stolen', 'SELECT count() FROM malformed FINAL'),
      await ground.store().analytics.home.query('SELECT count() FROM quarantine'),
      await ground.store().registry.query('SELECT count(*) FROM run'),
    ];
    const before = await trace();
    const result = await take('stolen', ['imei,status', 'c0ffee,', '35362008001234,x', '?,'], { dryRun: true });
    assert.deepEqual([result.adds, result.quarantined, result.after], [2, 1, 2]);
    assert.deepEqual(await trace(), before);
  });

  test('cells: days of one cell that overlap or end before they begin are refused', async () => {
    await clear('cells');
    const head = 'cell,lat,lon,radius_m,valid_from,valid_to';
    for (const row of ['A,1,1,1,20260201,20260201', 'A,1,1,1,20260301,']) {
      const [fault] = await refused('cells', [head, 'A,1,1,1,20260201,20260401', row]);
      assert.equal(fault?.code, 'LIST_CONFLICT', row);
    }
  });

  test('cells: a corrected register changes the past as well, and what was believed before is kept', async () => {
    await clear('cells');
    const head = 'cell,lat,lon,radius_m,valid_from';
    await take('cells', [head, 'A,1,1,1,20260201'], { date: FIRST });
    await take('cells', [head, 'A,2,1,1,20260201'], { date: FIRST });
    const then = `SELECT lat FROM cell WHERE valid_from <= '2026-03-01' AND valid_to > '2026-03-01'`;
    assert.deepEqual(await rows('cells', then), [{ lat: 2 }]);
    const kept = 'SELECT lat, since, until FROM cell WHERE closed > 0';
    assert.deepEqual(await rows('cells', kept), [{ lat: 1, since: '2026-02-01', until: '2149-06-06' }]);
  });

  test('SIM changes are added to, whichever file comes, and never removed by one', async () => {
    await clear('sim_changes');
    const head = 'new_imsi,old_imsi,msisdn,sim_change_date';
    await take('sim_changes', [head, '2,1,5,20261001']);
    const { adds, removes, after } = await take('sim_changes', [head, '3,2,5,20261002', '2,1,5,20261001']);
    assert.deepEqual({ adds, removes, after }, { adds: 1, removes: 0, after: 2 });
    const wrong = await take('sim_changes', [`${head},change_type`, '3,2,5,20261002,remove'], { delta: true });
    assert.equal(wrong.after, 1);
  });

  test('a file that is no list at all is refused by its header', async () => {
    const [fault] = await refused('tac', ['hello', 'world']);
    assert.equal(fault?.code, 'LIST_HEADER');
    const [json] = await refused('plmn', ['[{"mcc": "999",', '"mnc": ']);
    assert.equal(json?.code, 'LIST_HEADER');
  });
});
