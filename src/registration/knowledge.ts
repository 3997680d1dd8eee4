import { type Day, monthOf } from '../calendar/day.ts';
import type { ModelFacts } from '../devices/checks.ts';
import { modelFacts } from '../devices/models.ts';
import { type Imei, imeiFromKey } from '../identifiers/imei.ts';
import type { Msisdn } from '../identifiers/msisdn.ts';
import type { Tac } from '../identifiers/tac.ts';
import type { Analytics } from '../stores/analytics.ts';
import { shardOf, validOn } from '../stores/schema.ts';

/** A model as the TAC list has it. */
export type Model = ModelFacts & { readonly brand: string; readonly deviceType: string };

/** What imported lists and networks know of an IMEI. */
export type Known = { readonly seen: boolean; readonly stolen: boolean; readonly barred: boolean };

/**
 * What registration asks of outside the registry: the TAC list, what networks saw, and the imported lists. Over the
 * analytics store by {@link knowledgeOf}.
 */
export type Knowledge = {
  /** The models of TACs that were allocated by a day; others are not in it. */
  models(tacs: readonly Tac[], on: Day): Promise<ReadonlyMap<Tac, Model>>;
  /** What is known of IMEIs as of a day; those of which nothing is known are not in it. */
  known(imeis: readonly Imei[], on: Day): Promise<ReadonlyMap<Imei, Known>>;
  /** Whether a number was used with one of the IMEIs in a month that reaches to a day or later. */
  usedWith(imeis: readonly Imei[], number: Msisdn, since: Day): Promise<boolean>;
};

/** IMEIs in one question: their digits fit into what the engine reads of a statement. */
const AT_A_TIME = 10_000;

type TacRow = { readonly tac: number; readonly brand: string; readonly deviceType: string };

/** The knowledge of the analytics store. */
export function knowledgeOf(analytics: Pick<Analytics, 'home' | 'shards'>): Knowledge {
  return {
    models: async (tacs, on) => {
      const found = new Map<Tac, Model>();
      for (const some of inParts(tacs)) {
        const facts = await modelFacts(analytics, some);
        const rows = await analytics.home.query<TacRow>(
          `SELECT tac, brand, device_type AS deviceType FROM tac WHERE closed = 0 AND ${validOn(on)}
            AND allocated <= toDate('${on}') AND tac IN (${numbers(some)})`,
        );
        for (const { tac: number, ...row } of rows) {
          const tac = String(number).padStart(8, '0') as Tac;
          found.set(tac, { manufacturer: '', model: '', ...facts.get(tac), ...row });
        }
      }
      return found;
    },
    known: async (imeis, on) => {
      const found = new Map<Imei, Known>();
      for (const some of inParts(imeis)) for (const row of await knownOf(analytics, some, on)) found.set(...row);
      return found;
    },
    usedWith: async (imeis, number, since) => {
      const which = `imei IN (${numbers(imeis)}) AND msisdn = ${BigInt(number)} AND month >= ${monthOf(since)}`;
      const found = await Promise.all(
        analytics.shards.map((shard) => shard.query(`SELECT 1 AS used FROM triplet WHERE ${which} LIMIT 1`)),
      );
      return found.flat().length > 0;
    },
  };
}

type KnownRow = { readonly imei: string; readonly seen: number; readonly stolen: number; readonly barred: number };

async function knownOf(
  { shards }: Pick<Analytics, 'shards'>,
  imeis: readonly Imei[],
  on: Day,
): Promise<readonly (readonly [Imei, Known])[]> {
  const asked = await Promise.all(
    shards.map((shard) =>
      shard.query<KnownRow>(
        `WITH asked AS (SELECT arrayJoin([${numbers(imeis)}]::Array(UInt64)) AS imei)
        SELECT imei, max(is = 1) AS seen, max(is = 2) AS stolen, max(is = 3) AS barred FROM (
          SELECT imei, 1 AS is FROM triplet WHERE imei IN (SELECT imei FROM asked)
          UNION ALL SELECT imei, 1 FROM seen_before WHERE imei IN (SELECT imei FROM asked)
          UNION ALL SELECT imei, 2 FROM stolen WHERE closed = 0 AND ${validOn(on)} AND status != 'recovered'
            AND imei IN (SELECT imei FROM asked)
          UNION ALL SELECT imei, 3 FROM barred WHERE closed = 0 AND ${validOn(on)} AND imei IN (SELECT imei FROM asked)
          UNION ALL SELECT imei, 3 FROM asked WHERE ${shardOf(shards.length)} = ${shard.number}
            AND intDiv(imei, 1000000) IN (SELECT tac FROM barred_tac WHERE closed = 0 AND ${validOn(on)})
        ) GROUP BY imei`,
      ),
    ),
  );
  return asked
    .flat()
    .map(({ imei, seen, stolen, barred }) => [
      imeiFromKey(BigInt(imei)),
      { seen: seen === 1, stolen: stolen === 1, barred: barred === 1 },
    ]);
}

const inParts = <T>(all: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / AT_A_TIME) }, (_, part) =>
    all.slice(part * AT_A_TIME, (part + 1) * AT_A_TIME),
  );

/** Digits as numbers: what was parsed holds nothing else. */
const numbers = (digits: readonly string[]): string => digits.map((one) => String(Number(one))).join(', ');
