import type { Answer, Question } from '../../decisions/core/question.ts';
import type { Imei } from '../../identifiers/imei.ts';
import type { Reason } from '../../notices/reasons.ts';
import type { Aspects } from './aspects.ts';
import { type Input, readInput, shown } from './input.ts';
import type { Models } from './models.ts';
import { INVALID, type Told, toldOf } from './verdict.ts';

/** From where a check knows what it tells. Each is asked exactly once for each identifier, whatever it is. */
export type Sources = {
  /** Decides as networks do, by lists and rules alone; undefined while there are no lists to decide by. */
  readonly decide: (questions: readonly Question[]) => Promise<readonly Answer[] | undefined>;
  readonly aspects: (imei: number) => Aspects;
  readonly models: Models;
  /** The reasons of lists as people are told them. */
  readonly reasons: (joined: string) => readonly Reason[];
  /** The day it is in the country. */
  readonly today: () => string;
};

/** The public check: from memory, in constant work. */
export type Checking = {
  /** What is told of each text, in order; undefined while there are no lists. */
  readonly check: (texts: readonly string[], at: Date) => Promise<readonly Told[] | undefined>;
};

/** In the place of a text that is none, so that it takes the same way: an IMEI that nobody has. */
const NOBODYS: Exclude<Input, undefined> = { imei: '00000000000000' as Imei, key: 0, svn: -1 };

/**
 * Whatever is asked takes the same way with the same look-ups: nothing in the time that an answer takes tells whether an
 * identifier is on a list, or whether it is one.
 */
export function checkingBy(sources: Sources): Checking {
  return {
    check: async (texts, at) => {
      const inputs = texts.map(readInput);
      const asked = inputs.map((input) => input ?? NOBODYS);
      const answers = await sources.decide(asked.map(({ key, svn }) => questionOf(key, svn, at)));
      if (answers === undefined) return undefined;
      const today = sources.today();
      return asked.map((one, place) => {
        const { key } = one;
        const answer = answers[place];
        if (answer === undefined) throw new Error('There are fewer answers than questions.');
        const aspects = sources.aspects(key);
        const model = sources.models(Math.floor(key / 1e6));
        const listed = sources.reasons(answer.reason);
        const coming = sources.reasons(aspects.until >= today ? aspects.why : '');
        const reasons = answer.intended === 'permitted' || answer.intended === 'unknown' ? coming : listed;
        const told = toldOf(shown(one), { answer, aspects, model, reasons, today });
        return inputs[place] === undefined ? INVALID : told;
      });
    },
  };
}

const questionOf = (imei: number, svn: number, at: Date): Question => ({
  imei,
  equipment: 'imei',
  svn,
  imsi: 0,
  msisdn: 0,
  rat: 0,
  at: at.getTime(),
});
