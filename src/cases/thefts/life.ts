import type { Desk } from '../../access/desk.ts';
import { happen, lockDevice, stepFrom } from '../../devices/happen.ts';
import type { Actor, LifeEvent } from '../../devices/lifecycle.ts';
import { dayEnds } from '../../notices/clock.ts';
import type { TheftEvent } from '../theft.ts';
import { holderOf, type TheftCase } from './case.ts';

/** What a move of a case means in the life of its device. */
const MEANS: Readonly<Partial<Record<TheftEvent, readonly LifeEvent[]>>> = {
  seize: ['recover'],
  hand_back: ['return'],
  recover: ['recover', 'return'],
  lift: ['recover', 'return'],
  overturn: ['recover', 'return'],
};

/** Who brings about what is told of a device: whoever has it, or the police. */
const ROLES: readonly Actor[] = ['holder', 'police'];

/**
 * Advances the life of the device of a case: it is lost or stolen once a case is confirmed, not by a report alone; and it
 * comes back. What does not fit its life (it was retired, or nothing of its life is known) is left out: the case stands
 * on its own. Tells what was left out.
 */
export async function advanceLife(
  desk: Desk,
  theft: TheftCase,
  { event, at }: { readonly event: TheftEvent; readonly at: Date },
): Promise<readonly LifeEvent[]> {
  const { device, state } = theft;
  if (device === undefined) return [];
  const confirmed = state === 'active' && (event === 'confirm' || event === 'report');
  const events = confirmed ? [theft.kind === 'lost' ? ('lose' as const) : ('steal' as const)] : (MEANS[event] ?? []);
  const left: LifeEvent[] = [];
  for (const one of events) {
    const { stage, stageAt } = await lockDevice(desk, { id: device });
    // A time told by hand may lie before the device was reported: then it comes back when that is recorded.
    const told = stageAt !== undefined && at < stageAt ? desk.now : at;
    const fits = stepFrom(stage, { event: one, roles: ROLES });
    if (!fits.ok) left.push(one);
    else
      await happen(
        desk,
        { id: device },
        {
          event: one,
          roles: ROLES,
          at: confirmed ? eventTime(desk, theft) : told,
          source: holderOf(theft),
        },
      );
  }
  return left;
}

/** Only the day of an event is told: it counts as over with that day, or now while the day is not over. */
const eventTime = ({ policy, now }: Desk, { day }: TheftCase): Date => {
  const end = dayEnds(day, policy.timeZone);
  return end < now ? end : now;
};
