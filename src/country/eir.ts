import { type Mode, modes, type Region, regions, STATUSES, type Told } from './mode.ts';
import { NAME, noteTwice } from './operator.ts';
import { choice, digits, type Form, integer, text } from './scalar.ts';
import { ANY_SVN, clashes, type Span } from './span.ts';
import {
  checked,
  type Holed,
  lineOf,
  list,
  needed,
  note,
  optional,
  type Reader,
  record,
  type Spot,
  section,
  standing,
  within,
} from './walk.ts';

/** The lists a range or a model can be put on. */
export const RULE_LISTS = ['blocked', 'tracked', 'permitted'] as const;

/** What a range of IMEIs, or a model, is put on, and why. */
export type Ruling = {
  readonly list: (typeof RULE_LISTS)[number];
  /** As lists and answers give it; no `|`. */
  readonly reason: string;
  /** The first software version the rule is about, 0 to 99; absent: from 0. */
  readonly svnFrom?: number;
  /** The last software version the rule is about, 0 to 99; absent: to 99. */
  readonly svnTo?: number;
  /** The legal basis on which equipment is blocked by it without a notice to anyone; needed with `blocked`. */
  readonly noticeExempt?: string;
};

/** A range of IMEIs, 14 digits each, both ends inclusive. */
export type ImeiRange = Ruling & { readonly from: string; readonly to: string };

/** A model: all IMEIs that begin with these 8 digits. */
export type TacRule = Ruling & { readonly tac: string };

/** A range of IMSIs with what they are told whatever their equipment; ends of less than 15 digits name their beginnings. */
export type ImsiRange = { readonly from: string; readonly to: string; readonly status: Told };

/** How long visitors are admitted with equipment on no list, by their home country or network. */
export type Roamers = {
  /** Days from and with that on which the visitor was first seen; 0: visitors have no privilege. */
  readonly stayDays: number;
  readonly homes: readonly Home[];
};

/** A home of visitors with another length of stay: an MCC, or an MCC and MNC. */
export type Home = { readonly home: string; readonly stayDays: number };

/** What is told of equipment that has no IMEI (3GPP TS 23.003 §6.4: MAC address, EUI-64; 3GPP TS 29.571 `Pei`). */
export type WithoutImei = { readonly mac: Told; readonly eui: Told; readonly other: Told };

/** How the live register answers: the section `eir` of the country file. */
export type EirPolicy = {
  /** Told of all equipment, whatever the lists say; for emergencies. */
  readonly override?: Told;
  /** Told while a node has no lists. */
  readonly listsMissing: Told;
  readonly modes: readonly Mode[];
  readonly regions: readonly Region[];
  readonly withoutImei: WithoutImei;
  readonly roamers: Roamers;
  readonly imsiRanges: readonly ImsiRange[];
  readonly imeiRanges: readonly ImeiRange[];
  readonly tacs: readonly TacRule[];
};

/** The usual stay of visitors, days. */
const STAY_DAYS = 90;

/** What holds where the country file has no section `eir`. */
export const EIR_DEFAULTS: EirPolicy = {
  listsMissing: 'permitted',
  modes: [],
  regions: [],
  withoutImei: { mac: 'permitted', eui: 'permitted', other: 'permitted' },
  roamers: { stayDays: STAY_DAYS, homes: [] },
  imsiRanges: [],
  imeiRanges: [],
  tacs: [],
};

const told = choice(STATUSES);
const IMEI: Form = { pattern: /^\d{14}$/, about: '14 digits, without check digit' };
const TAC: Form = { pattern: /^\d{8}$/, about: '8 digits' };
const IMSI: Form = { pattern: /^\d{5,15}$/, about: '5 to 15 digits' };
const HOME: Form = { pattern: /^(?:\d{3}|\d{5,6})$/, about: "an MCC such as '228', or an MCC and MNC such as '22801'" };
const REASON: Form = {
  pattern: /^(?!\s)[^|\p{Cc}\u2028\u2029]{1,128}(?<!\s)$/u,
  about: "one line of 1 to 128 characters, without '|' and without spaces around it",
};

