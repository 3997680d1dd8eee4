import { demand } from '../../access/actions.ts';
import type { Desk } from '../../access/desk.ts';
import { isUuid } from '../../access/uuid.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import { type Imei, parseImei } from '../../identifiers/imei.ts';
import { parseReference } from '../../identifiers/reference.ts';
import { dayOf } from '../../notices/clock.ts';
import type { CaseDesk } from '../desk.ts';
import { contactKeys, demandOwnContact, newReference } from '../thefts/enter.ts';
import { takeTurns } from '../thefts/limits.ts';
import type { Contact } from '../thefts/report.ts';
import { sealContact } from '../thefts/tell.ts';
import { type Against, type Appeal, lockAppeal, recordAppealEvent, UNDECIDED } from './appeal.ts';
import { addExhibit, demandWords } from './exhibit.ts';
import { beginStay } from './stay.ts';
import { tellOpened } from './tell.ts';

/** An appeal or complaint to be opened. */
export type NewAppeal = {
  readonly form?: Appeal['form'] | undefined;
  readonly against: Against;
  /** What decided, where the kind does not tell: a rule of registration. */
  readonly rule?: string | undefined;
  /** The IMEI that it is about, where the kind does not tell. */
  readonly imei?: Imei | undefined;
  readonly contact: Contact;
  /** Why the decision is wrong, in the words of who objects. */
  readonly grounds: string;
  /** What shows it: references of papers, statements. */
  readonly evidence?: readonly string[] | undefined;
};

/**
 * Opens an appeal against a decision, or a complaint. What was decided stands meanwhile; but where the country says so, the
 * clock of a block that has not come yet stands still, if whoever objects was seen with the device, and nobody has objected
 * to the same in vain before.
 * @throws Refused ACCESS_ROLE, APPEAL_AGAINST, APPEAL_OPEN, CASE_CONTACT, CASE_LIMIT, CASE_EVIDENCE
 */
export async function openAppeal(desk: CaseDesk, wanted: NewAppeal): Promise<Appeal> {
  demand(desk.actor, 'appeal.open');
  const { organisation } = desk.actor;
  if (organisation === undefined) demandOwnContact(desk, wanted.contact);
  const { form = 'appeal', contact } = wanted;
  const target = await targetOf(desk, wanted);
  const grounds = demandWords(wanted.grounds, 'grounds');
  await takeTurns(desk, [`appellant ${desk.actor.id}`, `appeal ${target.kind} ${target.id}`]);
  await demandFew(desk);
  await demandNone(desk, target, form);
  const [row] = await desk.query<{ id: string }>(
    `INSERT INTO appeal (reference, form, kind, against, imei, rule, inserter, state, since, appellant, organisation, contact,
       from_day, days, opened) VALUES ($1, $2, $3, $4, $5, $6, $7, 'opened', $8, $9, $10, $11, $12, $13, $8) RETURNING id`,
    [
      ...[newReference(), form, target.kind, target.id, target.imei, target.rule, target.inserter, desk.now],
      ...[desk.actor.id, organisation?.id, sealContact(desk, contact)],
      ...[dayOf(desk.now, desk.policy.timeZone), desk.policy.appeals.answerDays],
    ],
  );
  if (row === undefined) throw new Error('an appeal was not entered');
  const step = { event: 'open', from: undefined, to: 'opened', party: 'appellant', evidence: {} } as const;
  await recordAppealEvent(desk, row.id, step);
  for (const content of [grounds, ...(wanted.evidence ?? []).map((one) => demandWords(one, 'evidence'))])
    await addExhibit(desk, row.id, { party: 'appellant', content });
  if (form === 'appeal') await stopClock(desk, row.id, { target, contact });
  const appeal = await lockAppeal(desk, row.id);
  await tellOpened(desk, appeal);
  return appeal;
}

/** What an appeal is against, once it was found. */
type Target = Against & {
  readonly imei: Imei | undefined;
  readonly rule: string | undefined;
  readonly inserter: string | undefined;
};

async function targetOf(desk: Desk, { against, rule, imei }: NewAppeal): Promise<Target> {
  if (against.kind === 'standing') return standingOf(desk, against);
  if (against.kind === 'theft') return theftOf(desk, against);
  if (!/^[\x21-\x7e]{1,128}$/.test(against.id))
    throw new Refused([againstFault(against, 'Give the id of the decision.')]);
  return { ...against, imei, rule, inserter: undefined };
}

