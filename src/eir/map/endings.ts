import { berWriter, clear, putOctets } from '../../codecs/ber/write.ts';
import { contextName, type MapVersion } from '../../codecs/map/check.ts';
import { DIAGNOSTIC, putAbort, putResponse } from '../../codecs/map/dialogue.ts';
import { closeMessage, P_ABORT, type Peer, putCause, TCAP } from '../../codecs/map/tcap.ts';
import type { MapCount } from './counts.ts';
import { putReplies, type Reply } from './operations.ts';
import type { Way } from './way.ts';

/** What a begin agreed on: the version, and the dialogue portion that accepts it; undefined where none came. */
export type Agreed = { readonly version: MapVersion; readonly accepted: Buffer | undefined };

/** Whom an answer goes to. */
export type To = { readonly to: Peer; readonly way: Way };

/** The transaction an answer ends. */
export type Job = Agreed & To;

const CAUSES = {
  [P_ABORT.unrecognizedMessageType]: 'unrecognized-message-type',
  [P_ABORT.unrecognizedTransaction]: 'unrecognized-transaction',
  [P_ABORT.badlyFormatted]: 'badly-formatted',
  [P_ABORT.incorrectPortion]: 'incorrect-portion',
  [P_ABORT.resourceLimitation]: 'resource-limitation',
} as const;

/** All we ever send: one message each, ending the transaction but for {@link Endings.goOn}. */
export type Endings = {
  /** An abort by the transaction sublayer. */
  readonly abort: (to: To, cause: keyof typeof CAUSES) => void;
  /** An abort because the dialogue portion is not understood. */
  readonly abnormal: (to: To) => void;
  /** An abort because the other side's dialogue portions are of another protocol version. */
  readonly noCommon: (to: To) => void;
  /** An abort because a context is not supported; `offered` is the one to try instead, or the one that was asked for. */
  readonly noContext: (to: To, offered: Buffer) => void;
  /** An abort without any reason: version 1, which has no dialogue portion. */
  readonly bare: (to: To) => void;
  readonly end: (job: Job, replies: readonly Reply[]) => void;
  /** Accepts a dialogue that stays open under our identifier. */
  readonly goOn: (job: To & { readonly accepted: Buffer }, own: number) => void;
};

/** The most octets of an answer: eight components, a dialogue portion, identifiers; within what unitdata carries. */
const ROOM = 255;

export function endings(count: MapCount): Endings {
  const writer = berWriter(ROOM);
  /** Aborts with the dialogue portion that `put` writes, or without any. */
  const refuse = ({ to, way }: To, put?: () => void): void => {
    clear(writer);
    put?.();
    closeMessage(writer, TCAP.abort, to);
    way.send(writer);
  };
  return {
    abort: (to, cause) => {
      count('map_abort', CAUSES[cause]);
      refuse(to, () => putCause(writer, cause));
    },
    abnormal: (to) => {
      count('map_abort', 'abnormal-dialogue');
      refuse(to, () => putAbort(writer));
    },
    noCommon: (to) => {
      count('map_abort', 'no-common-dialogue');
      refuse(to, () => putResponse(writer, contextName(3), DIAGNOSTIC.noCommonPortion));
    },
    noContext: (to, offered) => {
      count('map_abort', 'context-not-supported');
      refuse(to, () => putResponse(writer, offered, DIAGNOSTIC.contextNotSupported));
    },
    bare: (to) => {
      count('map_abort', 'no-component');
      refuse(to);
    },
    end: ({ to, way, version, accepted }, replies) => {
      clear(writer);
      putReplies(writer, replies, version, count);
      if (accepted !== undefined) putOctets(writer, accepted);
      closeMessage(writer, TCAP.end, to);
      way.send(writer);
    },
    goOn: ({ to, way, accepted }, own) => {
      clear(writer);
      putOctets(writer, accepted);
      closeMessage(writer, TCAP.continue, to, own);
      way.send(writer);
    },
  };
}
