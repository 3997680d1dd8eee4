import { demand } from '../access/actions.ts';
import { useApproval } from '../access/approval.ts';
import type { Desk } from '../access/desk.ts';
import type { Day } from '../calendar/day.ts';
import { registrationOf } from '../country/registration.ts';
import { baselineAll, baselinePairs } from '../devices/baseline.ts';
import { pairsToPlace } from '../devices/pairs/placing.ts';
import type { Imei } from '../identifiers/imei.ts';
import { dayBegins } from '../notices/clock.ts';
import { applyPairChanges } from './apply.ts';
import { refused } from './refusal.ts';
import type { PastUse, PastUses } from './trade/uses.ts';

/** How far the baseline has come. */
export type BaselineProgress = {
  readonly day: Day;
  /** IMEIs up to and with this one are entered; '' before the first. */
  readonly cursor: string;
  readonly identifiers: number;
  readonly pairs: number;
  readonly approvedBy: readonly string[];
  readonly started: Date;
  readonly done: Date | null;
};

type Row = Omit<BaselineProgress, 'identifiers' | 'pairs'> & { readonly identifiers: string; readonly pairs: string };

const COLUMNS = `day::text AS day, cursor, identifiers, pairs, approved_by AS "approvedBy", started, done`;

const progressOf = ({ identifiers, pairs, ...row }: Row): BaselineProgress => ({
  ...row,
  identifiers: Number(identifiers),
  pairs: Number(pairs),
});

/** What a baseline stands for in batches and permissions. */
const groundOf = (day: Day): string => `baseline:${day}`;

/**
 * Begins the baseline of the day that the country file names, by a proposal that another person approved: everything in
 * use is to be registered and paired to its users (ITU-T Q.5050 §9.9). Begun again, it goes on where it was.
 * @throws Refused ACCESS_ROLE, ACCESS_PROPOSAL, REGISTRATION_VALUE
 */
export async function beginBaseline(
  desk: Desk,
  { proposal }: { readonly proposal: string },
): Promise<BaselineProgress> {
  demand(desk.actor, 'baseline.take');
  const { day } = baselineOf(desk);
  const known = await progress(desk, day, 'FOR UPDATE');
  if (known !== undefined) return known;
  const { proposer, approvers } = await useApproval(desk, { id: proposal, kind: 'baseline', subject: groundOf(day) });
  await desk.query(
    `INSERT INTO baseline_progress (day, cursor, identifiers, pairs, approved_by, started) VALUES ($1, '', 0, 0, $2, $3)
     ON CONFLICT DO NOTHING`,
    [day, [proposer, ...approvers], desk.now],
  );
  return demandProgress(desk, day);
}

/** What a proposal of the baseline of the country file is about. @throws Refused REGISTRATION_VALUE where it names none */
export const baselineSubject = (desk: Pick<Desk, 'policy'>): string => groundOf(baselineOf(desk).day);

function baselineOf({ policy }: Pick<Desk, 'policy'>) {
  const { baseline } = registrationOf(policy);
  if (baseline !== undefined) return baseline;
  const message = 'The country file names no day of a baseline.';
  throw refused('REGISTRATION_VALUE', message, 'Name it there: registration.baseline.day.');
}

/**
 * Enters the next stretch of what was in use, in the order of IMEIs, in the transaction of the desk: whoever is cut off
 * goes on with the next call, and nothing is entered twice. Undefined when nothing was begun, or all is done.
 * @throws Refused STATE_ROLE, PAIR_OPERATOR
 */
