import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sending } from '../../src/notices/channel.ts';
import { ledgerOf } from '../../src/notices/ledger.ts';
import { queueNotice } from '../../src/notices/queue.ts';
import { takeReceipt } from '../../src/notices/receipts.ts';
import type { To } from '../../src/notices/recipient.ts';
import { runSender, sendDue } from '../../src/notices/sender.ts';
import { LEASE_MS } from '../../src/notices/work.ts';
import { freshRegistry } from '../office.ts';
import { fakeChannel, sendAll } from './channel.ts';
import { countryOf, IMEI, NOW, type Office, officeOf, sms } from './ground.ts';

const office = async (notices = '') => officeOf(await freshRegistry(), countryOf(notices));
const after = (ms: number): Date => new Date(NOW.getTime() + ms);
const MINUTE = 60_000;

const queue = (here: Office, to: To = sms(1)) =>
  here.act((desk) => queueNotice(desk, { template: 'theft_found', to, values: { imei: IMEI, reference: 'A1' } }));

async function statesOf(here: Office, id: string): Promise<readonly string[]> {
  const [entry] = await ledgerOf(here.registry, { id });
  return (entry?.steps ?? []).map(({ state, channel, attempt, because }) =>
    [state, channel, attempt, because].filter((part) => part !== null).join(' '),
  );
}

test('what a channel does not take is tried again later and later, then by the next contact, then given up', async () => {
  const here = await office('attempts: 3');
  const [phone, mail] = [fakeChannel(), fakeChannel('email')];
  phone.answer = () => ({ kind: 'later', because: 'busy', spares: false });
  mail.answer = () => ({ kind: 'refused', because: '550' });
  const id = await queue(here, [sms(1), { channel: 'email', address: 'a@example.org' }]);
  const times = [0, MINUTE - 1, MINUTE, 5 * MINUTE - 1, 5 * MINUTE];
  const tried = [];
  for (const at of times) tried.push(await sendAll(here, phone, after(at)));
  assert.deepEqual(tried, [1, 0, 1, 0, 1]);
  assert.equal(await sendAll(here, mail, after(5 * MINUTE)), 1);
  assert.equal(await sendAll(here, phone, after(1e9)), 0);
  assert.deepEqual(await statesOf(here, id), [
    'tried sms 1',
    'deferred sms 1 busy',
    'tried sms 2',
    'deferred sms 2 busy',
    'tried sms 3',
    'refused sms 3 busy',
    'tried email 1',
    'refused email 1 550',
    'failed',
  ]);
});

test('a channel that throttles takes no attempt of a notice', async () => {
  const here = await office('attempts: 1');
  const phone = fakeChannel();
  phone.answer = () => ({ kind: 'later', because: 'throttled', spares: true });
  const id = await queue(here);
  for (let time = 0; time < 5; time += 1) assert.equal(await sendAll(here, phone, after(time * 5000)), 1);
  phone.answer = () => ({ kind: 'accepted', messages: [] });
  await sendAll(here, phone, after(25_000));
  assert.deepEqual((await statesOf(here, id)).slice(-2), ['tried sms 1', 'sent sms 1']);
});

test('two senders at once never have the same notice in hand', async () => {
  const here = await office();
  for (let number = 0; number < 60; number += 1) await queue(here, sms(number));
  const channels = [0, 1, 2].map(() => fakeChannel());
  await Promise.all(
    channels.map(async (channel) => {
      for (let left = 1; left > 0; ) left = await sendDue(here.registry, { ...here, channel, now: NOW, most: 7 });
    }),
  );
  const given = channels.flatMap((channel) => channel.given.map(({ id }) => id));
  assert.equal(given.length, 60);
  assert.equal(new Set(given).size, 60);
});

