import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Bench, type Cell, type Found, median } from './bench.ts';
import type { Role } from './interposer.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
/** A Check-IMEI request, and an Update-Location request of the same length. */
const CHECK = hex('0019 ee 05 30 0108 09710000004026f0 5008 07 53968330653408 0a01 01');
const LOCATE = hex('0019 ee 05 04 0108 09710000004026f0 280102 0a0101 6005 4d53432d31');
/** Octets of the result. */
const RESULT = 21;
/** What we say of ourselves; octets of being asked for it, and of having it acknowledged. */
const NAME = hex('0008 fe 05 0005 00 4d534300');
const ASKED = 20;
const ACKNOWLEDGED = 4;
/** By then the code is compiled, and an HLR that does not ask who we are is taken to be ready. */
const WARM_MS = 1500;

type Program = { readonly port: number; readonly cpuMicros: () => Promise<number>; readonly stop: () => void };

async function start(role: Role, hlr?: number): Promise<Program> {
  const words: string[] = hlr === undefined ? [role] : [role, String(hlr)];
  const program: ChildProcess = fork(path.join(import.meta.dirname, 'interposer.ts'), words, {
    execArgv: ['--import', 'tsx'],
  });
  const told = async (): Promise<number> => Number((await once(program, 'message'))[0]);
  const port = await told();
  return {
    port,
    cpuMicros: async () => {
      const answer = told();
      program.send('cpu');
      return answer;
    },
    stop: () => program.disconnect(),
  };
}

type Asks = {
  readonly request: Buffer;
  /** Octets of what comes back. */
  readonly answer: number;
  /** Requests under way. */
  readonly window: number;
  /** Octets that come before: the server asks who we are, and acknowledges it. */
  readonly greeting: number;
};

/** Asks over one connection, from now on; `came` tells how many answers there were. */
async function load(port: number, { request, answer, window, greeting }: Asks) {
  const half = Math.max(1, window >> 1);
  const batch = Buffer.concat(Array.from({ length: half }, () => request));
  const socket: Socket = connect({ host: '127.0.0.1', port }).setNoDelay(true);
  let octets = -greeting;
  let sent = 0;
  let feeding = false;
  const feed = (): void => {
    while (feeding && sent - octets / answer + half <= window) {
      sent += half;
      socket.write(batch);
    }
  };
  socket.on('data', (chunk) => {
    octets += chunk.length;
    feed();
  });
  if (greeting > 0) socket.write(NAME);
  while (octets < 0) await pause(10);
  await pause(100);
  feeding = true;
  feed();
  return { came: () => octets / answer, end: () => socket.destroy() };
}

type Measured = { readonly perSecond: number; readonly cpuMicros: number };

async function measure(program: Program, asks: Asks, seconds: number): Promise<Measured> {
  const asking = await load(program.port, asks);
  await pause(WARM_MS);
  const [before, from, began] = [await program.cpuMicros(), asking.came(), performance.now()];
  await pause(seconds * 1000);
  const [count, took] = [asking.came() - from, performance.now() - began];
  const cpu = (await program.cpuMicros()) - before;
  asking.end();
  return { perSecond: (count * 1000) / took, cpuMicros: cpu / count };
}

export const bench: Bench = {
  name: 'gsup',
  about: `Check-IMEI answers a second over GSUP, against servers that send back what they read, whole or frame by frame; and
frames that pass to an HLR and back. All in turn, several times; the medians count. Processor time is the server's alone.`,
  options: {
    seconds: { type: 'string', about: 'how long each is measured (default 3)' },
    times: { type: 'string', about: 'how often each (default 3)' },
    window: { type: 'string', about: 'requests under way (default 100)' },
  },
  run: async (call): Promise<Found> => {
    const [seconds, times, window] = [call.count('seconds', 3), call.count('times', 3), call.count('window', 100)];
    const behind = await start('bare');
    const programs: readonly [Role, string, Program, Omit<Asks, 'window'>][] = [
      [
        'bare',
        'octets sent back as they come',
        await start('bare'),
        { request: CHECK, answer: CHECK.length, greeting: 0 },
      ],
      [
        'echo',
        'frames sent back one by one',
        await start('echo'),
        { request: CHECK, answer: CHECK.length, greeting: 0 },
      ],
      [
        'checks',
        'Check-IMEI answered',
        await start('checks'),
        { request: CHECK, answer: RESULT, greeting: ASKED + ACKNOWLEDGED },
      ],
      [
        'passed',
        'frames to an HLR and back',
        await start('passed', behind.port),
        { request: LOCATE, answer: LOCATE.length, greeting: ACKNOWLEDGED },
      ],
    ];
    const found = new Map<Role, Measured[]>();
    for (let time = 0; time < times; time += 1)
      for (const [role, , program, asks] of programs) {
        const measured = await measure(program, { ...asks, window }, seconds);
        found.set(role, [...(found.get(role) ?? []), measured]);
      }
    for (const { stop } of [behind, ...programs.map(([, , program]) => program)]) stop();
    const middle = (role: Role, of: (one: Measured) => number): number => median((found.get(role) ?? []).map(of));
    const cost = (role: Role): number => middle(role, ({ cpuMicros }) => cpuMicros);
    const rate = (role: Role): number => Math.round(middle(role, ({ perSecond }) => perSecond));
    const rows = programs.map(([role, name]): readonly Cell[] => [
      name,
      rate(role),
      cost(role),
      Math.round(1e6 / cost(role)),
      cost('echo') / cost(role),
    ]);
    const head: readonly Cell[] = ['', 'a second', 'CPU µs each', 'a second and core', 'of the echo'];
    const title = `one connection, ${window} requests under way, medians of ${times}`;
    return {
      tables: [{ title, rows: [head, ...rows] }],
      figures: Object.fromEntries(
        programs.map(([role]) => [
          role,
          { perSecond: rate(role), cpuMicros: cost(role), ofEcho: cost('echo') / cost(role) },
        ]),
      ),
      notes: [
        'The verdict is a constant: what a lookup costs is measured with the lists. A passed frame counts once for both ways.',
      ],
    };
  },
};
