import { setImmediate as turn } from 'node:timers/promises';
import { today } from '../../calendar/day.ts';
import { type Decider, prepare } from '../../decisions/core/decide.ts';
import { noFacts } from '../../decisions/core/facts.ts';
import { type Matcher, matcherOf } from '../../decisions/core/matcher.ts';
import type { Answer, Question } from '../../decisions/core/question.ts';
import type { Rules } from '../../decisions/core/rules.ts';
import { PARTS, termsOf } from '../../decisions/core/terms.ts';
import { causesBy } from '../follow/causes.ts';
import { heldRules } from '../follow/rules.ts';
import type { Feed, Published } from './feed.ts';
import { Memory } from './memory.ts';
import type { Snapshots } from './snapshots.ts';

/** A question as a node hands it on. */
export type Handed = Question & {
  /** The node's peer that asks. */
  readonly peer?: string;
  /** Days since the node first saw the IMSI with the IMEI; -1: not known. */
  readonly stayDays?: number;
};

/** Questions answered between two turns of the event loop. */
const AT_ONCE = 256;

/** Peers for which what they are told is kept ready. */
const PEERS = 1000;

/** What the rules mean today. */
type Ruled = {
  readonly published: Published;
  readonly rules: Rules;
  readonly matcher: Matcher;
  readonly causes: ReturnType<typeof causesBy>;
  readonly deciders: Map<string, { readonly day: string; readonly decider: Decider }>;
};

/**
 * The centre's own answers, for networks that ask it (ITU-T Q Suppl.73, authorization and hybrid): by the same lists, the
 * same rules and the same decision as the nodes'.
 */
export class Answers {
  readonly #feed: Feed;
  readonly #snapshots: Snapshots;
  readonly #memories = new Map<string, Promise<Memory | undefined>>();
  readonly #limit: number;
  #waiting = 0;
  #ruled: Ruled | undefined;
  #day: { readonly until: number; readonly zone: string; readonly day: ReturnType<typeof today> } | undefined;
  readonly #deaf: () => void;

  /** @param limit questions that may wait */
  constructor(feed: Feed, snapshots: Snapshots, limit: number) {
    this.#feed = feed;
    this.#snapshots = snapshots;
    this.#limit = limit;
    this.#deaf = snapshots.listen((operator) => void this.#renew(operator));
  }

  /** Answers in the order of the questions, for a network of an operator. `busy`: too many wait; `missing`: no lists yet. */
  async answer(operator: string, questions: readonly Handed[]): Promise<readonly Answer[] | 'busy' | 'missing'> {
    if (this.#waiting + questions.length > this.#limit) return 'busy';
    this.#waiting += questions.length;
    try {
      const memory = await this.#memory(operator);
      const ruled = this.#rules();
      if (memory === undefined || ruled === undefined) return 'missing';
      const answers: Answer[] = [];
      for (const [at, question] of questions.entries()) {
        if (at % AT_ONCE === AT_ONCE - 1) await turn();
        answers.push(this.#decide(question, operator, { memory, ruled }));
      }
      return answers;
    } finally {
      this.#waiting -= questions.length;
    }
  }

  async close(): Promise<void> {
    this.#deaf();
    for (const memory of this.#memories.values()) await (await memory)?.close();
  }

  #memory(operator: string): Promise<Memory | undefined> {
    const known = this.#memories.get(operator);
    if (known !== undefined) return known;
    if (this.#snapshots.newest(operator) === undefined) {
      this.#snapshots.want(operator);
      return Promise.resolve(undefined);
    }
    const opened = Memory.open(this.#feed, { operator, folder: this.#snapshots.folderOf(operator) });
    opened.catch(() => this.#memories.delete(operator)); // whoever asked is told
    this.#memories.set(operator, opened);
    return opened;
  }

  /** Goes on with a new snapshot, so that the changes beside it stay few. */
  async #renew(operator: string): Promise<void> {
    const old = this.#memories.get(operator);
    if (old === undefined) return;
    this.#memories.delete(operator);
    await this.#memory(operator).catch(() => undefined);
    await (await old.catch(() => undefined))?.close();
  }

  #rules(): Ruled | undefined {
    const published = this.#feed.rules;
    if (published === undefined || published === this.#ruled?.published) return this.#ruled;
    const rules = heldRules(this.#feed.log, published.version, published.document)?.rules;
    if (rules === undefined) return this.#ruled;
    this.#ruled = {
      published,
      rules,
      matcher: matcherOf(rules),
      causes: causesBy(rules.kinds),
      deciders: new Map(),
    };
    return this.#ruled;
  }

  #decide(question: Handed, operator: string, by: { readonly memory: Memory; readonly ruled: Ruled }): Answer {
    const { view } = by.memory;
    const { matcher, rules, causes } = by.ruled;
    const facts = noFacts();
    facts.imei = question.imei < 0 ? undefined : causes(view.entry(view.lookup(question.imei)));
    facts.paired = view.paired(question.imei, question.imsi, question.msisdn, rules.pairsBy === 'imsi_or_msisdn');
    facts.stayDays = question.stayDays ?? -1;
    matcher.fill(question, facts);
    const decider = this.#decider(operator, question.peer ?? '', by.ruled);
    return decider.decide(question, facts) ?? decider.fallback(question, facts);
  }

  /** What a peer is told by lists: the centre asks nobody; shadow mode and stages are the node's own. */
  #decider(operator: string, peer: string, { rules, deciders }: Ruled): Decider {
    const [day, key] = [this.#today(rules.timeZone), `${operator} ${peer}`];
    const known = deciders.get(key);
    if (known?.day === day) return known.decider;
    if (deciders.size >= PEERS) deciders.clear();
    const { asking: _, ...terms } = termsOf(rules, { operator, peer }, day);
    const decider = prepare({ ...terms, mode: 'synchronization', shadow: false, parts: PARTS });
    deciders.set(key, { day, decider });
    return decider;
  }

  #today(zone: string): ReturnType<typeof today> {
    const now = Date.now();
    if (this.#day !== undefined && this.#day.zone === zone && now < this.#day.until && now > this.#day.until - 2000)
      return this.#day.day;
    this.#day = { until: now + 1000, zone, day: today(zone) };
    return this.#day.day;
  }
}
