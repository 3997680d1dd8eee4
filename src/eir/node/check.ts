import { today } from '../../calendar/day.ts';
import type { Decider } from '../../decisions/core/decide.ts';
import { type Entry, LISTS, PAIRED } from '../../decisions/core/entry.ts';
import { noFacts, type Scratch } from '../../decisions/core/facts.ts';
import type { Answer, Question } from '../../decisions/core/question.ts';
import type { Rules } from '../../decisions/core/rules.ts';
import { type Asker, type Checker, PROTOCOLS } from '../checker.ts';
import { type AnswerLine, answerLine, FLAGS, NO_ANSWER, NO_ASKER, TABLE_END } from '../events/record.ts';
import type { Ring } from '../events/ring.ts';
import type { View } from '../memory/view.ts';
import type { Consult } from './consult.ts';
import { noRules, type Ruled, ruledOf } from './rules.ts';
import type { Tally } from './tally.ts';
import type { Visitors } from './visitors.ts';

/** One of so many decisions is timed. */
const TIMED = 64;

/** Between two looks whether a new day has begun. */
const DAY_LOOK_MS = 1000;

/** Told of what records point to, before the first that does. */
export type Tell = {
  readonly answer: (number: number, line: AnswerLine) => void;
  readonly asker: (number: number, asker: Asker) => void;
};

export type NodeCheckerParts = {
  readonly view: Pick<View, 'lookup' | 'entry' | 'paired'>;
  /** Whether the node has no lists that it could go by: place 0, 1 for yes. */
  readonly control: Int32Array;
  readonly ring: Ring;
  readonly tally: Tally;
  readonly tell: Tell;
  readonly visitors: Visitors;
  /** Absent where the node knows no centre. */
  readonly consult?: Consult;
  /** The operator of askers that do not tell theirs. */
  readonly operator: string;
  /** The key of the golden list, where this node has it. */
  readonly goldenKey?: Buffer | undefined;
  /** Tables that go on from where another checker in this place ended. */
  readonly known?: { readonly answers: readonly AnswerLine[]; readonly askers: readonly Asker[] };
};

/** What is kept of one asker. */
type Seat = {
  readonly asker: Asker;
  readonly number: number;
  readonly protocol: number;
  ruled: Ruled;
  decider: Decider;
};

/** Which bits of a record tell what kind of equipment has no IMEI. */
const KINDS = { imei: 0, mac: FLAGS.mac, eui: FLAGS.eui, other: FLAGS.other } as const;

/** Statuses by name. */
const NUMBERS = { permitted: 0, tracked: 1, blocked: 2, unknown: 3 } as const;

/**
 * Answers by the lists in memory, the rules, and where the mode says so the centre; notes each answer once. An answer from
 * the lists allocates nothing and waits for nothing.
 */
export class NodeChecker implements Checker {
  readonly #parts: NodeCheckerParts;
  readonly #facts: Scratch = noFacts();
  readonly #seats = new WeakMap<Asker, Seat>();
  readonly #askers = new Map<string, number>();
  readonly #answers = new Map<Answer, number>();
  /** By content: answers may be made anew when too many different ones were there. */
  readonly #lines = new Map<string, number>();
  #ruled: Ruled;
  #last: Seat | undefined;
  #number = 0;
  #lookedAt = 0;

  constructor(parts: NodeCheckerParts) {
    this.#parts = parts;
    this.#ruled = ruledOf(noRules(), { key: parts.goldenKey });
    const { answers = [], askers = [] } = parts.known ?? {};
    for (const [number, line] of answers.entries()) if (number > 0) this.#lines.set(JSON.stringify(line), number);
    for (const [number, asker] of askers.entries()) if (number > 0) this.#askers.set(nameOf(asker), number);
    parts.tell.answer(0, NO_ANSWER);
    parts.tell.asker(0, NO_ASKER);
  }

  /** The rules of now. */
  get ruled(): Ruled {
    return this.#ruled;
  }

  /** Goes on by other rules. */
  setRules(rules: Rules): void {
    this.#ruled = ruledOf(rules, { key: this.#parts.goldenKey });
    this.#parts.consult?.forget();
  }

