import { once } from 'node:events';
import type { Socket } from 'node:net';
import { CAPABILITIES_EXCHANGE, DEVICE_WATCHDOG, ME_IDENTITY_CHECK } from '../../../src/codecs/diameter/command.ts';
import {
  answering,
  FLAG,
  HEADER_BYTES,
  type Header,
  readHeader,
  writeMessage,
} from '../../../src/codecs/diameter/header.ts';
import { numbersOf, readMessage } from '../../../src/codecs/diameter/read.ts';
import { RESULT } from '../../../src/codecs/diameter/result.ts';
import { writeAvps } from '../../../src/codecs/diameter/write.ts';
import { cer, ecr, terminal } from '../diameter/messages.ts';

/** What S13 says of equipment. */
export type Verdict = 'white' | 'black' | 'grey';

/** IMEI of 14 digits, IMSI of 15. */
export type Asked = { readonly imei: number; readonly imsi: number };

/** An MME that stays connected, and waits for its answers as long as the connection is there. */
export class Mme {
  readonly #socket: Socket;
  readonly #origin: { readonly 'Origin-Host': string; readonly 'Origin-Realm': string };
  readonly #waiting = new Map<number, (verdict: Verdict | undefined) => void>();
  /** Resolves when the node has accepted it; rejects where it does not. */
  readonly accepted: Promise<void>;
  /** Resolves when the connection is over. */
  readonly ended: Promise<unknown>;
  #accept: () => void = () => undefined;
  #rest: Buffer = Buffer.alloc(0);
  #asked = 0;
  /** The command of the last message that came. */
  last = 0;
  /** Watchdogs of the node that were answered. */
  watched = 0;
  isClosed = false;

  /** @param socket one that is connecting, with TLS or without */
  constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#origin = { 'Origin-Host': host, 'Origin-Realm': 'test' };
    this.ended = once(
      socket.on('error', () => undefined),
      'close',
    ).catch(() => undefined);
    this.accepted = new Promise((resolve, reject) => {
      this.#accept = resolve;
      socket.once('close', () => reject(new Error('the node did not accept it')));
    });
    this.accepted.catch(() => undefined);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('close', () => {
      this.isClosed = true;
      for (const lose of this.#waiting.values()) lose(undefined);
    });
    socket.write(cer({ values: this.#origin }));
  }

  /** Asks all in one write; what was answered to each, undefined for one that was lost or refused. */
  ask(questions: readonly Asked[]): Promise<readonly (Verdict | undefined)[]> {
    const answers: Promise<Verdict | undefined>[] = [];
    const messages = questions.map(({ imei, imsi }) => {
      this.#asked += 1;
      const number = this.#asked;
      answers.push(new Promise((resolve) => void this.#waiting.set(number, resolve)));
      const values = { 'Terminal-Information': terminal(String(imei)), 'User-Name': String(imsi) };
      const all = { ...this.#origin, 'Destination-Realm': 'test', ...values };
      return ecr({ hopByHop: number, endToEnd: number, values: all });
    });
    if (this.isClosed) for (const lose of this.#waiting.values()) lose(undefined);
    this.#socket.write(Buffer.concat(messages));
    return Promise.all(answers);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= HEADER_BYTES) {
      const length = this.#rest.readUIntBE(1, 3);
      if (this.#rest.length < length) return;
      this.#take(this.#rest.subarray(0, length));
      this.#rest = this.#rest.subarray(length);
    }
  }

  #take(message: Buffer): void {
    const header = readHeader(message);
    this.last = header.command;
    if (header.command === CAPABILITIES_EXCHANGE.code) {
      const { known } = readMessage(message, CAPABILITIES_EXCHANGE.answer);
      if (numbersOf(known, 'Result-Code')[0] === RESULT.SUCCESS) this.#accept();
    } else if (header.command === DEVICE_WATCHDOG.code && (header.flags & FLAG.REQUEST) !== 0) this.#live(header);
    else if (header.command === ME_IDENTITY_CHECK.code) {
      const { known } = readMessage(message, ME_IDENTITY_CHECK.answer);
      const [status = -1] = numbersOf(known, 'Equipment-Status');
      this.#waiting.get(header.hopByHop)?.((['white', 'black', 'grey'] as const)[status]);
      this.#waiting.delete(header.hopByHop);
    }
  }

  #live(header: Header): void {
    this.watched += 1;
    const values = { 'Result-Code': RESULT.SUCCESS, ...this.#origin };
    this.#socket.write(writeMessage(answering(header, false), writeAvps(DEVICE_WATCHDOG.answer, values)));
  }
}
