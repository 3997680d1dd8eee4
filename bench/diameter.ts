// A Diameter server in its own process, for `s13.ts`: `eir` is ours; `mirror` sends every message back with R cleared;
// `echo` does the least that is S13: it looks for Session-Id and answers with it and always the same.
// It tells its port, and its processor time when asked.
import net from 'node:net';
import path from 'node:path';
import { CAPABILITIES_EXCHANGE } from '../src/codecs/diameter/command.ts';
import { readHeader } from '../src/codecs/diameter/header.ts';
import type { Answer } from '../src/decisions/core/question.ts';
import type { Checker } from '../src/eir/checker.ts';
import { success, tailOf } from '../src/eir/diameter/base.ts';
import { startDiameter } from '../src/eir/diameter/server.ts';

const IDENTITY = { host: 'eir.localdomain', realm: 'localdomain' };

const answerOf = (status: Answer['status']): Answer => ({
  status,
  step: 'default',
  reason: '',
  list: '',
  level: 'none',
  exception: '',
  intended: status,
  by: 'local',
});

/** Decides nothing: what is measured is the protocol. */
function fixed(): Checker {
  const [permitted, blocked] = [answerOf('permitted'), answerOf('blocked')];
  const check = ({ imei }: { readonly imei: number }): Answer => (imei % 16 === 0 ? blocked : permitted);
  return { check, ask: async (question) => check(question) };
}

async function checkerOf(module: string): Promise<Checker> {
  if (module === '') return fixed();
  const { checker } = (await import(path.resolve(module))) as { checker: Checker };
  return checker;
}

/** Sends what it gets back, as an answer. */
function mirrored(bytes: Buffer, at: number, end: number): Buffer {
  bytes.writeUInt8(bytes.readUInt8(at + 4) & 0x7f, at + 4);
  return bytes.subarray(at, end);
}

const TAIL = tailOf(IDENTITY, 'white');

/** An ECA with the Session-Id of the request, which it passes all AVPs to find and count. */
function echoed(bytes: Buffer, at: number, end: number): Buffer {
  let session = at + 20;
  let length = 0;
  for (let avp = at + 20; avp < end; ) {
    const padded = (bytes.readUIntBE(avp + 5, 3) + 3) & ~3;
    if (bytes.readUInt32BE(avp) === 263) [session, length] = [avp, padded];
    avp += padded;
  }
  const answer = Buffer.allocUnsafe(20 + length + TAIL.length);
  bytes.copy(answer, 0, at, at + 20);
  answer.writeUInt32BE(0x01000000 + answer.length, 0);
  answer.writeUInt8(0x40, 4);
  bytes.copy(answer, 20, session, session + length);
  TAIL.copy(answer, 20 + length);
  return answer;
}

/** The answers to whole messages of a read in one write, and what is left of it. */
function answersTo(bytes: Buffer, answer: typeof echoed): { readonly answers: Buffer; readonly rest: Buffer } {
  const answers: Buffer[] = [];
  let at = 0;
  while (bytes.length - at >= 20) {
    const length = bytes.readUIntBE(at + 1, 3);
    if (at + length > bytes.length) break;
    answers.push(answer(bytes, at, at + length));
    at += length;
  }
  return { answers: Buffer.concat(answers), rest: bytes.subarray(at) };
}

function startBare(answer: typeof echoed): Promise<number> {
  const server = net.createServer((socket) => {
    let rest = Buffer.alloc(0);
    let capable = false;
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      if (!capable) {
        capable = true;
        const self = { ...IDENTITY, address: '127.0.0.1', stateId: 1 };
        socket.write(success(self, readHeader(chunk), CAPABILITIES_EXCHANGE));
        return;
      }
      const { answers, rest: left } = answersTo(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]), answer);
      rest = Buffer.from(left);
      if (answers.length > 0) socket.write(answers);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const bound = server.address();
      resolve(typeof bound === 'object' ? (bound?.port ?? 0) : 0);
    });
  });
}

async function startEir(module: string): Promise<number> {
  const checker = await checkerOf(module);
  const server = await startDiameter({
    host: '127.0.0.1',
    port: 0,
    identity: IDENTITY,
    checker,
    count: () => undefined,
  });
  return Number(server.address.split(':').at(-1));
}

const [kind = '', module = ''] = process.argv.slice(2);
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: user + system });
});
process.on('disconnect', () => process.exit(0));
const BARE = { echo: echoed, mirror: mirrored } as const;
const port = await (kind === 'echo' || kind === 'mirror' ? startBare(BARE[kind]) : startEir(module));
process.send?.({ port });
