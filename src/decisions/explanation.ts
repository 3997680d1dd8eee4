import type { Day } from '../calendar/day.ts';
import type { Appeal } from '../country/appeal.ts';
import type { Effect } from '../country/condition.ts';
import type { Evidence } from '../detection/dimension.ts';
import type { Identity } from './identity.ts';

/** The model behind a TAC, as the TAC database has it; absent parts are not stated there. */
export type Model = {
  readonly manufacturer: string;
  readonly brand: string;
  readonly model: string;
  readonly deviceType: string;
  /** `2G` to `5G`, what its bands allow. */
  readonly generations: readonly string[];
  readonly allocated?: string;
  readonly slots?: number;
};

/** Where, when and how one operator saw the identifier, up to the day. */
export type Sighting = {
  readonly operator: string;
  readonly first: string;
  readonly last: string;
  /** Days on which it was seen, of the months that are kept. */
  readonly days: number;
  readonly rats: readonly string[];
};

/** A subscription that used the identifier. Numbers are masked but for who asked for them, which is recorded. */
export type Subscription = {
  readonly imsi: string;
  readonly msisdn: string;
  /** The operator whose IMSI it is; `''` where it is none of the country file's. */
  readonly home: string;
  readonly first: string;
  readonly last: string;
  readonly days: number;
};

/** An entry of an imported list, now or once. */
export type Entry = {
  readonly list: string;
  /** First day on which it holds. */
  readonly from: string;
  /** Day from which on it no longer holds; absent while that is open. */
  readonly to?: string;
  /** The run that brought it. */
  readonly recorded: number;
  /** The run that took it back or replaced it; absent while it is what is known. */
  readonly closed?: number;
  /** It holds on the day of the explanation, as far as is known now. */
  readonly holds: boolean;
  readonly details: Readonly<Record<string, string>>;
};

/** What one dimension says of the identifier on the day. */
export type Finding = {
  readonly dimension: string;
  readonly inverted: boolean;
  /** Does the dimension match, its inversion aside? */
  readonly matched: boolean;
  /** Does it count for the condition: matched, or not matched where inverted? */
  readonly holds: boolean;
  /** Absent where the dimension has no figures of the identifier. */
  readonly evidence?: Evidence;
  readonly sentence: string;
};

/** One row of the history of standings. */
export type Held = {
  readonly effect: Effect;
  readonly since: string;
  /** Absent while no block is set. */
  readonly blockDate?: string;
  readonly amnesty: boolean;
  /** Absent while it matches. */
  readonly ended?: string;
  readonly recorded: Origin;
  readonly closed?: Origin;
  /** The numbers at the first match, by dimension; absent where the run was of a version that did not keep them. */
  readonly firstEvidence?: Evidence;
  /** The numbers at the last match, by dimension. */
  readonly evidence: Evidence;
};

/** The last day on which to object to the block under a condition. */
export type Deadline = { readonly label: string; readonly until: string };

/** Where a row comes from: the run, its day, and the hash of the country file it was made under. */
export type Origin = { readonly run: number; readonly day?: string; readonly country?: string };

/** A condition of the country file, or one of an earlier file that still has history here. */
export type Verdict = {
  readonly label: string;
  readonly reason: string;
  readonly code?: string;
  readonly effect?: Effect;
  /** Does it match on the day? */
  readonly matches: boolean;
  /** Why it could not be judged, where it could not. */
  readonly unjudged?: string;
  readonly findings: readonly Finding[];
  /** The standing that is open. */
  readonly standing?: Held;
  /** Earlier standings, oldest first. */
  readonly history: readonly Held[];
};

/** An entry of a control list that operators were told. */
export type Published = {
  readonly list: string;
  /** `''` for lists common to all operators. */
  readonly operator: string;
  readonly run: number;
  readonly blockDate?: string;
  readonly reasons: readonly string[];
  /** Subscribers, for lists of subscribers. */
  readonly entries: number;
};

/** Everything known of one identifier on a day, and what it means. */
export type Explanation = {
  readonly date: Day;
  readonly country: { readonly name: string; readonly hash: string };
  readonly identity: Identity;
  readonly model?: Model;
  readonly sightings: readonly Sighting[];
  readonly subscriptions: {
    readonly count: number;
    readonly masked: boolean;
    readonly latest: readonly Subscription[];
  };
  readonly entries: readonly Entry[];
  /** A protected identifier: the legal basis, and the last day of the protection. */
  readonly golden?: { readonly legalBasis: string; readonly expires: string };
  readonly verdicts: readonly Verdict[];
  readonly published: readonly Published[];
  /** The last run of classification. */
  readonly classified?: Origin;
  /** What happens next and when, a sentence each. */
  readonly next: readonly string[];
  /** How whoever holds the device can object. */
  readonly appeal: string;
  /** To whom and by when, where there is something to object to and the country file says it. */
  readonly appealTo?: Appeal & { readonly until: readonly Deadline[] };
};
