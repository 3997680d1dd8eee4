import { APPLICATION } from '../../codecs/diameter/command.ts';
import { type Known, numbersOf, textOf } from '../../codecs/diameter/read.ts';
import { RESULT } from '../../codecs/diameter/result.ts';
import type { Node } from './node.ts';
import type { Cause, Peer } from './options.ts';
import { admitting, sameName } from './peers.ts';

/** A peer that may come in. */
export type Admitted = { readonly host: string; readonly realm: string; readonly peer: Peer };

/** Why a peer may not: what its CEA says, and why the connection then ends. */
export type Rejected = { readonly result: number; readonly cause: Cause };

/** What a connection knows of its other end before any message. */
export type Remote = {
  /** Whether the certificate it showed is for a host; absent without TLS. */
  readonly certified?: (host: string) => boolean;
  /** The Origin-Host of its first CER; '' before. */
  readonly host: string;
};

/** No security in band (RFC 6733 §6.10): TLS begins with the connection, or there is none. */
const NO_INBAND_SECURITY = 0;

function common(known: readonly Known[]): boolean {
  const vendors = known
    .filter(({ entry }) => entry.name === 'Vendor-Specific-Application-Id')
    .flatMap(({ members }) => numbersOf(members, 'Auth-Application-Id'));
  const told = [...numbersOf(known, 'Auth-Application-Id'), ...vendors];
  return told.some((id) => id === APPLICATION.S13 || id === APPLICATION.RELAY);
}

/** Judges a CER that follows its grammar (RFC 6733 §5.3). */
export function judge(node: Node, known: readonly Known[], remote: Remote): Admitted | Rejected {
  const [host, realm] = [textOf(known, 'Origin-Host'), textOf(known, 'Origin-Realm')];
  if (remote.host !== '' && !sameName(remote.host, host)) return { result: RESULT.UNKNOWN_PEER, cause: 'identity' };
  if (remote.certified?.(host) === false) return { result: RESULT.UNKNOWN_PEER, cause: 'certificate' };
  const peer = admitting(node.options, host, realm);
  if (peer === undefined || sameName(host, node.options.identity.host))
    return { result: RESULT.UNKNOWN_PEER, cause: 'stranger' };
  const security = numbersOf(known, 'Inband-Security-Id');
  if (security.length > 0 && !security.includes(NO_INBAND_SECURITY))
    return { result: RESULT.NO_COMMON_SECURITY, cause: 'security' };
  if (!common(known)) return { result: RESULT.NO_COMMON_APPLICATION, cause: 'application' };
  const taken = remote.host === '' && node.open.has(host.toLowerCase());
  if (taken && node.options.duplicate === 'refuse') return { result: RESULT.ELECTION_LOST, cause: 'duplicate' };
  return { host, realm, peer };
}
