import { timingSafeEqual } from 'node:crypto';
import type { TSchema } from 'typebox';
import { Type } from 'typebox';
import type { Desk } from '../access/desk.ts';
import { Refused } from '../faults/fault.ts';

/** Where a page begins: the sort key of the last item before it, as texts. Never personal: a cursor stands in addresses. */
type Place = readonly string[];

/** The query of a list that comes in pages. */
export const PAGE = {
  cursor: Type.Optional(Type.String({ maxLength: 400, description: 'The `next` of the page before.' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
};

/** A page of items; `next` is null on the last one. */
export const pageOf = <T extends TSchema>(item: T) =>
  Type.Object({ items: Type.Array(item), next: Type.Union([Type.String(), Type.Null()]) });

const macOf = ({ vault }: Pick<Desk, 'vault'>, body: string): Buffer =>
  Buffer.from(vault.pseudonym('holder', `cursor:${body}`));

/** A cursor that only the list of this name takes again. */
export function writeCursor(desk: Pick<Desk, 'vault'>, list: string, place: Place): string {
  const body = Buffer.from(JSON.stringify([list, ...place])).toString('base64url');
  return `${body}.${macOf(desk, body).toString()}`;
}

/** Where the page of a cursor begins; undefined without one. @throws Refused API_CURSOR where it is not of this list */
export function readCursor(desk: Pick<Desk, 'vault'>, list: string, cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const [body = '', mac = ''] = cursor.split('.');
  const [given, due] = [Buffer.from(mac), macOf(desk, body)];
  if (given.length === due.length && timingSafeEqual(given, due)) {
    const [of, ...place] = JSON.parse(Buffer.from(body, 'base64url').toString()) as string[];
    if (of === list) return place;
  }
  const message = 'The cursor is not one that this list gave out.';
  throw new Refused([{ code: 'API_CURSOR', message, remedy: 'Begin without a cursor.', field: 'cursor' }]);
}

/**
 * One page of rows that were asked for with one more than fits: by their sort key, so that what comes meanwhile moves
 * nothing and nothing is told twice.
 */
export function cut<Row>(
  rows: readonly Row[],
  limit: number,
  next: (last: Row) => string,
): { readonly items: readonly Row[]; readonly next: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? next(last) : null };
}
