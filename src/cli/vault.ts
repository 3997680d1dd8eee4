import { Misused } from '../faults/fault.ts';
import type { Ask } from '../stores/registry.ts';
import { openKeys } from '../vault/open.ts';
import { applyRetention } from '../vault/retention.ts';
import { rotateKeys, rotateSigning } from '../vault/rotate.ts';
import { vaultOf } from '../vault/seal.ts';
import { tendVault } from '../vault/tend.ts';
import { DATA_CLASSES, type DataClass } from '../vault/vault.ts';
import { type Call, COUNTRY, type Command, STORE } from './command.ts';
import { answer, countryOf, withStore } from './context.ts';

type KeyRow = {
  readonly class: string;
  readonly version: number;
  readonly made: string;
  readonly destroyed: string | null;
};

const keyRows = (query: Ask): Promise<readonly KeyRow[]> =>
  query<KeyRow>(`SELECT class, version, made::date::text AS made, destroyed::date::text AS destroyed FROM vault_key
    ORDER BY class, version`);

const line = ({ class: kind, version, made, destroyed }: KeyRow): string =>
  `${kind.padEnd(10)} ${String(version).padStart(4)}  made ${made}${destroyed === null ? '' : `, destroyed ${destroyed}`}`;

async function keys(call: Call): Promise<number> {
  const rows = await withStore(call, async ({ registry, folder }) => {
    await openKeys(registry, { folder });
    return keyRows(registry.query);
  });
  answer(call, rows, () => rows.map(line).join('\n'));
  return 0;
}

async function rotate(call: Call): Promise<number> {
  const named = call.args.slice(1);
  const classes = DATA_CLASSES.filter((kind) => named.length === 0 || named.includes(kind));
  const signing = named.length === 0 || named.includes('signing');
  if (classes.length + Number(signing) < named.length)
    throw new Misused(`ceir vault rotate takes ${[...DATA_CLASSES, 'signing'].join(', ')}, or nothing for all`);
  await withStore(call, async ({ registry, folder }) => {
    const held = await openKeys(registry, { folder });
    const now = new Date();
    await registry.transaction(async (query) => {
      if (classes.length > 0) await rotateKeys({ query, keys: held, now }, classes);
      if (signing) await rotateSigning({ query, keys: held, now });
    });
  });
  const done = [...classes, ...(signing ? ['signing'] : [])];
  answer(call, { rotated: done }, () => `New keys: ${done.join(', ')}. Keep a copy of vault.keys.`);
  return 0;
}

async function tend(call: Call): Promise<number> {
  const country = await countryOf(call);
  const now = new Date();
  const done = await withStore(call, async ({ registry, folder }) => {
    const held = await openKeys(registry, { folder });
    const desk = { policy: country, now };
    if (!call.flag('dry-run')) return tendVault({ registry, keys: held, vault: vaultOf(held), ...desk, batch: 1000 });
    const run = await registry.transaction((query) =>
      applyRetention({ query, ...desk }, { dryRun: true, limit: 1000 }),
    );
    return { rotated: [] as readonly DataClass[], resealed: 0, rules: run.rules, keys: run.keys };
  });
  const what = done.rules.map((one) => `${one.rows} of ${one.table} ${one.how} (${one.class})`);
  const gone = done.keys.map((one) => `key ${one.version} of ${one.class} destroyed`);
  const fresh = done.rotated.map((kind) => `a new key for ${kind}`);
  const all = [...what, ...fresh, ...(done.resealed > 0 ? [`${done.resealed} sealed anew`] : []), ...gone];
  answer(call, done, () => (all.length === 0 ? 'Nothing was due.' : all.join('\n')));
  return 0;
}

const ACTS: Readonly<Record<string, (call: Call) => Promise<number>>> = { keys, rotate, tend };

export const command: Command = {
  name: 'vault',
  usage: 'keys|rotate|tend [CLASS…]',
  about: `Personal data and the keys that they are sealed under. keys lists the versions of each class (contact, identity,
proof, trace, account); rotate makes new ones, of all classes or of those named, and of what signs (signing); tend does the
daily work: deletes what the country file says was kept for long enough, makes keys that are due, seals anew what is under
old ones, and destroys those once nothing is.`,
  options: {
    'dry-run': { type: 'boolean', about: 'tend: say what would be deleted, do nothing' },
    ...COUNTRY,
    ...STORE,
  },
  examples: [
    ['ceir vault keys', 'which keys there are and were'],
    ['ceir vault tend --dry-run', 'what has been kept for long enough'],
    ['ceir vault rotate contact', 'a new key for numbers and addresses'],
  ],
  run: async (call) => {
    const [act, ...more] = call.args;
    const chosen = more.length > 0 && act !== 'rotate' ? undefined : ACTS[act ?? ''];
    if (chosen === undefined) throw new Misused('ceir vault keys|rotate|tend: name one of them');
    return chosen(call);
  },
};
