import type { Condition } from '../country/condition.ts';
import type { Context } from '../detection/dimension.ts';
import { listed } from '../detection/usage.ts';
import type { Fault } from '../faults/fault.ts';
import type { Analytics } from '../stores/analytics.ts';

/**
 * The lists in whose absence a dimension would match every identifier: the dimension says that something stands in no
 * list, and in an empty list stands nothing. Used inverted, such a dimension then matches nobody, which harms nobody.
 */
const REFERENCES: Readonly<Record<string, { readonly table: string; readonly list: string }>> = {
  tac_not_allocated: { table: 'tac', list: 'tac' },
  not_registered: { table: 'registration', list: 'registration' },
  not_associated: { table: 'association', list: 'association' },
  not_registered_to_uid: { table: 'association', list: 'association' },
  uid_mismatch: { table: 'association', list: 'association' },
};

async function isEmpty(analytics: Analytics, table: string, { date }: Context): Promise<boolean> {
  const rows = await analytics.gather(`SELECT 1 FROM ${table} WHERE ${listed(date)} LIMIT 1`);
  return rows.length === 0;
}

/** The fault of a condition that lacks the list it judges by; undefined where every list it needs is there. */
export async function withoutReference(
  analytics: Analytics,
  condition: Condition,
  context: Context,
): Promise<Fault | undefined> {
  for (const use of condition.dimensions) {
    const reference = use.not ? undefined : REFERENCES[use.is];
    if (reference === undefined || !(await isEmpty(analytics, reference.table, context))) continue;
    return {
      code: 'CLASSIFY_NO_REFERENCE',
      message: `The condition ${condition.label} asks whether an identifier is ${use.is}, but no ${reference.list} list holds on ${context.date}: every identifier would match.`,
      remedy: `Import it with \`ceir import ${reference.list} FILE\`, or take ${use.is} out of the condition.`,
      field: condition.label,
    };
  }
  return undefined;
}

/** That a condition is paused: its standings stay as they are, and what was not in effect yet waits. */
export const pausedFault = ({ label }: Condition): Fault => ({
  code: 'CLASSIFY_PAUSED',
  message: `The condition ${label} is paused: too many of its decisions were overturned.`,
  remedy: 'Look into those appeals; two persons resume it.',
  field: label,
});

/** How many identifiers a condition matches, of how many. */
export type Share = {
  /** Identifiers that match and were ever seen on a network. */
  readonly matchedSeen: number;
  /** Identifiers ever seen on a network, up to the day. */
  readonly seen: number;
};

/** The share of the seen identifiers that match, 0 to 1; 0 where none were seen. */
export const ratioOf = ({ matchedSeen, seen }: Share): number => (seen === 0 ? 0 : matchedSeen / seen);

/** The fault of a condition that matches a larger share than the country allows; equality passes. */
export function massEffect(condition: Condition, share: Share): Fault | undefined {
  const ratio = ratioOf(share);
  if (ratio <= condition.maxMatchingRatio) return undefined;
  const percent = (part: number): string => `${Number((100 * part).toPrecision(4))} %`;
  return {
    code: 'CLASSIFY_MASS_EFFECT',
    message: `The condition ${condition.label} matches ${share.matchedSeen} of ${share.seen} identifiers ever seen (${percent(ratio)}), more than its limit of ${percent(condition.maxMatchingRatio)}.`,
    remedy:
      'Its standings stay as they were. Look at some of the identifiers with `ceir explain`. If the data or the condition is wrong, correct it; if they are right, run again with --approve-mass-effect and the reason.',
    field: condition.label,
  };
}
