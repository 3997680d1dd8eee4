import type { Entry } from './entry.ts';
import type { Status } from './question.ts';

/** What a node knows of a question from its lists and rules. */
export type Facts = {
  /** The entry of the IMEI itself; its bits may be none but `PAIRED`, which is no list. */
  readonly imei: Entry | undefined;
  /** The entry of the innermost range of IMEIs, and software version, that the question is in. */
  readonly range: Entry | undefined;
  /** The entry of its TAC and software version. */
  readonly tac: Entry | undefined;
  /** Whether a pair admits the subscriber who asks; of the pairs that the exceptions lists name, and no others. */
  readonly paired: boolean;
  /**
   * Known where the key of the golden list is. The lists leave golden equipment out, so that elsewhere only a rule of a
   * range or a TAC could block it.
   */
  readonly golden: boolean;
  /** What the range of the IMSI is told; undefined where it is in none. */
  readonly screened: Status | undefined;
  /** Days that a visitor from the IMSI's home is admitted for; -1: no visitor, or it is not told who asks. */
  readonly grantedDays: number;
  /** Days since this IMSI was first seen with this IMEI, 0 on the first; -1: not known. */
  readonly stayDays: number;
  /** No list could be loaded, or none that is whole. */
  readonly listsMissing: boolean;
};

/** The same, to be filled again for each question. */
export type Scratch = { -readonly [Key in keyof Facts]: Facts[Key] };

/** Facts of which nothing is known. */
export const noFacts = (): Scratch => ({
  imei: undefined,
  range: undefined,
  tac: undefined,
  paired: false,
  golden: false,
  screened: undefined,
  grantedDays: -1,
  stayDays: -1,
  listsMissing: false,
});
