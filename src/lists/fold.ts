/** What a change does to a list: a row comes, goes, or gets another content. */
export type Op = 'add' | 'remove' | 'update';

/** Why, in the words that delta lists carry. */
export type Reason =
  | 'blocked'
  | 'unblocked'
  | 'new'
  | 'resolved'
  | 'blacklisted'
  | 'no_longer_seen'
  | 'added'
  | 'removed'
  | 'changed';

/** What a list says of a row beside its key. */
export type Content = { readonly blockDate: string; readonly reasons: string; readonly amnesty: boolean };

/** One change of one row; a `remove` carries the content that goes. */
export type Step = { readonly op: Op; readonly reason: Reason; readonly content: Content };

const same = (one: Content, other: Content): boolean =>
  one.blockDate === other.blockDate && one.reasons === other.reasons && one.amnesty === other.amnesty;

/** The content of a row after its steps, beginning with the first ever; undefined while it is not on the list. */
export function contentAfter(steps: readonly Step[]): Content | undefined {
  const last = steps.at(-1);
  return last === undefined || last.op === 'remove' ? undefined : last.content;
}

/**
 * The net effect of `steps` on a row that had the content `before`: what a reader of a delta over several runs has to
 * do. A row that came and went, or has the content again that it had, is no change; a net coming or going keeps the
 * reason of the last step of that kind; whatever else differs is `changed`.
 */
export function fold(before: Content | undefined, steps: readonly Step[]): Step | undefined {
  const last = steps.at(-1);
  if (last === undefined) return undefined;
  if (last.op === 'remove') return before === undefined ? undefined : last;
  if (before === undefined) {
    const coming = steps.findLast((step) => step.op === 'add');
    return coming === undefined ? undefined : { ...coming, content: last.content };
  }
  return same(before, last.content) ? undefined : { op: 'update', reason: 'changed', content: last.content };
}
