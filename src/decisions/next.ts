import { type Day, daysBetween } from '../calendar/day.ts';
import type { Condition } from '../country/condition.ts';
import type { Country } from '../country/country.ts';
import { OPEN_DAY } from '../stores/schema.ts';
import type { Explanation, Held, Verdict } from './explanation.ts';
import { type Standing, type Terms, turn } from './standing.ts';

type Known = Pick<Explanation, 'date' | 'verdicts' | 'golden' | 'entries'>;

/** What happens next and when, a sentence each; the same rule as the next run of classification. */
export function nextSteps({ date, verdicts, golden, entries }: Known, country: Country): readonly string[] {
  const steps = verdicts.flatMap((verdict) => stepsOf(verdict, { date, country }));
  const held = steps.length > 0;
  const all = [...steps];
  if (golden !== undefined) {
    const whatever = held ? ' whatever the conditions say' : '';
    all.unshift(`It is protected until ${golden.expires} (${golden.legalBasis}) and is on no list${whatever}.`);
  }
  if (held && entries.some(({ list, holds }) => list === 'pairing' && holds)) {
    all.push('It is paired: the subscribers of its pairs may go on using it also when it is blocked.');
  }
  return all.length > 0 ? all : ['Nothing is held against it, and nothing will happen.'];
}

type Now = { readonly date: Day; readonly country: Country };

function stepsOf(verdict: Verdict, now: Now): readonly string[] {
  const condition = now.country.conditions.find(({ label }) => label === verdict.label);
  if (condition === undefined) {
    return verdict.standing === undefined
      ? []
      : [`${verdict.label}: its standing ends with the next classification, since the condition is no more.`];
  }
  if (verdict.unjudged !== undefined) {
    if (verdict.standing === undefined) return [];
    return [`${verdict.label}: its standing stays as it is until the condition can be judged again.`];
  }
  return foretold(verdict, condition, now);
}

const standingOf = (held: Held): Standing => ({
  effect: held.effect,
  since: held.since as Day, // the store keeps days only
  blockDate: (held.blockDate ?? OPEN_DAY) as Standing['blockDate'],
  amnesty: held.amnesty,
  evidence: '',
});

/** What a run of the day would make of it. */
function foretold(verdict: Verdict, condition: Condition, { date, country }: Now): readonly string[] {
  const terms: Terms = { condition, date, amnesty: country.amnesty };
  const previous = verdict.standing === undefined ? undefined : standingOf(verdict.standing);
  const next = turn(previous, verdict.matches ? '' : undefined, terms);
  const name = `${verdict.label} (${verdict.reason})`;
  switch (next.kind) {
    case 'none':
      return [];
    case 'ended':
      return [`${name}: it no longer matches; the standing ends with the next classification.`];
    case 'new':
      return [
        `${name}: it matches, which no run has recorded yet. With the next classification: ${fateOf(next.standing, terms)}`,
      ];
    case 'changed':
      return [`${name}: with the next classification another rule applies: ${fateOf(next.standing, terms)}`];
    case 'kept': {
      const stuck = verdict.matches ? '' : ' It no longer matches, but once matched it stays matched.';
      return [`${name}: ${fateOf(next.standing, terms)}${stuck}`];
    }
  }
}

const days = (count: number): string => `${count} ${count === 1 ? 'day' : 'days'}`;

function fateOf({ effect, blockDate, amnesty }: Standing, { date, amnesty: terms, condition }: Terms): string {
  if (effect === 'tracked') return 'it is tracked; it may be used, and the use is watched.';
  if (effect === 'informative') return 'it is only reported; no list names it.';
  if (blockDate === OPEN_DAY) {
    const ends = terms === undefined ? '' : ` After ${terms.evaluationEnds} the block is set to ${terms.ends}.`;
    return `an amnesty spares it; no block is set yet.${ends}`;
  }
  if (blockDate <= date) return `it is blocked since ${blockDate}.`;
  const why = amnesty ? ', when the amnesty ends' : '';
  const unless = condition.sticky ? '' : ' unless it ceases to match before';
  return `it will be blocked on ${blockDate}${why}, in ${days(daysBetween(date, blockDate as Day))},${unless === '' ? ' for good.' : `${unless}.`}`;
}
