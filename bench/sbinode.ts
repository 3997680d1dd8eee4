// What the N5g-eir bench measures, in a process of its own: `ours`, whose answers come from a fixed decision; `token`,
// which asks for access tokens too; or `bare`, which is node:http2 that answers every request alike and looks at none.
// The process tells its port, and, when it is asked for it, its processor time in microseconds.
import { createServer } from 'node:http2';
import type { Answer, Status } from '../src/decisions/core/question.ts';
import { listenSbi } from '../src/eir/sbi/server.ts';

const [what = 'ours', keys = ''] = process.argv.slice(2);

const answer = (status: Status): Answer => ({
  status,
  step: '',
  reason: '',
  list: '',
  level: 'imei',
  exception: '',
  intended: status,
  by: 'local',
});
const [permitted, blocked] = [answer('permitted'), answer('blocked')];

/** The instance that the tokens of the bench are for. */
const INSTANCE = '5f0c1d2e-3a4b-4c5d-8e6f-708192a3b4c5';

async function ours(): Promise<number> {
  const counts = new Map<string, Map<string, number>>();
  const server = await listenSbi({
    host: '127.0.0.1',
    port: 0,
    instance: INSTANCE,
    ...(what === 'token' ? { tokens: { keys, instance: INSTANCE } } : {}),
    checker: {
      check: ({ imei }) => (imei % 10 === 0 ? blocked : permitted),
      ask: () => Promise.resolve(permitted),
    },
    count: (name, label = '') => {
      const labels = counts.get(name) ?? new Map<string, number>();
      if (labels.size === 0) counts.set(name, labels);
      labels.set(label, (labels.get(label) ?? 0) + 1);
    },
  });
  return Number(server.address.split(':').at(-1));
}

async function bare(): Promise<number> {
  const body = Buffer.from('{"status":"WHITELISTED"}');
  const server = createServer();
  server.on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/json' });
    stream.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.on('disconnect', () => process.exit());
process.send?.(await (what === 'bare' ? bare() : ours()));
