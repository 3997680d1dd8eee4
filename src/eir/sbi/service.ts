import type { IncomingHttpHeaders } from 'node:http2';
import { acceptsJson } from '../../codecs/sbi/accept.ts';
import { MESSAGE_PRIORITY, patience, priorityOf, single } from '../../codecs/sbi/headers.ts';
import { PROBLEMS, type Problem } from '../../codecs/sbi/problem.ts';
import { readQuery } from '../../codecs/sbi/query.ts';
import type { Question } from '../../decisions/core/question.ts';
import type { Asker, Checker, Count } from '../checker.ts';
import { tellFault } from '../guard.ts';
import type { SbiLimits } from './limits.ts';
import { makeReplies, type Replies, type Reply } from './reply.ts';
import type { TokenSeat, Tokens } from './token.ts';

/** What the service keeps of one connection. */
export type Seat = {
  readonly asker: Asker;
  readonly token: TokenSeat;
  /** Checks of this connection that wait for the centre. */
  waiting: number;
  /** What is left of the rate in this second, and which second that is. */
  left: number;
  second: number;
};

export const makeSeat = (asker: Asker): Seat => ({
  asker,
  token: { token: '', finding: undefined },
  waiting: 0,
  left: 0,
  second: 0,
});

/** What a service is made of. */
export type ServiceParts = {
  /** Path before `/n5g-eir-eic`, beginning with a slash; '' for none (the prefix of TS 29.501 §4.4.1). */
  readonly prefix: string;
  readonly instance: string;
  readonly limits: SbiLimits;
  readonly tokens: Tokens | undefined;
  readonly checker: Checker;
  readonly count: Count;
};

/** Answers requests of the service; knows nothing of sockets. */
export type Service = {
  answer(headers: IncomingHttpHeaders, seat: Seat): Reply | Promise<Reply>;
};

/** Priorities up to this are of calls that must not fail, emergency among them; a tenth of the waiting room is theirs. */
const URGENT = 7;

class EquipmentIdentityCheck implements Service {
  readonly #parts: ServiceParts;
  readonly #replies: Replies;
  readonly #api: string;
  readonly #target: string;
  #waiting = 0;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#replies = makeReplies(parts.instance, parts.limits.retryAfter);
    this.#api = `${parts.prefix}/n5g-eir-eic/v1/`;
    this.#target = `${this.#api}equipment-status`;
  }

  answer(headers: IncomingHttpHeaders, seat: Seat): Reply | Promise<Reply> {
    try {
      return this.#answer(headers, seat);
    } catch (error) {
      tellFault(error);
      return this.#failed();
    }
  }

  #answer(headers: IncomingHttpHeaders, seat: Seat): Reply | Promise<Reply> {
    const now = Date.now();
    const target = headers[':path'];
    const problem = this.#misrouted(headers[':method'], target) ?? this.#tooMany(seat, now);
    if (problem !== undefined) return this.#replies.problem(problem);
    const { tokens } = this.#parts;
    if (tokens === undefined) return this.#decide(headers, seat, now);
    const refusal = tokens.check(headers.authorization, seat.token, now);
    if (refusal === undefined) return this.#decide(headers, seat, now);
    return refusal instanceof Promise ? this.#verified(refusal, headers, seat) : this.#replies.problem(refusal);
  }

  #misrouted(method: string | undefined, target: string | undefined): Problem | undefined {
    if (target === undefined) return PROBLEMS.malformed;
    const length = this.#target.length;
    if (!target.startsWith(this.#target)) return target.startsWith(this.#api) ? PROBLEMS.resource : PROBLEMS.api;
    // What follows the resource is its query, or it is another resource.
    if (target.length > length && target.charCodeAt(length) !== 63) return PROBLEMS.resource;
    if (method !== 'GET') return PROBLEMS.method;
    return target.length > this.#parts.limits.targetLength ? PROBLEMS.length : undefined;
  }

  #tooMany(seat: Seat, now: number): Problem | undefined {
    const { rate } = this.#parts.limits;
    if (rate === 0) return undefined;
    const second = Math.floor(now / 1000);
    if (second !== seat.second) {
      seat.second = second;
      seat.left = rate;
    }
    seat.left -= 1;
    return seat.left < 0 ? PROBLEMS.rate : undefined;
  }

  async #verified(refusal: Promise<Problem | undefined>, headers: IncomingHttpHeaders, seat: Seat): Promise<Reply> {
    try {
      const problem = await refusal;
      return problem === undefined ? await this.#decide(headers, seat, Date.now()) : this.#replies.problem(problem);
    } catch {
      return this.#failed();
    }
  }

  #decide(headers: IncomingHttpHeaders, seat: Seat, now: number): Reply | Promise<Reply> {
    if (!acceptsJson(headers.accept)) return this.#replies.problem(PROBLEMS.accept);
    const read = readQuery(headers[':path'] ?? '', this.#target.length + 1);
    if (!read.ok) return this.#replies.problem(read.fault);
    const { equipment, imei, svn, imsi, msisdn, unknown } = read.value;
    if (unknown > 0) this.#parts.count('n5geir_ignored', 'parameter');
    // Whether it is NR or another access of the 5G core is not told on this interface, so no technology is.
    const question: Question = { equipment, imei, svn, imsi, msisdn, rat: 0, at: now };
    try {
      const answer = this.#parts.checker.check(question, seat.asker);
      return answer === undefined ? this.#ask(question, headers, seat) : this.#replies.status[answer.status];
    } catch {
      return this.#failed();
    }
  }

  #failed(): Reply {
    this.#parts.count('n5geir_failed');
    return this.#replies.problem(PROBLEMS.failure);
  }

  #ask(question: Question, headers: IncomingHttpHeaders, seat: Seat): Reply | Promise<Reply> {
    const { limits, checker } = this.#parts;
    if (seat.waiting >= limits.waitingEach) return this.#replies.problem(PROBLEMS.rate);
    const priority = priorityOf(single(headers[MESSAGE_PRIORITY]));
    const room = priority <= URGENT ? limits.waiting : Math.floor(limits.waiting * 0.9);
    if (this.#waiting >= room) return this.#replies.problem(PROBLEMS.congestion);
    this.#waiting += 1;
    seat.waiting += 1;
    const wait = patience((name) => single(headers[name]), { now: question.at, otherwise: limits.askMs });
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(this.#replies.problem(PROBLEMS.late)), wait);
      // A place in the waiting room is held until the centre has answered, whoever still waits.
      const leave = (reply: Reply): void => {
        clearTimeout(timer);
        this.#waiting -= 1;
        seat.waiting -= 1;
        resolve(reply);
      };
      checker.ask(question, seat.asker).then(
        (answer) => leave(this.#replies.status[answer.status]),
        () => leave(this.#failed()),
      );
    });
  }
}

export const makeService = (parts: ServiceParts): Service => new EquipmentIdentityCheck(parts);
