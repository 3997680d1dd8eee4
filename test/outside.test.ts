import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { Day } from '../src/calendar/day.ts';
import { type Country, parseCountry } from '../src/country/country.ts';
import { classify } from '../src/decisions/classify.ts';
import { DIMENSIONS } from '../src/detection/catalogue.ts';
import { generateLists } from '../src/lists/generate.ts';
import { importOperator } from '../src/observations/import.ts';
import { importList } from '../src/reference/import.ts';
import { onStore } from './stores/ground.ts';

const data = process.env['CEIR_TEST_DATA'] ?? '';
const tacs = path.join(data, 'tac/osmocom_tacdb.csv');
const plmns = path.join(data, 'plmn/mcc-mnc.json');
const absent =
  data !== '' && existsSync(tacs) && existsSync(plmns)
    ? false
    : 'no outside data: CEIR_TEST_DATA names no folder with them';

type Network = {
  readonly mcc: string;
  readonly mnc: string;
  readonly iso: string;
  readonly country_code: string;
  readonly network: string;
};

/** A country with the real networks of one: its MCC, calling code and PLMNs. */
function realCountry(iso: string): Country {
  const all = JSON.parse(readFileSync(plmns, 'utf8')) as readonly Network[];
  const mine = all.filter((one) => one.iso === iso && /^\d{2,3}$/.test(one.mnc));
  const [first] = mine;
  assert.ok(first !== undefined);
  const mncs = [...new Set(mine.filter(({ mcc }) => mcc === first.mcc).map(({ mnc }) => mnc))].slice(0, 3);
  const operators = mncs.map(
    (mnc) => `  - { id: op_${mnc}, name: Network ${mnc}, plmns: [{ mcc: '${first.mcc}', mnc: '${mnc}' }] }`,
  );
  const text = `name: ${iso}
mccs: ['${first.mcc}']
calling_codes: ['${first.country_code}']
time_zone: UTC
operators:
${operators.join('\n')}
conditions:
  - label: unallocated
    reason: The model was never allocated
    effect: blocked
    grace_days: 30
    max_matching_ratio: 0.2
    dimensions: [{ is: tac_not_allocated, lag_days: { '35': 0, '86': 0, '01': 0, '91': 0, '99': 0, '00': 0 } }]
`;
  const country = parseCountry(text, 'country.yaml', DIMENSIONS);
  assert.ok(country.ok, JSON.stringify(country));
  return country.value;
}

onStore('the whole run with real TACs and networks', ({ store, folder }) => {
  test('every device with a real TAC passes, every other one is announced to its operator', {
    skip: absent,
  }, async () => {
    const country = realCountry('ch');
    const real = [
      ...new Set(
        readFileSync(tacs, 'utf8')
          .split('\n')
          .flatMap((line) => /^\d{8}(?=,)/.exec(line) ?? []),
      ),
    ];
    const known = new Set(real);
    const made = Array.from({ length: 500 }, (_, n) => String(35_900_000 + n * 7)).filter((tac) => !known.has(tac));
    await importList(store(), { kind: 'tac', files: [tacs], country, date: '2026-10-01' as Day });
    await importList(store(), { kind: 'plmn', files: [plmns], country, date: '2026-10-01' as Day });
    const [operator] = country.operators;
    const [plmn] = operator?.plmns ?? [];
    assert.ok(operator !== undefined && plmn !== undefined);
    const devices = [...real, ...made].map((tac, n) => ({ imei: `${tac}${String(n).padStart(6, '0')}`, n }));
    const rows = devices.map(({ imei, n }) => {
      const imsi = `${plmn.mcc}${plmn.mnc}${String(n).padStart(15 - plmn.mcc.length - plmn.mnc.length, '0')}`;
      return `202610${String(1 + (n % 28)).padStart(2, '0')},${imei},${imsi},${country.callingCodes[0]}79${String(1_000_000 + n)},006`;
    });
    const feeds = path.join(folder(), 'feeds');
    mkdirSync(feeds);
    const feed = path.join(feeds, 'x_20261001_20261031.csv');
    writeFileSync(feed, `date,imei,imsi,msisdn,rat\n${rows.join('\n')}\n`);
    const taken = await importOperator(store(), { country, operator: operator.id, files: [feed] });
    assert.deepEqual([taken.result['imported'], taken.result['quarantined']], [devices.length, 0]);
    const judged = await classify(store(), { country, date: '2026-10-31' as Day });
    assert.equal(judged.conditions[0]?.matched, made.length);
    const lists = await generateLists(store(), {
      country,
      day: '2026-10-31' as Day,
      out: path.join(folder(), 'lists'),
      format: 'dirbs',
    });
    const told = lists.lists
      .filter(({ list }) => list === 'notifications')
      .map(({ operator: to, added }) => ({ to, added }));
    assert.deepEqual(told, [{ to: operator.id, added: made.length }]);
    assert.ok(real.length > 20_000, 'the real data base was read');
  });
});
