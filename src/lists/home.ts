import { prefixesOf } from '../country/numbering.ts';
import type { Operator } from '../country/operator.ts';
import { literal } from '../stores/analytics.ts';
import { imsiText } from '../stores/schema.ts';

const array = (texts: readonly string[]): string => `CAST([${texts.map(literal).join(', ')}], 'Array(String)')`;

/**
 * Engine expression: the id of the operator whose PLMN the IMSI begins with, its home; '' where there is none. PLMNs
 * are prefix-free, so that an IMSI has one home at most.
 */
export function homeOf(imsi: string, operators: readonly Operator[]): string {
  const networks = operators.flatMap((one) => prefixesOf(one).map((prefix) => ({ prefix, id: one.id })));
  return [5, 6].reduce((otherwise, length) => {
    const these = networks.filter(({ prefix }) => prefix.length === length);
    if (these.length === 0) return otherwise;
    const [from, to] = [these.map(({ prefix }) => prefix), these.map(({ id }) => id)].map(array);
    return `transform(substring(${imsiText(imsi)}, 1, ${length}), ${from}, ${to}, ${otherwise})`;
  }, "''");
}

/** Engine expression: the ids of all operators. */
export const idsOf = (operators: readonly Operator[]): string => array(operators.map(({ id }) => id));
