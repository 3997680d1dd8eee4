import { type Day, parseDay } from '../../calendar/day.ts';
import {
  type Home,
  type ImsiRange,
  imeiSpan,
  imsiSpan,
  type Roamers,
  RULE_LISTS,
  tacSpan,
  type WithoutImei,
} from '../../country/eir.ts';
import { type Asking, asks, MODES, type Mode, type Region, STATUSES } from '../../country/mode.ts';
import { clashes, type Span } from '../../country/span.ts';
import type { Fault } from '../../faults/fault.ts';
import { fail, ok, type Result } from '../../faults/result.ts';
import type { Golden } from './golden.ts';
import { type At, many, oneOf, type Read, shaped, text, truth, within, wrong } from './reading.ts';
import type { Kinds, Rules } from './rules.ts';

/** The version of the form of a rules document; one of another version is refused. */
export const RULES_VERSION = 1;

/** The rules as the text that goes to nodes: JSON, one object, its `version` first. */
export const writeRules = (rules: Rules): string => `${JSON.stringify({ version: RULES_VERSION, ...rules })}\n`;

const day: Read<Day> = (value, at) => {
  const parsed = typeof value === 'string' ? parseDay(value) : undefined;
  return parsed?.ok === true ? parsed.value : wrong(at, 'a day such as 2026-10-31');
};

const zone: Read<string> = (value, at) => {
  try {
    return typeof value === 'string' && new Intl.DateTimeFormat('en', { timeZone: value }) ? value : wrong(at, 'text');
  } catch {
    return wrong(at, 'a time zone');
  }
};

const told = oneOf(STATUSES);
const id = text(/^[a-z0-9_]{1,16}$/, 'an id');
const reason = text(/^[^\p{Cc}\u2028\u2029]{1,4096}$/u, 'one line of text');
const imei = text(/^\d{14}$/, '14 digits');
const imsi = text(/^\d{5,15}$/, '5 to 15 digits');
const days = within(0, 3660);
const svn = within(0, 99);
const ruling = { list: oneOf(RULE_LISTS), reason, svnFrom: svn, svnTo: svn };

const mode = shaped<Mode>(
  {
    operator: id,
    from: day,
    mode: oneOf(MODES),
    unlisted: told,
    onlyPermitted: truth,
    shadow: truth,
    asking: shaped<Asking>({ ttlSeconds: within(0, 2_592_000), timeoutMs: within(1, 60_000), fallback: told }),
    percentage: within(0, 100, false),
    regions: many(id),
  },
  ['operator', 'asking', 'regions'],
);

const form = shaped<Rules & { readonly version: number }>(
  {
    version: within(RULES_VERSION, RULES_VERSION),
    country: text(/^[0-9a-f]{64}$/, 'a SHA-256 in hex'),
    day,
    timeZone: zone,
    mccs: many(text(/^\d{3}$/, 'three digits')),
    override: told,
    listsMissing: told,
    modes: many(mode),
    regions: many(shaped<Region>({ id, peers: many(text(/^[!-~]{1,255}$/, 'the name of a peer')) })),
    withoutImei: shaped<WithoutImei>({ mac: told, eui: told, other: told }),
    roamers: shaped<Roamers>({
      stayDays: days,
      homes: many(shaped<Home>({ home: text(/^(?:\d{3}|\d{5,6})$/, 'an MCC, or an MCC and MNC'), stayDays: days })),
    }),
    imsiRanges: many(shaped<ImsiRange>({ from: imsi, to: imsi, status: told })),
    imeiRanges: many(shaped<Rules['imeiRanges'][number]>({ from: imei, to: imei, ...ruling }, ['svnFrom', 'svnTo'])),
    tacs: many(shaped<Rules['tacs'][number]>({ tac: text(/^\d{8}$/, '8 digits'), ...ruling }, ['svnFrom', 'svnTo'])),
    kinds: shaped<Kinds>({ stolen: many(reason), barred: many(reason) }),
    golden: many(shaped<Golden>({ hash: text(/^[0-9a-f]{32}$/, '32 hexadecimal digits'), expires: day })),
    pairsBy: oneOf(['imsi', 'imsi_or_msisdn']),
  },
  ['override', 'golden'],
);

/** Reads a rules document. All faults are found at once; never throws. */
export function parseRules(source: string): Result<Rules, readonly Fault[]> {
  const at: At = { path: '', faults: [] };
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    wrong(at, 'JSON');
    return fail(at.faults);
  }
  const read = form(value, at);
  // Only what is whole can be compared with itself.
  if (read === undefined || at.faults.length > 0) return fail(at.faults);
  const { version: _, ...rules } = read;
  noteContradictions(rules, at);
  return at.faults.length > 0 ? fail(at.faults) : ok(rules);
}

function noteContradictions(rules: Rules, at: At): void {
  const lists = {
    imsiRanges: rules.imsiRanges.map(imsiSpan),
    imeiRanges: rules.imeiRanges.map(imeiSpan),
    tacs: rules.tacs.map(tacSpan),
  };
  for (const [name, spans] of Object.entries(lists)) noteSpans(spans, { ...at, path: name });
  for (const [place, { mode: name, asking, regions }] of rules.modes.entries()) {
    const here = { ...at, path: `modes[${place}]` };
    if (asks(name) !== (asking !== undefined))
      wrong(here, 'saying how the centre is asked just where its mode asks it');
    const known = (region: string): boolean => rules.regions.some((one) => one.id === region);
    if (regions?.every(known) === false) wrong(here, 'in force in regions that are defined');
  }
  noteTwice(
    rules.modes.map(({ operator = '', from }) => `${operator} ${from}`),
    { ...at, path: 'modes' },
  );
  noteTwice(
    rules.regions.map((region) => region.id),
    { ...at, path: 'regions' },
  );
  noteTwice(
    rules.roamers.homes.map(({ home }) => home),
    { ...at, path: 'roamers.homes' },
  );
}

function noteSpans(spans: readonly (Span | undefined)[], at: At): void {
  const whole = spans.filter((span) => span !== undefined);
  const backwards = spans.findIndex((span) => span === undefined || span.svnFrom > span.svnTo);
  if (backwards >= 0) wrong({ ...at, path: `${at.path}[${backwards}]` }, 'running forwards');
  if (whole.length < spans.length) return;
  for (const { later, kind } of clashes(whole)) {
    wrong(
      { ...at, path: `${at.path}[${later}]` },
      kind === 'twice' ? 'given once' : 'apart from, or within, another one',
    );
  }
}

function noteTwice(keys: readonly string[], at: At): void {
  const twice = keys.findIndex((key, place) => keys.indexOf(key) < place);
  if (twice >= 0) wrong({ ...at, path: `${at.path}[${twice}]` }, 'given once');
}
