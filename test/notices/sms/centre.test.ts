import assert from 'node:assert/strict';
import { after, afterEach, before, suite, test } from 'node:test';
import { noticesOf } from '../../../src/country/notices.ts';
import type { Msisdn } from '../../../src/identifiers/msisdn.ts';
import type { Outgoing, Receipt } from '../../../src/notices/channel.ts';
import { checksOver } from '../../../src/notices/check/serve.ts';
import type { Check } from '../../../src/notices/check/verdict.ts';
import { type SmsChannel, type SmsOptions, smsChannel } from '../../../src/notices/sms/channel.ts';
import { readReceipt } from '../../../src/notices/sms/receipt.ts';
import { type Centre, startCentre } from '../../peers/centre.ts';
import { countryOf } from '../ground.ts';
import { eventually } from '../wait.ts';

let centre: Centre;
before(async () => {
  centre = await startCentre();
});
after(() => centre.close());

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type Opened = { readonly channel: SmsChannel; readonly receipts: Receipt[]; readonly from: number };

async function opened(options: Partial<SmsOptions> = {}, link: Partial<SmsOptions['link']> = {}): Promise<Opened> {
  const from = centre.seen.length;
  const channel = smsChannel({
    name: 'centre',
    policy: noticesOf(countryOf('sms: { sender: CEIR }')).sms,
    naming: { by: 'hex number' },
    throttleMs: 1,
    ...options,
    link: {
      host: '127.0.0.1',
      port: centre.port,
      systemId: 'ceir',
      password: 'secret',
      retryMs: 1,
      answerMs: 60_000,
      ...link,
    },
  });
  ends.push(channel.close);
  const receipts: Receipt[] = [];
  channel.listen?.(async (receipt) => void receipts.push(receipt));
  await eventually(channel.ready, 'the bind');
  return { channel, receipts, from };
}

const notice = (number: number, text = 'You are told.'): Outgoing => ({
  id: String(number),
  to: { channel: 'sms', msisdn: String(999_790_000_000 + number) as Msisdn },
  language: 'en',
  template: 'theft_found',
  title: 'Your device',
  text,
});
const submits = (from: number) => centre.seen.slice(from).filter(({ is }) => is === 'submit');

