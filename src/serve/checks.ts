import { referenceFor, referenceKey } from '../api/check/reference.ts';
import type { CheckStatus, Told } from '../api/check/verdict.ts';
import type { House } from '../api/house.ts';
import type { Day } from '../calendar/day.ts';
import { noticesOf } from '../country/notices.ts';
import { type Imei, writeImei15 } from '../identifiers/imei.ts';
import type { Check, Status, Verdict } from '../notices/check/verdict.ts';
import type { Reason } from '../notices/reasons.ts';

const ASSESSED = {
  CLEAR: 'clear',
  CAUTION: 'caution',
  DO_NOT_BUY: 'do_not_buy',
  INVALID: 'invalid',
  UNKNOWN: 'unknown',
} as const satisfies Readonly<Record<Told['verdict'], Verdict['verdict']>>;

const STATUS = {
  REGISTERED: 'registered',
  TYPE_APPROVED: 'type_approved',
  ALREADY_IN_USE: 'in_use',
  DUPLICATE: 'duplicate',
  STOLEN: 'stolen',
  LOST: 'lost',
  BLOCKED: 'blocked',
  TRACKED: 'tracked',
  GRACE: 'grace',
} as const satisfies Readonly<Record<CheckStatus, Status>>;

/** Reasons that a short answer has a word for, beside the statuses. */
const TOLD: Readonly<Partial<Record<Reason, Status>>> = {
  tac_not_allocated: 'not_allocated',
  not_registered: 'not_registered',
};

const HOUR_MS = 3_600_000;

/** The public check, as it answers messages and sessions: the same answer, in fewer words. */
export const checkBy = ({ checking, vault, policy, clock }: House): Check => ({
  check: async (imei: Imei): Promise<Verdict> => {
    const at = clock();
    const [told] = (await checking.check([writeImei15(imei)], at)) ?? [];
    const validUntil = new Date(at.getTime() + noticesOf(policy).check.validHours * HOUR_MS);
    const verdict = told?.verdict ?? 'UNKNOWN';
    const reference = referenceFor(referenceKey(vault), { imeis: [writeImei15(imei)], verdict, at });
    if (told === undefined) return { imei, verdict: 'unknown', statuses: [], reference, validUntil };
    const { make, model, blockedFrom } = told;
    return {
      imei,
      verdict: ASSESSED[verdict],
      statuses: [...told.reasons.flatMap((reason) => TOLD[reason] ?? []), ...told.statuses.map((one) => STATUS[one])],
      ...(make === null ? {} : { make }),
      ...(model === null ? {} : { model }),
      ...(blockedFrom === null ? {} : { blockOn: blockedFrom as Day }),
      reference,
      validUntil,
    };
  },
});