const svn = integer({ min: 0, max: 99 });
const ruling = {
  list: needed(choice(RULE_LISTS)),
  reason: needed(text(REASON)),
  svnFrom: optional(svn),
  svnTo: optional(svn),
  noticeExempt: optional(text(NAME)),
};
const stay = integer({ min: 0, max: 3660, unit: 'days' });

const imeiRange = checked(
  record<ImeiRange>({ from: needed(digits(IMEI)), to: needed(digits(IMEI)), ...ruling }),
  (found, spot) => {
    noteRuling(found, spot);
    noteBackwards(found, spot);
  },
);
const tacRule = checked(record<TacRule>({ tac: needed(digits(TAC)), ...ruling }), noteRuling);
const imsiRange = checked(
  record<ImsiRange>({ from: needed(digits(IMSI)), to: needed(digits(IMSI)), status: needed(told) }),
  ({ from, to }, spot) => noteBackwards({ from: from?.padEnd(15, '0'), to: to?.padEnd(15, '9') }, spot),
);

const roamers = record<Roamers>({
  stayDays: standing(stay, STAY_DAYS),
  homes: section(
    checked(list(record<Home>({ home: needed(digits(HOME)), stayDays: needed(stay) })), (found, spot) =>
      noteTwice(spot, { keys: found.map((one, at) => ({ key: one?.home, path: `[${at}].home` })), what: 'home' }),
    ),
  ),
});

/** Reads the section `eir`. */
export const eir: Reader<EirPolicy> = checked(
  record<EirPolicy>({
    override: optional(told),
    listsMissing: standing(told, EIR_DEFAULTS.listsMissing),
    modes: section(modes),
    regions: section(regions),
    withoutImei: section(
      record<WithoutImei>({
        mac: standing(told, EIR_DEFAULTS.withoutImei.mac),
        eui: standing(told, EIR_DEFAULTS.withoutImei.eui),
        other: standing(told, EIR_DEFAULTS.withoutImei.other),
      }),
    ),
    roamers: section(roamers),
    imsiRanges: section(checked(list(imsiRange), (found, spot) => noteClashes(found.map(imsiSpan), spot))),
    imeiRanges: section(checked(list(imeiRange), (found, spot) => noteClashes(found.map(imeiSpan), spot))),
    tacs: section(checked(list(tacRule), (found, spot) => noteClashes(found.map(tacSpan), spot))),
  }),
  (found, spot) => {
    noteModesTwice(found, spot);
    noteRegions(found, spot);
  },
);

function noteRuling(found: Holed<Ruling>, spot: Spot): void {
  if ((found.svnFrom ?? 0) > (found.svnTo ?? 99)) {
    const message = 'the software versions run backwards';
    note(within(spot, 'svn_to'), { code: 'COUNTRY_VALUE', message, remedy: 'Let svn_to be svn_from or later.' });
  }
  if (found.list !== 'blocked' || found.noticeExempt !== undefined) return;
  if (spot.walk.places.has(`${spot.path}.notice_exempt`)) return;
  note(within(spot, 'list'), {
    code: 'COUNTRY_NOTICE',
    message: 'this rule blocks equipment when it first appears, and no law exempts it from notice',
    remedy: 'Name the legal basis under notice_exempt, or block by a condition, which gives notice.',
  });
}

function noteBackwards(
  found: { readonly from?: string | undefined; readonly to?: string | undefined },
  spot: Spot,
): void {
  if (found.from === undefined || found.to === undefined || found.from <= found.to) return;
  const message = 'the range runs backwards';
  note(within(spot, 'to'), { code: 'COUNTRY_VALUE', message, remedy: 'Let to be from or later.' });
}

const svnOf = ({ svnFrom = 0, svnTo = 99 }: Holed<Ruling>) => ({ svnFrom, svnTo });

/** The keys of a range of IMEIs; undefined while parts of it are at fault. */
export function imeiSpan(range: Holed<ImeiRange> | undefined): Span | undefined {
  if (range?.from === undefined || range.to === undefined || range.from > range.to) return undefined;
  return { from: Number(range.from), to: Number(range.to), ...svnOf(range) };
}

