import { barX, dot, gridX, link, type PlotOptions, plot, ruleX, stackX, text } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Day } from '../calendar/day.ts';
import type { Effect } from '../country/condition.ts';
import { type Accuracy, precisionOf, recallOf } from './accuracy.ts';
import type { Bin } from './bins.ts';
import type { Generation, Held, Model } from './figures.ts';
import { Html, html } from './html.ts';
import { grouped, modelName, range, worded } from './write.ts';

/** The two widths, in pixels, that every chart is drawn in: for screens and paper, and for telephones. */
const WIDTHS = { wide: 760, narrow: 330 } as const;

/** How wide a chart is to be, and whether that is little. */
type Room = { readonly width: number; readonly narrow: boolean };

/** A chart in both widths; the style sheet shows one of them. The label is for those who hear the page. */
function drawn(label: string, options: (room: Room) => PlotOptions): Html {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const one = (name: keyof typeof WIDTHS): Html => {
    const room = { width: WIDTHS[name], narrow: name === 'narrow' };
    const svg = plot({ document, width: room.width, style: { fontSize: '12px' }, ...options(room) });
    // The page has a style sheet of its own, and its policy admits no other.
    for (const style of svg.querySelectorAll('style')) style.remove();
    for (const name of ['class', 'style']) svg.removeAttribute(name);
    svg.setAttribute('font-size', '12');
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
    return new Html(svg.outerHTML);
  };
  return html`<div class="chart wide">${one('wide')}</div><div class="chart narrow">${one('narrow')}</div>`;
}

const EFFECT_COLOURS: Readonly<Record<Effect, string>> = {
  blocked: 'var(--blocked)',
  tracked: 'var(--tracked)',
  informative: 'var(--informative)',
};

/** Room for names at the left of a chart. */
const names = ({ narrow }: Room): number => (narrow ? 158 : 200);

/** A name that fits into it, by the letter. */
const shortened = (name: string): string => (name.length > 26 ? `${name.slice(0, 25)}…` : name);

/** How many identifiers each condition holds something against. */
export function conditionChart(conditions: readonly Held[]): Html {
  const bars = [...conditions].sort((one, two) => two.open - one.open);
  const y = ({ label }: Held): string => worded(label);
  return drawn('Identifiers by condition', (room) => ({
    marginLeft: names(room),
    marginRight: 52,
    height: bars.length * 24 + 30,
    x: { axis: null },
    y: { label: null, domain: bars.map(y), tickSize: 0 },
    marks: [
      barX(bars, { y, x: 'open', fill: ({ effect }: Held) => EFFECT_COLOURS[effect] }),
      text(bars, { y, x: 'open', text: ({ open }: Held) => grouped(open), dx: 5, textAnchor: 'start' }),
      ruleX([0]),
    ],
  }));
}

/** Precision as a filled dot and recall as a ring, in percent; what has neither has no mark. */
export function accuracyChart(accuracies: readonly Accuracy[]): Html {
  const y = ({ label }: Accuracy): string => worded(label);
  const percent = (share: number | undefined): number => (share === undefined ? Number.NaN : share * 100);
  const both = accuracies.filter((one) => precisionOf(one) !== undefined && recallOf(one) !== undefined);
  const [x1, x2] = [(one: Accuracy) => percent(precisionOf(one)), (one: Accuracy) => percent(recallOf(one))];
  return drawn('Precision and recall by condition', (room) => ({
    marginLeft: names(room),
    marginRight: 20,
    marginBottom: 40,
    height: accuracies.length * 24 + 60,
    x: { domain: [0, 100], label: 'per cent', labelAnchor: 'center', labelArrow: 'none', ticks: room.narrow ? 3 : 6 },
    y: { label: null, domain: accuracies.map(y), tickSize: 0 },
    marks: [
      gridX({ ticks: room.narrow ? 3 : 6 }),
      link(both, { y, x1, x2, stroke: 'currentColor', strokeOpacity: 0.35 }),
      dot(accuracies, { y, x: x2, r: 6, stroke: 'var(--recall)', strokeWidth: 2 }),
      dot(accuracies, { y, x: x1, r: 3.5, fill: 'var(--precision)' }),
    ],
  }));
}

