import { mkdir, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DEMO_SECRETS } from '../access/secrets.ts';
import { addDays } from '../calendar/day.ts';
import type { Country } from '../country/country.ts';
import { classify } from '../decisions/classify.ts';
import { Misused, Refused } from '../faults/fault.ts';
import type { Progress } from '../files/progress.ts';
import { writeWhole } from '../files/whole.ts';
import { generateLists } from '../lists/generate.ts';
import { importOperator } from '../observations/import.ts';
import { importList } from '../reference/import.ts';
import type { KindName } from '../reference/kinds.ts';
import { accuracyOf } from '../report/accuracy.ts';
import { gatherFigures } from '../report/figures.ts';
import { pageOf } from '../report/page.ts';
import type { Places, Report } from '../report/report.ts';
import { type Served, servePage } from '../report/serve.ts';
import { textOf } from '../report/text.ts';
import { type Demo, seedDemo } from '../serve/demo.ts';
import { type Summary, simulate } from '../simulator/simulate.ts';
import { openStore, type Store, serveStore } from '../stores/store.ts';
import { openVault } from '../vault/open.ts';
import type { Call, Command } from './command.ts';
import { answer, countOf, progressOf, readCountry } from './context.ts';
import { askLive, type LiveAnswer, prepareLive, writeLive } from './live.ts';

/** Does one step after another, says of each how long it took, and keeps that for the report. */
type Clock = {
  readonly steps: Report['steps'];
  readonly step: <T>(name: string, act: () => Promise<T>) => Promise<T>;
  readonly progress: Progress;
};

function clockOf(call: Call): Clock {
  const progress = progressOf(call);
  const steps: { name: string; seconds: number }[] = [];
  const step: Clock['step'] = async (name, act) => {
    const started = performance.now();
    const value = await act();
    const seconds = Math.round(performance.now() - started) / 1000;
    steps.push({ name, seconds });
    progress.end();
    if (!call.flag('json')) process.stderr.write(`${name.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s\n`);
    return value;
  };
  return { steps, step, progress };
}

/** The folder of the demonstration: the one named, or a new one among the temporary folders, which is kept. */
async function folderOf(call: Call): Promise<string> {
  const named = call.text('out');
  if (named === undefined) return mkdtemp(path.join(tmpdir(), 'ceir-demo-'));
  await mkdir(named, { recursive: true });
  if ((await readdir(named)).length === 0) return path.resolve(named);
  const message = 'The folder for the demonstration is not empty; nothing in it was touched.';
  throw new Refused([{ code: 'FILE_EXISTS', file: named, message, remedy: 'Name a new folder, or empty this one.' }]);
}

/** Settles the synthetic country, while the stores are being opened: both are waited for, whatever comes of them. */
async function begin(call: Call, folder: string, progress: Progress): Promise<{ made: Summary; store: Store }> {
  const [made, store] = await Promise.allSettled([
    simulate(path.join(folder, 'country'), {
      devices: countOf(call, 'devices') ?? 200_000,
      months: countOf(call, 'months') ?? 2,
      seed: countOf(call, 'seed') ?? 1,
      onProgress: ({ day, days }) => progress.update('simulating', { done: day, total: days, rows: day, unit: 'days' }),
    }),
    openStore({ folder: path.join(folder, 'data') }),
  ]);
  if (store.status === 'fulfilled' && made.status === 'fulfilled') return { made: made.value, store: store.value };
  if (store.status === 'fulfilled') await store.value.close();
  throw made.status === 'rejected' ? made.reason : store.status === 'rejected' ? store.reason : undefined;
}

/** The reference lists of the country, TACs first; they hold from the first day of the data. */
async function importLists(store: Store, { made, country, progress }: Ground): Promise<void> {
  const { tac, ...others } = made.lists;
  const lists: readonly (readonly [KindName, string])[] = [
    ['tac', tac],
    ['cells', made.cells],
    ...Object.entries(others).map(([kind, file]) => [kind as keyof typeof others, file] as const),
  ];
  for (const [kind, file] of lists) {
    await importList(store, { kind, files: [file], country, date: made.firstDay, progress });
  }
}

/** Each operator's usage, and its events. */
async function importOperators(store: Store, { made, country, progress }: Ground): Promise<void> {
  for (const { id } of country.operators) {
    for (const feed of [made.operatorFiles, made.eventFiles]) {
      const files = feed.filter(({ operator, rows }) => operator === id && rows > 0).map(({ file }) => file);
      if (files.length === 0) continue; // a small country has operators without events
      await importOperator(store, { country, operator: id, files, progress });
    }
  }
}

