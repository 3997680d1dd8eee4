import type { Fault } from '../../faults/fault.ts';
import type { Census } from '../memory/census.ts';

/** How much of what is held a snapshot may take off, in percent. */
export const SHRINK_PERCENT = 50;

/** Up to so many identifiers are no country's lists: they may go. */
const FEW = 1000;

const WORDS: Readonly<Record<keyof Census, string>> = {
  listed: 'on lists',
  blocked: 'blocked',
  suspect: 'blocked or tracked',
  permitted: 'permitted',
};

/**
 * Tells what is wrong with a snapshot that would take off too much of what is held: a centre that lost its lists would
 * free what a country has blocked, or block what it permits. Each list counts for itself, since one that is lost may be
 * small beside another; what is tracked counts with what is blocked, as it is meant to move there.
 */
export function shrinkFault(held: Census, next: Census, percent: number): Fault | undefined {
  for (const name of ['listed', 'blocked', 'suspect', 'permitted'] as const) {
    const [before, after] = [held[name], next[name]];
    if (before <= FEW || after >= before * (1 - percent / 100)) continue;
    return {
      code: 'FEED_SHRUNK',
      message: `The snapshot of the centre has ${after} identifiers ${WORDS[name]} where ${before} are held: it is not used.`,
      remedy: 'Look what became of the lists of the centre. If it is right, set centre.shrink_percent to 100 once.',
    };
  }
  return undefined;
}
