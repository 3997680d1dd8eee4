import { splitAvps } from '../../../src/codecs/diameter/avp.ts';
import {
  CAPABILITIES_EXCHANGE,
  type Command,
  DEVICE_WATCHDOG,
  DISCONNECT_PEER,
  ME_IDENTITY_CHECK,
} from '../../../src/codecs/diameter/command.ts';
import { entryByCode } from '../../../src/codecs/diameter/dictionary.ts';
import { FLAG, HEADER_BYTES, type Header, readHeader, writeMessage } from '../../../src/codecs/diameter/header.ts';
import { avp, type Values, writeAvps } from '../../../src/codecs/diameter/write.ts';

/** The node under test, and a peer, as they call themselves. */
export const EIR = { host: 'eir.localdomain', realm: 'localdomain' } as const;
export const MME = {
  host: 'mme1.epc.mnc001.mcc999.3gppnetwork.org',
  realm: 'epc.mnc001.mcc999.3gppnetwork.org',
} as const;

const message = (
  command: Command,
  values: Values,
  over: Partial<Header> & { readonly more?: readonly Buffer[] } = {},
) => {
  const { more = [], ...header } = over;
  return writeMessage(
    {
      flags: command.flags,
      command: command.code,
      application: command.application,
      hopByHop: 1,
      endToEnd: 2,
      ...header,
    },
    [...writeAvps(command.request, values), ...more],
  );
};

const origin = { 'Origin-Host': MME.host, 'Origin-Realm': MME.realm } as const;

type Over = Partial<Header> & { readonly values?: Values; readonly more?: readonly Buffer[] };

const S13 = [avp('Vendor-Id', 10415), avp('Auth-Application-Id', 16777252)];

/** A Capabilities-Exchange-Request of an MME. */
export const cer = ({ values, ...over }: Over = {}): Buffer =>
  message(
    CAPABILITIES_EXCHANGE,
    {
      ...origin,
      'Host-IP-Address': '127.0.0.1',
      'Vendor-Id': 10415,
      'Product-Name': 'mme',
      'Supported-Vendor-Id': 10415,
      'Vendor-Specific-Application-Id': S13,
      ...values,
    },
    over,
  );

export const dwr = ({ values, ...over }: Over = {}): Buffer => message(DEVICE_WATCHDOG, { ...origin, ...values }, over);
export const dpr = ({ values, ...over }: Over = {}): Buffer =>
  message(DISCONNECT_PEER, { ...origin, 'Disconnect-Cause': 0, ...values }, over);

/** Terminal-Information with an IMEI, and a software version where one is told. */
export const terminal = (imei: string, svn?: string): readonly Buffer[] => [
  avp('IMEI', imei),
  ...(svn === undefined ? [] : [avp('Software-Version', svn)]),
];

/** An ME-Identity-Check-Request of an MME. */
export const ecr = ({ values, ...over }: Over = {}): Buffer =>
  message(
    ME_IDENTITY_CHECK,
    {
      'Session-Id': `${MME.host};1;2;app`,
      'Auth-Session-State': 1,
      ...origin,
      'Destination-Realm': EIR.realm,
      'Terminal-Information': terminal('35693803564380', '01'),
      'User-Name': '999010000000001',
      ...values,
    },
    over,
  );

/** Bytes cut into messages. */
export function messagesOf(bytes: Buffer): readonly Buffer[] {
  const messages: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUIntBE(at + 1, 3);
    messages.push(bytes.subarray(at, at + length));
    at += length;
  }
  return messages;
}

const shown = (bytes: Buffer): readonly string[] =>
  splitAvps(bytes, 1000).avps.map(({ code, vendor, value }) => {
    const entry = entryByCode(code, vendor);
    if (entry === undefined) return `${vendor}/${code}=${value.toString('hex')}`;
    if (entry.type === 'Grouped') return `${entry.name}{${shown(value).join(' ')}}`;
    const number = entry.type === 'Unsigned32' || entry.type === 'Enumerated';
    const text = entry.type === 'UTF8String' || entry.type === 'DiameterIdentity';
    return `${entry.name}=${number && value.length === 4 ? value.readUInt32BE(0) : value.toString(text ? 'utf8' : 'hex')}`;
  });

/** A message for people: `324 P- Session-Id=… Result-Code=2001 …`, AVPs in order. */
export function show(bytes: Buffer): string {
  const { flags, command } = readHeader(bytes);
  const letters = [
    [FLAG.REQUEST, 'R'],
    [FLAG.PROXIABLE, 'P'],
    [FLAG.ERROR, 'E'],
    [FLAG.REPEATED, 'T'],
  ] as const;
  const set = letters.map(([bit, letter]) => ((flags & bit) === 0 ? '' : letter)).join('');
  return [`${command}`, set, ...shown(bytes.subarray(HEADER_BYTES))].filter((part) => part !== '').join(' ');
}

/** The result of an answer: its Result-Code, or Experimental-Result-Code. */
export const resultOf = (bytes: Buffer): number =>
  Number(/(?:Result-Code|Experimental-Result-Code)=(?<code>\d+)/.exec(show(bytes))?.groups?.['code'] ?? 0);
