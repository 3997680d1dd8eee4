import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from 'pino';
import { dayNumber, today } from '../../calendar/day.ts';
import type { Rules } from '../../decisions/core/rules.ts';
import { termsOf } from '../../decisions/core/terms.ts';
import { Refused } from '../../faults/fault.ts';
import { errorCode } from '../../files/errno.ts';
import { own } from '../../stores/owner.ts';
import { Alarms } from '../events/alarms.ts';
import { Desk } from '../events/desk.ts';
import { Meetings } from '../events/meetings.ts';
import { Shipper } from '../events/ship.ts';
import type { SipKey } from '../events/siphash.ts';
import { Spool } from '../events/spool.ts';
import type { Centre } from '../follow/client.ts';
import { SHRINK_PERCENT } from '../follow/shrink.ts';
import { traceOf } from '../trace.ts';
import { type Admin, startAdmin } from './admin.ts';
import { beside, type NodeConfig } from './config.ts';
import { Crew } from './crew.ts';
import { openLists } from './lists.ts';
import { gatherMaterial, goldenKey, instanceId, type Material, pseudonymKey, tlsOf } from './material.ts';
import { type OwnChecker, ownChecker } from './own.ts';
import { Running, type RunningParts } from './running.ts';
import { Shared } from './shared.ts';
import { STATUSES } from './tally.ts';
import { Visitors, visitorMemory } from './visitors.ts';

/** A running node. */
export type Node = {
  /** Where it answers, by the places in the node file: `s13[0]`. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Where it tells of itself; '' where it does not. */
  readonly admin: string;
  /** What keeps it from being ready. */
  readonly unready: () => readonly string[];
  /** Says farewell to all peers, brings records to the disk and to the centre, ends. Once. */
  readonly close: () => Promise<void>;
};

export type NodeOptions = { readonly config: NodeConfig; readonly file: string; readonly logger: Logger };

function centreOf({ centre }: NodeConfig, material: Material): Centre | undefined {
  if (centre === undefined || material.centreToken === undefined) return undefined;
  return { url: centre.url, token: material.centreToken, tls: tlsOf(material, centre) };
}

/** Becomes the one node of a data folder. @throws Refused where another one is */
async function ownFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const message = 'Another node works on this data folder.';
  const remedy = 'End it, or give this one a folder of its own.';
  const refuse = (): never => {
    throw new Refused([{ code: 'NODE_FOLDER', file: folder, message, remedy }]);
  };
  return ((await own(folder, refuse)) ?? refuse()).release;
}

/** What a node says of itself to the centre. */
function selfOf({ operator }: NodeConfig, rules: Rules | undefined, crew: Crew | undefined) {
  const { mode, shadow } =
    rules === undefined ? { mode: '', shadow: false } : termsOf(rules, { operator, peer: '' }, today(rules.timeZone));
  const counts: Record<string, number> = {};
  for (const { tally, source } of crew?.places ?? []) {
    for (const [at, status] of STATUSES.entries()) {
      const sum = source.askers.reduce((all, _, number) => all + tally.ofAsker(number, at), 0);
      counts[`answers.${status}`] = (counts[`answers.${status}`] ?? 0) + sum;
    }
  }
  return { mode: shadow ? `${mode}:shadow` : mode, counts };
}

