import { LineCounter } from 'yaml';
import type { Day } from '../calendar/day.ts';
import { type FeePolicy, fees } from './fees.ts';
import { choice, day, type Form, integer, number, text, truth } from './scalar.ts';
import { list, needed, optional, type Reader, record, section, standing } from './walk.ts';

/** What the networks are told of a device whose time is over: nothing new, tracked, or blocked. */
export type EndAction = 'none' | 'tracked' | 'blocked';

/** How long a count runs before it begins again from nothing; `ever`: it never does. */
export type CountPeriod = 'month' | 'quarter' | 'year' | 'ever';

/** Type approval. */
export type ApprovalPolicy = {
  /** Consignments and personal imports of models without a certificate are refused (ITU-T Q.5050 §9.5, inferred). */
  readonly required: boolean;
  /** Days before the end of a certificate on which its holder is reminded. */
  readonly reminderDays: readonly number[];
};

/** Consignments and their files of identifiers. */
export type ConsignmentPolicy = {
  readonly maxRows: number;
  readonly maxImeis: number;
  /** What becomes of a file with bad rows: all of it is refused, or its good rows are taken. */
  readonly accept: 'all' | 'rows';
  /** Customs can release only what no duty or fee is due for. */
  readonly paidBeforeRelease: boolean;
};

/** Devices that an account may declare in a period, unless the regulator set it another number. */
export type QuotaPolicy = { readonly period: CountPeriod; readonly importer: number; readonly maker: number };

/** What becomes of devices that networks see first, and nobody declared. */
export type ActivationPolicy = {
  /** Until and with this day they are registered by being used. */
  readonly grandfatheredUntil?: Day;
  /** Days from the first use to regularise them in. */
  readonly regulariseDays: number;
  readonly end: EndAction;
};

/** Temporary admission of visitors' devices, and of those who come home for a while. */
export type AdmissionPolicy = {
  /** Days of use from the first with a SIM of the country. */
  readonly days: number;
  readonly renewals: number;
  readonly renewalDays: number;
  /** In which all days of a device and all devices of a holder are counted. */
  readonly period: CountPeriod;
  /** Days of one device in a period, whoever holds it: all its identifiers share them. */
  readonly daysPerDevice: number;
  readonly devicesPerHolder: number;
  readonly reminderDays: readonly number[];
  readonly end: EndAction;
};

/** Devices that people bring along or have sent to them. */
export type PersonalImportPolicy = { readonly period: CountPeriod; readonly devicesPerHolder: number };

/** Devices in use when registration begins. */
export type BaselinePolicy = {
  readonly day: Day;
  /** A device was in use if it was seen within so many days up to that day. */
  readonly windowDays: number;
};

/** When what one account enters in a day raises an alarm. */
export type VolumePolicy = {
  /** Times its own average day of the last 30. */
  readonly factor: number;
  /** Devices a day below which nothing is strange. */
  readonly atLeast: number;
};

/** Who is told when something is wrong; addresses of electronic mail. */
export type OfficePolicy = { readonly customs: readonly string[]; readonly regulator: readonly string[] };

/** The section `registration`. */
export type RegistrationPolicy = {
  readonly approval: ApprovalPolicy;
  readonly consignments: ConsignmentPolicy;
  readonly quotas: QuotaPolicy;
  readonly activation: ActivationPolicy;
  readonly admission: AdmissionPolicy;
  readonly personalImport: PersonalImportPolicy;
  readonly baseline?: BaselinePolicy;
  readonly volume: VolumePolicy;
  readonly offices: OfficePolicy;
  readonly fees: FeePolicy;
};

const PERIODS = ['month', 'quarter', 'year', 'ever'] as const satisfies readonly CountPeriod[];
const ENDS = ['none', 'tracked', 'blocked'] as const satisfies readonly EndAction[];
const MAIL: Form = {
  pattern: /^[^\s@,;<>"]{1,64}@[^\s@,;<>"]{1,190}$/,
  about: "an address such as 'customs@port.example'",
};

const days = (min: number, otherwise: number) => standing(integer({ min, max: 3660, unit: 'days' }), otherwise);
const devices = (otherwise: number) => standing(integer({ min: 0, max: 1e9, unit: 'devices' }), otherwise);
const reminders = (otherwise: readonly number[]) =>
  standing(list(integer({ min: 1, max: 3660, unit: 'days' })), otherwise);

/** Reads the section `registration`; every key has a default. */
export const registration: Reader<RegistrationPolicy> = record<RegistrationPolicy>({
  approval: section(record<ApprovalPolicy>({ required: standing(truth, true), reminderDays: reminders([90, 30, 7]) })),
  consignments: section(
    record<ConsignmentPolicy>({
      maxRows: standing(integer({ min: 1, max: 1e7, unit: 'rows' }), 1_000_000),
      maxImeis: standing(integer({ min: 1, max: 16, unit: 'IMEIs a device' }), 5),
      accept: standing(choice(['all', 'rows']), 'all'),
      paidBeforeRelease: standing(truth, true),
    }),
  ),
  quotas: section(
    record<QuotaPolicy>({
      period: standing(choice(PERIODS), 'year'),
      importer: devices(1_000_000),
      maker: devices(100_000_000),
    }),
  ),
  activation: section(
    record<ActivationPolicy>({
      grandfatheredUntil: optional(day),
      regulariseDays: days(1, 60),
      end: standing(choice(ENDS), 'none'),
    }),
  ),
  admission: section(
    record<AdmissionPolicy>({
      days: days(1, 120),
      renewals: standing(integer({ min: 0, max: 100 }), 0),
      renewalDays: days(1, 30),
      period: standing(choice(PERIODS), 'year'),
      daysPerDevice: days(1, 120),
      devicesPerHolder: devices(2),
      reminderDays: reminders([30, 14, 7, 1]),
      end: standing(choice(ENDS), 'none'),
    }),
  ),
  personalImport: section(
    record<PersonalImportPolicy>({ period: standing(choice(PERIODS), 'year'), devicesPerHolder: devices(5) }),
  ),
  baseline: optional(record<BaselinePolicy>({ day: needed(day), windowDays: days(1, 90) })),
  volume: section(
    record<VolumePolicy>({
      factor: standing(number({ min: 1, max: 1e6 }), 10),
      atLeast: devices(1000),
    }),
  ),
  offices: section(record<OfficePolicy>({ customs: section(list(text(MAIL))), regulator: section(list(text(MAIL))) })),
  fees: section(fees),
});

/** What holds where a country file has no such section: every key at its default. */
const DEFAULTS = registration({
  walk: { file: '', lines: new LineCounter(), faults: [], places: new Map() },
  node: null,
  offset: 0,
  path: '',
});

/** The section of a country file, or what holds without one. */
export function registrationOf({
  registration: given,
}: {
  readonly registration?: RegistrationPolicy;
}): RegistrationPolicy {
  if (given !== undefined) return given;
  if (DEFAULTS === undefined) throw new Error('the section has a key without default');
  return DEFAULTS;
}
