import { type Entry, entryByName } from './dictionary.ts';

/** How often an AVP may stand in a command or in a grouped AVP. */
export type Rule = { readonly entry: Entry; readonly least: number; readonly most: number };

/** What may stand in a command or in a grouped AVP. */
export type Grammar = {
  readonly rules: readonly Rule[];
  readonly of: ReadonlyMap<Entry, Rule>;
};

const LINE = /^(?<least>\d*)(?<star>\*?)(?<most>\d*)(?<open>[<{[]) (?<name>\S+) [>}\]]$/;

function ruleOf(line: string): Rule | undefined {
  const { least = '', star = '', most = '', open = '', name = '' } = LINE.exec(line)?.groups ?? {};
  if (name === '') throw new Error(`not a line of a grammar: ${line}`);
  if (name === 'AVP') return undefined; // any other AVP: nothing is asked of those, and they are passed over
  const must = open === '[' ? 0 : 1;
  return {
    entry: entryByName(name),
    least: least !== '' ? Number(least) : star === '' ? must : 0,
    most: star === '' ? 1 : most === '' ? Infinity : Number(most),
  };
}

/**
 * Reads the lines of a Command Code Format (RFC 6733 §3.2): `< A >` once and first, `{ A }` once, `[ A ]` at most once,
 * `*[ A ]` any number, `1*{ A }` at least once. That `< A >` stands first is not asked of a peer: RFC 6733 §8.8 only
 * recommends it for Session-Id, and no result code says it.
 */
export function grammar(lines: string): Grammar {
  const rules = lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(ruleOf)
    .filter((rule) => rule !== undefined);
  return { rules, of: new Map(rules.map((rule) => [rule.entry, rule])) };
}
