import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { createTransport } from 'nodemailer';
import { Refused } from '../../faults/fault.ts';
import { errorCode } from '../../files/errno.ts';
import type { Channel, Outgoing, Sending, TakeReceipt } from '../channel.ts';
import { readBounce } from './bounce.ts';

/** How notices go to a mail server. */
export type EmailOptions = {
  /** Names the server, for the figures. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** `starttls`: no letter goes out before the connection is encrypted; `tls`: encrypted from the first octet. */
  readonly security: 'starttls' | 'tls';
  /** The certificate's authorities as PEM where they are not the system's. */
  readonly ca?: string | Buffer | undefined;
  readonly user?: { readonly name: string; readonly password: string } | undefined;
  /** Whom letters are from: a mailbox, and a name as people read it. */
  readonly from: { readonly address: string; readonly name: string };
  /**
   * The mailbox that letters which cannot be delivered come back to, and the maildir (https://cr.yp.to/proto/maildir.html)
   * that the mail server delivers them into. Without it only what the server refuses at once is known.
   */
  readonly bounces?: { readonly address: string; readonly maildir: string } | undefined;
  readonly perSecond: number;
};

/** After trouble with the server itself it is left alone for so long, in milliseconds. */
const AWAY_MS = 30_000;
/** Milliseconds that a server is waited for. */
const PATIENCE_MS = 30_000;
const CONNECTIONS = 5;

/** Opens a channel to a mail server by SMTP. */
export function emailChannel(options: EmailOptions): Channel {
  const { host, port, security, ca, user, bounces, perSecond } = options;
  const transport = createTransport({
    pool: true,
    maxConnections: CONNECTIONS,
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ...(ca === undefined ? {} : { tls: { ca } }),
    ...(user === undefined ? {} : { auth: { user: user.name, pass: user.password } }),
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  let away = 0;
  const send = async (notice: Outgoing): Promise<Sending> => {
    const message = randomBytes(12).toString('hex');
    try {
      await transport.sendMail(letter(notice, message, options));
      return { kind: 'accepted', messages: bounces === undefined ? [] : [message] };
    } catch (error) {
      const sending = failureOf(error);
      if (sending.kind === 'later' && sending.spares) away = Date.now() + AWAY_MS;
      return sending;
    }
  };
  return {
    name: 'email',
    gateway: gatewayOf(options),
    receipts: bounces !== undefined,
    perSecond,
    ready: () => Date.now() >= away,
    send: (batch) => Promise.all(batch.map(send)),
    ...(bounces === undefined ? {} : { collect: (take) => collect(bounces.maildir, gatewayOf(options), take) }),
    close: async () => transport.close(),
  };
}

const gatewayOf = ({ name }: EmailOptions): string => `smtp:${name}`;

function letter({ id, to, language, title, text }: Outgoing, message: string, { from, bounces }: EmailOptions) {
  if (to.channel !== 'email') throw new Error(`a notice for ${to.channel} came to the channel for letters`);
  return {
    from,
    to: { name: '', address: to.address },
    envelope: {
      from: bounces?.address ?? from.address,
      to: [to.address],
      dsn: { ret: 'HDRS' as const, envid: message, notify: ['FAILURE' as const] },
    },
    messageId: `<${message}@${from.address.replace(/^.*@/, '')}>`,
    subject: title,
    text: `${text}\n\n-- \n${from.name}\n`,
    // The notice's number is the same when a letter has to be sent again. Machines do not answer such letters (RFC 3834 §5).
    headers: { 'Content-Language': language, 'Auto-Submitted': 'auto-generated', 'X-Notice': id },
  };
}

/** Codes of our mail library that speak of the server and not of the letter. */
const SERVER = ['EAUTH', 'ECONNECTION', 'ETIMEDOUT', 'ESOCKET', 'EDNS', 'ETLS', 'EPROTOCOL', 'ECONNREFUSED'];

/** What a refusal means, by its codes alone: the words of a server repeat the address. */
function failureOf(error: unknown): Sending {
  if (!(error instanceof Error)) throw error;
  const { code, responseCode, response } = error as Error & Readonly<Record<string, unknown>>;
  if (typeof code === 'string' && SERVER.includes(code)) return { kind: 'later', because: code, spares: true };
  // Our own library finds that the server cannot take such an address.
  if (typeof responseCode !== 'number' && (code === 'EENVELOPE' || code === 'EMESSAGE'))
    return { kind: 'refused', because: code };
  if (typeof responseCode !== 'number') throw error;
  const enhanced = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(String(response ?? ''))?.[1];
  const because = enhanced === undefined ? String(responseCode) : `${responseCode} ${enhanced}`;
  return responseCode >= 500 ? { kind: 'refused', because } : { kind: 'later', because, spares: false };
}

/** Letters that came back are small; what is larger is none. */
const LETTER_BYTES = 1 << 20;

async function delivered(maildir: string): Promise<readonly string[]> {
  try {
    return await readdir(path.join(maildir, 'new'));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR') throw error;
    const message = `The maildir ${maildir} for letters that come back has no folder «new».`;
    throw new Refused([{ code: 'NOTICE_CHANNEL', message, remedy: 'Have the mail server deliver into a maildir.' }]);
  }
}

/** Reads what the mail server delivered, and moves it to what was seen. */
async function collect(maildir: string, gateway: string, take: TakeReceipt): Promise<void> {
  for (const name of await delivered(maildir)) {
    const file = path.join(maildir, 'new', name);
    try {
      const bounce = (await stat(file)).size > LETTER_BYTES ? undefined : readBounce(await readFile(file, 'latin1'));
      if (bounce !== undefined) await take({ gateway, ...bounce });
      await rename(file, path.join(maildir, 'cur', `${name}:2,S`));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error; // another process was faster
    }
  }
}
