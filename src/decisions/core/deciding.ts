import { type Day, today } from '../../calendar/day.ts';
import { type Decider, prepare } from './decide.ts';
import type { Rules } from './rules.ts';
import { type Peer, termsOf } from './terms.ts';

/** A time zone's days begin at a whole minute. */
const MS_A_MINUTE = 60_000;

/**
 * The deciders of a node under these rules: for who asks (one object a connection), at a time in milliseconds since 1970.
 * Askers of equal terms share one. The day is looked up once a minute of the questions' own time, so that a clock that
 * jumps is followed either way; after a mode has begun or ended the next question is decided by the new one.
 */
export function decidersOf(rules: Rules): (peer: Peer, at: number) => Decider {
  let minute = Number.NaN;
  let day: Day | undefined;
  let byPeer = new WeakMap<Peer, Decider>();
  const byTerms = new Map<string, Decider>();

  function turn(at: number): Day {
    minute = Math.floor(at / MS_A_MINUTE);
    const now = today(rules.timeZone, new Date(at));
    if (now === day) return now;
    // All are decided anew, so that nothing of another day can stay behind.
    byPeer = new WeakMap();
    byTerms.clear();
    day = now;
    return now;
  }

  function prepared(peer: Peer, now: Day): Decider {
    const terms = termsOf(rules, peer, now);
    const key = JSON.stringify(terms);
    const decider = byTerms.get(key) ?? prepare(terms);
    byTerms.set(key, decider);
    byPeer.set(peer, decider);
    return decider;
  }

  return (peer, at) => {
    const now = day === undefined || Math.floor(at / MS_A_MINUTE) !== minute ? turn(at) : day;
    return byPeer.get(peer) ?? prepared(peer, now);
  };
}
