import { splitter } from '../../codecs/ipa/split.ts';
import {
  beginAnswer,
  DATA_OVERHEAD,
  type Data,
  data,
  endAnswer,
  M3UA,
  M3UA_ERROR,
  M3UA_HEADER,
  m3uaFraming,
  m3uaMessage,
  PARAMETER,
  parametersOf,
  readData,
  SI_SCCP,
} from '../../codecs/map/m3ua.ts';
import { putSccp } from '../../codecs/map/sccp.ts';
import { asp } from './asp.ts';
import { type MapCount, mapCount } from './counts.ts';
import { MAP_LIMITS, type MapLink, type MapService } from './options.ts';
import { serviceUser } from './service.ts';
import { roomOf, type Sender, type Session, sender, type Wire } from './session.ts';
import { watch } from './watch.ts';
import type { Carrier } from './way.ts';

type M3uaLink = Extract<MapLink, { kind: 'm3ua' }>;

/** Sends SCCP messages back along the routing label of `asked`. */
function m3uaCarrier(out: Sender, count: MapCount, asked: Data): Carrier {
  const { box, soon, stopped } = out;
  return {
    get origin() {
      return asked.origin;
    },
    send: (message) => {
      if (stopped()) return count('map_drop', 'late');
      const bytes = box.room(DATA_OVERHEAD + roomOf(message));
      const start = box.at();
      const from = beginAnswer(bytes, start, asked);
      box.wrote(endAnswer(bytes, start, from, putSccp(bytes, from, message)));
      return soon();
    },
    keep: () => m3uaCarrier(out, count, { ...asked }),
  };
}

/** A message by its place: `kind` is class and type, its parameters are `bytes[start, end)`. */
type Message = { readonly bytes: Buffer; readonly start: number; readonly end: number };
/** Takes a message; answers the error to tell, by its code. */
type Take = (message: Message) => number | undefined;

/** Messages of classes that are known, with types that are not, are told apart from those of other classes (§3.8.1). */
const KINDS: ReadonlySet<number> = new Set(Object.values(M3UA));
const CLASSES: ReadonlySet<number> = new Set([...KINDS].map((kind) => kind >> 8));

/** What is done with messages other than data and acknowledgements. */
function management(send: (message: Buffer) => void, count: MapCount): ReadonlyMap<number, Take> {
  const told: Take = () => void count('map_link', 'told');
  const destination: Take = () => void count('map_link', 'destination');
  const beat: Take = ({ bytes, start, end }) => {
    const found = parametersOf(bytes, start, end);
    if (found === undefined) return M3UA_ERROR.parameterField;
    const life = found.get(PARAMETER.heartbeat);
    // What came goes back as it was (§3.5.6).
    send(m3uaMessage(M3UA.beatAck, life === undefined ? [] : [[life.tag, bytes.subarray(life.start, life.end)]]));
    return;
  };
  return new Map([
    [M3UA.err, told],
    [M3UA.ntfy, told],
    [M3UA.beat, beat],
    [M3UA.beatAck, () => undefined],
    [M3UA.duna, destination],
    [M3UA.dava, destination],
    [M3UA.scon, destination],
    [M3UA.dupu, destination],
    [M3UA.drst, destination],
  ]);
}

/** Ticks after which what was not acknowledged is asked for again: T(ack), 2 s (§4.3.4.1). */
const AGAIN_TICKS = 4;

/** SCCP over M3UA (RFC 4666) as application server process, over one TCP connection. */
export function m3uaSession(link: M3uaLink, service: MapService, wire: Wire): Session {
  const limits = { ...MAP_LIMITS, ...service.limits };
  const count = mapCount(service.count);
  const out = sender(wire.write);
  const send = (message: Buffer): void => {
    out.box.put(message);
    out.soon();
  };
  const process = asp(link, send);
  const others = management(send, count);
  const asked = data();
  const who = { protocol: 'map', peer: link.name, operator: '' } as const;
  const user = serviceUser(service, who, m3uaCarrier(out, count, asked));
  const life = watch(limits);
  let ticks = 0;

  const takeData: Take = ({ bytes, start, end }) => {
    if (process.state() === 'down') return M3UA_ERROR.unexpectedMessage;
    const fault = readData(bytes, start, end, asked);
    if (fault !== undefined) return fault;
    const { appearance, context, service: indicator } = asked;
    if (link.networkAppearance !== undefined && appearance >= 0 && appearance !== link.networkAppearance) {
      return M3UA_ERROR.invalidAppearance;
    }
    if (link.routingContext !== undefined && context >= 0 && context !== link.routingContext) {
      return M3UA_ERROR.invalidContext;
    }
    if (indicator === SI_SCCP) user.receive(bytes, asked);
    else count('map_drop', 'service');
    return;
  };
  const take = (message: Message, kind: number): number | undefined => {
    if (kind === M3UA.data) return takeData(message);
    if (process.acknowledged(kind)) return;
    const other = others.get(kind);
    if (other !== undefined) return other(message);
    if (KINDS.has(kind)) return M3UA_ERROR.unexpectedMessage; // what only our side says
    return CLASSES.has(kind >> 8) ? M3UA_ERROR.unsupportedType : M3UA_ERROR.unsupportedClass;
  };
  const frames = splitter(m3uaFraming(limits.frame), (bytes, start, end) => {
    const kind = bytes.readUInt16BE(start + 2);
    const code =
      bytes[start] === 1 ? take({ bytes, start: start + M3UA_HEADER, end }, kind) : M3UA_ERROR.invalidVersion;
    if (code !== undefined) {
      count('map_drop', 'm3ua');
      // An error is never told of an error (§3.8.1).
      if (kind !== M3UA.err) send(m3uaMessage(M3UA.err, [[PARAMETER.errorCode, code]]));
    }
    return !out.stopped();
  });

  return {
    start: () => out.batch(process.up),
    receive: (chunk) => {
      if (out.stopped()) return;
      life.heard();
      const fault = out.batch(() => frames.push(chunk));
      if (fault !== undefined) wire.end(fault);
    },
    tick: () => {
      ticks += 1;
      const due = life.due(process.state() === 'active');
      if (due === 'silent' || due === 'inactive') wire.end(due);
      else if (due === 'ask') wire.write(m3uaMessage(M3UA.beat, []));
      else if (ticks % AGAIN_TICKS === 0) out.batch(process.again);
    },
    active: () => process.state() === 'active',
    leave: () => out.batch(process.leave),
    outstanding: user.outstanding,
    gone: out.stop,
  };
}
