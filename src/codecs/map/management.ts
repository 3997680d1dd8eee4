/** SCCP management messages (ITU-T Q.713 §5), carried as unitdata between subsystems 1. */

/** Message types (§5.1.1). */
export const SCMG = { allowed: 1, prohibited: 2, test: 3 } as const;

/** Type, affected subsystem, affected point code (2), multiplicity. */
const LENGTH = 5;

/** A message about a subsystem. */
export type Management = { readonly type: number; readonly ssn: number; readonly pointCode: number };

/** Reads `bytes[start, end)`; undefined where it is too short. */
export function readManagement(bytes: Buffer, start: number, end: number): Management | undefined {
  if (end - start < LENGTH) return;
  return {
    type: bytes[start] ?? 0,
    ssn: bytes[start + 1] ?? 0,
    pointCode: bytes.readUInt16LE(start + 2) & 0x3fff,
  };
}

/** Says that a subsystem is allowed, of multiplicity 0 (unknown). */
export const allowed = (ssn: number, pointCode: number): Buffer =>
  Buffer.from([SCMG.allowed, ssn, pointCode & 0xff, pointCode >> 8, 0]);
