/**
 * Every word on the wire of the query between EIR and CEIR in the style of ITU-T Q Suppl.76 (10/2023). Only the names of
 * the two messages are known from its table of contents (Appendix II); all fields, values, the path and the units are
 * ours, until the text is public. Change them here, and nowhere else.
 */
export const NAMES = {
  /** Seen: the names of the messages. Ours: that they are the path's last part and stand in no envelope. */
  request: 'LUStatusReq',
  response: 'LUStatusResp',
  /** Ours. */
  path: '/suppl76/v1/LUStatusReq',
  fields: {
    message: 'msgId',
    time: 'ts',
    eir: 'eirId',
    imei: 'imei',
    imsi: 'imsi',
    msisdn: 'msisdn',
    rat: 'rat',
    event: 'event',
    status: 'status',
    reason: 'reason',
    ttl: 'ttlSec',
    error: 'error',
    detail: 'detail',
  },
  /** Ours: what made the network ask. */
  events: ['ATTACH', 'LU', 'CALL', 'SMS', 'DATA'],
  /** Ours: the lists of Q.5055 in capitals, and what is on none. */
  statuses: { permitted: 'PERMITTED', tracked: 'TRACKED', blocked: 'BLOCKED', unknown: 'UNKNOWN' },
  /** Ours. */
  errors: { malformed: 'MALFORMED', busy: 'BUSY', late: 'LATE', failed: 'FAILED' },
} as const;

/** Ours: access technologies by name, with their bit in the engine's masks (`observations/rat.ts`). */
export const RAT_BITS: Readonly<Record<string, number>> = {
  UTRAN: 1,
  GERAN: 2,
  WLAN: 3,
  'HSPA Evolution': 5,
  'E-UTRAN': 6,
  'NB-IoT': 8,
  'LTE-M': 9,
  NR: 10,
};
