import type { BerWriter } from '../../codecs/ber/write.ts';
import {
  type Argument,
  argument,
  CHECK_IMEI,
  EQUIPMENT,
  MAP_ERROR,
  type MapVersion,
  putResult,
  readArgument,
  type Subscriber,
} from '../../codecs/map/check.ts';
import { component, PROBLEM, type Problem, putError, putReject, readComponent } from '../../codecs/map/component.ts';
import { closeComponents } from '../../codecs/map/tcap.ts';
import type { Answer, Question, Status } from '../../decisions/core/question.ts';
import type { Asker, Checker } from '../checker.ts';
import type { MapCount, MapCounts } from './counts.ts';
import type { MapLimits } from './options.ts';

/** How one component is answered. */
export type Reply =
  /** `status` undefined: version 3 did not ask for it. */
  | { readonly kind: 'result'; readonly id: number; readonly status: Exclude<Status, 'unknown'> | undefined }
  | { readonly kind: 'error'; readonly id: number; readonly code: number }
  | { readonly kind: 'reject'; readonly id: number | undefined; readonly problem: Problem };

/** Who asks, in which version. */
export type Context = { readonly version: MapVersion; readonly way: { readonly asker: Asker } };

/** Answers to the components of one message: at once, or `later` where the centre has to be asked first. */
export type Performed = { readonly replies: readonly Reply[]; readonly later: Promise<readonly Reply[]> | undefined };

/** What operations are performed with. */
export type OperationsOptions = {
  readonly checker: Checker;
  readonly count: MapCount;
  readonly subscriber: Subscriber;
  readonly limits: MapLimits;
  readonly now: () => number;
};

export type Operations = {
  /** Questions that wait for the centre. */
  readonly outstanding: () => number;
  readonly perform: (
    bytes: Buffer,
    place: { readonly start: number; readonly end: number },
    context: Context,
  ) => Performed;
};

/** Components of a message that are performed; those after them are rejected for want of resources. */
const MOST = 8;

const WIRE = { permitted: EQUIPMENT.whiteListed, blocked: EQUIPMENT.blackListed, tracked: EQUIPMENT.greyListed };

type RejectLabel = MapCounts['map_reject'][number];
const REJECTS: ReadonlyMap<Problem, RejectLabel> = new Map<Problem, RejectLabel>([
  [PROBLEM.unrecognizedComponent, 'unrecognized-component'],
  [PROBLEM.mistypedComponent, 'mistyped-component'],
  [PROBLEM.badlyStructured, 'badly-structured-component'],
  [PROBLEM.duplicateInvoke, 'duplicate-invoke'],
  [PROBLEM.unrecognizedOperation, 'unrecognized-operation'],
  [PROBLEM.mistypedParameter, 'mistyped-parameter'],
  [PROBLEM.resourceLimitation, 'resource-limitation'],
  [PROBLEM.unrecognizedLinked, 'unrecognized-linked'],
  [PROBLEM.unrecognizedResult, 'unrecognized-result'],
  [PROBLEM.unrecognizedError, 'unrecognized-error'],
]);

const reject = (id: number | undefined, problem: Problem): Reply => ({ kind: 'reject', id, problem });
const error = (id: number, code: number): Reply => ({ kind: 'error', id, code });

const questionOf = ({ imei, svn, imsi, msisdn }: Argument, at: number): Question => ({
  imei,
  equipment: 'imei',
  svn,
  imsi,
  msisdn,
  rat: 0,
  at,
});

/** The components of a message so far. */
type Known = { readonly replies: Reply[]; readonly ids: number[] };

/** Stands in the place of an answer that is not known yet. */
const PENDING = reject(undefined, PROBLEM.resourceLimitation);

async function fill(made: Promise<Reply>, replies: Reply[], place: number): Promise<void> {
  replies[place] = await made;
}

const VERSIONS = { 1: 'v1', 2: 'v2', 3: 'v3' } as const;

