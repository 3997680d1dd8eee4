import type { Role } from '../../access/actor.ts';
import { useApproval } from '../../access/approval.ts';
import type { Desk } from '../../access/desk.ts';
import type { Day } from '../../calendar/day.ts';
import { registrationOf } from '../../country/registration.ts';
import type { Tac } from '../../identifiers/tac.ts';
import { demandBrand, organisationOf, rowOf } from '../account.ts';
import { demandSettled, openCharge } from '../fees/charge.ts';
import { badValue, line, quotable, refused } from '../refusal.ts';
import { began, dayOf, first, type Happening, move } from '../step.ts';
import { type Contact, type KeptContact, keepContact, tell } from '../tell.ts';
import { type ApprovalEvent, type ApprovalState, TYPE_APPROVAL } from '../trade/trade_machines.ts';

/** An application for a type approval. */
export type ApprovalApplication = {
  readonly brand: string;
  readonly models: readonly string[];
  readonly tacs: readonly Tac[];
  /** As the TAC database writes it. */
  readonly deviceType?: string | undefined;
  /** Radio interfaces, versions, conditions. */
  readonly scope: string;
  /** A certificate of another country is to be recognised: whose. */
  readonly recognises?: string | undefined;
  /** Where its holder is to be reminded. */
  readonly contact?: Contact | undefined;
};

/** What a certificate says. */
export type CertificateFacts = {
  /** Unique in the country. */
  readonly number: string;
  /** The body that certifies. */
  readonly body: string;
  readonly validFrom: Day;
  /** The last day. */
  readonly validTo: Day;
};

type Row = {
  readonly id: string;
  readonly state: ApprovalState;
  readonly organisation: string;
  readonly brand: string;
  readonly number: string | null;
  readonly origin: string | null;
  readonly report: string | null;
} & KeptContact;

const COLUMNS = `id, state, applicant AS organisation, brand, number, origin, report, contact, language`;

const TACS = 10_000;

/**
 * Applies for a type approval. A fee of the schedule is demanded at once; the answer has its reference.
 * @throws Refused STATE_ROLE, REGISTRATION_BRAND, REGISTRATION_VALUE, FEE_…
 */
export async function applyForApproval(
  desk: Desk,
  wanted: ApprovalApplication,
): Promise<{ readonly id: string; readonly charge: string | undefined }> {
  const step = first(desk, TYPE_APPROVAL, { event: 'apply' });
  const organisation = organisationOf(desk);
  const { brand, models, tacs } = checked(wanted);
  const { contact, language } = keepContact(desk, wanted.contact);
  if (organisation.kind !== 'lab') demandBrand(organisation, brand);
  const [row] = await desk.query<{ id: string }>(
    `INSERT INTO type_approval (state, applicant, brand, models, device_type, scope, mutual, origin, contact, language, at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id`,
    [
      step.to,
      organisation.id,
      brand,
      models,
      wanted.deviceType ?? null,
      line('scope', wanted.scope),
      wanted.recognises !== undefined,
      wanted.recognises === undefined ? null : line('recognises', wanted.recognises),
      contact,
      language,
      desk.now,
    ],
  );
  if (row === undefined) throw new Error('a type approval without an id');
  await enterTacs(desk, row.id, { tacs, since: null });
  await began(desk, 'type_approval', { id: row.id, event: 'apply', to: step.to });
  const nothing = { amount: 0, currency: registrationOf(desk.policy).fees.currency };
  const charge = await openCharge(desk, {
    act: 'type_approval',
    ground: `type_approval:${row.id}`,
    payer: organisation.id,
    contact: { contact, language },
    deviceType: wanted.deviceType,
    devices: 0,
    value: nothing,
  });
  return { id: row.id, charge: charge?.reference };
}

