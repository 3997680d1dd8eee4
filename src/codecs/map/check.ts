import { anyForm, beginsWith, type Element, element, isConstructed, readElement } from '../ber/read.ts';
import { type BerWriter, close, putSmall } from '../ber/write.ts';
import { closeResult } from './component.ts';
import { digitsOf, half, leading } from './digits.ts';

/** Operation checkIMEI (TS 29.002). */
export const CHECK_IMEI = 43;

/** Errors of the operation (TS 29.002 §17.6.6), by their local codes. */
export const MAP_ERROR = { unknownEquipment: 7, systemFailure: 34, dataMissing: 35 } as const;

/** The wire words of EquipmentStatus. */
export const EQUIPMENT = { whiteListed: 0, blackListed: 1, greyListed: 2 } as const;

/** Versions of application context equipmentMngtContext, `{0 4 0 0 1 0 13 v}`, that are spoken. */
export type MapVersion = 1 | 2 | 3;

const CONTEXT = Buffer.from('0400000100 0d'.replaceAll(' ', ''), 'hex');

/** The application context name of a version, as the contents of an OBJECT IDENTIFIER. */
export const contextName = (version: MapVersion): Buffer => CONTEXTS[version];
const CONTEXTS: Readonly<Record<MapVersion, Buffer>> = {
  1: Buffer.concat([CONTEXT, Buffer.of(1)]),
  2: Buffer.concat([CONTEXT, Buffer.of(2)]),
  3: Buffer.concat([CONTEXT, Buffer.of(3)]),
};

/** The version of an application context name; 0 where it is of another context, or of a version that is not spoken. */
export function versionOf(bytes: Buffer, start: number, end: number): MapVersion | 0 {
  if (!isEquipment(bytes, start, end)) return 0;
  const version = bytes[end - 1];
  return version === 1 || version === 2 || version === 3 ? version : 0;
}

/** Whether an application context name is equipmentMngtContext in any version, so that another one can be offered. */
export const isEquipment = (bytes: Buffer, start: number, end: number): boolean =>
  end - start === CONTEXT.length + 1 && beginsWith(bytes, start, CONTEXT);

/**
 * Where a network puts the subscriber: tags as `tagOf` makes them. Vendors' practice, in no public text: the operation has
 * no such field, so the tag is to be agreed with each network.
 */
export type Subscriber = {
  /** Holds the IMSI as TBCD digits. */
  readonly imsi?: number;
  /** Holds the MSISDN. */
  readonly msisdn?: number;
  /** `address`: an octet of nature and plan before the digits (ISDN-AddressString), the default; `digits`: none. */
  readonly msisdnForm?: 'address' | 'digits';
};

/** What is asked; one object is filled again and again. */
export type Argument = {
  /** As `Question.imei`: 14 digits as a number, -1 where they are not digits. */
  imei: number;
  svn: number;
  imsi: number;
  msisdn: number;
  /** Version 3: whether the equipment status is asked for. */
  wantsStatus: boolean;
  /** Version 3: whether the bit map of UE faults (bmuef) is asked for, which this register does not hold. */
  wantsFaults: boolean;
};

export const argument = (): Argument => ({
  imei: -1,
  svn: -1,
  imsi: 0,
  msisdn: 0,
  wantsStatus: true,
  wantsFaults: false,
});

const TAG = { octets: 0x04, bits: 0x03, sequence: 0x30 } as const;
const IMEI_OCTETS = 8;
/** How deep a tag is looked for: argument, container, list, extension, its type, and one more. */
const EXTENSION_DEPTH = 6;

/** Takes 14 digits, and the software version where the last octet has it and no spare digit and filler. */
function takeImei(bytes: Buffer, one: Element, into: Argument): boolean {
  if (one.tag !== TAG.octets || one.end - one.start !== IMEI_OCTETS) return false;
  into.imei = leading(bytes, one.start, 14);
  const [tens, ones] = [half(bytes, one.start, 14), half(bytes, one.start, 15)];
  into.svn = tens <= 9 && ones <= 9 ? tens * 10 + ones : -1;
  return true;
}

