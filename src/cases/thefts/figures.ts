import type { Desk } from '../../access/desk.ts';

/** How the thefts of a police unit stand: what became of what was reported, and of its tasks. */
export type UnitFigures = {
  /** Undefined: the national level. */
  readonly unit: string | undefined;
  /** Cases that were confirmed, and of them those seen since, taken into custody, back with their owners. */
  readonly confirmed: number;
  readonly traced: number;
  readonly seized: number;
  readonly returned: number;
  /** Half of the devices that came back did so within so many days of being confirmed; undefined where none did. */
  readonly medianDays: number | undefined;
  /** Tasks to be done, and of them those whose time is over. */
  readonly pending: number;
  readonly overdue: number;
};

/** The figures of all units, of cases opened in a stretch of time; for anybody, since they name nobody. */
export async function unitFigures(
  { query }: Pick<Desk, 'query'>,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<readonly UnitFigures[]> {
  const rows = await query<
    Omit<UnitFigures, 'unit' | 'medianDays'> & { readonly unit: string | null; readonly medianDays: number | null }
  >(
    `WITH happened AS (
      SELECT t.id, t.unit, min(e.at) FILTER (WHERE e.to_state = 'active') AS confirmed,
        bool_or(e.to_state = 'traced') AS traced, bool_or(e.to_state = 'recovered_by_police') AS seized,
        min(e.at) FILTER (WHERE e.to_state IN ('returned', 'recovered_by_owner')) AS returned
      FROM theft AS t JOIN theft_event AS e ON e.theft = t.id WHERE t.opened >= $1 AND t.opened < $2 GROUP BY t.id
    ), work AS (
      SELECT k.unit, count(*) FILTER (WHERE k.state IN ('open', 'accepted', 'overdue'))::integer AS pending,
        count(*) FILTER (WHERE k.state = 'overdue')::integer AS overdue
      FROM theft_task AS k JOIN theft AS t ON t.id = k.theft WHERE t.opened >= $1 AND t.opened < $2 GROUP BY k.unit
    ), cases AS (
      SELECT unit, count(confirmed)::integer AS confirmed, count(*) FILTER (WHERE traced)::integer AS traced,
        count(*) FILTER (WHERE seized)::integer AS seized,
        count(*) FILTER (WHERE confirmed IS NOT NULL AND returned IS NOT NULL)::integer AS returned,
        (percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM returned - confirmed) / 86400))::float8 AS median
      FROM happened GROUP BY unit
    ), units AS (SELECT unit FROM cases UNION SELECT unit FROM work)
    SELECT u.unit, coalesce(confirmed, 0) AS confirmed, coalesce(traced, 0) AS traced, coalesce(seized, 0) AS seized,
      coalesce(returned, 0) AS returned, median AS "medianDays", coalesce(pending, 0) AS pending,
      coalesce(overdue, 0) AS overdue
    FROM units AS u LEFT JOIN cases AS c ON c.unit IS NOT DISTINCT FROM u.unit
      LEFT JOIN work AS w ON w.unit IS NOT DISTINCT FROM u.unit
    ORDER BY u.unit NULLS FIRST`,
    [from, to],
  );
  return rows.map(({ unit, medianDays, ...row }) => ({
    ...row,
    unit: unit ?? undefined,
    medianDays: medianDays ?? undefined,
  }));
}
