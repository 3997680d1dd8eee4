import { fail, ok, type Result } from '../../faults/result.ts';
import { type Identity, readFeatures, readGpsi, readPei, readSupi, type Span } from './identity.ts';
import { PROBLEMS, type Problem } from './problem.ts';

/** A query as it was read. */
export type Query = Identity & {
  /** Parameters that TS 29.511 does not know; they are passed over, as later releases may add some. */
  unknown: number;
};

type Parameter = {
  readonly name: string;
  readonly read: (identity: Identity, span: Span) => boolean;
  readonly twice: Problem;
  readonly incorrect: Problem;
};

/** The query parameters of `GET equipment-status` (3GPP TS 29.511 table 6.1.3.2.3.1-1). The first one is mandatory. */
const PARAMETERS: readonly Parameter[] = [
  { name: 'pei', read: readPei, twice: PROBLEMS.peiTwice, incorrect: PROBLEMS.peiIncorrect },
  { name: 'supi', read: readSupi, twice: PROBLEMS.supiTwice, incorrect: PROBLEMS.supiIncorrect },
  { name: 'gpsi', read: readGpsi, twice: PROBLEMS.gpsiTwice, incorrect: PROBLEMS.gpsiIncorrect },
  {
    name: 'supported-features',
    read: readFeatures,
    twice: PROBLEMS.featuresTwice,
    incorrect: PROBLEMS.featuresIncorrect,
  },
];

const indexOf = (text: string, from: number, length: number): number => {
  for (let at = 0; at < PARAMETERS.length; at += 1) {
    const name = PARAMETERS[at]?.name ?? '';
    if (name.length === length && text.startsWith(name, from)) return at;
  }
  return -1;
};

/** Takes one `name=value` without percent signs; `seen` has a bit for each parameter that has come, as has the answer. */
function take(query: Query, { text, from, to }: Span, seen: number): number | Problem {
  const equals = text.indexOf('=', from);
  const end = equals === -1 || equals > to ? to : equals;
  const at = indexOf(text, from, end - from);
  const parameter = PARAMETERS[at];
  if (parameter === undefined) {
    if (to > from) query.unknown += 1;
    return seen;
  }
  if ((seen & (1 << at)) !== 0) return parameter.twice;
  if (!parameter.read(query, { text, from: Math.min(end + 1, to), to })) return parameter.incorrect;
  return seen | (1 << at);
}

/** Takes one `name=value` in which something is percent-encoded. */
function takeEncoded(query: Query, { text, from, to }: Span, seen: number): number | Problem {
  const piece = text.slice(from, to);
  const equals = piece.indexOf('=');
  try {
    const name = decodeURIComponent(equals === -1 ? piece : piece.slice(0, equals));
    // An encoded equals sign belongs to a name that nobody has.
    const plain = name.includes('=')
      ? '?'
      : equals === -1
        ? name
        : `${name}=${decodeURIComponent(piece.slice(equals + 1))}`;
    return take(query, { text: plain, from: 0, to: plain.length }, seen);
  } catch {
    return PROBLEMS.encoding;
  }
}

/**
 * Reads the query that begins at `from` of a request target. `+` is a plus sign, not a blank (RFC 3986). A parameter
 * that comes twice is refused: which of two identities was meant cannot be told.
 */
export function readQuery(target: string, from: number): Result<Query, Problem> {
  const query: Query = { equipment: 'imei', imei: -1, svn: -1, imsi: 0, msisdn: 0, unknown: 0 };
  const reader = target.indexOf('%', from) === -1 ? take : takeEncoded;
  let seen = 0;
  for (let at = from; at <= target.length; ) {
    const found = target.indexOf('&', at);
    const to = found === -1 ? target.length : found;
    const taken = reader(query, { text: target, from: at, to }, seen);
    if (typeof taken !== 'number') return fail(taken);
    seen = taken;
    at = to + 1;
  }
  return (seen & 1) === 0 ? fail(PROBLEMS.peiMissing) : ok(query);
}
