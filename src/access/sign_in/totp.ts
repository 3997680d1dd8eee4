import { Secret, TOTP } from 'otpauth';
import { type Fault, Refused } from '../../faults/fault.ts';
import { recordEvent } from '../accounts/event.ts';
import type { Desk } from '../desk.ts';

const PERIOD_S = 30;

/** What an app that shows codes is given; it is shown once. */
export type TotpOffer = {
  /** `otpauth://totp/…`, mostly as a QR code. */
  readonly uri: string;
  /** The secret for typing, base32. */
  readonly secret: string;
};

const totpOf = (secret: Secret, label: string): TOTP =>
  new TOTP({ issuer: 'openceir', label, secret, algorithm: 'SHA1', digits: 6, period: PERIOD_S });

/**
 * The step of time (30 seconds) whose code this is, one before and one after now included; undefined when it is none of
 * them (RFC 6238 §5.2).
 */
export function stepOf(secret: string, code: string, now: Date): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const totp = totpOf(Secret.fromBase32(secret), 'account');
  const delta = totp.validate({ token: code, timestamp: now.getTime(), window: 1 });
  return delta === null ? undefined : Math.floor(now.getTime() / 1000 / PERIOD_S) + delta;
}

/** Begins a second factor: its secret is told once, and counts when a code of it was shown. An older beginning ends. */
export async function offerTotp(
  { query, vault, now }: Pick<Desk, 'query' | 'vault' | 'now'>,
  { account, label }: { readonly account: string; readonly label: string },
): Promise<TotpOffer> {
  const secret = new Secret({ size: 20 });
  await query('UPDATE totp SET removed = $2 WHERE account = $1 AND confirmed IS NULL AND removed IS NULL', [
    account,
    now,
  ]);
  await query('INSERT INTO totp (account, secret, created) VALUES ($1, $2, $3)', [
    account,
    vault.seal('account', secret.base32),
    now,
  ]);
  return { uri: totpOf(secret, label).toString(), secret: secret.base32 };
}

/**
 * Makes the begun second factor the one of the account, in the place of an earlier one, once a code of it is shown.
 * @throws Refused ACCESS_FACTOR.
 */
export async function confirmTotp(
  desk: Desk,
  { account, code }: { readonly account: string; readonly code: string },
): Promise<void> {
  const [row] = await desk.query<{ id: string; secret: Buffer }>(
    'SELECT id, secret FROM totp WHERE account = $1 AND confirmed IS NULL AND removed IS NULL FOR UPDATE',
    [account],
  );
  const secret = row === undefined ? undefined : desk.vault.open('account', row.secret);
  if (row === undefined || secret === undefined)
    throw new Refused([factorFault('No second factor was begun.', 'Begin one.')]);
  const step = stepOf(secret, code, desk.now);
  if (step === undefined)
    throw new Refused([factorFault('The code is not one of now.', 'Write the code that is shown now.')]);
  await desk.query('UPDATE totp SET removed = $2 WHERE account = $1 AND confirmed IS NOT NULL AND removed IS NULL', [
    account,
    desk.now,
  ]);
  await desk.query('UPDATE totp SET confirmed = $2, last_step = $3 WHERE id = $1', [row.id, desk.now, step]);
  await recordEvent(desk, { event: 'factor.confirmed', account, detail: { kind: 'totp' } });
}

const factorFault = (message: string, remedy: string): Fault => ({
  code: 'ACCESS_FACTOR',
  message,
  remedy,
  field: 'code',
});

/** Uses a code up: true once, for this step and none before it. */
export async function spendStep({ query }: Pick<Desk, 'query'>, account: string, step: number): Promise<boolean> {
  const rows = await query(
    `UPDATE totp SET last_step = $2
     WHERE account = $1 AND confirmed IS NOT NULL AND removed IS NULL AND last_step < $2 RETURNING id`,
    [account, step],
  );
  return rows.length === 1;
}
