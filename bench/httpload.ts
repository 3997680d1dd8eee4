// Asks over HTTP/1.1 with connections that stay, in a process of its own, and tells how long answers took. Argument: a
// JSON file of what to ask, see LoadPlan.
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { Latency } from '../src/eir/latency.ts';

/** What is asked: bodies in turn, from `connections` at once, each with one request under way. */
export type LoadPlan = {
  readonly port: number;
  readonly path: string;
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second; without it as many as there can be. */
  readonly rate?: number;
};

/** What came of it; microseconds. */
export type LoadFound = {
  readonly answered: number;
  readonly failed: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
};

const plan = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as LoadPlan;
const requests = plan.bodies.map((body) =>
  Buffer.from(
    `POST ${plan.path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  ),
);
const latency = new Latency();
let [asked, failed] = [0, 0];

/** One connection; `due` is when its request was to be sent. */
class Line {
  readonly #socket: Socket;
  #due = 0;
  #left = -1;
  #head = '';

  constructor(socket: Socket, answered: (line: Line) => void) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      if (this.#take(bytes)) answered(this);
    });
  }

  ask(due: number): void {
    this.#due = due;
    this.#socket.write(requests[asked % requests.length] ?? '');
    asked += 1;
  }

  end(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): boolean {
    if (this.#left < 0) {
      this.#head += bytes.toString('latin1');
      const end = this.#head.indexOf('\r\n\r\n');
      if (end < 0) return false;
      if (!this.#head.startsWith('HTTP/1.1 200 ')) failed += 1;
      const length = Number(/content-length: (\d+)/i.exec(this.#head)?.[1]);
      this.#left = length - (this.#head.length - end - 4);
      this.#head = '';
    } else this.#left -= bytes.length;
    if (this.#left > 0) return false;
    this.#left = -1;
    latency.record((performance.now() - this.#due) * 1000);
    return true;
  }
}

const idle: Line[] = [];
const waiting: number[] = [];
let isOver = false;
const free = (line: Line): void => {
  if (isOver) return;
  const due = plan.rate === undefined ? performance.now() : waiting.shift();
  if (due === undefined) idle.push(line);
  else line.ask(due);
};

const lines = await Promise.all(
  Array.from(
    { length: plan.connections },
    () =>
      new Promise<Line>((resolve, reject) => {
        const socket = connect(plan.port, '127.0.0.1', () => resolve(new Line(socket, free)));
        socket.once('error', reject);
      }),
  ),
);
const began = performance.now();
const end = began + plan.seconds * 1000;
for (const line of lines) free(line);
if (plan.rate !== undefined) {
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1000) * (plan.rate ?? 0));
    for (; sent < due; sent += 1) {
      const at = began + (sent / (plan.rate ?? 1)) * 1000;
      const line = idle.pop();
      if (line === undefined) waiting.push(at);
      else line.ask(at);
    }
  }, 1);
  setTimeout(() => clearInterval(timer), plan.seconds * 1000);
}
await new Promise((resolve) => setTimeout(resolve, end - performance.now()));
isOver = true;
const seconds = (performance.now() - began) / 1000;
for (const line of lines) line.end();
const found: LoadFound = {
  answered: latency.count,
  failed,
  seconds,
  p50: latency.percentile(0.5),
  p99: latency.percentile(0.99),
  most: latency.most,
};
process.stdout.write(JSON.stringify(found));
