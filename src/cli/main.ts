import { Misused, Refused, writeFault } from '../faults/fault.ts';
import { errorCode } from '../files/errno.ts';
import { type Command, helpOf, parseCall } from './command.ts';
import { foreseen, unforeseen } from './foreseen.ts';

/** The verbs, each loaded only when called: a start must not cost what all of them need. */
const VERBS: Readonly<Record<string, readonly [about: string, load: () => Promise<{ command: Command }>]>> = {
  import: ['take in operator data or a list', () => import('./import.ts')],
  inbox: ['watch a folder and take in what arrives', () => import('./inbox.ts')],
  quarantine: ['show the rows an import put aside', () => import('./quarantine.ts')],
  classify: ['judge every identifier under the conditions', () => import('./classify.ts')],
  explain: ['say everything about one identifier', () => import('./explain.ts')],
  lists: ['write the control lists for every operator', () => import('./lists.ts')],
  'simulate-policy': ['what the lists would be under another country file', () => import('./policy.ts')],
  feed: ['serve the lists to the nodes of the live register', () => import('./feed.ts')],
  eir: ['the live register: how it answers', () => import('./eir.ts')],
  country: ['check a country file, or write an example', () => import('./country.ts')],
  runs: ['what was done, when, from what', () => import('./runs.ts')],
  prune: ['drop operator data past its retention', () => import('./prune.ts')],
  'audit-log': ['who read personal data, and that the log of it is whole', () => import('./audit_log.ts')],
  vault: ['keys of personal data, and what is deleted when', () => import('./vault.ts')],
  serve: ['serve the register: its interface, nodes, notices', () => import('./serve.ts')],
  backup: ['keep both stores, while the register goes on', () => import('./backup.ts')],
  restore: ['bring a backup back, or any moment since', () => import('./restore.ts')],
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
  if (error instanceof Misused) {
    tell(error.message, { json, as: 'misused', hint: 'ceir --help shows how.' });
    return 2;
  }
  const { faults } = error instanceof Refused ? error : (foreseen(error) ?? unforeseen(error));
  process.stderr.write(json ? `${JSON.stringify({ faults })}\n` : `${faults.map(writeFault).join('\n')}\n`);
  return 1;
}

function tell(message: string, how: { json: boolean; as: string; hint: string }): void {
  process.stderr.write(how.json ? `${JSON.stringify({ [how.as]: message })}\n` : `${message}\n${how.hint}\n`);
}

/** Whoever reads our answer may have read enough (`| head`); an answer that cannot be written is a failure. */
function heedOutput(): void {
  process.stdout.on('error', (error) => {
    if (errorCode(error) === 'EPIPE') return;
    process.stderr.write(`The answer cannot be written: ${error.message}\n`);
    process.exitCode = 1;
  });
}

async function main(words: readonly string[]): Promise<number> {
  const [verb, ...rest] = words;
  if (verb === undefined || verb === 'help' || verb === '--help' || verb === '-h') {
    process.stdout.write(overview());
    return verb === undefined ? 2 : 0;
  }
  const load = VERBS[verb]?.[1];
  if (load === undefined) {
    tell(`There is no verb «${verb}».`, { json: rest.includes('--json'), as: 'misused', hint: `\n${overview()}` });
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

heedOutput();
const code = await main(process.argv.slice(2));
process.exitCode ??= code;