/** Takes RequestedEquipmentInfo, BIT STRING {equipmentStatus(0), bmuef(1)}; the first octet counts unused bits. */
function takeWanted(bytes: Buffer, one: Element, into: Argument): boolean {
  if (one.end - one.start < 2) return false;
  const bits = bytes[one.start + 1] ?? 0;
  into.wantsStatus = (bits & 0x80) !== 0;
  into.wantsFaults = (bits & 0x40) !== 0;
  return true;
}

function takeMsisdn(bytes: Buffer, { start, end }: Element, form: Subscriber['msisdnForm']): number {
  if (form === 'digits') return digitsOf(bytes, start, end, 5);
  // Nature of address: international, or unknown; a national number would be taken for another country's.
  const nature = start < end ? (bytes[start] ?? 0) & 0x70 : 0x70;
  return nature === 0x10 || nature === 0 ? digitsOf(bytes, start + 1, end, 5) : 0;
}

/** Looks for the subscriber in elements, and in those that are constructed; what is not understood is skipped. */
function takeSubscriber(bytes: Buffer, at: number, end: number, search: Search): void {
  const one = element();
  for (let from = at; from < end && search.depth <= EXTENSION_DEPTH; from = one.next) {
    if (readElement(bytes, from, end, one) !== undefined) return;
    const { tags, into } = search;
    if (one.tag === tags.imsi) into.imsi = digitsOf(bytes, one.start, one.end, 6);
    else if (one.tag === tags.msisdn) into.msisdn = takeMsisdn(bytes, one, tags.msisdnForm);
    else if (isConstructed(one.tag)) {
      search.depth += 1;
      takeSubscriber(bytes, one.start, one.end, search);
      search.depth -= 1;
    }
  }
}
type Search = { readonly tags: Subscriber; readonly into: Argument; depth: number };

const first = element();
const inner = element();

/** Reads a SEQUENCE that begins with the IMEI: version 3, or an extended argument of the versions before. */
function takeSequence(bytes: Buffer, into: Argument): boolean {
  const { start, end } = first;
  if (readElement(bytes, start, end, inner) !== undefined || !takeImei(bytes, inner, into)) return false;
  const after = inner.next;
  for (let at = after; at < end; at = inner.next) {
    if (readElement(bytes, at, end, inner) !== undefined) return false;
    // Where it is missing, the status is taken to be asked for (ours: networks must go on).
    if (at === after && anyForm(inner.tag) === TAG.bits && !takeWanted(bytes, inner, into)) return false;
  }
  return true;
}

/**
 * Reads the argument, `bytes[start, end)` being well-formed elements: the IMEI alone, or a SEQUENCE. Answers `missing`
 * where there is none, `mistyped` where it is something else. Elements that are not known are skipped.
 */
export function readArgument(
  bytes: Buffer,
  { start, end }: { readonly start: number; readonly end: number },
  tags: Subscriber,
  into: Argument,
): 'missing' | 'mistyped' | undefined {
  into.imei = -1;
  into.svn = -1;
  into.imsi = 0;
  into.msisdn = 0;
  into.wantsStatus = true;
  into.wantsFaults = false;
  if (start >= end) return 'missing';
  if (readElement(bytes, start, end, first) !== undefined) return 'mistyped';
  if (first.tag !== TAG.sequence) {
    if (!takeImei(bytes, first, into)) return 'mistyped';
  } else if (first.start === first.end) return 'missing';
  else if (!takeSequence(bytes, into)) return 'mistyped';
  if (tags.imsi !== undefined || tags.msisdn !== undefined) takeSubscriber(bytes, start, end, { tags, into, depth: 0 });
  return;
}

/**
 * Puts the result: EquipmentStatus, in version 3 in a SEQUENCE; undefined where it was not asked for. Of the faults of
 * the equipment (bmuef) nothing is ever told: no list holds them.
 */
export function putResult(writer: BerWriter, id: number, version: MapVersion, status: number | undefined): void {
  const end = writer.at;
  if (status !== undefined) putSmall(writer, 0x0a, status);
  if (version === 3) close(writer, TAG.sequence, end);
  closeResult(writer, id, CHECK_IMEI, end);
}
