import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { noticesOf } from '../../../src/country/notices.ts';
import type { Msisdn } from '../../../src/identifiers/msisdn.ts';
import { REFERENCE_BYTES, referenceOf } from '../../../src/identifiers/reference.ts';
import { checksOver } from '../../../src/notices/check/serve.ts';
import type { Verdict } from '../../../src/notices/check/verdict.ts';
import { ledgerOf } from '../../../src/notices/ledger.ts';
import { queueNotice } from '../../../src/notices/queue.ts';
import { runSender } from '../../../src/notices/sender.ts';
import { smsChannel } from '../../../src/notices/sms/channel.ts';
import { openLink } from '../../../src/notices/sms/link.ts';
import { freshRegistry } from '../../office.ts';
import { GSUP_PORT, loopback, startHlr, without } from '../../peers/osmocom.ts';
import { type Phone, startPhone } from '../../peers/phone.ts';
import { giveNumber, type Smsc, startSmsc } from '../../peers/smsc.ts';
import { countryOf, IMEI, officeOf } from '../ground.ts';
import { eventually } from '../wait.ts';

const IMSI = '001010000000001';
const NUMBER = '41790000001' as Msisdn;
const ESME = { systemId: 'ceir', password: 'secret' };

const ends: (() => unknown)[] = [];
after(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** OsmoHLR, OsmoMSC as message centre, and one phone with a number. */
async function network(): Promise<{ readonly smsc: Smsc; readonly phone: Phone; readonly again: () => Promise<Smsc> }> {
  const host = await loopback(GSUP_PORT);
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-smsc-'));
  const hlr = await startHlr(host, path.join(folder, 'hlr.db'));
  ends.push(async () => {
    await hlr.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const phone = await startPhone(2, 1, IMSI);
  ends.push(phone.close);
  let smsc = await startSmsc({ host, bsc: phone.port, ...ESME });
  ends.push(() => smsc.stop());
  await eventually(() => phone.resets() === 1, 'the MSC');
  await phone.attach();
  await giveNumber(host, IMSI, NUMBER);
  assert.equal(await phone.attach(), 'accept');
  const again = async (): Promise<Smsc> => {
    smsc = await startSmsc({ host, bsc: phone.port, ...ESME, port: smsc.port });
    await eventually(() => phone.resets() === 2, 'the MSC again');
    return smsc;
  };
  return { smsc, phone, again };
}

const linkTo = (port: number) => ({ host: '127.0.0.1', port, ...ESME, retryMs: 50 });
const NIGHT = `quiet: { from: '00:00', until: '00:00' }`;
const SMS = 'sms: { sender: CEIR, per_second: 100 }';

suite('OsmoMSC as message centre', { skip: without('osmo-msc', 'osmo-hlr', 'gcc') }, () => {
  let net: Awaited<ReturnType<typeof network>>;
  before(async () => {
    net = await network();
  });

  test('notices reach a phone in every script and length, and their receipts the ledger', async () => {
    const { smsc, phone } = net;
    const here = officeOf(await freshRegistry(), countryOf(`${NIGHT}, ${SMS}`));
    const channel = smsChannel({
      name: 'osmo',
      link: linkTo(smsc.port),
      policy: noticesOf(here.policy).sms,
      // its answers number nothing: «msg_id_not_implemented»
      naming: { by: 'reference', pseudonym: (msisdn) => here.vault.pseudonym('msisdn', msisdn) },
    });
    ends.push(channel.close);
    await eventually(channel.ready, 'the bind');
    const end = new AbortController();
    const running = runSender(here.registry, { ...here, channels: [channel], restMs: 20 }, end.signal);
    ends.push(() => end.abort());

    const to = { channel: 'sms', msisdn: NUMBER } as const;
    const values = { imei: IMEI, reference: '7K3M-90QX-4ZD' };
    const ladder = { ...values, reason: 'duplicate', blockOn: '2026-12-24' as never } as const;
    const now = new Date();
    const ids = await here.act(
      async (desk) => [
        await queueNotice(desk, { template: 'theft_found', to, values }),
        await queueNotice(desk, { template: 'ladder_first', to, values: ladder }),
        await queueNotice(desk, { template: 'theft_found', to, language: 'ar', values }),
        await queueNotice(desk, { template: 'ladder_first', to, language: 'ru', values: ladder }),
      ],
      now,
    );
    const delivered = async (): Promise<boolean> => {
      const entries = await Promise.all(ids.map((id) => ledgerOf(here.registry, { id })));
      return entries.flat().every(({ state }) => state === 'delivered');
    };
    await eventually(delivered, 'receipts of all');
    end.abort();
    await running;
    await channel.close();

    const texts = phone.got.map(({ text }) => text);
    assert.equal(texts.length, ids.length);
    assert.ok(phone.got.every(({ number }) => number === 'CEIR'));
    const got = (start: string): string => texts.find((text) => text.startsWith(start)) ?? '';
    assert.match(
      got('You told us'),
      /^You told us that you have the device 350000000000014 again\..* Ref\. 7K3M-90QX-4ZD$/,
    );
    assert.match(
      got('Your device'),
      /will be blocked on December 24, 2026\. .*To object: ask your operator\. Ref\. 7K3M-90QX-4ZD$/,
    );
    assert.match(got('أخبرتنا'), /\u2068350000000000014\u2069.*\u20687K3M-90QX-4ZD\u2069$/);
    assert.match(got('Ваше'), /будет заблокировано 24 декабря 2026 года\. .*Номер: 7K3M-90QX-4ZD$/);
  });

  test('a phone that sends an IMEI gets an answer of one part', async () => {
    const { smsc, phone } = net;
    const policy = countryOf(`${SMS}, check: { preset: cambodia, bare: true }`);
    const verdict: Verdict = {
      imei: IMEI,
      verdict: 'clear',
      statuses: ['registered'],
      reference: referenceOf(new Uint8Array(REFERENCE_BYTES)),
      validUntil: new Date('2026-12-24T10:00:00Z'),
    };
    const check = { check: (imei: typeof IMEI) => Promise.resolve({ ...verdict, imei }) };
    const channel = smsChannel({
      name: 'osmo',
      link: linkTo(smsc.port),
      policy: noticesOf(policy).sms,
      onMessage: checksOver({ check, policy }),
    });
    ends.push(channel.close);
    await eventually(channel.ready, 'the bind');
    const asked = async (text: string): Promise<string> => {
      const before = phone.got.length;
      assert.equal(await phone.send({ number: '1205', text }), 'accepted');
      await eventually(() => phone.got.length > before, `an answer to ${text}`);
      const { number, text: answer } = phone.got.at(-1) ?? { number: '', text: '' };
      assert.equal(number, '1205', 'from the number that was asked');
      return answer;
    };
    const ok =
      /^490154203237518: OK, nothing against it, registered\. Compare with \*#06#\. Ref 0000-0000-000, valid to 2026-12-24 11:00$/;
    assert.match(await asked('CHK 490154203237518'), ok);
    assert.match(await asked('chk ٤٩٠١٥٤٢٠٣٢٣٧٥١٨'), ok);
    assert.match(
      await asked('CHK 490154203237518 / 356938035643809'),
      /^7518 OK 00000000000\n3809 OK 00000000000\n2026-12-24$/,
    );
    await channel.close();
  });

  test('a wrong password is told; a centre that was killed and comes again is bound to again', async () => {
    const { smsc, phone, again } = net;
    const wrong = openLink({ ...linkTo(smsc.port), password: 'wrong' });
    ends.push(wrong.close);
    await eventually(() => wrong.trouble() === 'ESME_RINVPASWD', 'the refusal');
    assert.equal(await wrong.submit({}), 'unsent');

    const link = openLink(linkTo(smsc.port));
    ends.push(link.close);
    await eventually(link.bound, 'the bind');
    await smsc.stop();
    await eventually(() => !link.bound(), 'the end of the connection');
    await again();
    await eventually(link.bound, 'the bind after the kill');
    assert.equal(await phone.attach(), 'accept');
    const answer = await link.submit({
      destination_addr: NUMBER,
      dest_addr_ton: 1,
      short_message: Buffer.from('again'),
    });
    assert.notEqual(typeof answer, 'string');
    await eventually(() => phone.got.some(({ text }) => text === 'again'), 'the message');
  });
});
