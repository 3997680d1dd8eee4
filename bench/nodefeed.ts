// The centre of the node bench, in a process of its own: serves the feed folder it is given, and publishes so many changes
// a second as it is told to, until it is told 0. It tells its port.
import { setTimeout as pause } from 'node:timers/promises';
import { startCentre } from '../src/eir/centre/centre.ts';
import { NODES, publish, publishRules, rulesText } from '../test/eir/centre/ground.ts';

const [folder = ''] = process.argv.slice(2);
let perSecond = 0;
let next = 1_000_000_000_000;

/** Publishes a tenth of a second's changes at a time. */
async function storm(): Promise<never> {
  for (;;) {
    const began = performance.now();
    const size = Math.ceil(perSecond / 10);
    const changes = Array.from({ length: size }, (_, at) => ({
      op: 'add' as const,
      imei: next + at,
      reasons: 'storm',
    }));
    next += size;
    if (size > 0) await publish(folder, 'blocked', changes);
    await pause(Math.max(1, 100 - (performance.now() - began)));
  }
}

process.on('message', (told) => {
  perSecond = Number(told);
});
process.on('disconnect', () => process.exit(0));
await publishRules(folder, rulesText());
const centre = await startCentre({ folder, host: '127.0.0.1', port: 0, nodes: NODES, count: () => undefined });
process.send?.(Number(centre.address.split(':').at(-1)));
await storm();
