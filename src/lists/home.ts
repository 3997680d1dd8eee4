import { prefixesOf } from '../country/numbering.ts';
import type { Operator } from '../country/operator.ts';
import { literal } from '../stores/analytics.ts';

/**
 * Engine expression: an IMSI's digits. The store keeps numbers; the only country code that begins with zeros is 001, of
 * test networks (ITU-T E.212), and no other begins with 1: so a number of 13 digits that begins with 1 has lost two.
 */
export const imsiText = (imsi: string): string =>
  `if(${imsi} BETWEEN 1000000000000 AND 1999999999999, concat('00', toString(${imsi})), toString(${imsi}))`;

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
