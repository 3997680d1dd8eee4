import { type Entry, LISTS, PAIRED } from './entry.ts';
import type { Facts } from './facts.ts';
import { afterwards, type Situation, walk } from './precedence.ts';
import type { Answer, Equipment, Level, Question, Status } from './question.ts';
import { PARTS, partOf, type Terms } from './terms.ts';

/**
 * Everything of a question that the table reads, but for the entry and the terms, as one small number: what makes two
 * decisions equal, and the place where the answer is kept. Fields of bits; what is often set comes first.
 */
const FIELD = {
  paired: 0,
  pairs: 1,
  visiting: 2,
  unanswered: 3,
  outside: 4,
  level: 5,
  golden: 7,
  missing: 8,
  kind: 9,
  screen: 11,
} as const;

/** Below it only what is often set is set in a word. */
const COMMON = 1 << FIELD.golden;

const LEVELS: readonly Level[] = ['none', 'imei', 'range', 'tac'];
const KINDS: readonly Equipment[] = ['imei', 'mac', 'eui', 'other'];
const SCREENED: readonly (Status | undefined)[] = [undefined, 'permitted', 'tracked', 'blocked', 'unknown'];

const ON_LISTS = LISTS.blocked | LISTS.tracked | LISTS.permitted;

/** IMEI beats range beats TAC: the first that is on any list is the entry that decides. */
const levelOf = ({ imei, range, tac }: Facts): 0 | 1 | 2 | 3 => {
  if (imei !== undefined && (imei.bits & ON_LISTS) !== 0) return 1;
  if (range !== undefined) return 2;
  return tac === undefined ? 0 : 3;
};

const entryAt = (facts: Facts, level: number): Entry | undefined =>
  level === 0 ? undefined : level === 1 ? facts.imei : level === 2 ? facts.range : facts.tac;

// What is no number has no lists to be on, whatever the network calls it.
const kindOf = ({ imei, equipment }: Question): number =>
  imei >= 0 ? 0 : equipment === 'imei' ? 3 : KINDS.indexOf(equipment);

const isVisiting = ({ grantedDays, stayDays }: Facts): boolean => grantedDays > 0 && stayDays < grantedDays;

const isOutside = (terms: Terms, imei: number): boolean => terms.parts < PARTS && partOf(imei) >= terms.parts;

function wordOf(question: Question, facts: Facts, terms: Terms): number {
  let word = (levelOf(facts) << FIELD.level) | (kindOf(question) << FIELD.kind);
  if (facts.golden) word |= 1 << FIELD.golden;
  if (facts.listsMissing) word |= 1 << FIELD.missing;
  if (facts.paired) word |= 1 << FIELD.paired;
  if (facts.imei !== undefined && (facts.imei.bits & PAIRED) !== 0) word |= 1 << FIELD.pairs;
  if (isVisiting(facts)) word |= 1 << FIELD.visiting;
  if (isOutside(terms, question.imei)) word |= 1 << FIELD.outside;
  return facts.screened === undefined ? word : word | (SCREENED.indexOf(facts.screened) << FIELD.screen);
}

function situationOf(word: number, entry: Entry | undefined, terms: Terms): Situation {
  const is = (place: number): boolean => ((word >> place) & 1) === 1;
  return {
    terms,
    golden: is(FIELD.golden),
    missing: is(FIELD.missing),
    paired: is(FIELD.paired),
    pairs: is(FIELD.pairs),
    visiting: is(FIELD.visiting),
    unanswered: is(FIELD.unanswered),
    outside: is(FIELD.outside),
    level: LEVELS[(word >> FIELD.level) & 3] ?? 'none',
    equipment: KINDS[(word >> FIELD.kind) & 3] ?? 'other',
    screened: SCREENED[(word >> FIELD.screen) & 7],
    bits: entry?.bits ?? 0,
    reasons: entry?.reasons ?? '',
  };
}

/**
 * Decides one question: the one decision of the live register, the public check and the audit. Undefined: the mode says
 * that the centre has to be asked first.
 */
export function decide(question: Question, facts: Facts, terms: Terms): Answer | undefined {
  const word = wordOf(question, facts, terms);
  return answered(word, entryAt(facts, (word >> FIELD.level) & 3), terms);
}

function answered(word: number, entry: Entry | undefined, terms: Terms): Answer | undefined {
  const answer = walk(situationOf(word, entry, terms));
  return answer === undefined ? undefined : shared(answer);
}

/** Decides questions of one peer on one day, and keeps what it decided: equal decisions are one object. */
export type Decider = {
  readonly terms: Terms;
  /** As {@link decide}. */
  readonly decide: (question: Question, facts: Facts) => Answer | undefined;
  /** Decides what {@link Decider.decide} would ask the centre for, after the centre has not answered. */
  readonly fallback: (question: Question, facts: Facts) => Answer;
  /** What to tell, now that the centre has decided: shadow mode and stages are the node's own. */
  readonly settle: (question: Question, told: Answer, by: 'centre' | 'cache') => Answer;
};

/** Null stands for an answer that only the centre has; undefined: not decided yet. */
type Kept = Answer | null | undefined;

/** The answers of one entry, or of none, by word. */
type Answers = { readonly common: Kept[]; readonly rare: Map<number, Kept> };

const noAnswers = (): Answers => ({ common: new Array<Kept>(COMMON).fill(undefined), rare: new Map() });

/** Entries beyond which a decider forgets what it knows: those of one country are dozens. */
const MOST_ENTRIES = 4096;

/** A decider for these terms. After its first answers it makes no new object. */
export function prepare(terms: Terms): Decider {
  const bare = noAnswers();
  const kept = new Map<Entry, Answers>();

  function answersOf(entry: Entry): Answers {
    const known = kept.get(entry);
    if (known !== undefined) return known;
    if (kept.size >= MOST_ENTRIES) kept.clear();
    const answers = noAnswers();
    kept.set(entry, answers);
    return answers;
  }

  function answerOf(word: number, entry: Entry | undefined): Answer | null {
    const { common, rare } = entry === undefined ? bare : answersOf(entry);
    const known = word < COMMON ? common[word] : rare.get(word);
    if (known !== undefined) return known;
    const answer = answered(word, entry, terms) ?? null;
    if (word < COMMON) common[word] = answer;
    else rare.set(word, answer);
    return answer;
  }

  return {
    terms,
    decide(question, facts) {
      const word = wordOf(question, facts, terms);
      return answerOf(word, entryAt(facts, (word >> FIELD.level) & 3)) ?? undefined;
    },
    fallback(question, facts) {
      const word = wordOf(question, facts, terms) | (1 << FIELD.unanswered);
      const answer = answerOf(word, entryAt(facts, (word >> FIELD.level) & 3));
      if (answer === null) throw new Error('The precedence table asks a centre that did not answer.');
      return answer;
    },
    settle(question, told, by) {
      const exception = told.exception === 'shadow' || told.exception === 'staged' ? '' : told.exception;
      const decided = { ...told, status: told.intended, exception, by };
      return shared(afterwards(decided, { terms, outside: isOutside(terms, question.imei) }));
    },
  };
}

const pool = new Map<string, Answer>();

/** Answers kept in common; far more than reasons and steps can make. */
const MOST_ANSWERS = 65_536;

function shared(answer: Answer): Answer {
  const key = JSON.stringify(Object.entries(answer).sort());
  const known = pool.get(key);
  if (known !== undefined) return known;
  if (pool.size >= MOST_ANSWERS) pool.clear();
  pool.set(key, Object.freeze(answer));
  return answer;
}
