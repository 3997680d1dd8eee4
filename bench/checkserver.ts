// What the benches of checks measure, in a process of its own: `ours`, the whole interface over lists in memory; `bulk`,
// the same with an embedded registry and a worker; or `bare`, a fastify route that reads its body and answers every
// request alike. Arguments: what, a folder, identifiers. The process tells its port, and, when it is asked for it, its
// processor time in microseconds.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import fastify from 'fastify';
import type { Actor } from '../src/access/actor.ts';
import { BULK_CHECK, bulkCheck } from '../src/api/bulk/handler.ts';
import { ASPECTS } from '../src/api/check/aspects.ts';
import { checkingBy } from '../src/api/check/checking.ts';
import { AspectMemory } from '../src/api/check/memory.ts';
import { publicReasons } from '../src/api/check/reasons.ts';
import type { House } from '../src/api/house.ts';
import { startWorker } from '../src/api/jobs/worker.ts';
import { LIMIT_CLASSES, LIMITS } from '../src/api/limits.ts';
import { makeApi } from '../src/api/server.ts';
import { Answers } from '../src/eir/centre/answers.ts';
import { Feed } from '../src/eir/centre/feed.ts';
import { Snapshots } from '../src/eir/centre/snapshots.ts';
import { Builder } from '../src/eir/memory/build.ts';
import { newFile, publish } from '../src/eir/memory/folder.ts';
import { startPostgres } from '../src/stores/postgres.ts';
import { openRegistry, type Registry } from '../src/stores/registry.ts';
import { vaultOf } from '../src/vault/seal.ts';
import { signerOf } from '../src/vault/signing.ts';
import { memoryKeys } from '../test/vault/memory.ts';
import { EXAMPLE_COUNTRY } from './checkcountry.ts';
import { eachImei } from './imeis.ts';

const [what = 'ours', folder = '', identifiers = '1000000'] = process.argv.slice(2);

/** Aspects of so many identifiers, every third of which is registered. */
async function aspects(): Promise<AspectMemory> {
  const place = path.join(folder, 'aspects');
  await mkdir(place, { recursive: true });
  const file = await newFile(place);
  const builder = new Builder(file, 'sorted');
  const classes = [1, 2, 3].map((one) => builder.classOf(ASPECTS.inUse | (one === 1 ? ASPECTS.registered : 0), ''));
  let count = 0;
  eachImei(2 * Number(identifiers), 'sorted', (imei) => {
    builder.add(imei, classes[count % 3] ?? 0);
    count += 1;
  });
  builder.finish({ state: {} });
  await publish(file);
  return AspectMemory.open(place);
}

async function ours(): Promise<number> {
  const feed = await Feed.open(path.join(folder, 'feed'), () => undefined);
  const rules = { changes: 1e9, share: 1, everyMs: 1000 };
  const snapshots = await Snapshots.open(feed, {
    operators: ['public-check'],
    rules,
    count: () => undefined,
    onFault: () => undefined,
  });
  const answers = new Answers(feed, snapshots, 100_000);
  const memory = await aspects();
  const checking = checkingBy({
    decide: async (questions) => {
      const found = await answers.answer('public-check', questions);
      return typeof found === 'string' ? undefined : found;
    },
    aspects: (imei) => memory.aspects(imei),
    models: (tac) => (tac % 2 === 0 ? { make: 'Acme', model: `Model ${tac}`, approved: true } : undefined),
    reasons: publicReasons(EXAMPLE_COUNTRY.conditions),
    today: () => '2026-11-25',
  });
  while ((await checking.check(['0'], new Date())) === undefined)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const registry =
    what === 'bulk' ? await openRegistry((await startPostgres(path.join(folder, 'registry'))).connection) : NONE;
  const keys = memoryKeys();
  const plenty = { most: 1e9, windowMs: 60_000 };
  const house: House = {
    registry,
    vault: vaultOf(keys),
    signer: signerOf(keys, 'bench'),
    policy: EXAMPLE_COUNTRY,
    clock: () => new Date(),
    publicUrl: 'https://ceir.example',
    authenticate: async () => ({ actor: DEALER, account: DEALER.id, by: 'bearer' }),
    checking,
    limits: {
      ...LIMITS,
      rates: Object.fromEntries(
        LIMIT_CLASSES.map((name) => [name, { account: plenty, address: plenty }]),
      ) as unknown as House['limits']['rates'],
    },
  };
  if (what === 'bulk') {
    const onDefect = (error: unknown): void => void process.stderr.write(`${String(error)}\n`);
    startWorker({ registry, handlers: { [BULK_CHECK]: bulkCheck(house) }, clock: house.clock, onDefect, everyMs: 100 });
  }
  return portOf(await (await makeApi({ house })).listen({ host: '127.0.0.1', port: 0 }));
}

const DEALER: Actor = { id: '00000000-0000-4000-8000-000000000001', roles: ['dealer'] };

const NONE: Registry = { query: () => nothing(), transaction: () => nothing(), close: () => nothing() };
const nothing = (): Promise<never> => Promise.reject(new Error('The public check asks no store.'));
const portOf = (address: string): number => Number(new URL(address).port);

async function bare(): Promise<number> {
  const body = '{"verdict":"CLEAR"}'.padEnd(2048);
  const app = fastify();
  app.post('/v1/check', async (_request, reply) => reply.type('application/json').send(body));
  return portOf(await app.listen({ host: '127.0.0.1', port: 0 }));
}

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.on('disconnect', () => process.exit());
process.send?.(await (what === 'bare' ? bare() : ours()));
