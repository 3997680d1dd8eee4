import path from 'node:path';
import { isKindName, type KindName } from '../reference/kinds.ts';

/** What a file in the inbox is, told by the folder it lies in. */
export type Place =
  | { readonly kind: 'operator'; readonly operator: string }
  | { readonly kind: KindName; readonly delta: boolean };

/**
 * `operator/<id>/FILE` is that operator's data; `<kind>/FILE` a whole list; `<kind>/delta/FILE` changes to one.
 * Undefined for any other place. The path is relative to the inbox.
 */
export function placeOf(relative: string): Place | undefined {
  const [first = '', second, third, ...more] = relative.split(path.sep);
  if (first === 'operator')
    return second !== undefined && third !== undefined && more.length === 0
      ? { kind: first, operator: second }
      : undefined;
  if (!isKindName(first) || more.length > 0 || second === undefined) return undefined;
  if (third === undefined) return { kind: first, delta: false };
  return second === 'delta' ? { kind: first, delta: true } : undefined;
}

/** Names of files that are still being written, or are no deliveries at all. */
export const isUnfinished = (name: string): boolean =>
  name.startsWith('.') || /\.(?:tmp|part|partial|filepart|crdownload|swp)$|~$/i.test(name);
