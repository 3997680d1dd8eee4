import { CHECK_IMEI, KIND, kindOf } from '../../codecs/gsup/message.ts';
import { PING } from '../../codecs/ipa/ccm.ts';
import { IPA_EXTENSION, IPA_HEADER, IPA_STREAM, ipaFraming } from '../../codecs/ipa/frame.ts';
import { type Splitter, splitter } from '../../codecs/ipa/split.ts';
import { Answers, HEAD } from './answers.ts';
import { Identity } from './identity.ts';
import { type Outgoing, outgoing } from './outgoing.ts';
import type { Cause, Outlets, Place, Rules } from './rules.ts';
import { Waiting } from './waiting.ts';

const NOTHING = Buffer.alloc(0);

const isGsup = ({ bytes, start, end }: Place): boolean =>
  end > start + HEAD && bytes[start + 2] === IPA_STREAM.osmo && bytes[start + IPA_HEADER] === IPA_EXTENSION.gsup;
const typeOf = ({ bytes, start }: Place): number => bytes[start + HEAD] ?? 0;
const isCheck = (place: Place): boolean => isGsup(place) && typeOf(place) === CHECK_IMEI;
/** Whether the HLR would answer this. A check has been answered already. */
const isRequest = (place: Place): boolean =>
  isGsup(place) && kindOf(typeOf(place)) === KIND.request && typeOf(place) !== CHECK_IMEI;

/**
 * One client, an MSC or SGSN, and the HLR connection opened for it: bytes of either in, bytes for both out, no sockets.
 *
 * Check-IMEI is answered here, pings and pongs are of one hop ({@link Identity}), every other frame passes untouched.
 * While the HLR is away requests are answered with cause "network failure" at once, and not left to time out: an MSC tells
 * the phone to try again.
 */
export class GsupSession {
  readonly #rules: Rules;
  readonly #client: Outgoing;
  readonly #hlr: Outgoing;
  readonly #identity: Identity;
  readonly #answers: Answers;
  readonly #fromClient: Splitter;
  #fromHlr: Splitter;
  readonly #place: Place = { bytes: NOTHING, start: 0, end: 0 };
  #chunk = NOTHING as Buffer; // what is being read: its frames pass without a copy
  #now = 0;
  #cut: Cause | undefined;
  #heard = false; // a whole frame of the client has come
  readonly #nameless = new Waiting(); // what came before the client's name, where names are checked
  readonly #early = new Waiting(); // what came for the HLR before it knows who the client is

  constructor(rules: Rules, outlets: Outlets) {
    this.#rules = rules;
    this.#client = outgoing(outlets.toClient);
    this.#hlr = outgoing(outlets.toHlr);
    const pass = (out: Outgoing, place: Place): void => this.#pass(out, place);
    this.#identity = new Identity(rules, { client: this.#client, hlr: this.#hlr, pass });
    this.#answers = new Answers(rules, this.#client);
    this.#fromClient = this.#splitter((place) => this.#takeClient(place));
    this.#fromHlr = this.#splitter((place) => this.#takeHlr(place));
  }

  #splitter(take: (place: Place) => void): Splitter {
    const place = this.#place;
    return splitter(ipaFraming(this.#rules.frameOctets), (bytes, start, end) => {
      place.bytes = bytes;
      place.start = start;
      place.end = end;
      take(place);
      return this.#cut === undefined;
    });
  }

  /** Whether the client has shown itself: with its name where names are checked, with any whole frame otherwise. */
  get introduced(): boolean {
    return this.#rules.peers === undefined ? this.#heard : this.#identity.known;
  }

  /** Checks that wait for the centre. */
  get waiting(): number {
    return this.#answers.waiting;
  }

  /** Takes what the client sent; answers why it has to be cut, if so. */
  fromClient(chunk: Buffer): Cause | undefined {
    this.#now = Date.now();
    this.#chunk = chunk;
    if (this.#fromClient.push(chunk) !== undefined) this.#cut ??= 'oversize';
    this.#flush();
    return this.#cut;
  }

  /** Takes what the HLR sent; answers why its connection has to be cut, if so. */
  fromHlr(chunk: Buffer): Cause | undefined {
    this.#chunk = chunk;
    const fault = this.#fromHlr.push(chunk);
    this.#flush();
    return fault === undefined ? undefined : 'oversize';
  }

  /** The HLR's connection stands. */
  hlrUp(): void {
    this.#fromHlr = this.#splitter((place) => this.#takeHlr(place));
    this.#identity.hlr(true);
  }

  /** The HLR did not ask who the client is: it takes frames nevertheless. */
  hlrReady(): void {
    if (this.#identity.link !== 'greeting') return;
    this.#identity.link = 'up';
    this.#settle();
    this.#flush();
  }

  /** The HLR's connection is gone, or could not be opened. */
  hlrDown(): void {
    this.#identity.hlr(false);
    this.#settle();
    this.#flush();
  }

  /** Asks the client who it is, unless the HLR did. */
  identify(): void {
    this.#identity.ask();
    this.#client.flush();
  }

  /** Asks one side whether it lives. */
  ping(side: 'client' | 'hlr'): void {
    const out = side === 'client' ? this.#client : this.#hlr;
    out.add(PING);
    out.flush();
  }

  #flush(): void {
    this.#chunk = NOTHING;
    this.#place.bytes = NOTHING;
    this.#client.flush();
    this.#hlr.flush();
  }

  #pass(out: Outgoing, { bytes, start, end }: Place): void {
    out.pass(bytes, start, end, bytes === this.#chunk);
  }

  #takeClient(place: Place): void {
    this.#heard = true;
    if (place.bytes[place.start + 2] === IPA_STREAM.ccm) {
      this.#cut = this.#identity.fromClient(place);
      this.#settle();
    } else if (this.#rules.peers !== undefined && !this.#identity.known) {
      if (!this.#nameless.add(place)) this.#cut = 'unidentified';
    } else if (isCheck(place)) this.#takeCheck(place);
    else this.#passUp(place);
  }

  #takeCheck(place: Place): void {
    this.#answers.check(place, this.#identity.asker, this.#now);
    if (this.#rules.store && this.#identity.link !== 'down') this.#passUp(place);
  }

  #passUp(place: Place): void {
    const { link } = this.#identity;
    if (link === 'up') this.#pass(this.#hlr, place);
    else if (link === 'down' || !this.#early.add(place)) this.#refuse(place);
  }

  /** There is no HLR that takes this. */
  #refuse(place: Place): void {
    if (isRequest(place)) this.#answers.refuse(place);
    else this.#rules.count('gsup_dropped', 'no-hlr');
  }

  /** Takes up what waited for the client's name or for the HLR, where it has waited long enough. */
  #settle(): void {
    if (this.#identity.known) this.#nameless.each((place) => this.#takeClient(place));
    if (this.#identity.link !== 'greeting') this.#early.each((place) => this.#passUp(place));
  }

  #takeHlr(place: Place): void {
    if (place.bytes[place.start + 2] === IPA_STREAM.ccm) {
      this.#identity.fromHlr(place);
      this.#settle();
    } else if (!this.#swallows(place)) this.#pass(this.#client, place);
  }

  /** Whether this answers a Check-IMEI which the HLR got for its `store-imei` only. */
  #swallows(place: Place): boolean {
    if (!this.#rules.store || !isGsup(place)) return false;
    return typeOf(place) === (CHECK_IMEI | KIND.error) || typeOf(place) === (CHECK_IMEI | KIND.result);
  }
}
