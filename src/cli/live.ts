import { createHash, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Day } from '../calendar/day.ts';
import type { Country } from '../country/country.ts';
import type { Node } from '../eir/node/node.ts';
import { publishFeed } from '../lists/feed.ts';
import { rulesAt } from '../lists/rules.ts';
import { literal } from '../stores/analytics.ts';
import { imeiText, imsiText, isImei } from '../stores/schema.ts';
import type { Store } from '../stores/store.ts';

/** An equipment to be asked about, and with which subscriber. */
type Example = { readonly what: string; readonly imei: string; readonly imsi: string };

/** What a network that asked over S13 was told. */
export type LiveAnswer = {
  readonly what: string;
  readonly imei: string;
  readonly told: string;
  readonly seconds: number;
};

/** What the live part of the demonstration begins with. */
export type Live = { readonly feed: string; readonly operator: string; readonly examples: readonly Example[] };

const columns = `${imeiText('c.imei')} AS imei`;

/** Equipment of each kind: an ordinary one, a blocked one, and one that is blocked but for its own subscriber, or tracked. */
async function examplesOf({ analytics }: Store, operator: string): Promise<readonly Example[]> {
  const one = async (what: string, sql: string): Promise<readonly Example[]> => {
    const [found] = await analytics.gather<{ imei: string; imsi: string }>(sql);
    return found === undefined ? [] : [{ what, ...found }];
  };
  const on = (list: string): string =>
    `SELECT imei FROM change WHERE list = '${list}' GROUP BY imei HAVING argMax(op, seq) != 'remove'`;
  const any = (list: string): string =>
    `SELECT ${columns}, '' AS imsi FROM change AS c WHERE ${isImei('c.imei')} AND c.imei IN (${on(list)})`;
  const own = `c.list = 'exceptions' AND c.operator = ${literal(operator)}`;
  const paired = `SELECT ${columns}, ${imsiText('c.imsi')} AS imsi FROM change AS c
    WHERE ${own} AND c.op = 'add' AND c.imsi > 0 AND ${isImei('c.imei')} AND c.imei IN (${on('blocked')}) LIMIT 1`;
  const plain = `SELECT ${imeiText('t.imei')} AS imei, '' AS imsi FROM triplet AS t
    WHERE ${isImei('t.imei')} AND t.imei NOT IN (SELECT imei FROM change WHERE list IN ('blocked', 'tracked')) LIMIT 1`;
  const exceptional = await one('blocked, asked with the subscriber it is paired with', paired);
  return [
    ...(await one('on no list', plain)),
    ...(await one(
      'blocked',
      `${any('blocked')} AND c.imei NOT IN (SELECT imei FROM change WHERE list = 'exceptions') LIMIT 1`,
    )),
    ...(exceptional.length > 0 ? exceptional : await one('tracked', `${any('tracked')} AND c.imei > 0 LIMIT 1`)),
  ];
}

/** Publishes the lists for nodes, and chooses what one is to be asked. */
export async function prepareLive(
  store: Store,
  { country, date, folder }: { readonly country: Country; readonly date: Day; readonly folder: string },
): Promise<Live> {
  const feed = path.join(folder, 'feed');
  const operator = country.operators[0]?.id ?? '';
  await publishFeed(store, feed, await rulesAt(store, country, date));
  return { feed, operator, examples: await examplesOf(store, operator) };
}

const IDENTITY = { host: 'eir.demo', realm: 'demo' };

/** A node must have its lists by then. */
const PATIENCE_MS = 20_000;

async function untilReady(node: Node): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (node.unready().length > 0) {
    if (performance.now() > end) throw new Error(`The node of the demonstration lacks ${node.unready().join(', ')}.`);
    await pause(20);
  }
}

async function askOne(address: string, { what, imei, imsi }: Example): Promise<LiveAnswer> {
  const { loadS13 } = await import('../eir/diameter/load.ts');
  const load = await loadS13({
    host: '127.0.0.1',
    port: Number(address.split(':').at(-1)),
    identity: { host: 'mme.demo', realm: 'demo' },
    realm: IDENTITY.realm,
    connections: 1,
    window: 1,
    rate: 100,
    seconds: 0.02,
    imei: () => Number(imei),
    imsi: () => (imsi === '' ? 1 : Number(imsi)),
  });
  const words = {
    white: 'permitted',
    grey: 'tracked',
    black: 'blocked',
    unknown: 'unknown',
    other: 'refused',
  } as const;
  const [verdict] = Object.entries(load.verdicts).flatMap(([name, times]) => (times > 0 ? [name] : []));
  const told = words[(verdict ?? 'other') as keyof typeof words];
  return { what, imei, told, seconds: load.latency.percentile(0.5) / 1e6 };
}

/** Starts a centre and a node that follows it, asks as an MME would over S13, and ends both. */
export async function askLive({ feed, operator, examples }: Live, folder: string): Promise<readonly LiveAnswer[]> {
  const [{ startCentre }, { startNode }, { parseNode }, { pino }] = await Promise.all([
    import('../eir/centre/centre.ts'),
    import('../eir/node/node.ts'),
    import('../eir/node/parse.ts'),
    import('pino'),
  ]);
  const home = path.join(folder, 'node');
  await mkdir(home, { recursive: true, mode: 0o700 });
  const token = randomBytes(16).toString('hex');
  const nodes = [{ name: 'demo', operator, token: createHash('sha256').update(token).digest('hex') }];
  const centre = await startCentre({
    folder: feed,
    host: '127.0.0.1',
    port: 0,
    nodes: { nodes },
    count: () => undefined,
  });
  try {
    await writeFile(path.join(home, 'token'), `${token}\n`, { mode: 0o600 });
    const here = { host: '127.0.0.1', port: 0 };
    const config = JSON.stringify({
      name: 'demo',
      operator,
      data: './data',
      centre: { url: `http://${centre.address}`, token_file: './token' },
      protocols: { s13: [{ ...here, identity: IDENTITY }] },
      events: { file_seconds: 1 },
    });
    const file = path.join(home, 'node.yaml');
    await writeFile(file, `${config}\n`);
    const parsed = parseNode(config, file);
    if (!parsed.ok) throw new Error('The node file of the demonstration is wrong.');
    const node = await startNode({ config: parsed.value, file, logger: pino({ level: 'silent' }) });
    try {
      await untilReady(node);
      const answers: LiveAnswer[] = [];
      for (const example of examples) answers.push(await askOne(node.addresses.get('s13[0]') ?? '', example));
      return answers;
    } finally {
      await node.close();
    }
  } finally {
    await centre.close();
  }
}

/** The live answers as a person reads them. */
export const writeLive = (answers: readonly LiveAnswer[]): string =>
  [
    'A node of the live register, fed with these lists, was asked over Diameter S13:',
    ...answers.map(
      ({ imei, what, told, seconds }) => `  ${imei}  ${told.padEnd(9)} in ${(seconds * 1000).toFixed(1)} ms  (${what})`,
    ),
  ].join('\n');
