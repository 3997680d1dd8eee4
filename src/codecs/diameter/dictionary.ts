/** Vendor 3GPP. */
export const VENDOR_3GPP = 10415;

/** Value types (RFC 6733 §4.2, §4.3). */
export type ValueType =
  | 'OctetString'
  | 'UTF8String'
  | 'DiameterIdentity'
  | 'Unsigned32'
  | 'Enumerated'
  | 'Address'
  | 'Grouped';

/** AVP name, code, vendor, value type, flags that must, may and must not be set; the values of an enumeration. */
type Row = readonly [string, number, number, ValueType, Flags, Flags, Flags, (readonly number[])?];
type Flags = '' | 'M' | 'V' | 'V,M';

/**
 * The AVPs of S13 and of the base protocol, in the form of the tables of RFC 6733 §4.5 and 3GPP TS 29.272 §7.3.1.
 *
 * Departure: the RFC forbids the M bit in Product-Name and Firmware-Revision. Peers set it, and nothing is lost by that,
 * so here it may be set. The flags of Supported-Features and its members (3GPP TS 29.229) are inferred.
 */
const ROWS = [
  ['User-Name', 1, 0, 'UTF8String', 'M', '', 'V'],
  ['Proxy-State', 33, 0, 'OctetString', 'M', '', 'V'],
  ['Host-IP-Address', 257, 0, 'Address', 'M', '', 'V'],
  ['Auth-Application-Id', 258, 0, 'Unsigned32', 'M', '', 'V'],
  ['Acct-Application-Id', 259, 0, 'Unsigned32', 'M', '', 'V'],
  ['Vendor-Specific-Application-Id', 260, 0, 'Grouped', 'M', '', 'V'],
  ['Session-Id', 263, 0, 'UTF8String', 'M', '', 'V'],
  ['Origin-Host', 264, 0, 'DiameterIdentity', 'M', '', 'V'],
  ['Supported-Vendor-Id', 265, 0, 'Unsigned32', 'M', '', 'V'],
  ['Vendor-Id', 266, 0, 'Unsigned32', 'M', '', 'V'],
  ['Firmware-Revision', 267, 0, 'Unsigned32', '', 'M', 'V'],
  ['Result-Code', 268, 0, 'Unsigned32', 'M', '', 'V'],
  ['Product-Name', 269, 0, 'UTF8String', '', 'M', 'V'],
  ['Disconnect-Cause', 273, 0, 'Enumerated', 'M', '', 'V', [0, 1, 2]],
  ['Auth-Session-State', 277, 0, 'Enumerated', 'M', '', 'V', [0, 1]],
  ['Origin-State-Id', 278, 0, 'Unsigned32', 'M', '', 'V'],
  ['Failed-AVP', 279, 0, 'Grouped', 'M', '', 'V'],
  ['Proxy-Host', 280, 0, 'DiameterIdentity', 'M', '', 'V'],
  ['Error-Message', 281, 0, 'UTF8String', '', 'M', 'V'],
  ['Route-Record', 282, 0, 'DiameterIdentity', 'M', '', 'V'],
  ['Destination-Realm', 283, 0, 'DiameterIdentity', 'M', '', 'V'],
  ['Proxy-Info', 284, 0, 'Grouped', 'M', '', 'V'],
  ['Destination-Host', 293, 0, 'DiameterIdentity', 'M', '', 'V'],
  ['Error-Reporting-Host', 294, 0, 'DiameterIdentity', '', 'M', 'V'],
  ['Origin-Realm', 296, 0, 'DiameterIdentity', 'M', '', 'V'],
  ['Experimental-Result', 297, 0, 'Grouped', 'M', '', 'V'],
  ['Experimental-Result-Code', 298, 0, 'Unsigned32', 'M', '', 'V'],
  ['Inband-Security-Id', 299, 0, 'Unsigned32', 'M', '', 'V'],
  ['DRMP', 301, 0, 'Enumerated', '', 'M', 'V', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]],
  ['Supported-Features', 628, VENDOR_3GPP, 'Grouped', 'V', 'M', ''],
  ['Feature-List-ID', 629, VENDOR_3GPP, 'Unsigned32', 'V', 'M', ''],
  ['Feature-List', 630, VENDOR_3GPP, 'Unsigned32', 'V', 'M', ''],
  ['Terminal-Information', 1401, VENDOR_3GPP, 'Grouped', 'V,M', '', ''],
  ['IMEI', 1402, VENDOR_3GPP, 'UTF8String', 'V,M', '', ''],
  ['Software-Version', 1403, VENDOR_3GPP, 'UTF8String', 'V,M', '', ''],
  ['Equipment-Status', 1445, VENDOR_3GPP, 'Enumerated', 'V,M', '', '', [0, 1, 2]],
  ['3GPP2-MEID', 1471, VENDOR_3GPP, 'OctetString', 'V,M', '', ''],
] as const satisfies readonly Row[];

/** Names of the AVPs this node knows. */
export type AvpName = (typeof ROWS)[number][0];

/** AVP flags (RFC 6733 §4.1). P (0x20) is reserved for end-to-end security and passed over; any other bit is an error. */
export const AVP_FLAG = { VENDOR: 0x80, MANDATORY: 0x40, PROTECTED: 0x20 } as const;

/** What the dictionary says of an AVP. */
export type Entry = {
  readonly name: AvpName;
  readonly code: number;
  /** 0 for those of the IETF, which carry no Vendor-Id. */
  readonly vendor: number;
  readonly type: ValueType;
  /** Flags that must be set: those that it is written with. */
  readonly must: number;
  readonly mustNot: number;
  /** The values of an enumeration; absent for other types. */
  readonly values?: readonly number[];
};

const bits = (flags: Flags): number =>
  (flags.includes('V') ? AVP_FLAG.VENDOR : 0) | (flags.includes('M') ? AVP_FLAG.MANDATORY : 0);

const entryOf = ([name, code, vendor, type, must, may, mustNot, values]: Row & (typeof ROWS)[number]): Entry => ({
  name,
  code,
  vendor,
  type,
  must: bits(must),
  mustNot: bits(mustNot) | (~(bits(must) | bits(may) | AVP_FLAG.PROTECTED) & 0x1f),
  ...(values === undefined ? {} : { values }),
});

/** All AVPs this node knows. */
export const ENTRIES: readonly Entry[] = ROWS.map(entryOf);

const byName = new Map(ENTRIES.map((entry) => [entry.name as string, entry]));
const byCode = new Map(ENTRIES.map((entry) => [entry.vendor * 0x1_0000_0000 + entry.code, entry]));

/** The AVP of a code and vendor; undefined where this node does not know it. */
export const entryByCode = (code: number, vendor: number): Entry | undefined =>
  byCode.get(vendor * 0x1_0000_0000 + code);

/**
 * The AVP of a name.
 *
 * @throws where there is none: names are written in this program only.
 */
export function entryByName(name: string): Entry {
  const entry = byName.get(name);
  if (entry === undefined) throw new Error(`no AVP ${name} in the dictionary`);
  return entry;
}
