import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { Alarms } from '../../../src/eir/events/alarms.ts';
import { Desk } from '../../../src/eir/events/desk.ts';
import { readChecks } from '../../../src/eir/events/file.ts';
import { Meetings } from '../../../src/eir/events/meetings.ts';
import { type AnswerLine, FLAGS, NO_ANSWER } from '../../../src/eir/events/record.ts';
import { Ring, ringMemory } from '../../../src/eir/events/ring.ts';
import { sipHash, sipKey } from '../../../src/eir/events/siphash.ts';
import { Spool, type SpoolLimits } from '../../../src/eir/events/spool.ts';
import { until } from '../centre/ground.ts';

const KEY = sipKey(Uint8Array.from({ length: 16 }, (_, at) => at));

test('SipHash-2-4 gives what is published of it', () => {
  const into = new Uint32Array(2);
  const hex = (number: number): string => {
    sipHash(KEY, number, into);
    return Buffer.from(into.buffer).toString('hex');
  };
  // The authors' table of 64 vectors, key 00 to 0f: that of the 8 bytes 00 to 07, a number that a double holds.
  assert.equal(hex(0x0706050403020100), '6224939a79f5f593');
  // Of the 8 bytes of numbers, by openssl mac SIPHASH, size 8.
  const others: readonly (readonly [number, string])[] = [
    [0, 'a78176a01c85d339'],
    [1, 'f6d1e685b0b2912b'],
    [228_010_000_000_001, '971dd9774aee80ad'],
    [999_999_999_999_999, '9cd3275b986c5d3b'],
    [4_294_967_295, '658465af4c8fb868'],
    [4_294_967_296, 'cbb9559629ce5e6e'],
  ];
  for (const [number, hash] of others) assert.equal(hex(number), hash, String(number));
});

const question = (at: number, imei = 35e12, imsi = 0) => ({ at, imei, imsi });

test('a ring gives what was put into it in its order, and counts what finds no room', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ put: fc.integer({ min: 0, max: 12 }), take: fc.integer({ min: 0, max: 12 }) })),
      (turns) => {
        const memory = ringMemory(16);
        const [writer, reader] = [new Ring(memory), new Ring(memory)];
        const model: number[] = [];
        let [next, lost] = [0, 0];
        for (const { put, take } of turns) {
          for (let count = 0; count < put; count += 1) {
            if (model.length < 16) model.push(next);
            else lost += 1;
            writer.put(question(next), (next % 50_000) | (7 << 16), 3);
            next += 1;
          }
          let left = take;
          const taken: number[] = [];
          reader.drain(({ at, answer, asker, flags }) => {
            if (left === 0) return false;
            left -= 1;
            assert.deepEqual([answer, asker, flags], [at % 50_000, 7, 3]);
            taken.push(at);
            return true;
          });
          assert.deepEqual(taken, model.splice(0, take));
          assert.equal(reader.waiting, model.length);
        }
        assert.equal(reader.lost, lost);
      },
    ),
  );
});

test('what was taken from a ring leaves no subscriber behind', () => {
  const memory = ringMemory(4);
  const ring = new Ring(memory);
  ring.put(question(1, 35e12, 999_010_000_000_001), 0, 0);
  ring.drain(() => true);
  assert.ok(!new Float64Array(memory.records).includes(999_010_000_000_001));
});

test('meetings tell new equipment, changes of SIM and device, and subscribers who take turns', () => {
  const meetings = new Meetings(64);
  const [one, other] = [35_000_000_000_001, 35_000_000_000_002];
  assert.equal(meetings.note(one, 11, 10), FLAGS.first);
  assert.equal(meetings.note(one, 11, 20), 0);
  assert.equal(meetings.note(one, 22, 30), FLAGS.simChanged, 'another SIM in it');
  assert.equal(meetings.note(one, 11, 40), FLAGS.simChanged | FLAGS.twice, 'and the first again: are there two?');
  assert.equal(meetings.note(other, 11, 50), FLAGS.first | FLAGS.deviceChanged, 'the subscriber has another one');
  assert.equal(meetings.note(one, 22, 60_000), FLAGS.simChanged, 'long after, it is only a change');
  assert.equal(meetings.note(one, 0, 60_010), 0, 'without a subscriber nothing is known');
});

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-spool-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const BLOCKED: AnswerLine = { ...NO_ANSWER, status: 'blocked', intended: 'blocked', reason: 'stolen', list: 'blocked' };

/** A desk with one worker, and its spool. */
async function recording(folder: string, limits: Partial<SpoolLimits> = {}) {
  const counted = new Map<string, number>();
  const count = (name: string, label = ''): void => {
    counted.set(`${name} ${label}`, (counted.get(`${name} ${label}`) ?? 0) + 1);
  };
  const rules = { unit: 'police', reasons: ['stolen'], tracked: true, againSeconds: 60 };
  const alarms = new Alarms({ folder: path.join(folder, 'alarms'), rules, node: 'n', count });
  const desk = new Desk({ key: KEY, meetings: new Meetings(64), alarms, visitor: () => undefined });
  const memory = ringMemory(1 << 14);
  const source = desk.add(memory);
  desk.answer(source, 1, { ...NO_ANSWER, status: 'permitted', intended: 'permitted' });
  desk.answer(source, 2, BLOCKED);
  desk.asker(source, 1, { protocol: 's13', peer: 'mme', operator: 'alfa' });
  let lost = 0;
  const spool = await Spool.open({
    folder: path.join(folder, 'events'),
    node: 'n',
    count,
    lost: (records) => {
      lost += records;
    },
    answers: desk.answers,
    askers: desk.askers,
    limits,
  });
  const put = (many: number, answer = 1): void => {
    const ring = new Ring(memory);
    for (let at = 0; at < many; at += 1)
      ring.put(question(1000 + at, 35e12 + at, 999_010_000_000_001), answer | (1 << 16), 0);
  };
  return { desk, spool, alarms, put, counted, lost: () => lost };
}

