import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refused } from '../../src/faults/fault.ts';
import type { Imsi } from '../../src/identifiers/imsi.ts';
import type { Msisdn } from '../../src/identifiers/msisdn.ts';
import { backlogOf, ledgerOf, withdrawNotices } from '../../src/notices/ledger.ts';
import { type NewNotice, queueNotice } from '../../src/notices/queue.ts';
import type { To } from '../../src/notices/recipient.ts';
import { registerTexts } from '../../src/notices/sender.ts';
import { freshRegistry } from '../office.ts';
import { fakeChannel, sendAll } from './channel.ts';
import { countryOf, IMEI, NOW, officeOf, sms } from './ground.ts';

const office = async (notices = '') => officeOf(await freshRegistry(), countryOf(notices));
const received = (to: To, once?: string): NewNotice<'theft_received'> => ({
  template: 'theft_received',
  to,
  values: { imei: IMEI, reference: 'AB12-34' },
  subject: { case: 'c1', imei: IMEI },
  ...(once === undefined ? {} : { once }),
});
const later = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);

test('a notice is recorded with the act that it tells of, or not at all', async () => {
  const here = await office();
  await assert.rejects(
    here.act(async (desk) => {
      await queueNotice(desk, received(sms(1)));
      throw new Error('the act failed');
    }),
  );
  assert.deepEqual(await ledgerOf(here.registry, { case: 'c1' }), []);
  const id = await here.act((desk) => queueNotice(desk, received(sms(1))));
  const [entry] = await ledgerOf(here.registry, { imei: IMEI });
  assert.deepEqual(
    [entry?.id, entry?.template, entry?.language, entry?.channels, entry?.state, entry?.planned],
    [id, 'theft_received', 'en', ['sms'], 'planned', NOW],
  );
  assert.deepEqual(entry?.persons, [here.vault.pseudonym('msisdn', '999790000001')]);
});

test('what is queued twice as one thing is one notice', async () => {
  const here = await office();
  const queue = (once?: string) => here.act((desk) => queueNotice(desk, received(sms(1), once)));
  const first = await queue('theft:c1:received');
  assert.equal(await queue('theft:c1:received'), first);
  const [both, other] = await Promise.all([queue('theft:c2:received'), queue('theft:c2:received')]);
  assert.equal(both, other, 'two at the same time');
  assert.notEqual(await queue(), await queue());
  assert.deepEqual(await backlogOf(here.registry, NOW), [{ channel: 'sms', notices: 4, oldest: NOW }]);
});

test('no contact and no word of a notice stands in the registry in the clear', async () => {
  const here = await office();
  const [msisdn, imsi, address] = ['999790004711', '999010000004711', 'Somebody@Example.org'];
  await here.act((desk) =>
    queueNotice(desk, {
      template: 'one_time_code',
      to: [
        { channel: 'email', address },
        { channel: 'operator', operator: 'alfa', imsi: imsi as Imsi, msisdn: msisdn as Msisdn },
      ],
      values: { code: '918273', minutes: 10 },
    }),
  );
  const channel = fakeChannel('email');
  channel.answer = () => ({ kind: 'refused', because: '550 5.1.1' });
  await sendAll(here, channel, NOW);
  assert.deepEqual(channel.given[0]?.to, { channel: 'email', address });
  assert.match(channel.given[0]?.text ?? '', /918273/);
  const tables = ['notice', 'notice_event', 'notice_due', 'notice_part', 'notice_receipt'];
  const rows = await Promise.all(tables.map((table) => here.registry.query(`SELECT * FROM ${table}`)));
  const all = JSON.stringify(rows).toLowerCase();
  for (const secret of [msisdn, imsi, address, '918273', 'your code'])
    assert.ok(!all.includes(secret.toLowerCase()), secret);
});

test('a code is not sent when it is no longer good, nor a notice before it is due', async () => {
  const here = await office();
  const code = { template: 'one_time_code', to: sms(1), values: { code: '918273', minutes: 10 } } as const;
  await here.act((desk) => queueNotice(desk, code));
  await here.act((desk) => queueNotice(desk, { ...received(sms(2)), due: later(30) }));
  const channel = fakeChannel();
  assert.equal(await sendAll(here, channel, later(10)), 0);
  assert.equal(await sendAll(here, channel, later(30)), 1);
  assert.equal(channel.given[0]?.template, 'theft_received');
});

