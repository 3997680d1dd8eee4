/**
 * What a network asks of one equipment and its subscriber. Identifiers are numbers, as the stores keep them, so that an
 * answer needs no text and no new object; all are whole and below 2^53.
 */
export type Question = {
  /** The 14 digits of the IMEI as a number; -1 where the equipment has none, or one that is not digits. */
  readonly imei: number;
  /** What identifies equipment without IMEI (3GPP TS 29.571 `Pei`: `mac-`, `eui-`, other); 'imei' where it has one. */
  readonly equipment: Equipment;
  /** Software version, 0 to 99; -1 where it is not told. */
  readonly svn: number;
  /** The digits of the IMSI as a number; 0 where it is not told. */
  readonly imsi: number;
  /** The digits of the MSISDN as a number; 0 where it is not told. */
  readonly msisdn: number;
  /** Access technology by the bits of `observations/rat.ts`; 0 where it is not told. */
  readonly rat: number;
  /** When it is asked, milliseconds since 1970. */
  readonly at: number;
};

/** Kinds of permanent equipment identifier. */
export type Equipment = 'imei' | 'mac' | 'eui' | 'other';

/** The decision on an equipment, in the words of ITU-T Q.5055; `unknown`: on no list, and the mode says nothing of it. */
export type Status = 'permitted' | 'tracked' | 'blocked' | 'unknown';

/** What decided, and how far it reaches: an entry of the very IMEI, of a range, of a TAC, or none. */
export type Level = 'imei' | 'range' | 'tac' | 'none';

/** The decision on a question, with what a person needs to check it. Immutable, and shared by equal decisions. */
export type Answer = {
  readonly status: Status;
  /** The step of the precedence table that decided; its names are in `precedence.ts`. */
  readonly step: string;
  /** The reasons of the list entry that decided, joined by '|'; '' where no entry did. */
  readonly reason: string;
  /** The list whose entry decided: `blocked`, `tracked`, `permitted`, `rules`; '' where none did. */
  readonly list: string;
  readonly level: Level;
  /** The exception that was applied: `golden`, `pairing`, `roamer`, `staged`, `shadow`, `override`; '' where none was. */
  readonly exception: string;
  /** What would have been answered without shadow mode or staged enforcement; equal to `status` otherwise. */
  readonly intended: Status;
  /** Where it was decided; `default`: for want of lists, or of an answer of the centre. */
  readonly by: 'local' | 'centre' | 'cache' | 'default';
  /**
   * Whether any subscriber is paired with the equipment: what is blocked although, or admitted because, counts apart in
   * commercial registers. Absent where it is not known.
   */
  readonly pairs?: boolean;
};
