import assert from 'node:assert/strict';
import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { PAIRED } from '../../../src/decisions/core/entry.ts';
import { Builder } from '../../../src/eir/memory/build.ts';
import { newFile } from '../../../src/eir/memory/folder.ts';
import type { Pair } from '../../../src/eir/memory/pairs.ts';
import { View } from '../../../src/eir/memory/view.ts';
import { Writer } from '../../../src/eir/memory/writer.ts';
import { bits, imeis, inFolder, Model, pairs, reasons, said } from './model.ts';

type Act =
  | { readonly act: 'set'; readonly imei: number; readonly bits: number; readonly reasons: string }
  | { readonly act: 'pair' | 'unpair'; readonly pair: Pair };

const acts = fc.oneof(
  fc.record({ act: fc.constant('set' as const), imei: imeis, bits, reasons }),
  fc.record({ act: fc.constant('set' as const), imei: imeis, bits: fc.constant(0), reasons: fc.constant('') }),
  fc.record({ act: fc.constantFrom('pair' as const, 'unpair' as const), pair: pairs }),
);

function apply(to: Writer | Model, act: Act): void {
  if (act.act === 'set') to.set(act.imei, act.bits, act.reasons);
  else to[act.act](act.pair);
}

function assertSame(view: View, model: Model): void {
  for (const imei of model.around()) assert.deepEqual(said(view, imei), model.entry(imei), String(imei));
  const asked = [...model.pairs.values()].slice(0, 20);
  for (const { imei, imsi, msisdn } of asked) {
    for (const byMsisdn of [true, false]) {
      for (const question of [
        { imei, imsi, msisdn },
        { imei, imsi: 0, msisdn },
        { imei, imsi: 3, msisdn },
        { imei, imsi, msisdn: 0 },
        { imei: imei + 1, imsi, msisdn },
        { imei, imsi: 3, msisdn: 4 },
      ])
        assert.equal(
          view.paired(question.imei, question.imsi, question.msisdn, byMsisdn),
          model.paired(question, byMsisdn),
        );
    }
  }
}

/** A file of the model as it is. */
async function fileOf(model: Model, folder: string): Promise<string> {
  const file = await newFile(folder);
  const builder = new Builder(file);
  for (const [imei, entry] of model.entries) builder.add(imei, builder.classOf(entry.bits, entry.reasons));
  for (const pair of model.pairs.values()) builder.pair(pair);
  builder.finish({ state: { blocked: 1 } });
  return file;
}

test('a base and its changes are one list, before, while and after they are made one file', async () => {
  const phase = fc.array(acts, { maxLength: 60 });
  const phases = fc.tuple(phase, phase, phase, phase);
  await fc.assert(
    fc.asyncProperty(phases, ([first, second, third, fourth]) =>
      inFolder(async (folder) => {
        const model = new Model();
        for (const act of first) apply(model, act);
        const writer = await Writer.open(folder);
        await writer.adopt(await fileOf(model, folder));
        const view = new View(writer.attach());
        assertSame(view, model);
        for (const act of second) for (const to of [writer, model]) apply(to, act);
        assertSame(view, model);
        const making = writer.rebuild({ blocked: 2 });
        for (const act of third) for (const to of [writer, model]) apply(to, act);
        assertSame(view, model);
        const about = await making;
        await turn();
        await turn();
        assertSame(view, model);
        assert.deepEqual(about.state, { blocked: 2 });
        for (const act of fourth) for (const to of [writer, model]) apply(to, act);
        assertSame(view, model);
        view.close();
        writer.close();
      }),
    ),
    { numRuns: 6 },
  );
});

test('an overlay that is full goes on in a larger one, and workers with it', async () => {
  await inFolder(async (folder) => {
    const writer = await Writer.open(folder);
    const view = new View(writer.attach());
    for (let at = 0; at < 100_000; at += 1) writer.set(at * 977, 1 + (at % 7), 'local');
    for (let at = 0; at < 20_000; at += 1) writer.pair({ imei: at * 977, imsi: 1 + at, msisdn: 0 });
    await turn();
    await turn();
    for (let at = 0; at < 100_000; at += 1) {
      const found = said(view, at * 977).bits;
      if (found !== ((1 + (at % 7)) | (at < 20_000 ? PAIRED : 0))) assert.fail(`${at}: ${found}`);
      if (view.paired(at * 977, 1 + at, 0, false) !== at < 20_000) assert.fail(String(at));
    }
    assert.deepEqual(writer.changed, { entries: 100_000, pairs: 20_000 });
    view.close();
    writer.close();
  });
});

test('equal entries are one object, and a new class is known to workers at once', async () => {
  await inFolder(async (folder) => {
    const writer = await Writer.open(folder);
    const view = new View(writer.attach());
    writer.set(1, 1, 'a');
    writer.set(2, 1, 'a');
    assert.equal(said(view, 1), said(view, 2));
    writer.set(3, 9, 'stolen');
    assert.deepEqual(said(view, 3), { bits: 9, reasons: 'stolen' });
    assert.throws(() => view.entry(99), RangeError);
    for (let at = 0; at < 140_000; at += 1) writer.set(10 + (at % 1000), 1, `case ${at}`);
    assert.ok(writer.folded > 0);
    assert.deepEqual(said(view, 1009), { bits: 1, reasons: '' });
    view.close();
    writer.close();
  });
});

