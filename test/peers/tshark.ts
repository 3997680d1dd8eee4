import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Why tshark cannot look at captures; false where it can. */
export const withoutTshark = (): string | false =>
  existsSync('/usr/bin/tshark') && existsSync('/usr/bin/text2pcap') ? false : 'tshark is missing (Debian: tshark)';

/** A packet of a conversation: which side sent it, and what. */
export type Packet = { readonly from: 'client' | 'server'; readonly bytes: Buffer };

const dump = ({ from, bytes }: Packet): string => {
  const lines = Array.from({ length: Math.ceil(bytes.length / 16) }, (_, line) => {
    const octets = [...bytes.subarray(line * 16, line * 16 + 16)].map((octet) => octet.toString(16).padStart(2, '0'));
    return `${(line * 16).toString(16).padStart(6, '0')} ${octets.join(' ')}`;
  });
  return `${from === 'client' ? 'O' : 'I'}\n${lines.join('\n')}\n`;
};

/**
 * Lets tshark dissect a TCP conversation with a server port; returns a line per frame of the fields asked for, joined by
 * tabs. `decode` is its rule for the port, as of `-d`.
 */
export function dissect(
  packets: readonly Packet[],
  { port, decode, fields }: { readonly port: number; readonly decode: string; readonly fields: readonly string[] },
): readonly string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-tshark-'));
  try {
    const [text, capture] = [path.join(folder, 'text'), path.join(folder, 'pcap')];
    writeFileSync(text, packets.map(dump).join('\n'));
    execFileSync('text2pcap', ['-q', '-D', '-4', '127.0.0.1,127.0.0.2', '-T', `40000,${port}`, text, capture], {
      stdio: 'ignore',
    });
    const wanted = fields.flatMap((field) => ['-e', field]);
    const words = ['-r', capture, '-d', `tcp.port==${port},${decode}`, '-T', 'fields', '-E', 'separator=/t', ...wanted];
    const told = execFileSync('tshark', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return told.replace(/\n$/, '').split('\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
