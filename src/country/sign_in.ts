import { NAME } from './operator.ts';
import { choice, type Form, integer, text } from './scalar.ts';
import { list, needed, optional, type Reader, record, section, standing } from './walk.ts';

/** How people and machines sign in with what the register itself keeps; the figures are ours. */
export type SignInPolicy = {
  /** Failures of one account in a row that have no consequence; from the next on it has to wait. */
  readonly failures: number;
  /** The same for one network address, where many may share it. */
  readonly addressFailures: number;
  /** The first wait; each further failure doubles it. */
  readonly delaySeconds: number;
  /** No wait is longer; failures older than it are forgotten. */
  readonly delayMaxMinutes: number;
  /** Characters of the shortest password. */
  readonly passwordMin: number;
  /** Work of a password's scrypt: N is 2 to this; each step doubles time and memory. */
  readonly passwordCost: number;
  /** For how long somebody invited may choose the means to sign in. */
  readonly invitationHours: number;
};

/** When a sign-in ends: after a time without acts, and at the latest after a time altogether. */
export type SessionPolicy = {
  readonly staffIdleMinutes: number;
  readonly staffHours: number;
  readonly citizenIdleMinutes: number;
  readonly citizenHours: number;
  /** Of a machine's access token; it has no idle time. */
  readonly machineMinutes: number;
};

/** Codes that are sent to a citizen's number or address. */
export type CodePolicy = {
  readonly minutes: number;
  /** Wrong entries that a code bears. */
  readonly tries: number;
  /** Codes an hour to one number or address. */
  readonly perAddress: number;
  /** Codes an hour that one network address may ask for. */
  readonly perSource: number;
};

/** The roles that a provider of identities may give. Approvers and admins are made by two persons here. */
export const PROVISIONED = [
  'operator',
  'police',
  'customs',
  'importer',
  'maker',
  'lab',
  'dealer',
  'analyst',
  'auditor',
] as const;

/** Which value of a claim gives which role in which organisation, by its name in the register. */
export type ProvisionRule = {
  readonly value: string;
  readonly role: (typeof PROVISIONED)[number];
  readonly organisation: string;
};

/** The provider by which staff sign in (OpenID Connect). Its secret is no part of the country file. */
export type OidcPolicy = {
  readonly issuer: string;
  readonly clientId: string;
  /** What is asked of it, words with blanks between; openid among them. */
  readonly scope: string;
  /** Without it, only accounts that an admin linked sign in. */
  readonly provision?: { readonly claim: string; readonly rules: readonly ProvisionRule[] };
};

/** Reads how one signs in. */
export const signIn: Reader<SignInPolicy> = record<SignInPolicy>({
  failures: standing(integer({ min: 1, max: 100 }), 5),
  addressFailures: standing(integer({ min: 1, max: 100_000 }), 50),
  delaySeconds: standing(integer({ min: 1, max: 3600, unit: 'seconds' }), 15),
  delayMaxMinutes: standing(integer({ min: 1, max: 1440, unit: 'minutes' }), 60),
  passwordMin: standing(integer({ min: 8, max: 64, unit: 'characters' }), 12),
  passwordCost: standing(integer({ min: 14, max: 20 }), 15),
  invitationHours: standing(integer({ min: 1, max: 720, unit: 'hours' }), 72),
});

/** Reads when sign-ins end. */
export const sessions: Reader<SessionPolicy> = record<SessionPolicy>({
  staffIdleMinutes: standing(integer({ min: 1, max: 1440, unit: 'minutes' }), 30),
  staffHours: standing(integer({ min: 1, max: 168, unit: 'hours' }), 12),
  citizenIdleMinutes: standing(integer({ min: 1, max: 1440, unit: 'minutes' }), 15),
  citizenHours: standing(integer({ min: 1, max: 168, unit: 'hours' }), 2),
  machineMinutes: standing(integer({ min: 1, max: 60, unit: 'minutes' }), 10),
});

/** Reads how codes are sent. */
export const codes: Reader<CodePolicy> = record<CodePolicy>({
  minutes: standing(integer({ min: 1, max: 60, unit: 'minutes' }), 10),
  tries: standing(integer({ min: 1, max: 10 }), 5),
  perAddress: standing(integer({ min: 1, max: 100, unit: 'codes an hour' }), 5),
  perSource: standing(integer({ min: 1, max: 100_000, unit: 'codes an hour' }), 50),
});

const ISSUER: Form = {
  pattern: /^https?:\/\/[^\s\p{Cc}?#]{1,1024}$/u,
  about: "the issuer's address, such as 'https://id.authority.example'",
};
const SCOPE: Form = {
  pattern: /^(?:[!-~]+ )*openid(?: [!-~]+)*$/,
  about: 'words with blanks between, openid among them',
};
const WORD: Form = { pattern: /^[^\s\p{Cc}]{1,256}$/u, about: '1 to 256 characters without spaces' };

/** Reads the provider of identities. */
export const oidc: Reader<OidcPolicy> = record<OidcPolicy>({
  issuer: needed(text(ISSUER)),
  clientId: needed(text(WORD)),
  scope: standing(text(SCOPE), 'openid'),
  provision: optional(
    record({
      claim: needed(text(WORD)),
      rules: section(
        list(
          record<ProvisionRule>({
            value: needed(text(WORD)),
            role: needed(choice(PROVISIONED)),
            organisation: needed(text(NAME)),
          }),
          { atLeastOne: 'rule' },
        ),
      ),
    }),
  ),
});
