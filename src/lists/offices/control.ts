import type { Desk } from '../../access/desk.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import type { Imei } from '../../identifiers/imei.ts';

/**
 * Why a block may be: by a law that exempts it from notice, in the words of that law; or because all notices of a ladder
 * were given (ITU-T Q.5050 §9.7), by the ladder's number.
 */
export type Ground = { readonly basis: string } | { readonly ladder: string };

/** What a hold on one of the control lists says beside its IMEI. */
type Terms = {
  /** One of the reasons that networks are told; no `|`, which joins several. */
  readonly reason: string;
  /** What keeps it there, such as `theft:<uuid of the case>`; the same holder lets go. */
  readonly holder: string;
  /** When it lets go by itself, by {@link expireHolds}. */
  readonly until?: Date | undefined;
} & (
  | { readonly list: 'blocked'; readonly ground: Ground }
  | { readonly list: 'tracked' | 'permitted'; readonly ground?: Ground | undefined }
);

/** A hold to be placed. */
export type NewHold = Terms & { readonly imei: Imei };

/** The same hold on many IMEIs. */
export type NewHolds = Terms & { readonly imeis: readonly Imei[] };

/** A hold that is no more. */
export type Released = {
  readonly id: string;
  readonly list: NewHold['list'];
  readonly imei: Imei;
  readonly reason: string;
  readonly holder: string;
};

/** What holds need of a desk. */
export type HoldDesk = Pick<Desk, 'query' | 'actor' | 'now'>;

/**
 * Keeps an IMEI on a control list for a holder. The list is the union of all open holds; where that changes, a number is
 * given in the list's journal within the commit, and nodes are told. Again with the same content it does nothing; with
 * another end or ground it replaces the hold.
 * @throws Refused CONTROL_NOTICE where a block has neither a legal basis nor all its notices; CONTROL_VALUE
 */
export async function placeHold(desk: HoldDesk, { imei, ...terms }: NewHold): Promise<{ readonly id: string }> {
  const [placed] = await placeHolds(desk, { ...terms, imeis: [imei] });
  if (placed === undefined) throw new Error('The hold was released by another transaction meanwhile.');
  return { id: placed.id };
}

/**
 * {@link placeHold} for many IMEIs at once; gives the hold of each, in no order. The list is held while a commit numbers
 * its changes, some 10,000 a second: whoever places more than some thousands takes several transactions.
 * @throws Refused as {@link placeHold}, with a fault for each of the first {@link MOST_FAULTS} IMEIs
 */
export async function placeHolds(
  desk: HoldDesk,
  holds: NewHolds,
): Promise<readonly { readonly id: string; readonly imei: Imei }[]> {
  checkTerms(holds, desk.now);
  await checkGround(desk, holds);
  const { list, imeis, holder, reason, until } = holds;
  const [basis, ladder] = partsOf(holds.ground);
  const key = [list, imeis, holder, reason];
  const content = [desk.now, desk.actor.id, until ?? null, basis, ladder];
  await desk.query(
    `UPDATE control_hold SET released = $5, released_by = $6, released_because = 'replaced'
    WHERE list = $1 AND imei = ANY ($2) AND holder = $3 AND reason = $4 AND released IS NULL
      AND (until, basis, ladder) IS DISTINCT FROM ($7::timestamptz, $8::text, $9::bigint)`,
    [...key, ...content],
  );
  await desk.query(
    `INSERT INTO control_hold (list, imei, holder, reason, placed, placed_by, until, basis, ladder)
    SELECT DISTINCT $1, imei, $3, $4, $5::timestamptz, $6, $7::timestamptz, $8, $9::bigint
    FROM unnest($2::text[]) AS imei ORDER BY imei ON CONFLICT DO NOTHING`,
    [...key, ...content],
  );
  return desk.query<{ id: string; imei: Imei }>(
    `SELECT id, imei FROM control_hold
    WHERE list = $1 AND imei = ANY ($2) AND holder = $3 AND reason = $4 AND released IS NULL`,
    key,
  );
}

/** Which holds are let go, by whom they were placed and, if not all of those, of what. */
export type Letting = {
  readonly holder: string;
  readonly list?: NewHold['list'] | undefined;
  readonly imei?: Imei | undefined;
  readonly reason?: string | undefined;
  /** Why: a word or a sentence, without personal data. */
  readonly because: string;
};

