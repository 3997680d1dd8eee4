import { demand } from '../../access/actions.ts';
import type { Desk } from '../../access/desk.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import { writeReference } from '../../identifiers/reference.ts';
import type { CaseDesk } from '../desk.ts';
import { type InsertingParty, lockTheft, type TheftCase } from './case.ts';
import { type Beginning, enterCase, newReference, partyAs } from './enter.ts';
import { settleHolds } from './hold.ts';
import { advanceLife } from './life.ts';
import { checkAccountLimit } from './limits.ts';
import { confirmEnd, deviceFor, openCaseOf } from './opening.ts';
import { type OfficeProof, type Proved, proofKey, provedByInvoice, provedByUse, vouchedFor } from './proof.ts';
import type { Cargo, Report } from './report.ts';
import { tellReporter } from './tell.ts';

/** A report of an office, with what it shows; the police vouch for theirs by the number of the complaint. */
export type OfficeReport = { readonly report: Report; readonly proof?: OfficeProof | undefined };

/**
 * Takes the report of an operator for its subscriber, of a dealer for its stock, or of the police. The networks are told at
 * once: for good where the police report, otherwise until they confirm. Beside another open case it becomes a claim.
 * @throws Refused ACCESS_ROLE, CASE_LIMIT, CASE_EVIDENCE, CASE_PROOF, CASE_DEVICES, CASE_BASIS
 */
export async function reportTheft(desk: CaseDesk, { report, proof }: OfficeReport): Promise<TheftCase> {
  demand(desk.actor, 'theft.report');
  const party = partyAs(desk.actor);
  if (party === 'owner') throw new Refused([OFFICES]);
  await checkAccountLimit(desk);
  const theft = await openOne(desk, report, { party, proof });
  await tellOpened(desk, theft);
  return theft;
}

type By = {
  readonly party: Exclude<InsertingParty, 'owner'>;
  readonly proof?: OfficeProof | undefined;
  readonly cargo?: string | undefined;
};

/** Opens one case of an office, or enters a claim. */
async function openOne(desk: CaseDesk, report: Report, { party, proof, cargo }: By): Promise<TheftCase> {
  const proved = await shown(desk, report, { party, proof });
  const other = await openCaseOf(desk, proved.imeis);
  const due = party === 'police' && other === undefined ? undefined : confirmEnd(desk);
  const how: Beginning = {
    event: other === undefined ? 'report' : 'join',
    party,
    due,
    beside: other,
    cargo,
    proof: party === 'police' ? 'police' : proof?.kind === 'invoice' ? 'invoice' : 'number',
    proofKey: proof === undefined ? undefined : proofKey(desk, proof),
    evidence: { imeis: proved.imeis, complaint: report.complaint },
  };
  const entered = await enterCase(desk, withInvoice(report, proof), how);
  const device = await deviceFor(desk, entered, proved);
  const unit = entered.unit ?? (party === 'police' ? desk.actor.organisation?.unit : undefined);
  await desk.query('UPDATE theft SET device = $2, unit = $3 WHERE id = $1', [entered.id, device, unit]);
  const theft = await lockTheft(desk, entered.id);
  if (other !== undefined) return theft;
  await settleHolds(desk, theft, { imeis: proved.imeis, because: 'report' });
  await advanceLife(desk, theft, { event: 'report', at: desk.now });
  return lockTheft(desk, theft.id);
}

/** The invoice that proved a report belongs to it. */
const withInvoice = (report: Report, proof: OfficeProof | undefined): Report =>
  proof?.kind === 'invoice' ? { ...report, invoice: proof.reference } : report;

async function shown(desk: CaseDesk, report: Report, { party, proof }: By): Promise<Proved> {
  if (party === 'police') {
    if (report.complaint === undefined) throw new Refused([COMPLAINT]);
    return vouchedFor(desk, report);
  }
  if (proof?.kind === 'invoice') return provedByInvoice(desk, report);
  if (proof?.kind === 'subscriber' && party === 'operator') return provedByUse(desk, report, proof);
  throw new Refused([evidenceFault(party)]);
}