/** Asks the checker, and tells what to reply. */
function decider({ checker, count, limits }: OperationsOptions) {
  let outstanding = 0;

  const answered = (id: number, { status }: Answer): Reply => {
    count('map_answer', status);
    return status === 'unknown' ? error(id, MAP_ERROR.unknownEquipment) : { kind: 'result', id, status };
  };
  const failed = (id: number): Reply => {
    count('map_answer', 'system-failure');
    return error(id, MAP_ERROR.systemFailure);
  };
  const later = async (id: number, question: Question, asker: Asker): Promise<Reply> => {
    outstanding += 1;
    try {
      return answered(id, await checker.ask(question, asker));
    } catch {
      return failed(id);
    } finally {
      outstanding -= 1;
    }
  };
  /** Asks the checker. A checker that fails, which none should, costs the one answer and not the link. */
  const decide = (id: number, question: Question, asker: Asker): Reply | Promise<Reply> => {
    try {
      const answer = checker.check(question, asker);
      if (answer !== undefined) return answered(id, answer);
    } catch {
      return failed(id);
    }
    return outstanding < limits.outstanding ? later(id, question, asker) : failed(id);
  };
  return { decide, outstanding: () => outstanding };
}

/** Performs the operations of a message: reads them, asks the checker, and tells how each is to be answered. */
export function operations(options: OperationsOptions): Operations {
  const { count, subscriber, now } = options;
  const { decide, outstanding } = decider(options);
  const read = component();
  const asked = argument();

  const invoke = (bytes: Buffer, id: number, version: MapVersion, asker: Asker): Reply | Promise<Reply> => {
    if (read.operation !== CHECK_IMEI) return reject(id, PROBLEM.unrecognizedOperation);
    const fault = readArgument(bytes, read, subscriber, asked);
    if (fault === 'mistyped') return reject(id, PROBLEM.mistypedParameter);
    if (fault === 'missing') {
      count('map_answer', 'data-missing');
      return error(id, MAP_ERROR.dataMissing);
    }
    count('map_question', VERSIONS[version]);
    if (version === 3 && !asked.wantsStatus) {
      count('map_answer', 'not-asked');
      return { kind: 'result', id, status: undefined };
    }
    return decide(id, questionOf(asked, now()), asker);
  };

  /** Answers the component that was read; those with a problem, or an identifier that `before` has, are rejected. */
  const reply = (bytes: Buffer, problem: Problem | undefined, before: Known, to: Context): Reply | Promise<Reply> => {
    const { id } = read;
    if (problem !== undefined || id === undefined) return reject(id, problem ?? PROBLEM.mistypedComponent);
    if (before.ids.includes(id)) return reject(id, PROBLEM.duplicateInvoke);
    before.ids.push(id);
    return invoke(bytes, id, to.version, to.way.asker);
  };
  const perform: Operations['perform'] = (bytes, { start, end }, context) => {
    const known: Known = { replies: [], ids: [] };
    let waiting: Promise<void>[] | undefined;
    for (let at = start; at < end && known.replies.length < MOST; at = read.next) {
      const problem = readComponent(bytes, at, end, read);
      if (read.isReject) {
        count('map_drop', 'reject');
        continue;
      }
      const isLast = known.replies.length === MOST - 1 && read.next < end;
      const made = reply(bytes, isLast ? PROBLEM.resourceLimitation : problem, known, context);
      if (made instanceof Promise) {
        waiting ??= [];
        waiting.push(fill(made, known.replies, known.replies.length));
        known.replies.push(PENDING);
      } else known.replies.push(made);
    }
    const { replies } = known;
    return { replies, later: waiting === undefined ? undefined : Promise.all(waiting).then(() => replies) };
  };
  return { perform, outstanding };
}

function putReply(writer: BerWriter, reply: Reply, version: MapVersion, count: MapCount): void {
  switch (reply.kind) {
    case 'result':
      putResult(writer, reply.id, version, reply.status === undefined ? undefined : WIRE[reply.status]);
      return;
    case 'error':
      putError(writer, reply.id, reply.code);
      return;
    default:
      count('map_reject', REJECTS.get(reply.problem) ?? 'unrecognized-component');
      putReject(writer, reply.id, reply.problem);
  }
}

/** Puts the component portion of an answer, in the order of the questions; none where there is nothing to say. */
export function putReplies(writer: BerWriter, replies: readonly Reply[], version: MapVersion, count: MapCount): void {
  if (replies.length === 0) return;
  const end = writer.at;
  for (let index = replies.length - 1; index >= 0; index -= 1) {
    const reply = replies[index];
    if (reply !== undefined) putReply(writer, reply, version, count);
  }
  closeComponents(writer, end);
}