test('at night only what is urgent is sent to telephones; letters go at any time', async () => {
  const here = await office(`quiet: { from: '21:00', until: '08:00' }`);
  const code = { template: 'one_time_code', to: sms(1), values: { code: '918273', minutes: 600 } } as const;
  const calm = { template: 'unblocked', values: { imei: IMEI, reference: 'A1' } } as const;
  await here.act(async (desk) => {
    await queueNotice(desk, code);
    await queueNotice(desk, { ...calm, to: sms(1) });
    await queueNotice(desk, { ...calm, to: { channel: 'email', address: 'a@example.org' } });
  });
  const [phone, mail] = [fakeChannel(), fakeChannel('email')];
  assert.equal(await sendAll(here, phone, '2026-09-07T19:00:00Z'), 1, '21:00 in Zurich');
  assert.equal(await sendAll(here, mail, '2026-09-07T19:00:00Z'), 1);
  assert.equal(await sendAll(here, phone, '2026-09-08T05:59:00Z'), 0);
  assert.equal(await sendAll(here, phone, '2026-09-08T06:00:00Z'), 1);
});

test('a contact of the wrong form is refused, and not repeated', async () => {
  const here = await office();
  const faultOf = (to: To) =>
    here
      .act((desk) => queueNotice(desk, received(to)))
      .then(
        () => undefined,
        (error: unknown) => (error instanceof Refused ? error.faults[0] : error),
      );
  const bad: readonly To[] = [
    { channel: 'sms', msisdn: '+41790000001' as Msisdn },
    { channel: 'email', address: 'a@b, c@d' },
    { channel: 'email', address: 'a@b\r\nBcc: c@d' },
    { channel: 'operator', operator: 'nobody', msisdn: '41790000001' as Msisdn },
    { channel: 'operator', operator: 'alfa' },
    { channel: 'webhook', url: 'http://hooks.example/x' },
    { channel: 'webhook', url: 'https://user:secret@hooks.example/x' },
  ];
  for (const to of bad) {
    const fault = (await faultOf(to)) as { code: string; message: string } | undefined;
    assert.equal(fault?.code, 'NOTICE_RECIPIENT', JSON.stringify(to));
    assert.doesNotMatch(fault?.message ?? '', /41790|a@b|secret/);
  }
  assert.equal(await faultOf({ channel: 'webhook', url: 'https://hooks.example/x' }), undefined);
});

test('the ledger is only added to', async () => {
  const here = await office();
  const id = await here.act((desk) => queueNotice(desk, received(sms(1))));
  await sendAll(here, fakeChannel('sms', true), NOW);
  await registerTexts(here.registry, NOW);
  await registerTexts(here.registry, NOW);
  for (const table of ['notice', 'notice_event', 'notice_part', 'notice_text']) {
    await assert.rejects(here.registry.query(`DELETE FROM ${table}`), /only added to/, table);
    if (table !== 'notice_text') await assert.rejects(here.registry.query(`UPDATE ${table} SET id = DEFAULT`), table);
  }
  await here.registry.query('UPDATE notice SET contacts = $2, content = $2 WHERE id = $1', [id, Buffer.from('anew')]);
  const [known] = await here.registry.query<{ text: string }>(
    'SELECT t.text FROM notice AS n JOIN notice_text AS t USING (version) WHERE n.id = $1',
    [id],
  );
  assert.match(known?.text ?? '', /We received your report about the device \{imei\}/);
});

test('what is settled is not sent any more', async () => {
  const here = await office();
  const one = await here.act((desk) => queueNotice(desk, received(sms(1))));
  await here.act((desk) => queueNotice(desk, { ...received(sms(2)), subject: { case: 'c2' } }));
  assert.equal(await here.act((desk) => withdrawNotices(desk, { case: 'c1' }, 'closed')), 1);
  assert.equal(await sendAll(here, fakeChannel(), NOW), 1);
  const [entry] = await ledgerOf(here.registry, { id: one });
  assert.deepEqual([entry?.state, entry?.steps[0]?.because], ['withdrawn', 'closed']);
});
