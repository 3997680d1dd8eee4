import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Why nothing can be dissected; false where it can. */
export const withoutShark =
  existsSync('/usr/bin/tshark') && existsSync('/usr/bin/text2pcap') ? false : 'tshark is not installed';

/** Octets as text2pcap wants them. */
const dump = (message: Buffer): string => `000000 ${(message.toString('hex').match(/../g) ?? []).join(' ')}\n`;

/** Dissects messages of one protocol, each a packet of its own; one line of the fields asked for a message. */
export async function dissect(
  messages: readonly Buffer[],
  {
    protocol,
    fields,
    filter = '',
  }: { readonly protocol: string; readonly fields: readonly string[]; readonly filter?: string },
): Promise<readonly string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ceir-shark-'));
  try {
    const [text, capture] = [path.join(folder, 'text'), path.join(folder, 'pcap')];
    await writeFile(text, messages.map(dump).join('\n'));
    await run('text2pcap', ['-q', '-P', protocol, text, capture]);
    const wanted = fields.flatMap((field) => ['-e', field]);
    const chosen = filter === '' ? [] : ['-Y', filter];
    const words = ['-r', capture, '-o', 'tcap.ssn:8,9', ...chosen, '-T', 'fields', ...wanted];
    const { stdout } = await run('tshark', words);
    return stdout.split('\n').slice(0, -1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
