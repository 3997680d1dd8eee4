import type { Day } from '../calendar/day.ts';
import { NAME, noteTwice } from './operator.ts';
import { choice, day, type Form, integer, text } from './scalar.ts';
import { checked, list, needed, note, optional, type Reader, record, section, standing, within } from './walk.ts';

/** What fees and duties are taken for. */
export const FEE_ACTS = ['type_approval', 'consignment', 'personal_import', 'admission', 'renewal'] as const;

/** One of {@link FEE_ACTS}. */
export type FeeAct = (typeof FEE_ACTS)[number];

/** One line of the schedule. Amounts are whole numbers of the currency's smallest unit. */
export type FeeRule = {
  readonly id: string;
  /** As people read it. */
  readonly name: string;
  /** `duty` goes to the treasury, `fee` to the register. */
  readonly kind: 'duty' | 'fee';
  readonly acts: readonly FeeAct[];
  /** In force from this day; until and with the other, where there is one. */
  readonly from: Day;
  readonly until?: Day;
  /** Once, however many devices. */
  readonly fixed: number;
  readonly perDevice: number;
  /** Hundredths of a percent of the declared value. */
  readonly basisPoints: number;
  /** The most for one device; the fixed part stands beside it. */
  readonly mostPerDevice?: number;
  /** Nothing is due of devices declared at this value or less. */
  readonly freeUpTo: number;
  /** Nothing is due of these device types, as the TAC database writes them. */
  readonly exemptDeviceTypes: readonly string[];
};

/** The schedule of fees and duties, as it is published. */
export type FeePolicy = {
  /** Three letters (ISO 4217). */
  readonly currency: string;
  /** Decimal places of an amount as people read it. */
  readonly minorDigits: number;
  /** Days in which a demand is to be paid; none of them ends what is due. */
  readonly payDays: number;
  readonly rules: readonly FeeRule[];
};

const CURRENCY: Form = { pattern: /^[A-Z]{3}$/, about: "three capital letters such as 'CHF'" };
const ID: Form = { pattern: /^[a-z0-9_]{1,32}$/, about: '1 to 32 lower-case letters, digits or underscores' };

const amount = integer({ min: 0, max: 1e12, unit: 'smallest units of the currency' });

const rule: Reader<FeeRule> = checked(
  record<FeeRule>({
    id: needed(text(ID)),
    name: needed(text(NAME)),
    kind: needed(choice(['duty', 'fee'])),
    acts: needed(list(choice(FEE_ACTS), { atLeastOne: 'act' })),
    from: needed(day),
    until: optional(day),
    fixed: standing(amount, 0),
    perDevice: standing(amount, 0),
    basisPoints: standing(integer({ min: 0, max: 100_000, unit: 'hundredths of a percent' }), 0),
    mostPerDevice: optional(amount),
    freeUpTo: standing(amount, 0),
    exemptDeviceTypes: section(list(text(NAME))),
  }),
  (found, spot) => {
    if (found.from === undefined || found.until === undefined || found.from <= found.until) return;
    const message = `the rule ends on ${found.until}, before it begins on ${found.from}`;
    note(within(spot, 'until'), { code: 'COUNTRY_VALUE', message, remedy: 'Let until be no earlier than from.' });
  },
);

/** Reads the schedule of fees; without rules nothing is ever due. */
export const fees: Reader<FeePolicy> = checked(
  record<FeePolicy>({
    currency: standing(text(CURRENCY), 'XXX'),
    minorDigits: standing(integer({ min: 0, max: 4 }), 2),
    payDays: standing(integer({ min: 1, max: 3660, unit: 'days' }), 7),
    rules: section(list(rule)),
  }),
  (found, spot) => {
    const ids = (found.rules ?? []).map((one, at) => ({ key: one?.id, path: `rules[${at}].id` }));
    noteTwice(spot, { keys: ids, what: 'fee id' });
    if ((found.rules ?? []).length === 0 || spot.walk.places.has(`${spot.path}.currency`)) return;
    const message = 'currency is missing; amounts without it mean nothing';
    note(spot, { code: 'COUNTRY_KEY', message, remedy: 'Add currency here.' });
  },
);
