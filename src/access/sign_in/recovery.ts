import { randomInt } from 'node:crypto';
import { recordEvent } from '../accounts/event.ts';
import type { Desk } from '../desk.ts';
import { hashToken } from './token.ts';

// Without letters and digits that are taken for others.
const SIGNS = 'abcdefghjkmnpqrstuvwxyz23456789';

const newCode = (): string =>
  Array.from({ length: 4 }, () => Array.from({ length: 4 }, () => SIGNS[randomInt(SIGNS.length)]).join('')).join('-');

/** A code as people write it again: with or without hyphens and blanks, in any case. */
const plain = (code: string): string => code.toLowerCase().replace(/[\s-]/g, '');

/**
 * Ten codes of 79 bits, each of which stands in once for a lost second factor. They are told once; those before them end.
 */
export async function newRecoveryCodes(desk: Desk, account: string): Promise<readonly string[]> {
  const codes = Array.from({ length: 10 }, newCode);
  await desk.query('DELETE FROM recovery_code WHERE account = $1', [account]);
  await desk.query(
    'INSERT INTO recovery_code (hash, account, created) SELECT hash, $2, $3 FROM unnest($1::bytea[]) AS hash',
    [codes.map((code) => hashToken(plain(code))), account, desk.now],
  );
  await recordEvent(desk, { event: 'factor.recovery_codes', account });
  return codes;
}

/** Whether a text can be such a code. */
export const isRecoveryCode = (text: string): boolean => /^[a-z2-9]{16}$/.test(plain(text));

/** Uses a recovery code of an account up: true once. */
export async function spendRecoveryCode(
  { query, now }: Pick<Desk, 'query' | 'now'>,
  { account, code }: { readonly account: string; readonly code: string },
): Promise<boolean> {
  const rows = await query(
    'UPDATE recovery_code SET used = $3 WHERE account = $1 AND hash = $2 AND used IS NULL RETURNING created',
    [account, hashToken(plain(code)), now],
  );
  return rows.length === 1;
}
