import { literal } from '../stores/analytics.ts';
import { isImei, tacOf } from '../stores/schema.ts';
import type { Context } from './dimension.ts';
import { listed } from './usage.ts';

/**
 * Engine predicate over `imei`: the TAC database says that the device is of a type that the country exempts (letter
 * case aside). Malformed identifiers and those of an unknown TAC or type are never exempt.
 */
export function exempt({ country, date }: Context): string {
  if (country.exemptDeviceTypes.length === 0) return '0';
  const types = country.exemptDeviceTypes.map((type) => literal(type.toLowerCase())).join(', ');
  const tacs = `SELECT tac FROM tac WHERE ${listed(date)} AND lowerUTF8(device_type) IN (${types})`;
  return `(${isImei()} AND ${tacOf()} IN (${tacs}))`;
}
