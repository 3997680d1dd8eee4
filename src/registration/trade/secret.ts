import { createCipheriv } from 'node:crypto';
import type { Desk } from '../../access/desk.ts';
import type { Eid } from '../../identifiers/eid.ts';
import type { Gtin } from '../../identifiers/gtin.ts';
import type { Imei } from '../../identifiers/imei.ts';
import type { Serial } from '../../identifiers/serial.ts';

/**
 * What identifies a device that nobody has used yet. It is a secret (P15: lists of importers leaked, and the phones were
 * cloned before they were sold): it stands in the registry sealed, and can be found only by who knows an identifier.
 */
export type Secret = {
  /** The line of the file on which the device begins. */
  readonly row: number;
  readonly imeis: readonly Imei[];
  readonly serial: Serial | undefined;
  readonly eid: Eid | undefined;
  readonly gtin: Gtin | undefined;
};

type Sealing = Pick<Desk, 'vault'>;

const BLOCK = 16;

/**
 * The keyed hashes under which IMEIs and EIDs of goods are looked up, 32 hexadecimal digits each; they join with nothing
 * else. Millions are made of one file, so it is one call of a block cipher for all of them: each identifier fits a block
 * (its decimal digits, two a byte), and AES of the block, exclusive-or the block, cannot be turned back, also by who has
 * the key (Davies and Meyer). The key is the vault’s.
 */
export function keysOf({ vault }: Sealing, identifiers: readonly (Imei | Eid)[]): readonly string[] {
  if (identifiers.length === 0) return [];
  const blocks = Buffer.alloc(identifiers.length * BLOCK);
  // An EID fills its block; an IMEI stands in the last seven bytes, behind a byte that no digits make.
  for (const [at, digits] of identifiers.entries()) {
    const from = (at + 1) * BLOCK - digits.length / 2;
    blocks.write(digits, from, 'hex');
    if (digits.length < BLOCK * 2) blocks[from - 1] = 0xff;
  }
  const key = Buffer.from(vault.pseudonym('holder', 'key of the hashes of goods'), 'hex');
  const made = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(blocks);
  for (let at = 0; at < made.length; at += 1) made[at] = (made[at] ?? 0) ^ (blocks[at] ?? 0);
  const hex = made.toString('hex');
  return identifiers.map((_, at) => hex.slice(at * BLOCK * 2, (at + 1) * BLOCK * 2));
}

/** The keyed hash of one identifier. */
export const keyOf = (desk: Sealing, identifier: Imei | Eid): string => keysOf(desk, [identifier])[0] ?? '';

/** Seals what identifies devices of one file. */
export const sealSecrets = ({ vault }: Sealing, secrets: readonly Secret[]): Buffer =>
  vault.seal(
    'proof',
    JSON.stringify(secrets.map(({ row, imeis, serial, eid, gtin }) => [row, imeis, serial ?? 0, eid ?? 0, gtin ?? 0])),
  );

type Written = readonly [row: number, imeis: readonly Imei[], serial: Serial | 0, eid: Eid | 0, gtin: Gtin | 0];

/**
 * What was sealed of the device that begins on a line; undefined when the key was destroyed. Whoever shows it to somebody
 * records that before.
 */
export function openSecret({ vault }: Sealing, sealed: Buffer, row: number): Secret | undefined {
  const text = vault.open('proof', sealed);
  if (text === undefined) return undefined;
  const found = (JSON.parse(text) as readonly Written[]).find(([line]) => line === row);
  if (found === undefined) throw new Error(`what was sealed has no device of line ${row}`);
  const [, imeis, serial, eid, gtin] = found;
  return { row, imeis, serial: serial || undefined, eid: eid || undefined, gtin: gtin || undefined };
}

/** The line of the file on which a device begins, by its number in the register. */
export const rowOfItem = (item: string): number => Number(BigInt(item) & 0xff_ffffn);

/** One writer at a time declares identifiers, so that each statement sees all that others declared before. */
export const lockSecrets = async ({ query }: Pick<Desk, 'query'>): Promise<void> => {
  await query('SELECT pg_advisory_xact_lock($1)', [7_305_209]); // any number that only this locks by
};
