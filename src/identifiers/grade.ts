import { isPseudoEsn } from './esn.ts';
import { type Imei, rbiOf, snrOf, tacOf } from './imei.ts';
import { isGroup, isLocal } from './mac.ts';
import { CRITERIA, type Criterion, type Graded, type GradedKind, PROFILES, type Rating } from './profile.ts';
import { reportingBody } from './rbi.ts';
import { isTestTac } from './tac.ts';

/** How far an identifier may be relied on, best first; `unfit`: it does not single out one device at all. */
export const GRADES = ['strong', 'good', 'fair', 'weak', 'unfit'] as const;

/** One of {@link GRADES}. */
export type Grade = (typeof GRADES)[number];

/** One step of the reasoning, to be shown to a person. */
export type Reason = {
  readonly criterion: Criterion | 'limit';
  /** 0 to 2; absent for a limit, which takes away and gives nothing. */
  readonly points?: number;
  readonly text: string;
};

/** The grade, the points it was made from, and why. */
export type Reliability = {
  readonly grade: Grade;
  /** Sum over the criteria, 0 to 14. */
  readonly points: number;
  readonly reasons: readonly Reason[];
};

/** What was found out beyond the digits themselves. */
export type Proof = {
  /** Whether the database of its assigner (TAC database, IEEE registry, maker) knows it; absent when nobody asked. */
  readonly resolved?: 'found' | 'absent';
  /** Whether the device proved it with a key of its own in a certified chain, and the proof was verified. */
  readonly attested?: boolean;
};

/** Lowest points of each grade, of 14. Ours, like the points: the Recommendation names criteria and weighs nothing. */
const LEAST: readonly (readonly [Grade, number])[] = [
  ['strong', 11],
  ['good', 9],
  ['fair', 6],
  ['weak', 0],
];

/**
 * Grades an identifier by what ITU-T Q.5050 §9.3 asks of one that is relied on: unique to the device, persistent, not to
 * be changed without authority, issued by the authorised assigner; and by whether a machine can read it, a check digit
 * guards it, a register resolves it and the device can prove it. Points, thresholds and limits are ours.
 */
export function gradeOf(identifier: Graded, proof: Proof = {}): Reliability {
  const profile = PROFILES[profileOf(identifier)];
  const rated = CRITERIA.map((criterion) => {
    const [points, text] = proven(criterion, profile[criterion], proof);
    return { criterion, points, text };
  });
  const points = rated.reduce((sum, reason) => sum + reason.points, 0);
  const limits = limitsOf(identifier, proof);
  const earned = LEAST.find(([, least]) => points >= least)?.[0] ?? 'weak';
  return {
    grade: [earned, ...limits.map((limit) => limit.grade)].reduce(worse),
    points,
    reasons: [...rated, ...limits.map((limit): Reason => ({ criterion: 'limit', text: limit.text }))],
  };
}

/** The lower of two grades. */
export const worse = (one: Grade, other: Grade): Grade => (GRADES.indexOf(one) > GRADES.indexOf(other) ? one : other);

/** Whether a grade is at least the one demanded, say by a country for a class of devices. */
export const meets = (grade: Grade, least: Grade): boolean => GRADES.indexOf(grade) <= GRADES.indexOf(least);

function profileOf(identifier: Graded): GradedKind | 'pesn' {
  return identifier.kind === 'esn' && isPseudoEsn(identifier.value) ? 'pesn' : identifier.kind;
}

function proven(criterion: Criterion, rating: Rating, proof: Proof): Rating {
  if (criterion === 'resolvability' && proof.resolved === 'found' && rating[0] > 0) {
    return [2, 'the register of its assigner knows it'];
  }
  if (criterion === 'resolvability' && proof.resolved === 'absent') {
    return [0, 'the register of its assigner does not know it'];
  }
  if (criterion === 'attestation' && proof.attested === true) {
    return [2, 'the device proved it with its own key, and the proof was verified'];
  }
  return rating;
}

type Limit = { readonly grade: Grade; readonly text: string };

/** What no sum of points outweighs: the digits themselves, or the kind, say that it is not one device's own. */
function limitsOf(identifier: Graded, proof: Proof): Limit[] {
  const absent: Limit[] =
    proof.resolved === 'absent' ? [{ grade: 'weak', text: 'its assigner did not give it out' }] : [];
  return [...ownLimits(identifier), ...absent];
}

function ownLimits(identifier: Graded): Limit[] {
  switch (identifier.kind) {
    case 'imei':
      return imeiLimits(identifier.value);
    case 'esn':
      return isPseudoEsn(identifier.value)
        ? [{ grade: 'unfit', text: 'a pseudo-ESN is a hash of 24 bits; many devices share one' }]
        : [];
    case 'mac':
      return [
        ...(isGroup(identifier.value) ? [unfit('the I/G bit is set: it addresses a group of stations')] : []),
        ...(isLocal(identifier.value) ? [unfit('the U/L bit is set: it was chosen locally, perhaps at random')] : []),
        ...(/^0+$/.test(identifier.value) ? [unfit('all its digits are 0')] : []),
      ];
    case 'iccid':
    case 'imsi':
    case 'msisdn':
      return [unfit('it belongs to the subscription and moves with the SIM from device to device')];
    case 'tac':
      return [unfit('it names a model, not one device')];
    case 'plmn':
      return [unfit('it names a network, not a device')];
    case 'malformed':
      return [unfit('it is not formed as any identifier that an assigner gives out')];
    case 'meid':
    case 'eid':
    case 'serial':
      return [];
  }
}

function imeiLimits(imei: Imei): Limit[] {
  const rbi = rbiOf(imei);
  const body = reportingBody(rbi);
  const limits: Limit[] = [];
  if (isTestTac(tacOf(imei)) || body?.standing === 'test') limits.push(unfit('its TAC is kept for test devices'));
  if (body === undefined) limits.push({ grade: 'weak', text: `no reporting body has the identifier ${rbi}` });
  if (body?.standing === 'reserved') limits.push({ grade: 'weak', text: `the identifier ${rbi} is reserved` });
  if (/^(.)\1*$/.test(imei)) limits.push(unfit('all its digits are the same'));
  if (snrOf(imei) === '000000')
    limits.push({ grade: 'weak', text: 'its serial number is 000000, as on blank devices' });
  return limits;
}

const unfit = (text: string): Limit => ({ grade: 'unfit', text });
