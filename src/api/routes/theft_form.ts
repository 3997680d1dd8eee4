import { Type } from 'typebox';
import type { Desk } from '../../access/desk.ts';
import { today } from '../../calendar/day.ts';
import type { CaseDesk } from '../../cases/desk.ts';
import { sightingsOf } from '../../cases/sightings.ts';
import { THEFT, type TheftState } from '../../cases/theft.ts';
import type { TheftCase } from '../../cases/thefts/case.ts';
import type { Proof } from '../../cases/thefts/proof.ts';
import { parseReport, type Report, type ReportTerms } from '../../cases/thefts/report.ts';
import { EVENT_KINDS, KILL_SWITCHES, MODES } from '../../cases/thefts/words.ts';
import { type Fault, Refused } from '../../faults/fault.ts';
import { writeIdentifierFault } from '../../identifiers/fault.ts';
import { parseDialled } from '../../identifiers/msisdn.ts';
import type { House } from '../house.ts';
import { closed, ID, line } from '../schema.ts';

/** The states of a case. */
export const THEFT_STATES = Object.keys(THEFT.states) as readonly TheftState[];

/** A case as it is told: without the persons in it. */
export const THEFT_OUT = Type.Object({
  id: Type.String(),
  reference: Type.String(),
  state: Type.Enum([...THEFT_STATES]),
  since: Type.String(),
  due: Type.Optional(Type.String()),
  imeis: Type.Array(Type.String()),
  heldImeis: Type.Array(Type.String()),
  kind: Type.Enum([...EVENT_KINDS]),
  mode: Type.Enum([...MODES]),
  killSwitch: Type.Enum([...KILL_SWITCHES]),
  country: Type.String(),
  day: Type.String(),
  place: Type.Optional(Type.String()),
  station: Type.Optional(Type.String()),
  complaint: Type.Optional(Type.String()),
  make: Type.Optional(Type.String()),
  model: Type.Optional(Type.String()),
  colour: Type.Optional(Type.String()),
  storage: Type.Optional(Type.String()),
  device: Type.Optional(Type.String()),
  cargo: Type.Optional(Type.String()),
  beside: Type.Optional(Type.String()),
  insertedBy: Type.String(),
  unit: Type.Optional(Type.String()),
  proof: Type.Optional(Type.String()),
  held: Type.Optional(Type.String()),
  opened: Type.String(),
});

const filled = <T extends object>(parts: T): { readonly [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof T]?: Exclude<T[K], undefined>;
  };

/** Tells a case. */
export function toldTheft(theft: TheftCase) {
  const { id, reference, state, kind, mode, killSwitch, country, day, due, place, station, complaint } = theft;
  const { make, model, colour, storage, device, cargo, beside, unit, proof } = theft;
  return {
    id,
    reference,
    state,
    kind,
    mode,
    killSwitch,
    country,
    day,
    since: theft.since.toISOString(),
    imeis: [...theft.imeis],
    heldImeis: [...theft.heldImeis],
    insertedBy: theft.party,
    opened: theft.opened.toISOString(),
    ...filled({ due, place, station, complaint, make, model, colour, storage, device, cargo, beside, unit, proof }),
    ...filled({ held: theft.held?.toISOString() }),
  };
}

/** The version of a case, for `ETag`: it changes with each move. */
export const theftVersion = ({ state, since }: { readonly state: string; readonly since: string }): string =>
  `${state}-${Date.parse(since)}`;

/** What proves a citizen's report: a number that was used with the device, or an invoice. */
export const PROOF_IN = Type.Union([
  closed({
    kind: Type.Literal('number'),
    msisdn: Type.String({ minLength: 3, maxLength: 32, description: 'As it is dialled.' }),
    proof: Type.Optional(ID),
  }),
  closed({ kind: Type.Literal('invoice'), reference: line(128) }),
]);

type ProofIn = Type.Static<typeof PROOF_IN>;

/** In which terms what people write is read. */
const termsOf = ({ policy, now }: Pick<Desk, 'policy' | 'now'>): ReportTerms => ({
  today: today(policy.timeZone, now),
  callingCode: policy.callingCodes[0] ?? '',
});

/** A report as the service takes it. @throws Refused CASE_REPORT, with all that is wrong */
export function reportOf(desk: Desk, body: unknown): Report {
  const report = parseReport(body, termsOf(desk));
  if (!report.ok) throw new Refused(report.fault);
  return report.value;
}

/** A proof as the service takes it. @throws Refused CASE_REPORT */
export function proofOf(desk: Desk, proof: ProofIn): Proof {
  if (proof.kind === 'invoice') return proof;
  const { callingCode } = termsOf(desk);
  const msisdn = parseDialled(proof.msisdn, { callingCode });
  if (!msisdn.ok) throw new Refused([numberFault(writeIdentifierFault(msisdn.fault))]);
  return { kind: 'number', msisdn: msisdn.value, ...(proof.proof === undefined ? {} : { proof: proof.proof }) };
}

const numberFault = (why: string): Fault => ({
  code: 'CASE_REPORT',
  message: `The number cannot be read: ${why}`,
  remedy: 'Write it as it is dialled.',
  field: 'proof.msisdn',
});

/** A desk at which past use can be looked up. @throws Refused API_BUSY where operators' data are not at hand */
export function caseDesk(desk: Desk, { analytics }: House): CaseDesk {
  if (analytics === undefined) throw new Refused([NO_DATA]);
  return { ...desk, sightings: sightingsOf(analytics.analytics, { days: desk.policy.theft.pastUseDays }) };
}

const NO_DATA: Fault = {
  code: 'API_BUSY',
  message: 'The data of the operators are not at hand just now.',
  remedy: 'Ask again in a minute.',
};
