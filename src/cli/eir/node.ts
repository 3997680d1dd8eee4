import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import type { NodeConfig } from '../../eir/node/config.ts';
import { Misused, Refused } from '../../faults/fault.ts';
import { errorCode } from '../../files/errno.ts';
import type { Call } from '../command.ts';
import { answer } from '../context.ts';
import type { Act } from './act.ts';

/** A drain that takes longer than it may is ended by force, so much later. */
const LATE_MS = 10_000;

async function readNode(file: string): Promise<NodeConfig> {
  let source: string;
  try {
    source = file === '-' ? await textOf(process.stdin) : await readFile(file, 'utf8');
  } catch (error) {
    const message = `The node file cannot be read (${errorCode(error) ?? 'unknown'}).`;
    const remedy = 'Name it with --config FILE, or make one: ceir eir example > node.yaml';
    throw new Refused([{ code: 'FILE_MISSING', file, message, remedy }]);
  }
  const { parseNode } = await import('../../eir/node/parse.ts');
  const config = parseNode(source, file);
  if (!config.ok) throw new Refused(config.fault);
  return config.value;
}

const untilEnded = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });

async function run(config: NodeConfig, file: string): Promise<number> {
  const [{ pino }, { startNode }, { traceOf }] = await Promise.all([
    import('pino'),
    import('../../eir/node/node.ts'),
    import('../../eir/trace.ts'),
  ]);
  const logger = pino({ level: config.logLevel, base: { node: config.name } });
  process.once('uncaughtException', (error) => {
    logger.fatal(traceOf(error), 'unforeseen');
    process.exit(1);
  });
  const ended = untilEnded();
  const node = await startNode({ config, file, logger });
  await ended;
  setTimeout(
    () => {
      logger.error('the end took too long');
      process.exit(1);
    },
    config.drainSeconds * 1000 + LATE_MS,
  ).unref();
  await node.close();
  return 0;
}

async function check(call: Call, config: NodeConfig, file: string): Promise<number> {
  const { gatherMaterial } = await import('../../eir/node/material.ts');
  await gatherMaterial(config, file);
  answer(call, { name: config.name, ok: true }, () => `${file}: the node ${config.name} can be started with it.`);
  return 0;
}

export const node: Act = {
  name: 'run',
  usage: '--config FILE [--check]',
  about: 'answers networks in the protocols that the node file names, until SIGTERM; the word run can be left out',
  options: {
    config: { type: 'string', value: 'FILE', about: 'the node file' },
    check: { type: 'boolean', about: 'say whether the node file is right, and start nothing' },
  },
  examples: [
    ['ceir eir --config node.yaml', 'one node, with its logs on standard output'],
    ['ceir eir --config node.yaml --check', 'all faults of a node file at once'],
  ],
  run: async (call) => {
    const file = call.text('config');
    if (file === undefined || call.args.length > 0) throw new Misused('ceir eir --config FILE: name a node file');
    const config = await readNode(file);
    return call.flag('check') ? check(call, config, file) : run(config, file);
  },
};