type Ground = { readonly made: Summary; readonly country: Country; readonly progress: Progress };

type Demonstrated = {
  readonly report: Report;
  readonly live: readonly LiveAnswer[];
  readonly demo: Demo;
  readonly country: Country;
};

/** The whole path, from the feeds to the lists, in one opening of the stores. */
async function demonstrate(call: Call, folder: string): Promise<Demonstrated> {
  const clock = clockOf(call);
  const { step, progress } = clock;
  const { made, store } = await step('simulate', () => begin(call, folder, progress));
  try {
    const country = await readCountry(made.country);
    const ground = { made, country, progress };
    await step('lists in', () => importLists(store, ground));
    await step('operators in', () => importOperators(store, ground));
    const date = addDays(made.lastDay, 1);
    const judged = await step('classify', () => classify(store, { country, date, progress }));
    const lists = {
      country,
      day: date,
      out: path.join(folder, 'lists'),
      format: 'openceir',
      onProgress: progress.update,
    } as const;
    const written = await step('lists out', () => generateLists(store, lists));
    const labels = country.conditions.map(({ label }) => label);
    const accuracy = await step('compare', () => accuracyOf(store, { truth: made.truth, labels }));
    const figures = await step('figures', () => gatherFigures(store, { country, date }));
    const vault = await openVault(store.registry, { folder: store.folder });
    const demo = await step('offices', () => seedDemo({ store, vault, country, day: date }));
    const live = await step('live', async () => askLive(await prepareLive(store, { country, date, folder }), folder));
    const report: Report = {
      devices: made.devices,
      days: { first: made.firstDay, last: made.lastDay },
      figures,
      accuracy,
      refused: judged.conditions.flatMap(({ label, refused }) =>
        refused === undefined ? [] : [{ label, message: refused.message }],
      ),
      steps: clock.steps,
      places: placesOf(folder, { made, lists: written.folder }),
    };
    return { report, live, demo, country };
  } finally {
    await store.close();
  }
}

function placesOf(folder: string, { made, lists }: { readonly made: Summary; readonly lists: string }): Places {
  const within = (file: string): string => path.relative(folder, file);
  return {
    folder,
    country: within(made.country),
    truth: within(made.truth),
    data: 'data',
    lists: within(lists),
    report: 'report.html',
  };
}

/** The condition whose finds are the most telling ones to explain: clones, seen far apart. */
const TELLING = ['far_apart', 'many_subscriptions_daily', 'many_users_daily'];

/** The lines below the report: where everything is, and what to try next. */
function whereabouts({ places, accuracy, figures }: Report): string {
  const file = (name: string): string => path.join(places.folder, name);
  const finds = [...TELLING, ...accuracy.map(({ label }) => label)];
  const example = finds.flatMap((name) => accuracy.find(({ label }) => label === name)?.example ?? [])[0];
  const explain = [
    'Why was this clone found? Ask, in another terminal:',
    `  npx ceir explain ${example} --data ${file(places.data)} --country ${file(places.country)} --date ${figures.date}`,
  ];
  return [
    `All of it is in ${places.folder} and stays there:`,
    `  control lists ${places.lists}, report ${places.report}, truth ${places.truth}, stores ${places.data}`,
    ...(example === undefined ? [] : explain),
  ].join('\n');
}

/** Until the person at the terminal, or the system, ends it. */
const untilEnded = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });

function portOf(call: Call, name: string): number {
  const text = call.text(name) ?? '0';
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new Misused(`--${name} must be a number from 0 (any free one) to 65535, not «${text}»`);
}

/** The register of the demonstration, as `ceir serve` serves one, on this machine only. */
async function openRegister(folder: string, { country, port }: { readonly country: Country; readonly port: number }) {
  const [{ startServing }, { channelsOf }, { pino }, store] = await Promise.all([
    import('../serve/serve.ts'),
    import('../serve/channels.ts'),
    import('pino'),
    serveStore({ folder: path.join(folder, 'data') }),
  ]);
  const serving = await startServing({
    store,
    country,
    listen: { host: '127.0.0.1', port },
    feed: path.join(folder, 'feed'),
    channels: (house) => channelsOf({ operators: path.join(folder, 'notices') }, house),
    logger: pino({ level: 'silent' }),
    production: false,
  }).catch(async (error: unknown) => {
    await store.close();
    throw error;
  });
  // It checks once it has read the lists.
  while ((await serving.house.checking.check(['0'], new Date())) === undefined) await wait(50);
  const close = async (): Promise<void> => {
    await serving.close();
    await store.close();
  };
  return { url: serving.url, close };
}

