/** What a device can do by radio: the newest generation it speaks, with the older ones. */
export type RatClass = 'gsm' | 'umts' | 'lte' | 'nr';

/** How a device is used: as its class allows, or on 5G alone (`standalone`), which shows whoever claims to be older. */
export type Radio = RatClass | 'standalone';

/**
 * What a day's row may say, by radio: codes of 3GPP TS 29.060 §7.7.50 (001 UTRAN, 002 GERAN, 003 WLAN, 006 E-UTRAN) and
 * 010 for NR, joined by pipes. Repetition is weight; WLAN (calls over Wi-Fi) belongs to no generation.
 */
const DAYS: Readonly<Record<Radio, readonly string[]>> = {
  standalone: ['010'],
  gsm: ['002'],
  umts: ['001', '001', '001|002', '002'],
  lte: [
    '006',
    '006',
    '006',
    '006',
    '006',
    '001|006',
    '001',
    '002|006',
    '006',
    '006',
    '003|006',
    '006',
    '001|006',
    '006',
    '002',
    '006',
  ],
  nr: [
    '006|010',
    '006|010',
    '010',
    '006',
    '006|010',
    '001|006',
    '006',
    '006|010',
    '003|006|010',
    '006',
    '006|010',
    '006',
    '010',
    '006',
    '006',
    '006|010',
  ],
};

/** Radios by number, for the table of usages. */
export const RADIOS = ['gsm', 'umts', 'lte', 'nr', 'standalone'] as const satisfies readonly Radio[];

/** How many choices each radio has, a power of two. */
export const RAT_CHOICES = 16;

/** The ends of rows: for each radio {@link RAT_CHOICES} runs of bytes, the code list and the end of the line. */
export const RAT_TAILS: readonly Uint8Array[] = RADIOS.flatMap((name) =>
  Array.from({ length: RAT_CHOICES }, (_, at) =>
    Buffer.from(`${DAYS[name][at % DAYS[name].length] ?? '006'}\n`, 'latin1'),
  ),
);
