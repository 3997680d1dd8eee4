/** A radio access technology as feeds code it; `generation` is absent where the code tells of none. */
export type Rat = {
  readonly code: string;
  readonly name: string;
  readonly bit: number;
  readonly generation?: 2 | 3 | 4 | 5;
};

/**
 * RAT codes of operator data, three digits, with their bit in `triplet.rats`. 001 to 007 and 101 to 105 are those of
 * the 3GPP Gn interface as DIRBS feeds use them; 008 to 010 and 051 are later 3GPP values [inferred].
 */
export const RATS: readonly Rat[] = [
  { code: '001', name: 'UTRAN', bit: 1, generation: 3 },
  { code: '002', name: 'GERAN', bit: 2, generation: 2 },
  { code: '003', name: 'WLAN', bit: 3 },
  { code: '004', name: 'GAN', bit: 4 },
  { code: '005', name: 'HSPA Evolution', bit: 5, generation: 3 },
  { code: '006', name: 'E-UTRAN', bit: 6, generation: 4 },
  { code: '007', name: 'Virtual', bit: 7 },
  { code: '008', name: 'NB-IoT', bit: 8, generation: 4 },
  { code: '009', name: 'LTE-M', bit: 9, generation: 4 },
  { code: '010', name: 'NR', bit: 10, generation: 5 },
  { code: '051', name: 'NG-RAN', bit: 11, generation: 5 },
  { code: '101', name: 'IEEE 802.16e', bit: 12 },
  { code: '102', name: '3GPP2 eHRPD', bit: 13 },
  { code: '103', name: '3GPP2 HRPD', bit: 14 },
  { code: '104', name: '3GPP2 1xRTT', bit: 15 },
  { code: '105', name: '3GPP2 UMB', bit: 16 },
];

/** Generations of mobile networks with their bit in `tac.generations`. */
export const GENERATIONS = [
  { generation: 2, bit: 0 },
  { generation: 3, bit: 1 },
  { generation: 4, bit: 2 },
  { generation: 5, bit: 3 },
] as const;

/** The bits of `triplet.rats` that tell of a generation, as one mask. */
export const ratMask = (generation: 2 | 3 | 4 | 5): number =>
  RATS.filter((rat) => rat.generation === generation).reduce((mask, rat) => mask | (1 << rat.bit), 0);

/** Engine expression: the generations (bits of {@link GENERATIONS}) that a mask of RATs tells of. */
export const generationsSeen = (rats: string): string =>
  GENERATIONS.map(({ generation, bit }) => `if(bitAnd(${rats}, ${ratMask(generation)}) != 0, ${1 << bit}, 0)`).join(
    ' + ',
  );
