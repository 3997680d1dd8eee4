import type { Desk } from '../access/desk.ts';
import { readCursor, writeCursor } from './cursor.ts';

/** Of which list a page is asked, and where it begins. */
export type Paging = {
  readonly list: string;
  readonly query: { readonly cursor?: string; readonly limit?: number };
};

/** A page as services are asked for it that go by one sort key. @throws Refused API_CURSOR */
export function placeOf(
  desk: Pick<Desk, 'vault'>,
  { list, query: { cursor, limit = 50 } }: Paging,
): { readonly limit: number; readonly after?: string } {
  const [after] = readCursor(desk, list, cursor) ?? [];
  return { limit, ...(after === undefined ? {} : { after }) };
}

/** The cursor of the page after one, by the sort key at which a service says that it goes on. */
export const nextOf = (desk: Pick<Desk, 'vault'>, list: string, next: string | undefined): string | null =>
  next === undefined ? null : writeCursor(desk, list, [next]);
