import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { begin, dataOf, hex, invoke, ipa, ipaFrames, request, tlv, udt } from '../../peers/msc.ts';
import { ground, session } from './ground.ts';

const V1_WHITE = '64154904000000016c0da20b020101300602012b0a0100';

suite('dialogues that open before they ask', () => {
  const opening = tlv('62', '480400000001', request('02'));

  test('are accepted, and answered in the end', () => {
    const { ask, counted } = session();
    const opened = ask(opening);
    const [, own] =
      /^65..48 04 (?<own>.{8}) 49 04 00000001/.exec(
        opened.replace(/^(..)(..)(..)(..)(.{8})(..)(..)/, '$1$2$3 $4 $5 $6 $7 '),
      ) ?? [];
    assert.ok(own !== undefined && opened.endsWith('a203020100a305a103020100'));
    const question = tlv(
      '65',
      '480400000001',
      `4904${own}`,
      tlv('6c', invoke({ version: 2, imei: '356938030000010' })),
    );
    assert.equal(ask(question), V1_WHITE, 'no second dialogue portion');
    assert.equal(ask(question), '67094904000000014a0101', 'the transaction is over');
    assert.equal(counted.get('map_answer permitted'), 1);
  });

  test('are bounded in number and in time', () => {
    let now = 1000;
    const { ask, counted } = session({ limits: { held: 2, heldMs: 50 }, now: () => now });
    assert.match(ask(opening), /^65/);
    assert.match(ask(opening), /^65/);
    assert.equal(ask(opening), '67094904000000014a0104');
    now += 51;
    assert.match(ask(opening), /^65/);
    assert.equal(counted.get('map_held expired'), 2);
  });
});

suite('while the centre is asked', () => {
  const waits = (transaction: string): Buffer => begin({ version: 3, imei: '356938030000040', transaction });

  test('others are answered, and the answer finds its way when it comes', async () => {
    const { tell, made, answers, release } = session();
    const calling = '12 08 00 12 04 94 71 00 21';
    const held = Buffer.concat([
      ipa('fd', udt(waits('0000000a'), { calling })),
      ipa('fd', udt(begin({ version: 1, imei: '356938030000010' }))),
    ]);
    made.receive(held);
    const [first] = answers();
    assert.equal(first === undefined ? '' : dataOf(first).toString('hex'), V1_WHITE);
    assert.equal(made.outstanding(), 1);
    held.fill(0); // what was read may be used again
    release();
    await turn();
    const [late] = answers();
    assert.ok(late !== undefined);
    assert.equal(late.toString('hex', 6, 15), hex(calling).toString('hex'), 'it goes back to the calling address');
    assert.match(dataOf(late).toString('hex'), /^64434904 ?0000000a.*0a0100$/);
    assert.deepEqual([made.outstanding(), tell().length], [0, 0]);
  });

  test('no more than a bound may wait: above it, systemFailure', async () => {
    const { tell, made, release, answers, counted } = session({ limits: { outstanding: 2 } });
    const backs = tell(...['01', '02', '03'].map((last) => udt(waits(`000000${last}`))));
    assert.equal(backs.length, 1);
    assert.match(dataOf(backs[0] ?? Buffer.alloc(0)).toString('hex'), /490400000003.*a306020101020122$/);
    release();
    await turn();
    assert.deepEqual([answers().length, made.outstanding(), counted.get('map_answer system-failure')], [2, 0, 1]);
  });

  test('an answer whose link is gone is counted', async () => {
    const { tell, made, release, end, counted } = session();
    tell(udt(waits('00000001')));
    made.gone();
    release();
    await turn();
    assert.deepEqual([end.take().length, counted.get('map_drop late')], [0, 1]);
  });

  test('a checker that fails costs one answer', () => {
    const on = ground();
    const failing = {
      check: () => {
        throw new Error('of the test');
      },
      ask: on.checker.ask,
    };
    const { ask } = session({ checker: failing }, on);
    assert.match(ask(begin({ version: 1, imei: '356938030000010' })), /a306020101020122$/);
  });
});

test('all answers to one read go out in one write, however many', () => {
  const { made, end } = session();
  const question = ipa('fd', udt(begin({ version: 1, imei: '356938030000010' })));
  made.receive(Buffer.concat(Array.from({ length: 5000 }, () => question)));
  assert.deepEqual([end.sent.length, [...ipaFrames(end.take())].length], [1, 5000]);
});
