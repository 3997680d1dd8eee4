/** Result codes of RFC 6733 §7.1 that this node gives, and the one application error of S13 (3GPP TS 29.272 §7.4.3.4). */
export const RESULT = {
  SUCCESS: 2001,
  COMMAND_UNSUPPORTED: 3001,
  UNABLE_TO_DELIVER: 3002,
  REALM_NOT_SERVED: 3003,
  TOO_BUSY: 3004,
  LOOP_DETECTED: 3005,
  APPLICATION_UNSUPPORTED: 3007,
  INVALID_HDR_BITS: 3008,
  INVALID_AVP_BITS: 3009,
  UNKNOWN_PEER: 3010,
  ELECTION_LOST: 4003,
  AVP_UNSUPPORTED: 5001,
  INVALID_AVP_VALUE: 5004,
  MISSING_AVP: 5005,
  AVP_OCCURS_TOO_MANY_TIMES: 5009,
  NO_COMMON_APPLICATION: 5010,
  UNSUPPORTED_VERSION: 5011,
  UNABLE_TO_COMPLY: 5012,
  INVALID_AVP_LENGTH: 5014,
  INVALID_MESSAGE_LENGTH: 5015,
  NO_COMMON_SECURITY: 5017,
} as const;

/** DIAMETER_ERROR_EQUIPMENT_UNKNOWN, an Experimental-Result-Code of vendor 3GPP (3GPP TS 29.272 §7.4.3.4). */
export const EQUIPMENT_UNKNOWN = 5422;

/** Protocol errors are answered with the E bit and the answer-message grammar (RFC 6733 §7.1.3, §7.2). */
export const isProtocolError = (result: number): boolean => result >= 3000 && result < 4000;

/** Why a request is refused. */
export type Wrong = {
  readonly result: number;
  /** The AVP that goes into Failed-AVP, whole with header and padding (RFC 6733 §7.5); absent where no AVP is at fault. */
  readonly failed?: Buffer;
};
