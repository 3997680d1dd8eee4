import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Refused } from '../faults/fault.ts';
import { errorCode } from '../files/errno.ts';
import { POLICY } from './page.ts';

/** A page that is being served. */
export type Served = { readonly url: string; readonly close: () => Promise<void> };

const HEADERS = {
  'Content-Security-Policy': `${POLICY}; frame-ancestors 'none'`,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
} as const;

/**
 * Serves one page to this machine alone, under `/`; port 0 takes any free one.
 * @throws Refused where the port is taken or not allowed.
 */
export async function servePage(page: string, port: number): Promise<Served> {
  const body = Buffer.from(page);
  const server = createServer((request, response) => respond(request, response, body));
  const taken = await listen(server, port);
  return {
    url: `http://127.0.0.1:${taken}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function respond({ method, url }: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const answer = (status: number, text: string | Buffer, more: Readonly<Record<string, string>>): void => {
    const length = { 'Content-Length': Buffer.byteLength(text) };
    response.writeHead(status, { ...HEADERS, ...length, ...more }).end(method === 'HEAD' ? undefined : text);
  };
  const plain = { 'Content-Type': 'text/plain; charset=utf-8' };
  if (method !== 'GET' && method !== 'HEAD') answer(405, 'GET alone.\n', { ...plain, Allow: 'GET, HEAD' });
  else if (url !== '/') answer(404, 'There is one page here: /\n', plain);
  else answer(200, body, { 'Content-Type': 'text/html; charset=utf-8' });
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const code = errorCode(error);
      if (code !== 'EADDRINUSE' && code !== 'EACCES') return reject(error);
      const message = code === 'EACCES' ? `Port ${port} is not allowed.` : `Port ${port} is taken.`;
      reject(new Refused([{ code: 'REPORT_PORT', message, remedy: 'Name another one, or 0 for any that is free.' }]));
    });
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
