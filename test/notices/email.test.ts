import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { Refused } from '../../src/faults/fault.ts';
import type { Channel, Outgoing, Receipt } from '../../src/notices/channel.ts';
import { readBounce } from '../../src/notices/email/bounce.ts';
import { type EmailOptions, emailChannel } from '../../src/notices/email/channel.ts';
import { makeAuthority, withoutOpenssl } from '../peers/certificates.ts';
import { startTelling, type Telling } from '../peers/lines.ts';

const notice = (address: string, text = 'You are told.'): Outgoing => ({
  id: '4711',
  to: { channel: 'email', address },
  language: 'en',
  template: 'theft_found',
  title: 'Your device',
  text,
});

/** A report as mail servers write it (RFC 3464), about a message. */
const report = (message: string, fields = 'Action: failed\r\nStatus: 5.1.1'): string => `From: MAILER-DAEMON@mx.example
To: bounces@authority.example
Content-Type: multipart/report;
 report-type=delivery-status; boundary="b1"
Message-ID: <ffffffffffffffffffffffff@mx.example>

--b1
Content-Type: text/plain

Your message to somebody@example.org could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; somebody@example.org
${fields}

--b1
Content-Type: text/rfc822-headers

Subject: Your device
Message-Id: <${message}@authority.example>

--b1--
`;
const NUMBER = '0123456789abcdef01234567';

test('a report of undelivered mail names the letter by the headers that it gives back', () => {
  assert.deepEqual(readBounce(report(NUMBER)), { message: NUMBER, state: 'refused', because: '5.1.1' });
  assert.deepEqual(readBounce(report(NUMBER).replaceAll('\n', '\r\n').replaceAll('\r\r', '\r')), {
    message: NUMBER,
    state: 'refused',
    because: '5.1.1',
  });
  assert.deepEqual(readBounce(report(NUMBER, 'Action: delivered\nStatus: 2.0.0')), {
    message: NUMBER,
    state: 'delivered',
  });
  assert.equal(readBounce(report(NUMBER, 'Action: delayed\nStatus: 4.4.1')), undefined);
  assert.equal(readBounce(report('other')), undefined);
  assert.equal(readBounce(report(NUMBER).replace('multipart/report', 'multipart/mixed')), undefined);
  assert.equal(
    readBounce(`Subject: Re: Your device\n\nAction: failed\nMessage-ID: <${NUMBER}@authority.example>\n`),
    undefined,
  );
  assert.equal(readBounce('no letter'), undefined);
});

