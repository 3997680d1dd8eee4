import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PlainReader } from '../../../src/codecs/diameter/plain.ts';
import { avp, type Values } from '../../../src/codecs/diameter/write.ts';
import { digitChecker, drive } from './harness.ts';
import { cer, EIR, ecr, MME, terminal } from './messages.ts';

const digits = (least: number, most: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: least, maxLength: most });
/** Mostly good, at times anything. */
const mostly = <T>(good: fc.Arbitrary<T>, other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: good, weight: 30 }, { arbitrary: other, weight: 1 });
const text = fc.string({ maxLength: 20 });
const names = (...good: readonly string[]): fc.Arbitrary<string> => mostly(fc.constantFrom(...good), text);

const equipment = fc
  .tuple(mostly(digits(14, 16), text), fc.option(mostly(digits(2, 2), text), { nil: undefined }), fc.nat({ max: 30 }))
  .map(([imei, svn, order]) => {
    const avps = terminal(imei, svn);
    return order === 0 ? avps.toReversed() : order === 1 ? [...avps, ...avps] : avps;
  });

/** ECRs as networks send them, with whatever may be unusual in them. */
const request = fc
  .record({
    session: mostly(
      digits(0, 9).map((id) => `${MME.host};${id}`),
      fc.string({ unit: 'grapheme' }),
    ),
    state: mostly(fc.constantFrom(0, 1), fc.nat({ max: 9 })),
    host: names(MME.host, 'mme2.localdomain', 'a'),
    realm: names(MME.realm, 'localdomain', 'epc.mnc002.mcc999.3gppnetwork.org'),
    toHost: fc.option(names(EIR.host, 'EIR.localdomain'), { nil: undefined }),
    toRealm: names(EIR.realm, 'LocalDomain'),
    route: fc.array(names('dra.localdomain', 'eir.localdomain', 'eir.localdomair'), { maxLength: 2 }),
    vsai: fc.nat({ max: 30 }),
    equipment,
    user: fc.option(mostly(digits(6, 15), text), { nil: undefined }),
    hopByHop: fc.nat({ max: 0xffffffff }),
    endToEnd: fc.nat({ max: 0xffffffff }),
    flags: mostly(
      fc.constant(0xc0),
      fc.nat({ max: 255 }).map((flags) => flags | 0x80),
    ),
    more: mostly(
      fc.constant<Buffer[]>([]),
      fc.constantFrom<Buffer[]>(
        [avp('DRMP', 3)],
        [avp('Proxy-Info', [avp('Proxy-Host', 'p'), avp('Proxy-State', 's')])],
      ),
    ),
    noise: mostly(fc.constant(undefined), fc.tuple(fc.nat(), fc.nat({ max: 255 }))),
  })
  .map((one) => {
    const values: Values = {
      'Session-Id': one.session,
      'Auth-Session-State': one.state,
      'Origin-Host': one.host,
      'Origin-Realm': one.realm,
      ...(one.toHost === undefined ? {} : { 'Destination-Host': one.toHost }),
      'Destination-Realm': one.toRealm,
      'Terminal-Information': one.equipment,
      ...(one.user === undefined ? { 'User-Name': { each: [] } } : { 'User-Name': one.user }),
      'Route-Record': { each: one.route },
      ...(one.vsai < 15
        ? {}
        : {
            'Vendor-Specific-Application-Id': [
              avp('Vendor-Id', one.vsai === 15 ? 1 : 10415),
              avp('Auth-Application-Id', 16777252),
            ],
          }),
    };
    const { flags, hopByHop, endToEnd, more } = one;
    const bytes = ecr({ values, flags, hopByHop, endToEnd, more });
    // An octet changed anywhere after the length.
    if (one.noise !== undefined) bytes.writeUInt8(one.noise[1], 4 + (one.noise[0] % (bytes.length - 4)));
    return bytes;
  });

const hex = (messages: readonly Buffer[]): readonly string[] => messages.map((one) => one.toString('hex'));

test('the short way gives the same octets and asks the same as the general one', () => {
  let short = 0;
  const reader = new PlainReader(EIR);
  for (const realm of [MME.realm, 'localdomain', 'epc.mnc002.mcc999.3gppnetwork.org']) reader.learn(realm);
  fc.assert(
    fc.property(fc.array(request, { minLength: 1, maxLength: 12 }), (requests) => {
      const [plain, general] = [true, false].map((way) => {
        const { checker, heard } = digitChecker();
        return { driven: drive({ plain: way, checker }), heard };
      });
      assert.ok(plain !== undefined && general !== undefined);
      for (const { driven } of [plain, general]) driven.tell(cer());
      // The realms are learnt by what comes first, so that every request finds the short way open.
      const all = Buffer.concat([...requests, ...requests]);
      assert.deepEqual(hex(plain.driven.tell(all)), hex(general.driven.tell(all)));
      assert.deepEqual(plain.heard, general.heard);
      assert.deepEqual(plain.driven.counts, general.driven.counts);
      assert.equal(plain.driven.closed(), general.driven.closed());
      for (const one of requests)
        short += reader.read(new DataView(one.buffer, one.byteOffset, one.length), 0, one.length) ? 1 : 0;
    }),
    { numRuns: 400 },
  );
  assert.ok(short > 100, `${short} requests took the short way`);
});

test('the short way takes an ECR as networks send it, and reads its numbers', () => {
  const reader = new PlainReader(EIR);
  assert.equal(reader.learn(MME.realm), 0);
  const read = (bytes: Buffer): boolean =>
    reader.read(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
  assert.ok(read(ecr()));
  assert.deepEqual([reader.imei, reader.svn, reader.imsi, reader.realm], [35693803564380, 1, 999010000000001, 0]);
  assert.ok(
    read(ecr({ values: { 'Terminal-Information': terminal('9999999999999912'), 'Destination-Host': EIR.host } })),
  );
  assert.deepEqual([reader.imei, reader.svn], [99999999999999, 12]);
  assert.ok(read(ecr({ values: { 'Terminal-Information': terminal('000000000000000'), 'User-Name': '001010' } })));
  assert.deepEqual([reader.imei, reader.svn, reader.imsi], [0, -1, 1010]);
  assert.ok(!read(ecr({ flags: 0xd0 })), 'a repeated one is for the general way');
});

test('the short way does not read beyond the message, whatever its octets and wherever it ends', () => {
  const reader = new PlainReader(EIR);
  reader.learn(MME.realm);
  const good = ecr();
  const changes = fc.array(fc.tuple(fc.nat({ max: good.length - 1 }), fc.nat({ max: 255 })), { maxLength: 4 });
  fc.assert(
    fc.property(changes, fc.integer({ min: -good.length / 4, max: 4 }), (octets, words) => {
      const bytes = Buffer.concat([good, Buffer.alloc(16)]).subarray(0, good.length + 4 * words);
      for (const [at, octet] of octets) if (at < bytes.length) bytes.writeUInt8(octet, at);
      const exact = new Uint8Array(bytes).buffer;
      assert.equal(typeof reader.read(new DataView(exact), 0, bytes.length), 'boolean');
    }),
    { numRuns: 4000 },
  );
});
