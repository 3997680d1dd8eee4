import type { Ask } from '../../stores/registry.ts';
import type { Vault } from '../../vault/vault.ts';
import type { Op } from '../fold.ts';
import { openSubscriber } from './control_pairs.ts';
import { CONTROL_LISTS, type ControlList } from './office.ts';

/** How far the journal of one list of offices reaches; `operator` is '' where the list is common to all. */
export type ControlHead = { readonly list: ControlList; readonly operator: string; readonly seq: number };

/** One change as the journal has it. */
export type ControlChange = {
  readonly seq: number;
  readonly op: Op;
  readonly imei: string;
  /** Pseudonyms, '' where there is none: they tell exceptions of one IMEI apart, also when the numbers are gone. */
  readonly imsiKey: string;
  readonly msisdnKey: string;
  /** 0 where the list has none. */
  readonly imsi: number;
  readonly msisdn: number;
  /** The numbers of an exception were deleted, as it ended long ago. */
  readonly forgotten: boolean;
  readonly reasons: string;
  /** When it came on the list: a day of the register's time zone, `YYYY-MM-DD`. */
  readonly since: string;
};

/** What the journal is read with. */
export type ControlSource = { readonly query: Ask; readonly vault: Vault };

/**
 * How far all journals reach, at one moment: a transaction's changes of all lists are in it, or none. Exceptions stand
 * first, as whoever follows must learn of them before the block that they except from.
 */
export async function controlHeads({ query }: Pick<ControlSource, 'query'>): Promise<readonly ControlHead[]> {
  const rows = await query<{ list: ControlList; operator: string; seq: string }>(
    `SELECT list, operator, coalesce((
      SELECT max(seq) FROM control_change AS c WHERE c.list = h.list AND c.operator = h.operator), 0) AS seq
    FROM control_head AS h ORDER BY operator`,
  );
  return rows
    .map(({ list, operator, seq }) => ({ list, operator, seq: Number(seq) }))
    .sort((a, b) => CONTROL_LISTS.indexOf(a.list) - CONTROL_LISTS.indexOf(b.list));
}

/** Which changes are read: those above `after`, up to and with `to`, by so many at a time. */
export type ControlRange = Pick<ControlHead, 'list' | 'operator'> & {
  readonly after: number;
  readonly to: number;
  readonly batch: number;
  readonly timeZone: string;
};

type Row = {
  readonly seq: string;
  readonly op: Op;
  readonly imei: string;
  readonly imsi_key: string;
  readonly msisdn_key: string;
  readonly reasons: string;
  readonly since: string;
  readonly subscriber: Buffer | null;
};

/** Reads the journal of one list in its order. */
export async function* controlChanges(
  { query, vault }: ControlSource,
  { list, operator, after, to, batch, timeZone }: ControlRange,
): AsyncGenerator<readonly ControlChange[]> {
  for (let last = after; last < to; ) {
    // Any pair of the same numbers has them, though that of the change was emptied.
    const rows = await query<Row>(
      `SELECT c.seq, c.op, c.imei, c.imsi_key, c.msisdn_key, c.reasons,
        to_char(c.since AT TIME ZONE $6, 'YYYY-MM-DD') AS since,
        CASE WHEN c.list = 'exceptions' THEN coalesce(p.subscriber, (
          SELECT o.subscriber FROM control_pair AS o WHERE o.imei = c.imei AND o.imsi_key = c.imsi_key
            AND o.msisdn_key = c.msisdn_key AND o.subscriber IS NOT NULL LIMIT 1)) END AS subscriber
      FROM control_change AS c LEFT JOIN control_pair AS p ON c.list = 'exceptions' AND p.id = c.cause
      WHERE c.list = $1 AND c.operator = $2 AND c.seq > $3 AND c.seq <= $4 ORDER BY c.seq LIMIT $5`,
      [list, operator, last, to, batch, timeZone],
    );
    const changes = rows.map((row) => changeOf(vault, list, row));
    const first = changes[0];
    if (first === undefined || first.seq !== last + 1) throw new Error(`The journal of ${list} lacks ${last + 1}.`);
    yield changes;
    last = changes.at(-1)?.seq ?? to;
  }
}

function changeOf(vault: Vault, list: ControlList, row: Row): ControlChange {
  const found = row.subscriber === null ? undefined : openSubscriber(vault, row.subscriber);
  return {
    seq: Number(row.seq),
    op: row.op,
    imei: row.imei,
    imsiKey: row.imsi_key,
    msisdnKey: row.msisdn_key,
    imsi: found?.imsi ?? 0,
    msisdn: found?.msisdn ?? 0,
    forgotten: list === 'exceptions' && found === undefined,
    reasons: row.reasons,
    since: row.since,
  };
}
