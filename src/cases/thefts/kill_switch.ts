import type { Desk } from '../../access/desk.ts';
import { Refused } from '../../faults/fault.ts';
import type { TheftCase } from './case.ts';
import { takeTheft, unknownCase } from './find.ts';
import { OPEN_STATES } from './limits.ts';
import { adviceFor, type MakerAdvice } from './makers.ts';
import { partiesOf, recordStep } from './move.ts';
import type { KillSwitch } from './words.ts';

/** A case's kill switch (ITU-T X.1127), and what its maker says is to be done. */
export type KillSwitchAdvice = { readonly state: KillSwitch; readonly advice: MakerAdvice };

/** What the owner is told to do on his own, from the make that was reported. */
export const adviceOf = ({ killSwitch, make }: Pick<TheftCase, 'killSwitch' | 'make'>): KillSwitchAdvice => ({
  state: killSwitch,
  advice: adviceFor(make),
});

/**
 * Enters how the kill switch stands now, by who brought the case in or the police: its owner has locked or erased the device.
 * @throws Refused ACCESS_ROLE, CASE_UNKNOWN
 */
export async function setKillSwitch(
  desk: Desk,
  { id, state }: { readonly id: string; readonly state: KillSwitch },
): Promise<TheftCase> {
  const theft = await takeTheft(desk, id, 'theft.recover');
  const party = partiesOf(desk, theft).find((one) => one === 'reporter' || one === 'police');
  if (party === undefined || !OPEN_STATES.includes(theft.state)) throw new Refused([unknownCase('open case')]);
  await desk.query('UPDATE theft SET kill_switch = $2 WHERE id = $1', [theft.id, state]);
  const evidence = { from: theft.killSwitch, to: state };
  const at = { from: theft.state, to: theft.state, at: desk.now };
  await recordStep(desk, theft.id, { event: 'kill_switch', party, evidence, ...at });
  return { ...theft, killSwitch: state };
}
