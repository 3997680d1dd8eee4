import { LISTS, PAIRED } from '../../decisions/core/entry.ts';
import { TABLE } from '../../decisions/core/precedence.ts';
import type { Answer, Question } from '../../decisions/core/question.ts';
import type { View } from '../memory/view.ts';
import type { Ruled } from './rules.ts';

/** An answer with what it rests on, for a person. */
export type Answered = Answer & { readonly explanation: readonly string[] };

const NAMES = Object.entries(LISTS);

/** Says in sentences what the lists and rules have on a question, and which row of the precedence table decided. */
export function explained(
  answer: Answer,
  question: Question,
  by: { readonly view: View; readonly ruled: Ruled },
): Answered {
  const { ruled, view } = by;
  const entry = ruled.causes(view.entry(view.lookup(question.imei)));
  const on = NAMES.filter(([, bit]) => (entry.bits & bit) !== 0).map(([name]) => name);
  const row = TABLE.find(({ step }) => step === answer.step);
  const range = ruled.matcher.rangeOf(question.imei, question.svn);
  const tac = ruled.matcher.tacOf(question.imei, question.svn);
  const lines = [
    on.length === 0 ? 'The IMEI is on no list.' : `The IMEI is on these lists: ${on.join(', ')}.`,
    ...(entry.reasons === '' ? [] : [`Reasons: ${entry.reasons.split('|').join(', ')}.`]),
    ...((entry.bits & PAIRED) === 0 ? [] : ['Subscribers are paired with it.']),
    ...(range === undefined ? [] : [`It is in a range with the reason ${range.reasons}.`]),
    ...(tac === undefined ? [] : [`Its model has a rule with the reason ${tac.reasons}.`]),
    ...(row === undefined ? [] : [`Decided by the row «${row.step}»: ${row.when}; told: ${row.says}.`]),
    ...(answer.intended === answer.status ? [] : [`Without ${answer.exception} it would be ${answer.intended}.`]),
    `Answered ${WORDS[answer.by]}.`,
  ];
  return { ...answer, explanation: lines };
}

const WORDS: Readonly<Record<Answer['by'], string>> = {
  local: 'from the lists of this node',
  centre: 'by the centre',
  cache: 'by what the centre said not long ago',
  default: 'for want of lists, or of an answer of the centre',
};
