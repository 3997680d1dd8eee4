import { TLSSocket } from 'node:tls';

/** The names a peer's certificate carries, its subject's CN before its DNS names; none without one. */
export function certified(socket: unknown): readonly string[] {
  if (!(socket instanceof TLSSocket)) return [];
  const certificate = socket.getPeerCertificate();
  const { CN = [] } = certificate.subject ?? {};
  const names = (certificate.subjectaltname ?? '').split(', ').filter((name) => name.startsWith('DNS:'));
  return [...[CN].flat(), ...names.map((name) => name.slice(4))];
}

/** An address as people write it: IPv4 without the prefix it has on a socket of both versions. */
export const plainAddress = (address: string | undefined): string => (address ?? '').replace(/^::ffff:/, '');
