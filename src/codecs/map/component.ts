import { element, integerOf, readElement } from '../ber/read.ts';
import { type BerWriter, close, putSmall } from '../ber/write.ts';

/** Component types (ITU-T Q.773 §3.4). */
const TYPE = { invoke: 0xa1, resultLast: 0xa2, error: 0xa3, reject: 0xa4, result: 0xa7 } as const;
const TAG = { integer: 0x02, null: 0x05, object: 0x06, sequence: 0x30, linked: 0x80 } as const;

/** A problem of a reject: the tag of its kind (general, invoke, return result, return error), and its code (§3.4.5). */
export type Problem = readonly [kind: number, code: number];

export const PROBLEM = {
  unrecognizedComponent: [0x80, 0],
  mistypedComponent: [0x80, 1],
  badlyStructured: [0x80, 2],
  duplicateInvoke: [0x81, 0],
  unrecognizedOperation: [0x81, 1],
  mistypedParameter: [0x81, 2],
  resourceLimitation: [0x81, 3],
  unrecognizedLinked: [0x81, 5],
  unrecognizedResult: [0x82, 0],
  unrecognizedError: [0x83, 0],
} as const satisfies Record<string, Problem>;

/** An invoke as it lies in the input; one object is filled again and again. */
export type Component = {
  /** Rejects of the other side are never answered (ITU-T Q.774 §3.2.2.2): all else of them is not read. */
  isReject: boolean;
  /** Invoke identifier, -128 to 127; undefined where it could not be read. */
  id: number | undefined;
  /** Local operation code; -1 where it is a global one. */
  operation: number;
  /** What follows the operation code: the parameter, perhaps more; all are well-formed elements. */
  start: number;
  end: number;
  /** Where the next component begins. */
  next: number;
};

export const component = (): Component => ({
  isReject: false,
  id: undefined,
  operation: -1,
  start: 0,
  end: 0,
  next: 0,
});

const whole = element();
const field = element();

/** Reads what follows the invoke identifier of an invoke: linked identifier, operation code, parameter. */
function readInvoke(bytes: Buffer, from: number, end: number, into: Component): Problem | undefined {
  if (readElement(bytes, from, end, field) !== undefined) return PROBLEM.badlyStructured;
  if (field.tag === TAG.linked) return PROBLEM.unrecognizedLinked;
  if (field.tag !== TAG.integer && field.tag !== TAG.object) return PROBLEM.mistypedComponent;
  into.operation = field.tag === TAG.integer ? (integerOf(bytes, field) ?? -1) : -1;
  into.start = field.next;
  into.end = end;
  for (let at = into.start; at < end; at = field.next) {
    if (readElement(bytes, at, end, field) !== undefined) return PROBLEM.badlyStructured;
  }
  return;
}

/** Problems of components that answer an invoke: we invoke nothing, so none is ours. */
const UNEXPECTED: ReadonlyMap<number, Problem> = new Map<number, Problem>([
  [TYPE.resultLast, PROBLEM.unrecognizedResult],
  [TYPE.result, PROBLEM.unrecognizedResult],
  [TYPE.error, PROBLEM.unrecognizedError],
]);

/**
 * Reads the component that begins at `at` in `bytes[at, end)`. Answers the problem to reject it with, where it is not an
 * invoke that can be looked at. After a badly structured one nothing more can be read: `next` is `end` then.
 */
export function readComponent(bytes: Buffer, at: number, end: number, into: Component): Problem | undefined {
  into.id = undefined;
  into.next = end;
  into.isReject = false;
  if (readElement(bytes, at, end, whole) !== undefined) return PROBLEM.badlyStructured;
  into.next = whole.next;
  into.isReject = whole.tag === TYPE.reject;
  if (into.isReject) return;
  if (readElement(bytes, whole.start, whole.end, field) !== undefined) return PROBLEM.badlyStructured;
  const isId = field.tag === TAG.integer && field.end - field.start === 1;
  into.id = isId ? integerOf(bytes, field) : undefined;
  if (whole.tag !== TYPE.invoke) return UNEXPECTED.get(whole.tag) ?? PROBLEM.unrecognizedComponent;
  return isId ? readInvoke(bytes, field.next, whole.end, into) : PROBLEM.mistypedComponent;
}

/** Puts a reject; the identifier is NULL where it is not known. */
export function putReject(writer: BerWriter, id: number | undefined, [kind, code]: Problem): void {
  const end = writer.at;
  putSmall(writer, kind, code);
  if (id === undefined) close(writer, TAG.null, writer.at);
  else putSmall(writer, TAG.integer, id);
  close(writer, TYPE.reject, end);
}

/** Puts a return error with a local code and no parameter. */
export function putError(writer: BerWriter, id: number, code: number): void {
  const end = writer.at;
  putSmall(writer, TAG.integer, code);
  putSmall(writer, TAG.integer, id);
  close(writer, TYPE.error, end);
}

/** Completes the last result of an operation whose parameter was written since the place was `end`. */
export function closeResult(writer: BerWriter, id: number, operation: number, end: number): void {
  putSmall(writer, TAG.integer, operation);
  close(writer, TAG.sequence, end);
  putSmall(writer, TAG.integer, id);
  close(writer, TYPE.resultLast, end);
}