suite('a mail server in another process', { skip: withoutOpenssl() }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-mail-'));
  const authority = makeAuthority(folder, 'ca');
  const { keyFile, certFile } = authority.issue('mail.example');
  const maildir = path.join(folder, 'bounces');
  let server: Telling;
  const open: Channel[] = [];
  before(async () => {
    server = await startTelling('mail_process.ts', [keyFile, certFile]);
    for (const name of ['new', 'cur', 'tmp']) mkdirSync(path.join(maildir, name), { recursive: true });
  });
  after(async () => {
    for (const channel of open) await channel.close();
    await server.close();
    rmSync(folder, { recursive: true });
  });
  const channelOf = (more: Partial<EmailOptions> = {}): Channel => {
    const channel = emailChannel({
      name: 'mail',
      host: '127.0.0.1',
      port: server.port,
      security: 'starttls',
      ca: authority.cert,
      user: { name: 'ceir', password: 'secret' },
      from: { address: 'ceir@authority.example', name: 'Communications Authority' },
      perSecond: 10,
      ...more,
    });
    open.push(channel);
    return channel;
  };
  const letters = () => server.seen.filter(({ is }) => is === 'letter');

  test('a letter goes encrypted and with a password, to its reader alone, with title and text', async () => {
    const text = 'Вам сообщают: ваше устройство будет заблокировано. № 7K3M-90QX-4ZD';
    assert.deepEqual(await channelOf().send([notice('reader@example.org', text)]), [
      { kind: 'accepted', messages: [] },
    ]);
    const letter = letters().at(-1);
    assert.deepEqual(
      [letter?.['secure'], letter?.['from'], letter?.['to']],
      [true, 'ceir@authority.example', ['reader@example.org']],
    );
    const source = String(letter?.['source']);
    for (const line of [
      /^From: Communications Authority <ceir@authority\.example>/m,
      /^To: reader@example\.org/m,
      /^Subject: Your device/m,
      /^Message-ID: <[0-9a-f]{24}@authority\.example>/m,
      /^Auto-Submitted: auto-generated/m,
      /^Content-Language: en/m,
      /^X-Notice: 4711/m,
    ])
      assert.match(source, line);
    const body = source.slice(source.indexOf('\r\n\r\n') + 4);
    const decoded = /base64/i.test(source)
      ? Buffer.from(body, 'base64').toString('utf8')
      : Buffer.from(
          body
            .replace(/=\r\n/g, '')
            .replace(/=([0-9A-F]{2})/g, (_, octet) => String.fromCharCode(Number.parseInt(octet, 16))),
          'latin1',
        ).toString('utf8');
    assert.equal(decoded.replaceAll('\r\n', '\n').trim(), `${text}\n\n-- \nCommunications Authority`);
  });

  test('what the server refuses is told by its codes, without the address', async () => {
    const answers = await channelOf().send(
      ['unknown@example.org', 'full@example.org', 'reader@example.org'].map((to) => notice(to)),
    );
    assert.deepEqual(answers, [
      { kind: 'refused', because: '550 5.1.1' },
      { kind: 'later', because: '452 4.2.2', spares: false },
      { kind: 'accepted', messages: [] },
    ]);
    const [closing] = await channelOf().send([notice('closing@example.org')]);
    assert.ok(closing?.kind === 'later' && closing.spares, JSON.stringify(closing));
  });

  test('the server’s own trouble is no attempt of a letter, and the server is left alone for a while', async () => {
    const wrong: readonly (readonly [Partial<EmailOptions>, RegExp])[] = [
      [{ user: { name: 'ceir', password: 'wrong' } }, /^EAUTH$/],
      [{ ca: undefined }, /^E(?:TLS|SOCKET|CONNECTION)$/],
      [{ port: 1 }, /^E(?:SOCKET|CONNECTION|CONNREFUSED)$/],
    ];
    for (const [options, because] of wrong) {
      const channel = channelOf(options);
      assert.equal(channel.ready(), true);
      const [answer] = await channel.send([notice('reader@example.org')]);
      assert.ok(answer?.kind === 'later' && answer.spares, JSON.stringify(answer));
      assert.match(answer.because, because);
      assert.equal(channel.ready(), false);
    }
  });

  test('letters that come back are failures of the notice', async () => {
    const channel = channelOf({ bounces: { address: 'bounces@authority.example', maildir } });
    const [answer] = await channel.send([notice('later@example.org')]);
    assert.ok(answer?.kind === 'accepted');
    assert.equal(letters().at(-1)?.['from'], 'bounces@authority.example');
    const [message = ''] = answer.messages;
    writeFileSync(path.join(maildir, 'new', '1.mx'), report(message));
    writeFileSync(path.join(maildir, 'new', '2.mx'), 'Subject: holidays\n\nI am away.\n');
    const receipts: Receipt[] = [];
    const take = async (receipt: Receipt) => void receipts.push(receipt);
    await assert.rejects(channel.collect?.(() => Promise.reject(new Error('no registry'))) ?? Promise.resolve());
    await channel.collect?.(take);
    await channel.collect?.(take);
    assert.deepEqual(receipts, [{ gateway: 'smtp:mail', message, state: 'refused', because: '5.1.1' }]);
    assert.deepEqual(readdirSync(path.join(maildir, 'cur')).sort(), ['1.mx:2,S', '2.mx:2,S']);
    assert.deepEqual(readdirSync(path.join(maildir, 'new')), []);
    const lost = channelOf({ bounces: { address: 'b@a.example', maildir: path.join(folder, 'none') } });
    await assert.rejects(
      lost.collect?.(take) ?? Promise.resolve(),
      (error) => error instanceof Refused && error.faults[0]?.code === 'NOTICE_CHANNEL',
    );
  });
});
