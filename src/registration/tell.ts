import type { Desk } from '../access/desk.ts';
import type { Language } from '../country/notices.ts';
import { registrationOf } from '../country/registration.ts';
import type { Imei } from '../identifiers/imei.ts';
import { queueNotice } from '../notices/queue.ts';
import type { Recipient, To } from '../notices/recipient.ts';
import type { TemplateName, ValuesOf } from '../notices/templates.ts';
import type { Vault } from '../vault/vault.ts';

/** Where somebody is to be told, and in which language. */
export type Contact = { readonly to: To; readonly language?: Language | undefined };

/** The pseudonym of who has a number or address: the same under which that person acts. Operators and machines are nobody. */
export function personOf(vault: Pick<Vault, 'pseudonym'>, to: To): string | undefined {
  const all: readonly Recipient[] = 'channel' in to ? [to] : to;
  for (const one of all) {
    if (one.channel === 'sms') return vault.pseudonym('msisdn', one.msisdn);
    if (one.channel === 'email') return vault.pseudonym('email', one.address.normalize('NFKC').trim().toLowerCase());
  }
  return undefined;
}

/** A contact as rows keep it: sealed. */
export type KeptContact = { readonly contact: Buffer | null; readonly language: Language | null };

/** Seals a contact for a row. */
export const keepContact = ({ vault }: Pick<Desk, 'vault'>, contact: Contact | undefined): KeptContact => ({
  contact: contact === undefined ? null : vault.seal('contact', JSON.stringify(contact.to)),
  language: contact?.language ?? null,
});

/** What somebody is told. */
export type Telling<Name extends TemplateName> = {
  readonly template: Name;
  readonly values: ValuesOf<Name>;
  readonly imei?: Imei | undefined;
  /** `admission:<uuid>` */
  readonly case?: string | undefined;
  /** Not sent before; without it at once. */
  readonly due?: Date | undefined;
  /** What makes it one thing, which is queued once. */
  readonly once?: string | undefined;
};

/**
 * Tells whoever is behind a row, if it has a contact that still can be read; gives whether a notice was queued that was
 * not before.
 */
export async function tell<Name extends TemplateName>(
  desk: Desk,
  { contact, language }: KeptContact,
  telling: Telling<Name>,
): Promise<boolean> {
  const text = contact === null ? undefined : desk.vault.open('contact', contact);
  if (text === undefined) return false;
  const { once } = telling;
  if (once !== undefined && (await desk.query('SELECT FROM notice WHERE once = $1', [once])).length > 0) return false;
  await send(desk, { to: JSON.parse(text) as To, language: language ?? undefined }, telling);
  return true;
}

/** Tells an office of the country file. */
export async function tellOffice<Name extends TemplateName>(
  desk: Desk,
  office: 'customs' | 'regulator',
  telling: Telling<Name>,
): Promise<void> {
  for (const address of registrationOf(desk.policy).offices[office])
    await send(desk, { to: { channel: 'email', address } }, telling);
}

/** Queues a notice within the transaction. */
async function send<Name extends TemplateName>(
  desk: Desk,
  { to, language }: Contact,
  { template, values, imei, case: about, due, once }: Telling<Name>,
): Promise<void> {
  await queueNotice(desk, { template, to, language, values, subject: { imei, case: about }, due, once });
}
