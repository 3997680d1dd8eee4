import { precisionOf, recallOf, writeShare } from './accuracy.ts';
import type { Figures } from './figures.ts';
import { ON_RECALL, type Report } from './report.ts';
import { grouped, sum, worded } from './write.ts';

/** The report for a terminal of 100 columns, in about forty lines. */
export function textOf(report: Report): string {
  const { figures, devices, days, steps } = report;
  const [commonest] = figures.reasons;
  const why = commonest === undefined ? '' : `, most often: ${commonest.reason}`;
  const rows = (of: 'imported' | 'quarantined'): string => grouped(sum(figures.imports, (one) => one[of]));
  return [
    `${figures.country}: ${grouped(devices)} devices, data of ${days.first} to ${days.last}, judged for ${figures.date}`,
    '',
    `${rows('imported')} rows of ${figures.imports.length} operators taken in, ${rows('quarantined')} put aside${why}.`,
    `${grouped(figures.imeis)} IMEIs and ${grouped(figures.malformed)} malformed identifiers seen.`,
    '',
    ...conditionLines(report),
    ON_RECALL,
    '',
    ...listLines(figures),
    '',
    `${sum(steps, ({ seconds }) => seconds).toFixed(0)} s: ${steps.map(({ name, seconds }) => `${name} ${seconds.toFixed(0)}`).join(', ')}.`,
  ].join('\n');
}

const HEADS = ['effect', 'true', 'found', 'rightly', 'precision', 'recall'] as const;

const line = (label: string, [effect = '', ...cells]: readonly string[]): string =>
  `${label.padEnd(27)}${effect.padEnd(12)}${cells.map((cell) => cell.padStart(10)).join('')}`;

function conditionLines({ figures, accuracy, refused }: Report): readonly string[] {
  const rows = figures.conditions.map(({ label, effect, open }) => {
    const one = accuracy.find((each) => each.label === label);
    if (refused.some((each) => each.label === label)) return line(worded(label), [effect, 'not judged']);
    if (one === undefined) return line(worded(label), [effect, '', grouped(open)]);
    const counts = [one.actual, one.found, one.hits].map(grouped);
    return line(worded(label), [effect, ...counts, writeShare(precisionOf(one)), writeShare(recallOf(one))]);
  });
  return [line('Condition', HEADS), ...rows];
}

function listLines({ lists }: Figures): readonly string[] {
  const common = lists.filter(({ operator }) => operator === '');
  const own = (name: string): string => {
    const rows = lists.filter(({ list }) => list === name);
    return `  ${name.padEnd(14)} ${rows.map(({ operator, rows: many }) => `${operator} ${grouped(many)}`).join(', ')}`;
  };
  return [
    `Lists: ${common.map(({ list, rows }) => `${list} ${grouped(rows)}`).join(', ')}; and for each operator`,
    own('exceptions'),
    own('notifications'),
  ];
}
