import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { addDays } from '../src/calendar/day.ts';
import { type Country, parseCountry } from '../src/country/country.ts';
import { type Classified, classify } from '../src/decisions/classify.ts';
import { DIMENSIONS } from '../src/detection/catalogue.ts';
import { Refused } from '../src/faults/fault.ts';
import { importOperator } from '../src/observations/import.ts';
import { importList } from '../src/reference/import.ts';
import { isKindName } from '../src/reference/kinds.ts';
import { type Accuracy, accuracyOf, precisionOf, recallOf, writeShare } from '../src/report/accuracy.ts';
import { type Summary, simulate } from '../src/simulator/simulate.ts';
import { openStore, type Store } from '../src/stores/store.ts';
import type { Bench, Call, Cell, Found } from './bench.ts';
import { freshFolder } from './place.ts';

function countryAt(file: string): Country {
  const country = parseCountry(readFileSync(file, 'utf8'), file, DIMENSIONS);
  if (!country.ok) throw new Refused(country.fault);
  return country.value;
}

async function takeIn(store: Store, made: Summary, country: Country): Promise<void> {
  const { tac, ...others } = made.lists;
  const files: Readonly<Record<string, string>> = { tac, ...others, cells: made.cells };
  for (const [name, file] of Object.entries(files)) {
    if (!isKindName(name)) throw new Error(`the simulator writes a list of no kind: ${name}`);
    await importList(store, { kind: name, files: [file], country, date: made.firstDay });
  }
  for (const { id } of country.operators) {
    for (const feed of [made.operatorFiles, made.eventFiles]) {
      const own = feed.filter(({ operator, rows }) => operator === id && rows > 0).map(({ file }) => file);
      if (own.length > 0) await importOperator(store, { country, operator: id, files: own });
    }
  }
}

type Outcome = { readonly made: Summary; readonly judged: Classified; readonly accuracy: readonly Accuracy[] };

async function outcomeOf(call: Call, folder: string): Promise<Outcome> {
  const made = await simulate(path.join(folder, 'country'), {
    devices: call.count('devices', 200_000),
    months: call.count('months', 2),
    seed: call.count('seed', 1),
  });
  const country = countryAt(made.country);
  const store = await openStore({ folder: path.join(folder, 'data') });
  try {
    await takeIn(store, made, country);
    const judged = await classify(store, { country, date: addDays(made.lastDay, 1) });
    const labels = country.conditions.map(({ label }) => label);
    return { made, judged, accuracy: await accuracyOf(store, { truth: made.truth, labels }) };
  } finally {
    await store.close();
  }
}

function lineOf({ label, sought, actual, found, hits }: Accuracy): readonly Cell[] {
  const [precision, recall] = [precisionOf({ found, hits }), recallOf({ actual, hits })].map(writeShare);
  return [label, sought.join(', '), actual, found, hits, precision ?? '', recall ?? ''];
}

export const bench: Bench = {
  name: 'accuracy',
  about: `A synthetic country with known truth, imported and classified: what each condition finds of what was planted.
Thresholds let small copies pass on purpose: recall below 100 % is the policy's.`,
  options: {
    devices: { type: 'string', about: 'physical devices (default 200000)' },
    months: { type: 'string', about: 'months of data (default 2)' },
    seed: { type: 'string', about: 'another country of the same kind (default 1)' },
  },
  run: async (call): Promise<Found> => {
    const folder = freshFolder('accuracy');
    try {
      const { made, judged, accuracy } = await outcomeOf(call, folder);
      const refused = judged.conditions.flatMap(({ label, refused: why }) => (why === undefined ? [] : [label]));
      const head = ['condition', 'sought', 'planted', 'found', 'rightly', 'precision', 'recall'];
      const title = `${made.devices.toLocaleString('en')} devices, ${made.rows.toLocaleString('en')} operator rows, ${made.events.toLocaleString('en')} events`;
      return {
        tables: [{ title, rows: [head, ...accuracy.map(lineOf)] }],
        figures: { devices: made.devices, rows: made.rows, events: made.events, accuracy, refused },
        notes: refused.length === 0 ? [] : [`Refused, and so found nothing: ${refused.join(', ')}.`],
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