const RELEASED = 'h.id, h.list, h.imei, h.reason, h.holder';

/** Lets go the open holds of a holder. An IMEI leaves a list with the last hold of anybody. */
export function releaseHolds(desk: HoldDesk, letting: Letting): Promise<readonly Released[]> {
  const { holder, list, imei, reason, because } = letting;
  return desk.query<Released>(
    `UPDATE control_hold AS h SET released = $5, released_by = $6, released_because = $7
    WHERE h.id IN (
      SELECT id FROM control_hold WHERE holder = $1 AND released IS NULL AND ($2::text IS NULL OR list = $2)
        AND ($3::text IS NULL OR imei = $3) AND ($4::text IS NULL OR reason = $4)
      ORDER BY id FOR UPDATE)
    RETURNING ${RELEASED}`,
    [holder, list ?? null, imei ?? null, reason ?? null, desk.now, desk.actor.id, because],
  );
}

/** Holds let go at a time by {@link expireHolds}, at most. */
const EXPIRE = 1000;

/**
 * Lets go holds whose time is over, some of them: to be called again, in further transactions, until it gives none.
 * Those that another transaction just touches are left to the next call.
 */
export function expireHolds(desk: HoldDesk, most = EXPIRE): Promise<readonly Released[]> {
  return desk.query<Released>(
    `UPDATE control_hold AS h SET released = $1, released_by = $2, released_because = 'expired'
    WHERE h.id IN (
      SELECT id FROM control_hold WHERE until <= $1 AND released IS NULL
      ORDER BY until, id LIMIT $3 FOR UPDATE SKIP LOCKED)
    RETURNING ${RELEASED}`,
    [desk.now, desk.actor.id, most],
  );
}

const partsOf = (ground: Ground | undefined): readonly [basis: string | null, ladder: string | null] => {
  if (ground === undefined) return [null, null];
  return 'basis' in ground ? [ground.basis, null] : [null, ground.ladder];
};

function checkTerms({ reason, holder, until }: Terms, now: Date): void {
  const faults: Fault[] = [];
  if (!/^[^|\p{Cc}]{1,200}$/u.test(reason))
    faults.push(wrong('reason', `${JSON.stringify(reason)} is no reason`, 'Give one line without |.'));
  if (!/^[\x21-\x7e]{1,200}$/.test(holder))
    faults.push(wrong('holder', `${JSON.stringify(holder)} names no holder`, 'Give kind and id, such as theft:<id>.'));
  if (until !== undefined && !(until > now))
    faults.push(wrong('until', `${until.toISOString()} is not after now`, 'Give a later time, or none.'));
  if (faults.length > 0) throw new Refused(faults);
}

const wrong = (field: string, message: string, remedy: string): Fault => ({
  code: 'CONTROL_VALUE',
  message: `A hold cannot be placed: ${message}.`,
  remedy,
  field,
});

/** Faults told at once, at most. */
const MOST_FAULTS = 20;

async function checkGround({ query, now }: HoldDesk, { list, imeis, reason, ground }: NewHolds): Promise<void> {
  if (list !== 'blocked') return;
  const [basis, ladder] = partsOf(ground);
  if (basis !== null && basis.trim() !== '') return;
  const found =
    ladder === null
      ? imeis.slice(0, MOST_FAULTS).map((imei) => ({ imei }))
      : await query<{ imei: string }>(
          `SELECT imei FROM unnest($2::text[]) AS imei WHERE notice_ladder_allows($1::bigint, imei, $3) IS NOT TRUE LIMIT $4`,
          [ladder, imeis, now, MOST_FAULTS],
        );
  const why =
    ladder === null ? 'no law and no notices allow it' : `the notices of ladder ${ladder} do not allow it yet`;
  const faults = found.map(
    ({ imei }): Fault => ({
      code: 'CONTROL_NOTICE',
      message: `The IMEI ${imei} cannot be blocked for ${reason}: ${why}.`,
      remedy: 'Wait until all notices of its ladder were given, or name the law that exempts it from notice.',
    }),
  );
  if (faults.length > 0) throw new Refused(faults);
}
