import { randomBytes } from 'node:crypto';
import type { Actor } from '../../access/actor.ts';
import type { Desk } from '../../access/desk.ts';
import { isUuid } from '../../access/uuid.ts';
import type { Day } from '../../calendar/day.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import type { Imei } from '../../identifiers/imei.ts';
import { REFERENCE_BYTES, type Reference, referenceOf } from '../../identifiers/reference.ts';
import { begin } from '../../states/machine.ts';
import type { Evidence } from '../desk.ts';
import { type Party, THEFT, type TheftEvent } from '../theft.ts';
import { type InsertingParty, lockTheft, type ProofKind, type TheftCase } from './case.ts';
import { recordStep } from './move.ts';
import type { Contact, Report } from './report.ts';
import { sealContact } from './tell.ts';
import { unitOfStation } from './units.ts';

/** A reference that nobody could guess. */
export const newReference = (): Reference => referenceOf(randomBytes(REFERENCE_BYTES));

/** How a case begins. */
export type Beginning = {
  readonly event: TheftEvent;
  readonly party: InsertingParty;
  readonly evidence?: Evidence | undefined;
  readonly due: Day | undefined;
  readonly device?: string | undefined;
  readonly beside?: string | undefined;
  readonly cargo?: string | undefined;
  readonly proof?: ProofKind | undefined;
  readonly proofKey?: string | undefined;
};

/** As what somebody brings a case in, whom the table of acts lets report. */
export function partyAs({ roles }: Pick<Actor, 'roles'>): InsertingParty {
  const party = (['police', 'operator', 'dealer'] as const).find((role) => roles.includes(role));
  return party ?? 'owner';
}

/** The pseudonyms of a contact: of its number, of its electronic address. */
export const contactKeys = (
  { vault }: Pick<Desk, 'vault'>,
  { msisdn, email }: Contact,
): readonly [msisdn: string | undefined, email: string | undefined] => [
  msisdn === undefined ? undefined : vault.pseudonym('msisdn', msisdn),
  email === undefined ? undefined : vault.pseudonym('email', email.normalize('NFKC').trim().toLowerCase()),
];

/**
 * Refuses a contact that a citizen has not proved: otherwise strangers would be written to. Who has an account is known by
 * it.
 * @throws Refused CASE_CONTACT
 */
export function demandOwnContact(desk: Desk, contact: Contact): readonly string[] {
  const keys = contactKeys(desk, contact).filter((key) => key !== undefined);
  if (isUuid(desk.actor.id) || keys.includes(desk.actor.id)) return keys;
  throw new Refused([CONTACT]);
}

const CONTACT: Fault = {
  code: 'CASE_CONTACT',
  message: 'The contact of the report is not the number or address by which its reporter is signed in.',
  remedy: 'Give that one, or sign in by the one where you are to be reached.',
  field: 'contact',
};

/** Enters a report as a case in its first state. Networks are told nothing by it. @throws Refused STATE_ROLE */
export async function enterCase(desk: Desk, report: Report, how: Beginning): Promise<TheftCase> {
  const step = begin(THEFT, { event: how.event, roles: [how.party] satisfies readonly Party[] });
  if (!step.ok) throw new Refused([step.fault]);
  const { to } = step.value;
  const [row] = await desk.query<{ id: string }>(INSERT, [
    newReference(),
    how.cargo,
    how.device,
    how.beside,
    to,
    desk.now,
    how.due,
    how.party,
    desk.actor.id,
    desk.actor.organisation?.id,
    how.proof,
    how.proofKey,
    ...factsOf(desk, report),
  ]);
  if (row === undefined) throw new Error('a case was not entered');
  await putImeis(desk, row.id, report.imeis);
  await recordStep(desk, row.id, {
    event: how.event,
    from: undefined,
    to,
    party: how.party,
    at: desk.now,
    evidence: how.evidence ?? {},
  });
  return lockTheft(desk, row.id);
}

/** The columns that come out of a report, in the order of {@link factsOf}. */
const FACTS = `unit, kind, country, day, place, station, complaint, make, model, colour, storage, mode, kill_switch, contact,
  owner, invoice, msisdn_key, email_key`;

const INSERT = `INSERT INTO theft (reference, cargo, device, beside, state, since, opened, due, party, reporter, organisation,
    proof, proof_key, ${FACTS})
  VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
    $25, $26, $27, $28, $29, $30) RETURNING id`;

function factsOf(desk: Desk, report: Report): readonly unknown[] {
  const { kind, country, day, place, station, complaint, make, model, colour, storage, mode, killSwitch } = report;
  const { owner, invoice, contact } = report;
  const [msisdnKey, emailKey] = contactKeys(desk, contact);
  return [
    unitOfStation(desk, station)?.id,
    ...[kind, country, day, place, station, complaint, make, model, colour, storage, mode, killSwitch],
    sealContact(desk, contact),
    owner === undefined ? undefined : desk.vault.seal('identity', JSON.stringify(owner)),
    invoice === undefined ? undefined : desk.vault.seal('proof', invoice),
    msisdnKey,
    emailKey,
  ];
}

async function putImeis({ query }: Desk, id: string, imeis: readonly Imei[]): Promise<void> {
  await query(
    `INSERT INTO theft_imei (theft, imei, place)
     SELECT $1, imei, place FROM unnest($2::text[]) WITH ORDINALITY AS told (imei, place)`,
    [id, imeis],
  );
}

/** Writes a draft anew. */
export async function rewriteCase(desk: Desk, { id }: Pick<TheftCase, 'id'>, report: Report): Promise<TheftCase> {
  await desk.query(
    `UPDATE theft SET (${FACTS}) = ROW ($2::text, $3::text, $4::text, $5::date, $6::text, $7::text, $8::text, $9::text,
       $10::text, $11::text, $12::text, $13::text, $14::text, $15::bytea, $16::bytea, $17::bytea, $18::text, $19::text)
     WHERE id = $1`,
    [id, ...factsOf(desk, report)],
  );
  await desk.query('DELETE FROM theft_imei WHERE theft = $1', [id]);
  await putImeis(desk, id, report.imeis);
  return lockTheft(desk, id);
}
