// A worker in a process of its own that is killed amid the third part of a job. Argument: the registry's URL.
import { startWorker } from '../../src/api/jobs/worker.ts';
import { openRegistry } from '../../src/stores/registry.ts';

const registry = await openRegistry({ connectionString: process.argv[2] ?? '' });
await startWorker({
  registry,
  clock: () => new Date('2026-10-20T12:00:00Z'),
  onDefect: (error) => {
    throw error;
  },
  handlers: {
    letters: {
      part: async (_job, input, part) => {
        if (part === 2) process.kill(process.pid, 'SIGKILL');
        return { outcome: Buffer.from(input.toString().toUpperCase()), units: 1 };
      },
      finish: async () => ({}),
    },
  },
}).kick();
