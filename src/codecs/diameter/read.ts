import { type Avp, repeatAvp, splitAvps, writeAvp } from './avp.ts';
import { APPLICATION, COMMANDS, type Command, groupOf } from './command.ts';
import { type AvpName, type Entry, entryByCode, entryByName } from './dictionary.ts';
import type { Grammar } from './grammar.ts';
import { FLAG, HEADER_BYTES, type Header } from './header.ts';
import { RESULT, type Wrong } from './result.ts';
import { leastValue, valueFault } from './value.ts';

/** An AVP that the dictionary knows, and what it carries where it is grouped. */
export type Known = { readonly entry: Entry; readonly avp: Avp; readonly members: readonly Known[] };

/** AVPs a message may have, and each grouped AVP. More is refused as unable to comply. */
export const MOST_AVPS = 128;

/** The command of a request, or why it is none of ours: 3007, 3001 or 3008 (RFC 6733 §7.1.3). */
export function commandOf(header: Header): Command | Wrong {
  const { application, command: code, flags } = header;
  if (application !== APPLICATION.BASE && application !== APPLICATION.S13)
    return { result: RESULT.APPLICATION_UNSUPPORTED };
  const command = COMMANDS.find((one) => one.code === code && one.application === application);
  if (command === undefined) return { result: RESULT.COMMAND_UNSUPPORTED };
  // T may be set or not; the reserved bits are ignored by whoever receives them.
  const told = flags & (FLAG.REQUEST | FLAG.PROXIABLE | FLAG.ERROR);
  return told === command.flags ? command : { result: RESULT.INVALID_HDR_BITS };
}

/** What reading AVPs gave: those known, or the first fault. */
type Read = { readonly known: readonly Known[]; readonly wrong?: Wrong };

const nest = (entry: Entry, wrong: Wrong): Wrong =>
  wrong.failed === undefined ? wrong : { result: wrong.result, failed: writeAvp(entry, wrong.failed) };

/** The fault of an AVP by itself: flags, then value. */
function ownFault(avp: Avp, entry: Entry): Wrong | undefined {
  const bad = (avp.flags & entry.must) !== entry.must || (avp.flags & entry.mustNot) !== 0;
  const result = bad ? RESULT.INVALID_AVP_BITS : valueFault(avp.value, entry);
  return result === 0 ? undefined : { result, failed: repeatAvp(avp) };
}

function knownOf(avp: Avp, entry: Entry): { readonly known: Known } | { readonly wrong: Wrong } {
  const own = ownFault(avp, entry);
  if (own !== undefined) return { wrong: own };
  const group = groupOf(entry.name);
  if (group === undefined) return { known: { entry, avp, members: [] } };
  const inner = readAvps(avp.value, group);
  return inner.wrong === undefined
    ? { known: { entry, avp, members: inner.known } }
    : { wrong: nest(entry, inner.wrong) };
}

const UNKNOWN_BITS = 0x1f;
const MANDATORY = 0x40;

/** The fault of an AVP that the dictionary does not know: it may not be mandatory (RFC 6733 §4.1). */
function strangeFault(avp: Avp): Wrong | undefined {
  if ((avp.flags & MANDATORY) !== 0) return { result: RESULT.AVP_UNSUPPORTED, failed: repeatAvp(avp) };
  return (avp.flags & UNKNOWN_BITS) === 0 ? undefined : { result: RESULT.INVALID_AVP_BITS, failed: repeatAvp(avp) };
}

/** Which AVP of the grammar is missing, shown with its least value. */
function missing(known: readonly Known[], { rules }: Grammar): Wrong | undefined {
  const gone = rules.find(({ entry, least }) => known.filter((one) => one.entry === entry).length < least);
  if (gone === undefined) return undefined;
  return { result: RESULT.MISSING_AVP, failed: writeAvp(gone.entry, leastValue(gone.entry)) };
}

/** Reads AVPs by a grammar and reports the first fault, those of AVPs present before those missing. */
export function readAvps(bytes: Buffer, grammar: Grammar): Read {
  const { avps, wrong } = splitAvps(bytes, MOST_AVPS);
  const known: Known[] = [];
  const counts = new Map<Entry, number>();
  for (const avp of avps) {
    const entry = entryByCode(avp.code, avp.vendor);
    if (entry === undefined) {
      const strange = strangeFault(avp);
      if (strange !== undefined) return { known, wrong: strange };
      continue;
    }
    const one = knownOf(avp, entry);
    if ('wrong' in one) return { known, wrong: one.wrong };
    const count = (counts.get(entry) ?? 0) + 1;
    counts.set(entry, count);
    if (count > (grammar.of.get(entry)?.most ?? Infinity))
      return { known, wrong: { result: RESULT.AVP_OCCURS_TOO_MANY_TIMES, failed: repeatAvp(avp) } };
    known.push(one.known);
  }
  const fault = wrong ?? missing(known, grammar);
  return fault === undefined ? { known } : { known, wrong: fault };
}

/** Reads the AVPs of a whole message by a grammar. */
export const readMessage = (message: Buffer, grammar: Grammar): Read =>
  readAvps(message.subarray(HEADER_BYTES), grammar);

/** What an answer repeats of its request however broken that is: Session-Id, and Proxy-Info in order (RFC 6733 §6.2). */
export type Echo = { readonly session: Buffer; readonly proxies: Buffer };

const SESSION = entryByName('Session-Id');
const PROXY = entryByName('Proxy-Info');
const is = (avp: Avp, entry: Entry): boolean =>
  avp.code === entry.code && avp.vendor === entry.vendor && ownFault(avp, entry) === undefined;

/** Finds what an answer repeats. Both are whole AVPs with padding, or empty. */
export function echoOf(message: Buffer): Echo {
  const { avps } = splitAvps(message.subarray(HEADER_BYTES), MOST_AVPS);
  const session = avps.find((avp) => is(avp, SESSION));
  const proxies = avps.filter((avp) => is(avp, PROXY));
  return {
    session: session === undefined ? Buffer.alloc(0) : repeatAvp(session),
    proxies: Buffer.concat(proxies.map(repeatAvp)),
  };
}

/** The first AVP of a name. */
export const find = (known: readonly Known[], name: AvpName): Known | undefined =>
  known.find(({ entry }) => entry.name === name);

/** The text of an AVP; '' where it is not there. */
export const textOf = (known: readonly Known[], name: AvpName): string =>
  find(known, name)?.avp.value.toString('utf8') ?? '';

/** The numbers of all AVPs of a name. */
export const numbersOf = (known: readonly Known[], name: AvpName): readonly number[] =>
  known.filter(({ entry }) => entry.name === name).map(({ avp }) => avp.value.readUInt32BE(0));
