import { repeatAvp, writeAvp } from './avp.ts';
import { type AvpName, entryByName } from './dictionary.ts';
import { find, type Known, textOf } from './read.ts';
import { RESULT, type Wrong } from './result.ts';
import { leastValue } from './value.ts';

/** What an ME-Identity-Check asks, with identifiers as numbers. */
export type Ecr = {
  /** The first 14 digits of the IMEI. */
  readonly imei: number;
  /** Software version, 0 to 99; -1 where it is not told. */
  readonly svn: number;
  /** The IMSI; 0 where it is not told. */
  readonly imsi: number;
  readonly originRealm: string;
  readonly destinationRealm: string;
  /** '' where the request may be answered by any host of the realm. */
  readonly destinationHost: string;
  /** Hosts that passed the request on, in order. */
  readonly route: readonly string[];
};

/** Digits an IMEI may have here: 14, 15, or 16 with the software version in one AVP. */
export const IMEI_DIGITS = { least: 14, most: 16 } as const;
/** Digits an IMSI may have (3GPP TS 23.003 §2.2). */
export const IMSI_DIGITS = { least: 6, most: 15 } as const;

const TERMINAL = entryByName('Terminal-Information');
const IMEI = entryByName('IMEI');

const within = (failed: Buffer): Buffer => writeAvp(TERMINAL, failed);
const digits = (text: string, { least, most }: typeof IMEI_DIGITS | typeof IMSI_DIGITS): boolean =>
  text.length >= least && text.length <= most && /^[0-9]+$/.test(text);

const all = (known: readonly Known[], name: AvpName): readonly string[] =>
  known.filter(({ entry }) => entry.name === name).map(({ avp }) => avp.value.toString('latin1'));

/** A version that is not two digits is passed over: a check must not fail for what few lists look at. */
function versionOf(told: string, imei: string): number {
  if (/^[0-9]{2}$/.test(told)) return Number(told);
  return imei.length === 16 ? Number(imei.slice(14)) : -1;
}

/**
 * Reads an ECR whose AVPs follow the grammar. The 15th digit of an IMEI is not looked at: no check digit is sent on this
 * interface (3GPP TS 22.016 §2), and a spare 0 may stand there. Without IMEI there is nothing to check, so the AVP counts
 * as missing although 3GPP TS 29.272 §7.3.3 marks it as optional, for the sake of other interfaces.
 */
export function readEcr(known: readonly Known[]): Ecr | Wrong {
  const terminal = find(known, 'Terminal-Information')?.members ?? [];
  const equipment = find(terminal, 'IMEI');
  if (equipment === undefined) {
    return { result: RESULT.MISSING_AVP, failed: within(writeAvp(IMEI, leastValue(IMEI))) };
  }
  const imei = textOf(terminal, 'IMEI');
  if (!digits(imei, IMEI_DIGITS)) return { result: RESULT.INVALID_AVP_VALUE, failed: within(repeatAvp(equipment.avp)) };
  const user = find(known, 'User-Name');
  const imsi = textOf(known, 'User-Name');
  if (user !== undefined && !digits(imsi, IMSI_DIGITS))
    return { result: RESULT.INVALID_AVP_VALUE, failed: repeatAvp(user.avp) };
  return {
    imei: Number(imei.slice(0, 14)),
    svn: versionOf(textOf(terminal, 'Software-Version'), imei),
    imsi: Number(imsi),
    originRealm: textOf(known, 'Origin-Realm'),
    destinationRealm: textOf(known, 'Destination-Realm'),
    destinationHost: textOf(known, 'Destination-Host'),
    route: all(known, 'Route-Record'),
  };
}
