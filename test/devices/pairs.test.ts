import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Desk } from '../../src/access/desk.ts';
import { imeisOf } from '../../src/devices/device.ts';
import { addIdentifier, deviceOf, enterDevice } from '../../src/devices/enter.ts';
import { findDevice } from '../../src/devices/find.ts';
import type { PairChange } from '../../src/devices/pairs/change.ts';
import { moveByPort, moveBySimChange, repairByCode } from '../../src/devices/pairs/moves.ts';
import { numbersOf, pairsOf, pairsOfSubscriber, readNumbers, simsOf } from '../../src/devices/pairs/pair.ts';
import { type NewPair, pair, unpair } from '../../src/devices/pairs/pairing.ts';
import { pairsToPlace } from '../../src/devices/pairs/placing.ts';
import { Refused } from '../../src/faults/fault.ts';
import type { Imei } from '../../src/identifiers/imei.ts';
import { freshRegistry } from '../office.ts';
import { ANALYST, daysAgo, imei, imsi, msisdn, NOW, office, POLICY, VAULT } from './desk.ts';

const registry = await freshRegistry();
const { act, cross } = office(registry);
let serial = 0;
/** A hundred numbers that no other test has. */
const block = (): number => {
  serial += 100;
  return serial;
};
const keyOf = (subscriber: number): string => VAULT.pseudonym('imsi', imsi(subscriber));
const refused = (code: string) => (error: unknown) =>
  error instanceof Refused && error.faults.some((fault) => fault.code === code);

const told = (own: Imei, subscriber: number, more: Partial<NewPair> = {}): NewPair => ({
  of: { imei: own },
  imsi: imsi(subscriber),
  msisdn: msisdn(subscriber),
  operator: 'alfa',
  reason: 'activation',
  at: daysAgo(100),
  ...more,
});

/** The lists of networks, as whoever calls keeps them. */
const lists = () => {
  const placed = new Map<string, Set<string>>();
  return {
    take: (changes: readonly PairChange[]): void => {
      for (const change of changes) {
        if (change.act === 'release') placed.delete(change.holder);
        else {
          const entry = `${change.imei} ${change.imsi} ${change.operator}`;
          placed.set(change.holder, (placed.get(change.holder) ?? new Set()).add(entry));
        }
      }
    },
    all: (): readonly string[] => [...placed.values()].flatMap((some) => [...some]).sort(),
  };
};

test('a pair is of a device with all its IMEIs, and each is to be placed', async () => {
  const at = block();
  const identifiers = [imei(at), imei(at + 1)].map((one) => ({ kind: 'imei', imei: one }) as const);
  await act((desk) => enterDevice(desk, { identifiers, at: daysAgo(9), source: 'test' }));
  const made = await act((desk) => pair(desk, told(imei(at + 1), at, { holder: 'b'.repeat(32) })));
  assert.deepEqual(
    made.toPlace,
    [imei(at), imei(at + 1)].map((one) => ({
      ...{ act: 'place', imei: one, imsi: imsi(at), msisdn: msisdn(at), operator: 'alfa' },
      holder: `pair:${made.pair.id}`,
    })),
  );
  assert.deepEqual([made.pair.imsi, made.pair.holder, made.pair.from], [keyOf(at), 'b'.repeat(32), daysAgo(100)]);
  const again = await act((desk) => pair(desk, told(imei(at), at)));
  assert.deepEqual([again.pair.id, again.toPlace], [made.pair.id, []]);
});

test('numbers are nowhere in clear, and are opened for a person only with a purpose, which is recorded', async () => {
  const at = block();
  const { pair: made } = await act((desk) => pair(desk, told(imei(at), at)));
  const [row] = await registry.query<{ text: string }>('SELECT p::text AS text FROM device_pair p WHERE id = $1', [
    made.id,
  ]);
  assert.ok(
    row !== undefined && !row.text.includes(imsi(at)) && !row.text.includes(Buffer.from(imsi(at)).toString('hex')),
  );
  const why = { purpose: 'to call the owner', case: 'T-1' };
  const read = await act((desk) => readNumbers(desk, made.id, why));
  assert.deepEqual(read, { imsi: imsi(at), msisdn: msisdn(at) });
  const log = await registry.query(
    'SELECT actor, action, subject, fields FROM access_log ORDER BY number DESC LIMIT 1',
  );
  assert.deepEqual(log, [
    { actor: ANALYST.id, action: 'pair.read', subject: `pair:${made.id}`, fields: ['imsi', 'msisdn'] },
  ]);
  await assert.rejects(
    act((desk) => readNumbers(desk, made.id, { purpose: ' ' })),
    refused('READ_PURPOSE'),
  );
});