suite('a message centre of the library’s own, in another process', () => {
  test('binds as transceiver in version 3.4, asks whether the centre is there, and unbinds', async () => {
    const { channel, from } = await opened({}, { enquireMs: 20 });
    const [bind] = centre.seen.slice(from);
    assert.deepEqual(bind, { is: 'bind', command: 'bind_transceiver', systemId: 'ceir', version: 0x34, right: true });
    await eventually(() => centre.of('enquire_link').length > 1, 'questions');
    await channel.close();
    assert.ok(centre.of('unbind').length > 0);
    assert.equal(channel.ready(), false);
  });

  test('receipts name the message as its answer did, whatever their form, and however early they come', async () => {
    const { channel, receipts, from } = await opened();
    const answers = await channel.send([notice(10), notice(11), notice(20), notice(21), notice(16)]);
    await eventually(() => receipts.length === 5, 'receipts');
    const numbers = answers.map((answer) => (answer.kind === 'accepted' ? answer.messages[0] : answer.because));
    const state = (at: number) => receipts.find(({ message }) => message === numbers[at]);
    assert.deepEqual(
      [0, 2, 4].map((at) => state(at)?.state),
      ['delivered', 'delivered', 'delivered'],
    );
    for (const at of [1, 3]) assert.match(state(at)?.because ?? '', /^UNDELIV(?: 042)?$/);
    assert.ok(receipts.every(({ gateway }) => gateway === 'smpp:centre'));
    assert.ok(submits(from).every(({ receipt, from: sender, ton }) => receipt === 1 && sender === 'CEIR' && ton === 5));
  });

  test('a receipt that could not be recorded is refused for now, and the sender is told', async () => {
    const { channel, from } = await opened();
    channel.listen?.(() => Promise.reject(new Error('no registry')));
    await channel.send([notice(10)]);
    await eventually(
      () => centre.seen.slice(from).some(({ is, status }) => is === 'receipted' && status === 0x64),
      'the refusal',
    );
    await assert.rejects(channel.collect?.(async () => undefined) ?? Promise.resolve(), /no registry/);
    await channel.collect?.(async () => undefined);
  });

  test('a long text is cut into parts with headers, or goes whole as payload', async () => {
    const long = 'To be told at length. '.repeat(14).trim();
    const wide = 'Долго говорить. '.repeat(10).trim();
    for (const options of [{}, { long: 'payload' as const }]) {
      const { channel, from } = await opened(options);
      const answers = await channel.send([notice(8, long), notice(8, wide), notice(8, 'short')]);
      assert.deepEqual(
        answers.map((answer) => answer.kind === 'accepted' && answer.messages.length),
        options.long ? [1, 1, 1] : [3, 3, 1],
      );
      const sent = submits(from);
      const text = (coding: number): string =>
        sent
          .filter((one) => one['coding'] === coding)
          .map((one) => one['text'])
          .join('');
      assert.equal(text(0), `${long}short`);
      assert.equal(text(8), wide);
      const headers = sent.map((one) => one['parts']);
      assert.deepEqual(headers.toSorted(), options.long ? [0, 0, 0] : [0, 1, 1, 1, 1, 1, 1]);
      await channel.close();
    }
  });

  test('a code tells the centre until when it is good; a transmitter asks for no receipt', async () => {
    const { channel, from } = await opened({}, { bind: 'transmitter' });
    const [answer] = await channel.send([{ ...notice(10), until: new Date(Date.now() + 600_000) }]);
    assert.deepEqual(answer, { kind: 'accepted', messages: [] });
    const [sent] = submits(from);
    assert.deepEqual([sent?.['validity'], sent?.['receipt'], channel.receipts], [true, 0, false]);
  });

  test('what the centre says decides: for good, later, or with patience', async () => {
    const { channel } = await opened();
    const answers = await channel.send([notice(2), notice(7), notice(3)]);
    assert.deepEqual(
      answers.map(({ kind, ...rest }) => [kind, 'because' in rest && rest.because]),
      [
        ['refused', 'ESME_RINVDSTADR'],
        ['later', 'ESME_RSYSERR'],
        ['accepted', false],
      ],
    );
    const [torn] = await channel.send([notice(5)]);
    assert.deepEqual(torn, { kind: 'later', because: 'lost', spares: false }, 'nobody knows whether it has it');
    await eventually(channel.ready, 'the bind after the loss');
  });

  test('a message without an answer may have been taken: it is tried again, as an attempt', async () => {
    const { channel } = await opened({}, { answerMs: 200 });
    assert.deepEqual(await channel.send([notice(4)]), [{ kind: 'later', because: 'lost', spares: false }]);
    await channel.close();
    assert.deepEqual(await channel.send([notice(8)]), [{ kind: 'later', because: 'unsent', spares: true }]);
  });

  test('no more messages are without answer than the window has', async () => {
    const { channel, from } = await opened({}, { window: 3 });
    const answers = await channel.send(Array.from({ length: 40 }, () => notice(8)));
    assert.ok(answers.every(({ kind }) => kind === 'accepted'));
    const most = Math.max(...submits(from).map((one) => Number(one['open'])));
    assert.ok(most > 1 && most <= 3, String(most));
  });

  test('whatever the centre does, the link is made again', async () => {
    const { channel, from } = await opened();
    const binds = (): number => centre.seen.slice(from).filter(({ is }) => is === 'bind').length;
    for (const [at, what] of (['drop', 'unbind', 'huge'] as const).entries()) {
      centre.tell(what);
      await eventually(() => binds() === at + 2 && channel.ready(), `the bind after ${what}`);
    }
    centre.tell('unknown');
    await eventually(() => centre.of('answered').length > 0, 'an answer');
    assert.equal(centre.of('answered')[0]?.['status'], 3, 'ESME_RINVCMDID');
    centre.tell('garbage');
    const [after] = await channel.send([notice(8)]);
    assert.equal(after?.kind, 'accepted');
  });
});