test('what was handed over and not recorded is sent once more, under the same number, and then never again', async () => {
  const here = await office();
  const id = await queue(here);
  const phone = fakeChannel();
  const dying = { ...phone, send: () => Promise.reject(new Error('killed')) };
  await assert.rejects(sendDue(here.registry, { ...here, channel: dying, now: NOW, most: 10 }), /killed/);
  assert.equal(await sendAll(here, phone, after(LEASE_MS - 1)), 0, 'it may still be in hand');
  assert.equal(await sendAll(here, phone, after(LEASE_MS)), 1);
  assert.equal(await sendAll(here, phone, after(10 * LEASE_MS)), 0);
  assert.deepEqual(
    phone.given.map((one) => one.id),
    [id],
  );
  assert.deepEqual(await statesOf(here, id), ['tried sms 1', 'tried sms 2', 'sent sms 2']);
});

test('what kills its sender each time is given up', async () => {
  const here = await office('attempts: 2');
  const id = await queue(here);
  const phone = fakeChannel();
  const dying = { ...phone, send: () => Promise.reject(new Error('killed')) };
  for (const round of [0, 1])
    await assert.rejects(sendDue(here.registry, { ...here, channel: dying, now: after(round * LEASE_MS), most: 10 }));
  assert.equal(await sendAll(here, phone, after(2 * LEASE_MS)), 1);
  assert.equal(phone.given.length, 0);
  assert.deepEqual((await statesOf(here, id)).slice(-2), ['refused sms 3 no outcome', 'failed']);
});

test('a contact that is gone, or whose key was destroyed, reaches nobody', async () => {
  const here = await office();
  const gone = await queue(here);
  await here.registry.query('UPDATE notice SET contacts = NULL, content = NULL WHERE id = $1', [gone]);
  const id = await queue(here);
  here.vault.forget = true;
  const phone = fakeChannel();
  await sendAll(here, phone, NOW);
  assert.equal(phone.given.length, 0);
  assert.deepEqual(await statesOf(here, gone), await statesOf(here, id));
  assert.deepEqual(await statesOf(here, id), ['tried sms 1', 'refused sms 1 no contact any more', 'failed']);
});

test('a notice in parts is delivered when all of its parts are', async () => {
  const here = await office();
  const phone = fakeChannel('sms', true);
  phone.answer = ({ id }) => ({ kind: 'accepted', messages: [`${id}a`, `${id}b`] });
  const id = await queue(here);
  await sendAll(here, phone, NOW);
  const receipt = (part: string, at: Date) =>
    takeReceipt(here.registry, { gateway: phone.gateway, message: `${id}${part}`, state: 'delivered', at }, at);
  await receipt('a', after(2000));
  assert.deepEqual((await statesOf(here, id)).at(-1), 'sent sms 1');
  for (const time of [1000, 3000]) await receipt('b', after(time));
  const [entry] = await ledgerOf(here.registry, { id });
  assert.deepEqual(
    entry?.steps.slice(2).map(({ state, at }) => [state, at]),
    [['delivered', after(2000)]],
  );
});

test('receipts of all parts that come at once make a notice delivered', async () => {
  const here = await office();
  const phone = fakeChannel('sms', true);
  const parts = ['a', 'b', 'c', 'd'];
  phone.answer = ({ id }) => ({ kind: 'accepted', messages: parts.map((part) => `${id}${part}`) });
  const ids: string[] = [];
  for (let number = 0; number < 10; number += 1) ids.push(await queue(here, sms(number)));
  await sendAll(here, phone, NOW);
  const receipts = ids.flatMap((id) => parts.map((part) => `${id}${part}`));
  await Promise.all(
    receipts.map((message) =>
      takeReceipt(here.registry, { gateway: phone.gateway, message, state: 'delivered' }, after(1000)),
    ),
  );
  for (const id of ids) assert.equal((await statesOf(here, id)).at(-1), 'delivered sms 1', id);
});

