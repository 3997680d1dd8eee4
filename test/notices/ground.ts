import { createHash } from 'node:crypto';
import { type Actor, SYSTEM } from '../../src/access/actor.ts';
import type { Desk } from '../../src/access/desk.ts';
import { type Country, parseCountry } from '../../src/country/country.ts';
import type { Imei } from '../../src/identifiers/imei.ts';
import type { Msisdn } from '../../src/identifiers/msisdn.ts';
import type { Recipient } from '../../src/notices/recipient.ts';
import type { Registry } from '../../src/stores/registry.ts';
import type { Vault } from '../../src/vault/vault.ts';

/** A vault whose seals show nothing of what is in them, and open only in this process. */
export function openVault(): Vault & { forget: boolean } {
  const texts = new Map<string, string>();
  return {
    forget: false,
    seal(kind, text) {
      const seal = `${kind} ${texts.size}`;
      texts.set(seal, text);
      return Buffer.from(seal);
    },
    open(kind, sealed) {
      const seal = sealed.toString();
      if (!seal.startsWith(`${kind} `)) throw new Error('This is no seal of this class.');
      return this.forget ? undefined : texts.get(seal);
    },
    pseudonym: (domain, text) => createHash('sha256').update(`${domain} ${text}`).digest('hex').slice(0, 32),
  };
}

/** A country of two operators in Zurich's time, with the section `notices` as given. */
export function countryOf(notices = '', more = ''): Country {
  const text = `name: Freedonia
mccs: ['999']
calling_codes: ['999']
time_zone: Europe/Zurich
operators:
  - { id: alfa, name: Alfa, plmns: [{ mcc: '999', mnc: '01' }] }
  - { id: bravo, name: Bravo, plmns: [{ mcc: '999', mnc: '02' }] }
${more}
notices: { ${notices} }
`;
  const parsed = parseCountry(text, 'country.yaml', []);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.fault));
  return parsed.value;
}

export type Office = {
  readonly registry: Registry;
  readonly vault: Vault & { forget: boolean };
  readonly policy: Country;
  /** Carries out one act in a transaction of its own. */
  readonly act: <T>(act: (desk: Desk) => Promise<T>, at?: Date | string, actor?: Actor) => Promise<T>;
};

/** An office over a registry. */
export function officeOf(registry: Registry, policy: Country = countryOf(), vault = openVault()): Office {
  const act: Office['act'] = (what, at = NOW, actor = SYSTEM) =>
    registry.transaction((query) => what({ query, vault, policy, actor, now: new Date(at) }));
  return { registry, vault, policy, act };
}

/** A Monday, noon in Zurich. */
export const NOW = new Date('2026-09-07T10:00:00Z');

export const IMEI = '35000000000001' as Imei;
export const OTHER = '35000000000002' as Imei;

/** A subscriber's telephone. */
export const sms = (number: number): Recipient => ({
  channel: 'sms',
  msisdn: String(999_790_000_000 + number) as Msisdn,
});
