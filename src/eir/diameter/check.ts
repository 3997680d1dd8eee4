import { ME_IDENTITY_CHECK } from '../../codecs/diameter/command.ts';
import { type Ecr, readEcr } from '../../codecs/diameter/ecr.ts';
import { answering, FLAG, HEADER_BYTES, type Header, readHeader, writeMessage } from '../../codecs/diameter/header.ts';
import { PlainReader } from '../../codecs/diameter/plain.ts';
import { type Echo, echoOf, type Known } from '../../codecs/diameter/read.ts';
import { RESULT, type Wrong } from '../../codecs/diameter/result.ts';
import type { Answer, Question } from '../../decisions/core/question.ts';
import type { Asker } from '../checker.ts';
import type { Admitted } from './capabilities.ts';
import { type Node, VERDICT_NUMBER } from './node.ts';
import { operatorOf, sameName } from './peers.ts';
import { NONE, type Repeats } from './repeats.ts';

/** What the connection gives to whoever answers its checks. */
export type Way = {
  /** Refuses a request. */
  readonly refuse: (request: Header, wrong: Wrong, echo: Echo) => void;
  /** Sends what `write` puts into the node's outbox, after the read it belongs to was over and unless the peer is gone. */
  readonly later: (write: () => void) => void;
};

/** A request as its answer needs it. */
type Asked = { readonly header: Header; readonly echo: Echo };

const askedOf = (message: Buffer): Asked => ({ header: readHeader(message), echo: echoOf(message) });

/** Version 1; the length is added. */
const VERSION = 0x01000000;
/** Flags and command code of an ECA: only P is set (3GPP TS 29.272 §7.2.20). */
const ECA_WORD = FLAG.PROXIABLE * 0x1000000 + ME_IDENTITY_CHECK.code;
/** Realms whose askers a connection keeps; behind a relay there may be many. */
const MOST_ASKERS = 1024;

/** Instead of a verdict: the centre has to be asked; the decision failed. */
const LATER = -1;
const FAILED = -2;

/** Answers the ECRs of one connection. */
export class Checks {
  readonly #node: Node;
  readonly #way: Way;
  readonly #peer: Admitted;
  readonly #reader: PlainReader;
  readonly #repeats: Repeats;
  /** By realm, and by the number under which the plain reader knows it. */
  readonly #askers = new Map<string, Asker>();
  readonly #learnt: Asker[] = [];
  #asking = 0;
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;

  constructor(node: Node, peer: Admitted, way: Way) {
    this.#node = node;
    this.#peer = peer;
    this.#way = way;
    this.#reader = new PlainReader(node.options.identity);
    this.#repeats = node.memory.of(peer.host.toLowerCase());
  }

  /** What the next messages stand in, and when they came, in milliseconds since 1970. */
  begin(bytes: Buffer, view: DataView, at: number): void {
    this.#bytes = bytes;
    this.#view = view;
    this.#at = at;
  }

