import fc from 'fast-check';
import type { Content, Op, Step } from '../../src/lists/fold.ts';
import { REASONS } from '../../src/lists/log.ts';

const content: fc.Arbitrary<Content> = fc.record(
  {
    blockDate: fc.constantFrom('2024-01-01', '2024-02-01'),
    reasons: fc.constantFrom('Stolen', 'Duplicate|Stolen'),
    amnesty: fc.boolean(),
  },
  { noNullPrototype: true },
);

type Draw = { readonly content: Content; readonly remove: boolean; readonly reason: number };
const draw: fc.Arbitrary<Draw> = fc.record({ content, remove: fc.boolean(), reason: fc.nat() });

/** Steps of one row of a notifications list in an order that can be: it comes before it changes or goes. */
export const steps: fc.Arbitrary<readonly Step[]> = fc.array(draw, { maxLength: 8 }).map((draws) => {
  let now: Content | undefined;
  return draws.map((one): Step => {
    const op: Op = now === undefined ? 'add' : one.remove ? 'remove' : 'update';
    const reasons = REASONS.notifications[op];
    const step: Step = {
      op,
      reason: reasons[one.reason % reasons.length] ?? reasons[0],
      content: op === 'remove' && now !== undefined ? now : one.content,
    };
    now = op === 'remove' ? undefined : step.content;
    return step;
  });
});