const readAll = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.events'))
    .map((name) => {
      const read = readChecks(readFileSync(path.join(folder, name)), name);
      assert.ok(read.ok && read.value.ended, `${name} is whole`);
      return read.value;
    });

test('records stand in files that are ended by size and by age; nothing in them names a subscriber', async (t) => {
  const folder = folderFor(t);
  const { desk, spool, put, lost } = await recording(folder, { fileBytes: 4096, fileMs: 60_000 });
  for (let round = 0; round < 20; round += 1) {
    put(50);
    desk.gather(spool);
    spool.tick();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await spool.close();
  const files = readAll(path.join(folder, 'events'));
  assert.ok(files.length > 3, 'by size');
  assert.equal(
    files.reduce((sum, { records }) => sum + records, 0),
    1000,
  );
  for (const { blocks } of files) {
    const [first] = blocks;
    assert.deepEqual(
      first?.askers.map(([, asker]) => asker.peer),
      ['mme'],
      'each file tells what its records point to',
    );
    assert.ok(
      !Buffer.concat(blocks.map(({ records }) => records)).includes(
        Buffer.from(Float64Array.of(999_010_000_000_001).buffer),
      ),
    );
  }
  assert.equal(lost(), 0);
});

test('of a file that a killed process left, all that is whole is kept, once', async (t) => {
  const folder = folderFor(t);
  const events = path.join(folder, 'events');
  const first = await recording(folder, { fileMs: 60_000 });
  for (const many of [10, 20]) {
    first.put(many);
    first.desk.gather(first.spool);
    first.spool.tick();
    await until(() => readdirSync(events).length === 1, 'it is written');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const [part = ''] = readdirSync(events);
  const file = path.join(events, part);
  truncateSync(file, readFileSync(file).length - 7);
  writeFileSync(path.join(events, 'n-junk.part'), 'junk');
  const second = await recording(folder, { fileMs: 60_000 });
  assert.equal(second.spool.kept.length, 1);
  assert.equal(readAll(events)[0]?.records, 10, 'the block that was cut is gone, the one before is kept');
  const third = await recording(folder, { fileMs: 60_000 });
  assert.equal(third.spool.kept.length, 1, 'it is complete now');
  appendFileSync(third.spool.kept[0]?.file ?? '', 'x');
  const read = readChecks(readFileSync(third.spool.kept[0]?.file ?? ''), '');
  assert.ok(read.ok && !read.value.ended, 'what was added is noticed');
});

test('where nobody takes the files the oldest go, and are counted', async (t) => {
  const folder = folderFor(t);
  const { desk, spool, put, lost, counted } = await recording(folder, { fileBytes: 4096, mostBytes: 20_000 });
  for (let round = 0; round < 20; round += 1) {
    put(200);
    desk.gather(spool);
    spool.tick();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await spool.close();
  assert.ok(spool.bytes <= 20_000);
  const kept = readAll(path.join(folder, 'events')).reduce((sum, { records }) => sum + records, 0);
  assert.equal(kept + lost(), 4000);
  assert.ok((counted.get('events_dropped ') ?? 0) > 0);
});

test('while the disk takes nothing, memory is bounded', async (t) => {
  const folder = folderFor(t);
  const { desk, spool, put, lost, counted } = await recording(folder, { memoryBytes: 32 * 1000 });
  rmSync(path.join(folder, 'events'), { recursive: true });
  for (let round = 0; round < 5; round += 1) {
    put(500);
    desk.gather(spool);
    spool.tick();
  }
  await until(() => (counted.get('events_disk ENOENT') ?? 0) > 0, 'it is noticed');
  assert.equal(lost(), 1500);
  await spool.close();
  assert.equal(lost(), 2500, 'what could not be written by the end is lost, and counted');
});

test('a hit is told once in its time, with a pseudonym', async (t) => {
  const folder = folderFor(t);
  const { desk, spool, alarms, put, counted } = await recording(folder);
  put(1, 2);
  put(1, 2);
  desk.gather(spool);
  await alarms.close();
  await spool.close();
  const [name = ''] = readdirSync(path.join(folder, 'alarms'));
  const lines = readFileSync(path.join(folder, 'alarms', name), 'utf8')
    .trimEnd()
    .split('\n');
  assert.equal(lines.length, 1);
  const hit = JSON.parse(lines[0] ?? '') as Readonly<Record<string, unknown>>;
  assert.equal(hit['imei'], '35000000000000');
  assert.equal(hit['unit'], 'police');
  assert.equal(hit['reason'], 'stolen');
  assert.match(String(hit['subscriber']), /^[0-9a-f]{16}$/);
  assert.deepEqual([counted.get('alarm raised'), counted.get('alarm repeated')], [1, 1]);
  const [file] = readAll(path.join(folder, 'events'));
  const flags = file?.blocks.flatMap(({ records }) => [records.readUInt16LE(28), records.readUInt16LE(60)]);
  assert.deepEqual(flags, [FLAGS.alarm | FLAGS.first, 0]);
});
