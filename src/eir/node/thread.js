// The thread of one worker. Plain JavaScript, as a thread starts with it; what it says and hears is typed in worker.ts.
import { parentPort, workerData } from 'node:worker_threads';

if (!process.features.typescript || import.meta.dirname.includes('node_modules')) {
  const { register } = await import('tsx/esm/api');
  register();
}
const { work } = await import('./worker.ts');

if (parentPort === null) throw new Error('This is a worker of a node.');
await work(/** @type {import('./worker.ts').WorkerOrder} */ (workerData), parentPort);
