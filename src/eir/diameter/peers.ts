import type { DiameterOptions, Peer } from './options.ts';

/** Hosts and realms are compared without case (RFC 6733 §4.3.1, as names of the DNS). */
export const sameName = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

const suits = (host: string, realm: string, peer: Peer): boolean =>
  (peer.host === undefined || sameName(peer.host, host)) && (peer.realm === undefined || sameName(peer.realm, realm));

/** The entry that lets a peer in, that of its host before that of its realm; undefined where none does. */
export function admitting({ peers }: Pick<DiameterOptions, 'peers'>, host: string, realm: string): Peer | undefined {
  if (peers === undefined) return { operator: '' };
  const fitting = peers.filter((peer) => suits(host, realm, peer));
  return fitting.find((peer) => peer.host !== undefined) ?? fitting[0];
}

const EPC_REALM = /^(?:.+\.)?mnc(?<mnc>\d{3})\.mcc(?<mcc>\d{3})\.3gppnetwork\.org$/i;

/** The operator that owns a realm: by the list of peers, else by the PLMN in it; '' where neither tells. */
export function operatorOf({ peers, plmns }: Pick<DiameterOptions, 'peers' | 'plmns'>, realm: string): string {
  const listed = peers?.find((peer) => peer.realm !== undefined && sameName(peer.realm, realm) && peer.operator !== '');
  if (listed !== undefined) return listed.operator;
  const { mnc = '', mcc = '' } = EPC_REALM.exec(realm)?.groups ?? {};
  if (mnc === '') return '';
  // A realm always has three digits of MNC: one of two has a 0 before it (3GPP TS 23.003 §19.2).
  const short = mnc.startsWith('0') ? plmns?.get(mcc + mnc.slice(1)) : undefined;
  return plmns?.get(mcc + mnc) ?? short ?? '';
}
