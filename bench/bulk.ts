import { rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { type Bench, type Found, median } from './bench.ts';
import { feedFor, type Server, startServer } from './check.ts';
import { eachImei } from './imeis.ts';
import { freshFolder } from './place.ts';

/** Seconds of each step. */
type Times = { readonly entered: number; readonly done: number; readonly fetched: number };

const HEADERS = { authorization: 'Bearer token-of-the-bench', 'content-type': 'text/plain' };
let keys = 0;

async function once({ port }: Server, file: string, lines: number): Promise<Times> {
  const root = `http://127.0.0.1:${port}`;
  const began = performance.now();
  const since = (): number => (performance.now() - began) / 1000;
  keys += 1;
  const headers = { ...HEADERS, 'idempotency-key': `key-of-bench-${keys}` };
  const back = await fetch(`${root}/v1/bulk/file`, { method: 'POST', headers, body: file });
  const job = (await back.json()) as { id: string };
  if (back.status !== 202) throw new Error(JSON.stringify(job));
  const entered = since();
  for (;;) {
    const { state } = (await (await fetch(`${root}/v1/jobs/${job.id}`, { headers: HEADERS })).json()) as {
      state: string;
    };
    if (state === 'done') break;
    if (state === 'failed') throw new Error('the job failed');
    await wait(50);
  }
  const done = since();
  const text = await (await fetch(`${root}/v1/jobs/${job.id}/result`, { headers: HEADERS })).text();
  const rows = text.split('\r\n').length - 2;
  if (rows !== lines) throw new Error(`${rows} rows came of ${lines} lines`);
  return { entered, done, fetched: since() };
}

export const bench: Bench = {
  name: 'bulk',
  about: `A bulk check of a file over real HTTP, with an embedded registry: until it is entered, done, and its signed result
fetched. The target: 1 000 000 identifiers in under 30 s.`,
  options: {
    lines: { type: 'string', about: 'identifiers of the file (default 1000000)' },
    identifiers: { type: 'string', about: 'blocked identifiers (default 1000000)' },
    times: { type: 'string', about: 'how often (default 3)' },
  },
  run: async (call): Promise<Found> => {
    const [lines, identifiers, times] = [
      call.count('lines', 1_000_000),
      call.count('identifiers', 1_000_000),
      call.count('times', 3),
    ];
    const folder = freshFolder('bulk');
    let server: Server | undefined;
    try {
      await feedFor(folder, identifiers);
      const file: string[] = [];
      eachImei(lines, 'any', (imei) => file.push(`${String(imei).padStart(14, '0')}\n`));
      server = await startServer('bulk', folder, identifiers);
      const found: Times[] = [];
      for (let time = 0; time < times; time += 1) found.push(await once(server, file.join(''), lines));
      const of = (step: keyof Times): number => median(found.map((one) => one[step]));
      const rows = [
        ['', 's'],
        ['entered', of('entered')],
        ['done', of('done')],
        ['fetched', of('fetched')],
      ];
      return { tables: [{ title: `${lines} identifiers`, rows }], figures: { lines, identifiers, found } };
    } finally {
      await server?.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
