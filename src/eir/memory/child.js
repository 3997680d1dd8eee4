// The process that makes the next file of the lists: what it computes and holds in memory does not touch the answers of
// its parent. It is started while the parent is small, since starting it from a large process would hold that one up; so
// it waits for orders, and each is obeyed in a thread of its own, with which all memory goes. It ends with its parent.
//
// Plain JavaScript, as processes and threads start with it; what it says and hears is typed in maker.ts.
import os from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

async function obey() {
  if (!process.features.typescript || import.meta.dirname.includes('node_modules')) {
    const { register } = await import('tsx/esm/api');
    register();
  }
  const { rebuild } = await import('./rebuild.ts');
  parentPort?.postMessage(await rebuild(workerData));
}

function serve() {
  os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL); // answers come first; threads inherit it
  process.on('disconnect', () => process.exit(1));
  process.on('SIGINT', () => undefined); // the terminal's Ctrl-C reaches the whole group; the parent decides
  process.on('message', (order) => {
    const thread = new Worker(new URL(import.meta.url), { workerData: order });
    let told = false;
    /** @type {(reply: import('./maker.ts').Reply) => void} */
    const tell = (reply) => {
      if (!told) process.send?.(reply);
      told = true;
    };
    thread.once('message', tell);
    thread.once('error', (error) => tell({ failed: error.stack ?? error.message }));
    thread.once('exit', (code) => tell({ failed: `The thread that makes a file of lists ended with ${code}.` }));
  });
  if (!process.connected) process.exit(1);
}

if (isMainThread) serve();
else await obey();