function checked({ brand, models, tacs }: ApprovalApplication): Pick<ApprovalApplication, 'brand' | 'models' | 'tacs'> {
  if (models.length === 0) throw badValue('models', 'No model is named.', 'Name at least one model.');
  if (tacs.length === 0 || tacs.length > TACS)
    throw badValue('tacs', `${tacs.length} TACs are named.`, `Name 1 to ${TACS} TACs.`);
  return { brand: line('brand', brand), models: models.map((one) => line('models', one)), tacs: [...new Set(tacs)] };
}

const enterTacs = (
  desk: Desk,
  id: string,
  { tacs, since }: { readonly tacs: readonly Tac[]; readonly since: Day | null },
) =>
  desk.query(
    `INSERT INTO type_approval_tac (approval, tac, since, by_whom)
     SELECT $1, tac, $3::date, $4 FROM unnest($2::text[]) AS all_of (tac) ON CONFLICT DO NOTHING`,
    [id, tacs, since, desk.actor.id],
  );

const locked = (desk: Desk, id: string): Promise<Row> =>
  rowOf<Row>(desk, {
    table: 'type_approval',
    columns: COLUMNS,
    id,
    noun: 'type approval',
    action: 'approval.read',
    lock: true,
  });

const go = (desk: Desk, { id, state }: Row, happening: Happening<ApprovalEvent, Role>) =>
  move(desk, { machine: TYPE_APPROVAL, thing: 'type_approval', id, state }, happening);

/**
 * A laboratory takes an application to test its samples, and later hands in its report; both are told by reference. What
 * it has taken, no other one takes. @throws Refused STATE_…, REGISTRATION_UNKNOWN
 */
export async function takeForTest(desk: Desk, id: string): Promise<void> {
  const lab = organisationOf(desk);
  await desk.query('SELECT FROM type_approval WHERE id::text = $1 FOR UPDATE', [id]);
  const [row] = await desk.query<Row>(`SELECT ${COLUMNS} FROM type_approval WHERE id::text = $1`, [id]);
  if (row === undefined) throw refused('REGISTRATION_UNKNOWN', 'There is no such type approval.', 'Check its number.');
  await go(desk, row, { event: 'take' });
  await desk.query('UPDATE type_approval SET lab = $2 WHERE id = $1', [id, lab.id]);
}

/** The laboratory that has the samples hands in its report. @throws Refused REGISTRATION_UNKNOWN where it has not */
export async function reportTest(
  desk: Desk,
  { id, report }: { readonly id: string; readonly report: string },
): Promise<void> {
  const rows = await desk.query(
    `UPDATE type_approval SET report = $3 WHERE id::text = $1 AND lab = $2 AND state = 'under_test' RETURNING id`,
    [id, organisationOf(desk).id, line('report', report)],
  );
  if (rows.length === 0)
    throw refused(
      'REGISTRATION_UNKNOWN',
      'The laboratory has no such samples under test.',
      'Check the number you gave.',
    );
}

/**
 * Grants a certificate: after a test, or by recognising that of another body.
 * @throws Refused STATE_…, REGISTRATION_PROOF without a report, REGISTRATION_UNPAID, REGISTRATION_VALUE, REGISTRATION_TAKEN
 */
export async function grantApproval(
  desk: Desk,
  { id, ...facts }: CertificateFacts & { readonly id: string },
): Promise<void> {
  const row = await locked(desk, id);
  const event = row.origin === null ? 'grant' : 'recognise';
  if (event === 'grant' && row.report === null && row.state === 'under_test')
    throw refused('REGISTRATION_PROOF', 'The laboratory has not handed in its report.', 'Wait for the report.');
  await go(desk, row, { event, note: quotable('number', facts.number) });
  await demandSettled(desk, `type_approval:${id}`);
  demandSpan(facts);
  const [other] = await desk.query('SELECT FROM type_approval WHERE number = $1 AND id <> $2', [facts.number, id]);
  if (other !== undefined)
    throw refused(
      'REGISTRATION_TAKEN',
      `The number ${facts.number} is that of another certificate.`,
      'Choose another.',
    );
  await desk.query('UPDATE type_approval SET number = $2, body = $3, valid_from = $4, valid_to = $5 WHERE id = $1', [
    id,
    facts.number.trim(),
    line('body', facts.body),
    facts.validFrom,
    facts.validTo,
  ]);
  await enterSpan(desk, id, facts);
  await tell(desk, row, {
    template: 'approval_granted',
    values: { reference: facts.number.trim(), until: facts.validTo },
  });
}