  /** Answers a request that is plainly good; false where it has to go the general way. */
  plain(from: number, end: number): boolean {
    const reader = this.#reader;
    if (!reader.read(this.#view, from, end)) return false;
    const asker = this.#learnt[reader.realm];
    if (asker === undefined) return false;
    const { imei, svn, imsi } = reader;
    const question: Question = { imei, equipment: 'imei', svn, imsi, msisdn: 0, rat: 0, at: this.#at };
    const verdict = this.#decide(question, asker);
    if (verdict >= 0) this.#write(from, verdict);
    else this.#undecided(question, asker, { verdict, request: askedOf(this.#bytes.subarray(from, end)) });
    return true;
  }

  /** Answers any other request that follows the grammar. */
  general(message: Buffer, known: readonly Known[]): void {
    const request = askedOf(message);
    const ecr = readEcr(known);
    if ('result' in ecr) {
      this.#way.refuse(request.header, ecr, request.echo);
      return;
    }
    const wrong = this.#misled(ecr);
    if (wrong !== undefined) {
      this.#way.refuse(request.header, wrong, request.echo);
      return;
    }
    const { imei, svn, imsi, originRealm } = ecr;
    const { flags, endToEnd } = request.header;
    const repeated = (flags & FLAG.REPEATED) === 0 ? NONE : this.#repeats.given(endToEnd, imei);
    if (repeated !== NONE) {
      this.#node.options.count('repeat');
      this.#answer(request, repeated, imei);
      return;
    }
    const question: Question = { imei, equipment: 'imei', svn, imsi, msisdn: 0, rat: 0, at: this.#at };
    const asker = this.#askerOf(originRealm);
    const verdict = this.#decide(question, asker);
    if (verdict >= 0) this.#answer(request, verdict, imei);
    else this.#undecided(question, asker, { verdict, request });
  }

  /** Whether a request came to the wrong place (RFC 6733 §6.1.4, §6.1.3). */
  #misled({ route, destinationHost, destinationRealm }: Ecr): Wrong | undefined {
    const { identity, realms = [] } = this.#node.options;
    if (route.some((host) => sameName(host, identity.host))) return { result: RESULT.LOOP_DETECTED };
    if (destinationHost !== '' && sameName(destinationHost, identity.host)) return undefined;
    const served = [identity.realm, ...realms].some((realm) => sameName(realm, destinationRealm));
    if (!served) return { result: RESULT.REALM_NOT_SERVED };
    return destinationHost === '' ? undefined : { result: RESULT.UNABLE_TO_DELIVER };
  }

  /** Whose network asks: the operator of the peer, or behind a relay that of the realm the request comes from. */
  #askerOf(realm: string): Asker {
    const kept = this.#askers.get(realm);
    if (kept !== undefined) return kept;
    const { host, peer } = this.#peer;
    const operator = peer.operator === '' ? operatorOf(this.#node.options, realm) : peer.operator;
    const asker: Asker = { protocol: 's13', peer: host, operator };
    if (this.#askers.size < MOST_ASKERS) {
      this.#askers.set(realm, asker);
      if (this.#reader.learn(realm) >= 0) this.#learnt.push(asker);
    }
    return asker;
  }

  /** The number of the verdict, {@link LATER} or {@link FAILED}. */
  #decide(question: Question, asker: Asker): number {
    try {
      const answer = this.#node.options.checker.check(question, asker);
      return answer === undefined ? LATER : VERDICT_NUMBER[answer.status];
    } catch {
      return FAILED;
    }
  }

  #undecided(
    question: Question,
    asker: Asker,
    { verdict, request }: { readonly verdict: number; readonly request: Asked },
  ): void {
    const { refuse, later } = this.#way;
    const node = this.#node;
    if (verdict === FAILED) {
      refuse(request.header, { result: RESULT.UNABLE_TO_COMPLY }, request.echo);
      return;
    }
    if (this.#asking >= node.limits.asking || node.asking >= node.limits.askingAll) {
      refuse(request.header, { result: RESULT.TOO_BUSY }, request.echo);
      return;
    }
    this.#asking += 1;
    node.asking += 1;
    const done = (write: () => void): void => {
      this.#asking -= 1;
      node.asking -= 1;
      later(write);
    };
    void new Promise<Answer>((resolve) => resolve(node.options.checker.ask(question, asker))).then(
      ({ status }) => done(() => this.#answer(request, VERDICT_NUMBER[status], question.imei)),
      () => done(() => refuse(request.header, { result: RESULT.UNABLE_TO_COMPLY }, request.echo)),
    );
  }

  /** Writes an ECA: header, Session-Id as it came, what is the same for all with this verdict, Proxy-Info as it came. */
  #answer({ header, echo: { session, proxies } }: Asked, verdict: number, imei: number): void {
    const tail = this.#node.tails[verdict];
    if (tail === undefined) throw new Error('a verdict without a tail');
    this.#node.out.add(writeMessage(answering(header, false), [session, tail, proxies]));
    this.#repeats.keep(header.endToEnd, imei, verdict);
  }

  /** The same for the request that the plain reader has read, from its octets into those of the answer. */
  #write(from: number, verdict: number): void {
    const view = this.#view;
    const tail = this.#node.tails[verdict];
    if (tail === undefined) throw new Error('a verdict without a tail');
    const { sessionAt, sessionBytes, imei } = this.#reader;
    const { out } = this.#node;
    const length = HEADER_BYTES + sessionBytes + tail.length;
    out.room(length);
    const { at, view: into } = out;
    const endToEnd = view.getUint32(from + 16);
    into.setUint32(at, VERSION + length);
    into.setUint32(at + 4, ECA_WORD);
    into.setUint32(at + 8, ME_IDENTITY_CHECK.application);
    into.setUint32(at + 12, view.getUint32(from + 12));
    into.setUint32(at + 16, endToEnd);
    for (let word = 0; word < sessionBytes; word += 4)
      into.setUint32(at + HEADER_BYTES + word, view.getUint32(sessionAt + word, true), true);
    const rest = at + HEADER_BYTES + sessionBytes;
    tail.copy(out.bytes, rest);
    out.at = at + length;
    this.#repeats.keep(endToEnd, imei, verdict);
  }
}
