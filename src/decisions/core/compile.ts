import type { Day } from '../../calendar/day.ts';
import type { Condition } from '../../country/condition.ts';
import type { Country } from '../../country/country.ts';
import { EIR_DEFAULTS, type Ruling, type TacRule } from '../../country/eir.ts';
import { isOfSvn } from '../../country/span.ts';
import type { Golden } from './golden.ts';
import { type Kinds, type Rules, THEFT_REASONS } from './rules.ts';

/** What the rules are made of beside the country file. */
export type Ground = {
  /** The barred TACs of the day, 8 digits each. */
  readonly barredTacs: readonly string[];
  /** Labels of the conditions that the last classification refused: what they judge is not to be blocked by model either. */
  readonly refused?: readonly string[];
  /** The golden list of the day. */
  readonly golden?: readonly Golden[];
};

/** The rules that a country file means on a day. */
export function rulesOf(country: Country, day: Day, ground: Ground): Rules {
  const policy = country.eir ?? EIR_DEFAULTS;
  return {
    country: country.hash,
    day,
    timeZone: country.timeZone,
    mccs: country.mccs,
    ...(policy.override === undefined ? {} : { override: policy.override }),
    listsMissing: policy.listsMissing,
    modes: policy.modes,
    regions: policy.regions,
    withoutImei: policy.withoutImei,
    roamers: policy.roamers,
    imsiRanges: policy.imsiRanges,
    imeiRanges: policy.imeiRanges.map(bare),
    tacs: [...policy.tacs.map(bare), ...barredTacs(country, policy.tacs, ground)],
    kinds: kindsOf(country.conditions),
    ...(ground.golden === undefined ? {} : { golden: ground.golden }),
    pairsBy: country.lists.notifyImsiChange ? 'imsi' : 'imsi_or_msisdn',
  };
}

/** The legal basis is for the country file; nodes act on the rest. */
function bare<T extends Ruling>({ noticeExempt: _, ...rule }: T): Omit<T, 'noticeExempt'> {
  return rule;
}

/** Reasons by the dimensions of the conditions that give them, and those of the offices' own. */
export function kindsOf(conditions: readonly Pick<Condition, 'reason' | 'dimensions'>[]): Kinds {
  const reasonsOf = (...names: readonly string[]): readonly string[] => [
    ...new Set(
      conditions
        .filter(({ dimensions }) => dimensions.some(({ is, not }) => !not && names.includes(is)))
        .map(({ reason }) => reason),
    ),
  ];
  return {
    stolen: [...new Set([...reasonsOf('stolen'), ...THEFT_REASONS])],
    barred: reasonsOf('barred_imei', 'barred_tac'),
  };
}

/**
 * Barred models as rules, for equipment that no run has seen yet. Only of conditions that say nothing but that the TAC
 * is barred, and only where lists would block the equipment on the day it is found (no grace, no amnesty, so that a law
 * exempts it from notice), or track it: else a node would block what the lists announce first, two answers for one device.
 * TACs for which the country file has a rule of all software versions keep that.
 */
function barredTacs(
  { conditions }: Country,
  own: readonly TacRule[],
  { barredTacs: tacs, refused = [] }: Ground,
): Rules['tacs'] {
  const judging = conditions.filter(({ label, dimensions: [use, ...more], graceDays, effect, amnestyEligible }) => {
    const plain = use?.is === 'barred_tac' && !use.not && more.length === 0 && !refused.includes(label);
    return plain && (effect === 'tracked' || (effect === 'blocked' && graceDays === 0 && !amnestyEligible));
  });
  const list = judging.some(({ effect }) => effect === 'blocked') ? 'blocked' : 'tracked';
  const reasons = judging.filter(({ effect }) => effect === list).map(({ reason }) => reason);
  if (reasons.length === 0) return [];
  const reason = [...new Set(reasons)].sort().join('|');
  const taken = new Set(
    own.filter(({ svnFrom = 0, svnTo = 99 }) => !isOfSvn({ from: 0, to: 0, svnFrom, svnTo })).map(({ tac }) => tac),
  );
  return [...new Set(tacs)]
    .filter((tac) => !taken.has(tac))
    .sort()
    .map((tac) => ({ tac, list, reason }));
}
