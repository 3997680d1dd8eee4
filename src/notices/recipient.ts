import type { Policy } from '../country/country.ts';
import { type Fault, Refused } from '../faults/fault.ts';
import type { Imsi } from '../identifiers/imsi.ts';
import type { Msisdn } from '../identifiers/msisdn.ts';
import type { Vault } from '../vault/vault.ts';

/** The ways by which people are told. */
export const CHANNELS = ['sms', 'email', 'operator', 'webhook'] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** A way to reach somebody. An operator reaches its own subscriber, whom it knows by IMSI or number; a webhook is a machine's. */
export type Recipient =
  | { readonly channel: 'sms'; readonly msisdn: Msisdn }
  | { readonly channel: 'email'; readonly address: string }
  | {
      readonly channel: 'operator';
      readonly operator: string;
      readonly imsi?: Imsi | undefined;
      readonly msisdn?: Msisdn | undefined;
    }
  | { readonly channel: 'webhook'; readonly url: string };

/** One person or machine: a way to reach it, or several, the first tried first. */
export type To = Recipient | readonly [Recipient, ...Recipient[]];

/** A person's contacts as they are kept: sealed, with their channels and pseudonyms in the open. */
export type Kept = {
  readonly contacts: Buffer;
  readonly channels: readonly ChannelName[];
  readonly persons: readonly string[];
};

const isOne = (to: To): to is Recipient => !Array.isArray(to);

/** The contacts of somebody, in order. */
const contactsOf = (to: To): readonly Recipient[] => (isOne(to) ? [to] : to);

const MAILBOX = /^[^\s@<>()[\]\\,;:"\p{Cc}]{1,64}@(?=.{1,190}$)[^\s@<>()\\,;:"\p{Cc}]+$/u;

/**
 * Seals what reaches somebody.
 * @throws Refused NOTICE_RECIPIENT, which does not repeat the contact
 */
export function keep(to: To, { vault, policy }: { readonly vault: Vault; readonly policy: Policy }): Kept {
  const contacts = contactsOf(to);
  const faults = contacts.flatMap((contact) => faultOf(contact, policy) ?? []);
  if (contacts.length === 0) faults.push(fault('there is no contact', 'Give at least one.'));
  if (faults.length > 0) throw new Refused(faults);
  return {
    contacts: vault.seal('contact', JSON.stringify(contacts)),
    channels: contacts.map(({ channel }) => channel),
    persons: [...new Set(contacts.flatMap((contact) => pseudonymsOf(contact, vault)))],
  };
}

/** What was sealed, opened to send it; undefined when it is gone, or its key was destroyed. */
export function opened(contacts: Buffer | null, vault: Vault): readonly Recipient[] | undefined {
  const text = contacts === null ? undefined : vault.open('contact', contacts);
  return text === undefined ? undefined : (JSON.parse(text) as readonly Recipient[]);
}

function pseudonymsOf(contact: Recipient, vault: Vault): readonly string[] {
  if (contact.channel === 'sms') return [vault.pseudonym('msisdn', contact.msisdn)];
  if (contact.channel === 'email') return [vault.pseudonym('email', contact.address.toLowerCase())];
  if (contact.channel === 'webhook') return [];
  const { imsi, msisdn } = contact;
  return [
    ...(imsi === undefined ? [] : [vault.pseudonym('imsi', imsi)]),
    ...(msisdn === undefined ? [] : [vault.pseudonym('msisdn', msisdn)]),
  ];
}

function faultOf(contact: Recipient, { operators }: Policy): Fault | undefined {
  if (contact.channel === 'sms')
    return /^\d{3,15}$/.test(contact.msisdn) ? undefined : fault('a number is none', 'Give international digits.');
  if (contact.channel === 'email')
    return MAILBOX.test(contact.address) ? undefined : fault('an address is none', 'Give a mailbox: name@domain.');
  if (contact.channel === 'webhook')
    return isHttps(contact.url) ? undefined : fault('an address is not of the form https://…', 'Give such an address.');
  if (!operators.some(({ id }) => id === contact.operator))
    return fault(`${contact.operator} is no operator of the country file`, 'Give one of its operators.');
  if (contact.imsi === undefined && contact.msisdn === undefined)
    return fault('an operator cannot reach a subscriber whom nothing tells', 'Give the IMSI, the number, or both.');
  return undefined;
}

/** An address over TLS, without a name and password in it. */
function isHttps(text: string): boolean {
  if (text.length > 2048 || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return protocol === 'https:' && username === '' && password === '';
}

const fault = (message: string, remedy: string): Fault => ({
  code: 'NOTICE_RECIPIENT',
  message: `A notice cannot be queued: ${message}.`,
  remedy,
  field: 'to',
});
