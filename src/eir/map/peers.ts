import { type Address, titleDigit } from '../../codecs/map/address.ts';
import type { Asker } from '../checker.ts';
import type { MapPeer } from './options.ts';

/** Finds who asks; undefined for a stranger that is not to be answered. */
export type FindAsker = (bytes: Buffer, calling: Address, origin: number) => Asker | undefined;

/** A digit of a title's beginning, the digits that may follow, and whose title it is if it ends here. */
type Branch = { readonly next: (Branch | undefined)[]; asker: Asker | undefined };

const branch = (): Branch => ({ next: [], asker: undefined });

function plant(root: Branch, title: string, asker: Asker): void {
  let at = root;
  for (const digit of title) {
    const next = at.next[Number(digit)] ?? branch();
    at.next[Number(digit)] = next;
    at = next;
  }
  at.asker = asker;
}

/** The asker of the longest beginning that a title has. Digits are read where they lie. */
function climb(root: Branch, bytes: Buffer, calling: Address): Asker | undefined {
  let found: Asker | undefined;
  let at: Branch | undefined = root;
  for (let index = 0; index < calling.digits && at !== undefined; index += 1) {
    at = at.next[titleDigit(bytes, calling, index)];
    found = at?.asker ?? found;
  }
  return found;
}

/**
 * Knows peers by global title, then by the point code of the calling address, then by the one the message came from
 * (`origin`; -1 where the link tells none). `stranger` is who all others are, undefined where they are not answered.
 */
export function findAsker(peers: readonly MapPeer[], stranger: Asker | undefined): FindAsker {
  if (peers.length === 0) return () => stranger;
  const root = branch();
  const codes = new Map<number, Asker>();
  for (const { operator, name, titles = [], pointCodes = [] } of peers) {
    const asker: Asker = { protocol: 'map', peer: name ?? operator, operator };
    for (const title of titles) plant(root, title, asker);
    for (const code of pointCodes) codes.set(code, asker);
  }
  return (bytes, calling, origin) =>
    climb(root, bytes, calling) ?? codes.get(calling.pointCode) ?? codes.get(origin) ?? stranger;
}
