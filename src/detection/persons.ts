import type { Context } from './dimension.ts';
import { listed, triplets } from './usage.ts';
import type { Window } from './window.ts';

/**
 * Engine query: use by registered subscriptions in the window, as `imei, month, imsi, uid, used`. Whose a subscription
 * is, is taken as the subscriber register has it on the analysis day; one that several people share counts for each.
 */
export function personalUse(window: Window, context: Context): string {
  const all = triplets(window, context, 'month, imsi');
  // The register stands whole on every shard: where few identifiers are measured, few of its rows are needed.
  const few = context.scope === '1' ? '' : ` AND imsi IN (SELECT imsi FROM ${all})`;
  const register = `(SELECT imsi, uid FROM subscriber WHERE ${listed(context.date)} AND imsi != 0${few})`;
  return `(SELECT t.imei AS imei, t.month AS month, t.imsi AS imsi, s.uid AS uid, t.used AS used FROM ${all} AS t INNER JOIN ${register} AS s ON s.imsi = t.imsi)`;
}

/** Engine query: the people a device is associated with on the analysis day, as `imei, uid`. */
export const owners = ({ date, scope }: Context): string =>
  `(SELECT imei, uid FROM association WHERE ${listed(date)} AND (${scope}))`;
