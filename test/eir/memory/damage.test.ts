import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Builder } from '../../../src/eir/memory/build.ts';
import { newFile, openLatest, publish } from '../../../src/eir/memory/folder.ts';
import { load } from '../../../src/eir/memory/load.ts';
import { Writer } from '../../../src/eir/memory/writer.ts';
import { dice } from '../../fuzz/mutate.ts';
import { inFolder } from './model.ts';

async function published(folder: string, seq: number): Promise<string> {
  const file = await newFile(folder);
  const builder = new Builder(file);
  for (let at = 0; at < 3000; at += 1) builder.add(35_000_000_000_000 + at * 7, builder.classOf(1 + (at % 3), 'local'));
  for (let at = 0; at < 300; at += 1) builder.add(at * 3_000_001, builder.classOf(1, 'gsma'));
  for (let at = 0; at < 100; at += 1) builder.pair({ imei: at * 3_000_001, imsi: at, msisdn: at });
  builder.finish({ state: { seq }, golden: new Uint8Array(32).fill(7) });
  return publish(file);
}

test('a file with any byte changed is refused, or means the same', async () => {
  await inFolder(async (folder) => {
    const file = await published(folder, 1);
    const good = readFileSync(file);
    const whole = await load(file);
    assert.ok(whole.ok);
    const sections = new Set<string>();
    const roll = dice(11);
    const places = [...Array(400).keys(), ...Array.from({ length: 400 }, () => roll(good.length))];
    let refused = 0;
    for (const place of places) {
      const bad = Buffer.from(good);
      bad[place] = (bad[place] ?? 0) ^ (1 + roll(255));
      writeFileSync(file, bad);
      const loaded = await load(file);
      if (loaded.ok) {
        assert.deepEqual(Buffer.from(loaded.value.memory), Buffer.from(whole.value.memory), `byte ${place}`);
        continue;
      }
      refused += 1;
      assert.equal(loaded.fault.code, 'EIR_MEMORY_DAMAGED');
      sections.add(/section '(\w+)'/.exec(loaded.fault.message)?.[1] ?? 'head');
    }
    assert.ok(refused > 700, `${refused} refused`);
    for (const name of ['head', 'words', 'hash', 'pairs']) assert.ok(sections.has(name), name);
  });
});

test('a file cut short anywhere, or with bytes added, is refused', async () => {
  await inFolder(async (folder) => {
    const file = await published(folder, 1);
    const good = readFileSync(file);
    const roll = dice(5);
    for (const length of [0, 1, 1023, 1024, good.length - 1, ...Array.from({ length: 60 }, () => roll(good.length))]) {
      writeFileSync(file, good.subarray(0, length));
      const loaded = await load(file);
      assert.ok(!loaded.ok && loaded.fault.code === 'EIR_MEMORY_DAMAGED', String(length));
      assert.match(loaded.fault.remedy, /snapshot/);
    }
    writeFileSync(file, Buffer.concat([good, Buffer.alloc(1)]));
    assert.ok(!(await load(file)).ok);
  });
});

test('what is no file of lists at all is refused with the reason', async () => {
  await inFolder(async (folder) => {
    const missing = await load(path.join(folder, 'none'));
    assert.ok(!missing.ok && missing.fault.code === 'FILE_MISSING');
    const directory = await load(folder);
    assert.ok(!directory.ok && directory.fault.code === 'EIR_MEMORY_DAMAGED');
    writeFileSync(path.join(folder, 'text'), 'x'.repeat(5000));
    const text = await load(path.join(folder, 'text'));
    assert.ok(!text.ok && /does not begin/.test(text.fault.message));
  });
});

test('the last good file is used when the newest is damaged, and says what was refused', async () => {
  await inFolder(async (folder) => {
    const files = [await published(folder, 1), await published(folder, 2), await published(folder, 3)];
    assert.deepEqual(
      readdirSync(folder).sort(),
      files.slice(1).map((file) => path.basename(file)),
    );
    truncateSync(files[2] ?? '', 5000);
    const opened = await openLatest(folder);
    assert.ok(opened.file !== undefined);
    assert.equal(opened.file, files[1]);
    assert.deepEqual(opened.image.about.state, { seq: 2 });
    assert.deepEqual(
      opened.refused.map(({ file }) => file),
      [files[2]],
    );

    const writer = await Writer.open(folder);
    assert.equal(writer.refused.length, 1);
    writer.set(1, 1, 'new');
    await writer.rebuild({ seq: 4 });
    writer.close();
    const again = await Writer.open(folder);
    assert.deepEqual([again.about.state, again.refused.length], [{ seq: 4 }, 0]);
    assert.equal(again.entry(1).reasons, 'new');
    assert.ok(readdirSync(folder).includes(path.basename(files[1] ?? '')), 'the good one before is kept');
    again.close();
  });
});

test('a damaged file that was built is not taken into use', async () => {
  await inFolder(async (folder) => {
    const writer = await Writer.open(folder);
    writer.set(1, 1, 'a');
    const built = await newFile(folder);
    copyFileSync(await published(folder, 9), built);
    truncateSync(built, 4000);
    await assert.rejects(writer.adopt(built), /EIR_MEMORY_DAMAGED/);
    assert.equal(writer.entry(1).reasons, 'a');
    writer.set(2, 1, 'b');
    assert.equal(writer.entry(2).reasons, 'b');
    writer.close();
  });
});
