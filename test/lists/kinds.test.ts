import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rulesOf } from '../../src/decisions/core/compile.ts';
import { CAUSES } from '../../src/decisions/core/entry.ts';
import { causesOf } from '../../src/decisions/core/rules.ts';
import { country, TODAY } from './world.ts';

test('what is reported to offices as stolen or lost is so for every node, whatever the country file names', () => {
  const policy = country({
    lookbackDays: 60,
    exceptionsOnlyBlocked: false,
    checkDigit: false,
    malformed: false,
    barredInExceptions: false,
    notifyImsiChange: false,
    permitted: false,
  });
  const { kinds } = rulesOf(policy, TODAY, { barredTacs: [] });
  for (const reasons of ['stolen', 'lost', 'Duplicate|lost'])
    assert.equal(causesOf(reasons, kinds), CAUSES.stolen, reasons);
  assert.equal(causesOf('Duplicate', kinds), 0);
  const [condition] = policy.conditions;
  assert.ok(condition !== undefined);
  const dimensions = [{ is: 'stolen', not: false }] as unknown as typeof condition.dimensions;
  const named = { ...policy, conditions: [{ ...condition, reason: 'stolen', dimensions }] };
  assert.deepEqual(rulesOf(named, TODAY, { barredTacs: [] }).kinds.stolen, ['stolen', 'lost'], 'each once');
});
