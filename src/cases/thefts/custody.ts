import { createHash } from 'node:crypto';
import type { Desk } from '../../access/desk.ts';
import { recordRead } from '../../access/log.ts';
import { Refused } from '../../faults/fault.ts';
import { holderOf, type TheftCase } from './case.ts';
import { findTheft } from './find.ts';

/** In whose hands a device is. */
export type Holder = 'finder' | 'police' | 'owner' | 'court' | 'dealer';

/** That a device goes from one hand to the next. */
export type Handing = {
  /** The number of the receipt that was signed for it. */
  readonly receipt: string;
  /** Who handed it over, or took it: a name. It is sealed. */
  readonly person?: string | undefined;
  /** When; now where left out. */
  readonly at?: Date | undefined;
};

/** A step of the custody of a device, as it is kept. */
export type CustodyStep = {
  readonly theft: string;
  readonly step: number;
  readonly holder: Holder;
  /** Of police: the unit; undefined for the national level. */
  readonly unit: string | undefined;
  readonly receipt: string;
  /** Pseudonym of who signed. */
  readonly personKey: string | undefined;
  readonly actor: string;
  readonly at: Date;
  readonly recorded: Date;
  /** Hash of the step before, 64 zeros before the first. */
  readonly previous: string;
  readonly hash: string;
};

const START = '0'.repeat(64);

/** The hash of a step: SHA-256 of the hash before it and its content as JSON, hexadecimal. */
export function custodyHash({ hash: _, at, recorded, previous, ...rest }: CustodyStep): string {
  const { theft, step, holder, unit = '', receipt, personKey = '', actor } = rest;
  const content = [
    previous,
    theft,
    step,
    holder,
    unit,
    receipt,
    personKey,
    actor,
    at.toISOString(),
    recorded.toISOString(),
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

/** The first step at which the custody log of a case is not as it was written; undefined where it is whole. */
export function brokenCustody(steps: readonly CustodyStep[]): number | undefined {
  let previous = START;
  for (const [at, step] of steps.entries()) {
    if (step.step !== at + 1 || step.previous !== previous || custodyHash(step) !== step.hash) return at + 1;
    previous = step.hash;
  }
  return undefined;
}

/** Refuses a receipt without a number. @throws Refused CASE_EVIDENCE */
export function demandReceipt(text: string): string {
  const receipt = text.trim();
  if (/^[^\p{Cc}\u2028\u2029]{1,64}$/u.test(receipt)) return receipt;
  const message = 'The number of the receipt is missing, or is not one line of up to 64 characters.';
  throw new Refused([{ code: 'CASE_EVIDENCE', message, remedy: 'Give it as the receipt has it.', field: 'receipt' }]);
}

/** Refuses who does not have the device in hand: it is another unit's to pass on or hand back. @throws Refused STATE_ROLE */
export async function demandInHand(desk: Desk, theft: Pick<TheftCase, 'id'>): Promise<void> {
  const last = (await custodyOf(desk, theft)).at(-1);
  if (last?.holder === 'police' && last.unit === desk.actor.organisation?.unit) return;
  const message = 'The device is in the hands of another unit.';
  throw new Refused([{ code: 'STATE_ROLE', message, remedy: 'Let the unit that has it act.' }]);
}

/** Adds a step to the custody log of a case whose row is held. */
export async function recordCustody(
  desk: Desk,
  theft: Pick<TheftCase, 'id'>,
  {
    holder,
    unit,
    receipt,
    person,
    at = desk.now,
  }: Handing & Pick<CustodyStep, 'holder'> & { readonly unit?: string | undefined },
): Promise<void> {
  const last = (await custodyOf(desk, theft)).at(-1);
  const name = person?.trim();
  const step = {
    theft: theft.id,
    step: (last?.step ?? 0) + 1,
    holder,
    unit,
    receipt: receipt.trim(),
    personKey: name === undefined ? undefined : desk.vault.pseudonym('person', name),
    actor: desk.actor.id,
    at,
    recorded: desk.now,
    previous: last?.hash ?? START,
    hash: '',
  };
  await desk.query(
    `INSERT INTO theft_custody (theft, step, holder, unit, receipt, person, person_key, actor, organisation, at, recorded,
       previous, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      ...[step.theft, step.step, holder, unit, step.receipt],
      name === undefined ? undefined : desk.vault.seal('identity', name),
      ...[step.personKey, step.actor, desk.actor.organisation?.id, at, step.recorded, step.previous, custodyHash(step)],
    ],
  );
}

/** The custody log of a case, without names. */
export async function custodyOf(
  { query }: Pick<Desk, 'query'>,
  { id }: Pick<TheftCase, 'id'>,
): Promise<readonly CustodyStep[]> {
  const rows = await query<
    Omit<CustodyStep, 'unit' | 'personKey'> & { readonly unit: string | null; readonly personKey: string | null }
  >(
    `SELECT theft, step, holder, unit, receipt, person_key AS "personKey", actor, at, recorded, previous, hash
     FROM theft_custody WHERE theft = $1 ORDER BY step`,
    [id],
  );
  return rows.map(({ unit, personKey, ...row }) => ({
    ...row,
    unit: unit ?? undefined,
    personKey: personKey ?? undefined,
  }));
}

/**
 * Who signed for a device, step by step, for the police of the case; recorded. Its reporter does not learn who found it.
 * @throws Refused ACCESS_ROLE, CASE_UNKNOWN, READ_PURPOSE, READ_QUOTA
 */
export async function readCustodyNames(
  desk: Desk,
  { id, purpose }: { readonly id: string; readonly purpose: string },
): Promise<readonly { readonly step: number; readonly person: string | undefined }[]> {
  const theft = await findTheft(desk, id, 'trace.read');
  const reading = { action: 'trace.read', purpose, case: holderOf(theft), subject: theft.id, fields: ['name'] };
  await recordRead(desk, reading);
  const rows = await desk.query<{ step: number; person: Buffer | null }>(
    'SELECT step, person FROM theft_custody WHERE theft = $1 ORDER BY step',
    [theft.id],
  );
  return rows.map(({ step, person }) => ({
    step,
    person: person === null ? undefined : desk.vault.open('identity', person),
  }));
}
