import { type DimensionUse, dimensionUse } from './dimension.ts';
import { NAME, noteTwice } from './operator.ts';
import type { Catalogue } from './parameter.ts';
import { choice, digits, type Form, integer, ratio, text, truth } from './scalar.ts';
import {
  checked,
  type Holed,
  list,
  needed,
  note,
  optional,
  type Reader,
  record,
  type Spot,
  standing,
  within,
} from './walk.ts';

/** What a condition does to an identifier that matches it. */
export const EFFECTS = ['blocked', 'tracked', 'informative'] as const;

/** `blocked` and `tracked` lead to the list of that name (ITU-T Q.5055); `informative` is only reported. */
export type Effect = (typeof EFFECTS)[number];

/** An AND of dimensions and what follows when all of them match. */
export type Condition = {
  /** Known by it in every run; a condition under a new label is a new condition. */
  readonly label: string;
  /** The reason as lists and notices give it; no `|`, which joins reasons in lists. */
  readonly reason: string;
  /** The reason code, as text. */
  readonly code?: string;
  readonly effect: Effect;
  /** Days from the first match to the block. */
  readonly graceDays: number;
  /** Once matched, always matched. */
  readonly sticky: boolean;
  readonly amnestyEligible: boolean;
  /** The legal basis on which nobody need be told before the block; without it a notice is due. */
  readonly noticeExempt?: string;
  /** The share of all identifiers ever seen above which a run refuses this condition. */
  readonly maxMatchingRatio: number;
  readonly dimensions: readonly DimensionUse[];
};

const LABEL: Form = { pattern: /^[A-Za-z0-9_]{1,64}$/, about: '1 to 64 letters, digits or underscores' };
const REASON: Form = {
  pattern: /^(?!\s)[^|\p{Cc}\u2028\u2029]{1,128}(?<!\s)$/u,
  about: "one line of 1 to 128 characters, without '|' and without spaces around it",
};
const CODE: Form = { pattern: /^[A-Za-z0-9_.-]{1,32}$/, about: "1 to 32 letters, digits or . _ -, such as '0011'" };

const condition = (catalogue: Catalogue): Reader<Condition> =>
  checked(
    record<Condition>({
      label: needed(digits(LABEL)),
      reason: needed(text(REASON)),
      code: optional(digits(CODE)),
      effect: needed(choice(EFFECTS)),
      graceDays: standing(integer({ min: 0, max: 3660, unit: 'days' }), 30),
      sticky: standing(truth, false),
      amnestyEligible: standing(truth, false),
      noticeExempt: optional(text(NAME)),
      maxMatchingRatio: standing(ratio, 0.1),
      dimensions: needed(list(dimensionUse(catalogue), { atLeastOne: 'dimension' })),
    }),
    noteContradictions,
  );

/** Reads the conditions: labels unique whatever their case, since a label names a file and a column. */
export const conditions = (catalogue: Catalogue): Reader<readonly Condition[]> =>
  checked(list(condition(catalogue)), (found, spot) => {
    const keys = found.map((one, at) => ({ key: one?.label?.toLowerCase(), path: `[${at}].label` }));
    noteTwice(spot, { keys, what: 'label' });
  });

function noteContradictions(found: Holed<Condition>, spot: Spot): void {
  const blocks = found.effect === 'blocked';
  // An exemption that is there but at fault is noted as such; it is not absent.
  const exempt = found.noticeExempt !== undefined || spot.walk.places.has(`${spot.path}.notice_exempt`);
  if (blocks && found.graceDays === 0 && !exempt) {
    note(within(spot, 'grace_days'), {
      code: 'COUNTRY_NOTICE',
      message: 'this condition blocks on the day it matches, and no law exempts its reason from notice',
      remedy: 'Give grace_days of at least 1, or name the legal basis under notice_exempt.',
    });
  }
  if (found.amnestyEligible === true && found.effect !== undefined && !blocks) {
    note(within(spot, 'amnesty_eligible'), {
      code: 'COUNTRY_VALUE',
      message: `an amnesty spares from blocking, and the effect here is ${found.effect}`,
      remedy: 'Remove amnesty_eligible, or write effect: blocked.',
    });
  }
}
