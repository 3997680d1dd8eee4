import type { Day } from '../../src/calendar/day.ts';
import { addDays, daysBetween, firstOfMonth, type Month } from '../../src/calendar/day.ts';
import type { Country } from '../../src/country/country.ts';
import type { Reason } from '../../src/lists/fold.ts';
import type { List } from '../../src/lists/target.ts';
import { OPEN_DAY } from '../../src/stores/schema.ts';
import type { World } from './world.ts';

/** One row of a list, as text: operator, IMEI, IMSI, MSISDN, block date, reasons, amnesty. */
export type Line = string;
export type Lists = Readonly<Record<List, readonly Line[]>>;

/** Why a subscriber is no longer notified. */
export type Gone = (row: Pair) => Reason;

type History = { readonly valid_from: string; readonly valid_to: string; readonly closed: number };
type Pair = { readonly imei: bigint; readonly imsi: bigint; readonly msisdn: bigint };

/**
 * The rules of the lists again, row by row and as plainly as can be: what the engine has to agree with. `held` are the
 * identifiers that offices block beside.
 */
export function oracle(
  facts: World,
  country: Country,
  today: Day,
  held: ReadonlySet<bigint> = new Set(),
): Lists & { readonly gone: Gone } {
  const is = (row: History): boolean => row.valid_from <= today && row.valid_to > today;
  const golden = new Set(facts.golden.filter((row) => is(row) && row.expires >= today).map((row) => row.hash));
  const open = facts.standing.filter((row) => row.closed === 0 && row.ended === OPEN_DAY && !golden.has(row.imei));
  const blocking = open.filter((row) => row.effect === 'blocked');
  const blocked = blocking.filter((row) => row.block_date <= today);
  const isBlocked = (imei: bigint): boolean => blocked.some((row) => row.imei === imei);
  const due = blocking.filter((row) => row.block_date > today && row.block_date !== OPEN_DAY && !isBlocked(row.imei));
  const tracked = open.filter((row) => row.effect === 'tracked' && !isBlocked(row.imei));
  const pairs = pairsOn(facts, today).filter((pair) => {
    const tac = facts.barred_tac.some(
      (row) => is(row) && pair.imei < 10n ** 14n && BigInt(row.tac) === pair.imei / 1_000_000n,
    );
    return country.lists.barredInExceptions || !(tac || facts.barred.some((row) => is(row) && row.imei === pair.imei));
  });
  const paired = (row: Pair): boolean =>
    pairs.some(
      (pair) =>
        pair.imei === row.imei &&
        (pair.imsi === row.imsi || (!country.lists.notifyImsiChange && pair.msisdn === row.msisdn)),
    );
  const operators = country.operators.map(({ id }) => id);
  const homes = (imsi: bigint, otherwise: readonly string[]): readonly string[] => {
    const home = country.operators.find(({ plmns }) =>
      plmns.some(({ mcc, mnc }) => String(imsi).startsWith(mcc + mnc)),
    );
    return home === undefined ? otherwise : [home.id];
  };
  const decided = (rows: World['standing'], imei: bigint, date: boolean): string => {
    const own = rows.filter((row) => row.imei === imei);
    const first = own.map((row) => row.block_date).sort()[0] ?? '';
    return `${date ? first : OPEN_DAY} ${reasons(own, country)}`;
  };
  const imeis = (rows: readonly { readonly imei: bigint }[]): readonly bigint[] => [
    ...new Set(rows.map((row) => row.imei)),
  ];
  const registered = facts.registration.filter(
    (row) => is(row) && ['', 'whitelist'].includes(row.status.toLowerCase()) && !isBlocked(row.imei),
  );
  return {
    gone(row) {
      if (paired(row)) return 'resolved';
      if (isBlocked(row.imei)) return 'blacklisted';
      return due.some(({ imei }) => imei === row.imei) ? 'no_longer_seen' : 'resolved';
    },
    blocked: sorted(imeis(blocked).map((imei) => `- ${imei} 0 0 ${decided(blocked, imei, true)} false`)),
    tracked: sorted(imeis(tracked).map((imei) => `- ${imei} 0 0 ${decided(tracked, imei, false)} false`)),
    permitted: country.lists.permitted
      ? sorted(imeis(registered).map((imei) => `- ${imei} 0 0 ${OPEN_DAY}  false`))
      : [],
    exceptions: sorted(
      pairs
        .filter((pair) => !country.lists.exceptionsOnlyBlocked || isBlocked(pair.imei) || held.has(pair.imei))
        .flatMap((pair) =>
          homes(pair.imsi, operators).map((id) => `${id} ${pair.imei} ${pair.imsi} ${pair.msisdn} ${OPEN_DAY}  false`),
        ),
    ),
    notifications: sorted(
      facts.triplet
        .filter((row) => row.imsi !== 0n && row.msisdn !== 0n && due.some(({ imei }) => imei === row.imei))
        .filter((row) => seen(row, today, country.lists.lookbackDays) && !paired(row))
        .flatMap((row) =>
          homes(row.imsi, [row.operator])
            .filter((id) => operators.includes(id))
            .map((id) => {
              const amnesty = due.some((one) => one.imei === row.imei && one.amnesty);
              return `${id} ${row.imei} ${row.imsi} ${row.msisdn} ${decided(due, row.imei, true)} ${amnesty}`;
            }),
        ),
    ),
  };
}

const sorted = (lines: readonly Line[]): readonly Line[] => [...new Set(lines)].sort();

function reasons(rows: World['standing'], country: Country): string {
  const texts = rows.map(
    ({ condition }) => country.conditions.find(({ label }) => label === condition)?.reason ?? condition,
  );
  return [...new Set(texts)].sort().join('|');
}

function seen(row: World['triplet'][number], today: Day, lookback: number): boolean {
  const first = firstOfMonth(row.month as Month);
  return Array.from({ length: 31 }, (_, bit) => bit)
    .filter((bit) => Math.floor(row.days / 2 ** bit) % 2 === 1)
    .map((bit) => daysBetween(addDays(first, bit), today))
    .some((ago) => ago >= 0 && ago < lookback);
}

/** Each pair walks along the changes of its SIM. */
export function pairsOn(facts: Pick<World, 'pairing' | 'sim_change'>, today: Day): readonly Pair[] {
  const is = (row: History): boolean => row.valid_from <= today && row.valid_to > today;
  const changes = facts.sim_change.filter((row) => is(row) && row.changed <= today && row.old_imsi !== row.new_imsi);
  return facts.pairing.filter(is).map(({ imei, imsi: first, msisdn, valid_from }) => {
    let imsi = first;
    let at = valid_from;
    let left = new Set([imsi]);
    for (;;) {
      const next = changes
        .filter((row) => row.old_imsi === imsi && row.changed >= at)
        .filter((row) => row.changed !== at || !left.has(row.new_imsi))
        .sort((a, b) =>
          a.changed === b.changed ? Number(a.new_imsi - b.new_imsi) : a.changed < b.changed ? -1 : 1,
        )[0];
      if (next === undefined) return { imei, imsi, msisdn };
      left = next.changed === at ? left.add(next.new_imsi) : new Set([imsi, next.new_imsi]);
      at = next.changed;
      imsi = next.new_imsi;
    }
  });
}