/** A standing is named by IMEI and condition, as explanations name it. */
function standingOf({ policy }: Desk, against: Against): Target {
  const [text = '', label = ''] = against.id.split(/:(.*)/s);
  const parsed = parseImei(text);
  const rule = policy.conditions.find((one) => one.label === label)?.label;
  if (!parsed.ok || rule === undefined)
    throw new Refused([
      againstFault(against, 'Give the IMEI and the label of the condition, as 35209900000001:cloned.'),
    ]);
  const { imei } = parsed.value;
  return { kind: 'standing', id: `${imei}:${rule}`, imei, rule, inserter: undefined };
}

/** A case by id or reference, whoever has it: it was told to who is concerned. */
async function theftOf({ query }: Desk, against: Against): Promise<Target> {
  const reference = parseReference(against.id);
  const [found] = await query<{ id: string; organisation: string | null; imei: Imei }>(
    `SELECT t.id, t.organisation, (SELECT i.imei FROM theft_imei AS i WHERE i.theft = t.id ORDER BY i.place LIMIT 1) AS imei
     FROM theft AS t WHERE (t.id::text = $1 OR t.reference = $2) AND t.state NOT IN ('draft', 'submitted')`,
    [isUuid(against.id) ? against.id : null, reference.ok ? reference.value : null],
  );
  if (found === undefined) throw new Refused([againstFault(against, 'Give the reference of the case.')]);
  return { kind: 'theft', id: found.id, imei: found.imei, rule: undefined, inserter: found.organisation ?? undefined };
}

const againstFault = ({ kind }: Against, remedy: string): Fault => ({
  code: 'APPEAL_AGAINST',
  message: `No decision of the kind «${kind}» is named so.`,
  remedy,
  field: 'against',
});

async function demandFew(desk: Desk): Promise<void> {
  const { openPerContact } = desk.policy.appeals;
  const [row] = await desk.query<{ open: number }>(
    'SELECT count(*)::integer AS open FROM appeal WHERE appellant = $1 AND state = ANY ($2)',
    [desk.actor.id, UNDECIDED],
  );
  if ((row?.open ?? 0) < openPerContact) return;
  const message = `Who objects has ${openPerContact} undecided appeals and complaints; more are not taken.`;
  throw new Refused([{ code: 'CASE_LIMIT', message, remedy: 'Wait for a decision, or withdraw one.' }]);
}

async function demandNone(desk: Desk, { kind, id }: Target, form: Appeal['form']): Promise<void> {
  const found = await desk.query(
    'SELECT FROM appeal WHERE kind = $1 AND against = $2 AND appellant = $3 AND form = $4 AND state = ANY ($5)',
    [kind, id, desk.actor.id, form, UNDECIDED],
  );
  if (found.length === 0) return;
  const message = `The same ${form} against the same decision is undecided.`;
  throw new Refused([{ code: 'APPEAL_OPEN', message, remedy: 'Add evidence to it.', field: 'against' }]);
}

/** Stops the clock where the law says so; not for strangers, and not again for who objected in vain. */
async function stopClock(
  desk: CaseDesk,
  appeal: string,
  { target, contact }: { readonly target: Target; readonly contact: Contact },
): Promise<void> {
  const { kind, id, imei, rule } = target;
  if (kind !== 'standing' || imei === undefined || rule === undefined) return;
  if (!desk.policy.appeals.stopsClock.includes(rule) || !(await isConcerned(desk, imei, contact))) return;
  const [before] = await desk.query(
    `SELECT FROM appeal WHERE kind = $1 AND against = $2 AND form = 'appeal' AND id <> $3
       AND state IN ('upheld', 'withdrawn', 'expired') LIMIT 1`,
    [kind, id, appeal],
  );
  if (before === undefined) await beginStay(desk, { appeal, imei, reason: rule, overturned: false });
}

/** An operator objects for its subscriber; a citizen was seen with the device by his own number. */
async function isConcerned(desk: CaseDesk, imei: Imei, contact: Contact): Promise<boolean> {
  if (desk.actor.organisation !== undefined) return desk.actor.roles.includes('operator');
  const { msisdn } = contact;
  if (msisdn === undefined || !contactKeys(desk, contact).includes(desk.actor.id)) return false;
  return desk.sightings.seenWith(imei, { msisdn }, dayOf(desk.now, desk.policy.timeZone));
}