test('a pair ends once, and what it placed is to be released', async () => {
  const at = block();
  const { pair: made } = await act((desk) => pair(desk, told(imei(at), at)));
  const ending = { of: { pair: made.id }, because: 'the device was sold', at: daysAgo(2) } as const;
  const changes = await act((desk) => unpair(desk, ending));
  assert.deepEqual(changes, [{ act: 'release', holder: `pair:${made.id}`, because: 'the device was sold' }]);
  assert.deepEqual(await act((desk) => unpair(desk, ending)), []);
  const { device } = made;
  assert.deepEqual(await act((desk) => pairsOf(desk, { id: device })), []);
  const [ended] = await act((desk) => pairsOf(desk, { id: device }, { ended: true }));
  assert.deepEqual([ended?.to, ended?.ended?.because], [daysAgo(2), 'the device was sold']);
  assert.deepEqual(
    (await act((desk) => simsOf(desk, made))).map(({ to }) => to),
    [daysAgo(2)],
  );
  const { pair: anew } = await act((desk) => pair(desk, told(imei(at), at, { at: NOW })));
  assert.notEqual(anew.id, made.id);
  const byNumber = { of: { device: { id: device }, imsi: imsi(at) }, because: 'again' } as const;
  assert.equal((await act((desk) => unpair(desk, byNumber))).length, 1);
});

test('a changed SIM moves the pair, once, and networks are to admit the new one only', async () => {
  const at = block();
  const net = lists();
  const made = await act((desk) => pair(desk, told(imei(at), at)));
  net.take(made.toPlace);
  const row = { oldImsi: imsi(at), newImsi: imsi(at + 1), msisdn: msisdn(at), at: daysAgo(50) };
  const moved = await act((desk) => moveBySimChange(desk, row));
  net.take(moved.toPlace);
  assert.deepEqual([moved.repeated, moved.pairs], [false, [made.pair.id]]);
  assert.deepEqual(net.all(), [`${imei(at)} ${imsi(at + 1)} alfa`]);
  const again = await act((desk) => moveBySimChange(desk, row));
  assert.deepEqual([again.repeated, again.toPlace], [true, []]);
  assert.deepEqual(await act((desk) => numbersOf(desk, made.pair)), { imsi: imsi(at + 1), msisdn: msisdn(at) });
  assert.equal((await act((desk) => pairsOfSubscriber(desk, keyOf(at + 1)))).length, 1);
  assert.equal((await act((desk) => pairsOfSubscriber(desk, keyOf(at)))).length, 0);
});

test('a number taken to another network takes the pair with it', async () => {
  const at = block();
  const net = lists();
  net.take((await act((desk) => pair(desk, told(imei(at), at)))).toPlace);
  const row = { msisdn: msisdn(at), imsi: imsi(at + 1), fromOperator: 'alfa', toOperator: 'bravo', at: daysAgo(40) };
  net.take((await act((desk) => moveByPort(desk, row))).toPlace);
  assert.deepEqual(net.all(), [`${imei(at)} ${imsi(at + 1)} bravo`]);
  const foreign = { ...row, toOperator: 'elsewhere', fromOperator: 'bravo', at: daysAgo(30) };
  await assert.rejects(
    act((desk) => moveByPort(desk, foreign)),
    refused('PAIR_OPERATOR'),
  );
});

test('a pair that is told of later has the SIM that the person has by now', async () => {
  const at = block();
  const row = { oldImsi: imsi(at), newImsi: imsi(at + 1), msisdn: msisdn(at), at: daysAgo(50) };
  const early = await act((desk) => moveBySimChange(desk, row));
  assert.deepEqual([early.pairs, early.toPlace], [[], []]);
  const { toPlace } = await act((desk) => pair(desk, told(imei(at), at)));
  assert.deepEqual(
    toPlace.map((change) => change.act === 'place' && change.imsi),
    [imsi(at + 1)],
  );
});

test('a chain of changes ends with the newest SIM and keeps all, in whatever order and how often rows arrive', async () => {
  const order = fc
    .integer({ min: 2, max: 6 })
    .chain((length) =>
      fc.tuple(
        fc.shuffledSubarray([...Array(length).keys()], { minLength: length }),
        fc.array(fc.nat(length - 1), { maxLength: 3 }),
        fc.nat(length),
      ),
    );
  await fc.assert(
    fc.asyncProperty(order, async ([places, repeated, before]) => {
      const at = block();
      const net = lists();
      const newest = places.length;
      const feed = (place: number): Promise<void> =>
        act(async (desk) => {
          const on = { at: daysAgo(90 - place), msisdn: msisdn(at) };
          const operators = { fromOperator: place === 1 ? 'alfa' : 'bravo', toOperator: 'bravo' };
          const { toPlace } =
            place === 1
              ? await moveByPort(desk, { ...on, ...operators, imsi: imsi(at + place + 1) })
              : await moveBySimChange(desk, { ...on, oldImsi: imsi(at + place), newImsi: imsi(at + place + 1) });
          net.take(toPlace);
        });
      const rows = [...places, ...repeated];
      for (const place of rows.slice(0, before)) await feed(place);
      const made = await act((desk) => pair(desk, told(imei(at), at)));
      net.take(made.toPlace);
      for (const place of rows.slice(before)) await feed(place);
      assert.deepEqual(net.all(), [`${imei(at)} ${imsi(at + newest)} bravo`]);
      const sims = await act((desk) => simsOf(desk, made.pair));
      assert.deepEqual(
        sims.map(({ imsi: key }) => key),
        [...places, newest].sort((one, other) => one - other).map((place) => keyOf(at + place)),
      );
      for (const [place, { to }] of sims.entries()) assert.deepEqual(to, sims[place + 1]?.from);
    }),
    { numRuns: 12 },
  );
});

