import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, type IncomingHttpHeaders, type SecureClientSessionOptions } from 'node:http2';
import { after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Answer, Question, Status } from '../../../src/decisions/core/question.ts';
import type { Asker, Checker, Server } from '../../../src/eir/checker.ts';
import { listenSbi, type SbiOptions } from '../../../src/eir/sbi/server.ts';

export const INSTANCE = '5f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5';
export const PATH = '/n5g-eir-eic/v1/equipment-status';

/** IMEIs of 15 digits that the checker of these tests answers so; all others are unknown. */
export const IMEIS = {
  permitted: '356938035643809',
  tracked: '356938035643817',
  blocked: '356938035643825',
  /** Decided by the centre, after {@link CENTRE_MS}, as blocked. */
  asked: '356938035643833',
  /** Never decided. */
  never: '356938035643841',
  /** Breaks the checker. */
  broken: '356938035643858',
  unknown: '356938035643866',
} as const;
const CENTRE_MS = 30;

export const answerOf = (status: Status): Answer => ({
  status,
  step: 'test',
  reason: status === 'blocked' ? 'stolen' : '',
  list: '',
  level: 'none',
  exception: '',
  intended: status,
  by: 'local',
});

/** A checker that knows {@link IMEIS} and remembers what it was asked. */
export function makeChecker(): Checker & { readonly asked: { question: Question; asker: Asker }[] } {
  const keys = new Map(Object.entries(IMEIS).map(([name, imei]) => [Number(imei.slice(0, 14)), name]));
  const asked: { question: Question; asker: Asker }[] = [];
  return {
    asked,
    check: (question, asker) => {
      asked.push({ question, asker });
      const name = keys.get(question.imei) ?? 'unknown';
      if (name === 'broken') throw new Error('broken');
      if (name === 'asked' || name === 'never') return undefined;
      return answerOf(name as Status);
    },
    ask: async ({ imei }) => {
      if (keys.get(imei) === 'never') await new Promise(() => undefined);
      await pause(CENTRE_MS);
      return answerOf('blocked');
    },
  };
}

/** A listener under test with what it counted. */
export type Ground = {
  readonly server: Server;
  readonly port: number;
  readonly checker: ReturnType<typeof makeChecker>;
  readonly counts: Map<string, number>;
};

/** Listens on a free port until the tests of the file are over. */
export async function listen(options: Partial<SbiOptions> = {}): Promise<Ground> {
  const checker = makeChecker();
  const counts = new Map<string, number>();
  const count = (name: string, label = ''): void => {
    const key = `${name} ${label}`.trim();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  const server = await listenSbi({ host: '127.0.0.1', port: 0, instance: INSTANCE, checker, count, ...options });
  after(() => server.close(0));
  return { server, port: Number(server.address.split(':').at(-1)), checker, counts };
}

/** One answer as a client of Node sees it. */
export type Seen = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

/** Sends requests at once over one connection of Node's own client. */
export async function request(
  root: string,
  requests: readonly Readonly<Record<string, string>>[],
  tls: SecureClientSessionOptions = {},
): Promise<readonly Seen[]> {
  const session = connect(root, tls);
  session.on('error', () => undefined);
  try {
    await once(session, 'connect');
    return await Promise.all(
      requests.map(async (headers) => {
        const stream = session.request({ ':path': PATH, ...headers });
        let body = '';
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk;
        });
        let heads: IncomingHttpHeaders = {};
        stream.on('response', (told) => {
          heads = told;
        });
        await once(stream, 'close');
        if (heads[':status'] === undefined) throw new Error('the stream closed without an answer');
        return { status: Number(heads[':status']), headers: heads, body };
      }),
    );
  } finally {
    session.close();
  }
}

/** Sends one GET. */
export async function ask(root: string, query: string, headers: Readonly<Record<string, string>> = {}): Promise<Seen> {
  const [seen] = await request(root, [{ ':path': `${PATH}${query}`, ...headers }]);
  if (seen === undefined) throw new Error('no answer');
  return seen;
}

/** Why a program's tests are skipped: it is not installed. */
export const without = (program: string): string | false =>
  spawnSync('which', [program], { stdio: 'ignore' }).status === 0 ? false : `${program} is not installed`;

/** Runs a program to its end. */
export const run = (program: string, words: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(program, words, { timeout: 20_000 }, (fault, stdout, stderr) => {
      if (fault === null) resolve(stdout);
      else reject(new Error(`${program}: ${fault.message}\n${stdout}\n${stderr}`));
    });
  });

/** Waits until something is so; fails after a minute. */
export async function until(what: string, is: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 60_000; !is(); await pause(10))
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
}
