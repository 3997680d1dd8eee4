// What a MAP bench measures, in a process of its own: `ours`, which answers; `bare`, which only reads each question by the
// codecs and writes the same answer, without any of a session's duties; or `echo`, which sends each frame back unread.
// Both connect to the port given. Asked for its processor time, the process tells it in microseconds.
import { connect } from 'node:net';
import { berWriter, clear, putOctets } from '../src/codecs/ber/write.ts';
import { IPA_HEADER, IPA_STREAM, ipaFraming, putIpaHeader } from '../src/codecs/ipa/frame.ts';
import { splitter } from '../src/codecs/ipa/split.ts';
import { argument, contextName, putResult, readArgument } from '../src/codecs/map/check.ts';
import { component, readComponent } from '../src/codecs/map/component.ts';
import { acceptance, readDialogue } from '../src/codecs/map/dialogue.ts';
import { beginAnswer, data, endAnswer, M3UA_HEADER, m3uaFraming, readData } from '../src/codecs/map/m3ua.ts';
import { putSccp, readSccp, unitdata } from '../src/codecs/map/sccp.ts';
import { closeComponents, closeMessage, readTransaction, TCAP, transaction } from '../src/codecs/map/tcap.ts';
import type { Answer, Status } from '../src/decisions/core/question.ts';
import type { MapLink } from '../src/eir/map/options.ts';
import { outbox } from '../src/eir/map/outbox.ts';
import { startMap } from '../src/eir/map/server.ts';

const [what = 'ours', kind = 'ipa', port = '0'] = process.argv.slice(2);

const answer = (status: Status): Answer => ({
  status,
  step: '',
  reason: '',
  list: '',
  level: 'imei',
  exception: '',
  intended: status,
  by: 'local',
});
const [permitted, blocked] = [answer('permitted'), answer('blocked')];

function ours(): void {
  const where = { name: 'bench', host: '127.0.0.1', port: Number(port) };
  const link: MapLink = kind === 'ipa' ? { ...where, kind: 'ipa', unitName: 'eir' } : { ...where, kind: 'm3ua' };
  const counts = new Map<string, Map<string, number>>();
  startMap({
    links: [link],
    checker: {
      check: ({ imei }) => (imei % 10 === 0 ? blocked : permitted),
      ask: () => Promise.resolve(permitted),
    },
    count: (name, label = '') => {
      const labels = counts.get(name) ?? new Map<string, number>();
      if (labels.size === 0) counts.set(name, labels);
      labels.set(label, (labels.get(label) ?? 0) + 1);
    },
  });
}

/** Reads a question as far as its digits, and writes that the equipment is permitted: version 3, one component. */
function bareAnswer(): (bytes: Buffer, place: Place, out: Buffer, at: number) => number {
  const [unit, transport, invoke, asked] = [unitdata(), transaction(), component(), argument()];
  const writer = berWriter(255);
  const accepted = acceptance(contextName(3));
  return (bytes, { start, end }, out, at) => {
    readSccp(bytes, start, end, unit);
    readTransaction(bytes, unit.dataStart, unit.dataEnd, transport);
    readDialogue(bytes, transport.dialogueStart, transport.dialogueEnd);
    readComponent(bytes, transport.componentsStart, transport.componentsEnd, invoke);
    readArgument(bytes, invoke, {}, asked);
    clear(writer);
    putResult(writer, invoke.id ?? 0, 3, asked.imei % 10 === 0 ? 1 : 0);
    closeComponents(writer, writer.bytes.length);
    putOctets(writer, accepted);
    closeMessage(writer, TCAP.end, { id: transport.origin, octets: transport.originOctets });
    return putSccp(out, at, {
      type: unit.type,
      second: unit.protocolClass,
      called: { bytes, start: unit.callingStart, end: unit.callingEnd },
      calling: { bytes, start: unit.calledStart, end: unit.calledEnd },
      data: { bytes: writer.bytes, start: writer.at, end: writer.bytes.length },
    });
  };
}
type Place = { readonly start: number; readonly end: number };

/** Cuts the stream into frames as ours does, and sends what is made of all frames of one read in one write. */
function serve(make: (bytes: Buffer, place: Place, out: Buffer, at: number) => number): void {
  const socket = connect({ host: '127.0.0.1', port: Number(port), noDelay: true });
  const box = outbox();
  const { push } = splitter(kind === 'ipa' ? ipaFraming(4096) : m3uaFraming(4096), (bytes, start, end) => {
    const out = box.room(2 * (end - start) + 256);
    box.wrote(make(bytes, { start, end }, out, box.at()));
    return true;
  });
  socket.on('data', (chunk) => {
    push(chunk);
    const bytes = box.take();
    if (bytes !== undefined) socket.write(bytes);
  });
  socket.on('error', () => process.exit());
}

const echo = (bytes: Buffer, { start, end }: Place, out: Buffer, at: number): number =>
  at + bytes.copy(out, at, start, end);

/** The bare answer in the frames of the kind. */
function bare(): (bytes: Buffer, place: Place, out: Buffer, at: number) => number {
  const answer = bareAnswer();
  if (kind === 'ipa') {
    return (bytes, { start, end }, out, at) => {
      const next = answer(bytes, { start: start + IPA_HEADER, end }, out, at + IPA_HEADER);
      putIpaHeader(out, at, next - at - IPA_HEADER, IPA_STREAM.sccp);
      return next;
    };
  }
  const asked = data();
  return (bytes, { start, end }, out, at) => {
    readData(bytes, start + M3UA_HEADER, end, asked);
    const from = beginAnswer(out, at, asked);
    return endAnswer(out, at, from, answer(bytes, asked, out, from));
  };
}

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.on('disconnect', () => process.exit());
if (what === 'ours') ours();
else serve(what === 'bare' ? bare() : echo);
