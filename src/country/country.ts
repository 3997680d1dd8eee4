import { createHash } from 'node:crypto';
import { LineCounter, parseDocument, type YAMLError } from 'yaml';
import type { Day } from '../calendar/day.ts';
import type { Fault } from '../faults/fault.ts';
import { fail, ok, type Result } from '../faults/result.ts';
import { type AccessPolicy, access } from './access.ts';
import { type Appeal, appeal } from './appeal.ts';
import { type AppealsPolicy, appeals } from './appeals.ts';
import { type Condition, conditions } from './condition.ts';
import { type DevicePolicy, devices } from './devices.ts';
import { type EirPolicy, eir, noteAgainst } from './eir.ts';
import { type ImportLimits, importLimits } from './limits.ts';
import { type NoticePolicy, notices } from './notices.ts';
import { MCC, NAME, noteTwice, type Operator, operators } from './operator.ts';
import type { Catalogue } from './parameter.ts';
import { type RegistrationPolicy, registration } from './registration.ts';
import { type Retention, retention } from './retention.ts';
import { day, digits, type Form, integer, show, text, truth } from './scalar.ts';
import { nearest } from './spelling.ts';
import { type TheftPolicy, theft } from './theft.ts';
import {
  checked,
  type Holed,
  list,
  needed,
  note,
  optional,
  type Reader,
  record,
  type Spot,
  section,
  standing,
  type Walk,
  within,
} from './walk.ts';

/** How lists for operators are made. */
export type ListOptions = {
  /** Days before the list's date in which a subscriber must have been seen to be notified. */
  readonly lookbackDays: number;
  /** Exceptions lists name only pairs whose identifier is blocked. */
  readonly exceptionsOnlyBlocked: boolean;
  /** IMEIs are written with their check digit (15 digits). */
  readonly checkDigit: boolean;
  /** Identifiers that are no IMEI stand in the lists too. */
  readonly malformed: boolean;
  /** Pairs of barred IMEIs and TACs stay in the exceptions lists. */
  readonly barredInExceptions: boolean;
  /** A subscriber of a paired IMEI who changes the SIM is notified although the MSISDN stays the same. */
  readonly notifyImsiChange: boolean;
  /** Permitted lists are made, for networks that admit only what is listed. */
  readonly permitted: boolean;
};

/** Until and with `evaluationEnds` eligible matches are granted; the granted are blocked on the day `ends`, not before. */
export type Amnesty = { readonly evaluationEnds: Day; readonly ends: Day };

/** What a country has decided, as one file says it. */
export type Policy = {
  readonly name: string;
  readonly mccs: readonly string[];
  readonly callingCodes: readonly string[];
  /** In which days begin and end; a name of the IANA database. */
  readonly timeZone: string;
  readonly operators: readonly Operator[];
  readonly import: ImportLimits;
  /** Device types that need no registration, as the TAC database writes them. */
  readonly exemptDeviceTypes: readonly string[];
  readonly retentionMonths: number;
  /** For how long personal data that people gave are kept. */
  readonly retention: Retention;
  /** What holds for those who work with the register. */
  readonly access: AccessPolicy;
  readonly lists: ListOptions;
  readonly amnesty?: Amnesty;
  /** Without it explanations name the country's authority, and no more. */
  readonly appeal?: Appeal;
  /** How appeals and complaints are handled. */
  readonly appeals: AppealsPolicy;
  /** Pairs, associations and disputes of devices. */
  readonly devices: DevicePolicy;
  /** How reports of theft and loss are handled. */
  readonly theft: TheftPolicy;
  /** How the live register answers; without it as `EIR_DEFAULTS` of `eir.ts` says. */
  readonly eir?: EirPolicy;
  /** Approval, imports, visitors, fees; without it as `registrationOf` of `registration.ts` says. */
  readonly registration?: RegistrationPolicy;
  /** How people are told; without it as `noticesOf` of `notices.ts` says. */
  readonly notices?: NoticePolicy;
  readonly conditions: readonly Condition[];
};

