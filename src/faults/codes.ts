/**
 * Every stable code a script may meet in `--json`, with its meaning. A code, once released, keeps its meaning.
 * `docs/codes.md` is written from this table.
 */
export const FAULT_CODES = {
  // country file
  COUNTRY_YAML: 'The country file is no readable YAML.',
  COUNTRY_KEY: 'A key is unknown, missing or given twice.',
  COUNTRY_VALUE: 'A value has the wrong type or is outside its bounds.',
  COUNTRY_MNC: 'A network code was written as a number and lost its leading zeros.',
  COUNTRY_PLMN: 'Two operators share a PLMN, or one PLMN is the prefix of another.',
  COUNTRY_CONDITION: 'A condition names an unknown dimension, or gives it a parameter it does not take.',
} as const;

/** A stable code of {@link FAULT_CODES}. */
export type FaultCode = keyof typeof FAULT_CODES;