test('rows of one chain that arrive at the same time all count', async () => {
  const at = block();
  const feed = (place: number, number: number) => (desk: Desk) =>
    moveBySimChange(desk, {
      ...{ oldImsi: imsi(at + place), newImsi: imsi(at + place + 1), msisdn: msisdn(at + number) },
      at: daysAgo(90 - place),
    });
  const { device } = (await act((desk) => pair(desk, told(imei(at), at)))).pair;
  const now = async () => (await act((desk) => pairsOf(desk, { id: device })))[0]?.imsi;
  await cross(feed(0, 0), feed(1, 1));
  assert.equal(await now(), keyOf(at + 2));
  await cross(feed(3, 3), feed(2, 2));
  assert.equal(await now(), keyOf(at + 4));
});

test('of SIMs that came at one moment the pair has the last, also when an earlier one is told late', async () => {
  const at = block();
  const [lower = 0, higher = 0] = [at + 1, at + 2].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
  const { pair: made } = await act((desk) => pair(desk, told(imei(at), at)));
  const on = { msisdn: msisdn(at), at: daysAgo(50) };
  const port = { ...on, imsi: imsi(higher), fromOperator: 'alfa', toOperator: 'bravo' };
  await act((desk) => moveByPort(desk, port));
  await act((desk) => moveBySimChange(desk, { ...on, oldImsi: imsi(at), newImsi: imsi(lower) }));
  const sims = (await act((desk) => simsOf(desk, made))).map(({ imsi: key }) => key);
  assert.deepEqual(sims, [keyOf(at), keyOf(lower), keyOf(higher)]);
  const [now] = await act((desk) => pairsOf(desk, { id: made.device }));
  assert.deepEqual([now?.imsi, now?.operator], [keyOf(higher), 'bravo']);
  assert.deepEqual(await act((desk) => numbersOf(desk, made)), { imsi: imsi(higher), msisdn: msisdn(at) });
});

test('a pair that is made while its SIM is changed has the new one', async () => {
  const at = block();
  const change = { oldImsi: imsi(at), newImsi: imsi(at + 1), msisdn: msisdn(at), at: daysAgo(50) };
  await cross(
    (desk) => pair(desk, told(imei(at), at)),
    (desk) => moveBySimChange(desk, change),
  );
  assert.equal((await act((desk) => pairsOfSubscriber(desk, keyOf(at + 1)))).length, 1);
});

test('a change after the pair ended moves nothing; one before it that is told late belongs to its history', async () => {
  const at = block();
  const { pair: made } = await act((desk) => pair(desk, told(imei(at), at)));
  await act((desk) => unpair(desk, { of: { pair: made.id }, because: 'it was sold', at: daysAgo(20) }));
  const change = (day: number, from: number, to: number) =>
    act((desk) =>
      moveBySimChange(desk, {
        ...{ oldImsi: imsi(at + from), newImsi: imsi(at + to), msisdn: msisdn(at) },
        at: daysAgo(day),
      }),
    );
  assert.deepEqual((await change(10, 0, 5)).toPlace, []);
  assert.deepEqual((await change(40, 0, 1)).toPlace, []);
  const sims = await act((desk) => simsOf(desk, made));
  assert.deepEqual(
    sims.map(({ imsi: key, to }) => [key, to]),
    [
      [keyOf(at), daysAgo(40)],
      [keyOf(at + 1), daysAgo(20)],
    ],
  );
});

