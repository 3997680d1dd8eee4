import type { Evidence } from '../detection/dimension.ts';
import type { Entry, Explanation, Finding, Held, Origin, Published, Verdict } from './explanation.ts';
import { writeIdentity } from './identity.ts';
import { columns, part, wrap } from './layout.ts';

/** An explanation as a caseworker reads it in a terminal of 100 columns. */
export function writeExplanation(one: Explanation): string {
  const { date, country, classified } = one;
  const run =
    classified === undefined ? 'Nothing was ever classified.' : `The last classification is ${originText(classified)}.`;
  return [
    `${titleOf(one)}\n`,
    wrap(`As of ${date}, under the country file of ${country.name} (${short(country.hash)}). ${run}`),
    '\n',
    part(
      'What happens next',
      one.next.map((text) => wrap(text, '  - ')),
    ),
    part('What it is', whatItIs(one)),
    part('What networks saw', whatWasSeen(one)),
    part('Where it is listed', one.entries.map(entryText)),
    part('Conditions', one.verdicts.flatMap(verdictLines)),
    part('What operators were told', one.published.map(publishedText)),
    part('How to object', [wrap(one.appeal, '  ')]),
  ].join('');
}

const short = (hash: string): string => hash.slice(0, 12);

const originText = ({ run, day, country }: Origin): string =>
  `run ${run}${day === undefined ? '' : ` for ${day}`}${country === undefined ? '' : `, country file ${short(country)}`}`;

const titleOf = ({ identity }: Explanation): string =>
  identity.imei === undefined ? `“${identity.known}”, which is no IMEI` : `IMEI ${identity.imei.imei15}`;

function whatItIs({ identity, model, golden }: Explanation): readonly string[] {
  const lines = [...writeIdentity(identity)];
  if (model !== undefined) {
    const name = [model.manufacturer, model.brand, model.model].filter((text) => text !== '').join(' · ');
    const facts = [
      model.deviceType,
      model.generations.join(' '),
      model.slots === undefined ? '' : `${model.slots} SIM slot(s)`,
      model.allocated === undefined ? '' : `allocated ${model.allocated}`,
    ].filter((text) => text !== '');
    lines.push(`Model: ${name || 'without a name'}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}.`);
  } else if (identity.imei !== undefined) lines.push('Model: the TAC database has none under this TAC.');
  if (golden !== undefined) lines.push(`Protected until ${golden.expires}: ${golden.legalBasis}.`);
  return lines.map((line) => wrap(line, '  '));
}

function whatWasSeen({ sightings, subscriptions }: Explanation): readonly string[] {
  if (sightings.length === 0) return ['  No network has reported it.'];
  const { count, latest, masked } = subscriptions;
  const seen = sightings.map(({ operator, first, last, days, rats }) => [operator, first, last, days, rats.join(', ')]);
  const used = latest.map(({ imsi, msisdn, home, first, last, days }) => [
    imsi,
    msisdn,
    home || '-',
    first,
    last,
    days,
  ]);
  const which = count > latest.length ? `, the latest ${latest.length} of them` : '';
  const how = masked ? ' (numbers are masked)' : '';
  return [
    columns([['operator', 'first', 'last', 'days', 'access'], ...seen]),
    `  Used by ${count} ${count === 1 ? 'subscription' : 'subscriptions'}${which}${how}:`,
    columns([['IMSI', 'MSISDN', 'home', 'first', 'last', 'days'], ...used], '    '),
  ];
}

function entryText({ list, from, to, recorded, closed, holds, details }: Entry): string {
  const told = Object.entries(details).map(([name, value]) => `${name.replaceAll('_', ' ')} ${value}`);
  const until = to === undefined ? '' : ` until before ${to}`;
  const known = closed === undefined ? '' : `, taken back by run ${closed}`;
  const facts = told.length === 0 ? '' : `: ${told.join(', ')}`;
  return wrap(
    `${list.replaceAll('_', ' ')}, from ${from}${until} (run ${recorded}${known})${facts}`,
    holds ? '  now   ' : '  once  ',
  );
}

function verdictLines({ label, reason, code, effect, ...rest }: Verdict): readonly string[] {
  const { matches, unjudged, findings, standing, history } = rest;
  const name = `${label}: ${reason}${code === undefined ? '' : ` (${code})`}${effect === undefined ? '' : `, ${effect}`}`;
  return [
    wrap(name, unjudged === undefined ? (matches ? '  MATCHES  ' : '  no       ') : '  UNJUDGED '),
    ...(unjudged === undefined ? [] : [wrap(unjudged, '           ! ')]),
    ...findings.map(findingText),
    ...(standing === undefined
      ? []
      : [wrap(`stands ${heldText(standing)}`, '           > '), ...evidenceLines(standing)]),
    ...history.flatMap((held) => [
      wrap(`stood ${heldText(held)}`, '           > '),
      ...(held.ended === undefined ? [] : evidenceLines(held)),
    ]),
  ];
}

const findingText = ({ dimension, inverted, holds, sentence }: Finding): string =>
  wrap(`${inverted ? 'not ' : ''}${dimension}: ${sentence}`, `           ${holds ? '+' : '-'} `);

function heldText({ effect, since, blockDate, amnesty, ended, recorded, closed }: Held): string {
  const block = blockDate === undefined ? '' : `, block date ${blockDate}`;
  const spared = amnesty ? ', spared by an amnesty' : '';
  const over =
    closed === undefined ? '' : `, ${ended === undefined ? 'replaced' : `ended ${ended}`} by ${originText(closed)}`;
  return `as ${effect} since ${since}${block}${spared} (${originText(recorded)}${over})`;
}

/** The numbers a standing rests on: those of the first match and of the last, which need not be today's. */
function evidenceLines({ since, firstEvidence, evidence }: Held): readonly string[] {
  const last = figuresOf(evidence);
  const first = figuresOf(firstEvidence ?? {});
  return [...new Set([...first.keys(), ...last.keys()])].flatMap((dimension) => {
    const [then, now] = [first.get(dimension), last.get(dimension)];
    if (then === now) return found(`found, first on ${since} and last, with ${dimension}: ${now}`);
    return [
      ...(then === undefined ? [] : found(`first found, on ${since}, with ${dimension}: ${then}`)),
      ...(now === undefined ? [] : found(`last found with ${dimension}: ${now}`)),
    ];
  });
}

const found = (text: string): readonly string[] => [wrap(text, '             ')];

/** The numbers of each dimension in words. */
const figuresOf = (evidence: Evidence): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(evidence).map(([dimension, numbers]) => {
      const told = typeof numbers === 'object' && numbers !== null ? Object.entries(numbers) : [];
      return [dimension, told.map(([name, value]) => `${name.replaceAll('_', ' ')} ${String(value)}`).join(', ')];
    }),
  );

function publishedText({ list, operator, run, blockDate, reasons, entries }: Published): string {
  const whose = operator === '' ? 'all operators' : operator;
  const block = blockDate === undefined ? '' : `, block date ${blockDate}`;
  const why = reasons.length === 0 ? '' : `: ${reasons.join('; ')}`;
  const many = operator === '' ? '' : `, ${entries} ${entries === 1 ? 'subscriber' : 'subscribers'}`;
  return wrap(`${list} list of ${whose}${many}${block} (run ${run})${why}`, '  - ');
}
