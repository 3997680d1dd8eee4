import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { Refused } from '../../src/faults/fault.ts';
import { openLines, type ReadLimits } from '../../src/files/input.ts';

/** A folder that goes with the test. */
export function folderOf(context: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-files-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The one code that the act is refused with; throws what is thrown besides, and when nothing is. */
export async function codeOf(act: () => Promise<unknown>): Promise<string> {
  try {
    await act();
  } catch (error) {
    if (error instanceof Refused && error.faults.length === 1) return error.faults[0]?.code ?? '';
    throw error;
  }
  throw new Error('It was not refused.');
}

/** What was read of a file: its header, its blocks and its whole text behind the header. */
export async function readAll(file: string, limits?: ReadLimits) {
  const opened = await openLines(file, limits);
  const blocks = [];
  for await (const { lines, count, firstLine } of opened.blocks) {
    blocks.push({ text: lines.toString('latin1'), count, firstLine });
  }
  const text = blocks.map((block) => block.text).join('');
  return { ...opened, blocks, text, sha256: opened.digest(), consumed: opened.progress() };
}
