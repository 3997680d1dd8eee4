import { setTimeout as wait } from 'node:timers/promises';
import smpp from 'smpp';

/** A unit of the protocol as the library gives it. */
type Pdu = InstanceType<typeof smpp.PDU>;
type Session = ReturnType<typeof smpp.connect>;

/** Where a message centre is, and as whom we bind to it (SMPP 3.4 §4.1). */
export type LinkOptions = {
  readonly host: string;
  readonly port: number;
  /** Over TLS; the certificate's authorities as PEM where they are not the system's. */
  readonly tls?: { readonly ca?: string | Buffer | undefined } | undefined;
  readonly systemId: string;
  readonly password: string;
  readonly systemType?: string | undefined;
  /** A transmitter gets no receipts and no messages. */
  readonly bind?: 'transceiver' | 'transmitter' | undefined;
  /** Messages that may be without answer at once; 10 unless told. */
  readonly window?: number | undefined;
  /** Milliseconds: between questions whether the other side is there (30 s), and that an answer is waited for (10 s). */
  readonly enquireMs?: number | undefined;
  readonly answerMs?: number | undefined;
  /** Milliseconds until the first new attempt to connect (1 s); each further one waits twice as long, up to 64 times. */
  readonly retryMs?: number | undefined;
  /** Takes what the centre delivers; gives the command status of the answer. Never rejects. */
  readonly onDeliver?: ((pdu: Pdu) => Promise<number>) | undefined;
};

/**
 * What a centre answered to a message. `unsent`: there was no connection; `lost`: it ended, or no answer came, and nobody
 * knows whether the centre has the message.
 */
export type Answer = { readonly status: number; readonly message: string } | 'unsent' | 'lost';

/** A connection to a message centre that is made again whenever it is lost. */
export type Link = {
  /** Whether messages can be handed over now. */
  readonly bound: () => boolean;
  /** Why it is not bound: the name of a command status, or what the socket says. Undefined while all is well. */
  readonly trouble: () => string | undefined;
  /** Hands over a message, once the window has room. */
  readonly submit: (parameters: Readonly<Record<string, unknown>>) => Promise<Answer>;
  /** Unbinds, and ends for good. */
  readonly close: () => Promise<void>;
};

/** The version of the protocol that we speak (§5.2.4). */
const VERSION = 0x34;

/** The name of a command status, or its number where the standard has none. */
export const statusName = (status: number): string =>
  Object.entries(smpp.errors).find(([, value]) => value === status)?.[0] ?? `0x${status.toString(16).padStart(8, '0')}`;

/** Connects, binds, and keeps it so until closed. */
export function openLink(options: LinkOptions): Link {
  const { window = 10, answerMs = 10_000, retryMs = 1000 } = options;
  const end = new AbortController();
  const queue: (() => void)[] = [];
  let session: Session | undefined;
  let trouble: string | undefined = 'not connected yet';
  let free = window;

  const enter = async (): Promise<void> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => queue.push(resolve));
  };
  const leave = (): void => {
    const next = queue.shift();
    if (next === undefined) free += 1;
    else next();
  };

  const stay = async (): Promise<void> => {
    let pause = retryMs;
    while (!end.signal.aborted) {
      const ended = await once(options, end.signal, {
        bound: (made) => {
          [session, trouble, pause] = [made, undefined, retryMs];
        },
      });
      [session, trouble] = [undefined, ended];
      if (!end.signal.aborted) await wait(pause, undefined, { signal: end.signal }).catch(ignoreAbort);
      pause = Math.min(pause * 2, retryMs * 64);
    }
  };
  const staying = stay();

  return {
    bound: () => session !== undefined,
    trouble: () => trouble,
    submit: async (parameters) => {
      await enter();
      try {
        if (session === undefined) return 'unsent';
        const answer = await ask(session, new smpp.PDU('submit_sm', parameters), answerMs);
        if (typeof answer === 'string') return answer;
        return { status: answer.command_status, message: String(answer['message_id'] ?? '') };
      } finally {
        leave();
      }
    },
    close: async () => {
      const last = session;
      if (last !== undefined) await ask(last, new smpp.PDU('unbind'), answerMs);
      end.abort();
      await staying;
    },
  };
}

/** Being told to end while waiting is no failure. */
function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error;
}

/** Sends and waits for the answer. */
function ask(session: Session, pdu: Pdu, answerMs: number): Promise<Pdu | 'unsent' | 'lost'> {
  return new Promise((resolve) => {
    const done = (answer: Pdu | 'unsent' | 'lost'): void => {
      clearTimeout(late);
      session.off('close', lost);
      resolve(answer);
    };
    const lost = (): void => done('lost');
    const late = setTimeout(lost, answerMs);
    session.once('close', lost);
    if (!session.send(pdu, done)) done('unsent');
  });
}

/** One connection from its beginning to its end; gives why it ended. */
function once(
  options: LinkOptions,
  signal: AbortSignal,
  on: { readonly bound: (session: Session) => void },
): Promise<string> {
  const { host, port, tls, enquireMs = 30_000, answerMs = 10_000, onDeliver } = options;
  return new Promise((resolve) => {
    let why = 'the connection was closed';
    const session = smpp.connect({ host, port, ...(tls === undefined ? {} : { tls: true, servername: host, ...tls }) });
    // Many messages may be without answer, and each watches for the end.
    session.setMaxListeners(0);
    const stop = (): void => session.destroy();
    const slow = setTimeout(stop, answerMs);
    let alive: NodeJS.Timeout | undefined;
    const enquire = async (): Promise<void> => {
      if (typeof (await ask(session, new smpp.PDU('enquire_link'), answerMs)) === 'string') stop();
    };
    const begin = async (): Promise<void> => {
      session.socket.setNoDelay(true);
      const answer = await ask(session, bindOf(options), answerMs);
      clearTimeout(slow);
      if (typeof answer !== 'string' && answer.command_status === 0) {
        alive = setInterval(enquire, enquireMs);
        return on.bound(session);
      }
      if (typeof answer !== 'string') why = statusName(answer.command_status);
      stop();
    };
    signal.addEventListener('abort', stop);
    session.on(tls === undefined ? 'connect' : 'secureConnect', begin);
    // The library's session is of no use after an error: its reader stops.
    session.on('error', (error: Error & { code?: string }) => {
      why = error.code ?? error.message;
      stop();
    });
    session.on('pdu', (pdu: Pdu) => answerTo(session, pdu, onDeliver));
    session.on('close', () => {
      clearTimeout(slow);
      clearInterval(alive);
      signal.removeEventListener('abort', stop);
      resolve(why);
    });
    if (signal.aborted) stop();
  });
}

function bindOf({ systemId, password, systemType = '', bind = 'transceiver' }: LinkOptions): Pdu {
  return new smpp.PDU(`bind_${bind}`, {
    system_id: systemId,
    password,
    system_type: systemType,
    interface_version: VERSION,
  });
}

/** Answers what the centre asks. */
async function answerTo(session: Session, pdu: Pdu, onDeliver: LinkOptions['onDeliver']): Promise<void> {
  if (pdu.isResponse() || pdu.command === 'generic_nack' || pdu.command === 'alert_notification') return;
  if (pdu.command === 'deliver_sm' && onDeliver !== undefined) {
    session.send(pdu.response({ command_status: await onDeliver(pdu) }));
  } else if (pdu.command === 'enquire_link' || pdu.command === 'unbind') {
    session.send(pdu.response());
    if (pdu.command === 'unbind') session.close();
  } else session.send(pdu.response({ command_status: smpp.errors['ESME_RINVCMDID'] }));
}
