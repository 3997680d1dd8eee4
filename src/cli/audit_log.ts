import { alarms } from '../access/alarm.ts';
import type { LogRow } from '../access/chain.ts';
import { readHead, signHead, type Verified, verifyLog } from '../access/checkpoint.ts';
import { trail } from '../access/trail.ts';
import { Misused, Refused } from '../faults/fault.ts';
import type { Progress } from '../files/progress.ts';
import type { Store } from '../stores/store.ts';
import { openKeys } from '../vault/open.ts';
import { deletions } from '../vault/retention.ts';
import { type PublicKeys, publicKeys, signerOf } from '../vault/signing.ts';
import { type Call, COUNTRY, type Command, STORE } from './command.ts';
import { answer, countOf, countryOf, fileOf, progressOf, withStore } from './context.ts';

type Checked = { readonly store: Store; readonly keys: PublicKeys; readonly progress: Progress };

/** Walks the log; a token that was kept elsewhere must be the register's own, and its row must be there. */
async function check({ store, keys, progress }: Checked, token: Buffer | undefined): Promise<Verified> {
  const now = new Date();
  const kept = token === undefined ? undefined : await readHead(token.toString('utf8'), keys, now);
  if (kept !== undefined && !kept.ok) throw new Refused([kept.fault]);
  const onProgress = (rows: number, total: number): void =>
    progress.update('log of readings', { done: rows, total, rows });
  const heads = kept === undefined ? [] : [kept.value];
  return verifyLog(store.registry.query, { keys, kept: heads, now, onProgress });
}

async function verify(call: Call): Promise<number> {
  const token = await fileOf(call, 'head');
  const progress = progressOf(call);
  const verified = await withStore(call, async (store) => {
    const keys = publicKeys(await openKeys(store.registry, store));
    return check({ store, keys, progress }, token).finally(() => progress.end());
  });
  const { head, checkpoints, fault } = verified;
  if (fault !== undefined) throw new Refused([fault]);
  answer(
    call,
    { rows: head.number, hash: head.hash, checkpoints },
    () =>
      `${head.number} readings, each as it was written, and as ${checkpoints} checkpoint(s) say. Hash: ${head.hash}`,
  );
  return 0;
}

async function head(call: Call): Promise<number> {
  const country = await countryOf(call);
  const { point, keys } = await withStore(call, async (store) => {
    const held = await openKeys(store.registry, store);
    const signer = signerOf(held, country.name);
    const now = new Date();
    const signed = await store.registry.transaction((query) => signHead({ query, now }, signer));
    return { point: signed, keys: signer.keys() };
  });
  answer(call, { ...point, keys }, () => point.token);
  return 0;
}

const shown = (row: LogRow) => ({
  ...row,
  number: Number(row.number),
  previous: row.previous.toString('hex'),
  hash: row.hash.toString('hex'),
});

function line({ number, at, actor, roles, action, purpose, case_ref, subject, fields }: LogRow): string {
  const inCase = case_ref === null ? '' : `, case ${case_ref}`;
  const which = fields.length === 0 ? '' : ` (${fields.join(', ')})`;
  return `${number.padStart(8)}  ${at}  ${actor} [${roles.join(', ')}]  ${action}: ${subject}${which}; ${purpose}${inCase}`;
}

async function show(call: Call): Promise<number> {
  const limit = countOf(call, 'limit') ?? 20;
  if (call.flag('alarms') && call.flag('deletions')) throw new Misused('take --alarms or --deletions, not both');
  if (call.flag('alarms')) {
    const found = await withStore(call, ({ registry }) => alarms(registry, { limit }));
    const text = found.map(
      (one) => `${one.at.toISOString()}  ${one.kind}: ${one.actor}  ${JSON.stringify(one.detail)}`,
    );
    answer(call, found, () => (text.length === 0 ? 'There was no alarm yet.' : text.join('\n')));
    return 0;
  }
  if (call.flag('deletions')) {
    const found = await withStore(call, ({ registry }) => deletions(registry, { limit }));
    answer(call, found, () => (found.length === 0 ? 'Nothing was deleted yet.' : found.map(deletionText).join('\n')));
    return 0;
  }
  const wish = { limit, actor: call.text('actor'), subject: call.text('subject'), case: call.text('case') };
  const rows = await withStore(call, ({ registry }) => trail(registry, wish));
  answer(call, rows.map(shown), () => (rows.length === 0 ? 'No such reading.' : rows.map(line).join('\n')));
  return 0;
}

function deletionText({ id, at, rules, keys }: Awaited<ReturnType<typeof deletions>>[number]): string {
  const what = rules.map((one) => `${one.rows} of ${one.table} ${one.how} (${one.class}, ${one.sha256.slice(0, 16)}…)`);
  const gone = keys.map((one) => `key ${one.version} of ${one.class} destroyed`);
  const all = [...what, ...gone];
  return `${id.padStart(8)}  ${at.toISOString()}  ${all.length === 0 ? 'nothing was due' : all.join('; ')}`;
}

const ACTS: Readonly<Record<string, (call: Call) => Promise<number>>> = { verify, head, show };

export const command: Command = {
  name: 'audit-log',
  usage: 'verify|head|show',
  about: `The log of who read personal data, what for and of whom. verify walks all of it and names the first row that was
altered, taken out or put in later; head signs where it ends, for keeping elsewhere: who has that sees if its end was cut
off; show prints the latest readings.`,
  options: {
    head: { type: 'string', value: 'FILE', about: 'verify: hold it also against a head that was kept elsewhere' },
    limit: { type: 'string', value: 'N', about: 'show: how many (default 20)' },
    actor: { type: 'string', value: 'ID', about: 'show: readings by this account' },
    subject: { type: 'string', value: 'ID', about: 'show: readings of this subject, such as an IMEI' },
    case: { type: 'string', value: 'REF', about: 'show: readings in this case' },
    alarms: { type: 'boolean', about: 'show: what auditors are told of, such as spent quotas' },
    deletions: { type: 'boolean', about: 'show: what was deleted because its time was over' },
    ...COUNTRY,
    ...STORE,
  },
  examples: [
    ['ceir audit-log verify', 'is the log as it was written?'],
    ['ceir audit-log head > /mnt/auditor/head.jws', 'sign its end, and keep that where nobody here can write'],
    ['ceir audit-log verify --head /mnt/auditor/head.jws', 'is it still the log of that day?'],
    ['ceir audit-log show --subject 49015420323751', 'who read of this device?'],
    ['ceir audit-log show --deletions', 'what was deleted, and the proof'],
  ],
  run: async (call) => {
    const [act, ...more] = call.args;
    const chosen = more.length > 0 ? undefined : ACTS[act ?? ''];
    if (chosen === undefined) throw new Misused('ceir audit-log verify|head|show: name one of them');
    return chosen(call);
  },
};
