import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { addDays, type Day } from '../../src/calendar/day.ts';
import { Refused } from '../../src/faults/fault.ts';
import type { Channel } from '../../src/notices/channel.ts';
import { dayOf } from '../../src/notices/clock.ts';
import { isComplete, type LadderId, type NewLadder, openLadder } from '../../src/notices/ladder.ts';
import { renewLadder, withdrawLadder } from '../../src/notices/ladder_end.ts';
import { ledgerOf, missedLadders, noteAnswer } from '../../src/notices/ledger.ts';
import { endWaiting, takeReceipt } from '../../src/notices/receipts.ts';
import { rungs, toldBefore } from '../../src/notices/rungs.ts';
import { freshRegistry } from '../office.ts';
import { fakeChannel, sendAll } from './channel.ts';
import { countryOf, IMEI, NOW, type Office, OTHER, officeOf, sms } from './ground.ts';

const day = (text: string): Day => text as Day;
const ZURICH = countryOf();

test('a first notice at once, then one on each of the days that lie ahead', () => {
  const told = rungs(ZURICH, NOW, day('2026-12-06')).map(({ daysBefore, due, until }) => [
    daysBefore,
    due.toISOString(),
    until.toISOString(),
  ]);
  assert.deepEqual(told, [
    [undefined, '2026-09-07T10:00:00.000Z', '2026-09-08T10:00:00.000Z'],
    [75, '2026-09-21T22:00:00.000Z', '2026-09-22T22:00:00.000Z'],
    // clocks are put back on 25 October: the day 50 days before lies before, that 25 days before after
    [50, '2026-10-16T22:00:00.000Z', '2026-10-17T22:00:00.000Z'],
    [25, '2026-11-10T23:00:00.000Z', '2026-11-11T23:00:00.000Z'],
    [1, '2026-12-04T23:00:00.000Z', '2026-12-05T23:00:00.000Z'],
  ]);
  const soon = rungs(ZURICH, NOW, day('2026-09-30')).map(({ daysBefore }) => daysBefore);
  assert.deepEqual(soon, [undefined, 1], 'days that are over are left out');
});

test('every rung lies before the block, in order, whatever policy, day and time zone', () => {
  const zone = fc.constantFrom('Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Asia/Kathmandu', 'Africa/Cairo', 'UTC');
  const days = fc
    .uniqueArray(fc.integer({ min: 1, max: 200 }), { maxLength: 6 })
    .map((all) => all.sort((a, b) => b - a));
  const from = fc.date({ min: NOW, max: new Date('2030-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(zone, days, fc.integer({ min: 1, max: 300 }), from, (timeZone, daysBefore, ahead, begun) => {
      const policy = { ...countryOf(`ladder: { days_before: [${daysBefore}] }`), timeZone };
      const blockOn = addDays(dayOf(begun, timeZone), ahead);
      const [first, ...later] = rungs(policy, begun, blockOn);
      assert.deepEqual(first.due, begun);
      const kept = daysBefore.filter((one) => one < ahead);
      assert.deepEqual(
        later.map((rung) => rung.daysBefore),
        kept,
      );
      for (const { due, until, daysBefore: before = 0 } of later) {
        assert.equal(dayOf(due, timeZone), addDays(blockOn, -before));
        assert.equal(dayOf(new Date(due.getTime() - 1), timeZone), addDays(blockOn, -before - 1));
        assert.equal(dayOf(until, timeZone), addDays(blockOn, 1 - before));
      }
      const last = new Date(toldBefore(policy, blockOn).getTime() - 1);
      assert.equal(dayOf(last, timeZone), addDays(blockOn, -7));
    }),
    { numRuns: 40 },
  );
});

/** The block of a ladder of 30 days: notices at once, 25 days and one day before. */
const BLOCK = day('2026-10-07');
const RUNGS = [NOW.toISOString(), '2026-09-12T07:00:00Z', '2026-10-06T07:00:00Z'];
const AT_BLOCK = new Date('2026-10-06T22:00:00Z');

