import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sightingsOf } from '../../src/cases/sightings.ts';
import type { Imsi } from '../../src/identifiers/imsi.ts';
import { onStore } from '../stores/ground.ts';
import { day, imei, imsi, msisdn } from './desk.ts';

/** Days of a month as the triplets have them: bit d-1 is day d. */
const mask = (...days: readonly number[]): number => days.reduce((all, one) => all + 2 ** (one - 1), 0);

onStore('sightings of operator data', (ground) => {
  test('tell who was seen with a device in the days before, and not on that day or long ago', async () => {
    const { analytics } = ground.store();
    const test001 = '001010000000017' as Imsi;
    const rows = [
      [202604, imei(1), imsi(1), msisdn(1), mask(30)],
      [202605, imei(1), imsi(2), msisdn(2), mask(1, 31)],
      [202606, imei(1), imsi(3), msisdn(3), mask(9)],
      [202606, imei(2), test001, 0, mask(1)],
    ];
    const values = rows.map(([month, device, sim, number, days]) => {
      const sims = BigInt(sim ?? 0);
      return `(${month}, 'alfa', ${BigInt(device ?? 0)}, ${sims}, ${BigInt(number ?? 0)}, ${days}, 0)`;
    });
    await analytics.home.run(`INSERT INTO triplet VALUES ${values.join(', ')}`);
    const sightings = sightingsOf(analytics, { days: 40 });
    const event = day('2026-06-09');
    // 2026-04-30 is the fortieth day before
    assert.equal(await sightings.seenWith(imei(1), { msisdn: msisdn(1) }, event), true);
    assert.equal(await sightings.seenWith(imei(1), { msisdn: msisdn(1) }, day('2026-06-10')), false);
    assert.equal(await sightings.seenWith(imei(1), { imsi: imsi(2) }, event), true);
    assert.equal(await sightings.seenWith(imei(1), { imsi: imsi(3) }, event), false, 'the day itself says nothing');
    assert.equal(await sightings.seenWith(imei(1), { imsi: imsi(3) }, day('2026-06-10')), true);
    assert.equal(await sightings.seenWith(imei(1), { msisdn: msisdn(9) }, event), false);
    assert.equal(await sightings.seenWith(imei(2), { imsi: test001 }, event), true, 'zeros at its head are no loss');
    assert.equal(await sightings.inUse(imei(1), event), true);
    assert.equal(await sightings.inUse(imei(1), day('2026-08-01')), false);
    assert.equal(await sightings.inUse(imei(3), event), false);
  });
});
