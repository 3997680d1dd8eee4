import type { Day } from '../calendar/day.ts';
import { isImei, tacOf, validOn } from '../stores/schema.ts';

/** Longest row of SIM changes of one pair that is followed; far beyond any person's. */
const LONGEST = 10_000;

/**
 * Engine query, per shard: the pairs in effect on `day` as `imei, imsi, msisdn`. A pair follows the SIM: a change of
 * its IMSI on a day from its own first day to `day` replaces the IMSI, and so on along the chain of changes in the
 * order of their days; the MSISDN stays.
 *
 * Where the order is not stated, on one day, an IMSI already left that day is not gone back to; of two changes of one
 * IMSI on the same day the lower new IMSI is taken. (Ours: no public text states it.)
 */
export function pairs(day: Day): string {
  return `(WITH RECURSIVE
  moves AS (
    SELECT old_imsi, new_imsi, changed FROM sim_change
    WHERE ${validOn(day)} AND changed <= toDate('${day}') AND old_imsi != new_imsi
  ),
  walk AS (
    SELECT imei, imsi AS first, valid_from AS start, imsi, msisdn, valid_from AS at, [imsi] AS today, toUInt32(0) AS hop
    FROM pairing WHERE ${validOn(day)}
    UNION ALL
    SELECT imei, first, start, next.1, msisdn, next.2,
      if(next.2 = at, arrayPushBack(today, next.1), [imsi, next.1]), hop
    FROM (
      SELECT w.imei AS imei, w.first AS first, w.start AS start, w.imsi AS imsi, w.msisdn AS msisdn, w.at AS at,
        any(w.today) AS today, toUInt32(w.hop + 1) AS hop,
        argMin((m.new_imsi, m.changed), (m.changed, m.new_imsi)) AS next
      FROM walk AS w INNER JOIN moves AS m ON m.old_imsi = w.imsi
      WHERE m.changed >= w.at AND NOT (m.changed = w.at AND has(w.today, m.new_imsi))
      GROUP BY imei, first, start, imsi, msisdn, at, hop
    )
  )
SELECT DISTINCT imei, imsi, msisdn FROM (
  SELECT imei, msisdn, argMax(imsi, hop) AS imsi FROM walk GROUP BY imei, first, start, msisdn
)
SETTINGS max_recursive_cte_evaluation_depth = ${LONGEST})`;
}

/** Engine predicate: no authority has barred the IMEI or its TAC on `day`. */
const notBarred = (day: Day): string => `imei NOT IN (SELECT imei FROM barred WHERE ${validOn(day)})
  AND NOT (${isImei()} AND ${tacOf()} IN (SELECT tac FROM barred_tac WHERE ${validOn(day)}))`;

/**
 * Engine query, per shard: the pairs that admit a subscriber on `day`: those in effect, without those of a barred IMEI
 * or TAC unless the country keeps them. Only such a pair spares its subscriber the notice, since only it is told to
 * the operators.
 */
export const admitted = (day: Day, barredInExceptions: boolean): string =>
  barredInExceptions ? pairs(day) : `(SELECT imei, imsi, msisdn FROM ${pairs(day)} WHERE ${notBarred(day)})`;