/** How to try the register: somebody to be, and something to ask. */
function invitation(url: string, { accounts, cases }: Demo): string {
  const one = cases[0];
  const signIn = JSON.stringify({ login: 'officer@north.police.example', password: DEMO_SECRETS.password });
  return [
    `The register: ${url} (what it can be asked: ${url}/v1/openapi.json)`,
    `  its offices, all with the password ${DEMO_SECRETS.password}:`,
    ...accounts.map(({ login, roles }) => `    ${login.padEnd(32)} ${roles.join(', ')}`),
    '  its cases of theft:',
    ...cases.map(({ reference, imei, what }) => `    ${reference}  ${imei}  ${what}`),
    ...(one === undefined
      ? []
      : [
          '  would you buy this telephone?',
          `    curl -s ${url}/v1/check -H 'content-type: application/json' -d '{"imeis":["${one.imei}"]}'`,
        ]),
    '  sign in as the police, and see their cases:',
    `    curl -s ${url}/v1/session -H 'content-type: application/json' -d '${signIn}'`,
    `    curl -s ${url}/v1/thefts -H 'authorization: Bearer TOKEN'`,
  ].join('\n');
}

type Shown = { readonly served: Served; readonly folder: string; readonly demonstrated: Demonstrated };

async function serve({ served, folder, demonstrated: { demo, country } }: Shown, call: Call): Promise<void> {
  const register = await openRegister(folder, { country, port: portOf(call, 'register-port') });
  const said = `\n${invitation(register.url, demo)}\n\nThe report: ${served.url} (Ctrl-C ends both)\n`;
  process.stdout.write(call.flag('json') ? `${JSON.stringify({ register: register.url })}\n` : said);
  await untilEnded();
  await register.close();
  await served.close();
}

export const command: Command = {
  name: 'demo',
  usage: '',
  about: `Shows the whole on a synthetic country: simulates it, takes in the operators' data and the lists, judges every
identifier, makes the control lists, compares what was found with the truth, has a live node answer by the lists, fills the
register with offices and cases, and serves it and a report to this machine until Ctrl-C. Everything stays in the folder it
names.`,
  options: {
    devices: { type: 'string', value: 'N', about: 'physical devices (default 200000)' },
    months: { type: 'string', value: 'M', about: 'months of data (default 2)' },
    seed: { type: 'string', value: 'S', about: 'any whole number (default 1)' },
    out: { type: 'string', value: 'DIR', about: 'a new or empty folder (default: a new temporary one)' },
    port: { type: 'string', value: 'N', about: 'where the report is served (default 0: any free port)' },
    'register-port': { type: 'string', value: 'N', about: 'where the register is served (default 0: any free port)' },
    'no-serve': { type: 'boolean', about: 'write the report and end' },
  },
  examples: [
    ['ceir demo', 'what npm start does'],
    ['ceir demo --devices 20000 --out demo --port 8080', 'a smaller country, in a place of your own'],
    ['ceir demo --devices 2000 --no-serve --json', 'for a script'],
  ],
  run: async (call) => {
    if (call.args.length > 0) throw new Misused('ceir demo takes no words besides its options');
    const port = portOf(call, 'port');
    // A port that is taken is told before the work, not after it.
    if (!call.flag('no-serve')) await servePage('', port).then((probe) => probe.close());
    const folder = await folderOf(call);
    const demonstrated = await demonstrate(call, folder);
    const { report, live, demo } = demonstrated;
    const page = pageOf(report);
    await writeWhole(path.join(folder, report.places.report), (sink) => sink.write(page));
    const served = call.flag('no-serve') ? undefined : await servePage(page, port);
    const text = (): string => `\n${[textOf(report), writeLive(live), whereabouts(report)].join('\n\n')}`;
    answer(call, { ...report, live, ...demo, url: served?.url ?? null }, text);
    if (served !== undefined) await serve({ served, folder, demonstrated }, call);
    return 0;
  },
};
