import { integer } from './scalar.ts';
import { type Reader, record, section, standing } from './walk.ts';

/** How many subscribers are admitted with a device although its IMEI is blocked (Suppl. 73 §7.1.4 asks for limits). */
export type PairLimits = {
  /** Pairs of one device at a time. */
  readonly perDevice: number;
  /** Subscribers of one IMEI at a time, whichever devices claim it. */
  readonly imsisPerImei: number;
  /** How often the pairs of a device may be moved to another SIM by a code … */
  readonly repairs: number;
  /** … within so many days. What operators report of SIMs and ported numbers is not counted. */
  readonly repairDays: number;
};

/** Who may have how many devices in his name. */
export type AssociationLimits = { readonly devicesPerPerson: number; readonly personsPerDevice: number };

/** How the register deals with devices. The figures are ours; the Recommendations set none. */
export type DevicePolicy = {
  /** A device is in use if a network saw it within so many days. */
  readonly activeDays: number;
  /** Days within which «this is not mine» is to be decided; until it is, nothing is decided against the couple. */
  readonly disputeDays: number;
  readonly pairs: PairLimits;
  readonly associations: AssociationLimits;
};

const days = (otherwise: number) => standing(integer({ min: 1, max: 3660, unit: 'days' }), otherwise);
const count = (max: number, otherwise: number, unit: string) => standing(integer({ min: 1, max, unit }), otherwise);

/** Reads the section `devices`. */
export const devices: Reader<DevicePolicy> = record<DevicePolicy>({
  activeDays: days(90),
  disputeDays: days(30),
  pairs: section(
    record<PairLimits>({
      perDevice: count(100, 5, 'pairs'),
      imsisPerImei: count(1000, 10, 'subscribers'),
      repairs: count(1000, 4, 'times'),
      repairDays: days(365),
    }),
  ),
  associations: section(
    record<AssociationLimits>({
      devicesPerPerson: count(10_000, 10, 'devices'),
      personsPerDevice: count(100, 1, 'persons'),
    }),
  ),
});
