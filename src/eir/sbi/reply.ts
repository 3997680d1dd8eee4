import type { OutgoingHttpHeaders } from 'node:http2';
import { encodeProblem, PROBLEMS, type Problem } from '../../codecs/sbi/problem.ts';
import { encodeStatus, type Verdict } from '../../codecs/sbi/status.ts';
import type { Status } from '../../decisions/core/question.ts';

/** An answer made once and sent as often as it is given. */
export type Reply = {
  /** For counters: the verdict, the cause, or the status where HTTP's status says it all. */
  readonly label: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
};

type ProblemName = keyof typeof PROBLEMS;

/** All answers of a listener. */
export type Replies = {
  readonly status: Readonly<Record<Status, Reply>>;
  readonly problem: (problem: Problem) => Reply;
};

const verdict = (name: Verdict): Reply => {
  const body = encodeStatus(name);
  return { label: name, headers: { ':status': 200, 'content-type': 'application/json' }, body };
};

/** What a problem's answer carries beside its body (RFC 9110 §10.2.1, §10.2.3; RFC 6750 §3). */
const EXTRA: { readonly [Name in ProblemName]?: (retryAfter: number) => OutgoingHttpHeaders } = {
  tokenMissing: () => ({ 'www-authenticate': 'Bearer realm="n5g-eir-eic"' }),
  tokenInvalid: () => ({ 'www-authenticate': 'Bearer realm="n5g-eir-eic", error="invalid_token"' }),
  tokenScope: () => ({
    'www-authenticate': 'Bearer realm="n5g-eir-eic", error="insufficient_scope", scope="n5g-eir-eic"',
  }),
  method: () => ({ allow: 'GET' }),
  rate: (retryAfter) => ({ 'retry-after': String(retryAfter) }),
  congestion: (retryAfter) => ({ 'retry-after': String(retryAfter) }),
};

/** `server` names the instance, so that a consumer behind a proxy knows who refused (TS 29.500 §5.2.2.2). */
export function makeReplies(instance: string, retryAfter: number): Replies {
  const problems = new Map<Problem, Reply>();
  for (const name of Object.keys(PROBLEMS) as ProblemName[]) {
    const problem: Problem = PROBLEMS[name];
    const body = encodeProblem(problem);
    const headers = {
      ':status': problem.status,
      'content-type': 'application/problem+json',
      server: `5G_EIR-${instance}`,
      ...EXTRA[name]?.(retryAfter),
    };
    problems.set(problem, { label: problem.cause === '' ? String(problem.status) : problem.cause, headers, body });
  }
  const problem = (one: Problem): Reply => {
    const reply = problems.get(one);
    if (reply === undefined) throw new Error(`No answer is made for ${one.title}.`);
    return reply;
  };
  return {
    status: {
      permitted: verdict('permitted'),
      tracked: verdict('tracked'),
      blocked: verdict('blocked'),
      unknown: problem(PROBLEMS.unknownEquipment),
    },
    problem,
  };
}
