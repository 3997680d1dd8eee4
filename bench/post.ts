import { type Agent, request } from 'node:http';

/** What came back. */
export type Posted = { readonly status: number; readonly body: string };

/** Sends JSON over a connection that is kept. */
export function postJson(
  url: string,
  value: unknown,
  { agent, headers }: { readonly agent: Agent; readonly headers: Readonly<Record<string, string>> },
): Promise<Posted> {
  const body = JSON.stringify(value);
  return new Promise((resolve, reject) => {
    const asking = request(url, {
      agent,
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    });
    asking.once('error', reject);
    asking.once('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() }));
    });
    asking.end(body);
  });
}
