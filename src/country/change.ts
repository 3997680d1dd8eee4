import type { AppealsPolicy } from './appeals.ts';
import type { Condition } from './condition.ts';
import type { Country, Policy } from './country.ts';
import type { DimensionUse } from './dimension.ts';
import { EIR_DEFAULTS, type EirPolicy, type Ruling } from './eir.ts';
import { noticesOf } from './notices.ts';
import type { Operator } from './operator.ts';
import { type RegistrationPolicy, registrationOf } from './registration.ts';
import { snake } from './spelling.ts';
import type { TheftPolicy } from './theft.ts';

/**
 * What changed from one country file to the next, a plain sentence each, in the order of the file; nothing where only
 * comments, layout or the order of entries differ. Conditions are known by their label, operators by their id.
 */
export function changesBetween(before: Country | undefined, after: Country): readonly string[] {
  if (before === undefined) {
    const counts = `${after.operators.length} operator(s) and ${after.conditions.length} condition(s)`;
    return [`This is the first country file: ${after.name}, with ${counts}.`];
  }
  return [
    ...differences('The country’s', pick(before, ['name', 'timeZone']), pick(after, ['name', 'timeZone'])),
    ...members('The MCC', before.mccs, after.mccs),
    ...members('The calling code', before.callingCodes, after.callingCodes),
    ...operatorChanges(before.operators, after.operators),
    ...differences('The import limit', before.import, after.import),
    ...members('The exempt device type', before.exemptDeviceTypes, after.exemptDeviceTypes),
    ...differences('The country’s', pick(before, ['retentionMonths']), pick(after, ['retentionMonths'])),
    ...differences('The retention’s', before.retention, after.retention),
    ...differences('The access option', before.access, after.access),
    ...differences('The list option', before.lists, after.lists),
    ...differences('The amnesty’s', before.amnesty ?? {}, after.amnesty ?? {}),
    ...differences('The appeal’s', before.appeal ?? {}, after.appeal ?? {}),
    ...appealsChanges(before.appeals, after.appeals),
    ...theftChanges(before.theft, after.theft),
    ...registrationChanges(registrationOf(before), registrationOf(after)),
    ...differences('The notices’', noticesOf(before), noticesOf(after)),
    ...eirChanges(before.eir ?? EIR_DEFAULTS, after.eir ?? EIR_DEFAULTS),
    ...conditionChanges(before.conditions, after.conditions),
  ];
}

const pick = (policy: Policy, names: readonly (keyof Policy)[]): object =>
  Object.fromEntries(names.map((name) => [name, policy[name]]));

/** A sentence for every leaf that differs between two trees, named by its keys as the file writes them. */
function differences(owner: string, before: object, after: object): string[] {
  const [old, now] = [leaves(before), leaves(after)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((path) => {
    const [from, to] = [old.get(path), now.get(path)];
    if (from === to) return [];
    if (from === undefined) return [`${owner} ${path} is set to ${to}.`];
    if (to === undefined) return [`${owner} ${path}, which was ${from}, is no longer set.`];
    return [`${owner} ${path} changed from ${from} to ${to}.`];
  });
}

function leaves(tree: object, path: readonly string[] = []): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(tree)) {
    const here = [...path, snake(name)];
    if (typeof value === 'object' && value !== null) for (const leaf of leaves(value, here)) found.set(...leaf);
    else if (value !== undefined) found.set(here.join('.'), String(value));
  }
  return found;
}

const members = (what: string, before: readonly string[], after: readonly string[]): string[] => [
  ...after.filter((one) => !before.includes(one)).map((one) => `${what} ${one} was added.`),
  ...before.filter((one) => !after.includes(one)).map((one) => `${what} ${one} was removed.`),
];

function operatorChanges(before: readonly Operator[], after: readonly Operator[]): string[] {
  const ids = (operators: readonly Operator[]): string[] => operators.map(({ id }) => id);
  const networks = (operator: Operator): string[] => operator.plmns.map(({ mcc, mnc }) => `${mcc}-${mnc}`);
  const changed = after.flatMap((now) => {
    const old = before.find(({ id }) => id === now.id);
    if (old === undefined) return [];
    return [
      ...differences(`Operator ${now.id}:`, { name: old.name }, { name: now.name }),
      ...members(`Operator ${now.id}: the PLMN`, networks(old), networks(now)),
    ];
  });
  return [...members('The operator', ids(before), ids(after)), ...changed];
}

/** Rules of the schedule of fees are known by their id. */
function registrationChanges(before: RegistrationPolicy, after: RegistrationPolicy): readonly string[] {
  const byId = ({ fees: { rules, ...fees }, ...others }: RegistrationPolicy): object => ({
    ...others,
    fees: { ...fees, ...Object.fromEntries(rules.map(({ id, ...rule }) => [id, rule])) },
  });
  return differences('The registration’s', byId(before), byId(after));
}