/** A policy with the exact text it was read from and that text's SHA-256 in hex; every run stores both. */
export type Country = Policy & { readonly text: string; readonly hash: string };

/** Reads a country file. All faults are found at once, in the order of the text; never throws. */
export function parseCountry(source: string, file: string, catalogue: Catalogue): Result<Country, readonly Fault[]> {
  const walk: Walk = { file, lines: new LineCounter(), faults: [], places: new Map() };
  const root = rootOf(source, walk);
  const read = root === undefined ? undefined : policy(catalogue)(root);
  const place = ({ line = 0, column = 0 }: Fault): number => line * 1e6 + Math.min(column, 999_999);
  if (walk.faults.length > 0 || read === undefined) return fail(walk.faults.sort((a, b) => place(a) - place(b)));
  return ok({ ...read, text: source, hash: createHash('sha256').update(source, 'utf8').digest('hex') });
}

/** The document's root; undefined where the text is no YAML, which is noted. */
function rootOf(source: string, walk: Walk): Spot | undefined {
  const start: Spot = { walk, node: null, offset: 0, path: '' };
  try {
    // Our own walk notes duplicate keys, with the line of the first; tags and YAML 1.1 are not used.
    const options = { lineCounter: walk.lines, prettyErrors: false, uniqueKeys: false } as const;
    const document = parseDocument(source, { ...options, schema: 'core', resolveKnownTags: false, merge: false });
    noteErrors(start, { errors: [...document.errors, ...document.warnings], source });
    return walk.faults.length > 0 ? undefined : { ...start, node: document.contents };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return note(start, { code: 'COUNTRY_YAML', ...TOO_DEEP });
  }
}

const TOO_DEEP = {
  message: 'lists or maps are nested too deeply to be read',
  remedy: 'Write the file as the example shows.',
};

/** Notes the parser's errors, the first of each line: what follows it is mostly its echo. */
function noteErrors(
  start: Spot,
  { errors, source }: { readonly errors: readonly YAMLError[]; readonly source: string },
) {
  const lines = new Set<number>();
  for (const { code, message, pos } of errors) {
    const spot = { ...start, offset: pos[0] };
    const { line } = start.walk.lines.linePos(pos[0]);
    if (lines.has(line)) continue;
    lines.add(line);
    if (code === 'RESOURCE_EXHAUSTION') note(spot, { code: 'COUNTRY_YAML', ...TOO_DEEP });
    else
      note(spot, {
        code: 'COUNTRY_YAML',
        message: yamlMessage(code, message),
        remedy: yamlRemedy(code, source[pos[0]]),
      });
  }
}

const yamlMessage = (code: YAMLError['code'], message: string): string =>
  code === 'MULTIPLE_DOCS' ? 'a second document begins here' : (message.split('\n', 1)[0]?.slice(0, 200) ?? '');

function yamlRemedy(code: YAMLError['code'], found: string | undefined): string {
  if (code === 'TAB_AS_INDENT' || found === '\t') return 'Indent with spaces, not tabs.';
  if (code === 'TAG_RESOLVE_FAILED') return 'Remove the tag (the word beginning with !).';
  if (code === 'MULTIPLE_DOCS') return 'Keep one document: remove the line --- and what follows it.';
  return 'Correct the YAML here; texts with : # , [ ] { } & * ! need quotes.';
}

const CALLING: Form = { pattern: /^[1-9]\d{0,6}$/, about: "1 to 7 digits without a leading zero, such as '41'" };

const options: Reader<ListOptions> = record<ListOptions>({
  lookbackDays: standing(integer({ min: 1, max: 3660, unit: 'days' }), 180),
  exceptionsOnlyBlocked: standing(truth, false),
  checkDigit: standing(truth, false),
  malformed: standing(truth, true),
  barredInExceptions: standing(truth, false),
  notifyImsiChange: standing(truth, false),
  permitted: standing(truth, false),
});

