import { createHmac, timingSafeEqual } from 'node:crypto';
import { REFERENCE_BYTES, type Reference, referenceOf } from '../../identifiers/reference.ts';
import { VERDICTS, type Verdict } from './verdict.ts';

/** What was told to somebody: which identifiers, what, and when. */
export type Claim = { readonly imeis: readonly string[]; readonly verdict: Verdict; readonly at: Date };

type Keyed = { pseudonym(domain: 'holder', text: string): string };
const keys = new WeakMap<Keyed, Buffer>();

/** The key of references, from the register's own: whoever has it could make references up. */
export function referenceKey(vault: Keyed): Buffer {
  const known = keys.get(vault);
  if (known !== undefined) return known;
  const key = Buffer.from(vault.pseudonym('holder', 'check references'), 'hex');
  keys.set(vault, key);
  return key;
}

/**
 * The reference of an answer. It proves what was answered without anything being kept: it is a keyed digest of the
 * answer, so that who shows one with its time and identifiers can be told whether it is ours.
 */
export function referenceFor(key: Buffer, { imeis, verdict, at }: Claim): Reference {
  const minute = Math.floor(at.getTime() / 60_000);
  return referenceOf(
    createHmac('sha256', key)
      .update(JSON.stringify([minute, verdict, imeis]))
      .digest()
      .subarray(0, REFERENCE_BYTES),
  );
}

/** The verdict that a reference stands for; undefined where it is none of ours for these identifiers and that minute. */
export function verdictBehind(key: Buffer, claim: Omit<Claim, 'verdict'>, reference: Reference): Verdict | undefined {
  const given = Buffer.from(reference);
  return VERDICTS.find((verdict) => timingSafeEqual(Buffer.from(referenceFor(key, { ...claim, verdict })), given));
}