/** The keys of a model's IMEIs. */
export function tacSpan(rule: Holed<TacRule> | undefined): Span | undefined {
  if (rule?.tac === undefined) return undefined;
  return { from: Number(rule.tac) * 1e6, to: Number(rule.tac) * 1e6 + 999_999, ...svnOf(rule) };
}

/** The keys of a range of IMSIs, as 15 digits. */
export function imsiSpan(range: Holed<ImsiRange> | undefined): Span | undefined {
  if (range?.from === undefined || range.to === undefined) return undefined;
  const [from, to] = [Number(range.from.padEnd(15, '0')), Number(range.to.padEnd(15, '9'))];
  return from > to ? undefined : { from, to, ...ANY_SVN };
}

function noteClashes(spans: readonly (Span | undefined)[], spot: Spot): void {
  const places = spans.flatMap((span, at) => (span === undefined ? [] : [{ span, at }]));
  for (const { earlier, later, kind } of clashes(places.map(({ span }) => span))) {
    const [first, second] = [places[earlier]?.at ?? 0, places[later]?.at ?? 0];
    const what = kind === 'twice' ? 'is given twice' : 'overlaps in part with another one';
    const message = `this ${what}, on line ${lineOf(spot, `[${first}]`)}; nobody could tell which of them holds`;
    const remedy = 'Let them lie apart, or one within the other, or be about different software versions.';
    note(within(spot, `[${second}]`), { code: 'COUNTRY_VALUE', message, remedy });
  }
}

function noteModesTwice({ modes: found = [] }: Holed<EirPolicy>, spot: Spot): void {
  const keyOf = (mode: Holed<Mode> | undefined): string | undefined =>
    mode?.from === undefined ? undefined : `${mode.operator ?? 'of all operators'} from ${mode.from}`;
  noteTwice(spot, {
    keys: found.map((mode, at) => ({ key: keyOf(mode), path: `modes[${at}].from` })),
    what: 'mode',
  });
}

function noteRegions({ modes: found = [], regions: known = [] }: Holed<EirPolicy>, spot: Spot): void {
  const ids = known.map((region) => region?.id);
  noteTwice(spot, { keys: ids.map((key, at) => ({ key, path: `regions[${at}].id` })), what: 'region' });
  if (ids.includes(undefined)) return;
  for (const [at, mode] of found.entries()) {
    for (const [place, region] of (mode?.regions ?? []).entries()) {
      if (region === undefined || ids.includes(region)) continue;
      const message = `${region} is none of the regions`;
      const remedy = `Define it under regions, or choose one of: ${ids.join(', ') || '(none is defined)'}.`;
      note(within(spot, `modes[${at}].regions[${place}]`), { code: 'COUNTRY_VALUE', message, remedy });
    }
  }
}

/**
 * Notes what the section says against the rest of the country file: modes of operators that are none, and modes that
 * admit only what is permitted while no permitted list is made.
 */
export function noteAgainst(
  { modes: found = [] }: Holed<EirPolicy>,
  {
    spot,
    operators,
    permitted,
  }: { readonly spot: Spot; readonly operators: readonly string[]; readonly permitted: boolean },
): void {
  for (const [at, mode] of found.entries()) {
    if (mode?.operator !== undefined && !operators.includes(mode.operator)) {
      const message = `${mode.operator} is none of the operators`;
      const remedy = `Choose one of: ${operators.join(', ')}.`;
      note(within(spot, `modes[${at}].operator`), { code: 'COUNTRY_VALUE', message, remedy });
    }
    if (mode?.mode === undefined || mode.mode === 'permissive' || permitted) continue;
    const message = `the mode ${mode.mode} admits what is on the permitted list, and none is made`;
    const remedy = 'Write permitted: true under lists, or mode: permissive here.';
    note(within(spot, `modes[${at}].mode`), { code: 'COUNTRY_VALUE', message, remedy });
  }
}
