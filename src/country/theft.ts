import { ADDRESS } from './appeals.ts';
import { NAME, noteTwice } from './operator.ts';
import { type Form, integer, text } from './scalar.ts';
import { checked, list, needed, optional, type Reader, record, section, standing } from './walk.ts';

/** A unit of the police that has cases of its own. Whatever is of no unit is the national level's. */
export type PoliceUnit = {
  /** As the organisation of its officers names it. */
  readonly id: string;
  readonly name: string;
  /** The stations whose complaints are its cases, as reports name them; case does not matter. */
  readonly stations: readonly string[];
  /** Where a found device is to be brought, as people are to read it; without it as `bringTo` of the section says. */
  readonly bringTo?: string;
  /** Where the unit reads that it has a task: an electronic address. */
  readonly notify?: string;
};

/** How reports of theft and loss are handled (ITU-T Q.5051 §7, §8; the numbers are ours). */
export type TheftPolicy = {
  /** The law by which a reported device is blocked without notice. Without it no report blocks anything. */
  readonly legalBasis?: string;
  /** Days that the police have to confirm; then the provisional block ends by itself. */
  readonly confirmDays: number;
  /** Days after which a report that nobody proved is dropped. */
  readonly draftDays: number;
  /** Days that a police unit has for a device that was seen; then the task goes to the national level. */
  readonly traceDays: number;
  /** Days before the event in which a number must have been seen with the device to speak for its owner. */
  readonly pastUseDays: number;
  /** Reports that one contact may make a day. */
  readonly reportsPerContact: number;
  /** Reports of one contact that may be open at once. */
  readonly openPerContact: number;
  /** Reports that one account of an office may make a day; a cargo counts as one. */
  readonly reportsPerAccount: number;
  /** Devices that one report of a stolen cargo may name. */
  readonly cargoDevices: number;
  /** Days after the end of a case on which it is closed. */
  readonly closeDays: number;
  /** Where a found device is to be brought where its unit says nothing, as people are to read it. */
  readonly bringTo: string;
  /** Where the national level reads that it has a task: an electronic address. */
  readonly notify?: string;
  readonly units: readonly PoliceUnit[];
};

const UNIT: Form = {
  pattern: /^[a-z0-9_-]{1,32}$/,
  about: '1 to 32 lower-case letters, digits, hyphens or underscores',
};

const unit: Reader<PoliceUnit> = record<PoliceUnit>({
  id: needed(text(UNIT)),
  name: needed(text(NAME)),
  stations: section(list(text(NAME))),
  bringTo: optional(text(NAME)),
  notify: optional(text(ADDRESS)),
});

const units: Reader<readonly PoliceUnit[]> = checked(list(unit), (found, spot) => {
  noteTwice(spot, { keys: found.map((one, at) => ({ key: one?.id, path: `[${at}].id` })), what: 'police unit' });
  const stations = found.flatMap((one, at) =>
    (one?.stations ?? []).map((name, place) => ({ key: name?.toLowerCase(), path: `[${at}].stations[${place}]` })),
  );
  noteTwice(spot, { keys: stations, what: 'police station' });
});

const days = (standard: number) => standing(integer({ min: 1, max: 366, unit: 'days' }), standard);
const number = (standard: number, max: number) => standing(integer({ min: 1, max }), standard);

/** Reads the section `theft`. */
export const theft: Reader<TheftPolicy> = record<TheftPolicy>({
  legalBasis: optional(text(NAME)),
  confirmDays: days(7),
  draftDays: days(30),
  traceDays: days(14),
  pastUseDays: days(180),
  reportsPerContact: number(3, 1000),
  openPerContact: number(10, 10_000),
  reportsPerAccount: number(200, 1_000_000),
  cargoDevices: number(5000, 1_000_000),
  closeDays: days(90),
  bringTo: standing(text(NAME), 'the nearest police station'),
  notify: optional(text(ADDRESS)),
  units: section(units),
});
