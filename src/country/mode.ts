import type { Day } from '../calendar/day.ts';
import { choice, day, digits, type Form, integer, number, scalarOf, text, truth } from './scalar.ts';
import {
  checked,
  type Holed,
  list,
  needed,
  note,
  optional,
  type Reader,
  record,
  type Spot,
  standing,
  within,
} from './walk.ts';

/** What a network can be told of an equipment (ITU-T Q.5055; 3GPP TS 22.016). `unknown`: on no list. */
export const STATUSES = ['permitted', 'tracked', 'blocked', 'unknown'] as const;

/** One of {@link STATUSES}. */
export type Told = (typeof STATUSES)[number];

/**
 * How a network admits equipment (ITU-T Q Suppl.73 §6.1): all but the blocked (`permissive`); only the permitted, by lists
 * at the node (`synchronization`), by asking the centre each time (`authorization`), or by lists first and the centre
 * for what they do not know (`hybrid`). The meaning of the last three is inferred from their names.
 */
export const MODES = ['permissive', 'synchronization', 'authorization', 'hybrid'] as const;

/** One of {@link MODES}. */
export type ModeName = (typeof MODES)[number];

/** How the centre is asked, in the modes that ask it. */
export type Asking = {
  /** How long an answer of the centre is used again, in seconds; 0: not at all. */
  readonly ttlSeconds: number;
  /** How long the centre is waited for, in milliseconds. */
  readonly timeoutMs: number;
  /** What is told of equipment on no list where the centre did not answer. */
  readonly fallback: Told;
};

/** The mode of one operator, or of all, from a day on. */
export type Mode = {
  /** The operator's id; absent: of every operator without a mode of its own on that day. */
  readonly operator?: string;
  readonly from: Day;
  readonly mode: ModeName;
  /** What is told of equipment on no list. */
  readonly unlisted: Told;
  /** What is blocked or tracked and not permitted besides is told as unknown (response type 3). */
  readonly onlyPermitted: boolean;
  /** Computed and recorded, but `permitted` is answered whatever it is. */
  readonly shadow: boolean;
  /** Present in the modes `authorization` and `hybrid`. */
  readonly asking?: Asking;
  /** The share of equipment the mode is in force for, in percent with at most two decimals; others are told `permitted`. */
  readonly percentage: number;
  /** The regions it is in force in; absent: in all. */
  readonly regions?: readonly string[];
};

/** A group of a network's nodes, by the names under which they ask; `*` stands once for any text. */
export type Region = { readonly id: string; readonly peers: readonly string[] };

/**
 * The response types of commercial registers. 1 and 2 differ in what is on no list: permitted, or unknown (that from
 * memory of their manuals, no table was seen). 3: also what is blocked or tracked and not permitted besides is unknown.
 */
export const RESPONSE_TYPES = {
  1: { unlisted: 'permitted', onlyPermitted: false },
  2: { unlisted: 'unknown', onlyPermitted: false },
  3: { unlisted: 'unknown', onlyPermitted: true },
} as const satisfies Readonly<Record<number, Pick<Mode, 'unlisted' | 'onlyPermitted'>>>;

/** What modes mean where the file does not say it. */
export const ASKING: Asking = { ttlSeconds: 3600, timeoutMs: 500, fallback: 'permitted' };

/** Everything permitted that is not blocked, from ever on. */
export const PERMISSIVE: Omit<Mode, 'from'> = {
  mode: 'permissive',
  ...RESPONSE_TYPES[1],
  shadow: false,
  percentage: 100,
};

const ID: Form = { pattern: /^[a-z0-9_]{1,16}$/, about: '1 to 16 lower-case letters, digits or underscores' };
const PEER: Form = {
  pattern: /^(?=.{1,255}$)[!-)+-~]*\*?[!-)+-~]*$/,
  about: "the name of a peer without spaces, '*' at most once, such as 'mme01.north.example' or '*.north.example'",
};

/** Reads the regions. */
export const regions: Reader<readonly Region[]> = list(
  record<Region>({ id: needed(digits(ID)), peers: needed(list(text(PEER), { atLeastOne: 'peer' })) }),
);

const responseType: Reader<1 | 2 | 3> = (spot) => integer({ min: 1, max: 3 })(spot) as 1 | 2 | 3 | undefined;

type Written = Omit<Mode, 'unlisted' | 'onlyPermitted' | 'asking'> & {
  readonly unlisted?: Told;
  readonly responseType?: 1 | 2 | 3;
  readonly ttlSeconds?: number;
  readonly timeoutMs?: number;
  readonly fallback?: Told;
};

const written = checked(
  record<Written>({
    operator: optional(digits(ID)),
    from: needed(day),
    mode: needed(choice(MODES)),
    unlisted: optional(choice(STATUSES)),
    responseType: optional(responseType),
    shadow: standing(truth, false),
    ttlSeconds: optional(integer({ min: 0, max: 2_592_000, unit: 'seconds' })),
    timeoutMs: optional(integer({ min: 1, max: 60_000, unit: 'milliseconds' })),
    fallback: optional(choice(STATUSES)),
    percentage: standing(percentage, 100),
    regions: optional(list(digits(ID), { atLeastOne: 'region' })),
  }),
  noteContradictions,
);

function percentage(spot: Spot): number | undefined {
  const value = number({ min: 0, max: 100, unit: 'percent' })(spot);
  if (value === undefined || /^\d+(?:\.\d{1,2})?$/.test(scalarOf(spot)?.source ?? '')) return value;
  const message = `${value} has more than two decimals`;
  return note(spot, { code: 'COUNTRY_VALUE', message, remedy: 'Write a percentage such as 12.5.' });
}

function noteContradictions(found: Holed<Written>, spot: Spot): void {
  if (found.unlisted !== undefined && found.responseType !== undefined) {
    const message = 'unlisted and response_type are given; a response type says what unlisted says';
    note(within(spot, 'response_type'), { code: 'COUNTRY_VALUE', message, remedy: 'Give one of the two.' });
  }
  if (found.mode === undefined || asks(found.mode)) return;
  for (const key of ['ttl_seconds', 'timeout_ms', 'fallback'] as const) {
    if (!spot.walk.places.has(`${spot.path}.${key}`)) continue;
    const message = `${key} is for modes that ask the centre, and the mode here is ${found.mode}`;
    note(within(spot, key), {
      code: 'COUNTRY_VALUE',
      message,
      remedy: 'Remove it, or choose authorization or hybrid.',
    });
  }
}

/** Whether a mode asks the centre. */
export const asks = (mode: ModeName): boolean => mode === 'authorization' || mode === 'hybrid';

/** Reads the modes; for faulty parts whatever is needed to go on. */
export const modes: Reader<readonly Mode[]> = (spot) =>
  list(written)(spot)?.map((one) => (one === undefined ? one : modeOf(one)) as Mode);

function modeOf({ unlisted, responseType: type, ttlSeconds, timeoutMs, fallback, ...rest }: Written): Mode {
  const usual = rest.mode === 'permissive' ? 'permitted' : 'blocked';
  const preset = type === undefined ? { unlisted: unlisted ?? usual, onlyPermitted: false } : RESPONSE_TYPES[type];
  const asking = {
    ttlSeconds: ttlSeconds ?? ASKING.ttlSeconds,
    timeoutMs: timeoutMs ?? ASKING.timeoutMs,
    fallback: fallback ?? ASKING.fallback,
  };
  return { ...rest, ...preset, ...(asks(rest.mode) ? { asking } : {}) };
}
