import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { parseCountry } from '../../src/country/country.ts';
import { DIMENSIONS } from '../../src/detection/catalogue.ts';
import { luhnHolds } from '../../src/identifiers/luhn.ts';
import { COUNTRY_FILE } from '../../src/simulator/country.ts';
import { facts, grouped, keyOf, linesOf, type Made, make, rowsOf } from './country.ts';

type Row = {
  readonly day: string;
  readonly imei: string;
  readonly imsi: string;
  readonly msisdn: string;
  readonly rats: string;
};

const GOOD = /^(\d{8}),([0-9A-Fa-f*#]{0,16}),(\d{14,15})?,(\d{11,15})?,((?:00[1-7]|010)(?:\|(?:00[1-7]|010))*)?$/;

const parsed = parseCountry(COUNTRY_FILE, 'country.yaml', DIMENSIONS);
assert.ok(parsed.ok);
const COUNTRY = parsed.value;

let made: Made;
let rows: readonly Row[] = [];

before(async () => {
  made = await make({ devices: 4000 });
  rows = made.summary.operatorFiles.flatMap(({ file }) => readRows(file));
});
after(() => made[Symbol.dispose]());

function readRows(file: string): readonly Row[] {
  return linesOf(file).flatMap((line) => {
    const [, day = '', imei = '', imsi = '', msisdn = '', rats = ''] = GOOD.exec(line) ?? [];
    return day === '' || day.endsWith('0231') ? [] : [{ day, imei: keyOf(imei), imsi, msisdn, rats }];
  });
}

const seenWith = (imei: string): readonly Row[] => rows.filter((row) => row.imei === imei);
const truth = (kind: string): ReadonlyMap<string, string> => facts(made.summary.truth, kind);
const number = (detail: string, name: string): number => Number(new RegExp(`${name}=(\\d+)`).exec(detail)?.[1]);
const column = (file: string, at: number): ReadonlySet<string> =>
  new Set(rowsOf(file).map((fields) => fields[at] ?? ''));

test('rows are distinct, in their days, and all but the counted broken ones are well formed', () => {
  for (const { file, rows: count, broken } of made.summary.operatorFiles) {
    const good = readRows(file);
    assert.equal(good.length, count, `${broken} lines of ${file} are broken`);
    assert.equal(new Set(good.map(({ day, imei, imsi, msisdn }) => `${day} ${imei} ${imsi} ${msisdn}`)).size, count);
    const [, from = '', to = ''] = /_(\d{8})_(\d{8})\.csv$/.exec(file) ?? [];
    assert.ok(good.every(({ day }) => day >= from && day <= to));
  }
  assert.ok(made.summary.operatorFiles.some(({ broken }) => broken > 0));
});

test('networks write IMEIs in 14, 15 or 16 digits, with a right check digit', () => {
  const lengths = (name: string): readonly string[] =>
    made.summary.operatorFiles
      .filter(({ operator }) => operator === name)
      .flatMap(({ file }) => rowsOf(file))
      .map(([, imei = '']) => imei)
      .filter((imei) => /^\d{14,}$/.test(imei));
  assert.ok(lengths('alfa').every((imei) => imei.length === 14));
  assert.ok(lengths('bravo').every((imei) => imei.length === 15 && luhnHolds(imei)));
  assert.ok(lengths('charlie').every((imei) => imei.length === 16));
  assert.ok(lengths('delta').every((imei) => imei.length === 15 && luhnHolds(imei)));
});

test('a small part of the rows lacks a field, never two', () => {
  const lacking = rows.map(
    ({ imei, imsi, msisdn, rats }) => [imei, imsi, msisdn, rats].filter((field) => field === '').length,
  );
  assert.ok(lacking.every((count) => count <= 1));
  const share = lacking.filter((count) => count === 1).length / rows.length;
  assert.ok(share > 0.002 && share < 0.03, String(share));
});

test('networks see their own subscribers, but for few visitors', () => {
  const visitors = rows.filter(({ imsi }) => imsi !== '' && !imsi.startsWith('999'));
  assert.ok(visitors.length > 0 && visitors.length < rows.length * 0.05);
  assert.equal(rows.filter(({ imei }) => imei.startsWith('1')).length, 0);
});

test('every clone has the lines it is said to have', () => {
  const clones = truth('clone');
  assert.ok(clones.size >= 10);
  for (const [imei, detail] of clones) {
    const imsis = new Set(seenWith(imei).map(({ imsi }) => imsi));
    assert.equal(imsis.size, number(detail, 'lines'), imei);
  }
});

test('most clones have few lines', () => {
  const sizes = [...truth('clone').values()].map((detail) => number(detail, 'lines'));
  assert.ok(sizes.filter((size) => size <= 6).length > sizes.length * 0.7);
  assert.ok(sizes.every((size) => size >= 2));
});

test('shared identifiers have many lines', () => {
  for (const kind of ['test_imei_mega', 'shared_placeholder']) {
    const found = truth(kind);
    assert.ok(found.size > 0, kind);
    for (const [imei, detail] of found) {
      assert.equal(new Set(seenWith(imei).map(({ imsi }) => imsi)).size, number(detail, 'lines'), `${kind} ${imei}`);
    }
  }
});

test('an IMEI without such a fact belongs to one or two subscriptions', () => {
  const several = [
    'clone',
    'test_imei_mega',
    'shared_placeholder',
    'sim_box',
    'family_shared',
    'resold',
    'sim_swap',
    'stolen',
    'workshop',
  ];
  const known = new Set(['', ...several.flatMap((kind) => [...truth(kind).keys()])]);
  const lines = new Map<string, Set<string>>();
  for (const { imei, imsi } of rows)
    if (!known.has(imei) && imsi !== '') lines.set(imei, (lines.get(imei) ?? new Set()).add(imsi));
  assert.ok(lines.size > 2000);
  assert.deepEqual(
    [...lines].filter(([, imsis]) => imsis.size > 1),
    [],
  );
});

test('the lists say what the truth says', () => {
  const { lists } = made.summary;
  const registered = new Set(
    linesOf(lists.registration)
      .filter((line) => line.includes(',whitelist,'))
      .map((line) => line.slice(0, 14)),
  );
  const associated = column(lists.association, 1);
  const tacs = new Set(linesOf(lists.tac).map((line) => line.slice(0, 8)));
  const ofKind = (kind: string): readonly string[] => [...truth(kind).keys()];
  const holds = (kind: string, claim: (imei: string) => boolean): void => {
    assert.ok(ofKind(kind).length > 0, kind);
    assert.deepEqual(
      ofKind(kind).filter((imei) => !claim(imei)),
      [],
      kind,
    );
  };
  holds('unregistered', (imei) => !registered.has(imei));
  holds('not_associated', (imei) => !associated.has(imei));
  holds('unallocated_tac', (imei) => !tacs.has(imei.slice(0, 8)));
  holds('clone', (imei) => registered.has(imei) && tacs.has(imei.slice(0, 8)));
  holds('barred_tac', (imei) => column(lists.barred_tac, 0).has(imei.slice(0, 8)));
  holds('barred', (imei) => column(lists.barred, 0).has(imei));
  holds('monitored', (imei) => column(lists.monitoring, 0).has(imei));
  holds('golden', (imei) => column(lists.golden, 0).has(imei));
  holds('stolen', (imei) => column(lists.stolen, 0).has(imei));
  holds('malformed', (imei) => !/^\d{14}/.test(imei));
  holds('test_tac', (imei) => /^0010(?:0[1-9]|1[0-7])/.test(imei));
});

test('whoever is not registered and no visitor is known to be so', () => {
  const { lists } = made.summary;
  const modules = new Set(
    linesOf(lists.tac)
      .filter((line) => line.includes('|Module|'))
      .map((line) => line.slice(0, 8)),
  );
  const registered = new Set(
    linesOf(lists.registration)
      .filter((line) => line.includes(',whitelist,'))
      .map((line) => line.slice(0, 14)),
  );
  const known = new Set(['', ...truth('unregistered').keys(), ...truth('roamer').keys()]);
  const others = rows.filter(({ imei }) => !known.has(imei) && !registered.has(imei) && !modules.has(imei.slice(0, 8)));
  assert.deepEqual([...new Set(others.map(({ imei }) => imei))], []);
});

test('facts are about identifiers that the networks saw', () => {
  const seen = new Set(rows.map(({ imei }) => imei));
  const silent = ['dual_sim', 'iot'];
  const unseen = rowsOf(made.summary.truth).filter(
    ([imei = '', kind = '', detail]) => !seen.has(imei) && !silent.includes(kind) && detail !== 'unseen=1',
  );
  assert.deepEqual(unseen, []);
});

test('a stolen phone is silent after the theft, until it comes back with another line', () => {
  const back = [...truth('stolen')].filter(([, detail]) => detail.includes('reused=1'));
  assert.ok(back.length > 0);
  for (const [imei, detail] of back) {
    const day = String(number(detail, 'theft'));
    const before = new Set(
      seenWith(imei)
        .filter((row) => row.day <= day)
        .map(({ imsi }) => imsi),
    );
    const later = new Set(
      seenWith(imei)
        .filter((row) => row.day > day)
        .map(({ imsi }) => imsi),
    );
    assert.deepEqual([before.size, later.size, new Set([...before, ...later]).size], [1, 1, 2], imei);
  }
});

test('a SIM box uses numbers in even steps, on one network', () => {
  assert.ok(truth('sim_box').size > 0);
  for (const imei of truth('sim_box').keys()) {
    const numbers = [...new Set(seenWith(imei).map(({ msisdn }) => Number(msisdn)))].sort((one, two) => one - two);
    const steps = new Set(numbers.slice(1).map((value, at) => value - (numbers[at] ?? 0)));
    assert.equal(steps.size, 1, imei);
    assert.ok(numbers.length >= 36);
    assert.equal(new Set(seenWith(imei).map(({ imsi }) => imsi.slice(0, 5))).size <= 2, true);
  }
});

test('only wrongly claimed models use what their model cannot', () => {
  const bands = new Map<string, string>();
  const models = linesOf(made.summary.lists.tac).map((line) => line.split('|'));
  for (const [, maker = '', model = '', text = ''] of models)
    bands.set(maker + model, (bands.get(maker + model) ?? '') + text);
  const able = new Map(models.map(([tac = '', maker = '', model = '']) => [tac, bands.get(maker + model) ?? '']));
  const needs: Readonly<Record<string, string>> = { '001': 'WCDMA', '002': 'GSM', '006': 'LTE', '010': '5G' };
  const over = new Set(
    rows
      .filter(
        ({ imei, rats }) =>
          able.has(imei.slice(0, 8)) &&
          rats.split('|').some((rat) => !(able.get(imei.slice(0, 8)) ?? '').includes(needs[rat] ?? '')),
      )
      .map(({ imei }) => imei),
  );
  assert.deepEqual([...over].sort(), [...truth('wrong_technology').keys()].sort());
});

test('reprogrammed blocks are consecutive, or all over their TAC', () => {
  const blocks = grouped([...truth('reprogrammed')], ([imei, detail]) => imei.slice(0, 8) + detail);
  const serials = (kind: string): readonly (readonly number[])[] =>
    [...blocks]
      .filter(([name]) => name.includes(kind))
      .map(([, block]) => block.map(([imei]) => Number(imei.slice(8))));
  assert.ok(serials('sequential').length > 0 && serials('uniform').length > 0);
  for (const block of serials('sequential')) {
    assert.ok(block.length >= 16);
    assert.equal(Math.max(...block) - Math.min(...block), block.length - 1);
  }
  for (const block of serials('uniform')) {
    assert.ok(Math.max(...block) - Math.min(...block) > 500_000);
    assert.ok(block.length >= 200, 'the condition concludes nothing of fewer');
  }
});

test('from 2,000 devices on, one reprogrammed block is large enough to be found, and the condition admits it', async () => {
  for (const devices of [2000, 20_000]) {
    using small = await make({ devices, months: 1 });
    const blocks = grouped([...facts(small.summary.truth, 'reprogrammed')], ([imei]) => imei.slice(0, 8));
    const sizes = [...blocks.values()].map(({ length }) => length);
    assert.ok(Math.max(...sizes) >= 200, `${devices} devices have blocks of ${sizes.join(', ')}`);
    const seen = new Set(
      small.summary.operatorFiles.flatMap(({ file }) => rowsOf(file).map(([, imei = '']) => keyOf(imei))),
    );
    const condition = COUNTRY.conditions.find(({ label }) => label === 'reprogrammed');
    assert.ok(sizes.reduce((sum, size) => sum + size) / seen.size <= (condition?.maxMatchingRatio ?? 0));
    assert.ok((small.summary.planted.clone ?? 0) > 0, 'clones still have room');
    assert.equal(small.summary.devices, devices);
  }
});

test('a changed SIM keeps its number, and each is seen on its side of the day', () => {
  const changes = rowsOf(made.summary.lists.sim_changes);
  assert.ok(changes.length > 0);
  for (const [fresh, old, msisdn, day = ''] of changes) {
    const before = rows.filter(({ imsi }) => imsi === old);
    const later = rows.filter(({ imsi }) => imsi === fresh);
    assert.ok(before.length > 0 && later.length > 0);
    assert.ok(before.every((row) => row.msisdn === msisdn && row.day < day));
    assert.ok(later.every((row) => row.msisdn === msisdn && row.day >= day));
  }
});

test('two slots have neighbouring IMEIs of one TAC', () => {
  const pairs = truth('dual_sim');
  assert.ok(pairs.size > 100);
  for (const [imei, detail] of pairs) assert.equal(Math.abs(Number(imei) - number(detail, 'other')), 1);
});

test('lists and tables have their columns throughout', () => {
  const { lists, cells } = made.summary;
  const unquoted = (line: string): string => line.replace(/"[^"]*"/g, 'quoted');
  const columns: Readonly<Record<string, number>> = {
    stolen: 3,
    registration: 9,
    pairing: 3,
    golden: 3,
    barred: 1,
    barred_tac: 1,
    monitoring: 1,
    subscribers: 2,
    association: 2,
    sim_changes: 4,
    plmn: 6,
  };
  for (const [name, count] of Object.entries(columns)) {
    const file = path.join(made.out, 'lists', `${name}.csv`);
    assert.ok(linesOf(file).length > 0, name);
    assert.deepEqual(
      linesOf(file).filter((line) => unquoted(line).split(',').length !== count),
      [],
      name,
    );
  }
  assert.deepEqual(
    linesOf(lists.tac).filter((line) => line.split('|').length !== 11),
    [],
  );
  assert.deepEqual(
    linesOf(cells).filter((line) => line.split(',').length !== 6),
    [],
  );
  assert.equal(column(lists.subscribers, 1).size, linesOf(lists.subscribers).length, 'an IMSI has one holder');
  assert.equal(
    new Set(linesOf(lists.registration).map((line) => line.slice(0, 14))).size,
    linesOf(lists.registration).length,
  );
});