const amnesty: Reader<Amnesty> = checked(
  record<Amnesty>({ evaluationEnds: needed(day), ends: needed(day) }),
  (found, spot) => {
    if (found.evaluationEnds === undefined || found.ends === undefined || found.evaluationEnds < found.ends) return;
    const message = `the amnesty ends on ${found.ends}, not after its evaluation, which ends on ${found.evaluationEnds}`;
    note(within(spot, 'ends'), { code: 'COUNTRY_VALUE', message, remedy: 'Let ends be later than evaluation_ends.' });
  },
);

const timeZone: Reader<string> = (spot) => {
  const zone = text({ pattern: /^/, about: 'a time zone' })(spot);
  if (zone === undefined || isZone(zone)) return zone;
  const near = nearest(zone, Intl.supportedValuesOf('timeZone'));
  const remedy = near === undefined ? 'Write a name such as Europe/Zurich or UTC.' : `Did you mean ${near}?`;
  return note(spot, { code: 'COUNTRY_VALUE', message: `${show(zone)} is no time zone of the IANA database`, remedy });
};

/** Offsets such as +01:00 are refused although some engines take them: they know no summer time. */
function isZone(zone: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(zone)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).format(0) !== '';
  } catch {
    return false;
  }
}

/** A list of texts, each once, whatever the case. */
const distinct = (item: Reader<string>, listing: { readonly what: string; readonly atLeastOne?: string }) =>
  checked(list(item, listing), (found, spot) =>
    noteTwice(spot, {
      keys: found.map((one, at) => ({ key: one?.toLowerCase(), path: `[${at}]` })),
      what: listing.what,
    }),
  );

const policy = (catalogue: Catalogue): Reader<Policy> =>
  checked(
    record<Policy>({
      name: needed(text(NAME)),
      mccs: needed(distinct(digits(MCC), { what: 'MCC', atLeastOne: 'MCC' })),
      callingCodes: needed(distinct(digits(CALLING), { what: 'calling code', atLeastOne: 'calling code' })),
      timeZone: needed(timeZone),
      operators: needed(operators),
      import: section(importLimits),
      exemptDeviceTypes: section(distinct(text(NAME), { what: 'device type' })),
      retentionMonths: standing(integer({ min: 1, max: 120, unit: 'months' }), 6),
      retention: section(retention),
      access: section(access),
      lists: section(options),
      amnesty: optional(amnesty),
      appeal: optional(appeal),
      appeals: section(appeals),
      devices: section(devices),
      theft: section(theft),
      eir: optional(eir),
      registration: optional(registration),
      notices: optional(notices),
      conditions: section(conditions(catalogue)),
    }),
    (found, spot) => {
      noteForeignNetworks(found, spot);
      noteModes(found, spot);
    },
  );

function noteModes({ eir: found, operators: all, lists }: Holed<Policy>, spot: Spot): void {
  const ids = (all ?? []).flatMap((one) => (one?.id === undefined ? [] : [one.id]));
  // While an operator or the option is at fault, modes cannot be held against it.
  if (found === undefined || ids.length < (all?.length ?? 1)) return;
  noteAgainst(found, { spot: within(spot, 'eir'), operators: ids, permitted: lists?.permitted !== false });
}

function noteForeignNetworks({ mccs, operators }: Holed<Policy>, spot: Spot): void {
  // While a country code itself is at fault, those of the operators cannot be held against it.
  if (mccs === undefined || mccs.length === 0 || mccs.includes(undefined)) return;
  for (const [at, operator] of (operators ?? []).entries()) {
    for (const [place, plmn] of (operator?.plmns ?? []).entries()) {
      if (plmn?.mcc === undefined || mccs.includes(plmn.mcc)) continue;
      note(within(spot, `operators[${at}].plmns[${place}].mcc`), {
        code: 'COUNTRY_PLMN',
        message: `the MCC ${plmn.mcc} is not among the country's: ${mccs.join(', ')}`,
        remedy: `Correct it, or add '${plmn.mcc}' to mccs.`,
      });
    }
  }
}
