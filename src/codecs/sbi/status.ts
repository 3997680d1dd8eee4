/** What can be answered with 200; unknown equipment is a problem instead (3GPP TS 29.511 §5.2.2.2). */
export type Verdict = 'permitted' | 'tracked' | 'blocked';

/** The wire's words for it (TS 29.511 §6.1.6.3.3 `EquipmentStatus`). */
const WORDS = { permitted: 'WHITELISTED', tracked: 'GREYLISTED', blocked: 'BLACKLISTED' } as const;

/** `EirResponseData` (TS 29.511 §6.1.6.2.2). It has no place for features: none is defined for this service. */
export const encodeStatus = (verdict: Verdict): Buffer => Buffer.from(`{"status":"${WORDS[verdict]}"}`);

/** Reads an `EirResponseData`; undefined where it is none. */
export function decodeStatus(body: string): Verdict | undefined {
  try {
    const told: unknown = JSON.parse(body);
    const word = typeof told === 'object' && told !== null && 'status' in told ? told.status : undefined;
    return word === WORDS.permitted
      ? 'permitted'
      : word === WORDS.tracked
        ? 'tracked'
        : word === WORDS.blocked
          ? 'blocked'
          : undefined;
  } catch {
    return undefined;
  }
}
