import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { GENERATIONS } from '../../src/observations/rat.ts';
import { importList } from '../../src/reference/import.ts';
import { bandsExpression, bandsToGenerations } from '../../src/reference/tac.ts';
import { literal } from '../../src/stores/analytics.ts';
import { onStore } from '../stores/ground.ts';
import { handsOn, LENIENT } from './ground.ts';

/** Texts of bands as makers write them, with the generations they name. */
const BANDS: readonly (readonly [text: string, ...generations: readonly (2 | 3 | 4 | 5)[]])[] = [
  [''],
  ['Not Known'],
  ['WLAN, Bluetooth'],
  ['GSM 900', 2],
  ['GSM850 (GSM800),GSM 900,GSM 1800,GSM 1900', 2],
  ['CDMA 800, CDMA 1900', 2],
  ['WCDMA FDD Band I', 3],
  ['W-CDMA 2100', 3],
  ['TD-SCDMA', 3],
  ['CDMA2000 1xEV-DO', 3],
  ['UMTS 2100,HSPA+', 3],
  ['FDD BAND VIII', 3],
  ['GSM 900,WCDMA FDD Band I,LTE FDD BAND 3', 2, 3, 4],
  ['LTE TDD BAND 40', 4],
  ['E-UTRA Band 3', 4],
  ['5G NR n78', 5],
  ['NR FDD BAND 1', 5],
  ['LTE FDD BAND 20,n28', 4, 5],
  ['gsm 900,lte fdd band 1,5g', 2, 4, 5],
];
const maskOf = (generations: readonly number[]): number =>
  GENERATIONS.filter(({ generation }) => generations.includes(generation)).reduce(
    (mask, { bit }) => mask | (1 << bit),
    0,
  );

describe('bands of a TAC', () => {
  for (const [text, ...generations] of BANDS) {
    test(`«${text}» names ${generations.length === 0 ? 'no generation' : generations.map((one) => `${one}G`).join(', ')}`, () => {
      assert.equal(bandsToGenerations(text), maskOf(generations));
    });
  }
});

const folder = process.env['CEIR_TEST_DATA'];
const real = (name: string): string | undefined => {
  const full = folder === undefined ? undefined : path.join(folder, name);
  return full !== undefined && existsSync(full) ? full : undefined;
};
const [tacs, plmns] = [real('tac/osmocom_tacdb.csv'), real('plmn/mcc-mnc.json')];
if (tacs === undefined || plmns === undefined) {
  console.log(
    'CEIR_TEST_DATA names no folder with tac/osmocom_tacdb.csv and plmn/mcc-mnc.json: real TACs and PLMNs are not tried',
  );
}

onStore('TACs and PLMNs', (ground) => {
  const { clear, rows } = handsOn(ground);

  test('the engine reads bands as JavaScript does', async () => {
    const word = fc.constantFrom(
      'GSM',
      'CDMA',
      'W',
      '-',
      ' ',
      ',',
      'LTE',
      'E-UTRA',
      'UTRA',
      'NR',
      'n7',
      '5G',
      'TD',
      'FDD Band ',
      'IV',
      '2000',
      'S',
      'x',
      'TDD BAND I',
      '850',
      '(',
      'é',
    );
    const samples = [
      ...BANDS.map(([text]) => text),
      ...fc.sample(
        fc.array(word, { maxLength: 8 }).map((words) => words.join('')),
        500,
      ),
    ];
    const sql = `SELECT arrayMap(b -> ${bandsExpression('b')}, [${samples.map(literal).join(', ')}]) AS masks`;
    const [found] = await ground.store().analytics.home.query<{ masks: number[] }>(sql);
    const differing = samples.filter((text, at) => found?.masks[at] !== bandsToGenerations(text));
    assert.deepEqual(differing, []);
  });

  if (tacs !== undefined) {
    test('the Osmocom TAC database is taken whole, again without change', async () => {
      await clear('tac');
      const request = {
        kind: 'tac',
        files: [tacs],
        country: { ...LENIENT, import: { ...LENIENT.import, quarantined: 0.05 } },
      } as const;
      const { result } = await importList(ground.store(), request);
      assert.ok(result.rows > 20_000);
      assert.ok(result.quarantined < 10, 'a few TACs have a blank before them');
      assert.equal(result.after, result.rows - result.quarantined - result.duplicates);
      const oppo = await rows('tac', 'SELECT brand, model FROM tac WHERE tac = 35675904');
      assert.deepEqual(oppo, [{ brand: 'Oppo', model: 'N1' }]);
      const again = (await importList(ground.store(), request)).result;
      assert.deepEqual([again.adds, again.removes, again.updates], [0, 0, 0]);
    });
  }

  if (plmns !== undefined) {
    test('the table of MCCs and MNCs is taken whole, with leading zeros', async () => {
      await clear('plmn');
      const { result } = await importList(ground.store(), { kind: 'plmn', files: [plmns], country: LENIENT });
      assert.equal(result.quarantined, 0);
      assert.equal(result.after, result.rows - result.duplicates);
      const found = await rows('plmn', `SELECT network FROM plmn WHERE mcc = '412' AND mnc = '01'`);
      assert.deepEqual(found, [{ network: 'AWCC' }]);
    });
  }
});