function appealsChanges(before: AppealsPolicy, after: AppealsPolicy): readonly string[] {
  const plain = ({ stopsClock: _, calendar: __, ...others }: AppealsPolicy): object => others;
  const days = ({ calendar: { restDays, holidays, suspensions } }: AppealsPolicy): readonly string[] => [
    ...restDays,
    ...holidays,
    ...suspensions.map(({ from, until, order }) => `${from} to ${until} (${order})`),
  ];
  return [
    ...differences('The appeals’', plain(before), plain(after)),
    ...members('Appeals: the reason that stops the clock', before.stopsClock, after.stopsClock),
    ...members('Appeals: the day that does not count', days(before), days(after)),
  ];
}

/** Units of the police are known by their id. */
function theftChanges(before: TheftPolicy, after: TheftPolicy): readonly string[] {
  const byId = ({ units, ...others }: TheftPolicy): object => ({
    ...others,
    units: Object.fromEntries(
      units.map(({ id, stations, ...unit }) => [id, { ...unit, stations: stations.join(', ') }]),
    ),
  });
  return differences('The theft option', byId(before), byId(after));
}

/** Rules are known by what they are about, modes by their operator and first day. */
function eirChanges(before: EirPolicy, after: EirPolicy): readonly string[] {
  const scalars = ({ override, listsMissing, withoutImei, roamers: { stayDays } }: EirPolicy): object => ({
    override,
    listsMissing,
    withoutImei,
    roamers: { stayDays },
  });
  const own = "The live register's";
  return [
    ...differences(own, scalars(before), scalars(after)),
    ...records(
      'the mode',
      before.modes,
      after.modes,
      (mode) => `of ${mode.operator ?? 'all operators'} from ${mode.from}`,
    ),
    ...records('the region', before.regions, after.regions, ({ id }) => id),
    ...records('the home of visitors', before.roamers.homes, after.roamers.homes, ({ home }) => home),
    ...records('the range of IMSIs', before.imsiRanges, after.imsiRanges, ({ from, to }) => `${from} to ${to}`),
    ...records(
      'the range of IMEIs',
      before.imeiRanges,
      after.imeiRanges,
      (one) => `${one.from} to ${one.to}${svns(one)}`,
    ),
    ...records('the TAC', before.tacs, after.tacs, (one) => `${one.tac}${svns(one)}`),
  ];
}

const svns = ({ svnFrom, svnTo }: Ruling): string =>
  svnFrom === undefined && svnTo === undefined ? '' : ` with software version ${svnFrom ?? 0} to ${svnTo ?? 99}`;

/** What came, went and changed among records that have a name. */
function records<T extends object>(
  what: string,
  before: readonly T[],
  after: readonly T[],
  nameOf: (one: T) => string,
): readonly string[] {
  const old = new Map(before.map((one) => [nameOf(one), one]));
  const changed = after.flatMap((now) => {
    const was = old.get(nameOf(now));
    return was === undefined ? [] : differences(`The live register, ${what} ${nameOf(now)}:`, was, now);
  });
  return [...members(`The live register: ${what}`, [...old.keys()], after.map(nameOf)), ...changed];
}

function conditionChanges(before: readonly Condition[], after: readonly Condition[]): string[] {
  const labels = (conditions: readonly Condition[]): string[] => conditions.map(({ label }) => label);
  const changed = after.flatMap((now) => {
    const old = before.find(({ label }) => label === now.label);
    return old === undefined ? [] : conditionChange(old, now);
  });
  return [...members('The condition', labels(before), labels(after)), ...changed];
}

function conditionChange(
  { dimensions: old, ...before }: Condition,
  { dimensions: now, ...after }: Condition,
): readonly string[] {
  const owner = `Condition ${after.label}:`;
  const [from, to] = [named(old), named(now)];
  const kept = [...to].flatMap(([name, parameters]) =>
    from.has(name) ? differences(`${owner} ${name}:`, from.get(name) ?? {}, parameters) : [],
  );
  return [
    ...differences(owner, before, after),
    ...members(`${owner} the dimension`, [...from.keys()], [...to.keys()]),
    ...kept,
  ];
}

/**
 * Uses of dimensions by a name that stays the same while parameters change. A condition may use one dimension several
 * times; those are told apart by their order among each other, counting parameters' text so that mere reordering is none.
 */
function named(uses: readonly DimensionUse[]): Map<string, object> {
  const sorted = uses
    .map(({ is, not, parameters }) => ({ name: not ? `not ${is}` : is, parameters, text: JSON.stringify(parameters) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  const found = new Map<string, object>();
  for (const { name, parameters } of sorted) {
    let count = 1;
    while (found.has(count === 1 ? name : `${name} (${count})`)) count++;
    found.set(count === 1 ? name : `${name} (${count})`, parameters);
  }
  return found;
}
