// The embedded engine's own process: a fault in native code here cannot take the caller with it, and its memory limit
// is its own. It ends when its parent does: at once, in the middle of a statement too, as after a loss of power.
//
// Plain JavaScript, as every command starts it: the compiler that the rest is run with would take longer to load than
// the engine itself. What it says and hears is typed in protocol.ts.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Session } from 'chdb';

/** @typedef {import('./protocol.ts').Request} Request */
/** @typedef {import('./protocol.ts').Reply} Reply */

const [folder = '', planText = '{}'] = process.argv.slice(2);
/** @type {import('./memory.ts').MemoryPlan} */
const plan = JSON.parse(planText);

const die = () => void process.kill(process.pid, 'SIGKILL'); // an orderly end would wait for the statement
process.on('disconnect', die);
if (!process.connected) die();
// The terminal's Ctrl-C reaches the whole group; the parent decides when this process ends.
process.on('SIGINT', () => undefined);

const pidFile = path.join(folder, 'engine.pid'); // for the next owner, should we outlive ours
const config = path.join(folder, 'engine.xml');

/** @type {(reply: Reply) => Promise<void>} */
const send = (reply) =>
  new Promise((resolve, reject) =>
    process.send?.(reply, undefined, {}, (error) => (error ? reject(error) : resolve(undefined))),
  );

/** @type {(id: number, error: unknown) => Promise<void>} */
const failed = (id, error) => {
  const code = error instanceof Error && 'clickhouseCode' in error ? error.clickhouseCode : undefined;
  const message = error instanceof Error ? error.message : String(error);
  return send({ id, kind: 'failed', message, engineCode: typeof code === 'number' ? code : undefined });
};

function open() {
  writeFileSync(pidFile, `${process.pid}\n`);
  writeFileSync(
    config,
    `<clickhouse><max_server_memory_usage>${plan.total}</max_server_memory_usage><mark_cache_size>67108864</mark_cache_size><uncompressed_cache_size>0</uncompressed_cache_size><background_pool_size>2</background_pool_size><background_schedule_pool_size>2</background_schedule_pool_size><merge_tree><number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge><number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation><number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition></merge_tree><backups><allowed_path>/</allowed_path></backups></clickhouse>`,
  );
  return new Session(path.join(folder, 'engine'), { connectionArgs: [`--config-file=${config}`] });
}

async function opened() {
  try {
    return open();
  } catch (error) {
    await failed(0, error);
    process.exit(1);
  }
}

const session = await opened();

// Any statement that is begun while a stream is read ends the stream: a stream has the engine for itself. Statements may be
// under way together, and wait for a stream that came before them.
/** @type {Promise<unknown>} */
let lastStream = Promise.resolve();
/** @type {Set<Promise<unknown>>} */
let since = new Set();

/** @type {<T>(act: () => Promise<T>) => Promise<T>} */
function together(act) {
  const mine = lastStream.then(act);
  const ended = mine.catch(() => undefined); // its own asker hears of the failure
  const all = since;
  all.add(ended);
  void ended.then(() => all.delete(ended));
  return mine;
}

/** @type {<T>(act: () => Promise<T>) => Promise<T>} */
function alone(act) {
  const mine = Promise.all([lastStream, ...since]).then(act);
  since = new Set();
  lastStream = mine.catch(() => undefined);
  return mine;
}

/** @type {Map<number, (go: boolean) => void>} */
const wanted = new Map();
/** @type {(id: number) => Promise<boolean>} */
const nextWish = (id) => new Promise((resolve) => wanted.set(id, resolve));

/** @type {(id: number, sql: string, format: string) => Promise<void>} */
async function stream(id, sql, format) {
  const chunks = session.queryStream(sql, { format });
  try {
    for await (const chunk of chunks) {
      await send({ id, kind: 'chunk', bytes: chunk.raw() });
      if (!(await nextWish(id))) break;
    }
    await send({ id, kind: 'done', text: '' });
  } finally {
    wanted.delete(id);
    chunks.cancel();
  }
}

/** @type {(request: Request) => Promise<void>} */
async function answer(request) {
  switch (request.kind) {
    case 'run':
      await together(() => session.queryAsync(request.sql, { format: 'Null' }));
      return send({ id: request.id, kind: 'done', text: '' });
    case 'query': {
      const result = await together(() => session.queryAsync(request.sql, { format: 'JSONEachRow' }));
      return send({ id: request.id, kind: 'done', text: result.text() });
    }
    case 'stream':
      return alone(() => stream(request.id, request.sql, request.format));
    case 'more':
    case 'stop':
      wanted.get(request.id)?.(request.kind === 'more');
      return;
    case 'close':
      try {
        session.close();
        await send({ id: request.id, kind: 'done', text: '' });
      } finally {
        process.exit(0); // whatever it says: what is official is on the disk
      }
  }
}

/** @type {(request: Request) => void} */
const hear = (request) => {
  answer(request).catch((error) => failed(request.id, error).catch(() => process.exit(1)));
};
process.on('message', hear);
await send({ id: 0, kind: 'done', text: '' });
