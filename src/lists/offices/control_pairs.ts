import type { Desk } from '../../access/desk.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import type { Imei } from '../../identifiers/imei.ts';
import type { Imsi } from '../../identifiers/imsi.ts';
import type { Msisdn } from '../../identifiers/msisdn.ts';
import type { Vault } from '../../vault/vault.ts';

/** A subscriber to be admitted with an IMEI although it is blocked. */
export type NewPair = {
  readonly imei: Imei;
  readonly imsi: Imsi;
  readonly msisdn?: Msisdn | undefined;
  /** Whose network is to admit him, by the country file's id: only that one learns of it. */
  readonly operator: string;
  /** What keeps the pair, such as `pairing:<id>`; the same holder lets go. */
  readonly holder: string;
};

/** What pairs need of a desk. */
export type PairDesk = Pick<Desk, 'query' | 'vault' | 'policy' | 'actor' | 'now'>;

/** The numbers of a pair as they are sealed and as the feed takes them; an MSISDN of 0 is none. */
export type Subscriber = { readonly imsi: number; readonly msisdn: number };

/** Pseudonyms, by which equal subscribers are found. */
const keysOf = (vault: Vault, { imsi, msisdn }: Pick<NewPair, 'imsi' | 'msisdn'>): readonly [string, string] => [
  vault.pseudonym('imsi', imsi),
  msisdn === undefined ? '' : vault.pseudonym('msisdn', msisdn),
];

/** What was sealed of a pair; undefined when the key was destroyed. */
export function openSubscriber(vault: Vault, sealed: Buffer): Subscriber | undefined {
  const text = vault.open('contact', sealed);
  if (text === undefined) return undefined;
  const [imsi, msisdn] = text.split(' ').map(Number);
  return { imsi: imsi ?? 0, msisdn: msisdn ?? 0 };
}

/**
 * Admits a subscriber with an IMEI at one operator, for a holder. The exceptions of an operator are the union of all open
 * pairs; numbers and nodes as with `placeHold`. Again, it does nothing.
 * @throws Refused CONTROL_VALUE
 */
export async function placePair(desk: PairDesk, pair: NewPair): Promise<{ readonly id: string }> {
  checkPair(desk, pair);
  const { query, vault, now, actor } = desk;
  const { imei, imsi, msisdn, operator, holder } = pair;
  const key = [operator, imei, ...keysOf(vault, pair), holder];
  const subscriber = vault.seal('contact', `${imsi} ${msisdn ?? 0}`);
  await query(
    `INSERT INTO control_pair (operator, imei, imsi_key, msisdn_key, holder, subscriber, placed, placed_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
    [...key, subscriber, now, actor.id],
  );
  const [open] = await query<{ id: string }>(
    `SELECT id FROM control_pair
    WHERE operator = $1 AND imei = $2 AND imsi_key = $3 AND msisdn_key = $4 AND holder = $5 AND released IS NULL`,
    key,
  );
  if (open === undefined) throw new Error('The pair was released by another transaction meanwhile.');
  return open;
}

/** Which pairs are let go: of a holder, and, if not all of those, of what. */
export type PairLetting = Pick<NewPair, 'holder'> &
  Partial<Pick<NewPair, 'imei' | 'imsi' | 'msisdn' | 'operator'>> & {
    /** Why: a word or a sentence, without personal data. */
    readonly because: string;
  };

/** Lets go the open pairs of a holder. A subscriber is no longer admitted with the last pair of anybody. */
export function releasePairs(
  desk: Omit<PairDesk, 'policy'>,
  { holder, imei, imsi, msisdn, operator, because }: PairLetting,
): Promise<readonly { readonly id: string; readonly imei: Imei; readonly operator: string }[]> {
  const { query, vault, now, actor } = desk;
  const imsiKey = imsi === undefined ? null : vault.pseudonym('imsi', imsi);
  const msisdnKey = msisdn === undefined ? null : vault.pseudonym('msisdn', msisdn);
  return query(
    `UPDATE control_pair AS p SET released = $6, released_by = $7, released_because = $8
    WHERE p.id IN (
      SELECT id FROM control_pair WHERE holder = $1 AND released IS NULL AND ($2::text IS NULL OR imei = $2)
        AND ($3::text IS NULL OR imsi_key = $3) AND ($4::text IS NULL OR msisdn_key = $4)
        AND ($5::text IS NULL OR operator = $5)
      ORDER BY id FOR UPDATE)
    RETURNING p.id, p.imei, p.operator`,
    [holder, imei ?? null, imsiKey, msisdnKey, operator ?? null, now, actor.id, because],
  );
}

/** The operator must be one of the country: no node would ever follow another's list. */
function checkPair({ policy }: PairDesk, { operator, holder }: NewPair): void {
  const faults: Fault[] = [];
  if (!policy.operators.some(({ id }) => id === operator))
    faults.push(wrong('operator', `${operator} is no operator of the country`, 'Give the id of one.'));
  if (!/^[\x21-\x7e]{1,200}$/.test(holder))
    faults.push(wrong('holder', `${JSON.stringify(holder)} names no holder`, 'Give kind and id.'));
  if (faults.length > 0) throw new Refused(faults);
}

const wrong = (field: string, message: string, remedy: string): Fault => ({
  code: 'CONTROL_VALUE',
  message: `A pair cannot be placed: ${message}.`,
  remedy,
  field,
});