  /** Looks whether a new day has begun, each second at most. To be called now and then. */
  tick(): void {
    const now = performance.now();
    if (now - this.#lookedAt < DAY_LOOK_MS) return;
    this.#lookedAt = now;
    if (today(this.#ruled.rules.timeZone) === this.#ruled.day) return;
    this.#ruled = ruledOf(this.#ruled.rules, { key: this.#parts.goldenKey, before: this.#ruled });
  }

  check(question: Question, asker: Asker): Answer | undefined {
    this.#number = (this.#number + 1) & (TIMED - 1);
    const began = this.#number === 0 ? performance.now() : -1;
    const seat = this.#last?.asker === asker && this.#last.ruled === this.#ruled ? this.#last : this.#seatOf(asker);
    this.#fill(question, seat);
    const answer = this.#decide(question, seat) ?? this.#cached(question, seat);
    if (answer === undefined) return undefined;
    this.#note(question, seat, answer);
    if (began >= 0) this.#parts.tally.time(seat.protocol, (performance.now() - began) * 1000);
    return answer;
  }

  async ask(question: Question, asker: Asker): Promise<Answer> {
    const began = performance.now();
    const asked = { ...question };
    const before = this.#seatOf(asker);
    const { asking } = before.decider.terms;
    const stayDays = this.#stayOf(asked);
    const told =
      asking === undefined
        ? undefined
        : await this.#parts.consult?.ask({ question: asked, peer: asker.peer, stayDays }, asking);
    // Lists and rules may be others by now.
    const seat = this.#seatOf(asker);
    const answer = this.#settled(asked, seat, told);
    this.#note(asked, seat, answer);
    this.#parts.tally.time(seat.protocol, (performance.now() - began) * 1000);
    return answer;
  }

  #settled(question: Question, seat: Seat, told: Answer | undefined): Answer {
    if (told !== undefined) return seat.decider.settle(question, told, 'centre');
    this.#fill(question, seat);
    return this.#decide(question, seat) ?? seat.decider.fallback(question, this.#facts);
  }

  /** Gathers the facts of a question. */
  #fill(question: Question, { ruled }: Seat): void {
    const facts = this.#facts;
    const { view, control } = this.#parts;
    const { imei, imsi, msisdn } = question;
    const index = view.lookup(imei);
    const entry: Entry | undefined = index === 0 ? undefined : ruled.causes(view.entry(index));
    facts.imei = entry;
    facts.paired =
      entry !== undefined &&
      (entry.bits & (PAIRED | LISTS.blocked)) === (PAIRED | LISTS.blocked) &&
      view.paired(imei, imsi, msisdn, ruled.rules.pairsBy === 'imsi_or_msisdn');
    facts.listsMissing = control[0] !== 0;
    facts.stayDays = -1;
    facts.golden = false;
    ruled.matcher.fill(question, facts);
  }

  /** Decides by the facts. What costs more, golden equipment and how long a visitor has been here, is looked up only where it decides. */
  #decide(question: Question, { decider }: Seat): Answer | undefined {
    const answer = decider.decide(question, this.#facts);
    if (answer?.intended !== 'permitted' && question.imei >= 0 && this.#ruled.golden?.(question.imei) === true) {
      this.#facts.golden = true;
      return decider.decide(question, this.#facts);
    }
    if (answer?.step !== 'roamer') return answer;
    this.#facts.stayDays = this.#stayOf(question);
    return decider.decide(question, this.#facts);
  }

  #stayOf({ imei, imsi }: Question): number {
    return imsi === 0 || imei < 0 ? -1 : this.#parts.visitors.days(imei, imsi, this.#ruled.dayNumber);
  }

  #cached(question: Question, { decider }: Seat): Answer | undefined {
    const told = this.#parts.consult?.cached(question);
    return told === undefined ? undefined : decider.settle(question, told, 'cache');
  }

  /** Notes an answer: counters, and a record on its way to the disk. */
  #note(question: Question, seat: Seat, answer: Answer): void {
    const { tally, ring } = this.#parts;
    const number = this.#answers.get(answer) ?? this.#numberOf(answer);
    tally.count(seat.number, number, NUMBERS[answer.status]);
    const flags = answer.step === 'roamer' ? FLAGS.visitor : 0;
    ring.put(question, number | (seat.number << 16), flags | KINDS[question.equipment]);
  }

  #numberOf(answer: Answer): number {
    const line = answerLine(answer);
    const key = JSON.stringify(line);
    const known = this.#lines.get(key);
    const number = known ?? (this.#lines.size + 1 < TABLE_END ? this.#lines.size + 1 : 0);
    if (known === undefined && number !== 0) {
      this.#lines.set(key, number);
      this.#parts.tell.answer(number, line);
    }
    if (this.#answers.size < 2 * TABLE_END) this.#answers.set(answer, number);
    return number;
  }

  #seatOf(asker: Asker): Seat {
    const known = this.#seats.get(asker);
    const operator = asker.operator === '' ? this.#parts.operator : asker.operator;
    if (known !== undefined) {
      if (known.ruled !== this.#ruled) {
        known.ruled = this.#ruled;
        known.decider = this.#ruled.decider({ operator, peer: asker.peer });
      }
      this.#last = known;
      return known;
    }
    const decider = this.#ruled.decider({ operator, peer: asker.peer });
    const seat: Seat = {
      asker,
      number: this.#askerNumber({ ...asker, operator }),
      protocol: PROTOCOLS.indexOf(asker.protocol),
      ruled: this.#ruled,
      decider,
    };
    this.#seats.set(asker, seat);
    this.#last = seat;
    return seat;
  }

  /** Askers of one name are one, however often they connect. */
  #askerNumber(asker: Asker): number {
    const key = nameOf(asker);
    const known = this.#askers.get(key);
    if (known !== undefined) return known;
    const number = this.#askers.size + 1;
    if (number >= TABLE_END) return 0;
    this.#askers.set(key, number);
    this.#parts.tell.asker(number, asker);
    return number;
  }
}

const nameOf = ({ protocol, operator, peer }: Asker): string => `${protocol} ${operator} ${peer}`;
