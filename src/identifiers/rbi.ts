import type { Brand } from '../faults/brand.ts';

/** Reporting Body Identifier: the first two digits of a TAC, who allocated it. */
export type Rbi = Brand<string, 'Rbi'>;

/** What stands behind a Reporting Body Identifier. */
export type ReportingBody = {
  readonly name: string;
  /** `allocating` now; `retired`, whose old numbers are still in use; `test`, never sold; `reserved`, not to be used. */
  readonly standing: 'allocating' | 'retired' | 'test' | 'reserved';
};

const allocating = (name: string): ReportingBody => ({ name, standing: 'allocating' });
const retired = (name: string): ReportingBody => ({ name, standing: 'retired' });
const test = (name: string): ReportingBody => ({ name, standing: 'test' });

/**
 * The reporting bodies of GSMA TS.06 v25 Appendix A, as public texts relay it (the document itself was not seen).
 * Identifiers that are not here were never given to anybody.
 */
export const REPORTING_BODIES: ReadonlyMap<string, ReportingBody> = new Map([
  ['00', test('test numbers, countries with two-digit calling codes')],
  ['01', allocating('CTIA (PTCRB), United States')],
  ...['02', '03', '04', '05', '06', '07', '08', '09'].map(
    (code) => [code, test('test numbers, countries with three-digit calling codes')] as const,
  ),
  ['10', retired('DECT devices')],
  ['30', retired('Iridium satellite telephones')],
  ['33', retired('DGPT, France')],
  ['35', allocating('TÜV SÜD (formerly BABT), United Kingdom')],
  ['44', retired('BABT, United Kingdom')],
  ['45', retired('NTA, Denmark')],
  ['49', retired('BZT / BAPT, Germany')],
  ['50', retired('BZT ETS, Germany')],
  ['51', retired('Cetecom ICT, Germany')],
  ['52', retired('Cetecom, Germany')],
  ['53', retired('TÜV, Germany')],
  ['54', retired('Phoenix Test Lab, Germany')],
  ['86', allocating('TAF, China')],
  ['91', retired('MSAI, India')],
  // A few TACs from 98000100 to 98007800 were given out before the block was reserved.
  ['98', { name: 'reserved; a few numbers were given out earlier', standing: 'reserved' }],
  ['99', allocating('Global Hexadecimal Administrator, devices with an MEID too')],
]);

/** The body behind an identifier; undefined when it was never given to anybody. */
export const reportingBody = (rbi: Rbi): ReportingBody | undefined => REPORTING_BODIES.get(rbi);
