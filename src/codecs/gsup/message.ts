/**
 * GSUP, the subscriber protocol of Osmocom's core networks: what their public headers, their dissector and their programs
 * show on the wire. There is no standard for it.
 */

/** Message types: the two low bits tell what a message is, the others which procedure it belongs to. */
const PROCEDURES: readonly (readonly [base: number, name: string])[] = [
  [0x04, 'update-location'],
  [0x08, 'send-auth-info'],
  [0x0c, 'purge-ms'],
  [0x10, 'insert-data'],
  [0x14, 'delete-data'],
  [0x1c, 'location-cancel'],
  [0x20, 'proc-ss'],
  [0x24, 'mo-forward-sm'],
  [0x28, 'mt-forward-sm'],
  [0x2c, 'ready-for-sm'],
  [0x30, 'check-imei'],
  [0x34, 'e-prepare-handover'],
  [0x38, 'e-prepare-subsequent-handover'],
  [0x3c, 'e-send-end-signal'],
  [0x40, 'e-process-access-signalling'],
  [0x44, 'e-forward-access-signalling'],
  [0x48, 'e-abort'],
  [0x4c, 'routing'],
];

/** What a message is, by its two low bits. */
export const KIND = { request: 0, error: 1, result: 2, other: 3 } as const;

/** What a message of this type is: one of {@link KIND}. */
export const kindOf = (type: number): number => type & 3;

/** The answers to Check-IMEI are its type with another kind. */
export const CHECK_IMEI = 0x30;

const NAMES: readonly string[] = Array.from(
  { length: 256 },
  (_, type) => PROCEDURES.find(([base]) => base === (type & 0xfc))?.[1] ?? 'unknown',
);

/** The procedure a message type belongs to; one of a fixed list, `unknown` for what is not on it. */
export const procedureOf = (type: number): string => NAMES[type & 0xff] ?? 'unknown';

/** Tags of the information elements. An element is its tag, a length octet, and as many octets. */
export const TAG = {
  imsi: 0x01,
  cause: 0x02,
  authTuple: 0x03,
  pdpInfoComplete: 0x04,
  pdpInfo: 0x05,
  cancelType: 0x06,
  freezePTmsi: 0x07,
  msisdn: 0x08,
  hlrNumber: 0x09,
  messageClass: 0x0a,
  pdpContextId: 0x10,
  pdpType: 0x11,
  accessPointName: 0x12,
  pdpQos: 0x13,
  chargingCharacteristics: 0x14,
  rand: 0x20,
  sres: 0x21,
  kc: 0x22,
  ik: 0x23,
  ck: 0x24,
  autn: 0x25,
  auts: 0x26,
  res: 0x27,
  cnDomain: 0x28,
  supportedRatTypes: 0x29,
  currentRatType: 0x2a,
  sessionId: 0x30,
  sessionState: 0x31,
  ssInfo: 0x35,
  smRpMr: 0x40,
  smRpDa: 0x41,
  smRpOa: 0x42,
  smRpUi: 0x43,
  smRpCause: 0x44,
  smRpMms: 0x45,
  smAlertReason: 0x46,
  imei: 0x50,
  imeiResult: 0x51,
  vectorsRequested: 0x52,
  sourceName: 0x60,
  destinationName: 0x61,
  anApdu: 0x62,
  causeRr: 0x63,
  causeBssap: 0x64,
  causeSm: 0x65,
} as const;

/** Causes we answer, of the list of 3GPP TS 24.008 §10.5.5.14. */
export const CAUSE = {
  networkFailure: 0x11,
  invalidMandatory: 0x60,
  notImplemented: 0x61,
} as const;

/** What the result of Check-IMEI can say: there is neither "tracked" nor "unknown". */
export const IMEI_RESULT = { ack: 0x00, nack: 0x01 } as const;

/** The state of a session that an answer ends. */
export const SESSION_END = 0x03;
