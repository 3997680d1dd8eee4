import fc from 'fast-check';
import { CONTROL_LISTS } from '../../src/lists/offices/office.ts';
import type { Analytics } from '../../src/stores/analytics.ts';
import { OPEN_DAY } from '../../src/stores/schema.ts';
import type { Line, Lists } from './oracle.ts';
import { imei, imsi, msisdn } from './world.ts';

/** That offices hold an identifier on a list for these reasons, or a subscriber with it, or no longer do. */
export type Wish = {
  readonly list: (typeof CONTROL_LISTS)[number];
  readonly operator: string;
  readonly imei: bigint;
  readonly imsi: bigint;
  readonly msisdn: bigint;
  readonly since: string;
  readonly reasons: string | undefined;
};

const wish: fc.Arbitrary<Wish> = fc.record({
  list: fc.constantFrom('blocked' as const, ...CONTROL_LISTS),
  operator: fc.constantFrom('alfa', 'beta'),
  imei: imei.filter((key) => key < 10n ** 14n),
  imsi,
  msisdn,
  since: fc.constantFrom('2024-01-15', '2024-03-01', '2024-03-20'),
  reasons: fc.option(fc.constantFrom('stolen', 'lost', 'Duplicate|stolen'), { nil: undefined, freq: 2 }),
});

/** What offices do between two runs. */
export const wishes: fc.Arbitrary<readonly Wish[]> = fc.array(wish, { minLength: 4, maxLength: 12, size: 'max' });

type Held = Wish & { readonly reasons: string };

/** The lists of offices, and their journal as runs copy it. */
export class Offices {
  readonly #held = new Map<string, Held>();
  readonly #heads = new Map<string, number>();

  /** Makes wishes true, as changes that a run copied. */
  async wish(analytics: Analytics, all: readonly Wish[], run: number): Promise<void> {
    const rows = all.flatMap((wished) => this.#take(wished, run) ?? []);
    for (const shard of analytics.shards) {
      const own = rows.filter((row) => Number(row.imei % BigInt(analytics.shards.length)) === shard.number);
      if (own.length > 0) await shard.run(`INSERT INTO office_change VALUES ${own.map(({ text }) => text).join(', ')}`);
    }
  }

  #take(wished: Wish, run: number): { readonly imei: bigint; readonly text: string } | undefined {
    const own = wished.list === 'exceptions';
    const reasons = own && wished.reasons !== undefined ? '' : wished.reasons;
    const one = own ? wished : { ...wished, operator: '', imsi: 0n, msisdn: 0n };
    const key = [one.list, one.operator, one.imei, one.imsi, one.msisdn].join(' ');
    const had = this.#held.get(key);
    if (had?.reasons === reasons) return undefined;
    const op = reasons === undefined ? 'remove' : had === undefined ? 'add' : 'update';
    const now: Held = { ...one, since: had?.since ?? one.since, reasons: reasons ?? had?.reasons ?? '' };
    if (op === 'remove') this.#held.delete(key);
    else this.#held.set(key, now);
    const head = `${one.list} ${one.operator}`;
    const seq = (this.#heads.get(head) ?? 0) + 1;
    this.#heads.set(head, seq);
    // A removal may come without its numbers.
    const numbers = op === 'remove' ? '0, 0' : `${now.imsi}, ${now.msisdn}`;
    const text = `(${run}, '${one.list}', '${one.operator}', ${seq}, ${one.imei}, ${numbers}, '${own ? key : ''}', '${op}', '${now.reasons}', '${now.since}')`;
    return { imei: one.imei, text };
  }

  get blocked(): ReadonlySet<bigint> {
    return new Set([...this.#held.values()].flatMap((one) => (one.list === 'blocked' ? [one.imei] : [])));
  }

  /** What lists of runs and these say together. */
  union(runs: Lists, { exceptionsOnlyBlocked }: { readonly exceptionsOnlyBlocked: boolean }): Lists {
    const blocked = this.#united(runs, 'blocked');
    const isBlocked = (line: Line): boolean => blocked.some((one) => keyOf(one) === keyOf(line));
    const isFree = (line: Line): boolean => !isBlocked(line);
    const mine = this.#united(runs, 'exceptions');
    return {
      blocked,
      tracked: this.#united(runs, 'tracked').filter(isFree),
      permitted: this.#united(runs, 'permitted').filter(isFree),
      exceptions: mine.filter((line) => runs.exceptions.includes(line) || !exceptionsOnlyBlocked || isBlocked(line)),
      notifications: runs.notifications.filter(isFree),
    };
  }

  #united(runs: Lists, list: Wish['list']): readonly Line[] {
    const rows = new Map(runs[list].map((line) => [rowOf(line), line]));
    for (const one of this.#held.values()) {
      if (one.list !== list) continue;
      const row = [one.operator || '-', one.imei, one.imsi, one.msisdn].join(' ');
      const given = list === 'blocked' ? one.since : OPEN_DAY;
      const said = list === 'permitted' || list === 'exceptions' ? '' : one.reasons;
      const before = rows.get(row)?.slice(row.length + 1);
      const date = before === undefined || before.slice(0, 10) > given ? given : before.slice(0, 10);
      const reasons = [before?.slice(11, before.lastIndexOf(' ')) ?? '', said].join('|').split('|').filter(Boolean);
      rows.set(row, `${row} ${date} ${[...new Set(reasons)].sort().join('|')} false`);
    }
    return [...rows.values()];
  }
}

const rowOf = (line: Line): string => line.split(' ').slice(0, 4).join(' ');
/** The identifier of a line. */
const keyOf = (line: Line): string => line.split(' ')[1] ?? '';
