import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Bench, type Call, draw, type Found } from './bench.ts';
import { OUT } from './place.ts';

const BENCHES: readonly (() => Promise<{ bench: Bench }>)[] = [
  () => import('./pipeline.ts'),
  () => import('./engine.ts'),
  () => import('./list.ts'),
  () => import('./accuracy.ts'),
  () => import('./kills.ts'),
  () => import('./s13.ts'),
  () => import('./lookup.ts'),
  () => import('./fuzz.ts'),
  () => import('./feed.ts'),
  () => import('./sbi.ts'),
  () => import('./gsup.ts'),
  () => import('./map.ts'),
  () => import('./node.ts'),
  () => import('./check.ts'),
  () => import('./bulk.ts'),
  () => import('./consignment.ts'),
  () => import('./theft.ts'),
];

const HEAD = `npm run bench -- NAME [options]: measures openceir on this machine.
Results are printed and written as JSON to bench/out/, with generated files, which are used again.
`;

const helpOf = ({ name, about, options }: Bench): string => {
  const lines = Object.entries(options).map(([option, { type, about: told }]) => {
    const form = `--${option}${type === 'string' ? ' N' : ''}`;
    return `      ${form.padEnd(16)} ${told}`;
  });
  return [`  ${name}`, ...about.split('\n').map((line) => `    ${line}`), ...lines].join('\n');
};

function callOf(bench: Bench, args: readonly string[]): Call {
  const options = Object.fromEntries(Object.entries(bench.options).map(([name, { type }]) => [name, { type }]));
  const { values } = parseArgs({ args: [...args], options });
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const count = (name: string, otherwise: number): number => {
    const value = Number(text(name) ?? otherwise);
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} wants a whole number above 0`);
    return value;
  };
  return { text, flag: (name) => values[name] === true, count };
}

const machine = () => ({
  cores: os.availableParallelism(),
  processor: os.cpus()[0]?.model ?? '',
  memoryBytes: os.totalmem(),
  node: process.version,
  /** Of the minute before the bench began: above 0.5 something else was using the machine. */
  load: os.loadavg()[0] ?? 0,
});

function keep(name: string, found: Found, started: { at: Date; machine: ReturnType<typeof machine> }): string {
  mkdirSync(OUT, { recursive: true });
  const file = path.join(OUT, `${name}-${started.at.toISOString().replaceAll(/[:.]/g, '')}.json`);
  const kept = { bench: name, at: started.at, machine: started.machine, figures: found.figures };
  writeFileSync(file, `${JSON.stringify(kept, undefined, 2)}\n`);
  return file;
}

async function main([name, ...args]: readonly string[]): Promise<number> {
  const benches = await Promise.all(BENCHES.map(async (load) => (await load()).bench));
  const bench = benches.find((one) => one.name === name);
  if (bench === undefined || args.includes('--help')) {
    process.stdout.write(`${HEAD}\n${(bench === undefined ? benches : [bench]).map(helpOf).join('\n\n')}\n`);
    return name === undefined || name === '--help' || bench !== undefined ? 0 : 2;
  }
  const started = { at: new Date(), machine: machine() };
  const found = await bench.run(callOf(bench, args));
  const { cores, processor, memoryBytes, node, load } = started.machine;
  const where = `${cores} cores (${processor}), ${Math.round(memoryBytes / 2 ** 30)} GiB, Node ${node.slice(1)}`;
  const busy = load > 0.5 ? `; the machine was busy with other work (load ${load.toFixed(1)})` : '';
  const notes = (found.notes ?? []).map((note) => `${note}\n`).join('');
  process.stdout.write(`${found.tables.map(draw).join('\n')}\n\n${notes}${where}${busy}\n`);
  process.stdout.write(`Written to ${keep(bench.name, found, started)}\n`);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
