import { createHmac } from 'node:crypto';
import { lookup } from 'node:dns';
import { Agent, request } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Channel, Outgoing, Sending } from '../channel.ts';
import { isPublic } from './address.ts';

/** How notices go to machines. */
export type WebhookOptions = {
  /** The key with which what goes to an address is signed; undefined where the address is not, or no longer, registered. */
  readonly secretOf: (url: string) => Buffer | undefined;
  /** Addresses within the own network are allowed, too. */
  readonly allowPrivate?: boolean | undefined;
  /** The certificates' authorities as PEM where they are not the system's. */
  readonly ca?: string | Buffer | undefined;
  readonly perSecond: number;
  /** Milliseconds that an answer is waited for; 10 s unless told. */
  readonly answerMs?: number | undefined;
  /** The clock, for the signature; the machine's unless told. */
  readonly clock?: (() => Date) | undefined;
};

/** Raised by our own look-up: the name leads to an address that is not public. */
const PRIVATE = 'CEIR_PRIVATE_ADDRESS';

/**
 * The signature of a request, as the specification of https://www.standardwebhooks.com has it: HMAC-SHA-256 over number,
 * seconds since 1970, and body.
 */
export const signatureOf = (
  secret: Buffer,
  parts: { readonly id: string; readonly at: number; readonly body: string },
): string => `v1,${createHmac('sha256', secret).update(`${parts.id}.${parts.at}.${parts.body}`).digest('base64')}`;

/** Looks a name up, and takes only addresses that are public: whatever it led to when it was registered. */
const publicLookup: LookupFunction = (host, options, callback) => {
  lookup(host, { ...options, all: true }, (error, found) => {
    if (error !== null) return callback(error, []);
    const allowed = found.filter(({ address }) => isPublic(address));
    const [first] = allowed;
    if (first === undefined) return callback(Object.assign(new Error('not public'), { code: PRIVATE }), []);
    if (options.all === true) return callback(null, allowed);
    return callback(null, first.address, first.family);
  });
};

/** Opens a channel to machines: HTTPS POST with a signature, no redirects, private addresses refused. */
export function webhookChannel(options: WebhookOptions): Channel {
  const { allowPrivate = false, ca, perSecond } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: 4, ...(ca === undefined ? {} : { ca }) });
  return {
    name: 'webhook',
    gateway: 'webhook',
    receipts: false,
    perSecond,
    ready: () => true,
    send: (batch) => Promise.all(batch.map((notice) => post(notice, { ...options, allowPrivate }, agent))),
    close: async () => agent.destroy(),
  };
}

async function post(notice: Outgoing, options: WebhookOptions, agent: Agent): Promise<Sending> {
  const { id, to, template, language, title, text } = notice;
  if (to.channel !== 'webhook') throw new Error(`a notice for ${to.channel} came to the channel for machines`);
  const secret = options.secretOf(to.url);
  if (secret === undefined) return { kind: 'refused', because: 'not registered' };
  const host = new URL(to.url).hostname.replace(/^\[(.*)\]$/, '$1');
  // A look-up is not made where the address stands there itself.
  if (!options.allowPrivate && isIP(host) !== 0 && !isPublic(host))
    return { kind: 'refused', because: 'private address' };
  const body = JSON.stringify({ notice: id, template, language, title, text });
  const at = Math.floor((options.clock?.() ?? new Date()).getTime() / 1000);
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'openceir',
    'webhook-id': id,
    'webhook-timestamp': String(at),
    'webhook-signature': signatureOf(secret, { id, at, body }),
  };
  return verdictOf(await exchange({ url: to.url, headers, body, agent, options }));
}

type Exchange = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: string;
  readonly agent: Agent;
  readonly options: WebhookOptions;
};

/** The status of the answer, or the code of what went wrong. The answer's content is passed over, and ends in time. */
function exchange({ url, headers, body, agent, options }: Exchange): Promise<number | string> {
  const { answerMs = 10_000, allowPrivate = false } = options;
  return new Promise((resolve) => {
    const lookedUp = allowPrivate ? {} : { lookup: publicLookup };
    const signal = AbortSignal.timeout(answerMs);
    const asked = request(url, { method: 'POST', agent, headers, signal, ...lookedUp }, (answer) => {
      answer.resume().on('error', () => undefined);
      resolve(answer.statusCode ?? 0);
    });
    asked.on('error', (error: Error & { code?: unknown }) =>
      resolve(typeof error.code === 'string' ? error.code : error.name),
    );
    asked.end(body);
  });
}

/** 2xx is taken; 410: gone for good (as the specification of webhooks has it); redirects are not followed. */
function verdictOf(answer: number | string): Sending {
  if (answer === PRIVATE) return { kind: 'refused', because: 'private address' };
  if (typeof answer === 'string') return { kind: 'later', because: answer, spares: false };
  if (answer >= 200 && answer < 300) return { kind: 'accepted', messages: [] };
  return answer === 410
    ? { kind: 'refused', because: '410' }
    : { kind: 'later', because: String(answer), spares: false };
}
