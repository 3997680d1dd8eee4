import type { Desk } from '../../access/desk.ts';
import { countedDays } from '../../calendar/deadline.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import { dayOf } from '../../notices/clock.ts';
import { advance } from '../../states/machine.ts';
import { HOLDS } from '../theft.ts';
import { lockTheft } from '../thefts/case.ts';
import { overturnTheft } from '../thefts/end.ts';
import { unknownCase } from '../thefts/find.ts';
import { demandLine } from '../thefts/line.ts';
import { type Appeal, byName, isAppellant, lockAppeal, moveAppeal, takeAppealRow } from './appeal.ts';
import { addExhibit, demandWords } from './exhibit.ts';
import { APPEAL, type AppealParty } from './machine.ts';
import { pauseIfDue } from './pause.ts';
import { beginStay, endStays } from './stay.ts';
import { tellAsked, tellDecided } from './tell.ts';

/** As whom somebody of the authority, or who objected, acts on an appeal. */
function partiesOf({ actor }: Desk, appeal: Appeal): readonly AppealParty[] {
  return [
    ...(isAppellant(actor, appeal) ? (['appellant'] as const) : []),
    ...(actor.roles.some((role) => role === 'analyst' || role === 'approver') ? (['examiner'] as const) : []),
    ...(actor.roles.includes('approver') ? (['decider'] as const) : []),
  ];
}

/** An examiner takes an appeal. @throws Refused ACCESS_ROLE, CASE_UNKNOWN, STATE_MOVE, STATE_ROLE */
export async function takeAppeal(desk: Desk, id: string): Promise<Appeal> {
  const appeal = await takeAppealRow(desk, id, 'appeal.decide');
  const change = { examiner: desk.actor.id };
  return moveAppeal(desk, appeal, { event: 'take', as: partiesOf(desk, appeal), change });
}

/**
 * Asks who objected for evidence. The authority's own limit waits until it comes.
 * @throws Refused ACCESS_ROLE, CASE_UNKNOWN, CASE_EVIDENCE, STATE_MOVE, STATE_ROLE
 */
export async function askEvidence(
  desk: Desk,
  { id, what }: { readonly id: string; readonly what: string },
): Promise<Appeal> {
  const appeal = await takeAppealRow(desk, id, 'appeal.decide');
  const asked = demandLine(what, 'what');
  const from = dayOf(desk.now, desk.policy.timeZone);
  const { evidenceDays, calendar } = desk.policy.appeals;
  const leftDays = Math.max(1, appeal.days - countedDays(appeal.from, from, calendar));
  const change = { from, days: evidenceDays, leftDays };
  const as = partiesOf(desk, appeal);
  const moved = await moveAppeal(desk, appeal, { event: 'ask', as, change, evidence: { what: asked } });
  await tellAsked(desk, moved, asked);
  return moved;
}

/** Who objected sends evidence, asked for or not. @throws Refused ACCESS_ROLE, CASE_UNKNOWN, CASE_EVIDENCE, STATE_MOVE, STATE_ROLE */
export async function addEvidence(
  desk: Desk,
  { id, evidence }: { readonly id: string; readonly evidence: string },
): Promise<Appeal> {
  const appeal = await takeAppealRow(desk, id, 'appeal.withdraw');
  const content = demandWords(evidence, 'evidence');
  const goesOn = { from: dayOf(desk.now, desk.policy.timeZone), days: appeal.leftDays ?? 1, leftDays: null };
  const change = appeal.state === 'evidence_asked' ? goesOn : {};
  const moved = await moveAppeal(desk, appeal, { event: 'add', as: partiesOf(desk, appeal), change });
  await addExhibit(desk, appeal.id, { party: 'appellant', content });
  return moved;
}

/**
 * The organisation whose entry an appeal is against says what it has to say. It alone knows why, and people are not sent
 * around to find it.
 * @throws Refused CASE_UNKNOWN, CASE_EVIDENCE, STATE_MOVE
 */
