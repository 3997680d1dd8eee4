import { address, readAddress, SSN } from '../../codecs/map/address.ts';
import { allowed, readManagement, SCMG } from '../../codecs/map/management.ts';
import { RETURN_CAUSE, readSccp, SCCP, type Span, type Unitdata, unitdata } from '../../codecs/map/sccp.ts';
import type { Asker } from '../checker.ts';
import { type MapCounts, mapCount } from './counts.ts';
import { operations } from './operations.ts';
import { MAP_LIMITS, type MapService } from './options.ts';
import { findAsker } from './peers.ts';
import { transactions } from './transactions.ts';
import { type Carrier, Way } from './way.ts';

/** The SCCP user of one link. */
export type ServiceUser = {
  /** Takes the SCCP message `bytes[start, end)`. */
  readonly receive: (bytes: Buffer, place: { readonly start: number; readonly end: number }) => void;
  /** Questions that wait for the centre. */
  readonly outstanding: () => number;
};

/** The longest address that is taken, in octets: a global title of 40 digits and all that stands before it. */
const ADDRESS_LIMIT = 26;

/** Message types of answers and of returns, by that of the message (ITU-T Q.714 §4.1: a return is of the same kind). */
const ANSWERS = { [SCCP.udt]: SCCP.udt, [SCCP.xudt]: SCCP.xudt, [SCCP.ludt]: SCCP.xudt } as const;
const RETURNS = { [SCCP.udt]: SCCP.udts, [SCCP.xudt]: SCCP.xudts, [SCCP.ludt]: SCCP.ludts } as const;

const RETURN_CAUSES = { unequipped: RETURN_CAUSE.unequippedUser, segmented: RETURN_CAUSE.noReassembly };

const isUnit = (type: number): type is keyof typeof ANSWERS => type in ANSWERS;

const spanOf = (bytes: Buffer, start: number, end: number): Span => ({ bytes, start, end });
type Drop = MapCounts['map_drop'][number];

/** A reader of addresses; answers why a message with these cannot be answered. */
function addresses() {
  const [called, calling] = [address(), address()];
  const read = (bytes: Buffer, unit: Unitdata): Drop | undefined => {
    const { calledStart, calledEnd, callingStart, callingEnd } = unit;
    if (calledEnd - calledStart > ADDRESS_LIMIT || callingEnd - callingStart > ADDRESS_LIMIT) return 'address';
    if (!readAddress(bytes, calledStart, calledEnd, called)) return 'address';
    if (!readAddress(bytes, callingStart, callingEnd, calling)) return 'no-return-address';
    return calling.ssn < 0 && calling.digits === 0 && calling.pointCode < 0 ? 'no-return-address' : undefined;
  };
  return { called, calling, read };
}

/**
 * Answers unitdata for our subsystem and for SCCP management; `link` is who asks where no peers are told apart. Answers
 * go to the carrier, which is that of the message being received.
 */
export function serviceUser(service: MapService, link: Asker, carrier: Carrier): ServiceUser {
  const { checker, ssn = SSN.eir, subscriber = {}, peers = [], now = Date.now } = service;
  const limits = { ...MAP_LIMITS, ...service.limits };
  const count = mapCount(service.count);
  const answersStrangers = (service.strangers ?? (peers.length === 0 ? 'answer' : 'drop')) === 'answer';
  const find = findAsker(peers, answersStrangers ? link : undefined);
  const own = service.address === undefined ? undefined : spanOf(service.address, 0, service.address.length);
  const performed = operations({ checker, count, subscriber, limits, now });
  const tcap = transactions(performed, { count, limits, now });
  const read = unitdata();
  const way = new Way(carrier, link);
  const { called, calling, read: readAddresses } = addresses();

  /** Makes the way lead back to the sender of what was read. */
  const leadBack = (bytes: Buffer, type: number, second: number): void => {
    way.type = type;
    way.second = second;
    way.called = spanOf(bytes, read.callingStart, read.callingEnd);
    way.calling = own ?? spanOf(bytes, read.calledStart, read.calledEnd);
  };
  /** Returns a message to its sender where it wants to come back (ITU-T Q.714 §4.2). */
  const giveBack = (bytes: Buffer, cause: 'unequipped' | 'segmented'): Drop | undefined => {
    if (!read.returnOnError || !isUnit(read.type)) return cause;
    count('map_return', cause);
    leadBack(bytes, RETURNS[read.type], RETURN_CAUSES[cause]);
    way.calling = spanOf(bytes, read.calledStart, read.calledEnd);
    way.data = spanOf(bytes, read.dataStart, read.dataEnd);
    carrier.send(way);
    return;
  };
  /** A test of our subsystem is answered that it is allowed (ITU-T Q.714 §5.3.4); of others nothing is said. */
  const manage = (bytes: Buffer): Drop | undefined => {
    const message = readManagement(bytes, read.dataStart, read.dataEnd);
    if (message?.type !== SCMG.test || (message.ssn !== ssn && message.ssn !== SSN.management)) return 'management';
    const answer = allowed(message.ssn, message.pointCode);
    leadBack(bytes, SCCP.udt, 0);
    way.data = spanOf(answer, 0, answer.length);
    carrier.send(way);
    return;
  };
  const deliver = (bytes: Buffer): Drop | undefined => {
    const problem = readAddresses(bytes, read);
    if (problem !== undefined || !isUnit(read.type)) return problem ?? 'sccp';
    if (read.segmented) return giveBack(bytes, 'segmented');
    if (called.ssn === SSN.management) return manage(bytes);
    if (called.ssn > 0 && called.ssn !== ssn) return giveBack(bytes, 'unequipped');
    const asker = find(bytes, calling, carrier.origin);
    if (asker === undefined) return 'stranger';
    leadBack(bytes, ANSWERS[read.type], read.protocolClass);
    way.asker = asker;
    tcap.receive(bytes, { start: read.dataStart, end: read.dataEnd }, way);
    return;
  };
  const receive: ServiceUser['receive'] = (bytes, { start, end }) => {
    const wrong = readSccp(bytes, start, end, read);
    const drop = wrong === undefined ? (read.cause < 0 ? deliver(bytes) : 'returned') : 'sccp';
    if (drop !== undefined) count('map_drop', drop);
  };
  return { receive, outstanding: performed.outstanding };
}
