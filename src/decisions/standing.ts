import { addDays, type Day, daysBetween } from '../calendar/day.ts';
import type { Condition, Effect } from '../country/condition.ts';
import type { Amnesty } from '../country/country.ts';
import { OPEN_DAY } from '../stores/schema.ts';

/** A day, or {@link OPEN_DAY} where none is set. Both compare as texts do. */
export type Until = Day | typeof OPEN_DAY;

/** What a condition holds against an identifier for as long as it matches. */
export type Standing = {
  readonly effect: Effect;
  /** The first day of the unbroken match. */
  readonly since: Day;
  /** The day of the block; {@link OPEN_DAY} where the effect does not block, or an amnesty has set no day yet. */
  readonly blockDate: Until;
  /** An amnesty has put the block off. */
  readonly amnesty: boolean;
  /** The numbers it was last found with, a JSON object by dimension. */
  readonly evidence: string;
};

/** Under what one condition is judged in one run. */
export type Terms = {
  readonly condition: Pick<Condition, 'effect' | 'graceDays' | 'sticky' | 'amnestyEligible'>;
  readonly date: Day;
  readonly amnesty?: Amnesty | undefined;
};

/**
 * What a run makes of one identifier under one condition.
 * - `none`: there was nothing and is nothing.
 * - `new`: the first match, or the first after an end; a row is opened.
 * - `kept`: the row stays open; its evidence is that of the latest match.
 * - `changed`: effect, block date or amnesty differ: the row is closed and another one opened with the same `since`.
 * - `ended`: it no longer matches; the row is closed with the day as its end.
 */
export type Turn =
  | { readonly kind: 'none' }
  | { readonly kind: 'new' | 'kept' | 'changed'; readonly standing: Standing }
  | { readonly kind: 'ended'; readonly standing: Standing; readonly ended: Day };

/** The last day a block can have: the day after it stands for none. */
const LAST_DAY = addDays(OPEN_DAY as Day, -1);

/** The day of a block that is decided today: today and the days of grace. */
export function graceEnds({ date, condition }: Terms): Day {
  return addDays(date, Math.min(condition.graceDays, daysBetween(date, LAST_DAY)));
}

/** In which part of an amnesty a day lies: matches are granted, the granted wait for its end, or neither. */
export function periodOf(date: Day, amnesty: Amnesty | undefined): 'evaluation' | 'amnesty' | 'none' {
  if (amnesty === undefined || date > amnesty.ends) return 'none';
  return date <= amnesty.evaluationEnds ? 'evaluation' : 'amnesty';
}

/**
 * The rule of standings, for one identifier and one condition (DIRBS has the same, where not marked as ours).
 *
 * - **Block date.** Fixed at the first match: that day and the days of grace. Later runs keep it, also when the grace
 *   has changed since. When the effect becomes `blocked` it is set, with a grace that begins then; when the effect
 *   ceases to be `blocked` it is cleared.
 * - **End.** What no longer matches ends on the day of the run. A match after an end is a new one with a new grace.
 * - **Sticky.** Once matched, it stays matched, with the evidence of the last true match.
 * - **Amnesty.** Until and with `evaluationEnds`, matches of an eligible condition are granted it: no block date. After
 *   that and until and with `ends`, the granted are to be blocked on `ends`, wherever the country file moves that.
 *   Later they keep that date. Ours: what is blocked already is not granted any; a grant outlives a later change of
 *   eligibility; and a granted block whose date no run has set before `ends`, so that nobody was told of it, begins a
 *   grace of its own.
 */
export function turn(previous: Standing | undefined, match: string | undefined, terms: Terms): Turn {
  const { condition, date } = terms;
  if (previous === undefined) {
    if (match === undefined) return { kind: 'none' };
    const block = blockOf(undefined, terms);
    return { kind: 'new', standing: { effect: condition.effect, since: date, ...block, evidence: match } };
  }
  if (match === undefined && !condition.sticky) return { kind: 'ended', standing: previous, ended: date };
  const block = blockOf(previous, terms);
  const standing = { ...previous, ...block, effect: condition.effect, evidence: match ?? previous.evidence };
  const same =
    previous.effect === standing.effect &&
    previous.blockDate === standing.blockDate &&
    previous.amnesty === standing.amnesty;
  return { kind: same ? 'kept' : 'changed', standing };
}

type Block = Pick<Standing, 'blockDate' | 'amnesty'>;

function blockOf(previous: Standing | undefined, terms: Terms): Block {
  const { condition, date, amnesty } = terms;
  if (condition.effect !== 'blocked') return { blockDate: OPEN_DAY, amnesty: false };
  const before = previous?.effect === 'blocked' ? previous : undefined;
  const period = periodOf(date, amnesty);
  const blockedAlready = before !== undefined && before.blockDate <= date;
  const granted = before?.amnesty === true || (condition.amnestyEligible && period === 'evaluation' && !blockedAlready);
  if (granted && period === 'evaluation') return { blockDate: OPEN_DAY, amnesty: true };
  if (granted && amnesty !== undefined && period === 'amnesty') return { blockDate: amnesty.ends, amnesty: true };
  const set = before !== undefined && before.blockDate !== OPEN_DAY;
  return { blockDate: set ? before.blockDate : graceEnds(terms), amnesty: granted };
}
