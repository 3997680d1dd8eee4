import type { Context } from './dimension.ts';

/** Engine expression: an IMSI of 14 or 15 digits as one of 15, so that its first digits stand at one place. */
const fifteen = (imsi: string): string =>
  `if(${imsi} >= 10000000000000 AND ${imsi} < 100000000000000, ${imsi} * 10, ${imsi})`;

/** Engine predicate: the IMSI begins with one of these digits; numbers drop the zeros of MCC 001 on both sides alike. */
const beginsWith = (imsi: string, prefixes: readonly string[]): string => {
  const lengths = [...new Set(prefixes.map(({ length }) => length))].sort();
  const tests = lengths.map((length) => {
    const numbers = prefixes.filter((prefix) => prefix.length === length).map(Number);
    return `intDiv(${fifteen(imsi)}, 1${'0'.repeat(15 - length)}) IN (${numbers.join(', ')})`;
  });
  return tests.length === 0 ? '0' : `(${tests.join(' OR ')})`;
};

/** Engine predicate: a subscription of one of the country file's operators. */
export const isHome = ({ country }: Context, imsi = 'imsi'): string =>
  beginsWith(
    imsi,
    country.operators.flatMap(({ plmns }) => plmns.map(({ mcc, mnc }) => mcc + mnc)),
  );

/** Engine predicate: a subscription of the country, whoever its operator is. */
export const isOfCountry = ({ country }: Context, imsi = 'imsi'): string => beginsWith(imsi, country.mccs);
