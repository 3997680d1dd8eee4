import { integer, ratio } from './scalar.ts';
import {
  type CodePolicy,
  codes,
  type OidcPolicy,
  oidc,
  type SessionPolicy,
  type SignInPolicy,
  sessions,
  signIn,
} from './sign_in.ts';
import { optional, type Reader, record, section, standing } from './walk.ts';

/** How much personal data one account may open in a day of the country; the figures are ours. */
export type ReadQuota = {
  /** Persons or cases whose data are opened; the next one is refused. */
  readonly perDay: number;
  /** The share of it, from 0 to 1, at which the auditor is told. */
  readonly alarmAt: number;
};

/** What holds for those who work with the register. */
export type AccessPolicy = {
  readonly readQuota: ReadQuota;
  readonly signIn: SignInPolicy;
  readonly sessions: SessionPolicy;
  readonly codes: CodePolicy;
  /** Days in which a proposal of a heavy act has to be approved and used. */
  readonly approvalDays: number;
  /** Without it staff sign in with what the register keeps. */
  readonly oidc?: OidcPolicy;
};

/** Reads what holds for those who work with the register. */
export const access: Reader<AccessPolicy> = record<AccessPolicy>({
  readQuota: section(
    record<ReadQuota>({
      perDay: standing(integer({ min: 1, max: 1_000_000, unit: 'readings a day' }), 200),
      alarmAt: standing(ratio, 0.8),
    }),
  ),
  signIn: section(signIn),
  sessions: section(sessions),
  codes: section(codes),
  approvalDays: standing(integer({ min: 1, max: 90, unit: 'days' }), 7),
  oidc: optional(oidc),
});