async function tellOpened(desk: Desk, theft: TheftCase): Promise<void> {
  const { state, mode, due } = theft;
  if (state === 'police_pending' && due !== undefined)
    return tellReporter(desk, theft, { template: 'theft_provisional', values: { until: due } });
  if (state === 'claimed') return tellReporter(desk, theft, { template: 'theft_received', values: {} });
  const template = mode === 'recovery' ? 'theft_confirmed_recovery' : 'theft_confirmed';
  return tellReporter(desk, theft, { template, values: {} });
}

/** A cargo with its cases. */
export type OpenedCargo = {
  readonly id: string;
  /** As it is told. */
  readonly reference: string;
  readonly thefts: readonly TheftCase[];
};

/**
 * Takes the report of a stolen cargo: each device is a case of its own, all of one file. All rows are taken or none; the
 * faults of all rows are told at once. Its reporter knows the reference of the file and is not written to a device at a time.
 * @throws Refused ACCESS_ROLE, CASE_LIMIT, CASE_CARGO, CASE_BASIS
 */
export async function reportCargo(desk: CaseDesk, cargo: Cargo): Promise<OpenedCargo> {
  demand(desk.actor, 'theft.report');
  const { organisation } = desk.actor;
  if (partyAs(desk.actor) !== 'dealer' || organisation === undefined) throw new Refused([DEALERS]);
  const { cargoDevices } = desk.policy.theft;
  if (cargo.devices.length > cargoDevices) throw new Refused([tooMany(cargo.devices.length, cargoDevices)]);
  await checkAccountLimit(desk);
  await demandProved(desk, cargo);
  const reference = newReference();
  const [row] = await desk.query<{ id: string }>(
    'INSERT INTO theft_cargo (reference, organisation, reporter, devices, opened) VALUES ($1, $2, $3, $4, $5) RETURNING id',
    [reference, organisation.id, desk.actor.id, cargo.devices.length, desk.now],
  );
  if (row === undefined) throw new Error('a cargo was not entered');
  const { devices, ...shared } = cargo;
  const proof = { kind: 'invoice', reference: cargo.invoice } as const;
  const thefts: TheftCase[] = [];
  for (const device of devices)
    thefts.push(await openOne(desk, { ...shared, ...device }, { party: 'dealer', proof, cargo: row.id }));
  return { id: row.id, reference: writeReference(reference), thefts };
}

/** Looks at every row before any is entered. @throws Refused CASE_CARGO, a fault a row */
async function demandProved(desk: CaseDesk, cargo: Cargo): Promise<void> {
  const faults: Fault[] = [];
  for (const [at, { imeis }] of cargo.devices.entries()) {
    try {
      await provedByInvoice(desk, { imeis, day: cargo.day });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      faults.push(...error.faults.map((fault) => rowFault(at, fault)));
    }
  }
  if (faults.length > 0) throw new Refused(faults);
}

const rowFault = (at: number, { message, remedy }: Fault): Fault => ({
  code: 'CASE_CARGO',
  message: `Row ${at + 1}: ${message}`,
  remedy,
  line: at + 1,
  field: `devices.${at}`,
});

const tooMany = (devices: number, most: number): Fault => ({
  code: 'CASE_LIMIT',
  message: `The cargo has ${devices} devices; one report takes ${most}.`,
  remedy: 'Report it in parts.',
  field: 'devices',
});

const OFFICES: Fault = {
  code: 'STATE_ROLE',
  message: '«report» of a case is not for who asked.',
  remedy: 'Begin a draft, hand it in, and prove it.',
};

const DEALERS: Fault = {
  code: 'STATE_ROLE',
  message: 'A cargo is not for who asked.',
  remedy: 'It is for: dealer.',
};

const COMPLAINT: Fault = {
  code: 'CASE_EVIDENCE',
  message: 'The report of the police has no number of a complaint.',
  remedy: 'Give it.',
  field: 'complaint',
};

const evidenceFault = (party: string): Fault => ({
  code: 'CASE_EVIDENCE',
  message: `The report of ${party === 'operator' ? 'an operator' : 'a dealer'} shows nothing that proves it.`,
  remedy:
    party === 'operator'
      ? 'Give the subscriber who used the device and whose identity was checked, or the invoice.'
      : 'Give the reference of the invoice or of the papers of the consignment.',
  field: 'proof',
});
