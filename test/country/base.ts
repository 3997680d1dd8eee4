import assert from 'node:assert/strict';
import { type Country, parseCountry } from '../../src/country/country.ts';
import { writeFault } from '../../src/faults/fault.ts';
import { CATALOGUE } from './catalogue.ts';

/** A small valid country file; fault tables edit it and count its lines. */
export const BASE = `name: Freedonia
mccs: ['999']
calling_codes: ['999']
time_zone: Europe/Zurich
operators:
  - id: alfa
    name: Alfa Mobile
    plmns: [{ mcc: '999', mnc: '01' }]
  - id: bravo
    name: Bravo
    plmns:
      - { mcc: '999', mnc: '02' }
      - mcc: '999'
        mnc: '031'
import: { null_imei: 0.05 }
retention_months: 6
amnesty: { evaluation_ends: 2026-10-31, ends: 2026-12-31 }
conditions:
  - label: stolen
    reason: Reported stolen
    code: '0011'
    effect: blocked
    grace_days: 0
    notice_exempt: 'Act, section 12'
    dimensions:
      - { is: stolen }
  - label: Cloned
    reason: Many devices
    effect: tracked
    dimensions:
      - is: subscription_threshold
        threshold: 10
        period_days: 120
      - { is: tac_not_allocated, not: true, delays: { '01': 7 } }
`;

/** The base with one piece of text replaced, which it must hold. */
export function edited(find: string, replacement: string): string {
  assert.ok(BASE.includes(find), `the base holds ${find}`);
  return BASE.replace(find, () => replacement);
}

/** A country that must parse. */
export function parsed(text: string = BASE): Country {
  const result = parseCountry(text, 'country.yaml', CATALOGUE);
  assert.ok(result.ok, result.ok ? '' : result.fault.map(writeFault).join('\n'));
  return result.value;
}
