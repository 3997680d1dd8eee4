import { type Grade, gradeOf } from '../identifiers/grade.ts';
import { checkDigit, type Imei, normaliseObserved, parseImei, rbiOf, tacOf, writeImei15 } from '../identifiers/imei.ts';
import { reportingBody } from '../identifiers/rbi.ts';
import { isTestTac } from '../identifiers/tac.ts';

/** What a text says of itself before any store is asked. */
export type Identity = {
  /** As it was given, outer blanks aside. */
  readonly given: string;
  /** What the stores know it by: 14 digits, or the malformed text in upper case. */
  readonly known: string;
  readonly grade: Grade;
  readonly imei?: {
    readonly imei: Imei;
    /** With the check digit, as the device shows it. */
    readonly imei15: string;
    readonly tac: string;
    readonly testTac: boolean;
    readonly rbi: string;
    /** Who allocated the TAC; absent where nobody has that RBI. */
    readonly body?: string;
    /** `right`, `wrong` with what it ought to be, or `absent` where none was given (IMEISVs have none). */
    readonly check: 'right' | 'wrong' | 'absent';
    readonly checkDigit: string;
    /** The software version of an IMEISV. */
    readonly svn?: string;
  };
};

/** Digits as people group them: blanks, hyphens, dots and slashes between them are passed over. */
const bare = (text: string): string => (/^[\d\s./-]+$/.test(text) ? text.replace(/\D/g, '') : text);

/**
 * Reads an identifier as a person writes it or a network reported it; undefined where there is none. A wrong check
 * digit is told and passed over: networks send any digit in its place (3GPP TS 23.003 §6.2.1).
 */
export function identify(text: string): Identity | undefined {
  const given = text.trim();
  const observed = normaliseObserved(bare(given));
  if (observed.kind === 'empty') return undefined;
  if (observed.kind === 'malformed') {
    return { given, known: observed.text, grade: gradeOf({ kind: 'malformed', value: observed.text }).grade };
  }
  const { imei } = observed;
  const body = reportingBody(rbiOf(imei))?.name;
  return {
    given,
    known: imei,
    grade: gradeOf({ kind: 'imei', value: imei }).grade,
    imei: {
      imei,
      imei15: writeImei15(imei),
      tac: tacOf(imei),
      testTac: isTestTac(tacOf(imei)),
      rbi: rbiOf(imei),
      ...(body === undefined ? {} : { body }),
      ...checkOf(bare(given)),
      checkDigit: checkDigit(imei),
    },
  };
}

function checkOf(digits: string): { readonly check: 'right' | 'wrong' | 'absent'; readonly svn?: string } {
  const read = parseImei(digits);
  if (!read.ok) return { check: read.fault.kind === 'check' ? 'wrong' : 'absent' };
  if (read.value.form === 'imeisv') return { check: 'absent', svn: read.value.svn };
  return { check: read.value.form === 'imei15' ? 'right' : 'absent' };
}

/** What an identity says, in sentences. */
export function writeIdentity({ given, known, grade, imei }: Identity): readonly string[] {
  const written = given === known || given === imei?.imei15 ? [] : [`It was asked for as “${given}”.`];
  if (imei === undefined) {
    return [...written, 'Networks report it in the place of an IMEI; it does not begin with 14 digits.'];
  }
  const check = {
    right: 'The check digit is right.',
    wrong: `The check digit is wrong: it ought to be ${imei.checkDigit}. Perhaps a digit is mistyped.`,
    absent: '',
  }[imei.check];
  const body = imei.body ?? 'nobody: no reporting body has these two digits';
  return [
    ...written,
    `Its 14 digits: ${imei.imei}. ${check}`.trimEnd(),
    ...(imei.svn === undefined ? [] : [`Software version ${imei.svn}.`]),
    `TAC ${imei.tac}${imei.testTac ? ', kept for test devices' : ''}, allocated by ${body} (RBI ${imei.rbi}).`,
    `As an identifier it is ${grade}.`,
  ];
}
