import { BlockList, isIP } from 'node:net';

/** Addresses that are not the public internet's (IANA special-purpose registries, RFC 6890): nobody's webhook is there. */
const PRIVATE = new BlockList();
const RANGES: readonly (readonly [address: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];
for (const [address, prefix] of RANGES) PRIVATE.addSubnet(address, prefix, 'ipv4');

/** The only range of IPv6 from which public addresses are given out, and what is not public within it. */
const GLOBAL = new BlockList();
GLOBAL.addSubnet('2000::', 3, 'ipv6');
const WITHIN = new BlockList();
for (const [address, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const)
  WITHIN.addSubnet(address, prefix, 'ipv6');

/** The address within an IPv6 address that stands for one of IPv4: mapped (`::ffff:0:0/96`) or translated (`64:ff9b::/96`). */
function embedded(address: string): string | undefined {
  const tail = /^(?:::ffff:|64:ff9b::)(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i.exec(address);
  if (tail === null) return undefined;
  const [, dotted, high = '0', low = '0'] = tail;
  if (dotted !== undefined) return dotted;
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [a >> 8, a & 0xff, b >> 8, b & 0xff].join('.');
}

/** Whether an address belongs to the public internet. Texts that are no address do not. */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !PRIVATE.check(address, 'ipv4');
  if (family !== 6) return false;
  const inner = embedded(address);
  if (inner !== undefined) return isPublic(inner);
  return GLOBAL.check(address, 'ipv6') && !WITHIN.check(address, 'ipv6');
}
