import type { Dimension } from '../dimension.ts';
import { exempt } from '../exempt.ts';
import { seenKeys } from '../seen.ts';
import { listed } from '../usage.ts';

/** The device was never registered. */
export const notRegistered: Dimension = {
  name: 'not_registered',
  clause: 'ours; ITU-T Q.5050 §9.4',
  about:
    'The identifier has been seen, and the registration list holds on the analysis day no row of it with an empty status or the status whitelist (letter case aside). Device types that the country exempts do not match; a malformed identifier, or one whose TAC or type is unknown, is not exempt.',
  parameters: {},
  yields: {
    registered: '1 when it is registered',
    exempted: '1 when its device type is exempt',
  },
  universe: 'seen',
  reads: 'usage',
  measure: (_, context) => {
    const registered = `SELECT imei FROM registration WHERE ${listed(context.date)} AND lower(toString(status)) IN ('', 'whitelist') AND (${context.scope})`;
    return {
      rows: `SELECT imei, imei IN (${registered}) AS registered, ${exempt(context)} AS exempted FROM ${seenKeys(context)} GROUP BY imei`,
      matched: 'NOT registered AND NOT exempted',
      evidence: { registered: 'toUInt8(registered)', exempted: 'toUInt8(exempted)' },
    };
  },
  absent: 'No network has reported the identifier, or its type of device needs no registration.',
  sentence: ({ registered, exempted }) =>
    Number(registered) === 1
      ? 'The identifier is on the registration list.'
      : `The identifier is not on the registration list${Number(exempted) === 1 ? ', but its device type needs no registration' : ''}.`,
};
