import type { IncomingHttpHeaders } from 'node:http2';
import { Duplex } from 'node:stream';
import { readLuStatusReq } from '../../src/codecs/suppl76/message.ts';
import { SBI_LIMITS } from '../../src/eir/sbi/limits.ts';
import { Door } from '../../src/eir/sbi/server.ts';
import { makeSeat, makeService } from '../../src/eir/sbi/service.ts';
import { answerOf } from '../eir/sbi/ground.ts';
import { frame, framesOf, get, PREFACE, ping, reset, settings, TYPE } from '../peers/frames.ts';
import type { Target } from './mutate.ts';

const PATH = '/n5g-eir-eic/v1/equipment-status';
const checker = {
  // Odd ones are for the centre to decide.
  check: ({ imei }: { readonly imei: number }) => (imei % 2 === 1 ? undefined : answerOf('permitted')),
  ask: async () => answerOf('blocked'),
};

const counted = new Set<string>();
const count = (name: string, label = ''): void => {
  counted.add(`${name} ${label}`);
};
const INSTANCE = '5f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5';
const door = new Door({ host: '', port: 0, instance: INSTANCE, checker, count, limits: { resets: 20 } });
const service = makeService({ prefix: '', instance: INSTANCE, limits: SBI_LIMITS, tokens: undefined, checker, count });
const seat = makeSeat({ protocol: 'n5g-eir', peer: '', operator: '' });

const QUERIES = [
  'pei=imei-356938035643809',
  'pei=imei-356938035643817&supi=imsi-999010000000001&gpsi=msisdn-99979000001&supported-features=0',
  'pei=imeisv-3569380356438017&supi=nai-a%40b.example&x=1',
  'pei=mac-00-1a-2b-3c-4d-5e-untrusted&gpsi=extid-a@b',
  'pei=eui-00-1a-2b-3c-4d-5e-6f-70',
  'pei=%69mei%2D356938035643809&supi=imsi%2d99901',
];

/** Requests as text: the method, the target, and an `accept`, a line each. */
const requests = QUERIES.map((query) => Buffer.from(`GET\n${PATH}?${query}\napplication/json;q=0.5, */*;q=0`));

const TOLD = [
  ['3gpp-sbi-message-priority', '3'],
  ['3gpp-sbi-max-rsp-time', '500'],
] as const;

/** Connections: what a client sends from its first octet on. */
const connections = [
  ...QUERIES.map((query) => Buffer.concat([PREFACE, settings(), get(1, `${PATH}?${query}`)])),
  Buffer.concat([
    PREFACE,
    settings(),
    get(1, `${PATH}?${QUERIES[0]}`, TOLD),
    get(3, '/x'),
    ping(),
    reset(3),
    get(5, PATH),
  ]),
  Buffer.concat([
    PREFACE,
    settings(0),
    get(1, `${PATH}?${QUERIES[1]}`),
    frame(TYPE.window, 0, 0, Buffer.from([0, 0, 1, 0])),
  ]),
  Buffer.concat([PREFACE, ...Array.from({ length: 30 }, (_, n) => [get(2 * n + 1, PATH), reset(2 * n + 1)]).flat()]),
  Buffer.concat([
    PREFACE,
    settings(),
    frame(TYPE.settings, 1, 0),
    get(1, PATH),
    frame(TYPE.data, 1, 1, Buffer.from('x')),
  ]),
  Buffer.concat([PREFACE, settings(), get(1, PATH), frame(TYPE.goaway, 0, 0, Buffer.alloc(8))]),
];

/** Bodies of the query in the style of Suppl.76. */
const bodies = [
  { msgId: '1', imei: '35693803564380' },
  { msgId: 'x'.repeat(64), imei: '3569380356438017', imsi: '999010000000001', msisdn: '99979000001', rat: 'NR' },
  { msgId: '2', imei: '356938035643809', ts: '2026-01-01T00:00:00Z', eirId: 'a', event: 'ATTACH' },
].map((body) => Buffer.from(JSON.stringify(body)));

/** The server's side of a connection without a network: what it writes is kept. */
class Wire extends Duplex {
  readonly written: Buffer[] = [];
  override _read(): void {}
  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.written.push(chunk);
    done();
  }
}

/** Longer than this without an end is a hang. */
const PATIENCE_MS = 5000;
/** Beyond all limits of time. */
const LATER_MS = 10_000_000;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function converse(bytes: Buffer): Promise<void> {
  const wire = new Wire();
  const closed = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the connection hangs')), PATIENCE_MS);
    wire.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
  door.admit(wire);
  wire.push(bytes);
  // The peer goes when what it asked has been read and answered.
  for (let turns = 0; turns < 3; turns += 1) await turn();
  wire.push(null);
  for (let turns = 0; turns < 4 && !wire.closed; turns += 1) await turn();
  // A connection that has not ended by itself must end when its time is over.
  for (let round = 1; round <= 2 && !wire.closed; round += 1) door.sweep(performance.now() + round * LATER_MS);
  await closed;
  await turn();
  const written = Buffer.concat(wire.written);
  const whole = framesOf(written).reduce((sum, { payload }) => sum + 9 + payload.length, 0);
  if (whole !== written.length) throw new Error('a frame was cut off');
}

async function serve(text: string): Promise<void> {
  const [method, target, accept] = text.split('\n');
  const headers: IncomingHttpHeaders = { ':method': method, ':path': target, accept };
  const { body, headers: told } = await service.answer(headers, seat);
  const status = Number(told[':status']);
  const problem = JSON.parse(body.toString()) as { readonly status?: unknown };
  if (status !== 200 && problem.status !== status) throw new Error('the problem tells another status');
  count('status', String(status));
}

function readBody(text: string): void {
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch {
    count('suppl76', 'no JSON');
    return;
  }
  const read = readLuStatusReq(told);
  count('suppl76', read.ok ? 'read' : `wrong ${read.fault.split('/')[0]}`.slice(0, 12));
  if (read.ok && !(read.value.imei >= 0 && read.value.imei < 1e14)) throw new Error('an IMEI that is none');
}

export const target: Target = {
  name: 'n5g-eir',
  corpus: [...requests, ...connections, ...bodies],
  act: async (bytes) => {
    counted.clear();
    const first = bytes[0];
    if (first === 0x7b) readBody(bytes.toString());
    else if (first === PREFACE[0]) await converse(bytes);
    else await serve(bytes.toString('latin1'));
    // A fault of ours is answered, too; here it is one to be found.
    if ([...counted].some((name) => name.startsWith('n5geir_failed'))) throw new Error('something failed');
    return [...counted].sort().join(', ') || 'nothing came of it';
  },
};
