/** What we use of the library `smpp`, which brings no types. */
declare module 'smpp' {
  import type { EventEmitter } from 'node:events';
  import type { Server as NetServer, Socket } from 'node:net';

  /** A protocol data unit, with its parameters as properties. */
  type Pdu = {
    readonly command: string;
    readonly command_status: number;
    readonly sequence_number: number;
    response(parameters?: Parameters): Pdu;
    isResponse(): boolean;
    readonly [parameter: string]: unknown;
  };

  type Parameters = { readonly [name: string]: unknown };

  type Session = EventEmitter & {
    readonly socket: Socket;
    /** False where the socket takes nothing any more. */
    send(pdu: Pdu, onAnswer?: (answer: Pdu) => void): boolean;
    close(): void;
    destroy(): void;
  };

  type Smpp = {
    readonly PDU: new (command: string, parameters?: Parameters) => Pdu;
    /** Names of command statuses. */
    readonly errors: Readonly<Record<string, number>>;
    readonly encodings: Readonly<
      Record<'ASCII' | 'UCS2', { decode(octets: Buffer): string; encode(text: string): Buffer }>
    >;
    connect(options: Parameters, onConnect?: () => void): Session;
    createServer(onSession: (session: Session) => void): NetServer;
  };

  const smpp: Smpp;
  export = smpp;
}
