import { lookedFor, observe } from '../cases/traces/observe.ts';
import { firstSeen } from '../registration/holders/activation.ts';
import { knowledgeOf } from '../registration/knowledge.ts';
import type { Analytics } from '../stores/analytics.ts';
import type { Takers } from './sightings.ts';

/** Who hears of what networks saw: cases of theft, and the registration of devices that are used for the first time. */
export function takersOf(analytics: Analytics): Takers {
  const knowledge = knowledgeOf(analytics);
  return { wanted: lookedFor, observe, firstSeen: (desk, seen) => firstSeen(desk, knowledge, seen) };
}