test('identifiers with more pairs than the lists bring keep all of them, and are counted', async () => {
  await inFolder(async (folder) => {
    const writer = await Writer.open(folder);
    const file = await newFile(folder);
    const builder = new Builder(file);
    for (let at = 1; at <= 11; at += 1) builder.pair({ imei: 5, imsi: at, msisdn: at });
    for (let at = 1; at <= 10; at += 1) for (const _twice of [1, 2]) builder.pair({ imei: 6, imsi: at, msisdn: 0 });
    const about = builder.finish({ state: {} });
    assert.deepEqual([about.crowded, about.pairs, about.rows], [1, 21, 2]);
    await writer.adopt(file);
    const view = new View(writer.attach());
    for (let at = 1; at <= 11; at += 1) assert.ok(view.paired(5, at, 0, false));
    assert.throws(() => writer.pair({ imei: 5, imsi: 1e15, msisdn: 0 }), /no number of up to 15 digits/);
    view.close();
    writer.close();
  });
});

test('a pair of two sources is there until both have let go, also when a file brought it twice', async () => {
  await inFolder(async (folder) => {
    const writer = await Writer.open(folder);
    const file = await newFile(folder);
    const builder = new Builder(file);
    const pair = { imei: 5, imsi: 7, msisdn: 9 };
    // Others of the identifier stand between the two as they are sorted.
    for (const source of [1, 2, 1]) for (const imsi of [7, 8]) builder.pair({ ...pair, imsi }, source);
    assert.equal(builder.finish({ state: {} }).pairs, 2);
    await writer.adopt(file);
    const view = new View(writer.attach());
    const paired = (): boolean => view.paired(5, 7, 0, false);
    writer.unpair(pair, 1);
    assert.ok(paired());
    await writer.rebuild({});
    await turn();
    await turn();
    writer.unpair(pair, 1);
    assert.ok(paired());
    writer.unpair(pair, 2);
    assert.ok(!paired());
    assert.equal(said(view, 5).bits, PAIRED, 'the other one is');
    writer.pair(pair, 2);
    writer.pair(pair, 1);
    writer.unpair(pair, 2);
    assert.ok(paired());
    view.close();
    writer.close();
  });
});

test('hashes of golden identifiers pass through, and can be replaced', async () => {
  await inFolder(async (folder) => {
    const writer = await Writer.open(folder);
    const file = await newFile(folder);
    new Builder(file).finish({ state: {}, golden: Uint8Array.from({ length: 32 }, (_, at) => at) });
    await writer.adopt(file);
    const view = new View(writer.attach());
    assert.equal(view.golden.length, 8);
    writer.setGolden(new Uint8Array(16).fill(1));
    await turn();
    await turn();
    assert.deepEqual([...view.golden], Array(4).fill(0x01010101));
    await writer.rebuild({});
    await turn();
    await turn();
    assert.deepEqual([...view.golden], Array(4).fill(0x01010101));
    view.close();
    writer.close();
  });
});

test('a rebuild that fails leaves all as it was', async () => {
  await inFolder(async (folder) => {
    const writer = await Writer.open(folder);
    const view = new View(writer.attach());
    const before = readdirSync(folder);
    truncateSync(path.join(folder, before[0] ?? ''), 100);
    writer.set(1, 1, 'a');
    const making = writer.rebuild({});
    await assert.rejects(writer.rebuild({}), /rebuilt already/);
    writer.set(2, 1, 'b');
    await assert.rejects(making, /EIR_MEMORY_DAMAGED/);
    assert.deepEqual(readdirSync(folder), before);
    writer.set(3, 1, 'c');
    assert.deepEqual(
      [1, 2, 3].map((imei) => said(view, imei).reasons),
      ['a', 'b', 'c'],
    );
    view.close();
    writer.close();
  });
});

const noProc = process.platform === 'linux' ? false : 'finds the process in /proc';

test('the process that makes files is started anew when it was killed, and what it was at is refused', {
  skip: noProc,
}, async () => {
  await inFolder(async (folder) => {
    const writer = await Writer.open(folder);
    writer.set(1, 1, 'a');
    const making = writer.rebuild({ blocked: 1 });
    await killMaker();
    await assert.rejects(making, /ended with SIGKILL|EPIPE|closed/);
    const about = await writer.rebuild({ blocked: 2 });
    assert.deepEqual([about.state, about.rows], [{ blocked: 2 }, 1]);
    writer.close();
  });
});

/** Ends the process that makes files for this one, as soon as it is there. */
async function killMaker(): Promise<void> {
  for (;;) {
    const pids = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);
    const maker = pids.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('memory/child.js'));
    if (maker !== undefined) {
      process.kill(Number(maker), 'SIGKILL');
      return;
    }
    await turn();
  }
}
