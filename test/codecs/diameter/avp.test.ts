import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { padded, splitAvps, writeAvp } from '../../../src/codecs/diameter/avp.ts';
import { ENTRIES } from '../../../src/codecs/diameter/dictionary.ts';
import { readHeader, writeMessage } from '../../../src/codecs/diameter/header.ts';
import { avp } from '../../../src/codecs/diameter/write.ts';

const word = fc.nat({ max: 0xffffffff });

test('what is written is read again, and padded to words', () => {
  const one = fc.tuple(fc.constantFrom(...ENTRIES), fc.uint8Array({ maxLength: 40 }));
  fc.assert(
    fc.property(fc.array(one, { maxLength: 12 }), (pairs) => {
      const bytes = Buffer.concat(pairs.map(([entry, value]) => writeAvp(entry, Buffer.from(value))));
      assert.equal(bytes.length % 4, 0);
      const { avps, wrong } = splitAvps(bytes, 12);
      assert.equal(wrong, undefined);
      assert.deepEqual(
        avps.map(({ code, vendor, flags, value }) => [code, vendor, flags, value.toString('hex')]),
        pairs.map(([entry, value]) => [entry.code, entry.vendor, entry.must, Buffer.from(value).toString('hex')]),
      );
    }),
  );
});

test('a header is read as it was written', () => {
  const some = fc.record({
    flags: fc.nat({ max: 255 }),
    command: fc.nat({ max: 0xffffff }),
    application: word,
    hopByHop: word,
    endToEnd: word,
  });
  fc.assert(
    fc.property(some, (header) => {
      const bytes = writeMessage(header, [avp('User-Name', '999')]);
      assert.equal(bytes.readUInt32BE(0), 0x01000000 + bytes.length);
      assert.deepEqual(readHeader(bytes), { ...header });
    }),
  );
});

test('no bytes whatever make splitting throw or read beyond the end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
      const { avps, wrong } = splitAvps(Buffer.from(octets), 50);
      const read = avps.reduce((sum, { whole }) => sum + padded(whole.length), 0);
      assert.ok(wrong !== undefined || read >= octets.length);
      assert.equal(wrong?.failed === undefined ? 0 : wrong.failed.length % 4, 0);
    }),
  );
});

test('the padding of the last AVP may be missing', () => {
  const bytes = avp('User-Name', '99901').subarray(0, 13);
  assert.equal(splitAvps(bytes, 1).avps[0]?.value.toString(), '99901');
});

test('an AVP that is too long or too short is shown by its header, with the least value of its type', () => {
  const long = avp('Auth-Session-State', 1);
  long.writeUIntBE(200, 5, 3);
  assert.equal(splitAvps(long, 9).wrong?.failed?.toString('hex'), '000001154000000c00000000');
  const short = avp('IMEI', '35693803564380');
  short.writeUIntBE(11, 5, 3);
  assert.equal(splitAvps(short, 9).wrong?.failed?.toString('hex'), '0000057ac000000d000028af00000000');
  const stump = Buffer.from('00000108', 'hex');
  assert.equal(splitAvps(stump, 9).wrong?.failed?.toString('hex'), '0000010800000008');
  assert.equal(splitAvps(stump, 9).wrong?.result, 5014);
});

test('addresses are written with their family', () => {
  const octets = (text: string): string => avp('Host-IP-Address', text).subarray(8).toString('hex');
  assert.equal(octets('192.0.2.1'), '0001c00002010000');
  assert.equal(octets('2001:db8::1'), '000220010db80000000000000000000000010000');
  assert.equal(octets('::'), `0002${'00'.repeat(16)}0000`);
  assert.equal(octets('fe80::1%eth0'), '0002fe8000000000000000000000000000010000');
  assert.equal(octets('::ffff:192.0.2.1'), '000200000000000000000000ffffc00002010000');
});
