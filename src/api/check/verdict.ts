import type { Answer } from '../../decisions/core/question.ts';
import type { Reason } from '../../notices/reasons.ts';
import type { Aspects } from './aspects.ts';
import type { ModelName } from './models.ts';

/** What it comes down to, the best first (proposed after ITU-T Q.5054; its own forms have not been seen). */
export const VERDICTS = ['CLEAR', 'CAUTION', 'UNKNOWN', 'INVALID', 'DO_NOT_BUY'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What is known of an identifier, as far as it is for everybody. */
export const STATUSES = [
  'REGISTERED',
  'TYPE_APPROVED',
  'ALREADY_IN_USE',
  'DUPLICATE',
  'STOLEN',
  'LOST',
  'BLOCKED',
  'TRACKED',
  'GRACE',
] as const;
export type CheckStatus = (typeof STATUSES)[number];

/** What to do: keys of texts, which portals and messages have in each language. */
export const ADVICE = [
  'nothing_against_it',
  'check_the_digits',
  'do_not_buy_stolen',
  'do_not_buy_blocked',
  'ask_before_buying_tracked',
  'ask_before_buying_duplicate',
  'will_be_blocked',
  'two_models',
  'model_unknown',
] as const;
export type Advice = (typeof ADVICE)[number];

/** Everything a verdict is made of. */
export type Known = {
  readonly answer: Answer;
  readonly aspects: Aspects;
  /** Absent where no model has the TAC. */
  readonly model: ModelName | undefined;
  /** Why it is on a list, or will be, as people are told it. */
  readonly reasons: readonly Reason[];
  /** `YYYY-MM-DD`. */
  readonly today: string;
};

/** What is told of one identifier. The same keys always: what is not known is null. */
export type Told = {
  /** The 15 digits that the device shows; null where the text was none. */
  readonly imei: string | null;
  readonly verdict: Verdict;
  readonly statuses: readonly CheckStatus[];
  readonly reasons: readonly Reason[];
  /** The day of the block, where one lies ahead. */
  readonly blockedFrom: string | null;
  readonly make: string | null;
  readonly model: string | null;
  readonly advice: Advice;
};

const isTaken = (reasons: readonly Reason[]): boolean => reasons.includes('stolen') || reasons.includes('lost');

/** The statuses of an identifier, in their order. */
export function statusesOf({ answer, aspects, model, reasons, today }: Known): readonly CheckStatus[] {
  const { intended } = answer;
  const held: Readonly<Record<CheckStatus, boolean>> = {
    REGISTERED: aspects.registered || answer.list === 'permitted',
    TYPE_APPROVED: model?.approved === true,
    ALREADY_IN_USE: aspects.inUse,
    DUPLICATE: aspects.duplicate || reasons.includes('duplicate'),
    STOLEN: reasons.includes('stolen'),
    LOST: reasons.includes('lost'),
    BLOCKED: intended === 'blocked',
    TRACKED: intended === 'tracked',
    GRACE: intended !== 'blocked' && aspects.until >= today,
  };
  return STATUSES.filter((status) => held[status]);
}

/**
 * What it comes down to. The decision is the networks' own (`answer`); shadow mode and stages, which let through what is
 * decided against, do not make a device worth buying. A tracked stolen device is as little to be bought as a blocked one.
 */
export function verdictOf(known: Known): readonly [Verdict, Advice] {
  const statuses = statusesOf(known);
  const has = (status: CheckStatus): boolean => statuses.includes(status);
  if (isTaken(known.reasons)) return ['DO_NOT_BUY', 'do_not_buy_stolen'];
  if (has('BLOCKED')) return ['DO_NOT_BUY', 'do_not_buy_blocked'];
  if (has('GRACE')) return ['CAUTION', 'will_be_blocked'];
  if (has('DUPLICATE')) return ['CAUTION', 'ask_before_buying_duplicate'];
  if (has('TRACKED')) return ['CAUTION', 'ask_before_buying_tracked'];
  if (known.model === undefined) return [has('ALREADY_IN_USE') ? 'CAUTION' : 'UNKNOWN', 'model_unknown'];
  return ['CLEAR', 'nothing_against_it'];
}

/** What is told of an identifier. */
export function toldOf(imei15: string, known: Known): Told {
  const [verdict, advice] = verdictOf(known);
  const statuses = statusesOf(known);
  return {
    imei: imei15,
    verdict,
    statuses,
    reasons: known.reasons,
    blockedFrom: statuses.includes('GRACE') ? known.aspects.until : null,
    make: known.model?.make ?? null,
    model: known.model?.model ?? null,
    advice,
  };
}

/** What is told of a text that is no identifier. */
export const INVALID: Told = {
  imei: null,
  verdict: 'INVALID',
  statuses: [],
  reasons: [],
  blockedFrom: null,
  make: null,
  model: null,
  advice: 'check_the_digits',
};

/**
 * What both identifiers of a device come down to: the worse of the two; and two that are of different models are not of
 * one device (ITU-T Q.5050 §9.4 in substance; practice of registers whose second field was filled with another phone's).
 */
export function together(all: readonly Told[]): readonly [Verdict, Advice] {
  const [first, ...others] = all;
  if (first === undefined) throw new Error('Nothing was asked.');
  const worst = all.reduce((worse, one) => (rank(one.verdict) > rank(worse.verdict) ? one : worse), first);
  const isMixed = others.some(({ make, model }) => make !== first.make || model !== first.model);
  if (isMixed && rank(worst.verdict) <= rank('UNKNOWN') && all.every(({ imei }) => imei !== null))
    return ['CAUTION', 'two_models'];
  return [worst.verdict, worst.advice];
}

const rank = (verdict: Verdict): number => VERDICTS.indexOf(verdict);
