import { type Ccm, ID_ACK, ID_TAG, idResp, PING, PONG, readCcm } from '../../codecs/ipa/ccm.ts';
import { IPA_HEADER, IPA_STREAM, ipaFraming, putIpaHeader } from '../../codecs/ipa/frame.ts';
import { splitter } from '../../codecs/ipa/split.ts';
import { putSccp } from '../../codecs/map/sccp.ts';
import { type MapCount, mapCount } from './counts.ts';
import { MAP_LIMITS, type MapLink, type MapService } from './options.ts';
import type { Outbox } from './outbox.ts';
import { serviceUser } from './service.ts';
import { roomOf, type Sender, type Session, sender, type Wire } from './session.ts';
import { watch } from './watch.ts';
import type { Carrier } from './way.ts';

type IpaLink = Extract<MapLink, { kind: 'ipa' }>;

/** Sends SCCP messages as frames. The link tells no point codes: questions and answers are found by its two ends. */
function ipaCarrier({ box, soon, stopped }: Sender, count: MapCount): Carrier {
  const carrier: Carrier = {
    origin: -1,
    send: (message) => {
      if (stopped()) return count('map_drop', 'late');
      const out = box.room(IPA_HEADER + roomOf(message));
      const start = box.at();
      const end = putSccp(out, start + IPA_HEADER, message);
      putIpaHeader(out, start, end - start - IPA_HEADER, IPA_STREAM.sccp);
      box.wrote(end);
      return soon();
    },
    keep: () => carrier,
  };
  return carrier;
}

/** Tells the identities asked for: all we have is the unit name, which stands for the serial number too. */
function identify(tags: readonly number[], { unitName }: IpaLink): Buffer {
  const known = tags.filter((tag) => tag === ID_TAG.unitName || tag === ID_TAG.serialNumber);
  return idResp((known.length === 0 ? [ID_TAG.unitName] : known).map((tag) => [tag, unitName]));
}

/** Takes control messages; `acknowledged` when the other side has taken our identity. OsmoSTP wants that said back. */
function control(link: IpaLink, box: Outbox, acknowledged: () => void): (message: Ccm) => boolean {
  return (message) => {
    if (message.kind === 'ping') box.put(PONG);
    else if (message.kind === 'idGet') box.put(identify(message.tags, link));
    else if (message.kind === 'idAck') {
      box.put(ID_ACK);
      acknowledged();
    } else return message.kind === 'pong';
    return true;
  };
}

/** SCCP over IPA as client: tells who we are when asked, and is active when that has been acknowledged. */
export function ipaSession(link: IpaLink, service: MapService, wire: Wire): Session {
  const limits = { ...MAP_LIMITS, ...service.limits };
  const count = mapCount(service.count);
  const out = sender(wire.write);
  const user = serviceUser(service, { protocol: 'map', peer: link.name, operator: '' }, ipaCarrier(out, count));
  const life = watch(limits);
  let active = false;
  const controlled = control(link, out.box, () => {
    active = true;
  });
  const frames = splitter(ipaFraming(limits.frame), (bytes, start, end) => {
    const [stream, from] = [bytes[start + 2], start + IPA_HEADER];
    if (stream === IPA_STREAM.sccp) {
      active = true; // who sends questions may never have asked for identities
      user.receive(bytes, { start: from, end });
    } else if (stream !== IPA_STREAM.ccm || !controlled(readCcm(bytes, from, end))) count('map_drop', 'frame');
    return !out.stopped();
  });
  return {
    start: () => {},
    receive: (chunk) => {
      if (out.stopped()) return;
      life.heard();
      const fault = out.batch(() => frames.push(chunk));
      if (fault !== undefined) wire.end(fault);
    },
    tick: () => {
      const due = life.due(active);
      if (due === 'ask') wire.write(PING);
      else if (due !== undefined) wire.end(due);
    },
    active: () => active,
    leave: () => {},
    outstanding: user.outstanding,
    gone: out.stop,
  };
}