function demandSpan({ validFrom, validTo }: Pick<CertificateFacts, 'validFrom' | 'validTo'>): void {
  if (validFrom <= validTo) return;
  throw badValue('validTo', `It would end on ${validTo}, before it begins on ${validFrom}.`, 'Give a later last day.');
}

const enterSpan = (desk: Desk, id: string, { validFrom, validTo }: Pick<CertificateFacts, 'validFrom' | 'validTo'>) =>
  desk.query(
    'INSERT INTO type_approval_validity (approval, valid_from, valid_to, recorded, by_whom) VALUES ($1, $2, $3, $4, $5)',
    [id, validFrom, validTo, desk.now, desk.actor.id],
  );

/** Lets a certificate count for longer, also one that has expired. @throws Refused STATE_…, REGISTRATION_VALUE */
export async function renewApproval(
  desk: Desk,
  { id, validFrom, validTo }: { readonly id: string; readonly validFrom: Day; readonly validTo: Day },
): Promise<void> {
  const row = await locked(desk, id);
  await go(desk, row, { event: 'renew', note: validTo });
  demandSpan({ validFrom, validTo });
  await desk.query('UPDATE type_approval SET valid_to = greatest(valid_to, $2::date) WHERE id = $1', [id, validTo]);
  await enterSpan(desk, id, { validFrom, validTo });
}

/** Further TACs of the same models, from today on. @throws Refused STATE_ROLE, REGISTRATION_UNKNOWN */
export async function addTacs(
  desk: Desk,
  { id, tacs }: { readonly id: string; readonly tacs: readonly Tac[] },
): Promise<void> {
  const row = await locked(desk, id);
  const regulator = desk.actor.roles.some((role) => role === 'analyst' || role === 'approver');
  // Once a certificate is given, only who gives certificates makes it wider.
  if (!regulator && row.state !== 'applied')
    throw refused('STATE_ROLE', 'Further TACs of a certificate are for the regulator to add.', 'Ask the regulator.');
  await enterTacs(desk, id, { tacs, since: row.number === null ? null : dayOf(desk) });
}

/** Refuses an application, suspends a certificate or lets it count again; with a reason. @throws Refused STATE_… */
export async function decideApproval(
  desk: Desk,
  {
    id,
    event,
    reason,
  }: { readonly id: string; readonly event: 'refuse' | 'suspend' | 'resume'; readonly reason: string },
): Promise<void> {
  const row = await locked(desk, id);
  const why = line('reason', reason);
  await go(desk, row, { event, note: why });
  if (event !== 'resume')
    await tell(desk, row, {
      template: event === 'refuse' ? 'approval_refused' : 'approval_withdrawn',
      values: { reference: row.number ?? id, why: why.slice(0, 120) },
    });
}

/** Revokes a certificate, by a proposal that another person approved. @throws Refused STATE_…, ACCESS_PROPOSAL */
export async function revokeApproval(
  desk: Desk,
  { id, proposal, reason }: { readonly id: string; readonly proposal: string; readonly reason: string },
): Promise<void> {
  const row = await locked(desk, id);
  const why = line('reason', reason);
  await useApproval(desk, { id: proposal, kind: 'approval_revocation', subject: `type_approval:${id}` });
  await go(desk, row, { event: 'revoke', note: why });
  await tell(desk, row, {
    template: 'approval_withdrawn',
    values: { reference: row.number ?? id, why: why.slice(0, 120) },
  });
}
