import { readFile } from 'node:fs/promises';
import type { Latency } from '../../eir/latency.ts';
import { Misused, Refused } from '../../faults/fault.ts';
import { errorCode } from '../../files/errno.ts';
import type { Call } from '../command.ts';
import { answer, countOf } from '../context.ts';
import type { Act } from './act.ts';

/** What a load is asked for. */
type Wish = {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  readonly window: number;
  readonly seconds: number;
  readonly rate: number | undefined;
  readonly realm: string;
  /** IMEIs to ask about in turn, 14 digits each; none: any. */
  readonly imeis: readonly number[];
};

/** What came of it. */
type Told = {
  readonly seconds: number;
  readonly sent: number;
  readonly answered: number;
  readonly lost: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly latency: Latency;
};

/** The share of answers that came within each of these times is told. */
const SHARES = [0.5, 0.9, 0.99, 0.999] as const;

/** A test network's subscribers (3GPP TS 23.003 §2.2: MCC 999 is for internal use). */
const IMSI = 999_990_000_000_000;

function placeOf(text: string | undefined): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text ?? '') ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535)
    throw new Misused('ceir eir load s13|n5g-eir HOST:PORT: name what to load, such as 127.0.0.1:3868');
  return { host, port: Number(port) };
}

async function imeisOf(call: Call): Promise<readonly number[]> {
  const file = call.text('imeis');
  if (file === undefined) return [];
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const message = `The file of IMEIs cannot be read (${errorCode(error) ?? 'unknown'}).`;
    throw new Refused([
      { code: 'FILE_MISSING', file, message, remedy: 'Name a text file with one IMEI on each line.' },
    ]);
  });
  const found = text.split('\n').map((line) => /^\s*(\d{14})\d{0,2}\b/.exec(line)?.[1]);
  const imeis = found.flatMap((one) => (one === undefined ? [] : [Number(one)]));
  if (imeis.length > 0) return imeis;
  const message = 'The file of IMEIs holds none.';
  throw new Refused([{ code: 'FILE_EMPTY', file, message, remedy: 'Write one IMEI of 14 to 16 digits on each line.' }]);
}

/** Gives the IMEIs in turn; without any, all of one model in an order that jumps about. */
function turns(imeis: readonly number[]): () => number {
  let at = 0;
  return () => {
    at += 1;
    return imeis.length === 0 ? 35_693_803_000_000 + ((at * 7919) % 1_000_000) : (imeis[at % imeis.length] ?? 0);
  };
}

async function s13(wish: Wish): Promise<Told> {
  const { loadS13 } = await import('../../eir/diameter/load.ts');
  const { host, port, realm, connections, window, seconds, rate } = wish;
  let subscriber = 0;
  const { verdicts, ...loaded } = await loadS13({
    host,
    port,
    identity: { host: 'load.invalid', realm: 'invalid' },
    realm,
    connections,
    window,
    seconds,
    ...(rate === undefined ? {} : { rate }),
    imei: turns(wish.imeis),
    imsi: () => {
      subscriber = (subscriber + 1) % 1_000_000;
      return IMSI + subscriber;
    },
  });
  const { white, grey, black, unknown, other } = verdicts;
  const answered = loaded.sent - loaded.lost;
  return { ...loaded, answered, answers: { permitted: white, tracked: grey, blocked: black, unknown, refused: other } };
}

async function n5g(wish: Wish): Promise<Told> {
  const { loadSbi } = await import('../../eir/sbi/load.ts');
  const { host, port, connections, window, seconds, rate } = wish;
  const next = turns(wish.imeis);
  const loaded = await loadSbi({
    root: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    connections,
    streams: window,
    seconds,
    ...(rate === undefined ? {} : { rate }),
    ask: (n: number) => ({ imei: String(next()).padStart(14, '0'), imsi: String(IMSI + (n % 1_000_000)) }),
  });
  const { answered, failed, answers, latency } = loaded;
  return { seconds: loaded.seconds, sent: answered + failed, answered, lost: failed, answers, latency };
}

const milliseconds = (microseconds: number): string => `${(microseconds / 1000).toFixed(3)} ms`;

function textOf({ seconds, sent, answered, lost, answers, latency }: Told): string {
  const given = Object.entries(answers).filter(([, times]) => times > 0);
  return [
    `${answered} of ${sent} answered in ${seconds.toFixed(1)} s: ${Math.round(answered / seconds)} a second`,
    ...(lost === 0 ? [] : [`${lost} never answered`]),
    ...given.map(([name, times]) => `  ${name.padEnd(12)} ${times}`),
    ...SHARES.map((share) => `  p${share * 100}`.padEnd(15) + milliseconds(latency.percentile(share))),
    `  longest      ${milliseconds(latency.most)}`,
  ].join('\n');
}

const jsonOf = ({ latency, ...told }: Told) => ({
  ...told,
  perSecond: told.answered / told.seconds,
  latencyMs: {
    ...Object.fromEntries(SHARES.map((share) => [`p${share * 100}`, latency.percentile(share) / 1000])),
    most: latency.most / 1000,
  },
});

const ACTS = { s13, 'n5g-eir': n5g } as const;

export const load: Act = {
  name: 'load',
  usage: 's13|n5g-eir HOST:PORT',
  about: 'puts a register under load, this one or another, and measures how it answers',
  options: {
    rate: { type: 'string', value: 'N', about: 'requests a second (default: as many as are answered)' },
    seconds: { type: 'string', value: 'N', about: 'how long (default 10)' },
    connections: { type: 'string', value: 'N', about: 'connections (default 4)' },
    window: { type: 'string', value: 'N', about: 'unanswered requests of each connection (default 100)' },
    imeis: { type: 'string', value: 'FILE', about: 'IMEIs to ask about, one a line (default: one model’s)' },
    realm: { type: 'string', value: 'REALM', about: 'Destination-Realm, for s13 (default: example)' },
  },
  examples: [
    ['ceir eir load s13 127.0.0.1:3868 --rate 50000 --seconds 30', 'latency at a fixed rate'],
    ['ceir eir load n5g-eir 127.0.0.1:7777 --imeis imeis.txt --json', 'as fast as it goes'],
  ],
  run: async (call) => {
    const [name, place, ...more] = call.args;
    const act = name === 's13' || name === 'n5g-eir' ? ACTS[name] : undefined;
    if (act === undefined || more.length > 0) throw new Misused('ceir eir load s13|n5g-eir HOST:PORT: name both');
    const wish: Wish = {
      ...placeOf(place),
      connections: countOf(call, 'connections') ?? 4,
      window: countOf(call, 'window') ?? 100,
      seconds: countOf(call, 'seconds') ?? 10,
      rate: countOf(call, 'rate'),
      realm: call.text('realm') ?? 'example',
      imeis: await imeisOf(call),
    };
    const told = await act(wish).catch((error: unknown) => {
      const code = errorCode(error);
      if (code === undefined) throw error;
      const message = `${place} cannot be asked (${code}).`;
      throw new Refused([
        { code: 'NODE_ASK', message, remedy: 'Look whether it listens there, and lets this host in.' },
      ]);
    });
    answer(call, jsonOf(told), () => textOf(told));
    return 0;
  },
};
