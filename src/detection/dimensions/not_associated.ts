import type { Dimension } from '../dimension.ts';
import { exempt } from '../exempt.ts';
import { owners } from '../persons.ts';
import { seenKeys } from '../seen.ts';

/** The device is associated with nobody. */
export const notAssociated: Dimension = {
  name: 'not_associated',
  clause: 'ITU-T Q.5052 §7.3',
  about:
    'The identifier has been seen, and no person is associated with it on the analysis day (the weak form of the clause). Device types that the country exempts do not match; a malformed identifier, or one whose TAC or type is unknown, is not exempt.',
  parameters: {},
  yields: {
    associated: '1 when a person is associated with it',
    exempted: '1 when its device type is exempt',
  },
  universe: 'seen',
  reads: 'usage',
  measure: (_, context) => ({
    rows: `SELECT imei, imei IN (SELECT imei FROM ${owners(context)}) AS associated, ${exempt(context)} AS exempted FROM ${seenKeys(context)} GROUP BY imei`,
    matched: 'NOT associated AND NOT exempted',
    evidence: { associated: 'toUInt8(associated)', exempted: 'toUInt8(exempted)' },
  }),
  absent: 'No network has reported the identifier, or its type of device needs no registration.',
  sentence: ({ associated, exempted }) =>
    Number(associated) === 1
      ? 'The device is associated with a person.'
      : `The device is associated with nobody${Number(exempted) === 1 ? ', but its device type needs no association' : ''}.`,
};
