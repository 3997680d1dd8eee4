/**
 * Every stable code a script may meet in `--json`, with its meaning. A code, once released, keeps its meaning.
 * `docs/codes.md` is written from this table.
 */
export const FAULT_CODES = {
  // country file
  COUNTRY_YAML: 'The country file is no readable YAML.',
  COUNTRY_KEY: 'A key is unknown, missing or given twice.',
  COUNTRY_VALUE: 'A value has the wrong type or is outside its bounds.',
  COUNTRY_MNC:
    'A code of digits (MNC, MCC, calling code, reason code) is written as a number, which loses leading zeros.',
  COUNTRY_PLMN: 'PLMNs overlap (two are equal, or one begins another), or one has an MCC that is not of the country.',
  COUNTRY_CONDITION:
    'A condition names an unknown dimension, or gives it parameters that it does not take or leaves out one it needs.',
  COUNTRY_NOTICE: 'A condition would block without notice, and names no law that allows it.',
  // files
  FILE_MISSING: 'There is no such file or folder, or it is not a regular file.',
  FILE_EMPTY: 'A file, or the one member of an archive, has no content.',
  FILE_ENCODING: 'A text file is not UTF-8 (nor ASCII), or its lines do not end in LF or CRLF.',
  FILE_TRUNCATED: 'A packed file is cut short or damaged: it cannot be unpacked to its end, or a checksum is wrong.',
  FILE_ARCHIVE: 'An archive does not hold exactly one regular file, is encrypted, or is packed in an unsupported way.',
  FILE_CHANGED: 'A file was changed or replaced while it was read.',
  FILE_LINE: 'The header line is longer than the limit.',
  FILE_TOO_LARGE: 'A file unpacks to more than the limit.',
  FILE_NAME: 'A file name does not carry the range of days it must carry, or the range is impossible.',
  FILE_DISK_FULL: 'The disk is full or a quota is spent; nothing half-written was left.',
  FILE_DENIED: 'The system denies reading or writing.',
  FILE_EXISTS: 'A folder to be written exists already.',
  // operator data
  IMPORT_COLUMNS: 'A header lacks a column that is needed, or names one twice.',
  IMPORT_OPERATOR: 'The operator is not one of the country file.',
  IMPORT_EMPTY: 'The files hold no rows.',
  IMPORT_QUARANTINED: 'More rows than the limit are no rows of the format.',
  IMPORT_NULL: 'More rows than the limit lack a value.',
  IMPORT_UNCLEAN: 'More rows than the limit hold an IMEI or IMSI of the wrong form.',
  IMPORT_FOREIGN: 'More rows than the limit are of foreign subscribers.',
  IMPORT_NON_HOME: 'More rows than the limit are of subscribers of other networks.',
  IMPORT_LEADING_ZERO: 'IMEIs seem to have lost a leading zero.',
  IMPORT_HISTORY: 'Far fewer distinct values a day than this operator delivered before.',
  // imported lists
  LIST_HEADER: 'A header of a list lacks a column that is needed, or does not suit how the file is imported.',
  LIST_ROWS: 'More rows of a list than the limit are bad.',
  LIST_CONFLICT: 'Rows of a list contradict each other.',
  LIST_DELTA: 'A delta adds what is on the list, or removes or updates what is not.',
  LIST_SIZE: 'A list would shrink by more than the limits allow.',
  // lists
  LISTS_BASE: 'The base of a delta is no earlier run of lists.',
  LISTS_RUN: 'There is no such run of lists.',
  // the feed of nodes
  FEED_DAMAGED: 'A file of the feed is cut or altered.',
  FEED_SHRUNK: 'A snapshot of the centre would take off most of what the node holds; it is not used.',
  FEED_GAP: 'The numbers of a list do not follow one another: changes are missing.',
  FEED_NODES: 'The file of the nodes that may follow is no readable YAML, or a key or value in it is wrong.',
  FEED_LISTEN: 'The address at which nodes are to be served is taken or not allowed.',
  FEED_CENTRE: 'The centre cannot be reached, or turns us away.',
  // the stores
  STORE_DISK_FULL: 'The disk that holds the stores is full; the run left nothing behind.',
  STORE_MEMORY: 'The engine met its memory limit; the run left nothing behind.',
  STORE_UNREACHABLE: 'A server of the stores cannot be reached.',
  // decisions
  CLASSIFY_CONDITION: 'A label names no condition of the country file.',
  CLASSIFY_APPROVAL: 'Mass effects are approved without a reason.',
  CLASSIFY_PAST: 'Identifiers were classified for a later day already.',
  CLASSIFY_NO_REFERENCE:
    'A condition needs a list that is not there: every identifier would match. The condition is refused.',
  CLASSIFY_MASS_EFFECT: 'A condition matches more identifiers than its limit allows. The condition is refused.',
  EXPLAIN_IDENTIFIER: 'The identifier to be explained is empty.',
  RULES_FORM: 'The rules of a node are no JSON, of another version, or contradict themselves.',
  // report
  REPORT_PORT: 'The port on which a page is to be served is taken or not allowed.',
  // inbox
  INBOX_PLACE: 'Nothing tells what a file in the inbox is.',
  // eir: the lists in memory
  EIR_MEMORY_DAMAGED: 'A file of the lists in memory is damaged, cut short or of another version; it is not used.',
  // the node
  NODE_FILE: 'A node file is no readable YAML, or a key or value in it, or a file that it names, is wrong.',
  NODE_LISTEN: 'An address at which a node is to be asked is taken or not allowed.',
  NODE_FOLDER: 'Another node works on this data folder.',
  NODE_ASK: 'A node cannot be asked: it does not answer, or turns us away.',
  CHECKS_DAMAGED: 'A file of checks is no such file, or damaged.',
  // states of devices and cases
  STATE_MOVE: 'What was asked for cannot happen in the state in which the device or case is.',
  STATE_ROLE: 'What was asked for is for others to do.',
  // command line
  UNFORESEEN: 'A failure that nobody foresaw: a defect, or a fault of the machine.',
} as const;

/** A stable code of {@link FAULT_CODES}. */
export type FaultCode = keyof typeof FAULT_CODES;
