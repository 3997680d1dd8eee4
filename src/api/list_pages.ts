import type { ControlList } from '../lists/offices/office.ts';
import type { Ask } from '../stores/registry.ts';

/** An entry of a list that offices change, as networks have it: of an exception without its subscriber. */
export type ListEntry = {
  readonly imei: string;
  /** Joined by `|`. */
  readonly reasons: string;
  readonly since: Date;
  /** The number of its last change in the journal of the list. */
  readonly seq: string;
};

/** A page of a list. */
export type EntryPage = {
  readonly list: ControlList;
  /** '' where the list is common to all. */
  readonly operator: string;
  /** The IMEI after which it begins. */
  readonly after?: string | undefined;
  readonly limit: number;
};

/** Entries in the order of their IMEIs, each IMEI once. */
export const entriesOf = (
  { query }: { readonly query: Ask },
  { list, operator, after, limit }: EntryPage,
): Promise<readonly ListEntry[]> =>
  query<ListEntry>(
    `SELECT DISTINCT ON (imei) imei, reasons, since, seq FROM control_entry
     WHERE list = $1 AND operator = $2 AND imei > $3 ORDER BY imei, seq DESC LIMIT $4`,
    [list, operator, after ?? '', limit],
  );

/** A change of such a list. */
export type ListChange = ListEntry & { readonly op: 'add' | 'remove' | 'update' };

/** Changes in the order of their numbers, from the one after. */
export const changesOf = (
  { query }: { readonly query: Ask },
  { list, operator, after, limit }: EntryPage,
): Promise<readonly ListChange[]> =>
  query<ListChange>(
    `SELECT seq, op, imei, reasons, since FROM control_change
     WHERE list = $1 AND operator = $2 AND seq > $3::bigint ORDER BY seq LIMIT $4`,
    [list, operator, after ?? '0', limit],
  );
