import { type Accuracy, precisionOf, recallOf, writeShare } from './accuracy.ts';
import {
  accuracyChart,
  blockChart,
  conditionChart,
  GENERATION_NAMES,
  generationChart,
  modelChart,
  sharingChart,
} from './chart.ts';
import type { Figures } from './figures.ts';
import { type Html, html } from './html.ts';
import { ON_RECALL, type Report } from './report.ts';
import { tableOf } from './table.ts';
import { grouped, modelName, range, sum, worded } from './write.ts';

/** A chart with its caption, and its numbers for whoever wants them. */
const figure = (chart: Html, caption: Html, table: Html): Html =>
  html`<figure>
<figcaption>${caption}</figcaption>
${chart}
<details><summary>The numbers</summary>${table}</details>
</figure>`;

/** The few numbers that say most. */
export function tiles(figures: Figures): Html {
  const today = figures.blocks.find(({ day }) => day === figures.date)?.identifiers ?? 0;
  const all = figures.undated + sum(figures.blocks, ({ identifiers }) => identifiers);
  const notified = figures.lists.filter(({ list }) => list === 'notifications');
  const tile = (name: string, count: number): Html => html`<div><dt>${name}</dt><dd>${grouped(count)}</dd></div>`;
  return html`<dl class="tiles">
${tile(
  'rows of operator data',
  sum(figures.imports, ({ rows }) => rows),
)}
${tile('identifiers seen', figures.imeis + figures.malformed)}
${tile('blocked today', today)}
${tile('to be blocked later', all - today)}
${tile(
  'subscribers to be told',
  sum(notified, ({ rows }) => rows),
)}
</dl>`;
}

/** What each condition holds against how many identifiers. */
export function found({ figures, refused }: Report): Html {
  const table = tableOf(
    'Identifiers by condition',
    [
      { head: 'Condition', cell: ({ label }) => worded(label) },
      { head: 'Reason on the lists', cell: ({ reason }) => reason },
      { head: 'Effect', cell: ({ effect }) => effect },
      { head: 'Identifiers', cell: ({ open }) => open, right: true },
      { head: 'blocked', cell: ({ blocked: now }) => now, right: true },
      { head: 'in grace', cell: ({ grace }) => grace, right: true },
      { head: 'amnesty', cell: ({ amnesty }) => amnesty, right: true },
    ],
    figures.conditions,
  );
  const key = (effect: string): Html => html`<span class="key ${effect}">${effect}</span>`;
  const caption = html`Identifiers by condition; one identifier may meet several. ${['blocked', 'tracked', 'informative'].map(key)}`;
  return html`<section><h2>What was found</h2>
${refused.map(({ label, message }) => html`<p><strong>${worded(label)}</strong> was not judged: ${message}</p>`)}
${figure(conditionChart(figures.conditions), caption, table)}
</section>`;
}

/** Precision and recall of each condition. */
export function accurate(accuracies: readonly Accuracy[]): Html {
  const table = tableOf(
    'Precision and recall by condition',
    [
      { head: 'Condition', cell: ({ label }) => worded(label) },
      { head: 'Is after', cell: ({ sought }) => sought.map(worded).join(', ') },
      { head: 'True', cell: ({ actual }) => actual, right: true },
      { head: 'Found', cell: ({ found: many }) => many, right: true },
      { head: 'Rightly', cell: ({ hits }) => hits, right: true },
      { head: 'Precision', cell: (one) => writeShare(precisionOf(one)), right: true },
      { head: 'Recall', cell: (one) => writeShare(recallOf(one)), right: true },
    ],
    accuracies,
  );
  const caption = html`<span class="key precision">precision: of what was found, the part rightly found</span>
<span class="key recall">recall: of what is true, the part found</span>`;
  return html`<section><h2>How well it was found</h2>
<p class="note">${ON_RECALL}</p>
${figure(accuracyChart(accuracies), caption, table)}
</section>`;
}

/** How many subscriptions share one identifier. */
export function shared({ sharing }: Figures): Html {
  const table = tableOf(
    'Identifiers by number of IMSIs',
    [
      { head: 'IMSIs', cell: ({ from, to }) => range(from, to) },
      { head: 'Identifiers', cell: ({ identifiers }) => identifiers, right: true },
    ],
    sharing,
  );
  const caption = html`Identifiers by how many IMSIs were seen with them; each step down is twice as many IMSIs, each
line to the right ten times as many identifiers.`;
  return html`<section><h2>One identifier, many subscriptions</h2>
<p>Most identifiers have one or two. The long tail is that of copies: one identifier in many devices.</p>
${figure(sharingChart(sharing), caption, table)}
</section>`;
}