const ladderOf = (recipients: NewLadder['recipients'], blockOn = BLOCK): NewLadder => ({
  subject: { imei: IMEI, others: [OTHER], reason: 'duplicate', reference: 'AB12-34' },
  recipients,
  blockOn,
});
const ONE: NewLadder['recipients'] = [{ to: sms(1) }];
const TWO: NewLadder['recipients'] = [{ to: sms(1) }, { to: [sms(2), { channel: 'email', address: 'a@example.org' }] }];

const complete = (office: Office, ladder: LadderId, at: Date | string = AT_BLOCK): Promise<boolean> =>
  office.act(({ query, now }) => isComplete({ query, now }, ladder), at);

async function climb(office: Office, channel: Channel, times: readonly string[] = RUNGS): Promise<number> {
  let sent = 0;
  for (const at of times) sent += await sendAll(office, channel, at);
  return sent;
}

const office = async (ladder = ''): Promise<Office> =>
  officeOf(await freshRegistry(), countryOf(ladder === '' ? '' : `ladder: { ${ladder} }`));

test('a ladder is complete when everybody was told on every rung, and its day has come', async () => {
  const here = await office();
  const channel = fakeChannel();
  const ladder = await here.act((desk) => openLadder(desk, ladderOf(TWO)));
  assert.equal(await complete(here, ladder), false, 'nobody was told');
  assert.equal(await climb(here, channel, RUNGS.slice(0, 2)), 4);
  assert.equal(await complete(here, ladder), false, 'the eve is missing');
  assert.equal(await climb(here, channel, RUNGS.slice(2)), 2);
  assert.equal(await complete(here, ladder, '2026-10-06T21:59:59Z'), false, 'the day has not come');
  assert.equal(await complete(here, ladder), true);
  const [allowed] = await here.registry.query(
    `SELECT notice_ladder_allows($1, $2, $4) AS first, notice_ladder_allows($1, $3, $4) AS second,
      notice_ladder_allows($1, '35000000000009', $4) AS foreign, notice_ladder_complete($1) AS today,
      notice_ladder_complete(999) AS unknown`,
    [ladder, IMEI, OTHER, AT_BLOCK],
  );
  const today = AT_BLOCK <= new Date();
  assert.deepEqual(allowed, { first: true, second: true, foreign: false, today, unknown: false });
  assert.deepEqual(
    channel.given.map(({ template }) => template),
    ['ladder_first', 'ladder_first', 'ladder_reminder', 'ladder_reminder', 'ladder_last', 'ladder_last'],
  );
});

test('one person who was not told on one rung is enough', async () => {
  const here = await office();
  const channel = fakeChannel();
  const ladder = await here.act((desk) => openLadder(desk, ladderOf([{ to: sms(1) }, { to: sms(2) }])));
  await climb(here, channel, RUNGS.slice(0, 1));
  let asked = 0;
  channel.answer = () => {
    asked += 1;
    return asked === 1 ? { kind: 'refused', because: 'unknown' } : { kind: 'accepted', messages: [] };
  };
  await climb(here, channel, RUNGS.slice(1));
  assert.equal(await complete(here, ladder), false);
  assert.deepEqual(
    (await missedLadders(here.registry, AT_BLOCK)).map((missed) => missed.ladder),
    [ladder],
  );
});

test('a notice that is late is not sent, and its ladder leads to no block until it is renewed', async () => {
  const here = await office();
  const channel = fakeChannel();
  const ladder = await here.act((desk) => openLadder(desk, ladderOf(ONE)));
  await climb(here, channel, ['2026-09-08T10:00:00Z', ...RUNGS.slice(1)]);
  assert.equal(channel.given.length, 2, 'the first came a day late and was left out');
  assert.equal(await complete(here, ladder), false);
  const missed = await missedLadders(here.registry, new Date('2026-09-08T10:00:00Z'));
  assert.deepEqual(missed, [{ ladder, imei: IMEI, blockOn: BLOCK, case: null }]);

  const from = '2026-10-07T08:00:00Z';
  const renewed = await here.act((desk) => renewLadder(desk, ladder, day('2026-11-01')), from);
  assert.deepEqual(await missedLadders(here.registry, new Date(from)), []);
  await climb(here, channel, [from, '2026-10-31T08:00:00Z']);
  assert.equal(
    await complete(here, renewed, '2026-10-31T23:00:00Z'),
    true,
    'the same person, whose contact stayed sealed',
  );
  assert.equal(await complete(here, ladder, '2026-10-31T23:00:00Z'), false);
  await assert.rejects(
    here.act((desk) => renewLadder(desk, ladder, day('2027-01-01')), from),
    (error) => error instanceof Refused && error.faults[0]?.code === 'NOTICE_LADDER',
  );
});

