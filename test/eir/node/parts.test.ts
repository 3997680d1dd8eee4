import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { Day } from '../../../src/calendar/day.ts';
import { entryOf, LISTS } from '../../../src/decisions/core/entry.ts';
import { goldenHash } from '../../../src/decisions/core/golden.ts';
import type { Question } from '../../../src/decisions/core/question.ts';
import type { Rules } from '../../../src/decisions/core/rules.ts';
import { Ring, ringMemory } from '../../../src/eir/events/ring.ts';
import { sipKey } from '../../../src/eir/events/siphash.ts';
import { NodeChecker } from '../../../src/eir/node/check.ts';
import { Consult } from '../../../src/eir/node/consult.ts';
import { EXAMPLE } from '../../../src/eir/node/example.ts';
import { writeMetrics } from '../../../src/eir/node/exposition.ts';
import { parseNode } from '../../../src/eir/node/parse.ts';
import { noRules } from '../../../src/eir/node/rules.ts';
import { Tally, tallyMemory } from '../../../src/eir/node/tally.ts';
import { Visitors, visitorMemory } from '../../../src/eir/node/visitors.ts';
import { readMetrics } from './ground.ts';

const KEY = sipKey(Uint8Array.from({ length: 16 }, (_, at) => at));

test('the example of a node file is right, and what it says in comments is so too', () => {
  const parsed = parseNode(EXAMPLE, 'node.yaml');
  assert.ok(parsed.ok);
  // Each line that is commented out, in its place, is a line of the format.
  const whole = EXAMPLE.replaceAll(/^(\s*)# ((?:\s*- \{|\s*[a-z0-9_]+:).*)$/gm, '$1$2');
  const all = parseNode(whole, 'node.yaml');
  assert.ok(all.ok, JSON.stringify(all));
  assert.ok(all.value.protocols.map !== undefined && all.value.protocols.s13[0]?.tls !== undefined);
});

test('how much a snapshot may take off is a share in percent', () => {
  const percentOf = (line: string) => {
    const parsed = parseNode(EXAMPLE.replace('token_file: ./node-1.token', `token_file: t\n  ${line}`), 'node.yaml');
    return parsed.ok ? parsed.value.centre?.shrinkPercent : parsed.fault.map(({ field }) => field);
  };
  assert.deepEqual(['', 'shrink_percent: 0', 'shrink_percent: 100'].map(percentOf), [50, 0, 100]);
  assert.deepEqual(percentOf('shrink_percent: 101'), ['centre.shrink_percent']);
});

test('after failures in a row the centre is left alone; no more than a bound of questions may wait', async (t) => {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    request.resume();
    response.writeHead(500).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { counted, count } = countedOf();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const consult = new Consult({ url, token: 'x' }, count, {
    failures: 3,
    restMs: 3_600_000,
    restMostMs: 3_600_000,
    waiting: 2,
  });
  t.after(() => {
    consult.close();
    server.close();
  });
  const ask = (imei: number) =>
    consult.ask(
      { question: asked(imei), peer: 'mme', stayDays: -1 },
      { ttlSeconds: 60, timeoutMs: 60_000, fallback: 'permitted' },
    );
  assert.deepEqual(await Promise.all([1, 2, 3].map(ask)), [undefined, undefined, undefined]);
  assert.deepEqual([requests, counted.get('consult crowded')], [1, 1]);
  for (const imei of [4, 5]) assert.equal(await ask(imei), undefined);
  assert.deepEqual([requests, counted.get('consult resting')], [3, undefined]);
  assert.equal(await ask(6), undefined);
  assert.deepEqual([requests, counted.get('consult resting')], [3, 1], 'nobody asks it for a while');
});

/** What is counted, by name and label. */
function countedOf() {
  const counted = new Map<string, number>();
  const count = (name: string, label = ''): void => {
    counted.set(`${name} ${label}`, (counted.get(`${name} ${label}`) ?? 0) + 1);
  };
  return { counted, count };
}

test('all faults of a node file are told at once, each with its line and what to do', () => {
  const text = `name: X_1
operater: alfa
data: d
workers: 0
centre: { url: ftp://x, token_file: t }
admin: { host: 0.0.0.0, port: 3868 }
protocols:
  s13:
    - port: 3868
      identity: { host: a }
  map: { links: [{ name: a, kind: ipa, host: h, port: 1 }] }
`;
  const parsed = parseNode(text, 'n.yaml');
  assert.ok(!parsed.ok);
  const places = parsed.fault.map(({ line, field }) => `${line} ${field}`);
  for (const place of [
    '1 name',
    '2 operater',
    '4 workers',
    '5 centre.url',
    '6 admin.host',
    '6 admin.port',
    '11 protocols.map.links[0]',
  ])
    assert.ok(places.includes(place), `${place} of ${places.join(', ')}`);
  assert.ok(places.some((place) => place.endsWith('s13[0].identity.realm')));
  for (const { code, remedy, message } of parsed.fault) {
    assert.equal(code, 'NODE_FILE');
    assert.notEqual(remedy, '');
    assert.doesNotMatch(message, /country file/);
  }
  const nothing = parseNode('name: a\noperator: alfa\ndata: d\n', 'n.yaml');
  assert.ok(!nothing.ok && nothing.fault.some(({ message }) => message === 'the node answers in no protocol'));
});

/** A checker over one entry for all IMEIs. */
function checkerOf(bits: number, more: { readonly rules?: Partial<Rules>; readonly goldenKey?: Buffer } = {}) {
  const memory = ringMemory(64);
  const visitors = new Visitors(visitorMemory(64), KEY);
  const view = { lookup: () => (bits === 0 ? 0 : 1), entry: () => entryOf(bits, 'why'), paired: () => false };
  const checker = new NodeChecker({
    view,
    control: new Int32Array(1),
    ring: new Ring(memory),
    tally: new Tally(tallyMemory()),
    tell: { answer: () => undefined, asker: () => undefined },
    visitors,
    operator: 'alfa',
    goldenKey: more.goldenKey,
  });
  checker.setRules({ ...noRules(), ...more.rules });
  return { checker, visitors };
}

const asked = (imei: number, imsi = 0): Question => ({
  imei,
  equipment: 'imei',
  svn: -1,
  imsi,
  msisdn: 0,
  rat: 0,
  at: Date.now(),
});
const asker = { protocol: 's13', peer: 'mme', operator: '' } as const;

test('golden equipment is permitted where the key of its list is known', () => {
  const key = Buffer.alloc(16, 7);
  const golden = [{ hash: goldenHash(key, 35_000_000_000_001), expires: '2148-01-01' as Day }];
  const { checker } = checkerOf(LISTS.blocked, { rules: { golden }, goldenKey: key });
  assert.equal(checker.check(asked(35_000_000_000_001), asker)?.exception, 'golden');
  assert.equal(checker.check(asked(35_000_000_000_002), asker)?.status, 'blocked');
  const without = checkerOf(LISTS.blocked, { rules: { golden } });
  assert.equal(without.checker.check(asked(35_000_000_000_001), asker)?.status, 'blocked');
});

test('a visitor is admitted for as long as the country grants, from the first day on', () => {
  const modes = [
    {
      from: '2020-01-01' as Day,
      mode: 'synchronization',
      unlisted: 'blocked',
      onlyPermitted: false,
      shadow: false,
      percentage: 100,
    } as const,
  ];
  const rules = { modes, mccs: ['999'], roamers: { stayDays: 90, homes: [] } };
  const { checker, visitors } = checkerOf(0, { rules });
  const [imei, visitor, own] = [35_000_000_000_001, 228_010_000_000_001, 999_010_000_000_001];
  assert.equal(checker.check(asked(imei, visitor), asker)?.exception, 'roamer', 'on the first day');
  assert.equal(checker.check(asked(imei, own), asker)?.status, 'blocked', 'the own subscriber is none');
  const day = checker.ruled.dayNumber;
  visitors.note(imei, visitor, day - 89);
  assert.equal(checker.check(asked(imei, visitor), asker)?.status, 'permitted', 'on the last day');
  visitors.note(imei + 1, visitor, day - 90);
  assert.equal(checker.check(asked(imei + 1, visitor), asker)?.status, 'blocked', 'on the day after');
});

test('visitors come back from their file, and none of them is named in it', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-visitors-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'visitors');
  const visitors = new Visitors(visitorMemory(1024), KEY);
  for (let at = 0; at < 500; at += 1) assert.ok(visitors.note(35e12 + at, 228e12 + at, 20_000 + (at % 7)));
  await visitors.save(file);
  const again = new Visitors(visitorMemory(1024), KEY);
  await again.load(file, 20_010);
  for (let at = 0; at < 500; at += 1) assert.equal(again.days(35e12 + at, 228e12 + at, 20_010), 10 - (at % 7));
  assert.equal(again.days(35e12, 228e12 + 1, 20_010), -1, 'with another subscriber it is another visit');
  const full = new Visitors(visitorMemory(8), KEY);
  const noted = Array.from({ length: 10 }, (_, at) => full.note(1, at + 1, 1)).filter(Boolean);
  assert.equal(noted.length, 6, 'what finds no room is not kept');
});

test('metrics are written so that whatever stands in a label can be read again', () => {
  const peer = 'a"b\\c\nd';
  const text = writeMetrics([
    {
      name: 'm',
      help: 'h',
      type: 'counter',
      samples: [
        [{ peer }, 3],
        [{}, 1, '_sum'],
      ],
    },
  ]);
  assert.deepEqual(
    [...readMetrics(text)],
    [
      ['m{peer="a\\"b\\\\c\\nd"}', 3],
      ['m_sum', 1],
    ],
  );
});