suite('what people send, over the library’s centre', () => {
  const check: Check = { check: () => Promise.reject(new Error('no registry')) };
  const policy = countryOf('check: { preset: cambodia, per_hour: 3 }');
  const mobile = { source_addr: '41790000001', source_addr_ton: 1, source_addr_npi: 1, destination_addr: '1205' };

  test('a session goes on by what was typed, and ends with its answer', async () => {
    const { from } = await opened({
      onMessage: checksOver({ check, policy, clock: () => new Date('2026-09-07T10:00:00Z') }),
    });
    const typed = async (text: string, operation: number) => {
      const before = submits(from).length;
      centre.tell({ ...mobile, short_message: text, service_type: 'USSD', ussd_service_op: operation });
      await eventually(() => submits(from).length > before, `an answer to ${text}`);
      const answer = submits(from).at(-1);
      return [answer?.['ussd'], String(answer?.['text']).split('\n')[0], answer?.['to'], answer?.['from']];
    };
    const back = ['41790000001', '1205'];
    assert.deepEqual(await typed('*1205#', 1), [2, '1 Check a device', ...back]);
    assert.deepEqual(await typed('1', 18), [2, 'Type the 15 digits of the IMEI (*#06#):', ...back]);
    assert.deepEqual(await typed('123', 18), [2, 'That has 3 digits, an IMEI has 15. Dial *#06# to see it.', ...back]);
  });

  test('numbers that ask too often get no answer; a check that fails says so, and the sender is told', async () => {
    const { channel, from } = await opened({
      onMessage: checksOver({ check, policy, clock: () => new Date('2026-09-07T10:00:00Z') }),
    });
    for (let time = 0; time < 5; time += 1) centre.tell({ ...mobile, short_message: 'CHK 490154203237518' });
    await eventually(() => submits(from).length >= 3, 'answers');
    await assert.rejects(channel.collect?.(async () => undefined) ?? Promise.resolve(), /no registry/);
    centre.tell({ ...mobile, source_addr: '41790000002', short_message: 'hello' });
    await eventually(() => submits(from).some(({ to }) => to === '41790000002'), 'the answer to another');
    const answers = submits(from).filter(({ to }) => to === '41790000001');
    assert.deepEqual(
      new Set(answers.map((one) => one['text'])),
      new Set(['We cannot answer now. Please try again later.']),
    );
    assert.equal(answers.length, 3);
  });
});

test('of a long message only the first part is a question', async () => {
  const asked: unknown[] = [];
  const link = {
    submit: async (unit: unknown) => {
      asked.push(unit);
      return 'unsent' as const;
    },
  };
  const check: Check = { check: () => Promise.reject(new Error('not asked')) };
  const take = checksOver({ check, policy: countryOf() });
  const part = (header: string): object => ({
    source_addr: '41790000001',
    short_message: { udh: [Buffer.from(header, 'hex')], message: 'hello' },
  });
  const taken = (pdu: object) => take(pdu as Readonly<Record<string, unknown>>, link as never);
  for (const header of ['0003aa0202', '0804aaaa0202']) await taken(part(header));
  await taken({ ...part(''), short_message: 'hello', sar_segment_seqnum: 2 });
  assert.equal(asked.length, 0);
  for (const header of ['0003aa0201', '0804aaaa0201', '0102ffff']) await taken(part(header));
  assert.equal(asked.length, 3);
});

test('receipts are read by parameters or by text, and only when they are final', () => {
  const text = (stat: string): object => ({
    esm_class: 4,
    short_message: { message: `id:0A1 sub:001 stat:${stat} err:011 text:hi` },
  });
  const read = (pdu: object) => {
    const { state, because, message } = readReceipt(pdu as Readonly<Record<string, unknown>>) ?? {};
    return [state, because, message];
  };
  assert.deepEqual(read(text('DELIVRD')), ['delivered', undefined, '0A1']);
  assert.deepEqual(read(text('REJECTD')), ['refused', 'REJECTD 011', '0A1']);
  for (const stat of ['ENROUTE', 'ACCEPTD', 'NONSENSE'])
    assert.deepEqual(read(text(stat)), [undefined, undefined, undefined]);
  assert.deepEqual(read({ esm_class: 4, receipted_message_id: '7', message_state: 3 }), ['refused', 'EXPIRED', '7']);
  assert.deepEqual(read({ esm_class: 4, receipted_message_id: '7', message_state: 1 }), [
    undefined,
    undefined,
    undefined,
  ]);
  assert.deepEqual(
    read({ ...text('DELIVRD'), esm_class: 0x20 }),
    [undefined, undefined, undefined],
    'a notification on the way',
  );
  assert.deepEqual(read({ ...text('DELIVRD'), esm_class: 0 }), [undefined, undefined, undefined], 'somebody wrote so');
});
