import type { Brand } from '../faults/brand.ts';
import { ok, type Result } from '../faults/result.ts';
import { DECIMAL, scan } from './digits.ts';
import type { DigitFault, LengthFault } from './fault.ts';
import type { Rbi } from './rbi.ts';

/** Type Allocation Code: the first 8 digits of an IMEI, the model (3GPP TS 23.003 §6.2.1). */
export type Tac = Brand<string, 'Tac'>;

/** Why a text is no TAC. */
export type TacFault = LengthFault | DigitFault;

/** Parses 8 digits. A TAC that lost its leading zeros in a spreadsheet shows as a length fault. */
export function parseTac(text: string): Result<Tac, TacFault> {
  const scanned = scan(text, { alphabet: DECIMAL, lengths: [8] });
  return scanned.ok ? ok(scanned.value as Tac) : scanned;
}

/** The first two digits: who allocated the TAC (GSMA TS.06). */
export const rbiOfTac = (tac: Tac): Rbi => tac.slice(0, 2) as Rbi;

/** An IMEI's first 8 digits as they were divided before April 2004. */
export type OldTac = {
  /** The 6-digit Type Approval Code. */
  readonly tac: string;
  /** The 2-digit Final Assembly Code, the place of manufacture; `00` from 2003 until its end. */
  readonly fac: string;
};

/**
 * The view before April 2004, when 6 digits named the type and 2 the factory. The digits do not tell which view is the
 * right one; a retired reporting body ({@link Rbi}) speaks for the old one.
 */
export const oldTac = (tac: Tac): OldTac => ({ tac: tac.slice(0, 6), fac: tac.slice(6, 8) });

/**
 * The test TACs as a pattern that JavaScript and the engine (RE2) read alike, for a text that begins with 8 digits:
 * 001001 to 001017 and any two digits, or 0044, 0086 or 0091 and any four. These are the ranges that DIRBS marks as test
 * devices; the other test ranges of GSMA TS.06 (RBI 02 to 09) are not in it: `REPORTING_BODIES` names them.
 */
export const TEST_TAC_PATTERN = '^00(10(0[1-9]|1[0-7])[0-9]{2}|(44|86|91)[0-9]{4})';

const TEST_TAC = new RegExp(TEST_TAC_PATTERN);

/** Whether a TAC lies in a range kept for test devices ({@link TEST_TAC_PATTERN}), which no sold device may carry. */
export const isTestTac = (tac: Tac): boolean => TEST_TAC.test(tac);
