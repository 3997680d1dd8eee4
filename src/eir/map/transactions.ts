import { contextName, isEquipment, versionOf } from '../../codecs/map/check.ts';
import { acceptance, readDialogue } from '../../codecs/map/dialogue.ts';
import {
  P_ABORT,
  readTransaction,
  TCAP,
  type TcapProblem,
  type Transaction,
  transaction,
} from '../../codecs/map/tcap.ts';
import type { MapCount } from './counts.ts';
import { type Agreed, type Endings, endings, type Job, type To } from './endings.ts';
import { heldTable } from './held.ts';
import type { Operations, Reply } from './operations.ts';
import type { MapLimits } from './options.ts';
import type { Way } from './way.ts';

/** The transactions of one link. */
export type Transactions = {
  /** Takes the TCAP message `bytes[start, end)` and answers on its way, now or when the centre has been asked. */
  readonly receive: (bytes: Buffer, place: { readonly start: number; readonly end: number }, way: Way) => void;
};

/** What transactions need of the service. */
export type TransactionOptions = {
  readonly count: MapCount;
  readonly limits: MapLimits;
  readonly now: () => number;
};

const ACCEPTED = {
  1: acceptance(contextName(1)),
  2: acceptance(contextName(2)),
  3: acceptance(contextName(3)),
};

/** Agrees on a version, or refuses. Without a dialogue portion it is version 1 (TS 29.002 §12.1.1). */
function agree(bytes: Buffer, { dialogueStart, dialogueEnd }: Transaction, send: Endings, to: To): Agreed | undefined {
  if (dialogueStart < 0) return { version: 1, accepted: undefined };
  const dialogue = readDialogue(bytes, dialogueStart, dialogueEnd);
  if (dialogue.kind !== 'request') {
    if (dialogue.kind === 'version') send.noCommon(to);
    else send.abnormal(to);
    return;
  }
  const { start, end } = dialogue;
  const version = versionOf(bytes, start, end);
  if (version !== 0) return { version, accepted: ACCEPTED[version] };
  // Version 3 is offered in place of others of its context; other contexts are told as they came (§12.1, inferred).
  send.noContext(to, isEquipment(bytes, start, end) ? contextName(3) : bytes.subarray(start, end));
  return;
}

/** A TCAP user that answers (ITU-T Q.774); it begins no transaction of its own. */
export function transactions(operations: Operations, { count, limits, now }: TransactionOptions): Transactions {
  const send = endings(count);
  const held = heldTable(limits, now, count);
  const read = transaction();

  const sender = (way: Way): To => ({ to: { id: read.origin, octets: read.originOctets }, way });
  const perform = (bytes: Buffer, job: Job): void => {
    const place = { start: read.componentsStart, end: read.componentsEnd };
    const { replies, later } = operations.perform(bytes, place, job);
    if (later === undefined) {
      send.end(job, replies);
      return;
    }
    void endLater({ ...job, way: job.way.keep() }, later);
  };
  const endLater = async (job: Job, later: Promise<readonly Reply[]>): Promise<void> => send.end(job, await later);
  /** Opens a dialogue without a question, for one that follows in a continue. */
  const open = (job: Job): void => {
    const { to, way, version, accepted } = job;
    if (accepted === undefined) {
      send.bare(job); // version 1 has its first operation in the begin (TS 29.002 §12.1.2, inferred)
      return;
    }
    const own = held.open({ to, version });
    if (own === undefined) send.abort(job, P_ABORT.resourceLimitation);
    else send.goOn({ to, way, accepted }, own);
  };
  const hasComponents = (): boolean => read.componentsStart >= 0 && read.componentsEnd > read.componentsStart;
  const begin = (bytes: Buffer, way: Way): void => {
    const to = sender(way);
    const agreed = agree(bytes, read, send, to);
    if (agreed === undefined) return;
    const job = { to: to.to, way, version: agreed.version, accepted: agreed.accepted };
    if (hasComponents()) perform(bytes, job);
    else open(job);
  };
  const goOn = (bytes: Buffer, way: Way): void => {
    const to = sender(way);
    const known = held.find(read.destination);
    if (known === undefined || known.to.id !== to.to.id) {
      send.abort(to, P_ABORT.unrecognizedTransaction);
      return;
    }
    if (!hasComponents()) return; // it stays open, and its time runs on
    held.end(read.destination);
    perform(bytes, { to: to.to, way, version: known.version, accepted: undefined });
  };
  /** Tells whom it can be told that a message was not understood. */
  const misunderstood = (problem: TcapProblem, way: Way): void => {
    if (read.originOctets === 0) count('map_drop', 'tcap');
    else send.abort(sender(way), problem);
  };
  const receive: Transactions['receive'] = (bytes, { start, end }, way) => {
    const problem = readTransaction(bytes, start, end, read);
    if (problem !== undefined) misunderstood(problem, way);
    else if (read.type === TCAP.begin) begin(bytes, way);
    else if (read.type === TCAP.continue) goOn(bytes, way);
    else if (read.type === TCAP.unidirectional) count('map_drop', 'unidirectional');
    else if (held.end(read.destination)) count('map_held', 'ended');
    else count('map_drop', 'transaction');
  };
  return { receive };
}
