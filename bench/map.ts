import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import { type Bench, type Cell, type Found, median } from './bench.ts';

/** Version 3 of the question, by SCCP unitdata with a global title to answer to; written octet by octet. */
const UNITDATA = Buffer.from(
  `0900 03 05 0e 024209 0912080012049471 0021 46
  6244 4804 00000001 6b1e 281c 060700118605010101 a011 600f 80020780 a109 060704000001000d03
  6c1c a11a 020101 02012b 3012 0408 53968330000010f0 03020680 8502 0971`.replaceAll(/\s/g, ''),
  'hex',
);

const KINDS = ['ipa', 'm3ua'] as const;
type Kind = (typeof KINDS)[number];

/** The question as a frame of its kind. */
function frame(kind: Kind): Buffer {
  const { length } = UNITDATA;
  if (kind === 'ipa') return Buffer.concat([Buffer.of(length >> 8, length & 0xff, 0xfd), UNITDATA]);
  const padding = Buffer.alloc((4 - (length % 4)) % 4);
  const head = Buffer.from('01000101 00000000 02100000 00000102 00000101 03020005'.replaceAll(' ', ''), 'hex');
  head.writeUInt32BE(head.length + length + padding.length, 4);
  head.writeUInt16BE(16 + length, 10);
  return Buffer.concat([head, UNITDATA, padding]);
}

/** What makes the other side ready, and the octets of an answer to it. */
const GREETING: Readonly<Record<Kind, Buffer>> = {
  ipa: Buffer.alloc(0),
  m3ua: Buffer.from('0100030400000008 0100040300000008'.replaceAll(' ', ''), 'hex'),
};

const WHATS = ['ours', 'bare', 'echo'] as const;
type What = (typeof WHATS)[number];

type Rate = { readonly answers: number; readonly seconds: number; readonly cpuMicros: number };

const cpuOf = async (child: ChildProcess): Promise<number> => {
  child.send('cpu');
  const [micros] = await once(child, 'message');
  return Number(micros);
};

/** Octets of one answer: those that come for one question. */
async function answerSize(socket: Socket, question: Buffer): Promise<number> {
  socket.write(question);
  const [chunk] = await once(socket, 'data');
  return (chunk as Buffer).length;
}

/** Keeps `window` questions under way, and counts the answers. */
function ask(socket: Socket, question: Buffer, { window, size }: { readonly window: number; readonly size: number }) {
  const many = Buffer.concat(Array.from({ length: window }, () => question));
  let [octets, answered] = [0, 0];
  socket.on('data', (chunk: Buffer) => {
    octets += chunk.length;
    const whole = Math.floor(octets / size);
    octets -= whole * size;
    answered += whole;
    if (whole > 0) socket.write(many.subarray(0, Math.min(whole, window) * question.length));
  });
  socket.write(many);
  return () => answered;
}

async function measure(
  what: What,
  kind: Kind,
  { window, seconds }: { readonly window: number; readonly seconds: number },
): Promise<Rate> {
  const server = createServer({ noDelay: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? String(address.port) : '';
  const child = fork(path.join(import.meta.dirname, 'mapnode.ts'), [what, kind, port], {
    execArgv: ['--import', 'tsx'],
  });
  const [socket] = (await once(server, 'connection')) as [Socket];
  socket.on('error', () => {});
  try {
    if (what === 'ours' && kind === 'm3ua') {
      await once(socket, 'data'); // it asks to be up
      socket.write(GREETING.m3ua);
      await once(socket, 'data'); // and to be active
    }
    const question = frame(kind);
    const answered = ask(socket, question, { window, size: await answerSize(socket, question) });
    const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    await pause(1000);
    const [before, cpu, started] = [answered(), await cpuOf(child), performance.now()];
    await pause(seconds * 1000);
    const [after, cpuAfter, ended] = [answered(), await cpuOf(child), performance.now()];
    return { answers: after - before, seconds: (ended - started) / 1000, cpuMicros: cpuAfter - cpu };
  } finally {
    socket.destroy();
    server.close();
    child.disconnect();
    await once(child, 'exit');
  }
}

const perSecond = ({ answers, seconds }: Rate): number => answers / seconds;
const micros = ({ answers, cpuMicros }: Rate): number => cpuMicros / answers;

export const bench: Bench = {
  name: 'map',
  about: `CHECK_IMEI version 3 over SCCP, asked through one connection with many questions under way: answers per second, and
processor time of each in the answering process; against one that reads and answers by the codecs alone, and against
one that only sends the same frames back unread.`,
  options: {
    window: { type: 'string', about: 'questions under way (default 256)' },
    seconds: { type: 'string', about: 'how long each measurement takes (default 4)' },
    times: { type: 'string', about: 'how often each (default 3)' },
  },
  run: async (call): Promise<Found> => {
    const asked = { window: call.count('window', 256), seconds: call.count('seconds', 4) };
    const found = KINDS.map((kind) => ({ kind, rates: { ours: [], bare: [], echo: [] } as Record<What, Rate[]> }));
    for (let time = 0; time < call.count('times', 3); time += 1) {
      for (const { kind, rates } of found) {
        for (const what of WHATS) rates[what].push(await measure(what, kind, asked));
      }
    }
    const line = (name: string, rates: readonly Rate[]): readonly Cell[] => {
      const cost = median(rates.map(micros));
      return [name, Math.round(median(rates.map(perSecond))), cost, Math.round(1e6 / cost)];
    };
    const ratio = (ours: readonly Rate[], other: readonly Rate[]): readonly Cell[] => [
      median(ours.map(perSecond)) / median(other.map(perSecond)),
      '',
      median(other.map(micros)) / median(ours.map(micros)),
    ];
    const rows = found.flatMap(({ kind, rates: { ours, bare, echo } }): (readonly Cell[])[] => [
      line(`openceir over ${kind}`, ours),
      line(`codecs alone over ${kind}`, bare),
      ['  ours to it', ...ratio(ours, bare)],
      line(`frames sent back over ${kind}`, echo),
      ['  ours to it', ...ratio(ours, echo)],
    ]);
    return {
      tables: [
        {
          title: `${asked.window} questions under way`,
          rows: [['', 'answers/s', 'CPU µs each', 'a core’s worth/s'], ...rows],
        },
      ],
      figures: { asked, found },
      notes: [
        'Asking takes a core of its own. Decisions are a fixed table here: lists and recording are in other benches.',
      ],
    };
  },
};
