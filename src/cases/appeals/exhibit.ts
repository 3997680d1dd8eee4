import type { Desk } from '../../access/desk.ts';
import { recordRead } from '../../access/log.ts';
import { Refused } from '../../faults/fault.ts';
import { findAppeal } from './appeal.ts';

/** Something that was said or shown in an appeal. */
export type Exhibit = {
  readonly party: 'appellant' | 'inserter';
  /** Undefined where its time is over. */
  readonly content: string | undefined;
  readonly at: Date;
};

/** Refuses words that are none, or too many. @throws Refused CASE_EVIDENCE */
export function demandWords(text: string, field: string): string {
  const words = text.trim();
  if (words.length >= 3 && words.length <= 10_000) return words;
  const message = `${field} has ${words.length} characters; 3 to 10000 are taken.`;
  throw new Refused([{ code: 'CASE_EVIDENCE', message, remedy: 'Write it in that length.', field }]);
}

/** Keeps what was said, sealed. */
export async function addExhibit(
  { query, vault, now }: Desk,
  appeal: string,
  { party, content }: { readonly party: Exhibit['party']; readonly content: string },
): Promise<void> {
  const sealed = vault.seal('proof', content);
  await query('INSERT INTO appeal_exhibit (appeal, party, content, at) VALUES ($1, $2, $3, $4)', [
    appeal,
    party,
    sealed,
    now,
  ]);
}

/**
 * Opens what was said and shown in an appeal, for somebody who may read it; recorded, with what for.
 * @throws Refused ACCESS_ROLE, CASE_UNKNOWN, READ_PURPOSE, READ_QUOTA
 */
export async function readExhibits(
  desk: Desk,
  { id, purpose }: { readonly id: string; readonly purpose: string },
): Promise<readonly Exhibit[]> {
  const appeal = await findAppeal(desk, id, 'appeal.read');
  const reading = { action: 'appeal.read', purpose, case: `appeal:${appeal.id}`, subject: appeal.imei ?? appeal.id };
  await recordRead(desk, { ...reading, fields: ['grounds', 'evidence'] });
  const rows = await desk.query<{ party: Exhibit['party']; content: Buffer | null; at: Date }>(
    'SELECT party, content, at FROM appeal_exhibit WHERE appeal = $1 ORDER BY id',
    [appeal.id],
  );
  return rows.map(({ content, ...row }) => ({
    ...row,
    content: content === null ? undefined : desk.vault.open('proof', content),
  }));
}