/** How many identifiers were seen with so many IMSIs; both scales are logarithmic. */
export function sharingChart(bins: readonly Bin[]): Html {
  const filled = bins.filter(({ identifiers }) => identifiers > 0);
  const most = Math.max(1, ...filled.map(({ identifiers }) => identifiers));
  const y = ({ from, to }: Bin): string => range(from, to);
  return drawn('Identifiers by number of IMSIs', (room) => ({
    marginLeft: 96,
    marginRight: 62,
    marginBottom: 40,
    height: bins.length * 24 + 60,
    x: {
      type: 'log',
      label: 'identifiers',
      labelAnchor: 'center',
      labelArrow: 'none',
      domain: [LEAST, most],
      ticks: powersOfTen(most).filter((_, at) => !room.narrow || at % 2 === 0),
      tickFormat: grouped,
    },
    y: { label: null, domain: bins.map(y), tickSize: 0 },
    marks: [
      gridX({ ticks: powersOfTen(most) }),
      barX(filled, { y, x1: LEAST, x2: 'identifiers', fill: 'var(--series)' }),
      text(filled, { y, x: 'identifiers', text: count, dx: 5, textAnchor: 'start' }),
      ruleX([LEAST]),
    ],
  }));
}

/** Where bars on the logarithmic scale begin: a count of 1 is seen as a short one. */
const LEAST = 0.7;

const count = ({ identifiers }: { readonly identifiers: number }): string => grouped(identifiers);

/** 1, 10, 100 … up to a count. */
const powersOfTen = (most: number): readonly number[] =>
  Array.from({ length: Math.floor(Math.log10(most)) + 1 }, (_, at) => 10 ** at);

/** How many identifiers become blocked on which day. */
export function blockChart(blocks: readonly { readonly day: Day; readonly identifiers: number }[]): Html {
  return drawn('Identifiers by the day of their block', (room) => ({
    marginLeft: room.narrow ? 92 : 110,
    marginRight: 60,
    height: Math.max(1, blocks.length) * 28 + 20,
    x: { axis: null },
    y: { label: null, domain: blocks.map(({ day }) => day), tickSize: 0 },
    marks: [
      barX(blocks, { y: 'day', x: 'identifiers', fill: 'var(--blocked)' }),
      text(blocks, { y: 'day', x: 'identifiers', text: count, dx: 5, textAnchor: 'start' }),
      ruleX([0]),
    ],
  }));
}

/** Generations from the oldest, with the name of their colour in the style sheet; 0 stands for none told. */
export const GENERATION_NAMES = { 0: 'not told', 2: '2G', 3: '3G', 4: '4G', 5: '5G' } as const;

/** Each bar is a whole, its parts from the oldest to the newest. */
const STACK = { offset: 'normalize', order: 'generation' } as const;

/** The share of each generation among an operator's identifiers. */
export function generationChart(generations: readonly Generation[]): Html {
  const operators = [...new Set(generations.map(({ operator }) => operator))];
  const bars = { y: 'operator', x: 'identifiers', fill: ({ generation }: Generation) => `var(--g${generation})` };
  const shares = { y: 'operator', x: 'identifiers', text: shareOf(generations), fill: 'var(--paper)' };
  return drawn('Generations by operator', (room) => ({
    marginLeft: 76,
    marginRight: 24,
    marginBottom: 40,
    height: operators.length * 32 + 60,
    x: { label: 'per cent', labelAnchor: 'center', labelArrow: 'none', percent: true, ticks: room.narrow ? 3 : 6 },
    y: { label: null, domain: operators, tickSize: 0 },
    marks: [barX(generations, stackX(STACK, bars)), text(generations, stackX(STACK, shares))],
  }));
}

/** The share as text where its part of the bar is wide enough for it. */
function shareOf(generations: readonly Generation[]): (one: Generation) => string {
  const total = (id: string): number =>
    generations.reduce((sum, { operator, identifiers }) => sum + (operator === id ? identifiers : 0), 0);
  return ({ operator, generation, identifiers }) => {
    const share = identifiers / Math.max(1, total(operator));
    return share < 0.12 ? '' : `${GENERATION_NAMES[generation]} ${Math.round(share * 100)} %`;
  };
}

/** Models with the most listed identifiers. */
export function modelChart(models: readonly Model[]): Html {
  const y = (model: Model): string => shortened(modelName(model));
  return drawn('Models with the most listed identifiers', (room) => ({
    marginLeft: names(room),
    marginRight: 52,
    height: Math.max(1, models.length) * 24 + 20,
    x: { axis: null },
    y: { label: null, domain: models.map(y), tickSize: 0 },
    marks: [
      barX(models, { y, x: 'listed', fill: 'var(--series)' }),
      text(models, { y, x: 'listed', text: ({ listed }: Model) => grouped(listed), dx: 5, textAnchor: 'start' }),
      ruleX([0]),
    ],
  }));
}
