import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { errorCode } from '../../files/errno.ts';

/** Where the centre is, and by what it knows the node. */
export type Centre = {
  /** `http://` or `https://`, host and port. */
  readonly url: string;
  readonly token: string;
  /** PEM; `cert` and `key` where the centre wants to see a certificate. */
  readonly tls?: {
    readonly ca?: Buffer | string;
    readonly cert?: Buffer | string;
    readonly key?: Buffer | string;
  };
  /** Keeps connections for further questions; without it each has one of its own. */
  readonly agent?: http.Agent;
  /** To be waited for an answer's head. */
  readonly timeoutMs?: number;
};

/** A question to the centre. */
export type Asked = {
  readonly method?: 'GET' | 'POST' | 'PUT';
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  readonly signal?: AbortSignal;
};

/** The centre cannot be reached, or says what no centre says. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  /** The system's code, or a word. */
  readonly code: string;
  constructor(code: string, options?: ErrorOptions) {
    super(`The centre cannot be reached (${code}).`, options);
    this.code = code;
  }
}

const TIMEOUT_MS = 10_000;
const SMALL = 16 << 20;

/** Asks the centre; its answer, whose body is still to be read. @throws Unreachable */
export function ask(centre: Centre, asked: Asked): Promise<IncomingMessage> {
  const url = new URL(asked.path, centre.url);
  const options: RequestOptions & https.RequestOptions = {
    method: asked.method ?? 'GET',
    agent: centre.agent ?? false,
    headers: {
      authorization: `Bearer ${centre.token}`,
      ...asked.headers,
      ...(asked.body === undefined ? {} : { 'content-length': Buffer.byteLength(asked.body) }),
    },
    ...(asked.signal === undefined ? {} : { signal: asked.signal }),
    ...(url.protocol === 'https:' ? centre.tls : {}),
  };
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? https : http).request(url, options);
    const limit = setTimeout(() => request.destroy(new Unreachable('TIMEOUT')), centre.timeoutMs ?? TIMEOUT_MS);
    request.once('close', () => clearTimeout(limit));
    request.on('error', (error) => {
      clearTimeout(limit);
      reject(error instanceof Unreachable ? error : new Unreachable(errorCode(error) ?? error.name, { cause: error }));
    });
    request.once('response', (response) => {
      clearTimeout(limit);
      response.socket.setKeepAlive(true, 10_000);
      resolve(response);
    });
    request.end(asked.body);
  });
}

/** An answer that was read whole. */
export type Told = { readonly status: number; readonly body: string };

/** Asks the centre and reads its whole answer. @throws Unreachable */
export async function askWhole(centre: Centre, asked: Asked): Promise<Told> {
  const response = await ask(centre, asked);
  const limit = setTimeout(() => response.destroy(new Unreachable('TIMEOUT')), centre.timeoutMs ?? TIMEOUT_MS);
  try {
    const parts: Buffer[] = [];
    let bytes = 0;
    for await (const part of response) {
      bytes += (part as Buffer).length;
      if (bytes > SMALL) throw new Unreachable('TOO_LARGE');
      parts.push(part as Buffer);
    }
    return { status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() };
  } catch (error) {
    throw error instanceof Unreachable ? error : new Unreachable(errorCode(error) ?? 'CUT', { cause: error });
  } finally {
    clearTimeout(limit);
  }
}