/** When blocks begin. */
export function blocked({ blocks, undated, date }: Figures): Html {
  const table = tableOf(
    'Identifiers by the day of their block',
    [
      { head: 'Day', cell: ({ day }) => day },
      { head: 'Identifiers', cell: ({ identifiers }) => identifiers, right: true },
    ],
    blocks,
  );
  const unset = undated === 0 ? undefined : html`<p>For ${grouped(undated)} no day is set yet.</p>`;
  const caption = html`Identifiers by the first day on which a condition blocks them; ${date} counts all that are blocked by then.`;
  return html`<section><h2>What happens when</h2>
<p>A block comes after the grace of its condition, so that whoever uses the device can be told.</p>
${unset}
${figure(blockChart(blocks), caption, table)}
</section>`;
}

/** How long the control lists are, and for whom. */
export function listed({ lists }: Figures): Html {
  const operators = [...new Set(lists.map(({ operator }) => operator))].filter((id) => id !== '');
  const names = [...new Set(lists.map(({ list }) => list))];
  const rows = (name: string, id: string): number | string =>
    lists.find(({ list, operator }) => list === name && operator === id)?.rows ?? '';
  const columns = ['', ...operators].map((id) => ({
    head: id === '' ? 'common to all' : id,
    cell: (name: string) => rows(name, id),
    right: true,
  }));
  return html`<section><h2>Control lists</h2>
<p>Rows of each list. Exceptions and notifications name subscribers: each operator gets those of its own subscribers only.</p>
${tableOf('Rows of each list', [{ head: 'List', cell: (name: string) => name }, ...columns], names)}
</section>`;
}

/** Which models have the most listed identifiers. */
export function models({ models: all }: Figures): Html {
  const table = tableOf(
    'Models with the most listed identifiers',
    [
      { head: 'Model', cell: (model) => modelName(model) },
      { head: 'Listed', cell: ({ listed: many }) => many, right: true },
      { head: 'Seen', cell: ({ seen }) => seen, right: true },
      { head: 'Share', cell: (model) => writeShare(model.listed / model.seen), right: true },
    ],
    all,
  );
  const caption = html`Identifiers that are blocked, will be, or are tracked, by the model of their TAC; the ${all.length} models with the most.`;
  return html`<section><h2>Models</h2>
${figure(modelChart(all), caption, table)}
</section>`;
}

/** Which generations of networks the identifiers use. */
export function networks({ generations }: Figures): Html {
  const table = tableOf(
    'Generations by operator',
    [
      { head: 'Operator', cell: ({ operator }) => operator },
      { head: 'Newest generation used', cell: ({ generation }) => GENERATION_NAMES[generation] },
      { head: 'Identifiers', cell: ({ identifiers }) => identifiers, right: true },
    ],
    generations.filter(({ identifiers }) => identifiers > 0),
  );
  const caption = html`Identifiers of each operator by the newest generation of networks that they used. ${(
    [0, 2, 3, 4, 5] as const
  )
    .filter((one) => generations.some(({ generation, identifiers }) => generation === one && identifiers > 0))
    .map((one) => html`<span class="key g${one}">${GENERATION_NAMES[one]}</span>`)}`;
  return html`<section><h2>Networks</h2>
${figure(generationChart(generations), caption, table)}
</section>`;
}

/** What was taken in, and what was put aside. */
export function taken({ imports, reasons, references }: Figures): Html {
  const rows = tableOf(
    'Rows of operator data',
    [
      { head: 'Operator', cell: ({ operator }) => operator },
      { head: 'Rows', cell: ({ rows: all }) => all, right: true },
      { head: 'Taken in', cell: ({ imported }) => imported, right: true },
      { head: 'Put aside', cell: ({ quarantined }) => quarantined, right: true },
    ],
    imports,
  );
  const why = tableOf(
    'Why rows were put aside',
    [
      { head: 'Why rows were put aside', cell: ({ reason }) => reason },
      { head: 'Rows', cell: ({ rows: many }) => many, right: true },
    ],
    reasons,
  );
  const lists = tableOf(
    'Reference lists',
    [
      { head: 'Reference list', cell: ({ kind }) => worded(kind) },
      { head: 'Rows', cell: ({ rows: many }) => many, right: true },
    ],
    references,
  );
  return html`<section><h2>What was taken in</h2>
<p>Rows that are none are put aside with line, column and reason; the rest of the file counts.</p>
${rows}
${reasons.length === 0 ? undefined : why}
${lists}
</section>`;
}

/** Where everything is, and how long it took. */
export function places({ places: where, steps }: Report): Html {
  const files = [
    ['Country file', where.country],
    ['Truth about every identifier', where.truth],
    ['Control lists', where.lists],
    ['Stores', where.data],
  ] as const;
  const table = tableOf(
    'Steps',
    [
      { head: 'Step', cell: ({ name }) => name },
      { head: 'Seconds', cell: ({ seconds }) => seconds.toFixed(1), right: true },
    ],
    steps,
  );
  return html`<section><h2>Where it is, and how long it took</h2>
<p>In the folder of this page:</p>
<ul>${files.map(([name, file]) => html`<li>${name}: <code>${file}</code></li>`)}</ul>
${table}
</section>`;
}
