// The process that builds a snapshot: what it computes and holds in memory does not touch the streams of its parent, and
// all of it is gone afterwards. It ends with its parent.
//
// Plain JavaScript, as a process starts with it; what it says and hears is typed in snapshots.ts.
import os from 'node:os';

os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL); // streams of changes come first
if (!process.features.typescript || import.meta.dirname.includes('node_modules')) {
  const { register } = await import('tsx/esm/api');
  register();
}
const { buildSnapshot } = await import('./build.ts');

process.on('disconnect', () => process.exit(1));
process.on('SIGINT', () => undefined); // the terminal's Ctrl-C reaches the whole group; the parent decides
if (!process.connected) process.exit(1);

/** @type {(order: import('./build.ts').BuildOrder) => Promise<void>} */
const obey = async (order) => {
  const result = await buildSnapshot(order);
  process.send?.(result, undefined, {}, () => process.disconnect());
};

process.once('message', (order) => void obey(/** @type {import('./build.ts').BuildOrder} */ (order)));
