// Lines are cut into fields here, not by the engine's CSV reader, which takes an unclosed quote to the end of the file:
// each line stands for itself, so that a stray quote costs one row.

// Between double quotes a comma is a text's: it is put out of the way for as long as the line is cut at commas.
const MASK = '\\x1f';

/**
 * The parts of a line between its double quotes are outside and inside by turns. The quotes are in their places when
 * every part outside that touches a quote touches it with a comma; an empty part outside, within the line, is a
 * doubled quote.
 */
const IN_PLACE = `n % 2 = 1 AND (parts[1] = '' OR endsWith(parts[1], ',')) AND (parts[n] = '' OR startsWith(parts[n], ','))
  AND arrayAll((x, i) -> i % 2 = 0 OR i = 1 OR i = n OR x = '' OR (startsWith(x, ',') AND endsWith(x, ',')), parts, arrayEnumerate(parts))
  AND position(body, '${MASK}') = 0`;

const MASKED = `arrayStringConcat(arrayMap((x, i) -> multiIf(i % 2 = 0, replaceAll(x, ',', '${MASK}'), x = '' AND i > 1 AND i < n, '"', x), parts, arrayEnumerate(parts)))`;

// The general way, for lines with quotes inside unquoted fields; it costs twenty times as much.
const PIECES = `extractAll(concat(',', body), ',("(?:[^"]|"")*"|[^,]*)')`;
const BARE = `if(startsWith(x, '"'), replaceAll(substring(x, 2, length(x) - 2), '""', '"'), x)`;
const CLOSED = `arraySum(arrayMap(x -> length(x), ${PIECES})) + length(${PIECES}) = length(body) + 1
  AND arrayAll(x -> NOT startsWith(x, '"') OR match(x, '^"(?:[^"]|"")*"$'), ${PIECES})`;

const commas = (lines: string): string => `
  SELECT at, body, multiIf(n = 1 OR in_place, 1, ${CLOSED}) AS closed,
    multiIf(n = 1, splitByChar(',', body), in_place, arrayMap(x -> replaceAll(x, '${MASK}', ','), splitByChar(',', ${MASKED})), arrayMap(x -> ${BARE}, ${PIECES})) AS f
  FROM (SELECT at, body, parts, length(parts) AS n, ${IN_PLACE} AS in_place FROM (
    SELECT at, body, splitByChar('"', body) AS parts FROM (${lines})))`;

const pipes = (lines: string): string =>
  `SELECT at, body, 1 AS closed, splitByChar('|', replaceAll(body, '"', '')) AS f FROM (${lines})`;

const plain = (lines: string): string => `SELECT at, body, 1 AS closed, splitByChar(',', body) AS f FROM (${lines})`;

/**
 * Engine query over a query of lines (`at`, `body`): their fields `f`, without the quotes around, and whether
 * all quotes are `closed`; where not, `f` means nothing. `plain` lines are cut at commas and have no quotes at all.
 */
export const splitLines = (delimiter: ',' | '|' | 'plain', lines: string): string =>
  ({ ',': commas, '|': pipes, plain })[delimiter](lines);

/** The engine setting without which what is costly would be evaluated for all rows. */
export const LAZILY = `short_circuit_function_evaluation = 'force_enable'`;

/**
 * The settings under which a line that is cut one way is not cut the other ways as well, and is cut once: merged into
 * one expression, the fields would be cut anew for every column that is taken from them.
 */
export const SPLIT_SETTINGS = `${LAZILY}, query_plan_merge_expressions = 0`;
