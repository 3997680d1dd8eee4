import assert from 'node:assert/strict';
import { test } from 'node:test';
import { modelFacts } from '../../src/devices/models.ts';
import type { Tac } from '../../src/identifiers/tac.ts';
import { handsOn } from '../reference/ground.ts';
import { onStore } from '../stores/ground.ts';

onStore('models of the TAC list', (ground) => {
  const { take } = handsOn(ground);

  test('slots, IMEIs and chips are read from the columns that the file has, whatever it calls them', async () => {
    await take('tac', [
      'TAC|Manufacturer|Brand Name|Model Name|Bands|SIMSlot|IMEI Quantity Support|Removable EUICC|NonRemovable EUICC',
      '01234567|Acme|Acme|One|GSM 900|2|2|0|1',
      '35000002|Acme|Acme|Two|GSM 900|Not Known|Not Known||2',
      '35000003|Acme|Acme|Three|GSM 900|1|0|Not Known|Not Known',
    ]);
    const models = await modelFacts(ground.store().analytics, [
      '01234567',
      '35000002',
      '35000003',
      '99999999',
    ] as Tac[]);
    assert.deepEqual(Object.fromEntries(models), {
      '01234567': { manufacturer: 'Acme', model: 'One', slots: 2, imeiQuantity: 2, euiccs: 1 },
      '35000002': { manufacturer: 'Acme', model: 'Two', slots: undefined, imeiQuantity: undefined, euiccs: 2 },
      '35000003': { manufacturer: 'Acme', model: 'Three', slots: 1, imeiQuantity: undefined, euiccs: undefined },
    });
  });

  test('a file without such columns says nothing of them', async () => {
    await take('tac', ['TAC|Manufacturer|Model Name', '35000009|Acme|Nine']);
    const models = await modelFacts(ground.store().analytics, ['35000009' as Tac]);
    assert.deepEqual(models.get('35000009' as Tac), {
      ...{ manufacturer: 'Acme', model: 'Nine' },
      ...{ slots: undefined, imeiQuantity: undefined, euiccs: undefined },
    });
    assert.equal((await modelFacts(ground.store().analytics, [])).size, 0);
  });
});
