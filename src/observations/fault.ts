/** What an operator's row can be refused for: the column, and the reason a person reads. The number is the engine's. */
export const ROW_FAULTS = {
  1: { field: '', reason: 'wrong number of columns' },
  2: { field: '', reason: 'not UTF-8' },
  3: { field: '', reason: 'line longer than the limit' },
  4: { field: 'date', reason: 'no calendar day of the form YYYYMMDD' },
  5: { field: 'date', reason: 'day outside the range of the file name' },
  6: { field: 'imei', reason: 'not 1 to 16 of 0-9 A-F * #' },
  7: { field: 'imsi', reason: 'not 1 to 15 digits' },
  8: { field: 'msisdn', reason: 'not 1 to 15 digits' },
  9: { field: 'rat', reason: 'unknown radio access technology code' },
  10: { field: 'time', reason: 'no time of the form HH:MM:SS' },
  11: { field: 'cell', reason: 'no cell, or one of more than 64 bytes' },
  12: { field: 'duration', reason: 'not a whole number of seconds up to a day' },
} as const;

/** The number of a row's fault; 0 is none. */
export type RowFault = keyof typeof ROW_FAULTS;
