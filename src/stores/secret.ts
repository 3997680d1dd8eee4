import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Engine expressions that put a keyed pseudonym in the place of a value that must not be readable in the store. */
export type Pseudonyms = {
  /** UInt128 for a person's identifier, a String expression. */
  readonly uid: (expression: string) => string;
  /** UInt128 for a protected IMEI, given its key (a UInt64 expression). */
  readonly golden: (imei: string) => string;
};

function keyOf(folder: string): Buffer {
  const given = process.env['CEIR_PSEUDONYM_KEY'];
  if (given !== undefined) {
    if (!/^[0-9a-f]{32}$/i.test(given)) throw new Error('CEIR_PSEUDONYM_KEY must be 32 hexadecimal digits');
    return Buffer.from(given, 'hex');
  }
  const file = path.join(folder, 'pseudonym.key');
  if (!existsSync(file)) {
    const fresh = `${file}.${process.pid}`;
    writeFileSync(fresh, `${randomBytes(16).toString('hex')}\n`, { mode: 0o600, flush: true });
    renameSync(fresh, file);
  }
  return Buffer.from(readFileSync(file, 'utf8').trim(), 'hex');
}

/**
 * The pseudonyms of a data folder. The 128-bit key is made once, in `pseudonym.key`, or taken from
 * `CEIR_PSEUDONYM_KEY`; whoever loses it cannot join new registers to old ones. SipHash-2-4 with 128-bit output.
 */
export function pseudonyms(folder: string): Pseudonyms {
  const key = keyOf(folder);
  const halves = `(toUInt64(${key.readBigUInt64LE(0)}), toUInt64(${key.readBigUInt64LE(8)}))`;
  const hash = (text: string): string => `reinterpretAsUInt128(sipHash128Keyed(${halves}, ${text}))`;
  return {
    uid: (expression) => hash(`concat('uid:', ${expression})`),
    golden: (imei) => hash(`concat('golden:', toString(${imei}))`),
  };
}
