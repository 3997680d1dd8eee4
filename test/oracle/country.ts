import assert from 'node:assert/strict';
import { type Country, parseCountry } from '../../src/country/country.ts';
import type { Catalogue } from '../../src/country/parameter.ts';
import { writeFault } from '../../src/faults/fault.ts';

/** The operators of the world and the PLMNs of their subscriptions; one has a network code of three digits. */
export const OPERATORS = [
  { id: 'alfa', plmns: ['99901'] },
  { id: 'bravo', plmns: ['99902', '999031'] },
  { id: 'carl', plmns: ['99810'] },
] as const;

export type OperatorId = (typeof OPERATORS)[number]['id'];

const LISTS =
  'tac plmn stolen registration pairing golden barred_imei barred_tac monitoring subscribers association sim_changes';

const TEXT = `name: Two codes
mccs: ['999', '998']
calling_codes: ['999']
time_zone: UTC
operators:
  - { id: alfa, name: Alfa, plmns: [{ mcc: '999', mnc: '01' }] }
  - { id: bravo, name: Bravo, plmns: [{ mcc: '999', mnc: '02' }, { mcc: '999', mnc: '031' }] }
  - { id: carl, name: Carl, plmns: [{ mcc: '998', mnc: '10' }] }
import:
  { null_imei: 1, null_imsi: 1, null_msisdn: 1, null_rat: 1, null_any: 1, unclean_imei: 1, unclean_imsi: 1,
    unclean_any: 1, foreign_imsi: 1, foreign_msisdn: 1, foreign_any: 1, non_home_imsi: 1, leading_zero_suspect: 1,
    quarantined: 1, historic_fall: { imei: 0, imsi: 0, msisdn: 0 },
    lists: { ${LISTS.split(' ')
      .map((kind) => `${kind}: { size_variation_absolute: -1, size_variation_percent: 0 }`)
      .join(', ')} } }
exempt_device_types: [Modem, Vehicle]
conditions:
`;

/** The world's country under conditions, each a line of YAML `[label, dimensions]`; every import limit is off. */
export function countryWith(catalogue: Catalogue, conditions: readonly (readonly [string, string])[]): Country {
  const lines = conditions.map(
    ([label, dimensions]) =>
      `  - { label: ${label}, reason: ${label}, effect: informative, dimensions: ${dimensions} }\n`,
  );
  const result = parseCountry(`${TEXT}${lines.length === 0 ? '  []\n' : lines.join('')}`, 'country.yaml', catalogue);
  assert.ok(result.ok, result.ok ? '' : result.fault.map(writeFault).join('\n'));
  return result.value;
}