test('first told at last leaves too few days, though every rung was in time', async () => {
  const here = await office('first_hours: 168, days_before: [1], minimum_days: 25');
  const channel = fakeChannel();
  const [early, late] = await here.act(async (desk) => [
    await openLadder(desk, ladderOf(ONE)),
    await openLadder(desk, ladderOf([{ to: { channel: 'email', address: 'late@example.org' } }])),
  ]);
  // 25 days before 7 October is 12 September
  await climb(here, channel, ['2026-09-12T21:59:59Z', '2026-10-06T08:00:00Z']);
  await climb(here, fakeChannel('email'), ['2026-09-12T22:00:00Z', '2026-10-06T08:00:00Z']);
  assert.deepEqual(
    [await complete(here, early ?? ''), await complete(here, late ?? '')],
    [false, false],
    'quiet hours',
  );
  const missed = await missedLadders(here.registry, new Date('2026-09-12T22:00:00Z'));
  assert.deepEqual(
    missed.map(({ ladder }) => ladder),
    [early, late],
    'both have to be renewed',
  );
  assert.deepEqual(await missedLadders(here.registry, new Date('2026-09-12T21:59:59Z')), []);
  const again = await here.act((desk) => openLadder(desk, ladderOf(ONE)));
  await climb(here, channel, ['2026-09-12T18:00:00Z', '2026-10-06T08:00:00Z']);
  assert.equal(await complete(here, again), true);
});

test('where receipts count, what a channel accepted is not enough, and an answer is', async () => {
  const here = await office('proof: delivered, days_before: []');
  const channel = fakeChannel('sms', true);
  const [mute, receipted, answered] = await here.act(async (desk) => [
    await openLadder(desk, ladderOf(ONE)),
    await openLadder(desk, ladderOf(ONE)),
    await openLadder(desk, ladderOf(ONE)),
  ]);
  await climb(here, channel, [NOW.toISOString()]);
  const at = new Date('2026-09-10T10:00:00Z');
  const [second, third] = channel.given.slice(1);
  const receipt = { gateway: channel.gateway, message: `m${second?.id}`, state: 'delivered', at } as const;
  await takeReceipt(here.registry, receipt, at);
  await here.act((desk) => noteAnswer(desk, third?.id ?? ''), at);
  assert.deepEqual(
    [await complete(here, mute ?? ''), await complete(here, receipted ?? ''), await complete(here, answered ?? '')],
    [false, true, true],
  );
});

test('somebody whom no channel reaches counts as the country says', async () => {
  for (const [unreachable, counts] of [
    ['told', true],
    ['untold', false],
  ] as const) {
    const here = await office(`unreachable: ${unreachable}, days_before: []`);
    const [by, mail] = [fakeChannel(), fakeChannel('email')];
    for (const channel of [by, mail]) channel.answer = () => ({ kind: 'refused', because: 'unknown' });
    const ladder = await here.act((desk) => openLadder(desk, ladderOf(TWO.slice(1))));
    assert.equal(await climb(here, by, [NOW.toISOString()]), 1);
    assert.equal(await complete(here, ladder), false, 'there is an address, too');
    assert.equal(await climb(here, mail, [NOW.toISOString()]), 1);
    assert.equal(await complete(here, ladder), counts, unreachable);
    const [entry] = await ledgerOf(here.registry, { ladder });
    assert.deepEqual(
      entry?.steps.map(({ state, channel }) => [state, channel]),
      [
        ['tried', 'sms'],
        ['refused', 'sms'],
        ['tried', 'email'],
        ['refused', 'email'],
        ['failed', null],
      ],
    );
  }
});

