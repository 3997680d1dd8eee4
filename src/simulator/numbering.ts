import type { Random } from './random.ts';

/** How many digits of an IMEI a network's feed carries: bare, with check digit, or with the software version. */
export type ImeiForm = 14 | 15 | 16;

/** A network of the synthetic country. */
export type Carrier = {
  readonly id: string;
  readonly name: string;
  readonly plmns: readonly { readonly mcc: string; readonly mnc: string }[];
  readonly form: ImeiForm;
  /** Its part of all lines. */
  readonly share: number;
  /** The two digits after {@link NUMBER_PREFIX} of the numbers it was given. */
  readonly block: string;
};

/** MCC of internal use (ITU-T E.212 Annex A): no network in the world has it. */
export const MCC = '999';

/**
 * Universal personal telecommunication, +878 10 (ITU-T E.168): a calling code that exists, with numbers of 15 digits,
 * but belongs to no country; so no number here is that of a person.
 */
export const CALLING_CODE = '878';
const NUMBER_PREFIX = '87810';

/** The four networks. Their network codes have 2 and 3 digits, and none is the beginning of another. */
export const CARRIERS: readonly [Carrier, ...Carrier[]] = [
  { id: 'alfa', name: 'Alfa Mobile', plmns: plmns('01', '02'), form: 14, share: 0.42, block: '70' },
  { id: 'bravo', name: 'Bravo Telecom', plmns: plmns('10'), form: 15, share: 0.3, block: '71' },
  { id: 'charlie', name: 'Charlie Cellular', plmns: plmns('20'), form: 16, share: 0.2, block: '72' },
  { id: 'delta', name: 'Delta Connect', plmns: plmns('300'), form: 15, share: 0.08, block: '73' },
];

function plmns(...mncs: readonly string[]): Carrier['plmns'] {
  return mncs.map((mnc) => ({ mcc: MCC, mnc }));
}

/** A foreign network whose subscribers visit. */
export type Foreign = {
  readonly mcc: string;
  readonly mnc: string;
  readonly iso: string;
  readonly country: string;
  readonly calling: string;
  readonly network: string;
};

/** Networks of visitors, with codes as published in ITU-T E.212; names of networks are made up. */
export const FOREIGN: readonly [Foreign, ...Foreign[]] = [
  { mcc: '262', mnc: '01', iso: 'DE', country: 'Germany', calling: '49', network: 'Network 262-01' },
  { mcc: '208', mnc: '01', iso: 'FR', country: 'France', calling: '33', network: 'Network 208-01' },
  { mcc: '222', mnc: '10', iso: 'IT', country: 'Italy', calling: '39', network: 'Network 222-10' },
  { mcc: '232', mnc: '01', iso: 'AT', country: 'Austria', calling: '43', network: 'Network 232-01' },
  { mcc: '234', mnc: '15', iso: 'GB', country: 'United Kingdom', calling: '44', network: 'Network 234-15' },
  { mcc: '310', mnc: '260', iso: 'US', country: 'United States', calling: '1', network: 'Network 310-260' },
  { mcc: '410', mnc: '01', iso: 'PK', country: 'Pakistan', calling: '92', network: 'Network 410-01' },
  { mcc: '404', mnc: '45', iso: 'IN', country: 'India', calling: '91', network: 'Network 404-45' },
  { mcc: '724', mnc: '05', iso: 'BR', country: 'Brazil', calling: '55', network: 'Network 724-05' },
  { mcc: '639', mnc: '02', iso: 'KE', country: 'Kenya', calling: '254', network: 'Network 639-02' },
];

/** One subscription: a SIM and its number, and the person it is registered to. */
export type Line = {
  /** Index in {@link CARRIERS} of the network that serves it: its own, or the one a visitor uses. */
  readonly carrier: number;
  readonly imsi: string;
  readonly msisdn: string;
  /** The person in the subscriber register; absent for visitors. */
  readonly uid?: string;
};

/** Hands out numbers, each once. */
export type Numbering = {
  readonly person: () => string;
  /** A network, by its share. */
  readonly carrier: () => number;
  readonly line: (uid: string, carrier?: number) => Line;
  /** The same number on a new SIM of the same network. */
  readonly swap: (line: Line) => Line;
  readonly visitor: () => Line;
  /** `count` lines of one network whose numbers are each `step` after the one before. */
  readonly progression: (
    uid: string,
    carrier: number,
    run: { readonly count: number; readonly step: number },
  ) => Line[];
};

const ORDINARY = 90_000_000;
/** Steps without a factor in common with the range, for SIMs and for numbers, so that neither tells the other. */
const STEPS = { sim: 48_271_637, number: 55_621_589 };

/** The n-th number of a range in scattered order: a whole walk over 90 million before one comes again. */
function scattered(index: number, step: number): string {
  const lap = Math.floor(index / ORDINARY);
  if (lap > 0) throw new RangeError('The numbering plan of the synthetic country is spent.');
  return String((index * step + 12_345_677) % ORDINARY).padStart(8, '0');
}

/** A numbering plan with nothing handed out yet. */
export function createNumbering(random: Random): Numbering {
  const sims = CARRIERS.map(() => 0);
  const numbers = CARRIERS.map(() => 0);
  const progressions = CARRIERS.map(() => ORDINARY);
  let persons = 0;
  let visitors = 0;
  const take = (counts: number[], at: number, by = 1): number => {
    const value = counts[at] ?? 0;
    counts[at] = value + by;
    return value;
  };
  const imsi = (at: number): string => {
    const { plmns } = carrierAt(at);
    const index = take(sims, at);
    const plmn = plmns[index % plmns.length] ?? { mcc: MCC, mnc: '01' };
    return `${plmn.mcc}${plmn.mnc}10`.slice(0, 7) + scattered(index, STEPS.sim);
  };
  const msisdn = (at: number): string =>
    NUMBER_PREFIX + carrierAt(at).block + scattered(take(numbers, at), STEPS.number);
  const carrier = (): number => {
    const share = random.share();
    return CARRIERS.findIndex((_, at) => share < sharesUpTo(at));
  };
  return {
    carrier,
    person: () => `P${scattered(persons++, STEPS.sim)}`,
    line: (uid, at = carrier()) => {
      // A few numbers were carried over from another network.
      const from = random.chance(0.02) ? carrier() : at;
      return { carrier: at, imsi: imsi(at), msisdn: msisdn(from), uid };
    },
    swap: (line) => ({ ...line, imsi: imsi(line.carrier) }),
    visitor: () => {
      const { mcc, mnc, calling } = FOREIGN[random.below(FOREIGN.length)] ?? FOREIGN[0];
      const digits = scattered(visitors++, STEPS.number);
      const rest = `${mcc}${mnc}77`.slice(0, 7);
      return { carrier: carrier(), imsi: rest + digits, msisdn: `${calling}71${digits}` };
    },
    progression: (uid, at, { count, step }) => {
      const first = take(progressions, at, (count + 1) * step);
      return Array.from({ length: count }, (_, index) => ({
        carrier: at,
        imsi: imsi(at),
        msisdn: NUMBER_PREFIX + carrierAt(at).block + String(first + index * step),
        uid,
      }));
    },
  };
}

/** The shares of the first networks together; 1 with the last. */
const sharesUpTo = (at: number): number =>
  at === CARRIERS.length - 1 ? 1 : CARRIERS.slice(0, at + 1).reduce((sum, { share }) => sum + share, 0);

/** The network at an index. */
export const carrierAt = (index: number): Carrier => CARRIERS[index] ?? CARRIERS[0];
