import { Misused, Refused, writeFault } from '../faults/fault.ts';
import { type Command, helpOf, parseCall } from './command.ts';
import { foreseen } from './foreseen.ts';

/** The verbs, each loaded only when called: a start must not cost what all of them need. */
const VERBS: Readonly<Record<string, readonly [about: string, load: () => Promise<{ command: Command }>]>> = {
  import: ['take in operator data or a list', () => import('./import.ts')],
  inbox: ['watch a folder and take in what arrives', () => import('./inbox.ts')],
  quarantine: ['show the rows an import put aside', () => import('./quarantine.ts')],
  classify: ['judge every identifier under the conditions', () => import('./classify.ts')],
  explain: ['say everything about one identifier', () => import('./explain.ts')],
  lists: ['write the control lists for every operator', () => import('./lists.ts')],
  'simulate-policy': ['what the lists would be under another country file', () => import('./policy.ts')],
  country: ['check a country file, or write an example', () => import('./country.ts')],
  runs: ['what was done, when, from what', () => import('./runs.ts')],
  prune: ['drop operator data past its retention', () => import('./prune.ts')],
  simulate: ['make a synthetic country with known truth', () => import('./simulate.ts')],
  demo: ['the whole on a synthetic country, in a minute', () => import('./demo.ts')],
};

const overview = (): string =>
  [
    'ceir VERB …: a central equipment identity register',
    '',
    ...Object.entries(VERBS).map(([name, [about]]) => `  ${name.padEnd(16)} ${about}`),
    '',
    'ceir VERB --help explains a verb, with examples.',
    '',
  ].join('\n');

/** Tells a failure in the words of its kind and gives the exit code. */
function failure(error: unknown, json: boolean): number {
  const refused = error instanceof Refused ? error : foreseen(error);
  if (error instanceof Misused) {
    process.stderr.write(
      json ? `${JSON.stringify({ misused: error.message })}\n` : `${error.message}\nceir --help shows how.\n`,
    );
    return 2;
  }
  if (refused !== undefined) {
    const { faults } = refused;
    process.stderr.write(json ? `${JSON.stringify({ faults })}\n` : `${faults.map(writeFault).join('\n')}\n`);
    return 1;
  }
  process.stderr.write(
    `ceir failed unexpectedly: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return 1;
}

async function main(words: readonly string[]): Promise<number> {
  const [verb, ...rest] = words;
  if (verb === undefined || verb === 'help' || verb === '--help' || verb === '-h') {
    process.stdout.write(overview());
    return verb === undefined ? 2 : 0;
  }
  const load = VERBS[verb]?.[1];
  if (load === undefined) {
    process.stderr.write(`There is no verb «${verb}».\n\n${overview()}`);
    return 2;
  }
  try {
    const { command } = await load();
    if (rest.includes('--help') || rest.includes('-h')) {
      process.stdout.write(helpOf(command));
      return 0;
    }
    return await command.run(parseCall(command, rest));
  } catch (error) {
    return failure(error, rest.includes('--json'));
  }
}

process.exitCode = await main(process.argv.slice(2));
