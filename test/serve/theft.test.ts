// A register as it is served: what an office enters is law in a live node of a network a moment later, over real sockets.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import type { CaseDesk } from '../../src/cases/desk.ts';
import { sightingsOf } from '../../src/cases/sightings.ts';
import { recoverTheft } from '../../src/cases/thefts/end.ts';
import { reportTheft } from '../../src/cases/thefts/office.ts';
import { loadS13 } from '../../src/eir/diameter/load.ts';
import { type Node, startNode } from '../../src/eir/node/node.ts';
import { parseNode } from '../../src/eir/node/parse.ts';
import { type Serving, startServing } from '../../src/serve/serve.ts';
import { type ServedStore, serveStore } from '../../src/stores/store.ts';
import { imei, NORTHERN, report } from '../cases/desk.ts';
import { BASE, parsed } from '../country/base.ts';
import { embeddedDatabase } from '../servers/embedded.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ceir-serve-'));
const IDENTITY = { host: 'eir.example', realm: 'example' };
const TOKEN = 'of-one-node-of-alfa';
const country = parsed(`${BASE}theft:
  legal_basis: 'Act, section 12'
  notify: national@police.example
  units:
    - { id: north, name: Police of the North, stations: [Port Street], bring_to: Port Street 1, notify: north@police.example }
`);
let store: ServedStore;
let serving: Serving;
let node: Node;

before(async () => {
  store = await serveStore({ folder: path.join(folder, 'data'), registry: await embeddedDatabase() });
  const here = { host: '127.0.0.1', port: 0 };
  const nodes = {
    nodes: [{ name: 'alfa-1', operator: 'alfa', token: createHash('sha256').update(TOKEN).digest('hex') }],
  };
  serving = await startServing({
    store,
    country,
    listen: here,
    feed: path.join(folder, 'feed'),
    centre: { ...here, nodes },
    channels: () => [],
    logger: pino({ level: 'silent' }),
    production: false,
  });
  const home = path.join(folder, 'node');
  await mkdir(home, { mode: 0o700 });
  await writeFile(path.join(home, 'token'), TOKEN, { mode: 0o600 });
  const config = JSON.stringify({
    name: 'alfa-1',
    operator: 'alfa',
    data: './data',
    centre: { url: `http://${serving.centre}`, token_file: './token' },
    protocols: { s13: [{ ...here, identity: IDENTITY }] },
    events: { file_seconds: 1 },
  });
  const file = path.join(home, 'node.yaml');
  await writeFile(file, config);
  const parsedNode = parseNode(config, file);
  assert.ok(parsedNode.ok);
  node = await startNode({ config: parsedNode.value, file, logger: pino({ level: 'silent' }) });
  while (node.unready().length > 0) await wait(20);
});
after(async () => {
  await node.close();
  await serving.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the node answers an MME about an IMEI. */
async function told(of: string): Promise<string> {
  const { verdicts } = await loadS13({
    host: '127.0.0.1',
    port: Number((node.addresses.get('s13[0]') ?? '').split(':').at(-1)),
    identity: { host: 'mme.example', realm: 'example' },
    realm: IDENTITY.realm,
    connections: 1,
    window: 1,
    rate: 100,
    seconds: 0.02,
    imei: () => Number(of),
    imsi: () => 999010000000001,
  });
  return Object.entries(verdicts).find(([, times]) => times > 0)?.[0] ?? '';
}

async function until(of: string, verdict: string): Promise<void> {
  while ((await told(of)) !== verdict) await wait(20);
}

const act = <T>(work: (desk: CaseDesk) => Promise<T>, actor = NORTHERN): Promise<T> =>
  store.registry.transaction((query) =>
    work({
      query,
      vault: serving.house.vault,
      policy: country,
      actor,
      now: new Date(),
      sightings: sightingsOf(store.analytics, { days: 180 }),
    }),
  );

const check = async (text: string): Promise<{ readonly verdict: string }> => {
  const answer = await fetch(`${serving.url}/v1/check`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ imeis: [text] }),
  });
  assert.equal(answer.status, 200);
  return (await answer.json()) as { readonly verdict: string };
};

test('it answers, and all that it does by itself is well', async () => {
  assert.equal((await fetch(`${serving.url}/health/live`)).status, 200);
  while (serving.duties().some(({ turns, failures }) => turns + failures === 0)) await wait(20);
  assert.deepEqual(
    serving.duties().filter(({ failing }) => failing),
    [],
  );
});

test('a theft that the police report is refused by the network, and whoever checks is warned; a recovery ends both', async () => {
  const stolen = imei(7);
  assert.notEqual(await told(stolen), 'black');
  const theft = await act((desk) => reportTheft(desk, { report: report(7, { complaint: 'N-1' }) }));
  await until(stolen, 'black');
  while ((await fetch(`${serving.url}/health/ready`)).status !== 200) await wait(20);
  while ((await check(stolen)).verdict !== 'DO_NOT_BUY') await wait(20);
  await act((desk) => recoverTheft(desk, { id: theft.id }));
  await until(stolen, 'white');
});
