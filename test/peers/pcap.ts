import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Octets that went over one TCP connection, in their order. */
export type Segment = { readonly from: 'client' | 'server'; readonly bytes: Buffer };

const SYN = 0x02;
const ACK = 0x10;
const PUSH = 0x18;

/** An IPv4 packet with a TCP segment; checksums are left 0, which means offloaded. */
function packet(
  ports: readonly [from: number, to: number],
  flags: number,
  at: readonly [number, number],
  bytes: Buffer,
): Buffer {
  const head = Buffer.alloc(40);
  head[0] = 0x45;
  head.writeUInt16BE(40 + bytes.length, 2);
  head[8] = 64;
  head[9] = 6;
  head.writeUInt32BE(0x7f000001, 12);
  head.writeUInt32BE(0x7f000001, 16);
  head.writeUInt16BE(ports[0], 20);
  head.writeUInt16BE(ports[1], 22);
  head.writeUInt32BE(at[0], 24);
  head.writeUInt32BE(flags === SYN ? 0 : at[1], 28);
  head[32] = 0x50;
  head[33] = flags;
  head.writeUInt16BE(0xffff, 34);
  return Buffer.concat([head, bytes]);
}

/** A capture file of one connection to `port`, with its handshake, as a sniffer would have written it (pcap, raw IP). */
export function capture(port: number, segments: readonly Segment[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32BE(0xa1b2c3d4, 0);
  head.writeUInt16BE(2, 4);
  head.writeUInt16BE(4, 6);
  head.writeUInt32BE(0x40000, 16);
  head.writeUInt32BE(101, 20); // raw IP
  const next = { client: 1, server: 1 };
  const packets: Buffer[] = [];
  const put = (from: Segment['from'], flags: number, bytes: Buffer = Buffer.alloc(0)): void => {
    const to = from === 'client' ? 'server' : 'client';
    const ports = from === 'client' ? ([40_000, port] as const) : ([port, 40_000] as const);
    packets.push(packet(ports, flags, [next[from], next[to]], bytes));
    next[from] += bytes.length + ((flags & SYN) > 0 ? 1 : 0);
  };
  put('client', SYN);
  put('server', SYN | ACK);
  put('client', ACK);
  for (const { from, bytes } of segments)
    for (let at = 0; at < bytes.length; at += 1400) put(from, PUSH, bytes.subarray(at, at + 1400));
  const records = packets.map((bytes, number) => {
    const record = Buffer.alloc(16);
    record.writeUInt32BE(1_700_000_000, 0);
    record.writeUInt32BE(number * 100, 4);
    record.writeUInt32BE(bytes.length, 8);
    record.writeUInt32BE(bytes.length, 12);
    return Buffer.concat([record, bytes]);
  });
  return Buffer.concat([head, ...records]);
}

/** Why tshark cannot look at captures; false where it can. */
export const withoutTshark = (): string | false =>
  existsSync('/usr/bin/tshark') ? false : 'tshark is missing (Debian: tshark)';

/** What tshark prints of a capture with these options. */
export function tshark(bytes: Buffer, ...options: readonly string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'ceir-tshark-'));
  try {
    const file = path.join(folder, 'all.pcap');
    writeFileSync(file, bytes);
    return execFileSync('tshark', ['-n', '-r', file, ...options], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
