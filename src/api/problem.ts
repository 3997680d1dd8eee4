import { FAULT_CODES, type FaultCode } from '../faults/codes.ts';
import type { Fault } from '../faults/fault.ts';
import { STATUSES } from './statuses.ts';

/** The media type of a refusal (RFC 9457). */
export const PROBLEM_TYPE = 'application/problem+json';

/** What is said of one fault: `pointer` is where in the request it lies (JSON pointer, RFC 6901). */
type Told = {
  readonly code: FaultCode;
  readonly detail: string;
  readonly remedy: string;
  readonly pointer?: string;
  readonly line?: number;
};

/** A refusal as it is sent (RFC 9457; `code`, `remedy`, `pointer`, `errors` and `requestId` are ours). */
export type Problem = Told & {
  readonly type: string;
  /** The meaning of the code: the same in each refusal with it. */
  readonly title: string;
  readonly status: number;
  /** All faults, where there is more than one; the first is the one told above. */
  readonly errors?: readonly Told[];
  /** To be given to whoever runs the register. */
  readonly requestId: string;
};

const pointerOf = (field: string): string => (field.startsWith('/') ? field : `/${field.replaceAll('.', '/')}`);

const toldOf = ({ code, message, remedy, field, line }: Fault): Told => ({
  code,
  detail: message,
  remedy,
  ...(field === undefined ? {} : { pointer: pointerOf(field) }),
  ...(line === undefined ? {} : { line }),
});

/** The status of a fault. One that no route was expected to give is a refusal all the same: 422. */
export const statusOf = (code: FaultCode): number => STATUSES[code] ?? 422;

/** A refusal for foreseen reasons. */
export function problemOf(faults: readonly Fault[], requestId: string): Problem {
  const [first] = faults;
  if (first === undefined) throw new Error('A refusal has no fault.');
  return {
    type: `urn:openceir:fault:${first.code}`,
    title: FAULT_CODES[first.code],
    status: statusOf(first.code),
    ...toldOf(first),
    ...(faults.length > 1 ? { errors: faults.map(toldOf) } : {}),
    requestId,
  };
}

/** What is told of a failure that nobody foresaw: nothing but where to find it in the log. */
export const bareProblem = (requestId: string): Problem => ({
  ...problemOf(
    [{ code: 'UNFORESEEN', message: 'The register failed to answer.', remedy: 'Try again; tell the request id.' }],
    requestId,
  ),
  status: 500,
});