export async function takeBaseline(
  desk: Desk,
  uses: PastUses,
  { most }: { readonly most: number },
): Promise<BaselineProgress | undefined> {
  const baseline = baselineOf(desk);
  const { day } = baseline;
  const before = await progress(desk, day, 'FOR UPDATE');
  if (before === undefined || before.done !== null) return undefined;
  const cursor = before.cursor === '' ? undefined : (before.cursor as Imei);
  const { operators } = desk.policy;
  const stretch = await uses.after(cursor, most, { ...baseline, operators });
  if (stretch.last === undefined) {
    await desk.query('UPDATE baseline_progress SET done = $2 WHERE day = $1', [day, desk.now]);
    return demandProgress(desk, day);
  }
  const pairs = await enter(desk, stretch.uses, before);
  await desk.query(
    'UPDATE baseline_progress SET cursor = $2, identifiers = identifiers + $3, pairs = pairs + $4 WHERE day = $1',
    [day, stretch.last, stretch.imeis, pairs],
  );
  return demandProgress(desk, day);
}

async function enter(desk: Desk, uses: readonly PastUse[], { day, approvedBy }: BaselineProgress): Promise<number> {
  const origin = { source: 'baseline', batch: groundOf(day) };
  const at = new Map(
    [...new Set(uses.map((use) => use.day))].map((one) => [one, dayBegins(one, desk.policy.timeZone)]),
  );
  const rows = uses.map((use) => ({ imei: use.imei, at: at.get(use.day) ?? desk.now, user: use.user }));
  await baselineAll(desk, {
    ...origin,
    rows: rows.map(({ imei, at: when }) => ({ imei, at: when })),
    roles: ['regulator'],
  });
  await permitAll(desk, { imeis: [...new Set(uses.map(({ imei }) => imei))], day, approvedBy });
  const users = rows.flatMap(({ imei, at: when, user }) => (user === undefined ? [] : [{ imei, at: when, ...user }]));
  return (await baselinePairs(desk, { ...origin, rows: users })).made;
}

type All = { readonly imeis: readonly Imei[]; readonly day: Day; readonly approvedBy: readonly string[] };

/**
 * Permits what is grandfathered; devices that are looked for are not. On permitted lists it is put by `placePermits`, which
 * takes its time.
 */
async function permitAll({ query, now }: Desk, { imeis, day, approvedBy }: All): Promise<void> {
  await query(
    `INSERT INTO permit (imei, device, ground, approved_by, at, recorded)
     SELECT k.value, d.id, $2, $3, min(f.happened_from), $4 FROM device_key k JOIN device d ON d.id = k.device
     JOIN device o ON o.id = d.id OR o.united_into = d.id
     JOIN device_fact f ON f.device = o.id AND f.kind = 'event' AND f.value = 'baseline' AND f.superseded IS NULL
     WHERE k.kind = 'imei' AND k.value = ANY($1) GROUP BY k.value, d.id ORDER BY k.value ON CONFLICT DO NOTHING`,
    [imeis, groundOf(day), approvedBy, now],
  );
}

/**
 * Puts the pairs of a baseline on the exceptions of operators, some of them. To be called again after the number it gives,
 * until it gives none.
 */
export async function placeBaselinePairs(
  desk: Desk,
  { after = '0', limit }: { readonly after?: string | undefined; readonly limit: number },
): Promise<string | undefined> {
  const { day } = baselineOf(desk);
  const { toPlace, next } = await pairsToPlace(desk, { after, batch: groundOf(day), limit });
  await applyPairChanges(desk, toPlace);
  return next;
}

/** How far the baseline of the country file has come; undefined before it was begun. @throws Refused ACCESS_ROLE */
export async function baselineProgress(desk: Desk): Promise<BaselineProgress | undefined> {
  demand(desk.actor, 'baseline.read');
  return progress(desk, baselineOf(desk).day);
}

async function progress({ query }: Desk, day: Day, lock = ''): Promise<BaselineProgress | undefined> {
  const [row] = await query<Row>(`SELECT ${COLUMNS} FROM baseline_progress WHERE day = $1 ${lock}`, [day]);
  return row === undefined ? undefined : progressOf(row);
}

async function demandProgress(desk: Desk, day: Day): Promise<BaselineProgress> {
  const found = await progress(desk, day);
  if (found === undefined) throw new Error('a baseline vanished');
  return found;
}
