/**
 * Engine predicate: a number written with one of `lengths` digits begins with one of `prefixes`. Ranges of integers
 * are compared, which costs a tenth of writing every number out; leading zeros of a prefix count.
 */
export function beginsWith(column: string, prefixes: readonly string[], lengths: readonly number[]): string {
  const ranges = prefixes.flatMap((prefix) =>
    lengths
      .filter((length) => length >= prefix.length)
      .map((length) => {
        const unit = 10n ** BigInt(length - prefix.length);
        const from = BigInt(prefix) * unit;
        return `(${column} >= ${from} AND ${column} < ${from + unit})`;
      }),
  );
  return ranges.length === 0 ? '0' : `(${ranges.join(' OR ')})`;
}

/** Engine predicate: an IMSI key begins with one of the prefixes (MCC, or MCC with MNC). */
export const imsiBegins = (prefixes: readonly string[], column = 'imsi'): string =>
  beginsWith(column, prefixes, [14, 15]);

/** Engine predicate: an MSISDN key begins with one of the calling codes. E.164 numbers have up to 15 digits. */
export const msisdnBegins = (callingCodes: readonly string[], column = 'msisdn'): string =>
  beginsWith(column, callingCodes, [6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