test('a receipt that is faster than our own record is found', async () => {
  const here = await office();
  const phone = fakeChannel('sms', true);
  const ids = [await queue(here, [sms(1), { channel: 'email', address: 'a@example.org' }]), await queue(here)];
  phone.send = async (batch) => {
    for (const [at, { id }] of batch.entries()) {
      const state = at === 0 ? 'refused' : 'delivered';
      await takeReceipt(here.registry, { gateway: phone.gateway, message: `m${id}`, state, because: 'UNDELIV' }, NOW);
    }
    return batch.map(({ id }): Sending => ({ kind: 'accepted', messages: [`m${id}`] }));
  };
  await sendAll(here, phone, NOW);
  assert.deepEqual(await statesOf(here, ids[0] ?? ''), ['tried sms 1', 'sent sms 1', 'refused sms 1 UNDELIV']);
  assert.deepEqual(await statesOf(here, ids[1] ?? ''), ['tried sms 1', 'sent sms 1', 'delivered sms 1']);
});

test('a gateway that begins its numbers anew does not have old receipts taken for new ones', async () => {
  const here = await office();
  const phone = fakeChannel('sms', true);
  phone.answer = () => ({ kind: 'accepted', messages: ['1'] });
  const receipt = { gateway: phone.gateway, message: '1', state: 'delivered' } as const;
  await takeReceipt(here.registry, receipt, NOW); // of nothing that we know
  const first = await queue(here);
  await sendAll(here, phone, NOW);
  assert.deepEqual((await statesOf(here, first)).at(-1), 'sent sms 1');
  await takeReceipt(here.registry, receipt, NOW);
  const second = await queue(here, sms(2));
  await sendAll(here, phone, NOW);
  assert.deepEqual(
    [(await statesOf(here, first)).at(-1), (await statesOf(here, second)).at(-1)],
    ['delivered sms 1', 'sent sms 1'],
  );
});

test('nothing is delivered before it was sent, whatever a receipt says', async () => {
  const here = await office();
  const phone = fakeChannel('sms', true);
  const id = await queue(here);
  await sendAll(here, phone, after(5000));
  const receipt = { gateway: phone.gateway, message: `m${id}`, state: 'delivered', at: NOW } as const;
  await takeReceipt(here.registry, receipt, after(6000));
  const [entry] = await ledgerOf(here.registry, { id });
  assert.deepEqual(entry?.steps.at(-1)?.at, after(5000));
});

test('a receipt that comes after the next contact was tried changes nothing but the ledger', async () => {
  const here = await office();
  const phone = fakeChannel('sms', true);
  const id = await queue(here, [sms(1), { channel: 'email', address: 'a@example.org' }]);
  await sendAll(here, phone, NOW);
  const receipt = { gateway: phone.gateway, message: `m${id}` };
  for (const because of ['EXPIRED', 'UNDELIV'])
    await takeReceipt(here.registry, { ...receipt, state: 'refused', because }, after(1000));
  const mail = fakeChannel('email');
  assert.equal(await sendAll(here, mail, after(2000)), 1);
  await takeReceipt(here.registry, { ...receipt, state: 'delivered' }, after(3000));
  const expected = [
    'tried sms 1',
    'sent sms 1',
    'refused sms 1 EXPIRED',
    'tried email 1',
    'sent email 1',
    'delivered sms 1',
  ];
  assert.deepEqual(await statesOf(here, id), expected);
});

test('a sender that runs sends, asks for receipts, and ends when told', async () => {
  const here = await office();
  const end = new AbortController();
  const phone = fakeChannel('sms', true);
  const busy = { ...fakeChannel('email'), ready: () => false };
  const id = await queue(here);
  await queue(here, { channel: 'email', address: 'a@example.org' });
  let looks = 0;
  const channel = {
    ...phone,
    collect: async () => {
      looks += 1;
      if (phone.given.length === 0) return;
      await phone.take?.({ gateway: phone.gateway, message: `m${id}`, state: 'delivered' });
      end.abort();
    },
  };
  const clock = () => NOW;
  await runSender(here.registry, { ...here, channels: [channel, busy], restMs: 1, clock }, end.signal);
  assert.ok(looks > 1);
  assert.equal(busy.given.length, 0, 'a channel that is not ready gets nothing');
  assert.deepEqual(await statesOf(here, id), ['tried sms 1', 'sent sms 1', 'delivered sms 1']);
});