export async function answerAppeal(
  desk: Desk,
  { id, statement }: { readonly id: string; readonly statement: string },
): Promise<Appeal> {
  const found = await byName(desk, id);
  const { organisation } = desk.actor;
  if (found?.inserter === undefined || organisation?.id !== found.inserter) throw new Refused([unknownCase('appeal')]);
  const appeal = await lockAppeal(desk, found.id);
  const content = demandWords(statement, 'statement');
  const moved = await moveAppeal(desk, appeal, { event: 'answer', as: ['inserter'] });
  await addExhibit(desk, appeal.id, { party: 'inserter', content });
  return moved;
}

/** Who objected takes it back; a clock that it stopped goes on. @throws Refused ACCESS_ROLE, CASE_UNKNOWN, STATE_MOVE, STATE_ROLE */
export async function withdrawAppeal(desk: Desk, id: string): Promise<Appeal> {
  const appeal = await takeAppealRow(desk, id, 'appeal.withdraw');
  const moved = await moveAppeal(desk, appeal, { event: 'withdraw', as: partiesOf(desk, appeal) });
  await endStays(desk, appeal.id);
  return moved;
}

/** How an appeal is decided. */
export type Verdict = {
  readonly id: string;
  /** `upheld`: the decision stands. `overturned`: it falls, or the complaint was justified. */
  readonly outcome: 'upheld' | 'overturned';
  /** Why, in a line that who objected is told. */
  readonly reasons: string;
};

/**
 * Decides an appeal, by another person than who examined it or took part in what it is against. Where it succeeds, a hold
 * of a case ends, and a rule has no effect on the device any more; and a rule that is overturned too often is paused.
 * @throws Refused ACCESS_ROLE, CASE_UNKNOWN, CASE_EVIDENCE, APPEAL_SECOND_PERSON, STATE_MOVE, STATE_ROLE
 */
export async function decideAppeal(desk: Desk, { id, outcome, reasons }: Verdict): Promise<Appeal> {
  const appeal = await takeAppealRow(desk, id, 'appeal.decide');
  const event = outcome === 'upheld' ? 'uphold' : 'overturn';
  const as = partiesOf(desk, appeal);
  const step = advance(APPEAL, appeal.state, { event, roles: as });
  if (!step.ok) throw new Refused([step.fault]);
  await demandOther(desk, appeal);
  const why = demandLine(reasons, 'reasons');
  const change = { reasons: why, decided: desk.now };
  const decided = await moveAppeal(desk, appeal, { event, as, change, evidence: { reasons: why } });
  await endStays(desk, appeal.id);
  if (outcome === 'overturned' && appeal.form === 'appeal') await undo(desk, decided);
  if (appeal.form === 'appeal' && appeal.rule !== undefined) await pauseIfDue(desk, appeal.rule);
  await tellDecided(desk, decided, why);
  return decided;
}

async function demandOther(desk: Desk, { examiner, appellant, against }: Appeal): Promise<void> {
  const took =
    against.kind === 'theft'
      ? await desk.query('SELECT FROM theft_event WHERE theft = $1 AND actor = $2 LIMIT 1', [against.id, desk.actor.id])
      : [];
  if (examiner !== desk.actor.id && appellant !== desk.actor.id && took.length === 0) return;
  throw new Refused([SECOND]);
}

const SECOND: Fault = {
  code: 'APPEAL_SECOND_PERSON',
  message: 'Who examined an appeal, or took part in what it is against, does not decide it.',
  remedy: 'Let another approver decide.',
};

/** What follows for the device from an appeal that succeeded. Other rooms look their own decisions up. */
async function undo(desk: Desk, { id, against, imei, rule }: Appeal): Promise<void> {
  if (against.kind === 'standing' && imei !== undefined && rule !== undefined)
    await beginStay(desk, { appeal: id, imei, reason: rule, overturned: true });
  if (against.kind !== 'theft') return;
  const theft = await lockTheft(desk, against.id);
  if (HOLDS[theft.state] !== 'none') await overturnTheft(desk, { id: theft.id, appeal: id });
}