test('a code moves a pair once, and only so often', async () => {
  const at = block();
  const net = lists();
  const made = await act((desk) => pair(desk, told(imei(at), at)));
  net.take(made.toPlace);
  const repair = (place: number, proof = `proof-${at}-${place}`) =>
    act((desk) =>
      repairByCode(desk, {
        pair: made.pair.id,
        imsi: imsi(at + place),
        operator: 'bravo',
        proof,
        at: daysAgo(30 - place),
      }),
    );
  net.take((await repair(1)).toPlace);
  assert.deepEqual(net.all(), [`${imei(at)} ${imsi(at + 1)} bravo`]);
  await assert.rejects(repair(2, `proof-${at}-1`), refused('DEVICE_PROOF'));
  await assert.rejects(repair(2, ' '), refused('DEVICE_PROOF'));
  for (let place = 2; place <= POLICY.devices.pairs.repairs; place += 1) await repair(place);
  await assert.rejects(repair(9), refused('DEVICE_LIMIT'));
  await act((desk) => unpair(desk, { of: { pair: made.pair.id }, because: 'it was sold' }));
  await assert.rejects(repair(9), refused('PAIR_ENDED'));
});

test('a device has so many pairs and no more, also when they are asked for at once', async () => {
  const at = block();
  const { perDevice } = POLICY.devices.pairs;
  const device = await act((desk) => deviceOf(desk, imei(at)));
  const pairing = (n: number) => (desk: Desk) => pair(desk, told(imei(at), at + n, { of: { device } }));
  for (let n = 1; n < perDevice; n += 1) await act(pairing(n));
  const [, last] = await cross(pairing(perDevice), pairing(perDevice + 1));
  assert.ok(last.status === 'rejected' && refused('DEVICE_LIMIT')(last.reason));
  assert.equal((await act((desk) => pairsOf(desk, device))).length, perDevice);
});

test('an IMEI has so many subscribers, whichever devices claim it', async () => {
  const at = block();
  const limited = {
    policy: { ...POLICY, devices: { ...POLICY.devices, pairs: { ...POLICY.devices.pairs, imsisPerImei: 2 } } },
  };
  const devices = [1, 2, 3].map((other) =>
    [imei(at), imei(at + other)].map((one) => ({ kind: 'imei', imei: one }) as const),
  );
  for (const [place, identifiers] of devices.entries()) {
    const { device } = await act((desk) => enterDevice(desk, { identifiers, at: daysAgo(9), source: 'test' }));
    assert.equal(imeisOf(device).length, 2);
    const pairing = act((desk) => pair(desk, told(imei(at), at + place, { of: { device } })), limited);
    if (place < 2) await pairing;
    else await assert.rejects(pairing, refused('DEVICE_LIMIT'));
  }
});

test('an IMEI that a device gets later is to be placed for its pairs', async () => {
  const at = block();
  const net = lists();
  net.take((await act((desk) => pair(desk, told(imei(at), at)))).toPlace);
  const device = await act((desk) => deviceOf(desk, imei(at)));
  const identifier = { kind: 'imei', imei: imei(at + 1) } as const;
  net.take((await act((desk) => addIdentifier(desk, device, { identifier, at: daysAgo(1), source: 'test' }))).toPlace);
  assert.deepEqual(net.all(), [`${imei(at)} ${imsi(at)} alfa`, `${imei(at + 1)} ${imsi(at)} alfa`]);
});

test('the pairs of devices that turn out to be one are to be placed for all its IMEIs', async () => {
  const at = block();
  const net = lists();
  for (const n of [0, 1]) net.take((await act((desk) => pair(desk, told(imei(at + n), at + n)))).toPlace);
  const identifiers = [imei(at), imei(at + 1)].map((one) => ({ kind: 'imei', imei: one }) as const);
  const entered = await act((desk) => enterDevice(desk, { identifiers, at: daysAgo(9), source: 'test' }));
  net.take(entered.toPlace);
  const due = [0, 1].flatMap((n) => [0, 1].map((subscriber) => `${imei(at + n)} ${imsi(at + subscriber)} alfa`));
  assert.deepEqual(net.all(), due);
  assert.equal((await act((desk) => pairsOf(desk, entered.device))).length, 2);
});

test('all that has to be placed is told page by page', async () => {
  const found: PairChange[] = [];
  let after: string | undefined = '0';
  while (after !== undefined) {
    const page: Awaited<ReturnType<typeof pairsToPlace>> = await act((desk) =>
      pairsToPlace(desk, { after: after ?? '0', limit: 3 }),
    );
    found.push(...page.toPlace);
    after = page.next;
  }
  const open = await registry.query<{ id: string }>('SELECT id FROM device_pair WHERE ended IS NULL');
  assert.deepEqual(new Set(found.map(({ holder }) => holder)), new Set(open.map(({ id }) => `pair:${id}`)));
});

test('nothing is paired to an operator that is not of the country', async () => {
  const at = block();
  await assert.rejects(
    act((desk) => pair(desk, told(imei(at), at, { operator: 'elsewhere' }))),
    refused('PAIR_OPERATOR'),
  );
  assert.equal(await act((desk) => findDevice(desk, { kind: 'imei', imei: imei(at) })), undefined);
});