test('where only receipts count, one that does not come makes the next contact be tried', async () => {
  const here = await office('proof: delivered, days_before: []');
  const [by, mail] = [fakeChannel('sms', true), fakeChannel('email')];
  const ladder = await here.act((desk) => openLadder(desk, ladderOf(TWO.slice(1))));
  await climb(here, by, [NOW.toISOString()]);
  const later = new Date(NOW.getTime() + 48 * 3_600_000);
  assert.equal(await here.registry.transaction((query) => endWaiting(query, new Date(later.getTime() - 1))), 0);
  assert.equal(await here.registry.transaction((query) => endWaiting(query, later)), 1);
  const [entry] = await ledgerOf(here.registry, { ladder });
  assert.deepEqual(
    entry?.steps.map(({ state, because }) => [state, because]),
    [
      ['tried', null],
      ['sent', null],
      ['refused', 'no receipt'],
    ],
  );
  assert.equal(await sendAll(here, mail, later), 0, 'it would be late by now, and is not sent');
});

test('a ladder that was taken back allows no block, and whoever was told is told so', async () => {
  const here = await office('days_before: [1]');
  const channel = fakeChannel();
  const ladder = await here.act((desk) => openLadder(desk, ladderOf(ONE)));
  const unknown = await here.act(
    (desk) => openLadder(desk, ladderOf([{ to: sms(9), language: 'fr' }])),
    '2026-09-07T20:00:00Z',
  );
  await climb(here, channel, [NOW.toISOString()]);
  const at = '2026-09-08T05:00:00Z';
  for (const id of [ladder, unknown, ladder])
    await here.act((desk) => withdrawLadder(desk, id, { because: 'appeal' }), at);
  await climb(here, channel, ['2026-09-08T09:00:00Z', '2026-10-06T09:00:00Z']);
  assert.deepEqual(
    channel.given.map(({ template, to }) => [template, to]),
    [
      ['ladder_first', sms(1)],
      ['block_withdrawn', sms(1)],
    ],
  );
  assert.equal(await complete(here, ladder), false);
  const whole = await here.act((desk) => openLadder(desk, ladderOf(ONE)));
  await climb(here, channel);
  assert.equal(await complete(here, whole), true);
  await here.act((desk) => withdrawLadder(desk, whole, { because: 'appeal', tell: false }), AT_BLOCK);
  assert.equal(await complete(here, whole), false, 'however complete it was');
  const [, last] = await ledgerOf(here.registry, { ladder });
  assert.deepEqual(
    last?.steps.map(({ state, because }) => [state, because]),
    [['withdrawn', 'appeal']],
  );
});

test('a ladder is refused that leaves too few days, or has nobody to be told', async () => {
  const here = await office();
  const refusedAs = (ladder: NewLadder) =>
    here
      .act((desk) => openLadder(desk, ladder))
      .then(
        () => [],
        (error: unknown) => (error instanceof Refused ? error.faults.map(({ code, remedy }) => [code, remedy]) : error),
      );
  const tooSoon = ['NOTICE_TOO_SOON', 'Let it be on 2026-09-14 or later.'];
  assert.deepEqual(await refusedAs(ladderOf(ONE, day('2026-09-13'))), [tooSoon]);
  assert.deepEqual(await refusedAs(ladderOf(ONE, day('2026-09-14'))), []);
  const [nobody] = (await refusedAs(ladderOf([]))) as readonly string[][];
  assert.equal(nobody?.[0], 'NOTICE_NOBODY');

  const lenient = await office('unreachable: told');
  const ladder = await lenient.act((desk) => openLadder(desk, ladderOf([])));
  assert.equal(await complete(lenient, ladder, '2026-10-06T21:59:59Z'), false);
  assert.equal(await complete(lenient, ladder), true, 'it stood for as many days');
});
