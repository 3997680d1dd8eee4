/** An invalid parameter of a request, named as 3GPP TS 29.571 `InvalidParam` wants it: `query pei`, `header accept`. */
export type InvalidParam = { readonly param: string; readonly reason: string };

/** Why a request is refused: 3GPP TS 29.571 `ProblemDetails`, whose `cause` is what consumers act upon. */
export type Problem = {
  readonly status: number;
  readonly title: string;
  /** The application error of TS 29.500 table 5.2.7.2-1 or TS 29.511 §6.1.7; '' where HTTP's status says it all. */
  readonly cause: string;
  /** For people; never repeats what the request carried, which may be personal. */
  readonly detail: string;
  readonly invalidParams?: readonly InvalidParam[];
};

const query = (cause: string, param: string, reason: string): Problem => ({
  status: 400,
  title: 'Bad Request',
  cause,
  detail: `The query parameter ${param} ${reason}.`,
  invalidParams: [{ param: `query ${param}`, reason }],
});

const TWICE = 'stands there more than once';
const OPTIONAL = 'OPTIONAL_QUERY_PARAM_INCORRECT';
const MANDATORY = 'MANDATORY_QUERY_PARAM_INCORRECT';

/**
 * Every refusal the service knows (TS 29.511 §6.1.7, TS 29.500 table 5.2.7.2-1). 405, 406 and 414 have no cause there;
 * the causes of 401 and 403 are OAuth2's and stand in `WWW-Authenticate` (RFC 6750 §3).
 */
export const PROBLEMS = {
  unknownEquipment: {
    status: 404,
    title: 'Not Found',
    cause: 'ERROR_EQUIPMENT_UNKNOWN',
    detail: 'The equipment is on no list.',
  },
  peiMissing: query('MANDATORY_QUERY_PARAM_MISSING', 'pei', 'is missing'),
  peiTwice: query(MANDATORY, 'pei', TWICE),
  peiIncorrect: query(MANDATORY, 'pei', 'is no PEI of 3GPP TS 29.571'),
  supiTwice: query(OPTIONAL, 'supi', TWICE),
  supiIncorrect: query(OPTIONAL, 'supi', 'is no SUPI of 3GPP TS 29.571'),
  gpsiTwice: query(OPTIONAL, 'gpsi', TWICE),
  gpsiIncorrect: query(OPTIONAL, 'gpsi', 'is no GPSI of 3GPP TS 29.571'),
  featuresTwice: query(OPTIONAL, 'supported-features', TWICE),
  featuresIncorrect: query(OPTIONAL, 'supported-features', 'is not hexadecimal'),
  encoding: {
    status: 400,
    title: 'Bad Request',
    cause: 'INVALID_MSG_FORMAT',
    detail: 'The query is not percent-encoded as RFC 3986 §2.1 says.',
  },
  malformed: { status: 400, title: 'Bad Request', cause: 'INVALID_MSG_FORMAT', detail: 'The request has no path.' },
  api: {
    status: 400,
    title: 'Bad Request',
    cause: 'INVALID_API',
    detail: 'Only n5g-eir-eic of version v1 is served here.',
  },
  tokenMissing: { status: 401, title: 'Unauthorized', cause: '', detail: 'An access token of the NRF is needed.' },
  tokenInvalid: { status: 401, title: 'Unauthorized', cause: '', detail: 'The access token does not hold.' },
  tokenScope: { status: 403, title: 'Forbidden', cause: '', detail: 'The access token lacks the scope n5g-eir-eic.' },
  resource: {
    status: 404,
    title: 'Not Found',
    cause: 'RESOURCE_URI_STRUCTURE_NOT_FOUND',
    detail: 'The only resource is equipment-status.',
  },
  method: { status: 405, title: 'Method Not Allowed', cause: '', detail: 'The only method is GET.' },
  accept: {
    status: 406,
    title: 'Not Acceptable',
    cause: '',
    detail: 'Answers are application/json.',
    invalidParams: [{ param: 'header accept', reason: 'does not take application/json' }],
  },
  length: { status: 414, title: 'URI Too Long', cause: '', detail: 'The request target is too long.' },
  rate: {
    status: 429,
    title: 'Too Many Requests',
    cause: 'NF_CONGESTION_RISK',
    detail: 'This connection asks more than it may.',
  },
  failure: { status: 500, title: 'Internal Server Error', cause: 'SYSTEM_FAILURE', detail: 'The check failed.' },
  congestion: {
    status: 503,
    title: 'Service Unavailable',
    cause: 'NF_CONGESTION',
    detail: 'Too many checks wait for their answer.',
  },
  late: {
    status: 504,
    title: 'Gateway Timeout',
    cause: 'TIMED_OUT_REQUEST',
    detail: 'The check was not decided in the time the request left.',
  },
} as const satisfies Readonly<Record<string, Problem>>;

/** The JSON of a problem (RFC 9457), members without content left out. */
export function encodeProblem({ status, title, cause, detail, invalidParams }: Problem): Buffer {
  const told = { title, status, detail, ...(cause === '' ? {} : { cause }) };
  return Buffer.from(JSON.stringify(invalidParams === undefined ? told : { ...told, invalidParams }));
}
