import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseRules } from '../../decisions/core/document.ts';
import type { Rules } from '../../decisions/core/rules.ts';
import { writeWhole } from '../../files/whole.ts';

/** Rules as a node holds them. */
export type HeldRules = {
  /** Of which change log they are: versions of two logs cannot be compared. */
  readonly log: number;
  readonly version: number;
  readonly document: string;
  readonly rules: Rules;
};

const fileOf = (folder: string): string => path.join(folder, 'rules.json');

/** The rules as they came; undefined where they are none. */
export function heldRules(log: number, version: number, document: string): HeldRules | undefined {
  const parsed = parseRules(document);
  return parsed.ok ? { log, version, document, rules: parsed.value } : undefined;
}

/** The rules that a folder holds; undefined where there are none that can be read: they are sent again. */
export async function readRules(folder: string): Promise<HeldRules | undefined> {
  try {
    const kept = JSON.parse(await readFile(fileOf(folder), 'utf8')) as Readonly<Record<string, unknown>>;
    const { log, version, document } = kept;
    if (typeof log !== 'number' || typeof version !== 'number' || typeof document !== 'string') return undefined;
    return heldRules(log, version, document);
  } catch {
    return undefined;
  }
}

/** Keeps rules in a folder. @throws Refused when the disk is full */
export async function writeRules(folder: string, { log, version, document }: HeldRules): Promise<void> {
  await writeWhole(fileOf(folder), (sink) => sink.write(JSON.stringify({ log, version, document })));
}
