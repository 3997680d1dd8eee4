/**
 * Generations of mobile networks and the words by which a TAC's bands name them. The GSMA's list of bands has no
 * grammar that is public, so these words are ours, from how makers fill the field. They are read without regard to
 * case, by the engine (RE2) and by JavaScript alike: no look-around, no flags.
 */
const GENERATIONS = [
  {
    bit: 1,
    words: 'gsm|gprs|edge|is-?95|cdmaone|(^|[^a-z-])cdma($|[^a-z0-9]*(450|800|850|1700|1900|band|bc|[^0-9]|$))',
  },
  {
    bit: 2,
    words:
      'w-?cdma|umts|hspa|hsdpa|hsupa|td-?scdma|cdma ?2000|ev-?do|(^|[^a-z-])utra|(^|[^a-z])[ft]dd band [ivx]+($|[^a-z])',
  },
  { bit: 4, words: 'lte|e-utra|eutra|volte' },
  { bit: 8, words: '5g|(^|[^a-z0-9])nr($|[^a-z0-9]|[0-9])|(^|[^a-z0-9])n[0-9]{1,3}($|[^a-z0-9])|en-dc' },
] as const;

/** The same as {@link bandsToGenerations} as an engine expression over the String `bands`. */
export const bandsExpression = (bands: string): string =>
  `toUInt8(${GENERATIONS.map(({ bit, words }) => `${bit} * match(lowerUTF8(${bands}), '${words}')`).join(' + ')})`;

/**
 * The generations that a TAC's text of bands allows: bit 0 is 2G, bit 1 3G, bit 2 4G, bit 3 5G. 0 when the text names
 * none that is known, which says nothing about the device.
 */
export const bandsToGenerations = (bands: string): number =>
  GENERATIONS.reduce((mask, { bit, words }) => mask | (new RegExp(words).test(bands.toLowerCase()) ? bit : 0), 0);
