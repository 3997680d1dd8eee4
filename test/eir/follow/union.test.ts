// Runs and offices have lists of their own; in memory, in files of the lists, and from snapshots, they are one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { PAIRED } from '../../../src/decisions/core/entry.ts';
import { Applier } from '../../../src/eir/follow/apply.ts';
import { stateOf } from '../../../src/eir/follow/register.ts';
import { NOWHERE, type Row, standOf } from '../../../src/eir/follow/wire.ts';
import { View } from '../../../src/eir/memory/view.ts';
import { Writer } from '../../../src/eir/memory/writer.ts';
import { inFolder } from '../memory/model.ts';
import { IMEIS, Lists, type Wish, wishes } from './lists.ts';

const KINDS = { stolen: ['stolen'], barred: ['barred'] };

function assertSame(view: View, lists: Lists): void {
  const pairs = lists.pairs();
  for (const imei of IMEIS) {
    const own = pairs.filter((pair) => pair.startsWith(`${imei} `));
    const said = lists.said(imei);
    const bits = own.length === 0 ? said.bits : said.bits | PAIRED;
    assert.deepEqual(view.entry(view.lookup(imei)), { ...said, bits }, `${imei}`);
    for (const imsi of [1, 2])
      assert.equal(view.paired(imei, imsi, 0, false), own.includes(`${imei} ${imsi} 9`), `${imei} ${imsi}`);
    assert.equal(view.paired(imei, 0, 9, true), own.length > 0);
  }
}

/** A node's memory: its folder, and what applies changes to it. */
async function opened(folder: string) {
  const writer = await Writer.open(folder);
  const applier = new Applier(writer, { ...NOWHERE, ...standOf(writer.about.state) });
  applier.kinds = KINDS;
  return { writer, applier, view: new View(writer.attach()) };
}

test('snapshot and later changes are all changes; files of the lists know what each of both says', async () => {
  const phases = fc.tuple(wishes, wishes, wishes, wishes);
  await fc.assert(
    fc.asyncProperty(phases, ([first, second, third, fourth]) =>
      inFolder(async (folder) => {
        const lists = new Lists(KINDS);
        let { writer, applier, view } = await opened(folder);
        const take = (all: readonly Wish[]): void => {
          for (const wish of all) {
            const row: Row | undefined = lists.wish(wish);
            if (row === undefined) continue;
            applier.take({ list: wish.list, from: applier.stand[wish.list] + 1, changes: [row] });
          }
        };
        take(first);
        assertSame(view, lists);
        // What comes while a file is being made is in neither the file nor lost.
        const making = writer.rebuild(stateOf(applier.stand));
        take(second);
        assertSame(view, lists);
        await making;
        await turn();
        await turn();
        assertSame(view, lists);
        await writer.rebuild(stateOf(applier.stand));
        view.close();
        writer.close();
        ({ writer, applier, view } = await opened(folder));
        assertSame(view, lists);
        take(third);
        assertSame(view, lists);
        take(fourth);
        assertSame(view, lists);
        view.close();
        writer.close();
      }),
    ),
    { numRuns: 4 },
  );
});