/** Starts a node. @throws Refused where its file, its folder or an address does not let it. */
export async function startNode({ config, file, logger }: NodeOptions): Promise<Node> {
  const material = await gatherMaterial(config, file);
  const folder = beside(file, config.data);
  const release = await ownFolder(folder);
  const undo: (() => Promise<void> | void)[] = [release];
  try {
    return await begin({ config, file, logger, material, folder, undo });
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
}

type Beginning = NodeOptions & {
  readonly material: Material;
  readonly folder: string;
  /** What has to be undone, in the order in which it was done. */
  readonly undo: (() => Promise<void> | void)[];
};

/** What comes of checks once they are answered. */
type Recording = Pick<RunningParts, 'desk' | 'alarms' | 'spool' | 'visitors' | 'visitorFile' | 'shared'> & {
  readonly key: SipKey;
  readonly memory: SharedArrayBuffer;
  /** The checker that knows which day it is; there is none before the lists are open. */
  own: OwnChecker | undefined;
};

async function openRecording(beginning: Beginning): Promise<Recording> {
  const { config, file, folder } = beginning;
  const shared = new Shared();
  const { count } = shared;
  const key = await pseudonymKey(config, file, folder);
  const memory = visitorMemory();
  const visitors = new Visitors(memory, key);
  const visitorFile = path.join(folder, 'visitors');
  await visitors.load(visitorFile, dayNumber(today('UTC')));
  const rules = config.events.alarms;
  const alarms = new Alarms({ folder: path.join(folder, 'alarms'), rules, node: config.name, count });
  const visitor = (imei: number, imsi: number): void => {
    const day = recording.own?.checker.ruled.dayNumber;
    if (day !== undefined && !visitors.note(imei, imsi, day)) count('visitors_full');
  };
  const desk = new Desk({ key, meetings: new Meetings(), alarms, visitor });
  const spool = config.events.record ? await openSpool(beginning, desk, shared) : undefined;
  const recording: Recording = { desk, alarms, spool, visitors, visitorFile, shared, key, memory, own: undefined };
  return recording;
}

async function begin(beginning: Beginning): Promise<Node> {
  const { config, logger, material, folder, undo } = beginning;
  const recording = await openRecording(beginning);
  const { desk, visitors, shared, key, memory } = recording;
  const { count } = shared;
  const centre = centreOf(config, material);
  const now: { running?: Running; crew?: Crew; rules?: Rules } = {};
  const lists = await openLists({
    folder: path.join(folder, 'lists'),
    centre,
    count,
    onRules: (fresh) => {
      now.rules = fresh;
      now.running?.setRules(fresh);
    },
    self: () => selfOf(config, now.rules, now.crew),
    shrinkPercent: config.centre?.shrinkPercent ?? SHRINK_PERCENT,
    onFault: (fault) => logger.error(fault, 'lists'),
  });
  undo.push(() => lists.close());
  const control = new SharedArrayBuffer(64);
  const controls = new Int32Array(control);
  controls[0] = lists.status().lists === 'whole' ? 0 : 1;
  const golden = goldenKey(config, material);
  const own = ownChecker({ config, lists, desk, controls, visitors, centre, count, goldenKey: golden });
  recording.own = own;
  undo.push(() => own.close());
  const { files } = material;
  const instance = await instanceId(folder);
  const crew = await Crew.start({
    workers: config.workers,
    common: { config, material: { files }, instance, control, visitors: memory, key, centre, goldenKey: golden },
    writer: lists.writer,
    desk,
    rules: () => lists.rules()?.rules,
    count,
    died: (number, error) => logger.error({ worker: number, ...traceOf(error) }, 'a worker died'),
  });
  now.crew = crew;
  undo.push(() => crew.drain(0));
  const shipper = recording.spool && centre && new Shipper(recording.spool, centre, count);
  const running = new Running(config, logger, { ...recording, lists, crew, shipper, checker: own, control: controls });
  // From here on it ends all of them itself.
  undo.splice(1, undo.length, () => running.close());
  now.running = running;
  // Rules may have come while the crew began.
  const held = lists.rules()?.rules;
  if (held !== undefined) running.setRules(held);
  if (config.admin !== undefined) running.admin = await adminOf(config.admin, running, material);
  const { addresses, admin } = running;
  logger.info({ addresses: Object.fromEntries(addresses), admin: admin?.address ?? '' }, 'ready');
  return nodeOf(running, undo[0]);
}

const nodeOf = (running: Running, release: (() => Promise<void> | void) | undefined): Node => ({
  addresses: running.addresses,
  admin: running.admin?.address ?? '',
  unready: () => running.unready(),
  close: async () => {
    await running.close();
    await release?.();
  },
});

function openSpool({ config, folder }: Beginning, desk: Desk, shared: Shared): Promise<Spool> {
  const { mostMegabytes, fileSeconds, fileMegabytes } = config.events;
  return Spool.open({
    folder: path.join(folder, 'events'),
    node: config.name,
    count: shared.count,
    lost: (records) => {
      shared.lost += records;
    },
    answers: desk.answers,
    askers: desk.askers,
    limits: { mostBytes: mostMegabytes * 2 ** 20, fileBytes: fileMegabytes * 2 ** 20, fileMs: fileSeconds * 1000 },
  });
}

async function adminOf(place: NonNullable<NodeConfig['admin']>, running: Running, material: Material): Promise<Admin> {
  const { host, port } = place;
  try {
    return await startAdmin({
      host,
      port,
      ...(material.adminToken === undefined ? {} : { token: material.adminToken }),
      health: () => running.health,
      unready: () => running.unready(),
      metrics: () => running.metrics(),
      check: (asked) => running.check(asked),
    });
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    const message = `The node cannot tell of itself on ${host}:${port} (${code}).`;
    throw new Refused([
      { code: 'NODE_LISTEN', field: 'admin', message, remedy: 'Name a free port, and an address of this machine.' },
    ]);
  }
}
