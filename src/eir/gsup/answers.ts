import { Check, type Reply, ReplyWriter } from '../../codecs/gsup/check.ts';
import { procedureOf, CAUSE as REASON, TAG } from '../../codecs/gsup/message.ts';
import { GsupReader } from '../../codecs/gsup/reader.ts';
import { IPA_EXTENSION, IPA_HEADER, IPA_STREAM, putIpaHeader } from '../../codecs/ipa/frame.ts';
import type { Answer, Question } from '../../decisions/core/question.ts';
import type { Asker } from '../checker.ts';
import type { Outgoing } from './outgoing.ts';
import type { Place, Rules } from './rules.ts';

/** Octets of a frame before the GSUP message. */
export const HEAD = IPA_HEADER + 1;

const ACK: Reply = { kind: 'ack' };
const NACK: Reply = { kind: 'nack' };
const INVALID: Reply = { kind: 'error', cause: REASON.invalidMandatory };
const HLR_DOWN: Reply = { kind: 'error', cause: REASON.networkFailure };
const NO_HLR: Reply = { kind: 'error', cause: REASON.notImplemented };

/**
 * Answers a client's requests. An MSC rejects the phone as illegal on a refusal and on an error alike, so that whatever is
 * not known for certain is permitted in so many words, unless the rules say otherwise.
 */
export class Answers {
  readonly #rules: Rules;
  readonly #out: Outgoing;
  readonly #reader = new GsupReader();
  readonly #writer = new ReplyWriter();
  readonly #check = new Check();
  #waiting = 0;

  constructor(rules: Rules, out: Outgoing) {
    this.#rules = rules;
    this.#out = out;
  }

  /** Checks that wait for the centre. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Answers a Check-IMEI request, at once or when the centre has been asked. */
  check(place: Place, asker: Asker, at: number): void {
    if (!this.#read(place)) return;
    if (!this.#check.read(this.#reader)) {
      this.#answer(INVALID);
      return;
    }
    const { imei, imsi, svn } = this.#check;
    const question: Question = { imei, equipment: 'imei', svn, imsi, msisdn: 0, rat: 0, at };
    try {
      const answer = this.#rules.checker.check(question, asker);
      if (answer !== undefined) this.#answer(this.#verdict(answer));
      else this.#later(question, asker, place);
    } catch {
      this.#answer(this.#failed());
    }
  }

  /** Answers a request which is for the HLR, and for which there is none. */
  refuse(place: Place): void {
    if (!this.#read(place)) return;
    this.#rules.count('gsup_refused', procedureOf(this.#reader.type));
    this.#reply(this.#rules.hlr ? HLR_DOWN : NO_HLR);
  }

  /** Reads a request; what cannot be read, or names no subscriber, is dropped, as OsmoHLR does. */
  #read({ bytes, start, end }: Place): boolean {
    const whole = this.#reader.read(bytes, start + HEAD, end) && this.#reader.size(TAG.imsi) >= 0;
    if (!whole) this.#rules.count('gsup_dropped', 'undecodable');
    return whole;
  }

  #later(question: Question, asker: Asker, { bytes, start, end }: Place): void {
    if (this.#waiting >= this.#rules.outstanding) {
      this.#rules.count('gsup_overload');
      this.#answer(this.#unknown());
      return;
    }
    this.#waiting += 1;
    const request = Buffer.from(bytes.subarray(start, end));
    const settle = (reply: Reply): void => {
      this.#waiting -= 1;
      this.#reader.read(request, HEAD, request.length);
      this.#answer(reply);
      this.#out.flush();
    };
    this.#rules.checker.ask(question, asker).then(
      (answer) => settle(this.#verdict(answer)),
      () => settle(this.#failed()),
    );
  }

  /** The checker itself failed, which it never should: an error would lock the phone out. */
  #failed(): Reply {
    this.#rules.count('gsup_failed');
    return this.#unknown();
  }

  #verdict({ status }: Answer): Reply {
    if (status === 'blocked') return NACK;
    return status === 'unknown' ? this.#unknown() : ACK;
  }

  #unknown(): Reply {
    return this.#rules.unknown === 'refuse' ? NACK : ACK;
  }

  #answer(reply: Reply): void {
    this.#rules.count('gsup_answer', reply.kind);
    this.#reply(reply);
  }

  #reply(reply: Reply): void {
    const { out, at } = this.#out.room(HEAD + this.#reader.length + 3);
    const end = this.#writer.write(this.#reader, reply, out, at + HEAD);
    putIpaHeader(out, at, end - at - IPA_HEADER, IPA_STREAM.osmo);
    out[at + IPA_HEADER] = IPA_EXTENSION.gsup;
    this.#out.used(end);
  }
}
